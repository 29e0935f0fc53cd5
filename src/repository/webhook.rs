//! Webhooks: partners' addresses, the events for them, and the tries to deliver these.

use entity::time::UnixMillis;
use entity::webhook_event::{self, State};
use entity::{partner_webhook, webhook_try};
use sea_orm::sea_query::{Expr, IntoCondition, Query};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait,
    FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use super::partner;

/// The webhook of a partner, on or off.
pub async fn find(
    db: &impl ConnectionTrait,
    partner_id: Uuid,
) -> Result<Option<partner_webhook::Model>, DbErr> {
    partner_webhook::Entity::find_by_id(partner_id)
        .one(db)
        .await
}

/// All webhooks.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<partner_webhook::Model>, DbErr> {
    partner_webhook::Entity::find()
        .order_by_asc(partner_webhook::Column::CreatedAt)
        .all(db)
        .await
}

/// Stores a partner's first webhook.
pub async fn insert(
    db: &impl ConnectionTrait,
    webhook: partner_webhook::Model,
) -> Result<(), DbErr> {
    let row: partner_webhook::ActiveModel = webhook.into();
    partner_webhook::Entity::insert(row.reset_all())
        .exec_without_returning(db)
        .await?;
    partner::changed(db).await
}

/// Changes the columns that are set.
pub async fn update(
    db: &impl ConnectionTrait,
    changed: partner_webhook::ActiveModel,
) -> Result<(), DbErr> {
    changed.update(db).await?;
    partner::changed(db).await
}

/// Notes that a try failed, if none has failed since the last success.
pub async fn note_failing(
    db: &impl ConnectionTrait,
    partner_id: Uuid,
    since: UnixMillis,
) -> Result<(), DbErr> {
    set_failing(db, partner_id, Some(since)).await
}

/// Notes that a try succeeded.
pub async fn note_working(db: &impl ConnectionTrait, partner_id: Uuid) -> Result<(), DbErr> {
    set_failing(db, partner_id, None).await
}

async fn set_failing(
    db: &impl ConnectionTrait,
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
        .exec(db)
        .await
        .map(drop)
}

/// Stores an event.
pub async fn insert_event(
    db: &impl ConnectionTrait,
    event: webhook_event::Model,
) -> Result<(), DbErr> {
    let row: webhook_event::ActiveModel = event.into();
    webhook_event::Entity::insert(row.reset_all())
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// The event with this id.
pub async fn event(
    db: &impl ConnectionTrait,
    id: Uuid,
) -> Result<Option<webhook_event::Model>, DbErr> {
    webhook_event::Entity::find_by_id(id).one(db).await
}

/// Forgets events that their partners heard in a reply and that nobody has tried to deliver.
pub async fn forget_told(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<(), DbErr> {
    webhook_event::Entity::delete_many()
        .filter(webhook_event::Column::Id.is_in(ids.iter().copied()))
        .filter(webhook_event::Column::Tries.eq(0))
        .exec(db)
        .await
        .map(drop)
}

/// Makes events due whose replies were lost.
pub async fn make_due(
    db: &impl ConnectionTrait,
    ids: &[Uuid],
    now: UnixMillis,
) -> Result<(), DbErr> {
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
        .exec(db)
        .await
        .map(drop)
}

/// The partners for which something is due.
pub async fn partners_with_due(
    db: &impl ConnectionTrait,
    now: UnixMillis,
) -> Result<Vec<Uuid>, DbErr> {
    webhook_event::Entity::find()
        .select_only()
        .column(webhook_event::Column::PartnerId)
        .distinct()
        .filter(webhook_event::Column::State.eq(State::Waiting))
        .filter(webhook_event::Column::DueAt.lte(now))
        .filter(has_none_before())
        .into_tuple()
        .all(db)
        .await
}

/// The events of a partner that are due, longest due first. One whose transaction has an earlier event that still waits is
/// not among them.
pub async fn due(
    db: &impl ConnectionTrait,
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
        .all(db)
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
    db: &impl ConnectionTrait,
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
    db: &impl ConnectionTrait,
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
    db: &impl ConnectionTrait,
    row: &webhook_event::Model,
    changed: webhook_event::ActiveModel,
) -> Result<bool, DbErr> {
    let result = webhook_event::Entity::update_many()
        .set(changed)
        .filter(webhook_event::Column::Id.eq(row.id))
        .filter(webhook_event::Column::State.eq(row.state))
        .filter(webhook_event::Column::DueAt.eq(row.due_at))
        .exec(db)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Gives up all events of a partner that still wait, and returns how many these were.
pub async fn give_up(
    db: &impl ConnectionTrait,
    partner_id: Uuid,
    now: UnixMillis,
) -> Result<u64, DbErr> {
    let failed = webhook_event::ActiveModel {
        state: Set(State::Failed),
        settled_at: Set(Some(now)),
        ..Default::default()
    };
    let result = webhook_event::Entity::update_many()
        .set(failed)
        .filter(webhook_event::Column::PartnerId.eq(partner_id))
        .filter(webhook_event::Column::State.eq(State::Waiting))
        .exec(db)
        .await?;
    Ok(result.rows_affected)
}

/// A try to be stored.
pub type NewTry = webhook_try::ActiveModel;

/// Stores a try.
pub async fn insert_try(db: &impl ConnectionTrait, new: NewTry) -> Result<(), DbErr> {
    webhook_try::Entity::insert(new)
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// The tries of an event, oldest first.
pub async fn tries(
    db: &impl ConnectionTrait,
    event_id: Uuid,
) -> Result<Vec<webhook_try::Model>, DbErr> {
    webhook_try::Entity::find()
        .filter(webhook_try::Column::EventId.eq(event_id))
        .order_by_asc(webhook_try::Column::Id)
        .all(db)
        .await
}

/// Events, newest first; those of one partner or in one state where asked.
pub async fn list(
    db: &impl ConnectionTrait,
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
        .all(db)
        .await
}

/// Makes an event due again as if it had not been tried. False: there is no such event.
pub async fn resend(db: &impl ConnectionTrait, id: Uuid, now: UnixMillis) -> Result<bool, DbErr> {
    let result = resend_where(db, webhook_event::Column::Id.eq(id), now).await?;
    Ok(result == 1)
}

/// The same for all failed events of a partner; returns how many these are.
pub async fn resend_failed(
    db: &impl ConnectionTrait,
    partner_id: Uuid,
    now: UnixMillis,
) -> Result<u64, DbErr> {
    let failed = Condition::all()
        .add(webhook_event::Column::State.eq(State::Failed))
        .add(webhook_event::Column::PartnerId.eq(partner_id));
    resend_where(db, failed, now).await
}

async fn resend_where(
    db: &impl ConnectionTrait,
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
    let result = webhook_event::Entity::update_many()
        .set(waiting)
        .filter(which.into_condition())
        .exec(db)
        .await?;
    Ok(result.rows_affected)
}

/// Deletes settled events and their tries, at most `limit`, that were settled before `before`. Returns how many.
pub async fn prune(
    db: &impl ConnectionTrait,
    before: UnixMillis,
    limit: u64,
) -> Result<u64, DbErr> {
    let old: Vec<Uuid> = webhook_event::Entity::find()
        .select_only()
        .column(webhook_event::Column::Id)
        .filter(webhook_event::Column::SettledAt.lt(before))
        .filter(webhook_event::Column::State.ne(State::Waiting))
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    webhook_try::Entity::delete_many()
        .filter(webhook_try::Column::EventId.is_in(old.iter().copied()))
        .exec(db)
        .await?;
    let deleted = webhook_event::Entity::delete_many()
        .filter(webhook_event::Column::Id.is_in(old))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
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

#[derive(FromQueryResult)]
struct Waiting {
    events: i64,
    oldest: Option<UnixMillis>,
}

/// What is not delivered. An event whose reply is still being made does not count.
pub async fn open(db: &impl ConnectionTrait, now: UnixMillis) -> Result<Open, DbErr> {
    let is_open = Condition::any()
        .add(webhook_event::Column::Tries.gt(0))
        .add(webhook_event::Column::DueAt.lte(now));
    let waiting = webhook_event::Entity::find()
        .select_only()
        .column_as(webhook_event::Column::Id.count(), "events")
        .column_as(webhook_event::Column::CreatedAt.min(), "oldest")
        .filter(webhook_event::Column::State.eq(State::Waiting))
        .filter(is_open)
        .into_model::<Waiting>()
        .one(db)
        .await?;
    let failed = webhook_event::Entity::find()
        .filter(webhook_event::Column::State.eq(State::Failed))
        .count(db)
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
    db: &impl ConnectionTrait,
    partner_id: Uuid,
    now: UnixMillis,
    cause: &str,
) -> Result<Option<u64>, DbErr> {
    let off = partner_webhook::ActiveModel {
        off_at: Set(Some(now)),
        off_cause: Set(Some(cause.to_owned())),
        ..Default::default()
    };
    let result = partner_webhook::Entity::update_many()
        .set(off)
        .filter(partner_webhook::Column::PartnerId.eq(partner_id))
        .filter(partner_webhook::Column::OffAt.is_null())
        .exec(db)
        .await?;
    if result.rows_affected == 0 {
        return Ok(None);
    }
    partner::changed(db).await?;
    give_up(db, partner_id, now).await.map(Some)
}
