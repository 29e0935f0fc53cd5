//! Attachments of cards, before and after their code is confirmed.

use entity::attachment;
use entity::ids::TransactionId;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use uuid::Uuid;

/// Stores what the attachment needs when its code is confirmed.
pub async fn insert(db: &impl ConnectionTrait, attachment: attachment::Model) -> Result<(), DbErr> {
    let row: attachment::ActiveModel = attachment.into();
    attachment::Entity::insert(row.reset_all())
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// The attachment of this transaction.
pub async fn find(
    db: &impl ConnectionTrait,
    transaction_id: TransactionId,
) -> Result<Option<attachment::Model>, DbErr> {
    attachment::Entity::find_by_id(transaction_id).one(db).await
}

/// The attachment that creates the card `card_id`.
pub async fn find_by_card(
    db: &impl ConnectionTrait,
    card_id: Uuid,
) -> Result<Option<attachment::Model>, DbErr> {
    attachment::Entity::find()
        .filter(attachment::Column::CardId.eq(card_id))
        .one(db)
        .await
}
