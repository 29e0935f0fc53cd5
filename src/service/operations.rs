//! What can be done with a hold: charge it, cancel it, end it when its time is over.

use entity::ids::TransactionId;
use entity::transaction;
use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;
use rpc_schema::values::Amount;

use crate::caller::Caller;
use crate::database::Statements;
use crate::domain::call::{Call, Capture, Release};
use crate::domain::failure::Failure;
use crate::domain::operation::{Operation, allow};
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::intent::PendingCall;
use crate::payment::stored::{amount_of, receipt_of, terminal_of};
use crate::repository::transaction as transactions;

/// What is done with a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HoldOperation {
    /// Take this much of it, or all.
    Charge(Option<Amount>),
    Cancel,
    /// Its time is over.
    Expire,
}

impl HoldOperation {
    fn kind(self) -> Operation {
        match self {
            Self::Charge(_) => Operation::Charge,
            Self::Cancel => Operation::Cancel,
            Self::Expire => Operation::Expire,
        }
    }
}

impl Gateway {
    /// Captures held money, all of it or `amount`, and frees the rest: `transactions.debit.hold.charge`.
    ///
    /// # Errors
    /// -32314 and the status (docs/contract.md#operations-by-status); -32330 where less is held; then what the network says.
    pub async fn charge_hold(
        &self,
        caller: &Caller,
        transaction_id: TransactionId,
        amount: Option<Amount>,
    ) -> Result<transaction::Model, Error> {
        self.operate(caller, transaction_id, HoldOperation::Charge(amount))
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
        self.operate(caller, transaction_id, HoldOperation::Cancel)
            .await
    }

    async fn operate(
        &self,
        caller: &Caller,
        transaction_id: TransactionId,
        operation: HoldOperation,
    ) -> Result<transaction::Model, Error> {
        let tx = self.database.write().await?;
        let found = transactions::find_locked(&*tx, caller.partner.id, transaction_id).await?;
        let found = found.ok_or_else(|| Error::from(ErrorCode::TransactionNotFound));
        let (tx, transaction) = tx.unless_refused(found).await?;
        let now = self.clock.now();
        if let Err(refusal) = allow(operation.kind(), &transaction, now) {
            return Err(self.refuse_status(tx, transaction, now, refusal).await);
        }
        let intended = self.intend_operation(&tx, transaction, operation).await;
        let (tx, pending) = tx.unless_refused(intended).await?;
        self.payments.commit_intent(tx, &pending).await?;
        self.payments.run(&caller.gate, pending).await
    }

    /// Marks the transaction as being worked on, and writes the intent, in the caller's database transaction.
    pub(super) async fn intend_operation(
        &self,
        db: &Statements,
        transaction: transaction::Model,
        operation: HoldOperation,
    ) -> Result<PendingCall, Error> {
        let call = self.call_of(operation, &transaction)?;
        let (_, pan_hash) = self.payments.card_of(db, &transaction).await?;
        let cause = format!("{} asked", operation.kind().name());
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
        operation: HoldOperation,
        transaction: &transaction::Model,
    ) -> Result<Call, Error> {
        let receipt = receipt_of(transaction)?;
        let (held, terminal) = (amount_of(transaction)?, terminal_of(transaction)?);
        let release = |hold| Release {
            hold,
            amount: held,
            terminal: terminal.clone(),
        };
        Ok(match operation {
            HoldOperation::Charge(amount) => {
                let amount = amount.unwrap_or(held);
                if amount.tiyin() > held.tiyin() {
                    return Err(Failure::new(ErrorCode::CancelFailed)
                        .because(Reason::AmountExceedsRest)
                        .field("amount")
                        .into());
                }
                Call::Capture(Capture {
                    hold: receipt,
                    held,
                    amount,
                    terminal,
                    reference: self.payments.new_reference()?,
                })
            }
            HoldOperation::Cancel => Call::Release(release(receipt)),
            HoldOperation::Expire => Call::Expire(release(receipt)),
        })
    }
}
