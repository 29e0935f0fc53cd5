//! What can be done with an existing debit or hold: reverse, charge, cancel.

use entity::ids::TransactionId;
use entity::transaction;
use rpc_schema::errors::ErrorCode;
use sea_orm::ConnectionTrait;

use crate::caller::Caller;
use crate::domain::call::{Call, Capture, Release, Reversal};
use crate::domain::operation::{Operation, allow};
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::intent::PendingCall;
use crate::payment::stored::{amount_of, receipt_of, terminal_of};
use crate::repository::transaction as transactions;

use super::code::code_is_over;

impl Gateway {
    /// Reverses a debit, or a charged hold: `transactions.debit.reverse`.
    ///
    /// # Errors
    /// -32314 and the status (docs/contract.md#operations-by-status); -32330 where the network refuses.
    pub async fn reverse(
        &self,
        caller: &Caller,
        transaction_id: TransactionId,
    ) -> Result<transaction::Model, Error> {
        self.operate(caller, transaction_id, Operation::Reverse)
            .await
    }

    /// Captures held money: `transactions.debit.hold.charge`.
    ///
    /// # Errors
    /// -32314 and the status (docs/contract.md#operations-by-status); then what the network says.
    pub async fn charge_hold(
        &self,
        caller: &Caller,
        transaction_id: TransactionId,
    ) -> Result<transaction::Model, Error> {
        self.operate(caller, transaction_id, Operation::Charge)
            .await
    }

    /// Releases held money: `transactions.debit.hold.cancel`.
    ///
    /// # Errors
    /// -32314 and the status (docs/contract.md#operations-by-status); -32330 where the network refuses.
    pub async fn cancel_hold(
        &self,
        caller: &Caller,
        transaction_id: TransactionId,
    ) -> Result<transaction::Model, Error> {
        self.operate(caller, transaction_id, Operation::Cancel)
            .await
    }

    async fn operate(
        &self,
        caller: &Caller,
        transaction_id: TransactionId,
        operation: Operation,
    ) -> Result<transaction::Model, Error> {
        let tx = self.database.write().await?;
        let found = transactions::find_locked(&*tx, caller.partner.id, transaction_id).await?;
        let transaction = found.ok_or(ErrorCode::TransactionNotFound)?;
        let now = self.clock.now();
        if let Err(refusal) = allow(operation, &transaction, now) {
            if code_is_over(&transaction, now) {
                // What is told as final is written first.
                self.expire_code(&*tx, transaction).await?;
                tx.commit().await?;
            }
            return Err(refusal.into());
        }
        let pending = self.intend_operation(&*tx, transaction, operation).await?;
        self.payments.commit_intent(tx, &pending).await?;
        self.payments.run(&caller.gate, pending).await
    }

    /// Marks the transaction as being worked on, and writes the intent, in the caller's database transaction.
    pub(super) async fn intend_operation(
        &self,
        db: &impl ConnectionTrait,
        transaction: transaction::Model,
        operation: Operation,
    ) -> Result<PendingCall, Error> {
        let call = self.call_of(operation, &transaction)?;
        let (_, pan_hash) = self.payments.card_of(db, &transaction).await?;
        let cause = format!("{} asked", operation.name());
        let transaction = self
            .payments
            .mark_processing(db, transaction, &cause)
            .await?;
        self.payments
            .intend(db, transaction, call, pan_hash, 0)
            .await
    }

    fn call_of(
        &self,
        operation: Operation,
        transaction: &transaction::Model,
    ) -> Result<Call, Error> {
        let receipt = receipt_of(transaction)?;
        let (amount, terminal) = (amount_of(transaction)?, terminal_of(transaction)?);
        let release = |hold| Release {
            hold,
            amount,
            terminal: terminal.clone(),
        };
        Ok(match operation {
            Operation::Reverse => Call::Reverse(Reversal {
                payment: receipt,
                amount,
                terminal,
            }),
            Operation::Charge => Call::Capture(Capture {
                hold: receipt,
                amount,
                terminal,
                reference: self.payments.new_reference()?,
            }),
            Operation::Cancel => Call::Release(release(receipt)),
            Operation::Expire => Call::Expire(release(receipt)),
            Operation::Confirm => {
                return Err(Error::Corrupt(format!(
                    "transaction {} has a receipt before its code",
                    transaction.id
                )));
            }
        })
    }
}
