//! Failed logins, counted over all gateways.

use entity::login_failure::{self, Column};
use entity::time::UnixMillis;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _, OnConflict};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Set};

use crate::database::{Connection, Fetch as _, Run as _, RunReturning as _};

/// When failures count together, and what the last of them does.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    /// Earlier ones are forgotten.
    pub since: UnixMillis,
    /// So many lock the pair out.
    pub most: i32,
    /// Until then.
    pub locked_until: UnixMillis,
}

/// Counts one more failure of a pair, and locks it where it was the last. One statement, so that gateways count together.
pub async fn count(
    db: &impl Connection,
    pair: &[u8],
    now: UnixMillis,
    window: Window,
) -> Result<login_failure::Model, DbErr> {
    let stored = |column: Column| Expr::col((login_failure::Entity, column));
    let counts = || stored(Column::Since).gt(window.since);
    let is_last = counts().and(stored(Column::Failures).add(1).gte(window.most));
    let again = OnConflict::column(Column::Pair)
        .value(
            Column::Failures,
            CaseStatement::new()
                .case(counts(), stored(Column::Failures).add(1))
                .finally(1),
        )
        .value(
            Column::Since,
            CaseStatement::new()
                .case(counts(), stored(Column::Since))
                .finally(now),
        )
        .value(
            Column::LockedUntil,
            CaseStatement::new()
                .case(is_last, window.locked_until)
                .finally(stored(Column::LockedUntil)),
        )
        .to_owned();
    let first = login_failure::ActiveModel {
        pair: Set(pair.to_vec()),
        failures: Set(1),
        since: Set(now),
        locked_until: Set(None),
    };
    login_failure::Entity::insert(first)
        .on_conflict(again)
        .run_returning(db)
        .await
}

/// The pairs that are locked out, and until when.
pub async fn locked(
    db: &impl Connection,
    now: UnixMillis,
) -> Result<Vec<login_failure::Model>, DbErr> {
    login_failure::Entity::find()
        .filter(Column::LockedUntil.gt(now))
        .fetch_all(db)
        .await
}

/// Forgets what began before `since` and locks nobody any more. How many pairs that were.
pub async fn prune(db: &impl Connection, since: UnixMillis, now: UnixMillis) -> Result<u64, DbErr> {
    let over = Column::LockedUntil
        .is_null()
        .or(Column::LockedUntil.lte(now));
    let done = login_failure::Entity::delete_many()
        .filter(Column::Since.lt(since))
        .filter(over)
        .run(db)
        .await?;
    Ok(done)
}

/// Whether [`prune`] would forget any.
pub async fn any_is_over(db: &impl Connection, since: UnixMillis) -> Result<bool, DbErr> {
    let found = login_failure::Entity::find()
        .filter(Column::Since.lt(since))
        .fetch_one(db)
        .await?;
    Ok(found.is_some())
}
