//! Operations of cards, as their networks list them.

use entity::card;
use entity::operation::{self, Column};
use entity::time::UnixMillis;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set};
use uuid::Uuid;

use crate::database::{Connection, Fetch as _, Run as _, from_row};

/// A new operation; the database assigns its id.
pub type New = operation::ActiveModel;

/// Rows per statement; both databases limit the number of values in one.
const BATCH: usize = 500;

/// The position of an operation in a list: `at` and `id`.
pub type Place = (UnixMillis, i64);

/// The positions of a card's newest operations from the moment `from` to before `until`, UNIX milliseconds. An index
/// alone answers the query.
pub fn newest(
    card_id: Uuid,
    from: UnixMillis,
    until: UnixMillis,
    limit: u64,
) -> Select<operation::Entity> {
    operation::Entity::find()
        .select_only()
        .column(Column::At)
        .column(Column::Id)
        .filter(Column::CardId.eq(card_id))
        .filter(Column::At.gte(from))
        .filter(Column::At.lt(until))
        .order_by_desc(Column::At)
        .order_by_desc(Column::Id)
        .limit(limit)
}

/// The operations with these ids, in no particular order.
pub fn by_ids(ids: &[i64]) -> Select<operation::Entity> {
    operation::Entity::find().filter(Column::Id.is_in(ids.iter().copied()))
}

/// The operation with this `_id` of one of the partner's cards.
pub async fn find(
    db: &impl Connection,
    partner_id: Uuid,
    public_id: &str,
) -> Result<Option<operation::Model>, DbErr> {
    let own = Query::select()
        .column(card::Column::Id)
        .from(card::Entity)
        .and_where(card::Column::PartnerId.eq(partner_id))
        .to_owned();
    operation::Entity::find()
        .filter(Column::PublicId.eq(public_id))
        .filter(Column::CardId.in_subquery(own))
        .fetch_one(db)
        .await
}

/// Stores operations. A known one keeps its id, its `_id` and its time of creation; everything else is replaced by what
/// the network says now. References must be unique within `operations`.
pub async fn save(db: &impl Connection, operations: Vec<New>) -> Result<(), DbErr> {
    let mut operations = operations.into_iter().peekable();
    while operations.peek().is_some() {
        let again = OnConflict::columns([Column::CardId, Column::Reference])
            .update_columns([
                Column::At,
                Column::Day,
                Column::Utime,
                Column::Amount,
                Column::Currency,
                Column::IsCredit,
                Column::Reversal,
                Column::Reverses,
                Column::OpType,
                Column::RefNum,
                Column::SysNum,
                Column::AprCode,
                Column::RefNumber,
                Column::Merchant,
                Column::Terminal,
                Column::Description,
                Column::MerchantName,
                Column::City,
                Column::InternalNumber,
            ])
            .to_owned();
        operation::Entity::insert_many(operations.by_ref().take(BATCH))
            .on_conflict(again)
            .run(db)
            .await?;
    }
    Ok(())
}

/// What the stored operations of a card reverse: reference and amount.
pub async fn reversed(
    db: &impl Connection,
    card_id: Uuid,
) -> Result<Vec<(Option<String>, i64)>, DbErr> {
    operation::Entity::find()
        .select_only()
        .column(Column::Reverses)
        .column(Column::Amount)
        .filter(Column::CardId.eq(card_id))
        .filter(Column::Reverses.is_not_null())
        .fetch_all_as(db)
        .await
}

/// Marks the operation as reversed, if it has this amount and is not marked yet. Returns the day of an operation that
/// was changed.
pub async fn mark_reversed(
    db: &impl Connection,
    card_id: Uuid,
    reference: &str,
    amount: i64,
) -> Result<Option<i32>, DbErr> {
    let found = operation::Entity::find()
        .filter(Column::CardId.eq(card_id))
        .filter(Column::Reference.eq(reference))
        .filter(Column::Amount.eq(amount))
        .filter(Column::Reversal.eq(false))
        .fetch_one(db)
        .await?;
    let Some(row) = found else { return Ok(None) };
    let reversed = New {
        reversal: Set(true),
        ..Default::default()
    };
    operation::Entity::update_many()
        .set(reversed)
        .filter(Column::Id.eq(row.id))
        .run(db)
        .await?;
    Ok(Some(row.day))
}

/// The sums of a day with operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySums {
    pub day: i32,
    pub total_debit: i64,
    pub total_credit: i64,
    pub operations: i64,
}

from_row!(DaySums {
    day,
    total_debit,
    total_credit,
    operations
});

/// The sums of a card's days from the moment `from` to before `until`, UNIX milliseconds. Operations in another currency
/// are in no total.
pub async fn sums(
    db: &impl Connection,
    card_id: Uuid,
    from: UnixMillis,
    until: UnixMillis,
    currency: i32,
) -> Result<Vec<DaySums>, DbErr> {
    // PostgreSQL sums 64-bit integers to a decimal, hence the cast.
    let total = |is_credit: bool| {
        let counts = Column::IsCredit
            .eq(is_credit)
            .and(Column::Reversal.eq(false))
            .and(Column::Currency.eq(currency));
        let amount = Expr::case(counts, Expr::col(Column::Amount)).finally(0);
        Expr::expr(amount).sum().cast_as("BIGINT")
    };
    operation::Entity::find()
        .select_only()
        .column(Column::Day)
        .expr_as(total(false), "total_debit")
        .expr_as(total(true), "total_credit")
        .expr_as(Column::Id.count(), "operations")
        .filter(Column::CardId.eq(card_id))
        .filter(Column::At.gte(from))
        .filter(Column::At.lt(until))
        .group_by(Column::Day)
        .fetch_all_as(db)
        .await
}

/// Runs a query for positions, such as [`newest`].
pub async fn places(
    db: &impl Connection,
    query: Select<operation::Entity>,
) -> Result<Vec<Place>, DbErr> {
    query.fetch_all_as(db).await
}

/// Runs [`by_ids`].
pub async fn with_ids(db: &impl Connection, ids: &[i64]) -> Result<Vec<operation::Model>, DbErr> {
    by_ids(ids).fetch_all(db).await
}
