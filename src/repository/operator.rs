//! Operators of the console, and their sign-ins.

use entity::operator::{self, Column};
use entity::operator_session::{self, Column as Session};
use entity::time::UnixMillis;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _};
use sea_orm::{ActiveModelTrait as _, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};
use sea_orm::{QuerySelect as _, Set};
use uuid::Uuid;

use crate::database::{Connection, Fetch as _, Run as _};

/// The operator of this name.
pub async fn find(db: &impl Connection, name: &str) -> Result<Option<operator::Model>, DbErr> {
    operator::Entity::find()
        .filter(Column::Name.eq(name))
        .fetch_one(db)
        .await
}

/// The operator with this id.
pub async fn get(db: &impl Connection, id: Uuid) -> Result<Option<operator::Model>, DbErr> {
    operator::Entity::find_by_id(id).fetch_one(db).await
}

/// All operators by name.
pub async fn all(db: &impl Connection) -> Result<Vec<operator::Model>, DbErr> {
    operator::Entity::find()
        .order_by_asc(Column::Name)
        .fetch_all(db)
        .await
}

/// Whether there is anybody who could sign in.
pub async fn is_any_active(db: &impl Connection) -> Result<bool, DbErr> {
    let found = operator::Entity::find()
        .filter(Column::DisabledAt.is_null())
        .limit(1)
        .fetch_one(db)
        .await?;
    Ok(found.is_some())
}

/// Stores a new operator. A name that is taken violates the unique index.
pub async fn insert(db: &impl Connection, new: operator::Model) -> Result<(), DbErr> {
    let row: operator::ActiveModel = new.into();
    operator::Entity::insert(row.reset_all())
        .run(db)
        .await
        .map(drop)
}

/// Changes the columns that are set.
pub async fn update(db: &impl Connection, changed: operator::ActiveModel) -> Result<(), DbErr> {
    operator::Entity::update(changed).run(db).await.map(drop)
}

/// Changes an account, if who proved by it who they are would still prove it: neither reset, nor disabled, nor locked since
/// `seen` was read. False: it was. A guarded update, so that a reset at the same time comes before it or behind it, and ends
/// what follows from it.
pub async fn change_as_seen(
    db: &impl Connection,
    seen: &operator::Model,
    now: UnixMillis,
    changed: operator::ActiveModel,
) -> Result<bool, DbErr> {
    let password = match &seen.password {
        Some(password) => Column::Password.eq(password),
        None => Column::Password.is_null(),
    };
    let code = match &seen.code_mac {
        Some(mac) => Column::CodeMac.eq(mac.clone()),
        None => Column::CodeMac.is_null(),
    };
    let is_free = Column::LockedUntil
        .is_null()
        .or(Column::LockedUntil.lte(now));
    let rows = operator::Entity::update_many()
        .set(changed)
        .filter(Column::Id.eq(seen.id))
        .filter(password)
        .filter(code)
        .filter(Column::DisabledAt.is_null())
        .filter(is_free)
        .run(db)
        .await?;
    Ok(rows == 1)
}

/// Counts a failed sign-in, and locks the account for as long as so many failures do. One statement, so that gateways count
/// together. `locks`: from how many failures on until when; the last that is reached counts.
pub async fn count_failure(
    db: &impl Connection,
    id: Uuid,
    locks: &[(i32, UnixMillis)],
) -> Result<(), DbErr> {
    let failures = || Expr::col((operator::Entity, Column::Failures)).add(1);
    let mut until = CaseStatement::new();
    for (from, at) in locks.iter().rev() {
        until = until.case(failures().gte(*from), *at);
    }
    let until = until.finally(Expr::col((operator::Entity, Column::LockedUntil)));
    operator::Entity::update_many()
        .col_expr(Column::Failures, failures())
        .col_expr(Column::LockedUntil, Expr::Case(Box::new(until)))
        .filter(Column::Id.eq(id))
        .run(db)
        .await
        .map(drop)
}

/// The sign-in of this token, with its operator.
pub async fn session(
    db: &impl Connection,
    token_mac: &[u8],
) -> Result<Option<(operator_session::Model, operator::Model)>, DbErr> {
    let found = operator_session::Entity::find_by_id(token_mac.to_vec())
        .fetch_one(db)
        .await?;
    let Some(session) = found else {
        return Ok(None);
    };
    let operator = get(db, session.operator_id).await?;
    Ok(operator.map(|operator| (session, operator)))
}

/// All sign-ins, the last seen first.
pub async fn sessions(db: &impl Connection) -> Result<Vec<operator_session::Model>, DbErr> {
    operator_session::Entity::find()
        .order_by_desc(Session::SeenAt)
        .fetch_all(db)
        .await
}

/// Stores a sign-in.
pub async fn open_session(
    db: &impl Connection,
    session: operator_session::Model,
) -> Result<(), DbErr> {
    let row: operator_session::ActiveModel = session.into();
    operator_session::Entity::insert(row.reset_all())
        .run(db)
        .await
        .map(drop)
}

/// Notes that a page was asked for.
pub async fn see_session(
    db: &impl Connection,
    token_mac: &[u8],
    at: UnixMillis,
) -> Result<(), DbErr> {
    let seen = operator_session::ActiveModel {
        seen_at: Set(at),
        ..Default::default()
    };
    operator_session::Entity::update_many()
        .set(seen)
        .filter(Session::TokenMac.eq(token_mac))
        .run(db)
        .await
        .map(drop)
}

/// Ends a sign-in.
pub async fn end_session(db: &impl Connection, token_mac: &[u8]) -> Result<(), DbErr> {
    operator_session::Entity::delete_many()
        .filter(Session::TokenMac.eq(token_mac))
        .run(db)
        .await
        .map(drop)
}

/// Ends all sign-ins of an operator, and returns how many these were.
pub async fn end_sessions_of(db: &impl Connection, operator_id: Uuid) -> Result<u64, DbErr> {
    operator_session::Entity::delete_many()
        .filter(Session::OperatorId.eq(operator_id))
        .run(db)
        .await
}

/// Forgets the sign-ins whose time is over.
pub async fn prune_sessions(
    db: &impl Connection,
    opened_before: UnixMillis,
    seen_before: UnixMillis,
) -> Result<(), DbErr> {
    let over = Session::OpenedAt
        .lt(opened_before)
        .or(Session::SeenAt.lt(seen_before));
    operator_session::Entity::delete_many()
        .filter(over)
        .run(db)
        .await
        .map(drop)
}
