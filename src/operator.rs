//! What operators do with transactions that nobody could settle: list them, look at one, and say how it ended.

use clap::ValueEnum;
use entity::processing_request::{self, SettledBy, State};
use entity::transaction::{self, Status};
use entity::{audit, transaction_event};
use rpc_schema::values::Network;
use sea_orm::{DbErr, Set};

use crate::domain::finding::Finding;
use crate::domain::network::from_stored;
use crate::gateway::{Error, Gateway};
use crate::processing::{Call, Receipt, Reference};
use crate::repository::{audit as audits, request, transaction as transactions};
use crate::service::Learned;

/// The permission-like name under which `audit` has a resolution.
const RESOLVE: &str = "transactions.resolve";

/// Which transactions to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Open {
    /// The outcome of their call is not known, and still looked up.
    Unknown,
    /// Given up: nobody looks any more, and you must settle them.
    Manual,
}

/// An open transaction, with the call whose outcome is not known.
#[derive(Debug)]
pub struct Listed {
    pub transaction: transaction::Model,
    pub call: processing_request::Model,
}

/// Everything that is known of a transaction.
#[derive(Debug)]
pub struct Shown {
    pub transaction: transaction::Model,
    pub calls: Vec<processing_request::Model>,
    pub events: Vec<transaction_event::Model>,
    pub resolutions: Vec<audit::Model>,
}

/// What an operator found out about the open call of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The network carried the call out, and knows it under this reference.
    Succeeded(String),
    /// It did not, and will not.
    Failed,
}

/// Why a transaction was not resolved.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    #[error("there is no transaction {0}")]
    NotFound(i64),
    #[error(
        "transaction {id} is {status:?} and has no call whose outcome is unknown: nothing to resolve"
    )]
    NotOpen { id: i64, status: Status },
    #[error(
        "a gateway is working on transaction {0} right now: try again when its lease is over, in less than a minute"
    )]
    UnderWay(i64),
    #[error("the resolution of transaction {id} was not recorded")]
    Failed { id: i64, source: Box<Error> },
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl Gateway {
    /// The open transactions, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_transactions(&self, which: Open) -> Result<Vec<Listed>, DbErr> {
        let status = match which {
            Open::Unknown => Status::Processing,
            Open::Manual => Status::Manual,
        };
        let now = self.clock.now();
        let mut listed = Vec::new();
        for transaction in transactions::with_status(&*self.database, status).await? {
            let calls = request::of_transaction(&*self.database, transaction.id).await?;
            let open = calls.into_iter().find(|call| is_unknown(call, now));
            listed.extend(open.map(|call| Listed { transaction, call }));
        }
        Ok(listed)
    }

    /// Everything about a transaction, its history included; `None` if there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn whole_transaction(&self, id: i64) -> Result<Option<Shown>, DbErr> {
        let db = &*self.database;
        let Some(transaction) = transactions::get(db, id).await? else {
            return Ok(None);
        };
        Ok(Some(Shown {
            transaction,
            calls: request::of_transaction(db, id).await?,
            events: transactions::events(db, id).await?,
            resolutions: audits::about(db, RESOLVE, &id.to_string()).await?,
        }))
    }

    /// Settles the open call of a transaction as an operator found out, and carries out what follows from it, such as
    /// giving a debit back whose credit has failed. Who said so, and why, stays in `audit`.
    ///
    /// # Errors
    /// There is nothing to resolve, or it cannot be recorded.
    pub async fn resolve(
        &self,
        id: i64,
        verdict: Verdict,
        reason: &str,
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
        let said = match &verdict {
            Verdict::Succeeded(reference) => {
                format!(
                    "request {}: succeeded, reference {reference}: {reason}",
                    row.id
                )
            }
            Verdict::Failed => format!("request {}: failed: {reason}", row.id),
        };
        let record = audits::New {
            at: Set(now),
            partner_id: Set(transaction.partner_id),
            action: Set(RESOLVE.to_owned()),
            object: Set(id.to_string()),
            request: Set(said),
            ..Default::default()
        };
        let network = from_stored(row.network);
        let intended = self.rebuild(db, transaction, row).await.map_err(failed)?;
        let finding = match verdict {
            Verdict::Succeeded(reference) => {
                let receipt = receipt_of(network, &intended.call, reference);
                let creates = matches!(intended.call, Call::Pay { .. } | Call::P2p { .. });
                match network {
                    // Whether it was confirmed, too, the cancel will show: it is refused then.
                    Network::Humo if creates => Finding::Blocked(receipt),
                    Network::Humo | Network::Uzcard => Finding::Executed(receipt),
                }
            }
            Verdict::Failed => Finding::NotExecuted(format!("an operator found out: {reason}")),
        };
        let learned = Learned::Found {
            finding,
            by: SettledBy::Operator,
            last_try: false,
        };
        // Before anything changes: no resolution goes unnoticed.
        let tx = self.database.write().await?;
        audits::insert(&*tx, record).await?;
        tx.commit().await?;
        self.conclude(intended, learned).await.map_err(failed)?;
        let settled = transactions::get(db, id).await?;
        settled.ok_or(ResolveError::NotFound(id))
    }
}

/// Whether nobody knows what became of it: not while its own process still waits for the answer.
fn is_unknown(call: &processing_request::Model, now: i64) -> bool {
    match call.state {
        State::Unknown => true,
        State::Sent => call.lease_until.is_none_or(|until| until <= now),
        State::Approved | State::Declined => false,
    }
}

/// The receipt of a call that was carried out, with the network's own reference: `refNum` of SVGate, the id of a hold,
/// HUMO's `paymentID`. What is done with a payment keeps the payment's receipt.
fn receipt_of(network: Network, call: &Call, reference: String) -> Receipt {
    let created = |ours: &Reference, reference: String| match network {
        Network::Uzcard => Receipt {
            ref_num: reference,
            ..Receipt::of(ours)
        },
        Network::Humo => Receipt {
            network_id: reference,
            ..Receipt::of(ours)
        },
    };
    match call {
        Call::Pay {
            reference: ours, ..
        }
        | Call::P2p {
            reference: ours, ..
        }
        | Call::Credit {
            reference: ours, ..
        } => created(ours, reference),
        Call::Hold {
            reference: ours, ..
        } => Receipt {
            network_id: reference,
            ..Receipt::of(ours)
        },
        // At HUMO the capture confirms the payment that the hold is; at SVGate it is one of its own.
        Call::Capture {
            reference: ours,
            hold,
            ..
        } => match network {
            Network::Uzcard => created(ours, reference),
            Network::Humo => hold.clone(),
        },
        Call::Confirm { payment, .. }
        | Call::Cancel { payment, .. }
        | Call::Reverse { payment, .. } => payment.clone(),
        Call::Release { hold, .. } => hold.clone(),
    }
}
