//! The audit log.

use entity::audit;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

/// A new record; the database assigns its id.
pub type New = audit::ActiveModel;

/// Writes a record.
pub async fn insert(db: &impl ConnectionTrait, record: New) -> Result<(), DbErr> {
    audit::Entity::insert(record)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// The records of these actions on this object, oldest first.
pub async fn about(
    db: &impl ConnectionTrait,
    actions: &[&str],
    object: &str,
) -> Result<Vec<audit::Model>, DbErr> {
    audit::Entity::find()
        .filter(audit::Column::Action.is_in(actions.iter().copied()))
        .filter(audit::Column::Object.eq(object))
        .order_by_asc(audit::Column::Id)
        .all(db)
        .await
}
