//! All encrypted values of the database, whatever table they stand in: for the rotation of keys.

use std::collections::HashMap;

use entity::ids::TransactionId;
use entity::{attachment, card, partner_webhook, transaction, transfer};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use crate::database::{Connection, Fetch as _, Run as _};

/// A column with encrypted values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Cards,
    Attachments,
    Recipients,
    Senders,
    WebhookSecrets,
    FormerWebhookSecrets,
}

impl Column {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Cards,
        Self::Attachments,
        Self::Recipients,
        Self::Senders,
        Self::WebhookSecrets,
        Self::FormerWebhookSecrets,
    ];

    /// What operators read.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cards => "cards",
            Self::Attachments => "attachments",
            Self::Recipients => "recipients of transfers",
            Self::Senders => "senders of transfers",
            Self::WebhookSecrets => "webhook secrets",
            Self::FormerWebhookSecrets => "former webhook secrets",
        }
    }
}

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Card(Uuid),
    /// Of the transaction, and the id that its card will have.
    Attachment(TransactionId, Uuid),
    Recipient(TransactionId),
    Sender(TransactionId),
    WebhookSecret,
    FormerWebhookSecret,
}

/// An encrypted value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub place: Place,
    pub partner_id: Uuid,
    pub key_id: String,
    pub bytes: Vec<u8>,
}

/// Up to `size` values of a column that another key than `current` encrypts, by row, after `after`.
pub async fn page(
    db: &impl Connection,
    column: Column,
    current: &str,
    after: Option<&Value>,
    size: u64,
) -> Result<Vec<Value>, DbErr> {
    let after = after.map(|value| (value.place, value.partner_id));
    match column {
        Column::Cards => cards(db, current, after, size).await,
        Column::Attachments => attachments(db, current, after, size).await,
        Column::Recipients => {
            let key = transfer::Column::PanKeyId;
            of_transfers(db, key, recipient, current, after, size).await
        }
        Column::Senders => {
            let key = transfer::Column::SenderKeyId;
            of_transfers(db, key, sender, current, after, size).await
        }
        Column::WebhookSecrets => secrets(db, current, after, size).await,
        Column::FormerWebhookSecrets => former_secrets(db, current, after, size).await,
    }
}

type After = Option<(Place, Uuid)>;

async fn cards(
    db: &impl Connection,
    current: &str,
    after: After,
    size: u64,
) -> Result<Vec<Value>, DbErr> {
    let mut rows = card::Entity::find()
        .filter(card::Column::PanKeyId.ne(current))
        .order_by_asc(card::Column::Id)
        .limit(size);
    if let Some((Place::Card(id), _)) = after {
        rows = rows.filter(card::Column::Id.gt(id));
    }
    let value = |row: card::Model| Value {
        place: Place::Card(row.id),
        partner_id: row.partner_id,
        key_id: row.pan_key_id,
        bytes: row.pan_sealed,
    };
    Ok(rows.fetch_all(db).await?.into_iter().map(value).collect())
}

async fn attachments(
    db: &impl Connection,
    current: &str,
    after: After,
    size: u64,
) -> Result<Vec<Value>, DbErr> {
    let mut rows = attachment::Entity::find()
        .filter(attachment::Column::PanKeyId.ne(current))
        .order_by_asc(attachment::Column::TransactionId)
        .limit(size);
    if let Some((Place::Attachment(id, _), _)) = after {
        rows = rows.filter(attachment::Column::TransactionId.gt(id));
    }
    let rows = rows.fetch_all(db).await?;
    let partners = partners(db, rows.iter().map(|row| row.transaction_id)).await?;
    let value = |row: attachment::Model| {
        Some(Value {
            place: Place::Attachment(row.transaction_id, row.card_id),
            partner_id: *partners.get(&row.transaction_id)?,
            key_id: row.pan_key_id,
            bytes: row.pan_sealed,
        })
    };
    Ok(rows.into_iter().filter_map(value).collect())
}

/// The values of the recipients, or of the senders: `key` names who encrypted one, and `read` takes it out of its row.
async fn of_transfers(
    db: &impl Connection,
    key: transfer::Column,
    read: fn(transfer::Model) -> Option<OfTransfer>,
    current: &str,
    after: After,
    size: u64,
) -> Result<Vec<Value>, DbErr> {
    let mut rows = transfer::Entity::find()
        .filter(key.ne(current))
        .order_by_asc(transfer::Column::TransactionId)
        .limit(size);
    if let Some((Place::Recipient(id) | Place::Sender(id), _)) = after {
        rows = rows.filter(transfer::Column::TransactionId.gt(id));
    }
    let rows = rows.fetch_all(db).await?;
    let partners = partners(db, rows.iter().map(|row| row.transaction_id)).await?;
    let value = |row: transfer::Model| {
        let partner_id = *partners.get(&row.transaction_id)?;
        let (place, key_id, bytes) = read(row)?;
        Some(Value {
            place,
            partner_id,
            key_id,
            bytes,
        })
    };
    Ok(rows.into_iter().filter_map(value).collect())
}

type OfTransfer = (Place, String, Vec<u8>);

fn recipient(row: transfer::Model) -> Option<OfTransfer> {
    let place = Place::Recipient(row.transaction_id);
    Some((place, row.pan_key_id, row.pan_sealed))
}

fn sender(row: transfer::Model) -> Option<OfTransfer> {
    let place = Place::Sender(row.transaction_id);
    Some((place, row.sender_key_id?, row.sender_sealed?))
}

async fn secrets(
    db: &impl Connection,
    current: &str,
    after: After,
    size: u64,
) -> Result<Vec<Value>, DbErr> {
    let mut rows = partner_webhook::Entity::find()
        .filter(partner_webhook::Column::SecretKeyId.ne(current))
        .order_by_asc(partner_webhook::Column::PartnerId)
        .limit(size);
    if let Some((_, partner_id)) = after {
        rows = rows.filter(partner_webhook::Column::PartnerId.gt(partner_id));
    }
    let value = |row: partner_webhook::Model| Value {
        place: Place::WebhookSecret,
        partner_id: row.partner_id,
        key_id: row.secret_key_id,
        bytes: row.secret_sealed,
    };
    Ok(rows.fetch_all(db).await?.into_iter().map(value).collect())
}

async fn former_secrets(
    db: &impl Connection,
    current: &str,
    after: After,
    size: u64,
) -> Result<Vec<Value>, DbErr> {
    let mut rows = partner_webhook::Entity::find()
        .filter(partner_webhook::Column::FormerKeyId.ne(current))
        .order_by_asc(partner_webhook::Column::PartnerId)
        .limit(size);
    if let Some((_, partner_id)) = after {
        rows = rows.filter(partner_webhook::Column::PartnerId.gt(partner_id));
    }
    let value = |row: partner_webhook::Model| {
        Some(Value {
            place: Place::FormerWebhookSecret,
            partner_id: row.partner_id,
            key_id: row.former_key_id?,
            bytes: row.former_sealed?,
        })
    };
    Ok(rows
        .fetch_all(db)
        .await?
        .into_iter()
        .filter_map(value)
        .collect())
}

async fn partners(
    db: &impl Connection,
    ids: impl Iterator<Item = TransactionId>,
) -> Result<HashMap<TransactionId, Uuid>, DbErr> {
    let rows = transaction::Entity::find()
        .select_only()
        .columns([transaction::Column::Id, transaction::Column::PartnerId])
        .filter(transaction::Column::Id.is_in(ids))
        .fetch_all_as::<(TransactionId, Uuid)>(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Puts a value in the place of another, unless that was changed meanwhile.
pub async fn replace(
    db: &impl Connection,
    old: &Value,
    key_id: &str,
    bytes: &[u8],
) -> Result<bool, DbErr> {
    let (key, sealed) = (Expr::value(key_id), Expr::value(bytes.to_vec()));
    let done = match old.place {
        Place::Card(id) => {
            card::Entity::update_many()
                .col_expr(card::Column::PanKeyId, key)
                .col_expr(card::Column::PanSealed, sealed)
                .filter(card::Column::Id.eq(id))
                .filter(card::Column::PanSealed.eq(old.bytes.clone()))
                .run(db)
                .await?
        }
        Place::Attachment(id, _) => {
            attachment::Entity::update_many()
                .col_expr(attachment::Column::PanKeyId, key)
                .col_expr(attachment::Column::PanSealed, sealed)
                .filter(attachment::Column::TransactionId.eq(id))
                .filter(attachment::Column::PanSealed.eq(old.bytes.clone()))
                .run(db)
                .await?
        }
        Place::Recipient(id) => {
            transfer::Entity::update_many()
                .col_expr(transfer::Column::PanKeyId, key)
                .col_expr(transfer::Column::PanSealed, sealed)
                .filter(transfer::Column::TransactionId.eq(id))
                .filter(transfer::Column::PanSealed.eq(old.bytes.clone()))
                .run(db)
                .await?
        }
        Place::Sender(id) => {
            transfer::Entity::update_many()
                .col_expr(transfer::Column::SenderKeyId, key)
                .col_expr(transfer::Column::SenderSealed, sealed)
                .filter(transfer::Column::TransactionId.eq(id))
                .filter(transfer::Column::SenderSealed.eq(old.bytes.clone()))
                .run(db)
                .await?
        }
        Place::WebhookSecret => {
            partner_webhook::Entity::update_many()
                .col_expr(partner_webhook::Column::SecretKeyId, key)
                .col_expr(partner_webhook::Column::SecretSealed, sealed)
                .filter(partner_webhook::Column::PartnerId.eq(old.partner_id))
                .filter(partner_webhook::Column::SecretSealed.eq(old.bytes.clone()))
                .run(db)
                .await?
        }
        Place::FormerWebhookSecret => {
            partner_webhook::Entity::update_many()
                .col_expr(partner_webhook::Column::FormerKeyId, key)
                .col_expr(partner_webhook::Column::FormerSealed, sealed)
                .filter(partner_webhook::Column::PartnerId.eq(old.partner_id))
                .filter(partner_webhook::Column::FormerSealed.eq(old.bytes.clone()))
                .run(db)
                .await?
        }
    };
    Ok(done == 1)
}

/// How many values of a column this key encrypts.
pub async fn count(db: &impl Connection, column: Column, key_id: &str) -> Result<u64, DbErr> {
    match column {
        Column::Cards => {
            let rows = card::Entity::find().filter(card::Column::PanKeyId.eq(key_id));
            rows.fetch_count(db).await
        }
        Column::Attachments => {
            let rows = attachment::Entity::find().filter(attachment::Column::PanKeyId.eq(key_id));
            rows.fetch_count(db).await
        }
        Column::Recipients => {
            let rows = transfer::Entity::find().filter(transfer::Column::PanKeyId.eq(key_id));
            rows.fetch_count(db).await
        }
        Column::Senders => {
            let rows = transfer::Entity::find().filter(transfer::Column::SenderKeyId.eq(key_id));
            rows.fetch_count(db).await
        }
        Column::WebhookSecrets => {
            let is_with = partner_webhook::Column::SecretKeyId.eq(key_id);
            partner_webhook::Entity::find()
                .filter(is_with)
                .fetch_count(db)
                .await
        }
        Column::FormerWebhookSecrets => {
            let is_with = partner_webhook::Column::FormerKeyId.eq(key_id);
            partner_webhook::Entity::find()
                .filter(is_with)
                .fetch_count(db)
                .await
        }
    }
}
