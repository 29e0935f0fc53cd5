//! How the result of a call is recorded: in one commit the request's state, the transaction's new status, and the intent of
//! the call that follows.

use std::sync::Arc;
use std::time::Duration;

use entity::network::Network as Stored;
use entity::processing_request::{self, Action, SettledBy, State};
use entity::time::UnixMillis;
use entity::transaction::{self, Kind, Status};
use entity::transfer;
use rpc_schema::values::Network;

use crate::caller::SendGate;
use crate::clock::tashkent_day;
use crate::database::{Connection, Statements, was_refused};
use crate::domain::call::{Call, CreatedPayment, Receipt};
use crate::domain::failure::Failure;
use crate::domain::taken;
use crate::domain::transition::{Next, Transition};
use crate::error::Error;
use crate::error_chain::ErrorChain;
use crate::repository::request::{NEVER, Settlement};
use crate::repository::transaction::Change;
use crate::repository::{card_day, request, transaction as transactions, transfer as transfers};

use super::Payments;
use super::advance::Move;
use super::intent::PendingCall;
use super::legs::{Known, direction_of, no_leg, route_of, side_of_transfer};
use super::resolution::Resolution;
use super::reversed::{captured_by, freed, keep_reversal_failure};
use super::schedule::pause_ms;
use super::stored::{error_columns, failure_of, to_json};

/// How long to wait before a result is recorded again, milliseconds: six seconds in all.
const RECORD_PAUSES_MS: [u64; 6] = [100, 200, 400, 800, 1_600, 3_200];

/// The longest time between a network's payment and our record of it, milliseconds.
const RECORD_DELAY_MS: i64 = 120_000;

/// What the record of a result leads to.
#[expect(
    clippy::large_enum_variant,
    reason = "made once a call and moved at once"
)]
pub(crate) enum Step {
    /// The transaction has ended, waits for somebody, or stays unknown; or the call made for it was refused.
    Settled(Result<transaction::Model, Failure>),
    /// This call follows; its intent is committed.
    Next(Box<PendingCall>),
}

impl Payments {
    /// Records a result, even if the database is away for a moment: what is known must not become unknown. `gate` is that of
    /// the caller who hears it in a reply, if there is one.
    pub(super) async fn record(
        &self,
        gate: &SendGate,
        pending: &PendingCall,
        resolution: &Resolution,
    ) -> Result<Step, Error> {
        for pause_ms in RECORD_PAUSES_MS {
            match self.record_once(gate, pending, resolution).await {
                Err(Error::Database(error)) => {
                    let transaction_id = pending.transaction.id.0;
                    tracing::warn!(transaction_id, error = %ErrorChain(&error), "recording a result again");
                    tokio::time::sleep(Duration::from_millis(pause_ms)).await;
                }
                recorded => return recorded,
            }
        }
        self.record_once(gate, pending, resolution).await
    }

    async fn record_once(
        &self,
        gate: &SendGate,
        pending: &PendingCall,
        resolution: &Resolution,
    ) -> Result<Step, Error> {
        if self.is_leased(pending) || !resolution.is_reply() {
            return self.commit_result(gate, pending, resolution).await;
        }
        self.record_late(gate, pending, resolution).await
    }

    /// Records an answer for which nobody waits any more, as the process or its database stood still: nothing new is begun,
    /// and recovery may have given the transaction up meanwhile.
    pub(super) async fn record_late(
        &self,
        gate: &SendGate,
        pending: &PendingCall,
        resolution: &Resolution,
    ) -> Result<Step, Error> {
        let now = transactions::get(&*self.database, pending.transaction.id).await?;
        let given_up = now.filter(|now| now.status == Status::Manual);
        match (resolution.as_late(), given_up) {
            (Some(late), Some(transaction)) => {
                let pending = PendingCall {
                    transaction,
                    ..pending.clone()
                };
                self.commit_result(gate, &pending, &late).await
            }
            (Some(late), None) => self.commit_result(gate, pending, &late).await,
            (None, Some(transaction)) => {
                let failure = Failure::outcome_unknown(transaction.id);
                Ok(Step::Settled(Err(failure)))
            }
            (None, None) => self.commit_result(gate, pending, resolution).await,
        }
    }

    /// The one commit.
    async fn commit_result(
        &self,
        gate: &SendGate,
        pending: &PendingCall,
        resolution: &Resolution,
    ) -> Result<Step, Error> {
        let (request_id, lookups) = (pending.id, pending.lookups);
        let side = match &pending.side {
            Some(side) => Some(Arc::clone(side)),
            None => side_of_transfer(&*self.database, &pending.transaction).await?,
        };
        let route = route_of(&pending.transaction, side.as_deref());
        let network = pending.network();
        let cause = resolution.result.cause();
        let Transition {
            request: state,
            next,
        } = resolution.transition(network, route, &pending.call);
        let next = if next == Next::Wait && pause_ms(lookups, 0).is_none() {
            // No look-up is left to wait for.
            Next::Manual(cause.unwrap_or_default().to_owned())
        } else {
            next
        };
        let known = self.known_of(pending, side, &next).await?;
        let now = self.clock.now();
        let tx = self.database.write().await?;
        // Its random part tells this record from any other.
        let next_check_at = if matches!(next, Next::Manual(_)) {
            NEVER
        } else {
            self.next_lookup_at(network, pending, resolution.look_again_at, now)?
        };
        // While the outcome is open, the first answer stays what the partner hears if the call was not carried out.
        let answer = resolution.result.refusal();
        let open = answer
            .or(pending.first_reply.as_ref())
            .filter(|_| state == State::Unknown);
        let code = open.map(|refusal| refusal.processing_code.as_str());
        let settlement = Settlement {
            state,
            receipt: resolution.result.receipt().map(to_json).transpose()?,
            processing_code: code
                .or(resolution.result.processing_code())
                .map(str::to_owned),
            open_code: open.map(|refusal| refusal.code.code()),
            silent_at: pending.silence.to_stored(),
            cause: cause.map(str::to_owned),
            by: resolution.source,
            look_ups: lookups,
            next_check_at,
        };
        let written = async {
            request::hold_settlement(&tx, request_id, settlement, now).await?;
            self.follow(&tx, gate, pending.clone(), resolution, next, known, now)
                .await
        };
        let written = written.await;
        let (tx, step) = match tx.unless_refused(written).await {
            Err(Error::Database(error)) if was_refused(&error) => {
                return self.late(pending, resolution).await;
            }
            written => written?,
        };
        let lost = match tx.commit().await {
            Ok(()) => return Ok(step),
            Err(error) if was_refused(&error) => return self.late(pending, resolution).await,
            Err(lost) => lost,
        };
        // A COMMIT whose answer was lost may have taken effect all the same. It counts only if what is stored is this
        // record: another process may have settled the request meanwhile, and gone on in its own way.
        let durable = match &step {
            Step::Next(next) => {
                let ours = |row: &processing_request::Model| row.reference == next.reference;
                self.is_durable(next.id, ours).await
            }
            Step::Settled(_) => {
                let ours = |row: &processing_request::Model| {
                    row.state == state && row.next_check_at == next_check_at
                };
                self.is_durable(request_id, ours).await
            }
        };
        match durable {
            Ok(true) => Ok(step),
            Ok(false) | Err(_) => Err(lost.into()),
        }
    }

    /// Nothing was written of a result that came too late.
    async fn late(&self, pending: &PendingCall, resolution: &Resolution) -> Result<Step, Error> {
        self.note_late_answer(pending, resolution).await?;
        let failure = Failure::outcome_unknown(pending.transaction.id);
        Ok(Step::Settled(Err(failure)))
    }

    /// Writes the transaction's new status, or the intent of the call that follows.
    #[expect(
        clippy::too_many_arguments,
        reason = "what was found out, what follows from it, and when"
    )]
    async fn follow(
        &self,
        db: &Statements,
        gate: &SendGate,
        pending: PendingCall,
        resolution: &Resolution,
        next: Next,
        known: Known,
        now: UnixMillis,
    ) -> Result<Step, Error> {
        let cause = resolution.event(pending.call.action(), pending.id);
        // Nobody asked for the end of a hold, so nobody need hear that it was not freed yet.
        let is_expiry = pending.call.action() == Action::Expire;
        let is_news = |status| !(is_expiry && status == Status::Held);
        let to = |status| Move {
            status,
            cause: &cause,
            now,
            news_for: is_news(status).then_some(gate),
        };
        let transaction = self.resume(db, &pending, &next, &cause).await?;
        let (call, pan_hash) = (pending.call, pending.pan_hash);
        let amount = call.amount();
        let (transaction, call, pan_hash, lookups) = match next {
            Next::Done(status, receipt) => {
                let done = self
                    .finish(
                        db,
                        &transaction,
                        known.side.as_deref(),
                        &call,
                        pending.sent_at,
                        &receipt,
                        to(status),
                    )
                    .await?;
                return Ok(Step::Settled(Ok(done)));
            }
            Next::Undone => {
                self.advance(db, &transaction, Change::default(), to(Status::Declined))
                    .await?;
                // The partner hears why it was undone.
                return Ok(Step::Settled(Err(failure_of(&transaction)?)));
            }
            Next::Failed(status, failure) => {
                let error = keeps_error(status)
                    .then(|| error_columns(&failure))
                    .transpose()?;
                let change = Change {
                    error,
                    ..freed(&transaction, &call)
                };
                self.give_spending_back(
                    db,
                    &call,
                    &transaction,
                    &pan_hash,
                    pending.sent_at,
                    status,
                )
                .await?;
                self.advance(db, &transaction, change, to(status)).await?;
                keep_reversal_failure(db, pending.id, &call, &failure).await?;
                return Ok(Step::Settled(Err(failure)));
            }
            Next::TakenBefore(receipt, failure) => {
                let change = Change {
                    receipt: Some(to_json(&receipt)?),
                    ..freed(&transaction, &call)
                };
                self.advance(db, &transaction, change, to(Status::Succeeded))
                    .await?;
                keep_reversal_failure(db, pending.id, &call, &failure).await?;
                return Ok(Step::Settled(Err(failure)));
            }
            Next::Manual(why) => {
                tracing::error!(
                    transaction_id = transaction.id.0,
                    call_id = pending.id.0,
                    why,
                    "no look-up can find out how a call ended: settle it with `aloqa-gateway transactions resolve`"
                );
                self.advance(db, &transaction, Change::default(), to(Status::Manual))
                    .await?;
                return Ok(Step::Settled(Err(Failure::outcome_unknown(transaction.id))));
            }
            Next::Wait => {
                return Ok(Step::Settled(Err(Failure::outcome_unknown(transaction.id))));
            }
            Next::Confirm(payment) => {
                let confirm = Call::Confirm(CreatedPayment { payment, amount });
                (transaction, confirm, pan_hash, 0)
            }
            Next::Cancel(payment, failure) => {
                let transaction = keep_failure(db, transaction, &failure).await?;
                let cancel = Call::Cancel(CreatedPayment { payment, amount });
                (transaction, cancel, pan_hash, 0)
            }
            Next::Credit(debit) => {
                let transaction = keep_debit(db, transaction, &debit).await?;
                let (credit, pan_hash) = known.leg.ok_or_else(|| no_leg(&transaction))?;
                (transaction, credit, pan_hash, 0)
            }
            Next::GiveBack { debit, failure } => {
                let transaction = match &debit {
                    Some(debit) => keep_debit(db, transaction, debit).await?,
                    None => transaction,
                };
                let transaction = keep_failure(db, transaction, &failure).await?;
                let (reversal, pan_hash) = known.leg.ok_or_else(|| no_leg(&transaction))?;
                (transaction, reversal, pan_hash, 0)
            }
            Next::Retry => {
                let lookups = match resolution.source {
                    // After an operator's verdict, the look-ups are counted from zero again.
                    SettledBy::Operator => 0,
                    SettledBy::Reply | SettledBy::LookUp | SettledBy::NotFound => pending.lookups,
                };
                (transaction, call, pan_hash, lookups)
            }
        };
        let next = self
            .intend(db, transaction, call, pan_hash, lookups)
            .await?;
        Ok(Step::Next(Box::new(PendingCall {
            side: known.side,
            ..next
        })))
    }

    /// If a call follows, marks a transaction that had been given up as `processing` again.
    async fn resume(
        &self,
        db: &Statements,
        pending: &PendingCall,
        next: &Next,
        cause: &str,
    ) -> Result<transaction::Model, Error> {
        let call_follows = match next {
            Next::Cancel(..) | Next::GiveBack { .. } | Next::Retry => true,
            // Nothing new is begun for a transaction that was given up.
            Next::Confirm(_) | Next::Credit(_) => false,
            Next::Done(..)
            | Next::Undone
            | Next::Failed(..)
            | Next::TakenBefore(..)
            | Next::Manual(_)
            | Next::Wait => false,
        };
        let transaction = pending.transaction.clone();
        if call_follows && transaction.status == Status::Manual {
            self.mark_processing(db, transaction, cause).await
        } else {
            Ok(transaction)
        }
    }

    /// When to look again. If an absence is not proof yet, then no later than the moment when it becomes proof.
    fn next_lookup_at(
        &self,
        network: Network,
        pending: &PendingCall,
        look_again_at: Option<UnixMillis>,
        now: UnixMillis,
    ) -> Result<UnixMillis, Error> {
        let chance = u16::from_le_bytes(self.random.bytes()?);
        if let Some(at) = look_again_at {
            return Ok(at + i64::from(chance) / 64);
        }
        let Some(pause) = pause_ms(pending.lookups, chance) else {
            return Ok(NEVER);
        };
        let final_at = self.final_at(network, pending.sent_at);
        Ok(match final_at > now {
            true => (now + pause).min(final_at),
            false => now + pause,
        })
    }

    /// Ends the transaction, or the operation that was requested on it.
    #[expect(
        clippy::too_many_arguments,
        reason = "the call, what it was for, and what came of it"
    )]
    async fn finish(
        &self,
        db: &Statements,
        transaction: &transaction::Model,
        side: Option<&transfer::Model>,
        call: &Call,
        sent_at: UnixMillis,
        receipt: &Receipt,
        to: Move<'_>,
    ) -> Result<transaction::Model, Error> {
        let Move { status, now, .. } = to;
        let fee = other_fee(transaction, call, status, receipt);
        if let (Status::Succeeded, Some(side)) = (status, side) {
            let has_fiscal = self.rules.connected.fiscal;
            finish_transfer(db, transaction, side, has_fiscal, call, receipt, now).await?;
        }
        let reverses = matches!(call, Call::Reverse(_) | Call::ReversePart(_));
        if reverses {
            forget_history(db, transaction).await?;
        }
        // A reversed or released transaction keeps the receipt of what was reversed or released; a transfer keeps that
        // of its debit.
        let keeps = matches!(status, Status::Held | Status::Succeeded)
            && !reverses
            && call.action() != Action::Credit;
        let receipt = keeps.then(|| to_json(receipt)).transpose()?;
        // Counted from the call, however late the hold is found: the network counts from then, too.
        let hold_expires_at =
            (status == Status::Held).then(|| sent_at + self.rules.hold_lifetime_ms);
        let change = Change {
            receipt: receipt.clone(),
            fee,
            hold_expires_at,
            captured: captured_by(call),
            reversed: reverses.then(|| taken::reversed(transaction) + call.amount().tiyin()),
            ..freed(transaction, call)
        };
        let (captured, reversed, reversing) = (change.captured, change.reversed, change.reversing);
        self.advance(db, transaction, change, to).await?;
        Ok(transaction::Model {
            status,
            captured: captured.or(transaction.captured),
            reversed: reversed.or(transaction.reversed),
            reversing: reversing.unwrap_or(transaction.reversing),
            version: transaction.version + 1,
            updated_at: now,
            fee: fee.unwrap_or(transaction.fee),
            receipt: receipt.or_else(|| transaction.receipt.clone()),
            hold_expires_at: hold_expires_at.or(transaction.hold_expires_at),
            ..transaction.clone()
        })
    }
}

/// The fee that HUMO took for a transfer, if it is another than the quoted one. Mostly a transfer is created first, and
/// cancelled if the fee differs; one that is finished by its creation cannot be, so its fee is what is told from now on.
fn other_fee(
    transaction: &transaction::Model,
    call: &Call,
    status: Status,
    receipt: &Receipt,
) -> Option<i64> {
    let is_finished = status == Status::Succeeded && transaction.kind == Kind::Transfer;
    // Between the networks the fee is ours, and part of the debit.
    if !is_finished || call.action() == Action::Credit || transaction.network != Stored::Humo {
        return None;
    }
    let (transaction_id, quoted) = (transaction.id.0, transaction.fee);
    match receipt.fee {
        Some(taken) if taken == quoted => None,
        Some(taken) => {
            tracing::warn!(
                transaction_id,
                quoted,
                taken,
                "HUMO took another fee than was quoted: the partner is told the fee that was taken"
            );
            Some(taken)
        }
        None => {
            tracing::warn!(
                transaction_id,
                quoted,
                "HUMO does not say which fee it took: the partner is told the quoted one"
            );
            None
        }
    }
}

/// Keeps the credit's receipt of a finished transfer, and marks its fee as to be registered.
async fn finish_transfer(
    db: &Statements,
    transaction: &transaction::Model,
    side: &transfer::Model,
    has_fiscal: bool,
    call: &Call,
    receipt: &Receipt,
    now: UnixMillis,
) -> Result<(), Error> {
    let is_credit = call.action() == Action::Credit;
    let credit_receipt = is_credit.then(|| to_json(receipt)).transpose()?;
    let has_receipt =
        has_fiscal && transaction.fee > 0 && direction_of(transaction, side).has_fiscal_receipt();
    let due_at = has_receipt.then_some(now);
    if credit_receipt.is_some() || due_at.is_some() {
        transfers::hold_end(db, transaction.id, credit_receipt, due_at).await?;
    }
    Ok(())
}

/// SVGate shows a reversal only on the payment itself, and the payment's day may have been over when it was fetched. So
/// that day is fetched again.
async fn forget_history(
    db: &impl Connection,
    transaction: &transaction::Model,
) -> Result<(), Error> {
    let Some(card_id) = transaction.card_id else {
        return Ok(());
    };
    let requests = request::of_transaction(db, transaction.id).await?;
    let gives_back = |action| matches!(action, Action::Reverse | Action::ReversePart);
    let taken = requests.iter().filter(|row| !gives_back(row.action));
    let Some(settled_at) = taken.filter_map(|row| row.settled_at).max() else {
        return Ok(());
    };
    // The network's own time of the payment is a little before ours; around midnight, that may be the day before.
    let from = tashkent_day(settled_at - RECORD_DELAY_MS);
    card_day::forget(db, card_id, from, tashkent_day(settled_at)).await?;
    Ok(())
}

/// Keeps the receipt of a transfer's debit, which its reversal needs.
async fn keep_debit(
    db: &Statements,
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

/// Keeps the error that is the reason for an undo; it becomes the partner's answer once the undo is approved.
async fn keep_failure(
    db: &Statements,
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
