//! What a call came to, in one commit: the request's state, what the transaction now is, and the intent of what follows.

use std::time::Duration;

use entity::processing_request::{self, Action, SettledBy};
use entity::transaction::{self, Kind, Status};
use rpc_schema::values::Network;
use sea_orm::ConnectionTrait;

use crate::causes::Causes;
use crate::clock::tashkent_day;
use crate::domain::failure::Failure;
use crate::domain::progress::{Next, Progress};
use crate::gateway::{Error, Gateway};
use crate::processing::{Call, Receipt};
use crate::recovery::pause_ms;
use crate::repository::request::{NEVER, Settlement};
use crate::repository::transaction::Change;
use crate::repository::{card_day, request, transaction as transactions};

use super::execution::{Intended, error_columns, network_of, stored_failure, to_json};
use super::learned::Learned;

/// How long to wait before an outcome is recorded again, milliseconds: six seconds in all.
const RECORD_PAUSES_MS: [u64; 6] = [100, 200, 400, 800, 1_600, 3_200];

/// The longest between a network's payment and our record of it, milliseconds.
const RECORD_DELAY_MS: i64 = 120_000;

/// What the record of an outcome leads to.
#[expect(
    clippy::large_enum_variant,
    reason = "made once a call and moved at once"
)]
pub(crate) enum Recorded {
    Settled(Result<transaction::Model, Failure>),
    Next(Box<Intended>),
}

/// How a transaction ends, or the call that was made of it.
struct End<'a> {
    status: Status,
    receipt: &'a Receipt,
    cause: &'a str,
    now: i64,
}

impl Gateway {
    /// Records an outcome, through a database that is away for a moment: what is known must not become unknown.
    pub(crate) async fn record_at_last(
        &self,
        intended: &Intended,
        learned: &Learned,
    ) -> Result<Recorded, Error> {
        for pause_ms in RECORD_PAUSES_MS {
            match self.record(intended, learned).await {
                Err(Error::Database(error)) => {
                    let transaction_id = intended.transaction.id;
                    tracing::warn!(transaction_id, error = %Causes(&error), "recording an outcome again");
                    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                }
                recorded => return recorded,
            }
        }
        self.record(intended, learned).await
    }

    async fn record(&self, intended: &Intended, learned: &Learned) -> Result<Recorded, Error> {
        let Some(transaction) = self.given_up_meanwhile(intended, learned).await? else {
            return self.record_as_learned(intended, learned).await;
        };
        let Some(found) = learned.in_hindsight() else {
            let failure = Failure::outcome_unknown(transaction.id);
            return Ok(Recorded::Settled(Err(failure)));
        };
        let intended = Intended {
            transaction,
            ..intended.clone()
        };
        self.record_as_learned(&intended, &found).await
    }

    /// The transaction as it is now, if nobody waited for this reply any more: its process stood still.
    async fn given_up_meanwhile(
        &self,
        intended: &Intended,
        learned: &Learned,
    ) -> Result<Option<transaction::Model>, Error> {
        let in_time = self.clock.now() <= intended.sent_at + self.rules.lease_ms;
        if in_time || matches!(learned, Learned::Found { .. }) {
            return Ok(None);
        }
        let now = transactions::get(&*self.database, intended.transaction.id).await?;
        Ok(now.filter(|now| now.status == Status::Manual))
    }

    /// One commit: what the call came to, what the transaction now is, and the intent of what follows.
    async fn record_as_learned(
        &self,
        intended: &Intended,
        learned: &Learned,
    ) -> Result<Recorded, Error> {
        let (request_id, look_ups) = (intended.request_id, intended.look_ups);
        let plan = self.plan_of(&intended.transaction).await?;
        let network = network_of(&intended.transaction, &intended.call);
        let Progress {
            request: state,
            next,
        } = learned.progress(network, plan, intended.action, &intended.call);
        let next = if next == Next::Wait && pause_ms(look_ups, 0).is_none() {
            // It would wait for nobody.
            Next::Manual(learned.cause().unwrap_or_default())
        } else {
            next
        };
        let now = self.clock.now();
        let tx = self.database.write().await?;
        // Drawn by chance, so that it tells this record from any other.
        let next_check_at = if matches!(next, Next::Manual(_)) {
            NEVER
        } else {
            self.next_look_up(network, intended, learned.again_at(), now)?
        };
        let settlement = Settlement {
            state,
            receipt: learned.receipt().map(to_json).transpose()?,
            processing_code: learned.processing_code(),
            cause: learned.cause(),
            by: learned.by(),
            look_ups,
            next_check_at,
        };
        if !request::settle(&*tx, request_id, settlement, now).await? {
            drop(tx);
            self.note_late_answer(intended, learned).await?;
            let failure = Failure::outcome_unknown(intended.transaction.id);
            return Ok(Recorded::Settled(Err(failure)));
        }
        let recorded = self
            .go_on(&*tx, intended.clone(), learned, next, now)
            .await?;
        let Err(lost) = tx.commit().await else {
            return Ok(recorded);
        };
        // A COMMIT whose answer was lost may have been one all the same: this one, as another process may have settled the
        // request meanwhile, and gone on in its own way.
        let lasts = match &recorded {
            Recorded::Next(next) => {
                let ours = |row: &processing_request::Model| row.reference == next.reference;
                self.lasts(next.request_id, ours).await
            }
            Recorded::Settled(_) => {
                let ours = |row: &processing_request::Model| {
                    row.state == state && row.next_check_at == next_check_at
                };
                self.lasts(request_id, ours).await
            }
        };
        match lasts {
            Ok(true) => Ok(recorded),
            Ok(false) | Err(_) => Err(lost.into()),
        }
    }

    /// Writes what the transaction now is, or the intent of what follows.
    async fn go_on(
        &self,
        db: &impl ConnectionTrait,
        intended: Intended,
        learned: &Learned,
        next: Next,
        now: i64,
    ) -> Result<Recorded, Error> {
        let cause = learned.event(intended.action, intended.request_id);
        // An operator's word takes a transaction up again that was given up.
        let goes_on = matches!(
            next,
            Next::Cancel(..) | Next::GiveBack(..) | Next::Undo(_) | Next::Again
        );
        let transaction = match intended.transaction.status {
            Status::Manual if goes_on => self.take_up(db, intended.transaction, &cause).await?,
            Status::AwaitingCode
            | Status::Processing
            | Status::Held
            | Status::Succeeded
            | Status::Declined
            | Status::Cancelled
            | Status::Reversed
            | Status::Expired
            | Status::Manual => intended.transaction,
        };
        let (call, pan_hash) = (intended.call, intended.pan_hash);
        Ok(match next {
            Next::Done(status, receipt) => {
                let end = End {
                    status,
                    receipt: &receipt,
                    cause: &cause,
                    now,
                };
                let settled = self
                    .finish(db, &transaction, &call, intended.sent_at, end)
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
                advance(db, &transaction, status, change, &cause, now).await?;
                Recorded::Settled(Err(failure))
            }
            Next::Confirm(payment) => {
                let amount = call.amount();
                let call = Call::Confirm { payment, amount };
                self.follow(db, transaction, call, pan_hash, 0).await?
            }
            Next::Cancel(payment, failure) => {
                let transaction = keep_failure(db, transaction, &failure).await?;
                let amount = call.amount();
                let call = Call::Cancel { payment, amount };
                self.follow(db, transaction, call, pan_hash, 0).await?
            }
            Next::Credit(debit) => {
                let transaction = keep_debit(db, transaction, &debit).await?;
                let reference = self.new_reference()?;
                let (call, pan_hash) = self.credit_of(db, &transaction, debit, reference).await?;
                self.follow(db, transaction, call, pan_hash, 0).await?
            }
            Next::Undo(failure) => {
                let transaction = keep_failure(db, transaction, &failure).await?;
                let (call, pan_hash) = self.reversal_of(db, &transaction).await?;
                self.follow(db, transaction, call, pan_hash, 0).await?
            }
            Next::GiveBack(debit, failure) => {
                let transaction = keep_debit(db, transaction, &debit).await?;
                let transaction = keep_failure(db, transaction, &failure).await?;
                let (call, pan_hash) = self.reversal_of(db, &transaction).await?;
                self.follow(db, transaction, call, pan_hash, 0).await?
            }
            Next::Again => {
                // An operator's word begins anew.
                let look_ups = match learned.by() {
                    SettledBy::Operator => 0,
                    SettledBy::Reply | SettledBy::LookUp | SettledBy::NotFound => intended.look_ups,
                };
                self.follow(db, transaction, call, pan_hash, look_ups)
                    .await?
            }
            Next::Manual(why) => {
                tracing::error!(
                    transaction_id = transaction.id,
                    request_id = intended.request_id,
                    why,
                    "nobody can find out by asking: `aloqa-gateway transactions resolve` must settle it"
                );
                let failure = Failure::outcome_unknown(transaction.id);
                let (status, change) = (Status::Manual, Change::default());
                advance(db, &transaction, status, change, &cause, now).await?;
                Recorded::Settled(Err(failure))
            }
            Next::Wait => Recorded::Settled(Err(Failure::outcome_unknown(transaction.id))),
        })
    }

    /// When to look again. The moment from which on an absence is a proof is not slept through.
    fn next_look_up(
        &self,
        network: Network,
        intended: &Intended,
        again_at: Option<i64>,
        now: i64,
    ) -> Result<i64, Error> {
        let chance = u16::from_le_bytes(self.random.bytes()?);
        if let Some(at) = again_at {
            return Ok(at + i64::from(chance) / 64);
        }
        let Some(pause) = pause_ms(intended.look_ups, chance) else {
            return Ok(NEVER);
        };
        let final_at = self.final_at(network, intended.sent_at);
        Ok(match final_at > now {
            true => (now + pause).min(final_at),
            false => now + pause,
        })
    }

    /// The request was settled before this answer came. It changes nothing any more; if it says the opposite, it is kept
    /// beside the request and raised.
    async fn note_late_answer(&self, intended: &Intended, learned: &Learned) -> Result<(), Error> {
        let (request_id, transaction_id) = (intended.request_id, intended.transaction.id);
        let tx = self.database.write().await?;
        let settled = request::find(&*tx, request_id).await?.ok_or_else(|| {
            Error::Corrupt(format!(
                "processing_request {request_id} is not there, and was told of: {learned:?}"
            ))
        })?;
        let Some(said) = learned.contradiction_of(&settled) else {
            return Ok(());
        };
        tracing::error!(
            transaction_id,
            request_id,
            said,
            "a late answer contradicts how a call was settled: compare with the network, and correct by hand"
        );
        let said = match settled.contradiction {
            Some(before) => format!("{before}; {said}"),
            None => said,
        };
        request::keep_contradiction(&*tx, request_id, said).await?;
        Ok(tx.commit().await?)
    }

    /// Writes the intent of what follows from an outcome.
    async fn follow(
        &self,
        db: &impl ConnectionTrait,
        transaction: transaction::Model,
        call: Call,
        pan_hash: Vec<u8>,
        look_ups: i32,
    ) -> Result<Recorded, Error> {
        let intended = self
            .intend(db, transaction, call.action(), call, pan_hash, look_ups)
            .await?;
        Ok(Recorded::Next(Box::new(intended)))
    }

    /// Ends the transaction, or the call that was made of it.
    async fn finish(
        &self,
        db: &impl ConnectionTrait,
        transaction: &transaction::Model,
        call: &Call,
        sent_at: i64,
        end: End<'_>,
    ) -> Result<Result<transaction::Model, Failure>, Error> {
        let End {
            status,
            receipt,
            cause,
            now,
        } = end;
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
        // From the call on, however late it is found: the network counts from then.
        let hold_expires_at =
            (status == Status::Held).then(|| sent_at + self.rules.hold_lifetime_ms);
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

/// Keeps the receipt of a transfer's debit, which its reversal needs.
async fn keep_debit(
    db: &impl ConnectionTrait,
    transaction: transaction::Model,
    debit: &Receipt,
) -> Result<transaction::Model, Error> {
    let receipt = to_json(debit)?;
    transactions::keep_receipt(db, transaction.id, receipt.clone()).await?;
    Ok(transaction::Model {
        receipt: Some(receipt),
        ..transaction
    })
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
