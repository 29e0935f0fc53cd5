//! What became of a transaction: `transactions.get`, and each entry of `transactions.list`.

use std::collections::HashMap;

use entity::ids::{ProcessingRequestId, TransactionId};
use entity::processing_request::{self, Action, State};
use entity::time::UnixMillis;
use entity::transaction::{self, Kind, Status};
use rpc_schema::errors::ErrorCode;
use rpc_schema::methods::transactions::TransactionKey;
use rpc_schema::reason::Reason;

use crate::caller::Caller;
use crate::database::Connection;
use crate::domain::call::Receipt;
use crate::domain::failure::Failure;
use crate::domain::taken;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::stored::{self, failure_of};
use crate::repository::{request, reversal as reversals, transaction as transactions};

/// A transaction as it is now.
#[derive(Debug)]
pub struct Snapshot {
    pub transaction: transaction::Model,
    /// The error that it ended with.
    pub failure: Option<Failure>,
    /// Whether the money was taken: always for a debit that was carried out, for a hold once it is charged.
    pub taken: bool,
    /// The reversals that the partner has asked for, oldest first.
    pub reversals: Vec<Reversal>,
}

/// A reversal of a debit or hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    /// The partner's own id of it.
    pub ext_id: Option<String>,
    /// Tiyin.
    pub amount: i64,
    pub status: ReversalStatus,
    /// When it was asked for, UNIX milliseconds.
    pub at: UnixMillis,
}

/// See [`Reversal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReversalStatus {
    Processing,
    Succeeded,
    Declined,
    Manual,
}

impl Gateway {
    /// Finds a debit, hold or transfer of the caller.
    ///
    /// # Errors
    /// -32314: this partner has no such transaction. -32364: a call with this `extId` is being worked on, and has stored
    /// nothing yet.
    pub async fn transaction(
        &self,
        caller: &Caller,
        key: TransactionKey,
    ) -> Result<Snapshot, Error> {
        let partner_id = caller.partner.id;
        let found = match key {
            TransactionKey::Id(id) => {
                transactions::find(&*self.database, partner_id, TransactionId(id)).await?
            }
            TransactionKey::ExtId(ext_id) => self.find_order(caller, &ext_id).await?,
        };
        let transaction = found
            .filter(|transaction| transaction.kind != Kind::Attachment)
            .ok_or(ErrorCode::TransactionNotFound)?;
        let transaction = self.told_of_copy(transaction).await?;
        let found = self.snapshots(vec![transaction]).await?.pop();
        Ok(found.ok_or(ErrorCode::TransactionNotFound)?)
    }

    /// What may be told of these debits, holds and transfers.
    pub(super) async fn snapshots(
        &self,
        transactions: Vec<transaction::Model>,
    ) -> Result<Vec<Snapshot>, Error> {
        let mut rows = Vec::with_capacity(transactions.len());
        for transaction in transactions {
            rows.push(self.as_it_stands(transaction).await);
        }
        Snapshot::of_all(&*self.database, rows).await
    }
}

impl Snapshot {
    /// What `db` says of a debit, hold or transfer.
    ///
    /// # Errors
    /// The rows cannot be read.
    pub async fn of(db: &impl Connection, transaction: transaction::Model) -> Result<Self, Error> {
        let all = Self::of_all(db, vec![transaction]).await?;
        Ok(all
            .into_iter()
            .next()
            .ok_or(ErrorCode::TransactionNotFound)?)
    }

    /// What `db` says of these debits, holds and transfers. However many they are, it is asked twice.
    ///
    /// # Errors
    /// The rows cannot be read.
    pub async fn of_all(
        db: &impl Connection,
        rows: Vec<transaction::Model>,
    ) -> Result<Vec<Self>, Error> {
        let more = rows.iter().filter(|row| tells_more(row));
        let ids: Vec<TransactionId> = more.map(|row| row.id).collect();
        let requests = match ids.as_slice() {
            [] => Vec::new(),
            ids => request::of_transactions(db, ids).await?,
        };
        let mut given_back: Vec<TransactionId> = requests
            .iter()
            .filter(|row| gives_back(row))
            .map(|row| row.transaction_id)
            .collect();
        given_back.dedup();
        let named = match given_back.as_slice() {
            [] => Vec::new(),
            ids => reversals::of_transactions(db, ids).await?,
        };
        let mut requests_of: HashMap<TransactionId, Vec<processing_request::Model>> =
            HashMap::new();
        for request in requests {
            let of_one = requests_of.entry(request.transaction_id).or_default();
            of_one.push(request);
        }
        let names: HashMap<ProcessingRequestId, String> = named
            .into_iter()
            .map(|row| (row.request_id, row.ext_id))
            .collect();
        let snapshot = |row: transaction::Model| {
            let requests = requests_of.remove(&row.id).unwrap_or_default();
            Self::with(row, &requests, &names)
        };
        rows.into_iter().map(snapshot).collect()
    }

    fn with(
        transaction: transaction::Model,
        requests: &[processing_request::Model],
        names: &HashMap<ProcessingRequestId, String>,
    ) -> Result<Self, Error> {
        let failure = match transaction.status {
            Status::Declined => Some(failure_of(&transaction)?),
            Status::Expired if transaction.error_code.is_some() => Some(failure_of(&transaction)?),
            Status::Expired if transaction.receipt.is_none() => {
                Some(Failure::new(ErrorCode::InvalidCode).because(Reason::CodeExpired))
            }
            Status::AwaitingCode
            | Status::Processing
            | Status::Held
            | Status::Succeeded
            | Status::Cancelled
            | Status::Reversed
            | Status::Expired
            | Status::Manual => None,
        };
        let taken = was_taken(&transaction, requests);
        let reversals = match transaction.kind {
            Kind::Debit | Kind::Hold => reversals_of(&transaction, requests, names),
            // What is given back of a transfer is so because it failed.
            Kind::Transfer | Kind::Attachment => Vec::new(),
        };
        Ok(Self {
            transaction,
            failure,
            taken,
            reversals,
        })
    }

    /// What was taken of a debit or hold, tiyin; `None` while nothing was, and for a transfer.
    pub fn captured(&self) -> Option<i64> {
        match self.transaction.kind {
            Kind::Debit | Kind::Hold => self.taken.then(|| taken::captured(&self.transaction)),
            Kind::Transfer | Kind::Attachment => None,
        }
    }

    /// What of it was given back, tiyin.
    pub fn reversed(&self) -> Option<i64> {
        self.captured().map(|_| taken::reversed(&self.transaction))
    }
}

/// Whether the requests of a transaction tell more than its row.
fn tells_more(transaction: &transaction::Model) -> bool {
    match transaction.status {
        // Nothing was taken yet, or ever.
        Status::AwaitingCode
        | Status::Held
        | Status::Declined
        | Status::Cancelled
        | Status::Expired => false,
        Status::Succeeded => transaction.reversed.is_some(),
        Status::Processing | Status::Reversed | Status::Manual => true,
    }
}

fn gives_back(row: &processing_request::Model) -> bool {
    matches!(row.action, Action::Reverse | Action::ReversePart)
}

fn reversals_of(
    transaction: &transaction::Model,
    requests: &[processing_request::Model],
    names: &HashMap<ProcessingRequestId, String>,
) -> Vec<Reversal> {
    let status_of = |row: &processing_request::Model| match row.state {
        State::Approved => ReversalStatus::Succeeded,
        State::Declined => ReversalStatus::Declined,
        State::Sent | State::Unknown if transaction.status == Status::Manual => {
            ReversalStatus::Manual
        }
        State::Sent | State::Unknown => ReversalStatus::Processing,
    };
    let reversal = |row: &processing_request::Model| Reversal {
        ext_id: names.get(&row.id).cloned(),
        amount: row.amount,
        status: status_of(row),
        at: row.sent_at,
    };
    let calls = requests.iter().filter(|row| gives_back(row));
    calls.map(reversal).collect()
}

/// While a call is under way, only the requests tell whether a hold was charged before.
fn was_taken(transaction: &transaction::Model, requests: &[processing_request::Model]) -> bool {
    if transaction.kind != Kind::Hold {
        return transaction.receipt.is_some();
    }
    match transaction.status {
        Status::Succeeded | Status::Reversed => true,
        Status::AwaitingCode
        | Status::Held
        | Status::Declined
        | Status::Cancelled
        | Status::Expired => false,
        Status::Processing | Status::Manual => requests
            .iter()
            .any(|row| row.action == Action::Capture && row.state == State::Approved),
    }
}

/// What the network answered about a debit or hold; `None` while it has not been carried out.
///
/// # Errors
/// The row cannot be read.
pub fn receipt_of(transaction: &transaction::Model) -> Result<Option<Receipt>, Error> {
    transaction
        .receipt
        .is_some()
        .then(|| stored::receipt_of(transaction))
        .transpose()
}
