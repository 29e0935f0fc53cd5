//! One `extId`, one answer: the call that works on an order claims its `extId`, from its receipt until its intent is
//! stored (docs/contract.md#repeats-with-extid).
//!
//! Before its intent an order asks networks about cards. Without a claim, a second call could be refused meanwhile, and
//! its caller told of a failure, while the first goes on to move the money. So a refusal is told only by whoever gives
//! the claim back, and an intent is stored only by whoever still has it: the two are one row, and exclude one another.
//!
//! A call that was received before a refusal, but comes to its claim only after it, must not begin either: both callers
//! waited at the same time, and would hear a failure and a success. So the time of a refusal stays in the row.

use std::sync::OnceLock;

use entity::ext_id_claim;
use entity::ids::{ProcessingRequestId, TransactionId};
use entity::time::UnixMillis;
use entity::transaction;
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::ExtId;
use sea_orm::DbErr;

use crate::caller::Caller;
use crate::database::{Connection, Statements, Turn, was_refused};
use crate::domain::failure::Failure;
use crate::error::Error;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::repository::ext_id_claim as claims;
use crate::repository::transaction as transactions;

use super::answer::{Answer, First, OrderId, StoredAs};
use super::repeat::find_first;

/// What becomes of an order that has just been received.
#[expect(
    clippy::large_enum_variant,
    reason = "made once a call and moved at once"
)]
pub(super) enum Claimed<'a> {
    /// It is this call's to work on.
    Ours(Claim<'a>),
    /// It is a repeat, and this is its answer.
    Repeat(Answer),
}

/// The right of one call to work on an order.
pub(super) struct Claim<'a> {
    id: &'a OrderId,
    /// `None` where the order has no `extId`: then each call is an order of its own.
    row: Option<ext_id_claim::Model>,
    /// The order's row, once its COMMIT was tried.
    stored: OnceLock<StoredAs>,
}

impl Claim<'_> {
    /// Whether the order's next write is its first one: a claim is a write too.
    pub(super) fn turn(&self) -> Turn {
        match self.row {
            Some(_) => Turn::GoesOn,
            None => Turn::Begins,
        }
    }

    /// The order that is worked on.
    pub(super) fn id(&self) -> &OrderId {
        self.id
    }

    /// The transaction is about to be committed. Even if the answer to that is lost, it is not another call's.
    pub(super) fn stores(&self, transaction_id: TransactionId) {
        // A call stores one transaction.
        let _ = self.stored.set(StoredAs::Transaction(transaction_id));
    }

    /// The same of a reversal, whose call this is.
    pub(super) fn stores_reversal(&self, request_id: ProcessingRequestId) {
        let _ = self.stored.set(StoredAs::Reversal(request_id));
    }
}

impl Gateway {
    /// Claims the order's `extId`, or answers the repeat. `turn`: whether it begins something, or goes on with a payment.
    ///
    /// # Errors
    /// What a repeat is answered; -32343 if too many wait with something new; -32364 while another call works on the same `extId`.
    pub(super) async fn claim<'a>(
        &self,
        caller: &Caller,
        id: &'a OrderId,
        turn: Turn,
    ) -> Result<Claimed<'a>, Error> {
        let ours = |row| {
            Claimed::Ours(Claim {
                id,
                row,
                stored: OnceLock::new(),
            })
        };
        let Some(ext_id) = &id.ext_id else {
            return Ok(ours(None));
        };
        let received_at = self.clock.now();
        // Most repeats end here, and need not write.
        if let Some(answer) = self.answer_repeat(caller, id).await? {
            return Ok(Claimed::Repeat(answer));
        }
        let row = ext_id_claim::Model {
            partner_id: caller.partner.id,
            ext_id: ext_id.as_str().to_owned(),
            owner: self.random.uuid()?,
            until: received_at + self.rules.claim_ms,
        };
        let is_taken = self.take_claim(turn, &row, received_at).await?;
        // Whoever had the claim may have stored the transaction since.
        let Some(first) = find(&*self.database, &row).await? else {
            return match is_taken {
                true => Ok(ours(Some(row))),
                false => Err(under_way(ext_id)),
            };
        };
        if is_taken {
            // Nothing is left to be claimed.
            let tx = self.database.write().await?;
            claims::spend(&*tx, &row, self.clock.now()).await?;
            tx.commit().await?;
        }
        self.answer_first(id, first).await.map(Claimed::Repeat)
    }

    /// Takes the claim. False: another call has it.
    async fn take_claim(
        &self,
        turn: Turn,
        row: &ext_id_claim::Model,
        received_at: UnixMillis,
    ) -> Result<bool, Error> {
        let tx = self.database.write_as(turn).await?;
        let taken = claims::take(&tx, row.clone(), received_at).await;
        let committed = match tx.unless_refused(taken).await {
            Ok((tx, ())) => tx.commit().await,
            Err(refused) => Err(refused),
        };
        match committed {
            Ok(()) => Ok(true),
            Err(error) if was_refused(&error) => Ok(false),
            // It may be there all the same. It need not last: the intent is stored only if it is still there.
            Err(lost) => match claims::is_there(&*self.database, row).await {
                Ok(true) => Ok(true),
                Ok(false) | Err(_) => Err(lost.into()),
            },
        }
    }

    /// Turns the claim into the right to store the order's transaction, in the caller's database transaction.
    ///
    /// # Errors
    /// The claim has run out, so that another call may have begun; or the caller's time is over, and they were told so.
    pub(super) async fn spend_claim(
        &self,
        db: &impl Connection,
        caller: &Caller,
        claim: &Claim<'_>,
    ) -> Result<(), Error> {
        if caller.gate.is_closed() {
            return Err(ErrorCode::Internal.into());
        }
        let (Some(row), Some(ext_id)) = (&claim.row, &claim.id.ext_id) else {
            return Ok(());
        };
        match claims::spend(db, row, self.clock.now()).await? {
            true => Ok(()),
            false => Err(under_way(ext_id)),
        }
    }

    /// The same with the commit of what is stored, which fails if the claim has run out: [`Gateway::has_claim`] then says whether
    /// it was that.
    ///
    /// # Errors
    /// The caller's time is over, and they were told so.
    pub(super) async fn hold_spent_claim(
        &self,
        db: &Statements,
        caller: &Caller,
        claim: &Claim<'_>,
    ) -> Result<(), Error> {
        if caller.gate.is_closed() {
            return Err(ErrorCode::Internal.into());
        }
        if let Some(row) = &claim.row {
            claims::hold_spending(db, row, self.clock.now()).await?;
        }
        Ok(())
    }

    /// Whether the claim has not run out.
    ///
    /// # Errors
    /// -32364: it has, and another call may have begun.
    pub(super) async fn has_claim(&self, claim: &Claim<'_>) -> Result<(), Error> {
        let (Some(row), Some(ext_id)) = (&claim.row, &claim.id.ext_id) else {
            return Ok(());
        };
        let is_there = claims::is_there(&*self.database, row).await?;
        match is_there && row.until > self.clock.now() {
            true => Ok(()),
            false => Err(under_way(ext_id)),
        }
    }

    /// Ends a call that has begun nothing: gives its claim back and tells `error`, unless another call has begun the order
    /// in the meantime or is about to. Then this one is a repeat.
    ///
    /// # Errors
    /// `error`; what a repeat is answered; -32364. If the claim cannot be given back, what is the matter with the
    /// database: the claim runs out by itself.
    pub(super) async fn refuse(&self, claim: Claim<'_>, error: Error) -> Result<Answer, Error> {
        let (Some(row), Some(ext_id)) = (&claim.row, &claim.id.ext_id) else {
            return Err(error);
        };
        let (released, found) = match self.give_back(row).await {
            Ok(given_back) => given_back,
            Err(lost) => {
                tracing::warn!(
                    until = row.until.0,
                    error = %ErrorChain(&lost),
                    "the claim of an extId was not given back; repeats have to wait until it runs out"
                );
                return Err(match error {
                    Error::Refused(_) => lost.into(),
                    internal @ (Error::Database(_)
                    | Error::Vault(_)
                    | Error::Random(_)
                    | Error::Clock { .. }
                    | Error::Unrecorded(_)
                    | Error::Corrupt(_)) => internal,
                });
            }
        };
        match found {
            // Our own COMMIT, whose answer was lost. The call was not made, so the transaction will be declined.
            Some(ours) if claim.stored.get() == Some(&ours.row()) => Err(error),
            Some(first) => self.answer_first(claim.id, first).await,
            None if released => Err(error),
            None => Err(under_way(ext_id)),
        }
    }

    /// The transaction of the caller's `extId`; that of a reversal is the payment which it gives back.
    ///
    /// # Errors
    /// -32364 while a call works on it that has stored nothing yet: who is told that there is none may start another
    /// payment in its place.
    pub(super) async fn find_order(
        &self,
        caller: &Caller,
        ext_id: &ExtId,
    ) -> Result<Option<transaction::Model>, Error> {
        let (db, partner_id) = (&*self.database, caller.partner.id);
        let mut first = find_first(db, partner_id, ext_id.as_str()).await?;
        if first.is_none() {
            if claims::is_claimed(db, partner_id, ext_id.as_str(), self.clock.now()).await? {
                return Err(under_way(ext_id));
            }
            // The claim may have become the transaction between the two.
            first = find_first(db, partner_id, ext_id.as_str()).await?;
        }
        match first {
            Some(First::Transaction(transaction)) => Ok(Some(transaction)),
            Some(First::Reversal(reversal, _)) => {
                let of = reversal.transaction_id;
                Ok(transactions::find(db, partner_id, of).await?)
            }
            None => Ok(None),
        }
    }

    /// Whether the claim was still there, and what is stored under its `extId`.
    async fn give_back(&self, row: &ext_id_claim::Model) -> Result<(bool, Option<First>), DbErr> {
        let tx = self.database.write().await?;
        let released = claims::release(&*tx, row, self.clock.now()).await?;
        let found = find(&*tx, row).await?;
        tx.commit().await?;
        Ok((released, found))
    }

    /// Removes the claims of calls that died or were refused, once no call can be under way that was received before.
    ///
    /// # Errors
    /// The database failed.
    pub async fn clear_claims(&self) -> Result<(), DbErr> {
        let then = self.clock.now() - self.rules.claim_ms;
        // Seldom is there any, and writers wait for one another.
        if claims::any_was_over(&*self.database, then).await? {
            let tx = self.database.write().await?;
            claims::clear(&*tx, then).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}

async fn find(db: &impl Connection, row: &ext_id_claim::Model) -> Result<Option<First>, DbErr> {
    find_first(db, row.partner_id, &row.ext_id).await
}

/// -32364 about an order that is not stored yet.
fn under_way(ext_id: &ExtId) -> Error {
    let mut failure = Failure::new(ErrorCode::PreviousAttemptInProcess);
    failure.data.ext_id = Some(ext_id.as_str().to_owned());
    failure.into()
}
