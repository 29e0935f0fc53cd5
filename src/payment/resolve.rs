//! How an operator settles a call whose outcome no look-up can find, and acknowledges a late answer that contradicts
//! how a call was settled.

use std::sync::Arc;

use entity::ids::TransactionId;
use entity::processing_request::SettledBy;
use entity::time::UnixMillis;
use entity::transaction::{self, Status};
use rpc_schema::values::Network;
use sea_orm::DbErr;

use crate::audit::Unrecorded;
use crate::caller::SendGate;
use crate::domain::call::{CallResult, Receipt};
use crate::domain::day::stamp;
use crate::domain::network::{from_stored, to_stored};
use crate::error::Error;
use crate::repository::{request, transaction as transactions};

use super::Payments;
use super::intent::{PendingCall, Silence};
use super::late_answers::LateAnswers;
use super::resolution::Resolution;
pub use super::verdict::Verdict;
use super::verdict::{Objection, is_same_name, name_of};

/// The names under which operators' statements are stored in `audit`.
pub(crate) const RESOLVE: &str = "transactions.resolve";
pub(crate) const ACKNOWLEDGE: &str = "transactions.acknowledge";

/// Who speaks, and how they know.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    pub by: &'a str,
    pub reason: &'a str,
}

/// Why a transaction was not resolved.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    #[error("there is no transaction {0}")]
    NotFound(TransactionId),
    #[error(
        "transaction {id} is {status} and has no call whose outcome is unknown: nothing to resolve",
        status = status_word(*.status)
    )]
    NotOpen { id: TransactionId, status: Status },
    #[error(
        "a gateway is working on transaction {0} right now: try again when its lease is over, in less than a minute"
    )]
    UnderWay(TransactionId),
    #[error(
        "{network} says that the open call of transaction {id} {answer}: that goes before anybody's word"
    )]
    Denied {
        id: TransactionId,
        network: &'static str,
        answer: String,
    },
    #[error(
        "nothing at {network} proves that the open call of transaction {id} was carried out under {reference}: {cause}. \
         Check the number against `transactions show {id}`; if {network} cannot be asked now, say it again later; if its \
         support insists, ask them why it does not tell so itself"
    )]
    Unproven {
        id: TransactionId,
        network: &'static str,
        reference: String,
        cause: String,
    },
    #[error(
        "{reference} belongs to transaction {other} already: a later reversal would give back its payment. Look up the \
         number of transaction {id}'s own call"
    )]
    Claimed {
        id: TransactionId,
        reference: String,
        other: TransactionId,
    },
    #[error(
        "the open call of transaction {id} can still arrive at {network} until {until}, and {network} does not rule it out: \
         ask {network} again after that moment, and say it then",
        until = stamp(*.until)
    )]
    Early {
        id: TransactionId,
        network: &'static str,
        until: UnixMillis,
    },
    #[error(
        "{network} does not tell what became of the open call of transaction {id} ({cause}), so it may have been carried out: \
         say it again once {network} can be asked"
    )]
    Unanswered {
        id: TransactionId,
        network: &'static str,
        cause: String,
    },
    #[error(
        "this machine's clock is {0} ms ahead of the database's, so nobody can tell whether a call may still arrive: put the \
         clock right, then say it again"
    )]
    Clock(i64),
    #[error(
        "transaction {0} was settled by a gateway meanwhile; what you said is kept, and has changed nothing"
    )]
    Overtaken(TransactionId),
    #[error("the resolution of transaction {id} was not recorded")]
    Failed {
        id: TransactionId,
        source: Box<Error>,
    },
    #[error("no late answer contradicts transaction {0}, or somebody has taken note of it already")]
    NotContradicted(TransactionId),
    #[error(
        "the late answers about transaction {0} are no longer those that you have read: look at them again, \
         `transactions show {0}`; nothing is acknowledged"
    )]
    Unseen(TransactionId),
    #[error(transparent)]
    Unrecorded(#[from] Unrecorded),
    #[error(transparent)]
    Database(#[from] DbErr),
}

fn status_word(status: Status) -> String {
    sea_orm::ActiveEnum::to_value(&status)
}

/// An operator's word that counts: about which call, and what would be recorded.
struct Weighed {
    pending: PendingCall,
    result: CallResult,
}

impl Payments {
    /// Settles the open call of a transaction as an operator found out, and carries out what follows from it, such as
    /// reversing a debit whose credit has failed. The network is asked once more: what succeeded must be there under the
    /// name that the operator gives, and what failed must not be able to arrive any more; else nothing is settled. Who said
    /// so, and why, stays in `audit`.
    ///
    /// # Errors
    /// There is nothing to resolve, the network says otherwise, or it cannot be recorded.
    pub async fn resolve(
        self: &Arc<Self>,
        id: TransactionId,
        verdict: Verdict,
        statement: Statement<'_>,
    ) -> Result<transaction::Model, ResolveError> {
        let Weighed { pending, result } = self.weigh(id, &verdict, statement, true).await?;
        let request_id = pending.id;
        let words = match &verdict {
            Verdict::Succeeded(reference) => format!("succeeded, reference {reference}"),
            Verdict::Failed => "failed".to_owned(),
        };
        // Before anything changes, so that no resolution goes unnoticed.
        let Statement { by, reason } = statement;
        let words = format!("request {request_id}: {words}: {reason}");
        self.audit.accept(RESOLVE, id, by, words).await?;
        let failed = |source| ResolveError::Failed {
            id,
            source: Box::new(source),
        };
        self.conclude(
            &SendGate::default(),
            pending,
            Resolution::by_operator(result),
        )
        .await
        .map_err(failed)?;
        let db = &*self.database;
        let settled = request::find(db, request_id).await?;
        if settled.and_then(|row| row.settled_by) != Some(SettledBy::Operator) {
            return Err(ResolveError::Overtaken(id));
        }
        let settled = transactions::get(db, id).await?;
        settled.ok_or(ResolveError::NotFound(id))
    }

    /// What [`Payments::resolve`] would record, in words, from what the network says now. Nothing is changed.
    ///
    /// # Errors
    /// As [`Payments::resolve`], for the same reasons.
    pub async fn would_resolve(
        &self,
        id: TransactionId,
        verdict: &Verdict,
        statement: Statement<'_>,
    ) -> Result<String, ResolveError> {
        let Weighed { pending, result } = self.weigh(id, verdict, statement, false).await?;
        let network = pending.network();
        let name = network.name();
        let words = match &result {
            CallResult::Approved(receipt) => {
                let reference = name_of(network, &pending.call, receipt);
                format!("was carried out, under {reference}, as {name} itself says")
            }
            CallResult::Blocked(receipt) => {
                let reference = name_of(network, &pending.call, receipt);
                format!(
                    "is created and not confirmed, under {reference}, as {name} itself says: it would then be cancelled"
                )
            }
            CallResult::Overtaken(_) => format!(
                "was not carried out, and what it was about has ended in another way, as {name} itself says"
            ),
            CallResult::Refused(_)
            | CallResult::NotExecuted(_)
            | CallResult::Untraceable(_)
            | CallResult::Unknown(_) => {
                format!("was not carried out and never will be; {name} does not contradict that")
            }
        };
        Ok(words)
    }

    /// An operator's word, held against what the network says now. `is_kept`: whether it is kept that the network was silent.
    async fn weigh(
        &self,
        id: TransactionId,
        verdict: &Verdict,
        statement: Statement<'_>,
        is_kept: bool,
    ) -> Result<Weighed, ResolveError> {
        let db = &*self.database;
        let now = self.clock.now();
        let found = transactions::get(db, id).await?;
        let transaction = found.ok_or(ResolveError::NotFound(id))?;
        let calls = request::of_transaction(db, id).await?;
        let unsettled = calls.into_iter().find(|call| !call.state.is_settled());
        let row = unsettled.ok_or(ResolveError::NotOpen {
            id,
            status: transaction.status,
        })?;
        if row.lease_until.is_some_and(|until| until > now) {
            return Err(ResolveError::UnderWay(id));
        }
        let failed = |source| ResolveError::Failed {
            id,
            source: Box::new(source),
        };
        let request_id = row.id;
        let network: Network = from_stored(row.network);
        let pending = self.rebuild(db, transaction, row).await.map_err(failed)?;
        let reply = match verdict {
            Verdict::Succeeded(reference) => {
                self.check_unclaimed(id, network, &pending, reference)
                    .await?;
                self.ask_named(network, &pending, reference).await
            }
            Verdict::Failed => self.ask(network, &pending).await,
        };
        let reply = reply.map_err(failed)?;
        self.compare_clock().await?;
        // A network that was silent may have had the call waiting at its door: its time begins anew.
        let silence = match verdict {
            Verdict::Failed => pending.silence.after(now, reply.is_answered()),
            Verdict::Succeeded(_) => pending.silence,
        };
        let begun = match silence {
            Silence::None => pending.sent_at,
            Silence::Lasts => now,
            Silence::EndedBy(answered_at) => answered_at,
        };
        if silence != pending.silence && is_kept {
            let tx = self.database.write().await?;
            request::keep_silence(&*tx, request_id, silence.to_stored()).await?;
            tx.commit().await?;
        }
        let until = self.final_at(network, begun.max(pending.sent_at));
        // As it was before the network was asked: a call may arrive between its answer and that moment.
        let may_still_arrive = now < until;
        let weighed = verdict.weighed(
            network,
            &pending.call,
            reply,
            may_still_arrive,
            statement.reason,
        );
        let name = network.name();
        let result = weighed.map_err(|objection| match (objection, verdict) {
            (Objection::Denied(answer), _) => ResolveError::Denied {
                id,
                network: name,
                answer,
            },
            (Objection::Unproven(cause), Verdict::Succeeded(reference)) => ResolveError::Unproven {
                id,
                network: name,
                reference: reference.clone(),
                cause,
            },
            (Objection::Unproven(cause), Verdict::Failed) => ResolveError::Unanswered {
                id,
                network: name,
                cause,
            },
            (Objection::Early, _) => ResolveError::Early {
                id,
                network: name,
                until,
            },
        })?;
        match (verdict, self.clock_off_by()) {
            (Verdict::Failed, Some(ahead_ms)) => Err(ResolveError::Clock(ahead_ms)),
            (Verdict::Failed | Verdict::Succeeded(_), _) => Ok(Weighed { pending, result }),
        }
    }

    /// Whether no other transaction of ours has the payment or hold of this name: else what is given back later is that
    /// one's.
    async fn check_unclaimed(
        &self,
        id: TransactionId,
        network: Network,
        pending: &PendingCall,
        reference: &str,
    ) -> Result<(), ResolveError> {
        let digits = reference.trim_start_matches('0');
        let mentioned = request::receipts_with(&*self.database, to_stored(network), digits).await?;
        let other = mentioned.into_iter().find(|row| {
            let receipt = row.receipt.as_deref().unwrap_or_default();
            row.transaction_id != id
                && serde_json::from_str::<Receipt>(receipt).is_ok_and(|receipt| {
                    is_same_name(name_of(network, &pending.call, &receipt), reference)
                })
        });
        match other {
            Some(row) => Err(ResolveError::Claimed {
                id,
                reference: reference.to_owned(),
                other: row.transaction_id,
            }),
            None => Ok(()),
        }
    }

    /// Acknowledges the late answers that contradict how calls of a transaction were settled. They raise no alarm any
    /// more, and stay with the calls. Who did so, and what came of it, stays in `audit`. `seen`: the
    /// [mark](LateAnswers::mark) of those that were read.
    ///
    /// # Errors
    /// Nothing contradicts the transaction, other answers have come meanwhile, or it cannot be recorded.
    pub async fn acknowledge(
        &self,
        id: TransactionId,
        seen: &str,
        statement: Statement<'_>,
    ) -> Result<(), ResolveError> {
        let found = transactions::get(&*self.database, id).await?;
        found.ok_or(ResolveError::NotFound(id))?;
        let answers = LateAnswers::of(&request::of_transaction(&*self.database, id).await?);
        if answers.is_empty() {
            return Err(ResolveError::NotContradicted(id));
        }
        if answers.mark() != seen {
            return Err(ResolveError::Unseen(id));
        }
        // Before the alarm ends, so that it never ends unnoticed.
        let Statement { by, reason } = statement;
        let words = format!("noted: {reason}");
        self.audit.accept(ACKNOWLEDGE, id, by, words).await?;
        let tx = self.database.write().await?;
        let now = self.clock.now();
        let mut is_as_seen = true;
        for (call, answer) in answers.each() {
            is_as_seen &= request::acknowledge(&*tx, call, answer, now).await?;
        }
        if !is_as_seen {
            tx.roll_back().await?;
            return Err(ResolveError::Unseen(id));
        }
        Ok(tx.commit().await?)
    }
}
