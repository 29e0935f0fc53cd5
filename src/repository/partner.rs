//! Partners and their terminals.

use entity::network::Network;
use entity::time::UnixMillis;
use entity::{partner, partner_terminal};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    Set,
};
use uuid::Uuid;

/// The partner with this user name.
pub async fn find(db: &impl ConnectionTrait, name: &str) -> Result<Option<partner::Model>, DbErr> {
    partner::Entity::find()
        .filter(partner::Column::Name.eq(name))
        .one(db)
        .await
}

/// All partners by name.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<partner::Model>, DbErr> {
    partner::Entity::find()
        .order_by_asc(partner::Column::Name)
        .all(db)
        .await
}

/// Stores a new partner. A name that is taken violates the unique index.
pub async fn insert(db: &impl ConnectionTrait, partner: partner::Model) -> Result<(), DbErr> {
    let row: partner::ActiveModel = partner.into();
    partner::Entity::insert(row.reset_all())
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Registers a terminal for a partner. One that is already registered stays unchanged.
pub async fn register_terminal(
    db: &impl ConnectionTrait,
    terminal: partner_terminal::Model,
) -> Result<(), DbErr> {
    let key = (
        terminal.partner_id,
        terminal.network,
        terminal.merchant_id.clone(),
        terminal.terminal_id.clone(),
    );
    if partner_terminal::Entity::find_by_id(key)
        .one(db)
        .await?
        .is_none()
    {
        let row: partner_terminal::ActiveModel = terminal.into();
        partner_terminal::Entity::insert(row.reset_all())
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// All terminals of a partner.
pub async fn terminals(
    db: &impl ConnectionTrait,
    partner_id: Uuid,
) -> Result<Vec<partner_terminal::Model>, DbErr> {
    partner_terminal::Entity::find()
        .filter(partner_terminal::Column::PartnerId.eq(partner_id))
        .all(db)
        .await
}

/// Sets a new secret. False: no such partner.
pub async fn set_secret(
    db: &impl ConnectionTrait,
    name: &str,
    secret_mac: Vec<u8>,
) -> Result<bool, DbErr> {
    let Some(partner) = find(db, name).await? else {
        return Ok(false);
    };
    partner::ActiveModel {
        id: Set(partner.id),
        secret_mac: Set(secret_mac),
        ..Default::default()
    }
    .update(db)
    .await?;
    Ok(true)
}

/// Disables a partner from `at` on. False: no such partner.
pub async fn disable(db: &impl ConnectionTrait, name: &str, at: UnixMillis) -> Result<bool, DbErr> {
    let Some(partner) = find(db, name).await? else {
        return Ok(false);
    };
    partner::ActiveModel {
        id: Set(partner.id),
        disabled_at: Set(Some(at)),
        ..Default::default()
    }
    .update(db)
    .await?;
    Ok(true)
}

/// Whether the partner with these `terminals` may use this pair at `network`. Without terminals, any pair is allowed.
pub fn may_use(
    terminals: &[partner_terminal::Model],
    network: Network,
    merchant_id: &str,
    terminal_id: &str,
) -> bool {
    let is_it = |row: &partner_terminal::Model| {
        row.network == network && row.merchant_id == merchant_id && row.terminal_id == terminal_id
    };
    terminals.is_empty() || terminals.iter().any(is_it)
}
