//! Rates that gateways keep together.

use entity::throttle::{self, Column};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};

use crate::database::{Connection, Fetch as _, Run as _};

/// What is taken at which moment; times in UNIX microseconds.
#[derive(Debug, Clone, Copy)]
pub struct Take {
    pub now: i64,
    /// What it costs.
    pub costs: i64,
    /// How far one may be ahead.
    pub ahead: i64,
}

/// Takes from a rate, in one statement. `None`: taken; else the stored TAT, and nothing was written.
pub async fn take(db: &impl Connection, key: &[u8], take: Take) -> Result<Option<i64>, DbErr> {
    let stored = || Expr::col((throttle::Entity, Column::Tat));
    let begin = || {
        CaseStatement::new()
            // One that is further ahead is of a clock that was set back since.
            .case(
                stored()
                    .gt(take.now)
                    .and(stored().lte(take.now.saturating_add(take.ahead))),
                stored(),
            )
            .finally(take.now)
    };
    let after = || Expr::Case(Box::new(begin())).add(take.costs);
    let again = OnConflict::column(Column::Key)
        .value(Column::Tat, after())
        .action_and_where(after().lte(take.now.saturating_add(take.ahead)))
        .to_owned();
    let first = throttle::ActiveModel {
        key: Set(key.to_vec()),
        tat: Set(take.now.saturating_add(take.costs)),
    };
    let written = throttle::Entity::insert(first)
        .on_conflict(again)
        .run(db)
        .await?;
    if written > 0 {
        return Ok(None);
    }
    let row = throttle::Entity::find_by_id(key.to_vec())
        .fetch_one(db)
        .await?;
    Ok(Some(row.map_or(take.now, |row| row.tat)))
}

/// Gives back what was taken.
pub async fn give_back(db: &impl Connection, key: &[u8], costs: i64) -> Result<(), DbErr> {
    throttle::Entity::update_many()
        .col_expr(Column::Tat, Expr::col(Column::Tat).sub(costs))
        .filter(Column::Key.eq(key.to_vec()))
        .run(db)
        .await
        .map(drop)
}

/// Whether there is any row that says nothing any more.
pub async fn any_is_over(db: &impl Connection, now: i64) -> Result<bool, DbErr> {
    let found = throttle::Entity::find()
        .filter(Column::Tat.lt(now))
        .fetch_one(db)
        .await?;
    Ok(found.is_some())
}

/// Forgets the rows that say nothing any more.
pub async fn prune(db: &impl Connection, now: i64) -> Result<(), DbErr> {
    throttle::Entity::delete_many()
        .filter(Column::Tat.lt(now))
        .run(db)
        .await
        .map(drop)
}
