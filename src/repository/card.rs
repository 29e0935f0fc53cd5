//! Attached cards. Every look-up filters by partner, so a partner never sees another partner's cards. A card that its
//! partner has removed is found only for what was ordered with it before.

use entity::network::Network;
use entity::time::UnixMillis;
use entity::{card, former_card_token};
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select, Set,
};
use uuid::Uuid;

use crate::database::{Connection, Fetch as _, Run as _};

/// The partner's card with this token.
pub async fn find(
    db: &impl Connection,
    partner_id: Uuid,
    id: Uuid,
) -> Result<Option<card::Model>, DbErr> {
    card::Entity::find_by_id(id)
        .filter(card::Column::PartnerId.eq(partner_id))
        .filter(card::Column::RemovedAt.is_null())
        .fetch_one(db)
        .await
}

/// The same, also if it was removed: for what was ordered with it.
pub async fn find_ordered_with(
    db: &impl Connection,
    partner_id: Uuid,
    id: Uuid,
) -> Result<Option<card::Model>, DbErr> {
    card::Entity::find_by_id(id)
        .filter(card::Column::PartnerId.eq(partner_id))
        .fetch_one(db)
        .await
}

/// The same of several, in no particular order.
pub async fn ordered_with(
    db: &impl Connection,
    partner_id: Uuid,
    ids: &[Uuid],
) -> Result<Vec<card::Model>, DbErr> {
    card::Entity::find()
        .filter(card::Column::PartnerId.eq(partner_id))
        .filter(card::Column::Id.is_in(ids.iter().copied()))
        .fetch_all(db)
        .await
}

/// Whether the partner has removed a card with this token.
pub async fn is_removed(db: &impl Connection, partner_id: Uuid, id: Uuid) -> Result<bool, DbErr> {
    let found = find_ordered_with(db, partner_id, id).await?;
    Ok(found.is_some_and(|card| card.removed_at.is_some()))
}

/// The accounts at a network that cards are attached under.
pub async fn accounts(db: &impl Connection, network: Network) -> Result<Vec<String>, DbErr> {
    card::Entity::find()
        .select_only()
        .column(card::Column::Account)
        .filter(card::Column::Network.eq(network))
        .filter(card::Column::RemovedAt.is_null())
        .distinct()
        .fetch_all_as(db)
        .await
}

/// The partner's card with this number.
pub async fn find_by_pan(
    db: &impl Connection,
    partner_id: Uuid,
    pan_hash: &[u8],
) -> Result<Option<card::Model>, DbErr> {
    by_pan(partner_id, pan_hash).fetch_one(db).await
}

/// The same, and until the database transaction ends it is not removed. Payments with the card are not blocked. SQLite has
/// no row locks and needs none.
pub async fn find_by_pan_locked(
    db: &impl Connection,
    partner_id: Uuid,
    pan_hash: &[u8],
) -> Result<Option<card::Model>, DbErr> {
    by_pan(partner_id, pan_hash)
        .lock(LockType::NoKeyUpdate)
        .fetch_one(db)
        .await
}

fn by_pan(partner_id: Uuid, pan_hash: &[u8]) -> Select<card::Entity> {
    card::Entity::find()
        .filter(card::Column::PartnerId.eq(partner_id))
        .filter(card::Column::PanHash.eq(pan_hash))
        .filter(card::Column::RemovedAt.is_null())
}

/// SVGate's token under this account of the card with this number, whichever partner has or had it: the one that was attached
/// last.
pub async fn network_token(
    db: &impl Connection,
    pan_hash: &[u8],
    account: &str,
) -> Result<Option<String>, DbErr> {
    let attached = card::Entity::find()
        .filter(card::Column::PanHash.eq(pan_hash))
        .filter(card::Column::NetworkToken.is_not_null())
        .order_by_desc(card::Column::CreatedAt)
        .fetch_all(db)
        .await?;
    if let Some(card) = attached.iter().find(|card| card.account == account) {
        return Ok(card.network_token.clone());
    }
    for card in attached {
        if let Some(token) = former_token(db, card.id, account).await? {
            return Ok(Some(token));
        }
    }
    Ok(None)
}

/// The place of a card in its partner's list.
pub type Place = (UnixMillis, Uuid);

/// The partner's cards, the one that was attached last first, from behind a place on. One walk along an index.
pub fn page(partner_id: Uuid, after: Option<Place>, limit: u64) -> Select<card::Entity> {
    let mut page = card::Entity::find()
        .filter(card::Column::PartnerId.eq(partner_id))
        .filter(card::Column::RemovedAt.is_null());
    if let Some((at, id)) = after {
        let place = Expr::tuple([
            Expr::col(card::Column::CreatedAt),
            Expr::col(card::Column::Id),
        ]);
        page = page.filter(place.lt(Expr::tuple([Expr::value(at), Expr::value(id)])));
    }
    page.order_by_desc(card::Column::CreatedAt)
        .order_by_desc(card::Column::Id)
        .limit(limit)
}

/// The cards of a [`page`].
pub async fn list(
    db: &impl Connection,
    page: Select<card::Entity>,
) -> Result<Vec<card::Model>, DbErr> {
    page.fetch_all(db).await
}

/// Removes the partner's card with this token. False: there is none.
pub async fn remove(
    db: &impl Connection,
    partner_id: Uuid,
    id: Uuid,
    now: UnixMillis,
) -> Result<bool, DbErr> {
    let removed = card::ActiveModel {
        removed_at: Set(Some(now)),
        ..Default::default()
    };
    let done = card::Entity::update_many()
        .set(removed)
        .filter(card::Column::Id.eq(id))
        .filter(card::Column::PartnerId.eq(partner_id))
        .filter(card::Column::RemovedAt.is_null())
        .run(db)
        .await?;
    Ok(done == 1)
}

/// The phones under which any partner has attached the card with this number, removed or not: a ban is not shaken off by
/// removing a card.
pub async fn phones(db: &impl Connection, pan_hash: &[u8]) -> Result<Vec<String>, DbErr> {
    card::Entity::find()
        .select_only()
        .column(card::Column::Phone)
        .filter(card::Column::PanHash.eq(pan_hash))
        .distinct()
        .fetch_all_as(db)
        .await
}

/// The partner's cards that have one of these tokens, in no particular order.
pub async fn find_all(
    db: &impl Connection,
    partner_id: Uuid,
    ids: &[Uuid],
) -> Result<Vec<card::Model>, DbErr> {
    card::Entity::find()
        .filter(card::Column::PartnerId.eq(partner_id))
        .filter(card::Column::Id.is_in(ids.iter().copied()))
        .filter(card::Column::RemovedAt.is_null())
        .fetch_all(db)
        .await
}

/// Keeps other gateways from storing this card's history until the database transaction ends. Payments with the card are
/// not blocked. SQLite has no row locks and needs none.
pub async fn lock_history(db: &impl Connection, id: Uuid) -> Result<(), DbErr> {
    card::Entity::find_by_id(id)
        .lock(LockType::NoKeyUpdate)
        .fetch_one(db)
        .await
        .map(drop)
}

/// Stores a newly attached card.
pub async fn insert(db: &impl Connection, card: card::Model) -> Result<(), DbErr> {
    let row: card::ActiveModel = card.into();
    card::Entity::insert(row.reset_all())
        .run(db)
        .await
        .map(drop)
}

/// What may have changed at the network when a card is attached again.
pub struct Attached {
    pub account: String,
    pub expiry: String,
    pub network_token: Option<String>,
    pub phone: String,
    pub currency: i32,
}

/// Updates a card that is attached again. If it was attached under another account, the token of that one is kept.
pub async fn refresh(
    db: &impl Connection,
    known: &card::Model,
    attached: Attached,
) -> Result<(), DbErr> {
    if let Some(token) = &known.network_token
        && known.account != attached.account
    {
        keep_token(db, known, token).await?;
    }
    let row = card::ActiveModel {
        id: Set(known.id),
        account: Set(attached.account),
        expiry: Set(attached.expiry),
        network_token: Set(attached.network_token),
        phone: Set(attached.phone),
        currency: Set(attached.currency),
        ..Default::default()
    };
    card::Entity::update(row).run(db).await.map(drop)
}

async fn keep_token(db: &impl Connection, known: &card::Model, token: &str) -> Result<(), DbErr> {
    former_card_token::Entity::delete_many()
        .filter(former_card_token::Column::CardId.eq(known.id))
        .filter(former_card_token::Column::Account.eq(known.account.as_str()))
        .run(db)
        .await?;
    let row: former_card_token::ActiveModel = former_card_token::Model {
        card_id: known.id,
        account: known.account.clone(),
        network_token: token.to_owned(),
    }
    .into();
    former_card_token::Entity::insert(row.reset_all())
        .run(db)
        .await
        .map(drop)
}

/// The accounts under which a card was attached before.
pub async fn former_accounts(db: &impl Connection, id: Uuid) -> Result<Vec<String>, DbErr> {
    let former = former_card_token::Entity::find()
        .filter(former_card_token::Column::CardId.eq(id))
        .order_by_asc(former_card_token::Column::Account)
        .fetch_all(db)
        .await?;
    Ok(former.into_iter().map(|former| former.account).collect())
}

/// The network's token of a card under an account under which it was attached before.
pub async fn former_token(
    db: &impl Connection,
    id: Uuid,
    account: &str,
) -> Result<Option<String>, DbErr> {
    let found = former_card_token::Entity::find_by_id((id, account.to_owned()))
        .fetch_one(db)
        .await?;
    Ok(found.map(|former| former.network_token))
}
