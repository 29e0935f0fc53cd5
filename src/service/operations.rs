//! What is done with a debit or hold that exists: reverse, charge, cancel.

use entity::processing_request::Action;
use entity::transaction;
use rpc_schema::errors::ErrorCode;
use sea_orm::ConnectionTrait;

use crate::domain::operation::{Operation, allow};
use crate::gateway::{Caller, Error, Gateway};
use crate::processing::{Call, Receipt};
use crate::repository::transaction as transactions;

use super::execution::{Intended, amount_of, terminal_of};

impl Gateway {
    /// Gives a debit, or a charged hold, back: `transactions.debit.reverse`.
    ///
    /// # Errors
    /// -32314 and the status (design section 3); -32330 where the network refuses.
    pub async fn reverse(
        &self,
        caller: &Caller,
        transaction_id: i64,
    ) -> Result<transaction::Model, Error> {
        self.operate(caller, transaction_id, Operation::Reverse)
            .await
    }

    /// Takes held money: `transactions.debit.hold.charge`.
    ///
    /// # Errors
    /// -32314 and the status (design section 3); then what the network says.
    pub async fn charge_hold(
        &self,
        caller: &Caller,
        transaction_id: i64,
    ) -> Result<transaction::Model, Error> {
        self.operate(caller, transaction_id, Operation::Charge)
            .await
    }

    /// Frees held money: `transactions.debit.hold.cancel`.
    ///
    /// # Errors
    /// -32314 and the status (design section 3); -32330 where the network refuses.
    pub async fn cancel_hold(
        &self,
        caller: &Caller,
        transaction_id: i64,
    ) -> Result<transaction::Model, Error> {
        self.operate(caller, transaction_id, Operation::Cancel)
            .await
    }

    async fn operate(
        &self,
        caller: &Caller,
        transaction_id: i64,
        operation: Operation,
    ) -> Result<transaction::Model, Error> {
        let tx = self.database.write().await?;
        let found = transactions::find_locked(&*tx, caller.partner.id, transaction_id).await?;
        let transaction = found.ok_or(ErrorCode::TransactionNotFound)?;
        allow(operation, &transaction, self.clock.now())?;
        let intended = self.intend_operation(&*tx, transaction, operation).await?;
        self.commit_intent(tx, &intended).await?;
        self.carry_out(&caller.departure, intended).await
    }

    /// Marks the transaction as being worked on, and writes the intent, in the caller's database transaction.
    pub(super) async fn intend_operation(
        &self,
        db: &impl ConnectionTrait,
        transaction: transaction::Model,
        operation: Operation,
    ) -> Result<Intended, Error> {
        let call = self.call_of(operation, &transaction)?;
        let (_, pan_hash) = self.card_of(db, &transaction).await?;
        let cause = format!("{operation:?} asked").to_lowercase();
        let transaction = self.take_up(db, transaction, &cause).await?;
        let action = match operation {
            Operation::Expire => Action::Expire,
            Operation::Confirm | Operation::Reverse | Operation::Charge | Operation::Cancel => {
                call.action()
            }
        };
        self.intend(db, transaction, action, call, pan_hash, 0)
            .await
    }

    fn call_of(
        &self,
        operation: Operation,
        transaction: &transaction::Model,
    ) -> Result<Call, Error> {
        let receipt = stored_receipt(transaction)?;
        let (amount, terminal) = (amount_of(transaction)?, terminal_of(transaction)?);
        Ok(match operation {
            Operation::Reverse => Call::Reverse {
                payment: receipt,
                amount,
                terminal,
            },
            Operation::Charge => Call::Capture {
                hold: receipt,
                amount,
                terminal,
                reference: self.new_reference()?,
            },
            Operation::Cancel | Operation::Expire => Call::Release {
                hold: receipt,
                amount,
                terminal,
            },
            Operation::Confirm => {
                return Err(Error::Corrupt(format!(
                    "transaction {} has a receipt before its code",
                    transaction.id
                )));
            }
        })
    }
}

/// What the network answered about a debit or hold.
pub(crate) fn stored_receipt(transaction: &transaction::Model) -> Result<Receipt, Error> {
    let stored = transaction
        .receipt
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    stored.ok_or_else(|| {
        Error::Corrupt(format!(
            "transaction {} has no readable receipt",
            transaction.id
        ))
    })
}
