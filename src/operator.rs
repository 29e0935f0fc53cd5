//! What operators do with transactions that nobody could settle: list them, look at one, and say how it ended. And with
//! those of which a late answer says the opposite: take note.

use clap::ValueEnum;
use entity::processing_request::{self, SettledBy, State};
use entity::transaction::{self, Status};
use entity::{audit, transaction_event};
use rpc_schema::values::Network;
use sea_orm::{ConnectionTrait, DbErr, Set};
use uuid::Uuid;

use crate::domain::finding::Finding;
use crate::domain::network::from_stored;
use crate::gateway::{Error, Gateway};
use crate::processing::{Call, Found, Receipt, Reference};
use crate::repository::{audit as audits, request, transaction as transactions};
use crate::service::Learned;

/// The permission-like names under which `audit` has what was said.
const RESOLVE: &str = "transactions.resolve";
const ACKNOWLEDGE: &str = "transactions.acknowledge";

/// Which transactions to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Open {
    /// The outcome of their call is not known, and still looked up.
    Unknown,
    /// Given up: nobody looks any more, and you must settle them.
    Manual,
    /// Settled, but a late answer said the opposite, and nobody has taken note yet.
    Contradicted,
}

/// A transaction that asks for somebody, with the call for which it does.
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
    /// What operators said of it, oldest first.
    pub said: Vec<audit::Model>,
}

/// Who speaks, and why he knows.
#[derive(Debug, Clone, Copy)]
pub struct Statement<'a> {
    pub by: &'a str,
    pub reason: &'a str,
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
    #[error(
        "{network} says that the open call of transaction {id} {said}: that goes before anybody's word"
    )]
    Otherwise {
        id: i64,
        network: &'static str,
        said: String,
    },
    #[error(
        "transaction {0} was settled by a gateway meanwhile; what you said is kept, and has changed nothing"
    )]
    Overtaken(i64),
    #[error("the resolution of transaction {id} was not recorded")]
    Failed { id: i64, source: Box<Error> },
    #[error("no late answer contradicts transaction {0}, or somebody has taken note of it already")]
    NotContradicted(i64),
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl Gateway {
    /// The open transactions, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_transactions(&self, which: Open) -> Result<Vec<Listed>, DbErr> {
        let db = &*self.database;
        let status = match which {
            Open::Unknown => Status::Processing,
            Open::Manual => Status::Manual,
            Open::Contradicted => return self.contradicted_transactions().await,
        };
        let now = self.clock.now();
        let mut listed = Vec::new();
        for transaction in transactions::with_status(db, status).await? {
            let calls = request::of_transaction(db, transaction.id).await?;
            let open = calls.into_iter().find(|call| is_unknown(call, now));
            listed.extend(open.map(|call| Listed { transaction, call }));
        }
        Ok(listed)
    }

    async fn contradicted_transactions(&self) -> Result<Vec<Listed>, DbErr> {
        let db = &*self.database;
        let mut listed = Vec::new();
        for call in request::contradicted(db).await? {
            let transaction = transactions::get(db, call.transaction_id).await?;
            listed.extend(transaction.map(|transaction| Listed { transaction, call }));
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
            said: audits::about(db, &[RESOLVE, ACKNOWLEDGE], &id.to_string()).await?,
        }))
    }

    /// Settles the open call of a transaction as an operator found out, and carries out what follows from it, such as
    /// giving a debit back whose credit has failed. The network is asked once more: where it knows better, nothing is
    /// settled. Who said so, and why, stays in `audit`.
    ///
    /// # Errors
    /// There is nothing to resolve, or it cannot be recorded.
    pub async fn resolve(
        &self,
        id: i64,
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
        let (partner_id, network, request_id) =
            (transaction.partner_id, from_stored(row.network), row.id);
        let intended = self.rebuild(db, transaction, row).await.map_err(failed)?;
        let traces = self.traces_of(&intended).await.map_err(failed)?;
        let known = self.network(network).look_up(&intended.call, &traces).await;
        if let Some(said) = otherwise(network, &intended.call, &verdict, &known) {
            return Err(ResolveError::Otherwise {
                id,
                network: network.name(),
                said,
            });
        }
        let said = match &verdict {
            Verdict::Succeeded(reference) => format!("succeeded, reference {reference}"),
            Verdict::Failed => "failed".to_owned(),
        };
        let creates = matches!(intended.call, Call::Pay { .. } | Call::P2p { .. });
        let finding = match (verdict, known) {
            // It knows more of the call than an operator can say.
            (Verdict::Succeeded(_), Found::Executed(receipt)) => Finding::Executed(receipt),
            (Verdict::Succeeded(_), Found::Blocked(receipt)) => Finding::Blocked(receipt),
            (
                Verdict::Succeeded(reference),
                Found::Nothing | Found::NotExecuted(_) | Found::Unclear(_),
            ) => {
                let receipt = receipt_of(network, &intended.call, reference);
                match network {
                    // Whether it was confirmed, too, the cancel will show: it is refused then.
                    Network::Humo if creates => Finding::Blocked(receipt),
                    Network::Humo | Network::Uzcard => Finding::Executed(receipt),
                }
            }
            // It has failed, and its money is blocked: it is cancelled.
            (Verdict::Failed, Found::Blocked(receipt)) if creates => Finding::Blocked(receipt),
            (
                Verdict::Failed,
                Found::Executed(_)
                | Found::Blocked(_)
                | Found::Nothing
                | Found::NotExecuted(_)
                | Found::Unclear(_),
            ) => {
                let reason = statement.reason;
                Finding::NotExecuted(format!("an operator found out: {reason}"))
            }
        };
        let learned = Learned::Found {
            finding,
            by: SettledBy::Operator,
            last_try: false,
            again_at: None,
        };
        // Before anything changes: no resolution goes unnoticed.
        let tx = self.database.write().await?;
        let said = format!("request {request_id}: {said}");
        self.keep_said(&*tx, partner_id, RESOLVE, id, &said, statement)
            .await?;
        tx.commit().await?;
        self.conclude(intended, learned).await.map_err(failed)?;
        let settled = request::find(db, request_id).await?;
        if settled.and_then(|row| row.settled_by) != Some(SettledBy::Operator) {
            return Err(ResolveError::Overtaken(id));
        }
        let settled = transactions::get(db, id).await?;
        settled.ok_or(ResolveError::NotFound(id))
    }

    /// Takes note of the late answers that contradict how calls of a transaction were settled: they warn nobody any more,
    /// and stay with the calls. Who did, and what came of it, stays in `audit`.
    ///
    /// # Errors
    /// Nothing contradicts the transaction, or it cannot be recorded.
    pub async fn acknowledge(&self, id: i64, statement: Statement<'_>) -> Result<(), ResolveError> {
        let found = transactions::get(&*self.database, id).await?;
        let transaction = found.ok_or(ResolveError::NotFound(id))?;
        let tx = self.database.write().await?;
        if request::acknowledge(&*tx, id, self.clock.now()).await? == 0 {
            return Err(ResolveError::NotContradicted(id));
        }
        let partner_id = transaction.partner_id;
        self.keep_said(&*tx, partner_id, ACKNOWLEDGE, id, "noted", statement)
            .await?;
        Ok(tx.commit().await?)
    }

    async fn keep_said(
        &self,
        db: &impl ConnectionTrait,
        partner_id: Uuid,
        action: &str,
        id: i64,
        said: &str,
        Statement { by, reason }: Statement<'_>,
    ) -> Result<(), DbErr> {
        let record = audits::New {
            at: Set(self.clock.now()),
            partner_id: Set(partner_id),
            action: Set(action.to_owned()),
            object: Set(id.to_string()),
            request: Set(format!("{by}: {said}: {reason}")),
            ..Default::default()
        };
        audits::insert(db, record).await
    }
}

/// What the network says against a verdict, if it says so for certain.
fn otherwise(network: Network, call: &Call, verdict: &Verdict, known: &Found) -> Option<String> {
    match (verdict, known) {
        (Verdict::Failed, Found::Executed(receipt)) => Some(format!(
            "was carried out{}",
            named(network, call, receipt)
                .map(|name| format!(", under {name}"))
                .unwrap_or_default()
        )),
        (Verdict::Succeeded(_), Found::Blocked(_)) if matches!(call, Call::Confirm { .. }) => {
            Some("has not come: the payment is created and not confirmed".to_owned())
        }
        (Verdict::Succeeded(reference), Found::Executed(receipt) | Found::Blocked(receipt)) => {
            named(network, call, receipt)
                .filter(|name| name != reference)
                .map(|name| format!("is known under {name}, not under {reference}"))
        }
        (Verdict::Succeeded(_), Found::NotExecuted(_)) => Some("was not carried out".to_owned()),
        // Created and not confirmed is neither.
        (Verdict::Failed, Found::NotExecuted(_) | Found::Blocked(_))
        | (_, Found::Nothing | Found::Unclear(_)) => None,
    }
}

/// What the network calls a call that it knows; `None` for one about something that has its name already.
fn named<'a>(network: Network, call: &Call, receipt: &'a Receipt) -> Option<&'a str> {
    let created = match network {
        Network::Uzcard => &receipt.ref_num,
        Network::Humo => &receipt.network_id,
    };
    match (call, network) {
        (Call::Pay { .. } | Call::P2p { .. } | Call::Credit { .. }, _)
        | (Call::Capture { .. }, Network::Uzcard) => Some(created),
        (Call::Hold { .. }, _) => Some(&receipt.network_id),
        (
            Call::Confirm { .. }
            | Call::Cancel { .. }
            | Call::Reverse { .. }
            | Call::Release { .. },
            _,
        )
        | (Call::Capture { .. }, Network::Humo) => None,
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
