//! How many codes a phone was sent in a day.

use entity::sms_count;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{DbErr, EntityTrait, Set};
use uuid::Uuid;

use crate::database::{Connection, Run as _};

/// Counts one more code to `phone`. False: the day's limit is reached, and nothing was counted.
///
/// A single statement, so that concurrent calls on several gateways cannot exceed the limit together.
pub async fn take(
    db: &impl Connection,
    partner_id: Uuid,
    phone: &str,
    day: i32,
    limit: i64,
) -> Result<bool, DbErr> {
    if limit < 1 {
        return Ok(false);
    }
    let row = sms_count::ActiveModel {
        partner_id: Set(partner_id),
        phone: Set(phone.to_owned()),
        day: Set(day),
        sent: Set(1),
    };
    let sent = || Expr::col((sms_count::Entity, sms_count::Column::Sent));
    let conflict = OnConflict::columns([
        sms_count::Column::PartnerId,
        sms_count::Column::Phone,
        sms_count::Column::Day,
    ])
    .value(sms_count::Column::Sent, sent().add(1))
    .action_and_where(sent().lt(limit))
    .to_owned();
    let written = sms_count::Entity::insert(row)
        .on_conflict(conflict)
        .run(db)
        .await?;
    Ok(written > 0)
}
