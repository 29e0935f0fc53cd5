//! The gateways that serve on this database, and the keys that each has.

use entity::gateway_process::{ActiveModel, Column, Entity, Model};
use entity::time::UnixMillis;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

/// Writes that a gateway serves now.
pub async fn show(db: &impl ConnectionTrait, row: Model) -> Result<(), DbErr> {
    let row: ActiveModel = row.into();
    let known = OnConflict::column(Column::Id)
        .update_columns([Column::VaultKeys, Column::SeenAt])
        .to_owned();
    let shown = Entity::insert(row.reset_all()).on_conflict(known);
    shown.exec_without_returning(db).await.map(drop)
}

/// Removes one that stops.
pub async fn remove(db: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    Entity::delete_by_id(id).exec(db).await.map(drop)
}

/// Those that were seen since.
pub async fn seen_since(
    db: &impl ConnectionTrait,
    moment: UnixMillis,
) -> Result<Vec<Model>, DbErr> {
    let seen = Entity::find().filter(Column::SeenAt.gte(moment));
    seen.all(db).await
}

/// Removes those that were not.
pub async fn forget(db: &impl ConnectionTrait, moment: UnixMillis) -> Result<(), DbErr> {
    let gone = Entity::delete_many().filter(Column::SeenAt.lt(moment));
    gone.exec(db).await.map(drop)
}
