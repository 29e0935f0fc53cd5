//! The gateways that serve on this database, and the keys that each has.

use entity::gateway_process::{ActiveModel, Column, Entity, Model};
use entity::time::UnixMillis;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::database::{Connection, Fetch as _, Run as _};

/// Writes that a gateway serves now.
pub async fn show(db: &impl Connection, row: Model) -> Result<(), DbErr> {
    let row: ActiveModel = row.into();
    let known = OnConflict::column(Column::Id)
        .update_columns([Column::VaultKeys, Column::SeenAt])
        .to_owned();
    let shown = Entity::insert(row.reset_all()).on_conflict(known);
    shown.run(db).await.map(drop)
}

/// Removes one that stops.
pub async fn remove(db: &impl Connection, id: Uuid) -> Result<(), DbErr> {
    Entity::delete_by_id(id).run(db).await.map(drop)
}

/// Those that were seen since.
pub async fn seen_since(db: &impl Connection, moment: UnixMillis) -> Result<Vec<Model>, DbErr> {
    let seen = Entity::find().filter(Column::SeenAt.gte(moment));
    seen.fetch_all(db).await
}

/// Removes those that were not.
pub async fn forget(db: &impl Connection, moment: UnixMillis) -> Result<(), DbErr> {
    let gone = Entity::delete_many().filter(Column::SeenAt.lt(moment));
    gone.run(db).await.map(drop)
}
