//! The keys with which the database was written.

use entity::vault_key;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait};

/// All keys that were ever used.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<vault_key::Model>, DbErr> {
    vault_key::Entity::find().all(db).await
}

/// Records a key at its first use. A known key stays unchanged.
pub async fn insert(db: &impl ConnectionTrait, key: vault_key::Model) -> Result<(), DbErr> {
    let row: vault_key::ActiveModel = key.into();
    let known = OnConflict::column(vault_key::Column::Id)
        .do_nothing()
        .to_owned();
    let inserted = vault_key::Entity::insert(row.reset_all())
        .on_conflict(known)
        .try_insert();
    inserted.exec_without_returning(db).await.map(drop)
}
