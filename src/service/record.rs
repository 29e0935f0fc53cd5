//! What a call came to, in one commit: the request's state, what the transaction now is, and the intent of what follows.

use std::time::Duration;

use entity::processing_request::{Action, State};
use entity::transaction::{self, Kind, Status};
use sea_orm::ConnectionTrait;

use crate::causes::Causes;
use crate::clock::tashkent_day;
use crate::domain::failure::Failure;
use crate::domain::progress::{self, Next, Progress};
use crate::gateway::{Error, Gateway};
use crate::processing::{Call, Outcome, Receipt};
use crate::repository::request::Settlement;
use crate::repository::transaction::Change;
use crate::repository::{card_day, request, transaction as transactions};

use super::execution::{Intended, error_columns, network_of, stored_failure, to_json};

/// How long to wait before an outcome is recorded again, milliseconds: six seconds in all.
const RECORD_PAUSES_MS: [u64; 6] = [100, 200, 400, 800, 1_600, 3_200];

/// The longest between a network's payment and our record of it, milliseconds.
const RECORD_DELAY_MS: i64 = 120_000;

/// What the record of an outcome leads to.
#[expect(
    clippy::large_enum_variant,
    reason = "made once a call and moved at once"
)]
pub(super) enum Recorded {
    Settled(Result<transaction::Model, Failure>),
    Next(Box<Intended>),
}

impl Gateway {
    /// Records an outcome, through a database that is away for a moment: what is known must not become unknown.
    pub(super) async fn record_at_last(
        &self,
        intended: &Intended,
        outcome: &Outcome,
    ) -> Result<Recorded, Error> {
        for pause_ms in RECORD_PAUSES_MS {
            match self.record(intended, outcome).await {
                Err(Error::Database(error)) => {
                    let transaction_id = intended.transaction.id;
                    tracing::warn!(transaction_id, error = %Causes(&error), "recording an outcome again");
                    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                }
                recorded => return recorded,
            }
        }
        self.record(intended, outcome).await
    }

    /// One commit: what the call came to, what the transaction now is, and the intent of what follows.
    async fn record(&self, intended: &Intended, outcome: &Outcome) -> Result<Recorded, Error> {
        let Intended {
            transaction,
            action,
            call,
            request_id,
            pan_hash,
            ..
        } = intended.clone();
        let plan = self.plan_of(&transaction).await?;
        let network = network_of(&transaction, &call);
        let Progress {
            request: state,
            next,
        } = progress::after(network, plan, action, &call, outcome);
        let now = self.clock.now();
        let tx = self.database.write().await?;
        let settlement = Settlement {
            state,
            receipt: receipt_of_outcome(outcome).map(to_json).transpose()?,
            processing_code: processing_code(outcome),
            cause: cause(outcome),
        };
        if !request::settle(&*tx, request_id, settlement, now).await? {
            return Err(Error::Corrupt(format!(
                "processing_request {request_id} was settled by somebody else"
            )));
        }
        let cause = format!("{action:?} of request {request_id}").to_lowercase();
        let recorded = match next {
            Next::Done(status, receipt) => {
                let settled = self
                    .finish(&*tx, &transaction, &call, status, &receipt, &cause, now)
                    .await?;
                Recorded::Settled(settled)
            }
            Next::Failed(status, failure) => {
                let error = keeps_error(status)
                    .then(|| error_columns(&failure))
                    .transpose()?;
                let change = Change {
                    error,
                    ..Change::default()
                };
                advance(&*tx, &transaction, status, change, &cause, now).await?;
                Recorded::Settled(Err(failure))
            }
            Next::Confirm(payment) => {
                let amount = call.amount();
                let call = Call::Confirm { payment, amount };
                self.follow(&*tx, transaction, call, pan_hash).await?
            }
            Next::Cancel(payment, failure) => {
                let transaction = keep_failure(&*tx, transaction, &failure).await?;
                let amount = call.amount();
                let call = Call::Cancel { payment, amount };
                self.follow(&*tx, transaction, call, pan_hash).await?
            }
            Next::Credit(debit) => {
                let receipt = to_json(&debit)?;
                transactions::keep_receipt(&*tx, transaction.id, receipt.clone()).await?;
                let transaction = transaction::Model {
                    receipt: Some(receipt),
                    ..transaction
                };
                let (call, pan_hash) = self.credit_of(&*tx, &transaction, debit).await?;
                self.follow(&*tx, transaction, call, pan_hash).await?
            }
            Next::Undo(failure) => {
                let transaction = keep_failure(&*tx, transaction, &failure).await?;
                let (call, pan_hash) = self.reversal_of(&*tx, &transaction).await?;
                self.follow(&*tx, transaction, call, pan_hash).await?
            }
            Next::Wait => Recorded::Settled(Err(Failure::outcome_unknown(transaction.id))),
        };
        let Err(lost) = tx.commit().await else {
            return Ok(recorded);
        };
        // A COMMIT whose answer was lost is read again.
        match request::find(&*self.database, request_id).await {
            Ok(Some(row)) if row.state == state && row.state != State::Sent => Ok(recorded),
            Ok(_) | Err(_) => Err(lost.into()),
        }
    }

    /// Writes the intent of what follows from an outcome.
    async fn follow(
        &self,
        db: &impl ConnectionTrait,
        transaction: transaction::Model,
        call: Call,
        pan_hash: Vec<u8>,
    ) -> Result<Recorded, Error> {
        let intended = self
            .intend(db, transaction, call.action(), call, pan_hash)
            .await?;
        Ok(Recorded::Next(Box::new(intended)))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "all that is known of an end, in one place"
    )]
    async fn finish(
        &self,
        db: &impl ConnectionTrait,
        transaction: &transaction::Model,
        call: &Call,
        status: Status,
        receipt: &Receipt,
        cause: &str,
        now: i64,
    ) -> Result<Result<transaction::Model, Failure>, Error> {
        if status == Status::Succeeded && transaction.kind == Kind::Transfer {
            self.finish_transfer(db, transaction, call, receipt, now)
                .await?;
        }
        if status == Status::Reversed {
            forget_history(db, transaction).await?;
        }
        // A reversed or released transaction keeps the receipt of what was reversed or released, a transfer that of its
        // debit.
        let keeps =
            matches!(status, Status::Held | Status::Succeeded) && call.action() != Action::Credit;
        let receipt = keeps.then(|| to_json(receipt)).transpose()?;
        let hold_expires_at = (status == Status::Held).then(|| now + self.rules.hold_lifetime_ms);
        let change = Change {
            receipt: receipt.clone(),
            hold_expires_at,
            ..Change::default()
        };
        advance(db, transaction, status, change, cause, now).await?;
        if status == Status::Declined {
            // A sale that was cancelled: the partner hears why.
            return Ok(Err(stored_failure(transaction)?));
        }
        Ok(Ok(transaction::Model {
            status,
            version: transaction.version + 1,
            updated_at: now,
            receipt: receipt.or_else(|| transaction.receipt.clone()),
            hold_expires_at: hold_expires_at.or(transaction.hold_expires_at),
            ..transaction.clone()
        }))
    }
}

/// SVGate tells of a reversal only at the payment itself, whose day may have been over when it was fetched: it is to be
/// fetched again.
async fn forget_history(
    db: &impl ConnectionTrait,
    transaction: &transaction::Model,
) -> Result<(), Error> {
    let Some(card_id) = transaction.card_id else {
        return Ok(());
    };
    let requests = request::of_transaction(db, transaction.id).await?;
    let taken = requests.iter().filter(|row| row.action != Action::Reverse);
    let Some(settled_at) = taken.filter_map(|row| row.settled_at).max() else {
        return Ok(());
    };
    // The network's own time of the payment is a little before ours, at midnight on the day before.
    let from = tashkent_day(settled_at - RECORD_DELAY_MS);
    card_day::forget(db, card_id, from, tashkent_day(settled_at)).await?;
    Ok(())
}

/// Keeps the error for which what was done is being undone; it is the partner's answer once that is approved.
async fn keep_failure(
    db: &impl ConnectionTrait,
    transaction: transaction::Model,
    failure: &Failure,
) -> Result<transaction::Model, Error> {
    let (code, data) = error_columns(failure)?;
    transactions::keep_error(db, transaction.id, code, data.clone()).await?;
    Ok(transaction::Model {
        error_code: Some(code),
        error_data: Some(data),
        ..transaction
    })
}

/// Moves the transaction. Somebody else having moved it meanwhile is a fault: only one request may be under way.
async fn advance(
    db: &impl ConnectionTrait,
    transaction: &transaction::Model,
    status: Status,
    change: Change,
    cause: &str,
    now: i64,
) -> Result<(), Error> {
    if transactions::advance(db, transaction, status, change, cause, now).await? {
        Ok(())
    } else {
        Err(Error::Corrupt(format!(
            "transaction {} was moved by somebody else",
            transaction.id
        )))
    }
}

/// Only an end keeps its error; a charge that was refused leaves the hold as it was.
fn keeps_error(status: Status) -> bool {
    match status {
        Status::Declined | Status::Expired => true,
        Status::AwaitingCode
        | Status::Processing
        | Status::Held
        | Status::Succeeded
        | Status::Cancelled
        | Status::Reversed
        | Status::Manual => false,
    }
}

fn receipt_of_outcome(outcome: &Outcome) -> Option<&Receipt> {
    match outcome {
        Outcome::Approved(receipt) | Outcome::Blocked(receipt) => Some(receipt),
        Outcome::Refused(_) | Outcome::NotSent(_) | Outcome::Unknown(_) => None,
    }
}

fn processing_code(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::Refused(refusal) => Some(refusal.processing_code.clone()),
        Outcome::Unknown(doubt) => doubt.processing_code.clone(),
        Outcome::Approved(_) | Outcome::Blocked(_) | Outcome::NotSent(_) => None,
    }
}

fn cause(outcome: &Outcome) -> Option<String> {
    match outcome {
        Outcome::NotSent(cause) => Some(cause.clone()),
        Outcome::Unknown(doubt) => Some(doubt.cause.clone()),
        Outcome::Approved(_) | Outcome::Blocked(_) | Outcome::Refused(_) => None,
    }
}
