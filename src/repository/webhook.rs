//! Webhooks: partners' addresses, the events for them, and the tries to deliver these.

use entity::ids::TransactionId;
use entity::time::UnixMillis;
use entity::webhook_event::{self, State};
use entity::{partner_webhook, webhook_try};
use sea_orm::sea_query::{Expr, IntoCondition, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use uuid::Uuid;

use super::partner;
use crate::database::{Connection, Fetch as _, Hold as _, Run as _, Statements, from_row};

/// The webhook of a partner, on or off.
pub async fn find(
    db: &impl Connection,
    partner_id: Uuid,
) -> Result<Option<partner_webhook::Model>, DbErr> {
    partner_webhook::Entity::find_by_id(partner_id)
        .fetch_one(db)
        .await
}

/// All webhooks.
pub async fn all(db: &impl Connection) -> Result<Vec<partner_webhook::Model>, DbErr> {
    partner_webhook::Entity::find()
        .order_by_asc(partner_webhook::Column::CreatedAt)
        .fetch_all(db)
        .await
}

/// Stores a partner's first webhook.
pub async fn insert(db: &impl Connection, webhook: partner_webhook::Model) -> Result<(), DbErr> {
    let row: partner_webhook::ActiveModel = webhook.into();
    partner_webhook::Entity::insert(row.reset_all())
        .run(db)
        .await?;
    partner::changed(db).await
}

/// Changes the columns that are set.
pub async fn update(
    db: &impl Connection,
    changed: partner_webhook::ActiveModel,
) -> Result<(), DbErr> {
    partner_webhook::Entity::update(changed).run(db).await?;
    partner::changed(db).await
}

/// Notes that a try failed, if none has failed since the last success.
pub async fn note_failing(
    db: &impl Connection,
    partner_id: Uuid,
    since: UnixMillis,
) -> Result<(), DbErr> {
    set_failing(db, partner_id, Some(since)).await
}

/// Notes that a try succeeded.
pub async fn note_working(db: &impl Connection, partner_id: Uuid) -> Result<(), DbErr> {
    set_failing(db, partner_id, None).await
}

async fn set_failing(
    db: &impl Connection,
    partner_id: Uuid,
    since: Option<UnixMillis>,
) -> Result<(), DbErr> {
    let column = partner_webhook::Column::FailingSince;
    // Nothing is written where nothing changes, which is nearly always.
    let changes = match since {
        Some(_) => column.is_null(),
        None => column.is_not_null(),
    };
    let changed = partner_webhook::ActiveModel {
        failing_since: Set(since),
        ..Default::default()
    };
    partner_webhook::Entity::update_many()
        .set(changed)
        .filter(partner_webhook::Column::PartnerId.eq(partner_id))
        .filter(changes)
        .run(db)
        .await
        .map(drop)
}

/// Stores an event.
pub async fn insert_event(db: &Statements, event: webhook_event::Model) -> Result<(), DbErr> {
    let row: webhook_event::ActiveModel = event.into();
    webhook_event::Entity::insert(row.reset_all())
        .hold(db)
        .await
}

/// The event with this id.
pub async fn event(db: &impl Connection, id: Uuid) -> Result<Option<webhook_event::Model>, DbErr> {
    webhook_event::Entity::find_by_id(id).fetch_one(db).await
}

/// Forgets events that their partners heard in a reply and that nobody has tried to deliver.
pub async fn forget_told(db: &impl Connection, ids: &[Uuid]) -> Result<(), DbErr> {
    webhook_event::Entity::delete_many()
        .filter(webhook_event::Column::Id.is_in(ids.iter().copied()))
        .filter(webhook_event::Column::Tries.eq(0))
        .run(db)
        .await
        .map(drop)
}

/// Makes events due whose replies were lost.
pub async fn make_due(db: &impl Connection, ids: &[Uuid], now: UnixMillis) -> Result<(), DbErr> {
    let due = webhook_event::ActiveModel {
        due_at: Set(now),
        ..Default::default()
    };
    webhook_event::Entity::update_many()
        .set(due)
        .filter(webhook_event::Column::Id.is_in(ids.iter().copied()))
        .filter(webhook_event::Column::State.eq(State::Waiting))
        .filter(webhook_event::Column::Tries.eq(0))
        .filter(webhook_event::Column::DueAt.gt(now))
        .run(db)
        .await
        .map(drop)
}

/// The partners for which something is due.
pub async fn partners_with_due(db: &impl Connection, now: UnixMillis) -> Result<Vec<Uuid>, DbErr> {
    webhook_event::Entity::find()
        .select_only()
        .column(webhook_event::Column::PartnerId)
        .distinct()
        .filter(webhook_event::Column::State.eq(State::Waiting))
        .filter(webhook_event::Column::DueAt.lte(now))
        .filter(has_none_before())
        .fetch_all_as(db)
        .await
}

/// The events of a partner that are due, longest due first. One whose transaction has an earlier event that still waits is
/// not among them.
pub async fn due(
    db: &impl Connection,
    partner_id: Uuid,
    now: UnixMillis,
    limit: u64,
) -> Result<Vec<webhook_event::Model>, DbErr> {
    webhook_event::Entity::find()
        .filter(webhook_event::Column::State.eq(State::Waiting))
        .filter(webhook_event::Column::PartnerId.eq(partner_id))
        .filter(webhook_event::Column::DueAt.lte(now))
        .filter(has_none_before())
        .order_by_asc(webhook_event::Column::DueAt)
        .order_by_asc(webhook_event::Column::Id)
        .limit(limit)
        .fetch_all(db)
        .await
}

/// No earlier event of the same transaction waits.
fn has_none_before() -> Expr {
    use sea_orm::sea_query::ExprTrait as _;
    let earlier = |column: &'static str| Expr::col(("earlier", column));
    let own = |column| Expr::col((webhook_event::Entity, column));
    let waits_before = Query::select()
        .expr(Expr::val(1))
        .from_as(webhook_event::Entity, "earlier")
        .and_where(earlier("transaction_id").eq(own(webhook_event::Column::TransactionId)))
        .and_where(earlier("version").lt(own(webhook_event::Column::Version)))
        .and_where(earlier("state").eq("waiting"))
        .to_owned();
    Expr::not_exists(waits_before)
}

/// Takes a due event until `lease_until`, if nothing has changed since `row` was read. False: another process was faster.
pub async fn claim(
    db: &impl Connection,
    row: &webhook_event::Model,
    lease_until: UnixMillis,
) -> Result<bool, DbErr> {
    let taken = webhook_event::ActiveModel {
        due_at: Set(lease_until),
        ..Default::default()
    };
    change_if(db, row, taken).await
}

/// What became of an event that was tried.
#[derive(Debug, Clone, Copy)]
pub struct Tried {
    pub state: State,
    pub tries: i32,
    pub due_at: UnixMillis,
    pub settled_at: Option<UnixMillis>,
}

/// Records what became of an event, if it is still as `row` says. False: somebody has changed it meanwhile.
pub async fn settle(
    db: &impl Connection,
    row: &webhook_event::Model,
    tried: Tried,
) -> Result<bool, DbErr> {
    let changed = webhook_event::ActiveModel {
        state: Set(tried.state),
        tries: Set(tried.tries),
        due_at: Set(tried.due_at),
        settled_at: Set(tried.settled_at),
        ..Default::default()
    };
    change_if(db, row, changed).await
}

async fn change_if(
    db: &impl Connection,
    row: &webhook_event::Model,
    changed: webhook_event::ActiveModel,
) -> Result<bool, DbErr> {
    let rows = webhook_event::Entity::update_many()
        .set(changed)
        .filter(webhook_event::Column::Id.eq(row.id))
        .filter(webhook_event::Column::State.eq(row.state))
        .filter(webhook_event::Column::DueAt.eq(row.due_at))
        .run(db)
        .await?;
    Ok(rows == 1)
}

/// Gives up all events of a partner that still wait, and returns how many these were.
pub async fn give_up(
    db: &impl Connection,
    partner_id: Uuid,
    now: UnixMillis,
) -> Result<u64, DbErr> {
    let failed = webhook_event::ActiveModel {
        state: Set(State::Failed),
        settled_at: Set(Some(now)),
        ..Default::default()
    };
    let rows = webhook_event::Entity::update_many()
        .set(failed)
        .filter(webhook_event::Column::PartnerId.eq(partner_id))
        .filter(webhook_event::Column::State.eq(State::Waiting))
        .run(db)
        .await?;
    Ok(rows)
}

/// A try to be stored.
pub type NewTry = webhook_try::ActiveModel;

/// Stores a try.
pub async fn insert_try(db: &impl Connection, new: NewTry) -> Result<(), DbErr> {
    webhook_try::Entity::insert(new).run(db).await.map(drop)
}

/// The tries of an event, oldest first.
pub async fn tries(db: &impl Connection, event_id: Uuid) -> Result<Vec<webhook_try::Model>, DbErr> {
    webhook_try::Entity::find()
        .filter(webhook_try::Column::EventId.eq(event_id))
        .order_by_asc(webhook_try::Column::Id)
        .fetch_all(db)
        .await
}

/// Events, newest first; those of one partner or in one state where asked.
pub async fn list(
    db: &impl Connection,
    partner_id: Option<Uuid>,
    state: Option<State>,
    limit: u64,
) -> Result<Vec<webhook_event::Model>, DbErr> {
    let mut found = webhook_event::Entity::find();
    if let Some(partner_id) = partner_id {
        found = found.filter(webhook_event::Column::PartnerId.eq(partner_id));
    }
    if let Some(state) = state {
        found = found.filter(webhook_event::Column::State.eq(state));
    }
    found
        .order_by_desc(webhook_event::Column::CreatedAt)
        .order_by_desc(webhook_event::Column::Id)
        .limit(limit)
        .fetch_all(db)
        .await
}

/// The events of a transaction, oldest first.
pub async fn of_transaction(
    db: &impl Connection,
    id: TransactionId,
) -> Result<Vec<webhook_event::Model>, DbErr> {
    webhook_event::Entity::find()
        .filter(webhook_event::Column::TransactionId.eq(id))
        .order_by_asc(webhook_event::Column::Version)
        .fetch_all(db)
        .await
}

/// Makes an event due again as if it had not been tried. False: there is no such event.
pub async fn resend(db: &impl Connection, id: Uuid, now: UnixMillis) -> Result<bool, DbErr> {
    let rows = resend_where(db, webhook_event::Column::Id.eq(id), now).await?;
    Ok(rows == 1)
}

/// The same for all failed events of a partner; returns how many these are.
pub async fn resend_failed(
    db: &impl Connection,
    partner_id: Uuid,
    now: UnixMillis,
) -> Result<u64, DbErr> {
    let failed = Condition::all()
        .add(webhook_event::Column::State.eq(State::Failed))
        .add(webhook_event::Column::PartnerId.eq(partner_id));
    resend_where(db, failed, now).await
}

async fn resend_where(
    db: &impl Connection,
    which: impl IntoCondition,
    now: UnixMillis,
) -> Result<u64, DbErr> {
    let waiting = webhook_event::ActiveModel {
        state: Set(State::Waiting),
        tries: Set(0),
        due_at: Set(now),
        settled_at: Set(None),
        ..Default::default()
    };
    let rows = webhook_event::Entity::update_many()
        .set(waiting)
        .filter(which.into_condition())
        .run(db)
        .await?;
    Ok(rows)
}

/// Deletes settled events and their tries, at most `limit`, that were settled before `before`. Returns how many.
pub async fn prune(db: &impl Connection, before: UnixMillis, limit: u64) -> Result<u64, DbErr> {
    let old: Vec<Uuid> = webhook_event::Entity::find()
        .select_only()
        .column(webhook_event::Column::Id)
        .filter(webhook_event::Column::SettledAt.lt(before))
        .filter(webhook_event::Column::State.ne(State::Waiting))
        .limit(limit)
        .fetch_all_as(db)
        .await?;
    webhook_try::Entity::delete_many()
        .filter(webhook_try::Column::EventId.is_in(old.iter().copied()))
        .run(db)
        .await?;
    let deleted = webhook_event::Entity::delete_many()
        .filter(webhook_event::Column::Id.is_in(old))
        .run(db)
        .await?;
    Ok(deleted)
}

/// What is not delivered, in figures.
#[derive(Debug, Clone, Copy, Default)]
pub struct Open {
    /// Events that are due, or were tried in vain.
    pub waiting: u64,
    pub failed: u64,
    /// When the oldest one that waits was written; UNIX milliseconds.
    pub oldest: Option<UnixMillis>,
}

struct Waiting {
    events: i64,
    oldest: Option<UnixMillis>,
}

from_row!(Waiting { events }, optional { oldest });

/// What is not delivered. An event whose reply is still being made does not count.
pub async fn open(db: &impl Connection, now: UnixMillis) -> Result<Open, DbErr> {
    let is_open = Condition::any()
        .add(webhook_event::Column::Tries.gt(0))
        .add(webhook_event::Column::DueAt.lte(now));
    let waiting = webhook_event::Entity::find()
        .select_only()
        .column_as(webhook_event::Column::Id.count(), "events")
        .column_as(webhook_event::Column::CreatedAt.min(), "oldest")
        .filter(webhook_event::Column::State.eq(State::Waiting))
        .filter(is_open)
        .fetch_one_as::<Waiting>(db)
        .await?;
    let failed = webhook_event::Entity::find()
        .filter(webhook_event::Column::State.eq(State::Failed))
        .fetch_count(db)
        .await?;
    let (waiting, oldest) = waiting.map_or((0, None), |row| (row.events, row.oldest));
    Ok(Open {
        waiting: u64::try_from(waiting).unwrap_or_default(),
        failed,
        oldest,
    })
}

/// Switches a partner's webhook off, if there is one that is on, and gives up what still waits. How many events these were;
/// `None`: there was none on.
pub async fn switch_off(
    db: &impl Connection,
    partner_id: Uuid,
    now: UnixMillis,
    cause: &str,
) -> Result<Option<u64>, DbErr> {
    let off = partner_webhook::ActiveModel {
        off_at: Set(Some(now)),
        off_cause: Set(Some(cause.to_owned())),
        ..Default::default()
    };
    let rows = partner_webhook::Entity::update_many()
        .set(off)
        .filter(partner_webhook::Column::PartnerId.eq(partner_id))
        .filter(partner_webhook::Column::OffAt.is_null())
        .run(db)
        .await?;
    if rows == 0 {
        return Ok(None);
    }
    partner::changed(db).await?;
    give_up(db, partner_id, now).await.map(Some)
}
