//! The calls to a network that were made on a day, read for those who compare them with the network's own books.
//!
//! No index leads from a time to its calls: it would cost every payment, for one reader a day. But numbers are given in
//! the order of time, all but a little, so the day's first number is found by halving.

use entity::network::Network;
use entity::processing_request::{Action, Column, Entity, State};
use entity::transaction::{self, Status};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect,
};

/// How far number and time may disagree, milliseconds: between gateways whose clocks differ, and between the making of an
/// intent and its commit.
const DISORDER_MS: i64 = 24 * 3_600 * 1_000;

/// So many rows are read at once.
const PAGE: u64 = 2_000;

/// So many values go into one statement: the databases limit their number.
const BATCH: usize = 500;

/// A call, as far as it is compared.
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

/// A transaction's calls to one network, oldest first, and where the transaction stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calls {
    pub transaction_id: i64,
    pub status: Status,
    pub calls: Vec<Call>,
}

#[derive(FromQueryResult)]
struct Place {
    id: i64,
    transaction_id: i64,
    network: Network,
    sent_at: i64,
}

#[derive(FromQueryResult)]
struct Standing {
    id: i64,
    status: Status,
}

/// The transactions with a call to this network whose intent was made from the moment `from` to before `until`.
pub async fn transactions(
    db: &impl ConnectionTrait,
    network: Network,
    from: i64,
    until: i64,
) -> Result<Vec<i64>, DbErr> {
    let mut found = Vec::new();
    let mut next = first_since(db, from.saturating_sub(DISORDER_MS)).await?;
    loop {
        let page = places(db, next, PAGE).await?;
        let Some(last) = page.last() else {
            break;
        };
        next = last.id + 1;
        let is_over = page
            .iter()
            .all(|place| place.sent_at >= until.saturating_add(DISORDER_MS));
        found.extend(
            page.iter()
                .filter(|place| place.network == network)
                .filter(|place| (from..until).contains(&place.sent_at))
                .map(|place| place.transaction_id),
        );
        if is_over {
            break;
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The transactions with a call to this network that carries one of these references.
pub async fn transactions_with(
    db: &impl ConnectionTrait,
    network: Network,
    references: &[String],
) -> Result<Vec<i64>, DbErr> {
    // All that begin something: with them the index of references can be used.
    let beginnings = [
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
            .filter(Column::Action.is_in(beginnings))
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

/// The calls to this network of these transactions, which must be in order.
pub async fn calls(
    db: &impl ConnectionTrait,
    network: Network,
    transactions: &[i64],
) -> Result<Vec<Calls>, DbErr> {
    let mut found: Vec<Calls> = Vec::with_capacity(transactions.len());
    for ids in transactions.chunks(BATCH) {
        let standings = transaction::Entity::find()
            .select_only()
            .column(transaction::Column::Id)
            .column(transaction::Column::Status)
            .filter(transaction::Column::Id.is_in(ids.iter().copied()))
            .order_by_asc(transaction::Column::Id)
            .into_model::<Standing>()
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
        for Standing { id, status } in standings {
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

/// The smallest number from which on there may be calls since this moment.
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
        match places(db, middle, 1).await?.first() {
            Some(place) if place.sent_at < moment => low = place.id + 1,
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}

/// Calls in the order of their numbers.
async fn places(db: &impl ConnectionTrait, from: i64, limit: u64) -> Result<Vec<Place>, DbErr> {
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
        .into_model::<Place>()
        .all(db)
        .await
}
