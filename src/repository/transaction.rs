//! Transactions: what partners see. Every change of status is guarded and writes an event.

use entity::ids::TransactionId;
use entity::network::Network;
use entity::time::UnixMillis;
use entity::transaction::{self, Kind, Status};
use entity::{transaction_event, transfer};
use sea_orm::ActiveValue::{self, NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, IntoCondition};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait as _, Select, UpdateMany, Value,
};
use uuid::Uuid;

use super::partial_index;
use super::served::{self, Served};
use crate::database::{
    Connection, Fetch as _, Hold as _, Run as _, RunReturning as _, Statements, from_row,
};

/// A new transaction. Its id is given when it is stored.
pub type New = transaction::Model;

/// The id of a transaction that is not stored yet.
pub const NO_ID: TransactionId = TransactionId(0);

/// Stores a new transaction with its first event, with the commit.
pub async fn insert(db: &Statements, new: New, cause: &str) -> Result<transaction::Model, DbErr> {
    let mut row = transaction::ActiveModel::from(new.clone()).reset_all();
    let stored = match db.transaction_id().await? {
        Some(id) => {
            row.id = Set(id);
            transaction::Entity::insert(row).hold(db).await?;
            transaction::Model { id, ..new }
        }
        None => {
            row.id = NotSet;
            let id = transaction::Entity::insert(row).run_for_id(db).await?;
            transaction::Model { id, ..new }
        }
    };
    record_event(
        db,
        stored.id,
        stored.version,
        None,
        stored.status,
        cause,
        stored.created_at,
    )
    .await?;
    Ok(stored)
}

/// The partner's transaction with this id.
pub async fn find(
    db: &impl Connection,
    partner_id: Uuid,
    id: TransactionId,
) -> Result<Option<transaction::Model>, DbErr> {
    transaction::Entity::find_by_id(id)
        .filter(transaction::Column::PartnerId.eq(partner_id))
        .fetch_one(db)
        .await
}

/// The transaction with this id, of any partner: for the gateway's own work.
pub async fn get(
    db: &impl Connection,
    id: TransactionId,
) -> Result<Option<transaction::Model>, DbErr> {
    transaction::Entity::find_by_id(id).fetch_one(db).await
}

/// The transactions with these ids, in no particular order.
pub async fn these(
    db: &impl Connection,
    ids: &[TransactionId],
) -> Result<Vec<transaction::Model>, DbErr> {
    transaction::Entity::find()
        .filter(transaction::Column::Id.is_in(ids.iter().copied()))
        .fetch_all(db)
        .await
}

/// All transactions with this status, oldest first.
pub async fn with_status(
    db: &impl Connection,
    status: Status,
) -> Result<Vec<transaction::Model>, DbErr> {
    transaction::Entity::find()
        .filter(transaction::Column::Status.eq(status))
        .order_by_asc(transaction::Column::Id)
        .fetch_all(db)
        .await
}

/// The open transactions with this status.
pub fn open(status: Status) -> Select<transaction::Entity> {
    transaction::Entity::find()
        .filter(partial_index::open())
        .filter(transaction::Column::Status.eq(status))
}

/// How many open transactions have this status.
pub async fn count_open(db: &impl Connection, status: Status) -> Result<u64, DbErr> {
    open(status).fetch_count(db).await
}

/// All events of a transaction, oldest first.
pub async fn events(
    db: &impl Connection,
    id: TransactionId,
) -> Result<Vec<transaction_event::Model>, DbErr> {
    transaction_event::Entity::find()
        .filter(transaction_event::Column::TransactionId.eq(id))
        .order_by_asc(transaction_event::Column::Seq)
        .fetch_all(db)
        .await
}

/// The partner's transaction, locked until the database transaction ends. SQLite has no row locks and needs none: its
/// write transactions are immediate, so they run one after another.
pub async fn find_locked(
    db: &impl Connection,
    partner_id: Uuid,
    id: TransactionId,
) -> Result<Option<transaction::Model>, DbErr> {
    transaction::Entity::find_by_id(id)
        .filter(transaction::Column::PartnerId.eq(partner_id))
        .lock_exclusive()
        .fetch_one(db)
        .await
}

/// The partner's transaction with this `ext_id`.
pub async fn find_by_ext_id(
    db: &impl Connection,
    partner_id: Uuid,
    ext_id: &str,
) -> Result<Option<transaction::Model>, DbErr> {
    transaction::Entity::find()
        .filter(transaction::Column::PartnerId.eq(partner_id))
        .filter(transaction::Column::ExtId.eq(ext_id))
        .fetch_one(db)
        .await
}

/// The place of a transaction in its partner's list.
pub type Place = (UnixMillis, TransactionId);

/// Which of a partner's transactions are listed.
#[derive(Debug, Clone)]
pub struct Filter {
    pub partner_id: Uuid,
    /// The first millisecond of the period, by their creation.
    pub from: Option<UnixMillis>,
    /// The last millisecond of the period.
    pub to: Option<UnixMillis>,
    /// The status that they have at `now`.
    pub status: Option<Status>,
    pub kind: Option<Kind>,
    pub card_id: Option<Uuid>,
    pub now: UnixMillis,
}

/// The partner's debits, holds and transfers, newest first, from behind a place on. A walk along an index: the card's
/// where one is asked for, else the partner's.
pub fn page(filter: &Filter, after: Option<Place>, limit: u64) -> Select<transaction::Entity> {
    use transaction::Column::{CardId, CreatedAt, Id, PartnerId};
    let mut wanted = Condition::all()
        .add(PartnerId.eq(filter.partner_id))
        .add_option(filter.card_id.map(|card| CardId.eq(card)))
        .add_option(filter.from.map(|from| CreatedAt.gte(from)))
        .add_option(filter.to.map(|to| CreatedAt.lte(to)))
        .add(match filter.kind {
            Some(kind) => transaction::Column::Kind.eq(kind),
            None => transaction::Column::Kind.ne(Kind::Attachment),
        });
    if let Some(status) = filter.status {
        wanted = wanted.add(has_status(status, filter.now));
    }
    if let Some((at, id)) = after {
        let place = Expr::tuple([Expr::col(CreatedAt), Expr::col(Id)]);
        wanted = wanted.add(place.lt(Expr::tuple([Expr::value(at), Expr::value(id)])));
    }
    transaction::Entity::find()
        .filter(wanted)
        .order_by_desc(CreatedAt)
        .order_by_desc(Id)
        .limit(limit)
}

/// The partner's debits, holds and transfers that were made at or after `from` and before `until`, oldest first, from behind
/// a place on.
pub async fn of_period(
    db: &impl Connection,
    partner_id: Uuid,
    (from, until): (UnixMillis, UnixMillis),
    after: Option<Place>,
    limit: u64,
) -> Result<Vec<transaction::Model>, DbErr> {
    use transaction::Column::{CreatedAt, Id, PartnerId};
    let mut wanted = Condition::all()
        .add(PartnerId.eq(partner_id))
        .add(CreatedAt.gte(from))
        .add(CreatedAt.lt(until))
        .add(transaction::Column::Kind.ne(Kind::Attachment));
    if let Some((at, id)) = after {
        let place = Expr::tuple([Expr::col(CreatedAt), Expr::col(Id)]);
        wanted = wanted.add(place.gt(Expr::tuple([Expr::value(at), Expr::value(id)])));
    }
    transaction::Entity::find()
        .filter(wanted)
        .order_by_asc(CreatedAt)
        .order_by_asc(Id)
        .limit(limit)
        .fetch_all(db)
        .await
}

/// A code whose time is over has expired, whether or not the row says so yet.
fn has_status(status: Status, now: UnixMillis) -> Condition {
    use transaction::Column::CodeExpiresAt;
    let stored = |status: Status| transaction::Column::Status.eq(status);
    match status {
        Status::AwaitingCode => Condition::all()
            .add(stored(status))
            .add(CodeExpiresAt.gt(now)),
        Status::Expired => Condition::any().add(stored(status)).add(
            Condition::all()
                .add(stored(Status::AwaitingCode))
                .add(CodeExpiresAt.lte(now)),
        ),
        Status::Processing
        | Status::Held
        | Status::Succeeded
        | Status::Declined
        | Status::Cancelled
        | Status::Reversed
        | Status::Manual => Condition::all().add(stored(status)),
    }
}

/// When the next hold ends.
pub async fn next_hold_end(db: &impl Connection) -> Result<Option<UnixMillis>, DbErr> {
    next(
        db,
        transaction::Column::HoldExpiresAt,
        partial_index::held(),
    )
    .await
}

/// When the next code expires.
pub async fn next_code_end(db: &impl Connection) -> Result<Option<UnixMillis>, DbErr> {
    let awaiting = transaction::Column::Status.eq(Status::AwaitingCode);
    next(db, transaction::Column::CodeExpiresAt, awaiting).await
}

async fn next(
    db: &impl Connection,
    at: transaction::Column,
    filter: impl IntoCondition,
) -> Result<Option<UnixMillis>, DbErr> {
    let earliest: Option<Option<UnixMillis>> = transaction::Entity::find()
        .select_only()
        .column_as(at.min(), "earliest")
        .filter(filter)
        .fetch_one_as(db)
        .await?;
    Ok(earliest.flatten())
}

/// The transactions of a [`page`].
pub async fn list(
    db: &impl Connection,
    page: Select<transaction::Entity>,
) -> Result<Vec<transaction::Model>, DbErr> {
    page.fetch_all(db).await
}

/// Holds under these accounts that have expired by `now` and have not changed since `untouched_since`.
pub fn ended_holds(
    accounts: &Served,
    now: UnixMillis,
    untouched_since: UnixMillis,
    limit: u64,
) -> Select<transaction::Entity> {
    transaction::Entity::find()
        .filter(partial_index::held())
        .filter(accounts.transactions())
        .filter(transaction::Column::HoldExpiresAt.lte(now))
        .filter(transaction::Column::UpdatedAt.lte(untouched_since))
        // Not by their end: then the holds of a network that is down would always come first.
        .order_by_asc(transaction::Column::UpdatedAt)
        .limit(limit)
}

/// An account under which something is not finished.
pub struct OpenAccount {
    pub network: Network,
    pub account: String,
}

from_row!(OpenAccount { network, account });

/// The accounts of transactions that have a call under way, or whose money is held; and of the credits of such transfers.
pub async fn open_accounts(db: &impl Connection) -> Result<Vec<OpenAccount>, DbErr> {
    let accounts = |condition: Expr| {
        transaction::Entity::find()
            .select_only()
            .column(transaction::Column::Network)
            .column(transaction::Column::Account)
            .filter(condition)
            .distinct()
    };
    let mut found: Vec<OpenAccount> = accounts(partial_index::open()).fetch_all_as(db).await?;
    found.extend(
        accounts(partial_index::held())
            .fetch_all_as::<OpenAccount>(db)
            .await?,
    );
    let open = transaction::Entity::find()
        .select_only()
        .column(transaction::Column::Id)
        .filter(partial_index::open())
        .filter(transaction::Column::Kind.eq(Kind::Transfer));
    let credits = transfer::Entity::find()
        .select_only()
        .column_as(transfer::Column::ToNetwork, "network")
        .column(transfer::Column::Account)
        .filter(transfer::Column::TransactionId.in_subquery(open.into_query()))
        .filter(served::has_credit())
        .distinct();
    found.extend(credits.fetch_all_as::<OpenAccount>(db).await?);
    Ok(found)
}

/// What changes together with a status. `None` leaves a column unchanged.
#[derive(Debug, Default)]
pub struct Change {
    pub receipt: Option<String>,
    /// The fee that the network took, where it is another than the quoted one. Tiyin.
    pub fee: Option<i64>,
    /// Code and data (JSON) of the error that ended the transaction.
    pub error: Option<(i32, String)>,
    pub hold_expires_at: Option<UnixMillis>,
    /// See `transaction::Model::captured`.
    pub captured: Option<i64>,
    /// See `transaction::Model::reversed`.
    pub reversed: Option<i64>,
    /// See `transaction::Model::reversing`.
    pub reversing: Option<i64>,
    pub code_tries: Option<i32>,
}

/// Moves the transaction from `from` to `to`, if it is still as the caller read it. False: it has changed in the
/// meantime, and nothing was written.
pub async fn advance(
    db: &Statements,
    from: &transaction::Model,
    to: Status,
    change: Change,
    cause: &str,
    at: UnixMillis,
) -> Result<bool, DbErr> {
    if move_from(from, to, change, at).run(db).await? != 1 {
        return Ok(false);
    }
    record_event(
        db,
        from.id,
        from.version + 1,
        Some(from.status),
        to,
        cause,
        at,
    )
    .await?;
    Ok(true)
}

/// The same with the commit, which fails if the transaction has changed.
pub async fn hold_advance(
    db: &Statements,
    from: &transaction::Model,
    to: Status,
    change: Change,
    cause: &str,
    at: UnixMillis,
) -> Result<(), DbErr> {
    move_from(from, to, change, at).hold_as_guard(db).await?;
    record_event(
        db,
        from.id,
        from.version + 1,
        Some(from.status),
        to,
        cause,
        at,
    )
    .await
}

/// A transaction's move from where it was read.
fn move_from(
    from: &transaction::Model,
    to: Status,
    change: Change,
    at: UnixMillis,
) -> UpdateMany<transaction::Entity> {
    let (error_code, error_data) = change.error.unzip();
    let changed = transaction::ActiveModel {
        status: Set(to),
        version: Set(from.version + 1),
        updated_at: Set(at),
        receipt: set_if_some(change.receipt),
        fee: change.fee.map_or(NotSet, Set),
        error_code: set_if_some(error_code),
        error_data: set_if_some(error_data),
        hold_expires_at: set_if_some(change.hold_expires_at),
        captured: set_if_some(change.captured),
        reversed: set_if_some(change.reversed),
        reversing: change.reversing.map_or(NotSet, Set),
        code_tries: change.code_tries.map_or(NotSet, Set),
        ..Default::default()
    };
    transaction::Entity::update_many()
        .set(changed)
        .filter(transaction::Column::Id.eq(from.id))
        .filter(transaction::Column::Status.eq(from.status))
        .filter(transaction::Column::Version.eq(from.version))
}

/// Moves a transaction whose money is taken to `processing`, and reserves `amount` tiyin of it to be given back, if that
/// much is left. False: less is left, or it has changed since the caller read it; nothing was written.
///
/// What is left is compared by the database in the update itself, so that reversals never exceed what was taken, whatever
/// their callers have read.
pub async fn reserve(
    db: &Statements,
    from: &transaction::Model,
    amount: i64,
    cause: &str,
    at: UnixMillis,
) -> Result<bool, DbErr> {
    use transaction::Column::{Amount, Captured, Id, Reversed, Reversing, Status as Now, Version};
    let (to, version) = (Status::Processing, from.version + 1);
    let changed = transaction::ActiveModel {
        status: Set(to),
        version: Set(version),
        updated_at: Set(at),
        ..Default::default()
    };
    let reversed = Expr::expr(Func::coalesce([Expr::col(Reversed), Expr::val(0_i64)]));
    let given_back = reversed.clone().add(Expr::col(Reversing)).add(amount);
    let taken = Expr::expr(Func::coalesce([Expr::col(Captured), Expr::col(Amount)]));
    let rows = transaction::Entity::update_many()
        .set(changed)
        .col_expr(Reversed, reversed)
        .col_expr(Reversing, Expr::col(Reversing).add(amount))
        .filter(Id.eq(from.id))
        .filter(Now.eq(from.status))
        .filter(Version.eq(from.version))
        .filter(given_back.lte(taken))
        .run(db)
        .await?;
    if rows != 1 {
        return Ok(false);
    }
    record_event(db, from.id, version, Some(from.status), to, cause, at).await?;
    Ok(true)
}

/// Counts a wrong code. The transaction goes on waiting for the right one.
pub async fn count_wrong_code(
    db: &impl Connection,
    from: &transaction::Model,
    at: UnixMillis,
) -> Result<(), DbErr> {
    let counted = transaction::ActiveModel {
        code_tries: Set(from.code_tries + 1),
        updated_at: Set(at),
        ..Default::default()
    };
    transaction::Entity::update_many()
        .set(counted)
        .filter(transaction::Column::Id.eq(from.id))
        .filter(transaction::Column::Version.eq(from.version))
        .run(db)
        .await
        .map(drop)
}

/// Stores the receipt of a transfer's debit; a reversal would need it.
pub async fn keep_receipt(
    db: &Statements,
    id: TransactionId,
    receipt: String,
) -> Result<(), DbErr> {
    let kept = transaction::ActiveModel {
        receipt: Set(Some(receipt)),
        ..Default::default()
    };
    transaction::Entity::update_many()
        .set(kept)
        .filter(transaction::Column::Id.eq(id))
        .hold(db)
        .await
}

/// Stores the error for which a sale is being cancelled. The partner gets it once the cancel is approved.
pub async fn keep_error(
    db: &Statements,
    id: TransactionId,
    code: i32,
    data: String,
) -> Result<(), DbErr> {
    let kept = transaction::ActiveModel {
        error_code: Set(Some(code)),
        error_data: Set(Some(data)),
        ..Default::default()
    };
    transaction::Entity::update_many()
        .set(kept)
        .filter(transaction::Column::Id.eq(id))
        .hold(db)
        .await
}

/// Sets a nullable column if there is a value. (`Set(None)` would clear the column.)
fn set_if_some<T: Into<Value>>(value: Option<T>) -> ActiveValue<Option<T>>
where
    Option<T>: Into<Value>,
{
    value.map_or(NotSet, |value| Set(Some(value)))
}

async fn record_event(
    db: &Statements,
    transaction_id: TransactionId,
    seq: i32,
    from: Option<Status>,
    to: Status,
    cause: &str,
    at: UnixMillis,
) -> Result<(), DbErr> {
    use sea_orm::ActiveEnum as _;
    let event = transaction_event::ActiveModel {
        transaction_id: Set(transaction_id),
        seq: Set(seq),
        from_status: Set(from.map(|status| status.to_value())),
        to_status: Set(to.to_value()),
        cause: Set(cause.to_owned()),
        at: Set(at),
    };
    transaction_event::Entity::insert(event).hold(db).await
}
