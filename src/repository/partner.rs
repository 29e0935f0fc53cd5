//! Partners and their terminals.

use std::collections::HashMap;

use entity::network::Network;
use entity::time::UnixMillis;
use entity::{caller_version, partner, partner_terminal};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Set};
use uuid::Uuid;

use crate::database::{Connection, Fetch as _, Run as _};

/// The version of all that gateways keep in memory of partners.
pub async fn version(db: &impl Connection) -> Result<i64, DbErr> {
    let row = caller_version::Entity::find().fetch_one(db).await?;
    Ok(row.map_or(0, |row| row.version))
}

/// Tells all gateways that something of this has changed; they see it once the change is committed.
pub async fn changed(db: &impl Connection) -> Result<(), DbErr> {
    use caller_version::Column::Version;
    caller_version::Entity::update_many()
        .col_expr(Version, Expr::col(Version).add(1))
        .run(db)
        .await
        .map(drop)
}

/// The partner with this user name.
pub async fn find(db: &impl Connection, name: &str) -> Result<Option<partner::Model>, DbErr> {
    partner::Entity::find()
        .filter(partner::Column::Name.eq(name))
        .fetch_one(db)
        .await
}

/// The names of the partners with these ids.
pub async fn names(db: &impl Connection, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, DbErr> {
    let rows = partner::Entity::find()
        .filter(partner::Column::Id.is_in(ids.iter().copied()))
        .fetch_all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.name)).collect())
}

/// All partners by name.
pub async fn all(db: &impl Connection) -> Result<Vec<partner::Model>, DbErr> {
    partner::Entity::find()
        .order_by_asc(partner::Column::Name)
        .fetch_all(db)
        .await
}

/// Stores a new partner. A name that is taken violates the unique index.
pub async fn insert(db: &impl Connection, partner: partner::Model) -> Result<(), DbErr> {
    let row: partner::ActiveModel = partner.into();
    partner::Entity::insert(row.reset_all()).run(db).await?;
    changed(db).await
}

/// Registers a terminal for a partner. One that is already registered stays unchanged.
pub async fn register_terminal(
    db: &impl Connection,
    terminal: partner_terminal::Model,
) -> Result<(), DbErr> {
    let key = (
        terminal.partner_id,
        terminal.network,
        terminal.merchant_id.clone(),
        terminal.terminal_id.clone(),
    );
    if partner_terminal::Entity::find_by_id(key)
        .fetch_one(db)
        .await?
        .is_none()
    {
        let row: partner_terminal::ActiveModel = terminal.into();
        partner_terminal::Entity::insert(row.reset_all())
            .run(db)
            .await?;
    }
    Ok(())
}

/// The terminals of partners at HUMO, with their partners' accounts there.
pub async fn terminals_of_humo(db: &impl Connection) -> Result<Vec<(String, String)>, DbErr> {
    let partners = partner::Entity::find().fetch_all(db).await?;
    let owner = |id| partners.iter().find(|partner| partner.id == id);
    let terminals = all_terminals(db).await?;
    let at_humo = terminals.into_iter().filter_map(|row| {
        let partner = owner(row.partner_id).filter(|_| row.network == Network::Humo)?;
        Some((row.terminal_id, partner.humo_account.clone()))
    });
    Ok(at_humo.collect())
}

/// The terminals of all partners.
pub async fn all_terminals(db: &impl Connection) -> Result<Vec<partner_terminal::Model>, DbErr> {
    partner_terminal::Entity::find().fetch_all(db).await
}

/// The terminals of a partner.
pub async fn terminals_of(
    db: &impl Connection,
    partner_id: Uuid,
) -> Result<Vec<partner_terminal::Model>, DbErr> {
    partner_terminal::Entity::find()
        .filter(partner_terminal::Column::PartnerId.eq(partner_id))
        .order_by_asc(partner_terminal::Column::Network)
        .order_by_asc(partner_terminal::Column::TerminalId)
        .fetch_all(db)
        .await
}

/// Takes all its terminals from a partner.
pub async fn forget_terminals(db: &impl Connection, partner_id: Uuid) -> Result<(), DbErr> {
    partner_terminal::Entity::delete_many()
        .filter(partner_terminal::Column::PartnerId.eq(partner_id))
        .run(db)
        .await
        .map(drop)
}

/// Changes the columns of a partner that are set.
pub async fn update(db: &impl Connection, row: partner::ActiveModel) -> Result<(), DbErr> {
    partner::Entity::update(row).run(db).await?;
    changed(db).await
}

/// Disables a partner from `at` on. False: no such partner.
pub async fn disable(db: &impl Connection, name: &str, at: UnixMillis) -> Result<bool, DbErr> {
    let Some(partner) = find(db, name).await? else {
        return Ok(false);
    };
    let disabled = partner::ActiveModel {
        id: Set(partner.id),
        disabled_at: Set(Some(at)),
        ..Default::default()
    };
    update(db, disabled).await?;
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
