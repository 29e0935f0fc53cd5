//! The numbers of fiscal receipts. A terminal has one row, and so one receipt at a time whose outcome is not known.

use entity::ids::TransactionId;
use entity::receipt_number::{ActiveModel, Column, Entity, Model};
use entity::time::UnixMillis;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder as _, QuerySelect,
    Set,
};

use crate::database::{Connection, Fetch as _, Run as _};

/// The terminal's row, locked; made if there is none.
pub async fn locked(db: &impl Connection, terminal: &str) -> Result<Model, DbErr> {
    if let Some(row) = find_locked(db, terminal).await? {
        return Ok(row);
    }
    let first = Model {
        terminal: terminal.to_owned(),
        last: 0,
        last_at: UnixMillis(0),
        open_transfer: None,
    };
    let unless_there = OnConflict::column(Column::Terminal).do_nothing().to_owned();
    let row: ActiveModel = first.into();
    Entity::insert(row.reset_all())
        .on_conflict(unless_there)
        .run(db)
        .await?;
    let made = find_locked(db, terminal).await?;
    made.ok_or_else(|| DbErr::RecordNotFound(format!("receipt_number {terminal}")))
}

async fn find_locked(db: &impl Connection, terminal: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(terminal)
        .lock(LockType::Update)
        .fetch_one(db)
        .await
}

/// The terminals whose last number may be registered or not, the longest open first.
pub async fn open(db: &impl Connection) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::OpenTransfer.is_not_null())
        .order_by_asc(Column::LastAt)
        .fetch_all(db)
        .await
}

/// Gives a number, and the moment that stands beside it, to the receipt of a transfer.
pub async fn give(
    db: &impl Connection,
    terminal: &str,
    number: i64,
    at: UnixMillis,
    transfer: TransactionId,
) -> Result<(), DbErr> {
    let given = ActiveModel {
        last: Set(number),
        last_at: Set(at),
        open_transfer: Set(Some(transfer)),
        ..Default::default()
    };
    Entity::update_many()
        .set(given)
        .filter(Column::Terminal.eq(terminal))
        .run(db)
        .await?;
    Ok(())
}

/// Leaves so many numbers of each terminal out. A receipt that was open gets one of its own, too: the moment beside its old one is
/// earlier than those of receipts that the operator may have had since.
pub async fn skip(db: &impl Connection, numbers: i64) -> Result<(), DbErr> {
    Entity::update_many()
        .col_expr(Column::Last, Expr::col(Column::Last).add(numbers))
        .col_expr(Column::OpenTransfer, Expr::val(None::<i64>))
        .run(db)
        .await?;
    Ok(())
}

/// Takes a number back that no byte has carried out of here, so that the next receipt has it.
pub async fn take_back(
    db: &impl Connection,
    terminal: &str,
    (transfer, number): (TransactionId, i64),
) -> Result<(), DbErr> {
    let before = ActiveModel {
        last: Set(number - 1),
        open_transfer: Set(None),
        ..Default::default()
    };
    Entity::update_many()
        .set(before)
        .filter(Column::Terminal.eq(terminal))
        .filter(Column::OpenTransfer.eq(transfer))
        .filter(Column::Last.eq(number))
        .run(db)
        .await?;
    Ok(())
}

/// Records that it is known what became of a transfer's receipt under this number.
pub async fn settle(
    db: &impl Connection,
    terminal: &str,
    (transfer, number): (TransactionId, i64),
) -> Result<(), DbErr> {
    let settled = ActiveModel {
        open_transfer: Set(None),
        ..Default::default()
    };
    Entity::update_many()
        .set(settled)
        .filter(Column::Terminal.eq(terminal))
        .filter(Column::OpenTransfer.eq(transfer))
        .filter(Column::Last.eq(number))
        .run(db)
        .await?;
    Ok(())
}
