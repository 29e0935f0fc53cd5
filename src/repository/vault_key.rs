//! The keys with which the database was written, and what each is used for.

use entity::time::UnixMillis;
use entity::{vault_key, vault_key_use};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use crate::database::{Connection, Fetch as _, Run as _};

/// All keys that were ever used.
pub async fn all(db: &impl Connection) -> Result<Vec<vault_key::Model>, DbErr> {
    vault_key::Entity::find().fetch_all(db).await
}

/// Records a key at its first use. A known key stays unchanged.
pub async fn insert(db: &impl Connection, key: vault_key::Model) -> Result<(), DbErr> {
    let row: vault_key::ActiveModel = key.into();
    let known = OnConflict::column(vault_key::Column::Id)
        .do_nothing()
        .to_owned();
    let inserted = vault_key::Entity::insert(row.reset_all()).on_conflict(known);
    inserted.run(db).await.map(drop)
}

/// The key that encrypts; `None` while the key files say so.
pub async fn current(db: &impl Connection) -> Result<Option<String>, DbErr> {
    let latest = vault_key_use::Entity::find()
        .filter(vault_key_use::Column::CurrentSince.is_not_null())
        .order_by_desc(vault_key_use::Column::CurrentSince)
        .fetch_one(db)
        .await?;
    Ok(latest.map(|row| row.key_id))
}

/// The keys that encrypt nothing any more: key files may lack them.
pub async fn retired(db: &impl Connection) -> Result<Vec<String>, DbErr> {
    let retired = vault_key_use::Entity::find()
        .filter(vault_key_use::Column::RetiredAt.is_not_null())
        .fetch_all(db)
        .await?;
    Ok(retired.into_iter().map(|row| row.key_id).collect())
}

/// From now on this key encrypts, at all gateways.
pub async fn make_current(
    db: &impl Connection,
    key_id: &str,
    now: UnixMillis,
) -> Result<(), DbErr> {
    let row = vault_key_use::Model {
        key_id: key_id.to_owned(),
        current_since: Some(now),
        retired_at: None,
    };
    put(db, row).await
}

/// Key files may lack this key.
pub async fn retire(db: &impl Connection, key_id: &str, now: UnixMillis) -> Result<(), DbErr> {
    let row = vault_key_use::Model {
        key_id: key_id.to_owned(),
        current_since: None,
        retired_at: Some(now),
    };
    put(db, row).await
}

async fn put(db: &impl Connection, row: vault_key_use::Model) -> Result<(), DbErr> {
    use vault_key_use::Column;
    let row: vault_key_use::ActiveModel = row.into();
    let known = OnConflict::column(Column::KeyId)
        .update_columns([Column::CurrentSince, Column::RetiredAt])
        .to_owned();
    let put = vault_key_use::Entity::insert(row.reset_all()).on_conflict(known);
    put.run(db).await.map(drop)
}
