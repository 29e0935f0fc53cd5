//! Calls that may move money. Each is written before the call and settled after it.

use entity::ids::{ProcessingRequestId, TransactionId};
use entity::network::Network;
use entity::processing_request::{self, Action, SettledBy, State};
use entity::time::UnixMillis;
use entity::transaction::{self, Status};
use entity::transfer;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait as _, Select, Set, UpdateMany,
};
use uuid::Uuid;

use super::partial_index::{approved_hold, unsettled};
use super::served::Served;
use super::transaction as transactions;
use crate::database::{
    Connection, Fetch as _, Hold as _, Run as _, RunReturning as _, Statements, from_row,
};

/// `next_check_at` of a request that recovery has given up: an operator must resolve it.
pub const NEVER: UnixMillis = UnixMillis(i64::MAX);

/// An intent: a call that is about to be made.
#[derive(Debug, Clone)]
pub struct Intent {
    pub transaction_id: TransactionId,
    pub network: Network,
    pub action: Action,
    /// The gateway's own reference, unique.
    pub reference: String,
    /// Tiyin.
    pub amount: i64,
    pub pan_hash: Vec<u8>,
    pub at: UnixMillis,
    /// Look-ups so far. More than 0 if a cancel or reversal is made again.
    pub attempts: i32,
    /// Until then, UNIX milliseconds, the call belongs to the process that wrote it, and recovery leaves it alone.
    pub lease_until: UnixMillis,
}

/// Writes an intent. Unique indexes refuse a second unsettled request of the same action for a transaction, and a second
/// unsettled hold of the same amount on one UZCARD card, at the latest at the commit.
pub async fn insert(db: &Statements, intent: Intent) -> Result<ProcessingRequestId, DbErr> {
    let mut row = processing_request::ActiveModel {
        transaction_id: Set(intent.transaction_id),
        network: Set(intent.network),
        action: Set(intent.action),
        reference: Set(intent.reference),
        amount: Set(intent.amount),
        pan_hash: Set(intent.pan_hash),
        state: Set(State::Sent),
        attempts: Set(intent.attempts),
        lease_until: Set(Some(intent.lease_until)),
        next_check_at: Set(intent.lease_until),
        sent_at: Set(intent.at),
        ..Default::default()
    };
    match db.request_id().await? {
        Some(id) => {
            row.id = Set(id);
            processing_request::Entity::insert(row).hold(db).await?;
            Ok(id)
        }
        None => processing_request::Entity::insert(row).run_for_id(db).await,
    }
}

/// The result of a call.
#[derive(Debug)]
pub struct Settlement {
    pub state: State,
    pub receipt: Option<String>,
    pub processing_code: Option<String>,
    /// See `processing_request::Model::open_code`.
    pub open_code: Option<i32>,
    /// See `processing_request::Model::silent_at`.
    pub silent_at: Option<UnixMillis>,
    pub cause: Option<String>,
    pub by: SettledBy,
    /// Look-ups so far.
    pub look_ups: i32,
    /// When to look again if the outcome is still unknown, UNIX milliseconds.
    pub next_check_at: UnixMillis,
}

/// Records the result of a call. False: the request was already settled, and nothing changed.
pub async fn settle(
    db: &impl Connection,
    id: ProcessingRequestId,
    settlement: Settlement,
    at: UnixMillis,
) -> Result<bool, DbErr> {
    Ok(settling(id, settlement, at).run(db).await? == 1)
}

/// The same with the commit, which fails if the request was already settled.
pub async fn hold_settlement(
    db: &Statements,
    id: ProcessingRequestId,
    settlement: Settlement,
    at: UnixMillis,
) -> Result<(), DbErr> {
    settling(id, settlement, at).hold_as_guard(db).await
}

/// The result of a call that was not known before.
fn settling(
    id: ProcessingRequestId,
    settlement: Settlement,
    at: UnixMillis,
) -> UpdateMany<processing_request::Entity> {
    let (settled_at, settled_by) = match settlement.state {
        State::Approved | State::Declined => (Some(at), Some(settlement.by)),
        State::Sent | State::Unknown => (None, None),
    };
    let settled = processing_request::ActiveModel {
        state: Set(settlement.state),
        receipt: Set(settlement.receipt),
        processing_code: Set(settlement.processing_code),
        open_code: Set(settlement.open_code),
        silent_at: Set(settlement.silent_at),
        cause: Set(settlement.cause),
        settled_at: Set(settled_at),
        settled_by: Set(settled_by),
        attempts: Set(settlement.look_ups),
        next_check_at: Set(settlement.next_check_at),
        lease_until: Set(None),
        ..Default::default()
    };
    processing_request::Entity::update_many()
        .set(settled)
        .filter(processing_request::Column::Id.eq(id))
        .filter(processing_request::Column::State.is_in([State::Sent, State::Unknown]))
}

/// Keeps since when a network that was silent answers again, or that it does not; see
/// `processing_request::Model::silent_at`.
pub async fn keep_silence(
    db: &impl Connection,
    id: ProcessingRequestId,
    silent_at: Option<UnixMillis>,
) -> Result<(), DbErr> {
    let kept = processing_request::ActiveModel {
        silent_at: Set(silent_at),
        ..Default::default()
    };
    processing_request::Entity::update_many()
        .set(kept)
        .filter(processing_request::Column::Id.eq(id))
        .filter(processing_request::Column::State.is_in([State::Sent, State::Unknown]))
        .run(db)
        .await?;
    Ok(())
}

/// Writes a request unchanged, so that the COMMIT that follows covers it.
pub async fn touch(db: &impl Connection, id: ProcessingRequestId) -> Result<(), DbErr> {
    let attempts = processing_request::Column::Attempts;
    processing_request::Entity::update_many()
        .col_expr(attempts, Expr::col(attempts))
        .filter(processing_request::Column::Id.eq(id))
        .run(db)
        .await
        .map(drop)
}

/// All requests of a transaction, oldest first.
pub async fn of_transaction(
    db: &impl Connection,
    transaction_id: TransactionId,
) -> Result<Vec<processing_request::Model>, DbErr> {
    processing_request::Entity::find()
        .filter(processing_request::Column::TransactionId.eq(transaction_id))
        .order_by_asc(processing_request::Column::Id)
        .fetch_all(db)
        .await
}

/// All requests of these transactions, those of each one together and oldest first.
pub async fn of_transactions(
    db: &impl Connection,
    transactions: &[TransactionId],
) -> Result<Vec<processing_request::Model>, DbErr> {
    use processing_request::Column::{Id, TransactionId};
    processing_request::Entity::find()
        .filter(TransactionId.is_in(transactions.iter().copied()))
        .order_by_asc(TransactionId)
        .order_by_asc(Id)
        .fetch_all(db)
        .await
}

/// The request with this id.
pub async fn find(
    db: &impl Connection,
    id: ProcessingRequestId,
) -> Result<Option<processing_request::Model>, DbErr> {
    processing_request::Entity::find_by_id(id)
        .fetch_one(db)
        .await
}

/// A network's requests whose outcome recovery should find out by `now`: `unknown`, or left `sent` past their lease, and
/// under no account that is another gateway's. The longest overdue come first.
pub fn due(
    network: Network,
    accounts: &Served,
    now: UnixMillis,
    limit: u64,
) -> Select<processing_request::Entity> {
    let of_request = |transaction_id: Expr| {
        transaction_id.eq(Expr::col((
            processing_request::Entity,
            processing_request::Column::TransactionId,
        )))
    };
    // What follows from a look-up may be under the account of the other leg, so neither may be another gateway's.
    let paid_elsewhere = Query::select()
        .expr(Expr::val(1))
        .from(transaction::Entity)
        .and_where(of_request(Expr::col((
            transaction::Entity,
            transaction::Column::Id,
        ))))
        .cond_where(accounts.transactions_elsewhere())
        .to_owned();
    let credited_elsewhere = Query::select()
        .expr(Expr::val(1))
        .from(transfer::Entity)
        .and_where(of_request(Expr::col((
            transfer::Entity,
            transfer::Column::TransactionId,
        ))))
        .cond_where(accounts.credits_elsewhere())
        .to_owned();
    processing_request::Entity::find()
        .filter(processing_request::Column::Network.eq(network))
        .filter(unsettled())
        .filter(processing_request::Column::NextCheckAt.lte(now))
        .filter(Expr::exists(paid_elsewhere).not())
        .filter(Expr::exists(credited_elsewhere).not())
        .order_by_asc(processing_request::Column::NextCheckAt)
        .limit(limit)
}

/// When recovery looks at the next request.
pub async fn next_check(db: &impl Connection) -> Result<Option<UnixMillis>, DbErr> {
    let earliest: Option<Option<UnixMillis>> = processing_request::Entity::find()
        .select_only()
        .column_as(processing_request::Column::NextCheckAt.min(), "earliest")
        .filter(unsettled())
        .fetch_one_as(db)
        .await?;
    Ok(earliest.flatten())
}

/// Leases a due request to `owner` until `lease_until`, if nothing has changed since `row` was read. False: another
/// process was faster.
///
/// The guard is a single update, because row locks are silently dropped on SQLite. A claim does not count as a look-up:
/// a process that dies before it records something has found out nothing.
pub async fn claim(
    db: &impl Connection,
    row: &processing_request::Model,
    owner: Uuid,
    lease_until: UnixMillis,
) -> Result<bool, DbErr> {
    let claimed = processing_request::ActiveModel {
        lease_owner: Set(Some(owner)),
        lease_until: Set(Some(lease_until)),
        next_check_at: Set(lease_until),
        ..Default::default()
    };
    let rows = processing_request::Entity::update_many()
        .set(claimed)
        .filter(processing_request::Column::Id.eq(row.id))
        .filter(processing_request::Column::State.eq(row.state))
        .filter(processing_request::Column::NextCheckAt.eq(row.next_check_at))
        .run(db)
        .await?;
    Ok(rows == 1)
}

/// The receipts (JSON) of our approved holds on a UZCARD card.
pub async fn hold_receipts(db: &impl Connection, pan_hash: &[u8]) -> Result<Vec<String>, DbErr> {
    let rows = holds(pan_hash).fetch_all(db).await?;
    Ok(rows.into_iter().filter_map(|row| row.receipt).collect())
}

/// Our approved holds on a UZCARD card.
pub fn holds(pan_hash: &[u8]) -> Select<processing_request::Entity> {
    processing_request::Entity::find()
        .filter(processing_request::Column::PanHash.eq(pan_hash))
        .filter(approved_hold())
}

/// The network's approved requests whose receipt mentions this text somewhere. There is no index for it: only an operator
/// asks.
pub async fn receipts_with(
    db: &impl Connection,
    network: Network,
    text: &str,
) -> Result<Vec<processing_request::Model>, DbErr> {
    processing_request::Entity::find()
        .filter(processing_request::Column::Network.eq(network))
        .filter(processing_request::Column::State.eq(State::Approved))
        .filter(processing_request::Column::Receipt.contains(text))
        .order_by_asc(processing_request::Column::Id)
        .fetch_all(db)
        .await
}

/// Stores an answer that contradicts the settlement of the request, as not yet acknowledged.
pub async fn keep_contradiction(
    db: &impl Connection,
    id: ProcessingRequestId,
    said: String,
) -> Result<(), DbErr> {
    let kept = processing_request::ActiveModel {
        contradiction: Set(Some(said)),
        acknowledged_at: Set(None),
        ..Default::default()
    };
    processing_request::Entity::update_many()
        .set(kept)
        .filter(processing_request::Column::Id.eq(id))
        .run(db)
        .await
        .map(drop)
}

/// The requests without a known outcome of the transactions with this status: not while the process that makes the call
/// still waits for the answer.
pub fn open(status: Status, now: UnixMillis) -> Select<processing_request::Entity> {
    use processing_request::Column::{LeaseUntil, State as Known, TransactionId};
    let of_status = transactions::open(status)
        .select_only()
        .column(transaction::Column::Id)
        .into_query();
    let nobody_waits = Condition::any()
        .add(Known.eq(State::Unknown))
        .add(LeaseUntil.is_null())
        .add(LeaseUntil.lte(now));
    processing_request::Entity::find()
        .filter(unsettled())
        .filter(nobody_waits)
        .filter(TransactionId.in_subquery(of_status))
}

/// The requests with a contradiction that nobody has acknowledged.
pub fn contradicted() -> Select<processing_request::Entity> {
    processing_request::Entity::find().filter(unacknowledged())
}

/// So many of these requests at most, in the order in which they were sent or the other way round.
pub async fn part(
    db: &impl Connection,
    of: Select<processing_request::Entity>,
    order: Order,
    most: Option<u64>,
) -> Result<Vec<processing_request::Model>, DbErr> {
    of.order_by(processing_request::Column::Id, order)
        .limit(most)
        .fetch_all(db)
        .await
}

/// The number of [`contradicted`] requests.
pub async fn count_contradicted(db: &impl Connection) -> Result<u64, DbErr> {
    contradicted().fetch_count(db).await
}

/// Acknowledges the contradiction of a request, if it still says this. False: it does not, or somebody was faster.
pub async fn acknowledge(
    db: &impl Connection,
    id: ProcessingRequestId,
    seen: &str,
    at: UnixMillis,
) -> Result<bool, DbErr> {
    let acknowledged = processing_request::ActiveModel {
        acknowledged_at: Set(Some(at)),
        ..Default::default()
    };
    let rows = processing_request::Entity::update_many()
        .set(acknowledged)
        .filter(processing_request::Column::Id.eq(id))
        .filter(processing_request::Column::Contradiction.eq(seen))
        .filter(unacknowledged())
        .run(db)
        .await?;
    Ok(rows == 1)
}

fn unacknowledged() -> Condition {
    Condition::all()
        .add(processing_request::Column::Contradiction.is_not_null())
        .add(processing_request::Column::AcknowledgedAt.is_null())
}

/// A network's requests without a known outcome, as [`unknown`] counts them.
#[derive(Debug, Clone)]
pub struct Unknown {
    pub network: Network,
    pub requests: i64,
    /// When the oldest intent was written, UNIX milliseconds.
    pub oldest: UnixMillis,
}

from_row!(Unknown {
    network,
    requests,
    oldest
});

/// Counts the requests that are `unknown`, or were left `sent` by a process that died. A network without any has no row.
pub async fn unknown(db: &impl Connection, now: UnixMillis) -> Result<Vec<Unknown>, DbErr> {
    let lost = Condition::any()
        .add(processing_request::Column::State.eq(State::Unknown))
        .add(processing_request::Column::LeaseUntil.lte(now));
    processing_request::Entity::find()
        .select_only()
        .column(processing_request::Column::Network)
        .column_as(processing_request::Column::Id.count(), "requests")
        .column_as(processing_request::Column::SentAt.min(), "oldest")
        .filter(unsettled())
        .filter(lost)
        .group_by(processing_request::Column::Network)
        .fetch_all_as(db)
        .await
}
