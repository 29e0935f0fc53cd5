//! Which call is working on an `extId` before its transaction is stored.

use entity::ext_id_claim::{self, Column};
use entity::time::UnixMillis;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, DbErr, DeleteMany, EntityTrait, QueryFilter,
    QuerySelect, Select, Set,
};
use uuid::Uuid;

use crate::database::{Connection, Fetch as _, Hold as _, Run as _, Statements};

/// Claims the row's `extId` for its owner, with the commit, which fails if a call has it that was not over when this one was
/// received.
///
/// A single statement, so that of many calls on several gateways one gets it. It waits for whoever is about to store the
/// transaction, so that one who then looks for it finds it.
pub async fn take(
    db: &Statements,
    row: ext_id_claim::Model,
    received_at: UnixMillis,
) -> Result<(), DbErr> {
    let was_over = Expr::col((ext_id_claim::Entity, Column::Until)).lte(received_at);
    let taken_over = OnConflict::columns([Column::PartnerId, Column::ExtId])
        .update_columns([Column::Owner, Column::Until])
        .action_and_where(was_over)
        .to_owned();
    let row: ext_id_claim::ActiveModel = row.into();
    ext_id_claim::Entity::insert(row.reset_all())
        .on_conflict(taken_over)
        .hold_as_guard(db)
        .await
}

/// Whether this claim is there.
pub async fn is_there(db: &impl Connection, row: &ext_id_claim::Model) -> Result<bool, DbErr> {
    let found = ext_id_claim::Entity::find_by_id((row.partner_id, row.ext_id.clone()));
    Ok(found.fetch_one(db).await?.as_ref() == Some(row))
}

/// Whether a call has the partner's `extId` that is not over by `now`.
pub async fn is_claimed(
    db: &impl Connection,
    partner_id: Uuid,
    ext_id: &str,
    now: UnixMillis,
) -> Result<bool, DbErr> {
    let found = ext_id_claim::Entity::find_by_id((partner_id, ext_id.to_owned()));
    let living = found.filter(Column::Until.gt(now)).fetch_one(db).await?;
    Ok(living.is_some())
}

/// Removes this claim, so that its owner may store the transaction. False: it has run out, or another call has taken the
/// `extId` over.
pub async fn spend(
    db: &impl Connection,
    row: &ext_id_claim::Model,
    now: UnixMillis,
) -> Result<bool, DbErr> {
    Ok(living(row, now).run(db).await? == 1)
}

/// The same with the commit, which fails if it has run out or was taken over.
pub async fn hold_spending(
    db: &Statements,
    row: &ext_id_claim::Model,
    now: UnixMillis,
) -> Result<(), DbErr> {
    living(row, now).hold_as_guard(db).await
}

/// The removal of this claim while it has not run out.
fn living(row: &ext_id_claim::Model, now: UnixMillis) -> DeleteMany<ext_id_claim::Entity> {
    ext_id_claim::Entity::delete_many()
        .filter(is(row))
        .filter(Column::Until.gt(now))
}

/// Ends this claim, so that the `extId` is free for calls that come later. False: another call has taken it over.
pub async fn release(
    db: &impl Connection,
    row: &ext_id_claim::Model,
    now: UnixMillis,
) -> Result<bool, DbErr> {
    let ended = ext_id_claim::ActiveModel {
        until: Set(now),
        ..Default::default()
    };
    let update = ext_id_claim::Entity::update_many()
        .set(ended)
        .filter(is(row));
    Ok(update.run(db).await? == 1)
}

/// The claim with this owner.
fn is(row: &ext_id_claim::Model) -> Condition {
    Condition::all()
        .add(Column::PartnerId.eq(row.partner_id))
        .add(Column::ExtId.eq(row.ext_id.as_str()))
        .add(Column::Owner.eq(row.owner))
}

/// Whether any claim was over then.
pub async fn any_was_over(db: &impl Connection, then: UnixMillis) -> Result<bool, DbErr> {
    let one: Select<_> = ext_id_claim::Entity::find().filter(Column::Until.lte(then));
    let one = one.select_only().column(Column::Owner).limit(1);
    Ok(one.fetch_one_as::<Uuid>(db).await?.is_some())
}

/// Removes all claims that were over then.
pub async fn clear(db: &impl Connection, then: UnixMillis) -> Result<u64, DbErr> {
    let ended = ext_id_claim::Entity::delete_many().filter(Column::Until.lte(then));
    ended.run(db).await
}
