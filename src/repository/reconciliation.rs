//! The reconciliations of HUMO's terminals: a row for each terminal and day.

use entity::reconciliation::{ActiveModel, Column, Entity, Model, State};
use entity::time::UnixMillis;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, NotSet, QueryFilter, QueryOrder, QuerySelect, Set};

use crate::database::{Connection, Fetch as _, Run as _};

/// Makes the reconciliation of a terminal due, if that day has none.
pub async fn intend(
    db: &impl Connection,
    (terminal_id, account): (&str, &str),
    day: i32,
    due_at: UnixMillis,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: NotSet,
        terminal_id: Set(terminal_id.to_owned()),
        account: Set(account.to_owned()),
        day: Set(day),
        state: Set(State::Open),
        due_at: Set(due_at),
        tries: Set(0),
        is_partial: Set(false),
        ..Default::default()
    };
    let known = OnConflict::columns([Column::TerminalId, Column::Day])
        .do_nothing()
        .to_owned();
    Entity::insert(row)
        .on_conflict(known)
        .run(db)
        .await
        .map(drop)
}

/// The terminals that have a row of this day.
pub async fn of_day(db: &impl Connection, day: i32) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Day.eq(day))
        .order_by_asc(Column::TerminalId)
        .fetch_all(db)
        .await
}

/// Those that are to be tried now, and may be.
pub async fn due(db: &impl Connection, now: UnixMillis) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::State.eq(State::Open))
        .filter(Column::DueAt.lte(now))
        .order_by_asc(Column::Id)
        .fetch_all(db)
        .await
}

/// Those of earlier days than this one that were never ended.
pub async fn open_before(db: &impl Connection, day: i32) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::State.eq(State::Open))
        .filter(Column::Day.lt(day))
        .order_by_asc(Column::Id)
        .fetch_all(db)
        .await
}

/// Changes a row that is still as it was read: whose it is, is in `due_at`. False: another gateway has taken it meanwhile.
pub async fn change(
    db: &impl Connection,
    row: &Model,
    changed: ActiveModel,
) -> Result<bool, DbErr> {
    let written = Entity::update_many()
        .set(changed)
        .filter(Column::Id.eq(row.id))
        .filter(Column::State.eq(State::Open))
        .filter(Column::DueAt.eq(row.due_at))
        .run(db)
        .await?;
    Ok(written > 0)
}

/// The one that closed the period of this terminal before that day, whether its totals are known or not.
pub async fn closed_before(
    db: &impl Connection,
    terminal_id: &str,
    day: i32,
) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::TerminalId.eq(terminal_id))
        .filter(Column::Day.lt(day))
        .filter(Column::State.is_in([State::Done, State::Lost]))
        .order_by_desc(Column::Day)
        .limit(1)
        .fetch_one(db)
        .await
}

/// Forgets those of earlier days.
pub async fn prune(db: &impl Connection, before_day: i32) -> Result<(), DbErr> {
    Entity::delete_many()
        .filter(Column::Day.lt(before_day))
        .run(db)
        .await
        .map(drop)
}
