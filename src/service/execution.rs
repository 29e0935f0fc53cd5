//! Intent, call, record: carries a call to a network through, and what follows from its outcome, until the
//! transaction settles or nobody knows.

use std::time::Duration;

use entity::processing_request::{Action, State};
use entity::transaction::{self, Kind, Status};
use rpc_schema::error_data::ErrorData;
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Amount, Expiry, Network};
use sea_orm::{ConnectionTrait, DbErr};
use serde::Serialize;

use crate::causes::Causes;
use crate::clock::tashkent_day;
use crate::database::WriteTransaction;
use crate::domain::failure::Failure;
use crate::domain::network::{from_stored, to_stored};
use crate::domain::progress::{self, Next, Progress};
use crate::gateway::{Departure, Error, Gateway};
use crate::processing::{Call, CardAccess, Outcome, Receipt, Terminal};
use crate::repository::request::{Intent, Settlement};
use crate::repository::transaction::Change;
use crate::repository::{card, card_day, request, transaction as transactions};

/// How long to wait before an outcome is recorded again, milliseconds: six seconds in all.
const RECORD_PAUSES_MS: [u64; 6] = [100, 200, 400, 800, 1_600, 3_200];

/// The longest between a network's payment and our record of it, milliseconds.
const RECORD_DELAY_MS: i64 = 120_000;

/// A call whose intent is written: the transaction as it now is, and the row of the call.
#[derive(Debug, Clone)]
pub(super) struct Intended {
    pub(super) transaction: transaction::Model,
    pub(super) action: Action,
    pub(super) call: Call,
    pub(super) request_id: i64,
    pub(super) reference: String,
    pub(super) pan_hash: Vec<u8>,
}

/// What the record of an outcome leads to.
#[expect(
    clippy::large_enum_variant,
    reason = "made once a call and moved at once"
)]
enum Recorded {
    Settled(Result<transaction::Model, Failure>),
    Next(Box<Intended>),
}

impl Gateway {
    /// Writes the intent of `call` for `transaction`, in the caller's database transaction.
    pub(super) async fn intend(
        &self,
        db: &impl ConnectionTrait,
        transaction: transaction::Model,
        action: Action,
        call: Call,
        pan_hash: Vec<u8>,
    ) -> Result<Intended, Error> {
        let reference = match &call {
            Call::Pay { reference, .. }
            | Call::Hold { reference, .. }
            | Call::Capture { reference, .. }
            | Call::P2p { reference, .. }
            | Call::Credit { reference, .. } => reference.clone(),
            Call::Confirm { .. }
            | Call::Cancel { .. }
            | Call::Release { .. }
            | Call::Reverse { .. } => self.new_reference()?,
        };
        let now = self.clock.now();
        let intent = Intent {
            transaction_id: transaction.id,
            network: to_stored(network_of(&transaction, &call)),
            action,
            reference: reference.0.clone(),
            amount: call.amount().map_or(transaction.amount, Amount::tiyin),
            pan_hash: pan_hash.clone(),
            at: now,
            lease_until: now + self.rules.lease_ms,
        };
        let request_id = request::insert(db, intent).await?;
        Ok(Intended {
            transaction,
            action,
            call,
            request_id,
            reference: reference.0,
            pan_hash,
        })
    }

    /// Commits an intent. A COMMIT whose answer was lost is read again: the call is made only if the row is there.
    pub(super) async fn commit_intent(
        &self,
        tx: WriteTransaction,
        intended: &Intended,
    ) -> Result<(), Error> {
        let Err(lost) = tx.commit().await else {
            return Ok(());
        };
        match request::find(&*self.database, intended.request_id).await {
            Ok(Some(row)) if row.reference == intended.reference => Ok(()),
            Ok(_) | Err(_) => Err(lost.into()),
        }
    }

    /// Makes the call and records what came of it, and so on with what follows from it.
    ///
    /// # Errors
    /// The documented refusal, or -32379 where the outcome is not known.
    pub(super) async fn carry_out(
        &self,
        departure: &Departure,
        intended: Intended,
    ) -> Result<transaction::Model, Error> {
        let transaction_id = intended.transaction.id;
        let mut intended = intended;
        loop {
            let network = self.network(network_of(&intended.transaction, &intended.call));
            let outcome = match departure.pass(transaction_id) {
                true => network.execute(&intended.call).await,
                false => Outcome::NotSent("the caller's time was over".to_owned()),
            };
            tell(&intended, &outcome);
            match self.record_at_last(&intended, &outcome).await {
                Ok(Recorded::Settled(settled)) => return settled.map_err(Error::from),
                Ok(Recorded::Next(next)) => intended = *next,
                Err(error) => {
                    // The call was made, and its row still says `sent`: recovery will ask the network.
                    tracing::error!(
                        transaction_id,
                        error = %Causes(&error),
                        "the outcome of a call could not be recorded"
                    );
                    return Err(Failure::outcome_unknown(transaction_id).into());
                }
            }
        }
    }

    /// Records an outcome, through a database that is away for a moment: what is known must not become unknown.
    async fn record_at_last(
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
                let amount = call.amount().ok_or_else(|| {
                    Error::Corrupt(format!("request {request_id} has no amount to confirm"))
                })?;
                let call = Call::Confirm { payment, amount };
                self.follow(&*tx, transaction, call, pan_hash).await?
            }
            Next::Cancel(payment, failure) => {
                let transaction = keep_failure(&*tx, transaction, &failure).await?;
                let call = Call::Cancel { payment };
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

    /// The card of a transaction, opened for the network.
    pub(super) async fn card_of(
        &self,
        db: &impl ConnectionTrait,
        transaction: &transaction::Model,
    ) -> Result<(CardAccess, Vec<u8>), Error> {
        let corrupt = || Error::Corrupt(format!("transaction {} has no card", transaction.id));
        let card_id = transaction.card_id.ok_or_else(corrupt)?;
        let row = card::find(db, transaction.partner_id, card_id)
            .await?
            .ok_or_else(corrupt)?;
        Ok((self.open_card(&row)?, row.pan_hash))
    }

    /// A stored card, opened for the network.
    pub(super) fn open_card(&self, row: &entity::card::Model) -> Result<CardAccess, Error> {
        let expiry = Expiry::from_yymm(&row.expiry)
            .ok_or_else(|| Error::Corrupt(format!("card {} has a malformed expiry", row.id)))?;
        let pan = self
            .vault
            .open_pan(row.id, &row.pan_key_id, &row.pan_sealed)?;
        Ok(CardAccess {
            pan,
            expiry,
            network_token: row.network_token.clone(),
        })
    }
}

/// The log of a call: what was asked, and what came of it.
fn tell(intended: &Intended, outcome: &Outcome) {
    let transaction_id = intended.transaction.id;
    let network = network_of(&intended.transaction, &intended.call).name();
    let action = format!("{:?}", intended.action).to_lowercase();
    let reference = &intended.reference;
    match outcome {
        Outcome::Approved(receipt) | Outcome::Blocked(receipt) => {
            let (id, ref_num) = (&receipt.network_id, &receipt.ref_num);
            tracing::info!(
                transaction_id,
                network,
                action,
                reference,
                id,
                ref_num,
                "approved"
            );
        }
        Outcome::Refused(refusal) => {
            let code = &refusal.processing_code;
            tracing::info!(transaction_id, network, action, reference, code, "refused");
        }
        Outcome::NotSent(cause) => {
            tracing::warn!(
                transaction_id,
                network,
                action,
                reference,
                cause,
                "not sent"
            );
        }
        Outcome::Unknown(doubt) => {
            let (cause, code) = (&doubt.cause, &doubt.processing_code);
            tracing::warn!(
                transaction_id,
                network,
                action,
                reference,
                cause,
                code,
                "outcome unknown"
            );
        }
    }
}

/// The network that a call goes to: the sender's, but for the credit of a transfer between networks.
fn network_of(transaction: &transaction::Model, call: &Call) -> Network {
    let sender = from_stored(transaction.network);
    match (call, sender) {
        (Call::Credit { .. }, Network::Uzcard) => Network::Humo,
        (Call::Credit { .. }, Network::Humo) => Network::Uzcard,
        (
            Call::Pay { .. }
            | Call::Confirm { .. }
            | Call::Cancel { .. }
            | Call::Hold { .. }
            | Call::Capture { .. }
            | Call::Release { .. }
            | Call::Reverse { .. }
            | Call::P2p { .. },
            sender,
        ) => sender,
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

/// The amount of a transaction that moves money.
pub(super) fn amount_of(transaction: &transaction::Model) -> Result<Amount, Error> {
    Amount::new(transaction.amount).ok_or_else(|| {
        Error::Corrupt(format!(
            "transaction {} has an amount below one",
            transaction.id
        ))
    })
}

/// The terminal of a debit or hold.
pub(super) fn terminal_of(transaction: &transaction::Model) -> Result<Terminal, Error> {
    match (&transaction.merchant_id, &transaction.terminal_id) {
        (Some(merchant_id), Some(terminal_id)) => Ok(Terminal {
            merchant_id: merchant_id.clone(),
            terminal_id: terminal_id.clone(),
        }),
        (None, _) | (_, None) => Err(Error::Corrupt(format!(
            "transaction {} has no terminal",
            transaction.id
        ))),
    }
}

/// The error that a transaction ended with.
pub(super) fn stored_failure(transaction: &transaction::Model) -> Result<Failure, Error> {
    let corrupt = || {
        Error::Corrupt(format!(
            "transaction {} has no readable error",
            transaction.id
        ))
    };
    let code = transaction
        .error_code
        .and_then(ErrorCode::from_code)
        .ok_or_else(corrupt)?;
    let data = transaction.error_data.as_deref().ok_or_else(corrupt)?;
    let data: ErrorData = serde_json::from_str(data).map_err(|_| corrupt())?;
    Ok(Failure { code, data })
}

pub(super) fn error_columns(failure: &Failure) -> Result<(i32, String), Error> {
    Ok((failure.code.code(), to_json(&failure.data)?))
}

pub(super) fn to_json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| DbErr::Json(error.to_string()).into())
}
