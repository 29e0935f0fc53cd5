//! The record of what was read that must not be read unnoticed.

use entity::audit;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait};

/// A new record, everything but its number.
pub type New = audit::ActiveModel;

/// Writes a record.
pub async fn insert(db: &impl ConnectionTrait, record: New) -> Result<(), DbErr> {
    audit::Entity::insert(record)
        .exec_without_returning(db)
        .await
        .map(drop)
}
