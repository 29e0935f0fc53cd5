//! What comparisons have found, day by day.

use entity::comparison::{self, Column};
use entity::time::UnixMillis;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::database::{Connection, Fetch as _, Run as _};

/// A new one; the database assigns its id.
pub type New = comparison::ActiveModel;

/// Stores what a comparison has found.
pub async fn insert(db: &impl Connection, new: New) -> Result<(), DbErr> {
    comparison::Entity::insert(new).run(db).await.map(drop)
}

/// The latest, newest first.
pub async fn latest(db: &impl Connection, limit: u64) -> Result<Vec<comparison::Model>, DbErr> {
    comparison::Entity::find()
        .order_by_desc(Column::Id)
        .limit(limit)
        .fetch_all(db)
        .await
}

/// Those of this day and later ones, newest first.
pub async fn of_days_from(db: &impl Connection, day: i32) -> Result<Vec<comparison::Model>, DbErr> {
    comparison::Entity::find()
        .filter(Column::Day.gte(day))
        .order_by_desc(Column::Id)
        .fetch_all(db)
        .await
}

/// Forgets those that were made before this moment.
pub async fn prune(db: &impl Connection, before: UnixMillis) -> Result<(), DbErr> {
    comparison::Entity::delete_many()
        .filter(Column::At.lt(before))
        .run(db)
        .await
        .map(drop)
}
