//! The partner's own ids of reversals.

use entity::ids::{ProcessingRequestId, TransactionId};
use entity::processing_request;
use entity::reversal::{self, Column};
use entity::transaction;
use sea_orm::sea_query::UnionType;
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect as _,
    QueryTrait as _, Set, StatementBuilder,
};
use uuid::Uuid;

use crate::database::{Connection, Fetch as _, Hold as _, Run as _, Statements};

/// Stores the id of a reversal whose intent is written.
pub async fn insert(db: &Statements, row: reversal::Model) -> Result<(), DbErr> {
    let row: reversal::ActiveModel = row.into();
    reversal::Entity::insert(row.reset_all()).hold(db).await
}

/// Whether the partner has a transaction or a reversal with this `ext_id`.
pub async fn is_used(db: &impl Connection, partner_id: Uuid, ext_id: &str) -> Result<bool, DbErr> {
    let reversals = reversal::Entity::find()
        .select_only()
        .column(Column::RequestId)
        .filter(Column::PartnerId.eq(partner_id))
        .filter(Column::ExtId.eq(ext_id));
    let either = transaction::Entity::find()
        .select_only()
        .column(transaction::Column::Id)
        .filter(transaction::Column::PartnerId.eq(partner_id))
        .filter(transaction::Column::ExtId.eq(ext_id))
        .into_query()
        .union(UnionType::All, reversals.into_query())
        .to_owned();
    let either = StatementBuilder::build(&either, &db.backend());
    Ok(!db.fetch_rows(either).await?.is_empty())
}

/// The partner's reversal with this `ext_id`, and its request.
pub async fn find_by_ext_id(
    db: &impl Connection,
    partner_id: Uuid,
    ext_id: &str,
) -> Result<Option<(reversal::Model, processing_request::Model)>, DbErr> {
    let found = reversal::Entity::find()
        .filter(Column::PartnerId.eq(partner_id))
        .filter(Column::ExtId.eq(ext_id))
        .fetch_one(db)
        .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let request = processing_request::Entity::find_by_id(found.request_id)
        .fetch_one(db)
        .await?;
    Ok(request.map(|request| (found, request)))
}

/// Those of the reversals of these transactions that have an id.
pub async fn of_transactions(
    db: &impl Connection,
    transactions: &[TransactionId],
) -> Result<Vec<reversal::Model>, DbErr> {
    reversal::Entity::find()
        .filter(Column::TransactionId.is_in(transactions.iter().copied()))
        .fetch_all(db)
        .await
}

/// Stores the error with which a reversal ended, where it has an id.
pub async fn keep_error(
    db: &impl Connection,
    request_id: ProcessingRequestId,
    code: i32,
    data: String,
) -> Result<(), DbErr> {
    let kept = reversal::ActiveModel {
        error_code: Set(Some(code)),
        error_data: Set(Some(data)),
        ..Default::default()
    };
    reversal::Entity::update_many()
        .set(kept)
        .filter(Column::RequestId.eq(request_id))
        .run(db)
        .await
        .map(drop)
}
