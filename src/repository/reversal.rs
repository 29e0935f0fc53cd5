//! The partner's own ids of reversals.

use entity::ids::{ProcessingRequestId, TransactionId};
use entity::processing_request;
use entity::reversal::{self, Column};
use sea_orm::{ActiveModelTrait as _, ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use crate::database::{Connection, Fetch as _, Run as _};

/// Stores the id of a reversal whose intent is written.
pub async fn insert(db: &impl Connection, row: reversal::Model) -> Result<(), DbErr> {
    let row: reversal::ActiveModel = row.into();
    reversal::Entity::insert(row.reset_all())
        .run(db)
        .await
        .map(drop)
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
