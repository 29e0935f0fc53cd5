//! The calls made to a network on one day, read for the comparison with the network's own books.
//!
//! There is no index on the time of a call: every payment would pay for it, and it would serve one reader a day. But ids
//! grow with time, apart from a small disorder, so a binary search finds the first id of the day.

use entity::network::Network;
use entity::processing_request::{Action, Column, Entity, State};
use entity::transaction::{self, Status};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};

/// By how many milliseconds the order of ids and of times may differ. Clocks of gateways differ, and an intent gets its
/// time before its commit.
const DISORDER_MS: i64 = 24 * 3_600 * 1_000;

/// Rows per query.
const PAGE: u64 = 2_000;

/// Values per statement; both databases limit them.
const BATCH: usize = 500;

/// The columns of a call that are compared.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub struct Call {
    pub id: i64,
    pub transaction_id: i64,
    pub action: Action,
    pub reference: String,
    /// Tiyin.
    pub amount: i64,
    pub state: State,
    /// JSON of `processing::Receipt`.
    pub receipt: Option<String>,
    /// UNIX milliseconds.
    pub sent_at: i64,
    /// UNIX milliseconds.
    pub settled_at: Option<i64>,
}

/// A transaction's calls to one network, oldest first, and the transaction's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    pub transaction_id: i64,
    pub status: Status,
    pub calls: Vec<Call>,
}

#[derive(FromQueryResult)]
struct SentCall {
    id: i64,
    transaction_id: i64,
    network: Network,
    sent_at: i64,
}

#[derive(FromQueryResult)]
struct StatusRow {
    id: i64,
    status: Status,
}

/// The transactions with a call to this network whose intent was written from the moment `from` to before `until`.
pub async fn transactions(
    db: &impl ConnectionTrait,
    network: Network,
    from: i64,
    until: i64,
) -> Result<Vec<i64>, DbErr> {
    let mut found = Vec::new();
    let mut next = first_since(db, from.saturating_sub(DISORDER_MS)).await?;
    loop {
        let page = sent_calls(db, next, PAGE).await?;
        let Some(last) = page.last() else {
            break;
        };
        next = last.id + 1;
        let past_end = page
            .iter()
            .all(|row| row.sent_at >= until.saturating_add(DISORDER_MS));
        found.extend(
            page.iter()
                .filter(|row| row.network == network)
                .filter(|row| (from..until).contains(&row.sent_at))
                .map(|row| row.transaction_id),
        );
        if past_end {
            break;
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The transactions with a call to this network that has one of these references.
pub async fn transactions_with(
    db: &impl ConnectionTrait,
    network: Network,
    references: &[String],
) -> Result<Vec<i64>, DbErr> {
    // All actions that start something. Naming them lets the query use the index on references.
    let starting = [
        Action::Pay,
        Action::Hold,
        Action::Capture,
        Action::P2p,
        Action::Credit,
    ];
    let mut found = Vec::new();
    for references in references.chunks(BATCH) {
        let ids: Vec<i64> = Entity::find()
            .select_only()
            .column(Column::TransactionId)
            .filter(Column::Network.eq(network))
            .filter(Column::Action.is_in(starting))
            .filter(Column::Reference.is_in(references.iter().map(String::as_str)))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(ids);
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The calls of these transactions to this network. `transactions` must be sorted.
pub async fn calls(
    db: &impl ConnectionTrait,
    network: Network,
    transactions: &[i64],
) -> Result<Vec<Calls>, DbErr> {
    let mut found: Vec<Calls> = Vec::with_capacity(transactions.len());
    for ids in transactions.chunks(BATCH) {
        let statuses = transaction::Entity::find()
            .select_only()
            .column(transaction::Column::Id)
            .column(transaction::Column::Status)
            .filter(transaction::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(transaction::Column::Id)
            .into_model::<StatusRow>()
            .all(db)
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
            .into_model::<Call>()
            .all(db)
            .await?
            .into_iter()
            .peekable();
        for StatusRow { id, status } in statuses {
            let mut own = Vec::new();
            while let Some(call) = calls.next_if(|call| call.transaction_id == id) {
                own.push(call);
            }
            found.push(Calls {
                transaction_id: id,
                status,
                calls: own,
            });
        }
    }
    Ok(found)
}

/// A lower bound for the ids of calls made since `moment`.
async fn first_since(db: &impl ConnectionTrait, moment: i64) -> Result<i64, DbErr> {
    let mut low = 0;
    let last: Option<i64> = Entity::find()
        .select_only()
        .column(Column::Id)
        .order_by_desc(Column::Id)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    let mut high = last.unwrap_or_default();
    while low < high {
        let middle = low + (high - low) / 2;
        match sent_calls(db, middle, 1).await?.first() {
            Some(row) if row.sent_at < moment => low = row.id + 1,
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}

/// The first `limit` calls whose ids are `from_id` or more, in the order of their ids.
async fn sent_calls(
    db: &impl ConnectionTrait,
    from_id: i64,
    limit: u64,
) -> Result<Vec<SentCall>, DbErr> {
    Entity::find()
        .select_only()
        .columns([
            Column::Id,
            Column::TransactionId,
            Column::Network,
            Column::SentAt,
        ])
        .filter(Column::Id.gte(from_id))
        .order_by_asc(Column::Id)
        .limit(limit)
        .into_model::<SentCall>()
        .all(db)
        .await
}
