//! The calls to a network that were made on a day, for the comparison with the network's own books.
//!
//! There is no index on the time of a call: every payment would pay for it, and one query a day would use it. But row
//! ids are almost in the order of time, so a binary search finds the first one of the day.

use std::collections::HashMap;

use entity::ids::{ProcessingRequestId, TransactionId};
use entity::network::Network;
use entity::processing_request::{Action, Column, Entity, State};
use entity::time::UnixMillis;
use entity::transaction::{self, Status};
use entity::transfer;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::database::{Connection, Fetch as _, from_row};

/// How far the order of ids and the order of times may differ, in milliseconds. They differ because the clocks of
/// gateways do, and because an intent is committed after it is made.
const DISORDER_MS: i64 = 24 * 3_600 * 1_000;

/// How many rows are read at once.
const PAGE: u64 = 2_000;

/// How many values one statement gets. The databases limit their number.
const BATCH: usize = 500;

/// The columns of a call that the comparison uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    pub id: ProcessingRequestId,
    pub transaction_id: TransactionId,
    pub action: Action,
    pub reference: String,
    /// Tiyin.
    pub amount: i64,
    pub state: State,
    /// JSON of `domain::call::Receipt`.
    pub receipt: Option<String>,
    /// UNIX milliseconds.
    pub sent_at: UnixMillis,
    /// UNIX milliseconds.
    pub settled_at: Option<UnixMillis>,
}

from_row!(
    CallRow {
        id,
        transaction_id,
        action,
        reference,
        amount,
        state,
        sent_at
    },
    optional {
        receipt,
        settled_at
    }
);

/// A transaction's status, its fee and its calls to one network, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionCalls {
    pub transaction_id: TransactionId,
    /// The account at this network.
    pub account: String,
    pub status: Status,
    /// Tiyin.
    pub fee: i64,
    pub calls: Vec<CallRow>,
}

/// When a call was made, and for which transaction.
struct CallTime {
    id: ProcessingRequestId,
    transaction_id: TransactionId,
    network: Network,
    sent_at: UnixMillis,
}

from_row!(CallTime {
    id,
    transaction_id,
    network,
    sent_at
});

struct TransactionRow {
    id: TransactionId,
    network: Network,
    account: String,
    status: Status,
    fee: i64,
}

from_row!(TransactionRow {
    id,
    network,
    account,
    status,
    fee
});

/// The account at the network of a recipient.
struct CreditAccount {
    transaction_id: TransactionId,
    account: String,
}

from_row!(CreditAccount {
    transaction_id,
    account
});

/// The transactions with a call to this network whose intent was made at or after `from` and before `until`, UNIX
/// milliseconds.
pub async fn transactions(
    db: &impl Connection,
    network: Network,
    from: UnixMillis,
    until: UnixMillis,
) -> Result<Vec<TransactionId>, DbErr> {
    let mut found = Vec::new();
    let mut next = first_since(db, from.saturating_sub(DISORDER_MS)).await?;
    loop {
        let page = call_times(db, next, PAGE).await?;
        let Some(last) = page.last() else {
            break;
        };
        next = ProcessingRequestId(last.id.0 + 1);
        let is_over = page
            .iter()
            .all(|call| call.sent_at >= until.saturating_add(DISORDER_MS));
        found.extend(
            page.iter()
                .filter(|call| call.network == network)
                .filter(|call| (from..until).contains(&call.sent_at))
                .map(|call| call.transaction_id),
        );
        if is_over {
            break;
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The transactions with a call to this network under one of these references.
pub async fn transactions_with(
    db: &impl Connection,
    network: Network,
    references: &[String],
) -> Result<Vec<TransactionId>, DbErr> {
    // All actions that begin a payment. With them the query can use the index of references.
    let beginnings = [
        Action::Pay,
        Action::Hold,
        Action::Capture,
        Action::P2p,
        Action::Credit,
        Action::ReversePart,
    ];
    let mut found = Vec::new();
    for references in references.chunks(BATCH) {
        let ids: Vec<TransactionId> = Entity::find()
            .select_only()
            .column(Column::TransactionId)
            .filter(Column::Network.eq(network))
            .filter(Column::Action.is_in(beginnings))
            .filter(Column::Reference.is_in(references.iter().map(String::as_str)))
            .fetch_all_as(db)
            .await?;
        found.extend(ids);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The calls of these transactions to this network. The ids must be sorted.
pub async fn calls(
    db: &impl Connection,
    network: Network,
    transactions: &[TransactionId],
) -> Result<Vec<TransactionCalls>, DbErr> {
    let mut found: Vec<TransactionCalls> = Vec::with_capacity(transactions.len());
    for ids in transactions.chunks(BATCH) {
        let transactions = transaction::Entity::find()
            .select_only()
            .column(transaction::Column::Id)
            .column(transaction::Column::Network)
            .column(transaction::Column::Account)
            .column(transaction::Column::Status)
            .column(transaction::Column::Fee)
            .filter(transaction::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(transaction::Column::Id)
            .fetch_all_as::<TransactionRow>(db)
            .await?;
        let mut calls = Entity::find()
            .select_only()
            .columns([
                Column::Id,
                Column::TransactionId,
                Column::Action,
                Column::Reference,
                Column::Amount,
                Column::State,
                Column::Receipt,
                Column::SentAt,
                Column::SettledAt,
            ])
            .filter(Column::Network.eq(network))
            .filter(Column::TransactionId.is_in(ids.iter().copied()))
            .order_by_asc(Column::TransactionId)
            .order_by_asc(Column::Id)
            .fetch_all_as::<CallRow>(db)
            .await?
            .into_iter()
            .peekable();
        let credits = credit_accounts(db, network, &transactions).await?;
        for TransactionRow {
            id,
            network: paying,
            account,
            status,
            fee,
        } in transactions
        {
            let credited = credits.get(&id).filter(|_| paying != network);
            let mut own = Vec::new();
            while let Some(call) = calls.next_if(|call| call.transaction_id == id) {
                own.push(call);
            }
            found.push(TransactionCalls {
                transaction_id: id,
                account: credited.cloned().unwrap_or(account),
                status,
                fee,
                calls: own,
            });
        }
    }
    Ok(found)
}

/// The accounts under which cards of this network were credited for those of these transactions that the other one debited.
async fn credit_accounts(
    db: &impl Connection,
    network: Network,
    transactions: &[TransactionRow],
) -> Result<HashMap<TransactionId, String>, DbErr> {
    let across = transactions.iter().filter(|row| row.network != network);
    let ids: Vec<TransactionId> = across.map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = transfer::Entity::find()
        .select_only()
        .column(transfer::Column::TransactionId)
        .column(transfer::Column::Account)
        .filter(transfer::Column::TransactionId.is_in(ids))
        .fetch_all_as::<CreditAccount>(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|row| (row.transaction_id, row.account)).collect())
}

/// The id of the first call made at or after this moment, UNIX milliseconds.
async fn first_since(
    db: &impl Connection,
    moment: UnixMillis,
) -> Result<ProcessingRequestId, DbErr> {
    let mut low = 0;
    let last: Option<ProcessingRequestId> = Entity::find()
        .select_only()
        .column(Column::Id)
        .order_by_desc(Column::Id)
        .limit(1)
        .fetch_one_as(db)
        .await?;
    let mut high = last.map_or(0, |last| last.0);
    while low < high {
        let middle = low + (high - low) / 2;
        match call_times(db, ProcessingRequestId(middle), 1)
            .await?
            .first()
        {
            Some(call) if call.sent_at < moment => low = call.id.0 + 1,
            Some(_) | None => high = middle,
        }
    }
    Ok(ProcessingRequestId(low))
}

/// The calls from this id on, in the order of their ids.
async fn call_times(
    db: &impl Connection,
    from: ProcessingRequestId,
    limit: u64,
) -> Result<Vec<CallTime>, DbErr> {
    Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::TransactionId,
            Column::Network,
            Column::SentAt,
        ])
        .filter(Column::Id.gte(from))
        .order_by_asc(Column::Id)
        .limit(limit)
        .fetch_all_as::<CallTime>(db)
        .await
}
