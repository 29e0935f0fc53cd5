//! Attached cards. Every look-up filters by partner, so a partner never sees another partner's cards.

use entity::card;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect,
    Set,
};
use uuid::Uuid;

/// The partner's card with this token.
pub async fn find(
    db: &impl ConnectionTrait,
    partner_id: Uuid,
    id: Uuid,
) -> Result<Option<card::Model>, DbErr> {
    card::Entity::find_by_id(id)
        .filter(card::Column::PartnerId.eq(partner_id))
        .one(db)
        .await
}

/// The partner's card with this number.
pub async fn find_by_pan(
    db: &impl ConnectionTrait,
    partner_id: Uuid,
    pan_hash: &[u8],
) -> Result<Option<card::Model>, DbErr> {
    card::Entity::find()
        .filter(card::Column::PartnerId.eq(partner_id))
        .filter(card::Column::PanHash.eq(pan_hash))
        .one(db)
        .await
}

/// The phones under which any partner has attached the card with this number.
pub async fn phones(db: &impl ConnectionTrait, pan_hash: &[u8]) -> Result<Vec<String>, DbErr> {
    card::Entity::find()
        .select_only()
        .column(card::Column::Phone)
        .filter(card::Column::PanHash.eq(pan_hash))
        .distinct()
        .into_tuple()
        .all(db)
        .await
}

/// The partner's cards that have one of these tokens, in no particular order.
pub async fn find_all(
    db: &impl ConnectionTrait,
    partner_id: Uuid,
    ids: &[Uuid],
) -> Result<Vec<card::Model>, DbErr> {
    card::Entity::find()
        .filter(card::Column::PartnerId.eq(partner_id))
        .filter(card::Column::Id.is_in(ids.iter().copied()))
        .all(db)
        .await
}

/// Keeps other gateways from storing this card's history until the database transaction ends. Payments with the card are
/// not blocked. SQLite has no row locks and needs none.
pub async fn lock_history(db: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    card::Entity::find_by_id(id)
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await
        .map(drop)
}

/// Stores a newly attached card.
pub async fn insert(db: &impl ConnectionTrait, card: card::Model) -> Result<(), DbErr> {
    let row: card::ActiveModel = card.into();
    card::Entity::insert(row.reset_all())
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// Updates what may have changed at the network when a card is attached again.
pub async fn refresh(
    db: &impl ConnectionTrait,
    id: Uuid,
    expiry: String,
    network_token: Option<String>,
    phone: String,
    currency: i32,
) -> Result<(), DbErr> {
    let row = card::ActiveModel {
        id: Set(id),
        expiry: Set(expiry),
        network_token: Set(network_token),
        phone: Set(phone),
        currency: Set(currency),
        ..Default::default()
    };
    row.update(db).await.map(drop)
}
