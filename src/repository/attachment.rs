//! Attachments of cards, before and after their code is confirmed.

use entity::ids::TransactionId;
use entity::{attachment, transaction};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use crate::database::{Connection, Fetch as _, Run as _};

/// Stores what the attachment needs when its code is confirmed.
pub async fn insert(db: &impl Connection, attachment: attachment::Model) -> Result<(), DbErr> {
    let row: attachment::ActiveModel = attachment.into();
    attachment::Entity::insert(row.reset_all())
        .run(db)
        .await
        .map(drop)
}

/// The partner's attachment of this transaction.
pub async fn find(
    db: &impl Connection,
    partner_id: Uuid,
    transaction_id: TransactionId,
) -> Result<Option<attachment::Model>, DbErr> {
    of_partner(partner_id)
        .filter(attachment::Column::TransactionId.eq(transaction_id))
        .fetch_one(db)
        .await
}

/// The partner's attachment that creates the card `card_id`.
pub async fn find_by_card(
    db: &impl Connection,
    partner_id: Uuid,
    card_id: Uuid,
) -> Result<Option<attachment::Model>, DbErr> {
    of_partner(partner_id)
        .filter(attachment::Column::CardId.eq(card_id))
        .fetch_one(db)
        .await
}

/// Another partner's is as absent as one that does not exist, and is not looked at any longer.
fn of_partner(partner_id: Uuid) -> Select<attachment::Entity> {
    let own = Query::select()
        .expr(Expr::val(1))
        .from(transaction::Entity)
        .and_where(
            Expr::col((transaction::Entity, transaction::Column::Id)).eq(Expr::col((
                attachment::Entity,
                attachment::Column::TransactionId,
            ))),
        )
        .and_where(transaction::Column::PartnerId.eq(partner_id))
        .to_owned();
    attachment::Entity::find().filter(Expr::exists(own))
}
