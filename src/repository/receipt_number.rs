//! The numbers of fiscal receipts. A terminal has one row, and so one receipt at a time whose outcome is not known.

use entity::ids::TransactionId;
use entity::receipt_number::{ActiveModel, Column, Entity, Model};
use entity::time::UnixMillis;
use sea_orm::sea_query::{Expr, ExprTrait as _, LockType, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};

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

/// The terminal's row, if its last number may be registered or not.
pub async fn open(db: &impl Connection, terminal: &str) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(terminal)
        .filter(Column::OpenTransfer.is_not_null())
        .fetch_one(db)
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

/// Whether a number that is open no more has named a receipt outside of here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// It has, or may have: no other receipt gets it.
    Spent,
    /// No byte has carried it out of here: the next receipt has it.
    Unsent,
}

/// Records that it is known what became of a transfer's receipt under this number. False: the number was not open for it any more.
pub async fn close(
    db: &impl Connection,
    terminal: &str,
    (transfer, number): (TransactionId, i64),
    used: Use,
) -> Result<bool, DbErr> {
    let closed = ActiveModel {
        last: Set(match used {
            Use::Spent => number,
            Use::Unsent => number - 1,
        }),
        open_transfer: Set(None),
        ..Default::default()
    };
    let rows = Entity::update_many()
        .set(closed)
        .filter(Column::Terminal.eq(terminal))
        .filter(Column::OpenTransfer.eq(transfer))
        .filter(Column::Last.eq(number))
        .run(db)
        .await?;
    Ok(rows == 1)
}
