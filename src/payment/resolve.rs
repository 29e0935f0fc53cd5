//! How an operator settles a call whose outcome no look-up can find, and acknowledges a late answer that contradicts
//! how a call was settled.

use entity::ids::TransactionId;
use entity::processing_request::SettledBy;
use entity::transaction::{self, Status};
use rpc_schema::values::Network;
use sea_orm::{ConnectionTrait, DbErr, Set};
use uuid::Uuid;

use crate::domain::network::from_stored;
use crate::error::Error;
use crate::repository::{audit as audits, request, transaction as transactions};

use super::Payments;
use super::resolution::Resolution;
pub use super::verdict::Verdict;

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
    #[error(transparent)]
    Database(#[from] DbErr),
}

fn status_word(status: Status) -> String {
    sea_orm::ActiveEnum::to_value(&status)
}

impl Payments {
    /// Settles the open call of a transaction as an operator found out, and carries out what follows from it, such as
    /// reversing a debit whose credit has failed. The network is asked once more: if it contradicts the operator,
    /// nothing is settled. Who said so, and why, stays in `audit`.
    ///
    /// # Errors
    /// There is nothing to resolve, the network says otherwise, or it cannot be recorded.
    pub async fn resolve(
        &self,
        id: TransactionId,
        verdict: Verdict,
        statement: Statement<'_>,
    ) -> Result<transaction::Model, ResolveError> {
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
        let (partner_id, request_id) = (transaction.partner_id, row.id);
        let network: Network = from_stored(row.network);
        let pending = self.rebuild(db, transaction, row).await.map_err(failed)?;
        let reply = self.ask(network, &pending).await.map_err(failed)?;
        if let Some(answer) = verdict.denied_by(network, &pending.call, &reply) {
            return Err(ResolveError::Denied {
                id,
                network: network.name(),
                answer,
            });
        }
        let words = match &verdict {
            Verdict::Succeeded(reference) => format!("succeeded, reference {reference}"),
            Verdict::Failed => "failed".to_owned(),
        };
        let result = verdict.result(network, &pending.call, reply, statement.reason);
        // Stored before anything changes, so that no resolution goes unnoticed.
        let tx = self.database.write().await?;
        let words = format!("request {request_id}: {words}");
        self.audit(&*tx, partner_id, RESOLVE, id, &words, statement)
            .await?;
        tx.commit().await?;
        self.conclude(pending, Resolution::by_operator(result))
            .await
            .map_err(failed)?;
        let settled = request::find(db, request_id).await?;
        if settled.and_then(|row| row.settled_by) != Some(SettledBy::Operator) {
            return Err(ResolveError::Overtaken(id));
        }
        let settled = transactions::get(db, id).await?;
        settled.ok_or(ResolveError::NotFound(id))
    }

    /// Acknowledges the late answers that contradict how calls of a transaction were settled. They raise no further
    /// alarm, and stay with the calls. Who acknowledged them, and what came of it, stays in `audit`.
    ///
    /// # Errors
    /// Nothing contradicts the transaction, or it cannot be recorded.
    pub async fn acknowledge(
        &self,
        id: TransactionId,
        statement: Statement<'_>,
    ) -> Result<(), ResolveError> {
        let found = transactions::get(&*self.database, id).await?;
        let transaction = found.ok_or(ResolveError::NotFound(id))?;
        let tx = self.database.write().await?;
        if request::acknowledge(&*tx, id, self.clock.now()).await? == 0 {
            return Err(ResolveError::NotContradicted(id));
        }
        let partner_id = transaction.partner_id;
        self.audit(&*tx, partner_id, ACKNOWLEDGE, id, "noted", statement)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn audit(
        &self,
        db: &impl ConnectionTrait,
        partner_id: Uuid,
        action: &str,
        id: TransactionId,
        words: &str,
        Statement { by, reason }: Statement<'_>,
    ) -> Result<(), DbErr> {
        let record = audits::New {
            at: Set(self.clock.now()),
            partner_id: Set(partner_id),
            action: Set(action.to_owned()),
            object: Set(id.to_string()),
            request: Set(format!("{by}: {words}: {reason}")),
            ..Default::default()
        };
        audits::insert(db, record).await
    }
}
