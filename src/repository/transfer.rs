//! The recipient's side of transfers, and the fiscal receipts of their fees.

use entity::ids::TransactionId;
use entity::time::UnixMillis;
use entity::transfer::{self, Fiscal};
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select, Set,
};

use super::partial_index::{receipt_due, receipt_refused};
use crate::database::{Connection, Fetch as _, Hold as _, Run as _, Statements};

/// Stores the recipient's side of a new transfer.
pub async fn insert(db: &Statements, row: transfer::Model) -> Result<(), DbErr> {
    let row: transfer::ActiveModel = row.into();
    transfer::Entity::insert(row.reset_all()).hold(db).await
}

/// The recipient's side of this transfer.
pub async fn find(
    db: &impl Connection,
    transaction_id: TransactionId,
) -> Result<Option<transfer::Model>, DbErr> {
    transfer::Entity::find_by_id(transaction_id)
        .fetch_one(db)
        .await
}

/// Keeps the reply of the recipient's network to the credit of a transfer that has ended, and makes the fiscal receipt of its fee
/// due at `due_at`.
pub async fn hold_end(
    db: &Statements,
    transaction_id: TransactionId,
    credit_receipt: Option<String>,
    due_at: Option<UnixMillis>,
) -> Result<(), DbErr> {
    let mut end = <transfer::ActiveModel as ActiveModelTrait>::default();
    if let Some(receipt) = credit_receipt {
        end.credit_receipt = Set(Some(receipt));
    }
    if let Some(at) = due_at {
        end.fiscal = Set(Fiscal::Due);
        end.fiscal_next_at = Set(Some(at));
    }
    transfer::Entity::update_many()
        .set(end)
        .filter(transfer::Column::TransactionId.eq(transaction_id))
        .hold(db)
        .await
}

/// The recipients' sides of these transactions, as far as they are transfers.
pub async fn of_transactions(
    db: &impl Connection,
    ids: &[TransactionId],
) -> Result<Vec<transfer::Model>, DbErr> {
    // The databases limit the number of values in one statement.
    const BATCH: usize = 500;
    let mut found = Vec::new();
    for ids in ids.chunks(BATCH) {
        let rows = transfer::Entity::find()
            .filter(transfer::Column::TransactionId.is_in(ids.iter().copied()))
            .order_by_asc(transfer::Column::TransactionId)
            .fetch_all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// The receipts that are due by `now`, the longest overdue first.
pub fn due_receipts(now: UnixMillis, limit: u64) -> Select<transfer::Entity> {
    transfer::Entity::find()
        .filter(receipt_due())
        .filter(transfer::Column::FiscalNextAt.lte(now))
        .order_by_asc(transfer::Column::FiscalNextAt)
        .limit(limit)
}

/// Takes the receipt of `row` for an attempt under this name: until `lease_until` nobody else tries it, and nothing is known to
/// have failed. The commit fails if another gateway was faster, and the row has changed since it was read.
pub async fn hold_receipt_lease(
    db: &Statements,
    row: &transfer::Model,
    receipt_id: &str,
    lease_until: UnixMillis,
) -> Result<(), DbErr> {
    let taken = transfer::ActiveModel {
        fiscal_next_at: Set(Some(lease_until)),
        fiscal_receipt_id: Set(Some(receipt_id.to_owned())),
        fiscal_cause: Set(None),
        ..Default::default()
    };
    transfer::Entity::update_many()
        .set(taken)
        .filter(transfer::Column::TransactionId.eq(row.transaction_id))
        .filter(transfer::Column::Fiscal.eq(Fiscal::Due))
        .filter(transfer::Column::FiscalNextAt.eq(row.fiscal_next_at))
        .hold_as_guard(db)
        .await
}

/// Records that the receipt is registered and can be seen at `url`.
pub async fn receipt_registered(
    db: &Statements,
    transaction_id: TransactionId,
    url: String,
    mark: Option<String>,
) -> Result<(), DbErr> {
    transfer::Entity::update_many()
        .set(registered(url, mark))
        .filter(transfer::Column::TransactionId.eq(transaction_id))
        .hold(db)
        .await
}

fn registered(url: String, mark: Option<String>) -> transfer::ActiveModel {
    transfer::ActiveModel {
        fiscal: Set(Fiscal::Registered),
        fiscal_url: Set(Some(url)),
        fiscal_mark: Set(mark),
        fiscal_cause: Set(None),
        ..Default::default()
    }
}

/// Whether the receipt is still taken by the attempt whose lease goes until then; until the database transaction ends, nobody
/// else takes it. Else it was registered or settled meanwhile, or another attempt has it.
pub async fn holds_lease(
    db: &impl Connection,
    transaction_id: TransactionId,
    lease_until: UnixMillis,
) -> Result<bool, DbErr> {
    let taken = transfer::Entity::find_by_id(transaction_id)
        .filter(transfer::Column::Fiscal.eq(Fiscal::Due))
        .filter(transfer::Column::FiscalNextAt.eq(lease_until))
        .lock(LockType::NoKeyUpdate)
        .fetch_one(db)
        .await?;
    Ok(taken.is_some())
}

/// Records a failed attempt to register the receipt, which the service refused or only did not answer: the next one is at
/// `next_at`; without it, an operator must act. The attempt still [holds its lease](holds_lease).
pub async fn receipt_failed(
    db: &Statements,
    transaction_id: TransactionId,
    (cause, is_refused): (String, bool),
    next_at: Option<UnixMillis>,
) -> Result<(), DbErr> {
    let failed = transfer::ActiveModel {
        fiscal: Set(match next_at {
            Some(_) => Fiscal::Due,
            None => Fiscal::Refused,
        }),
        fiscal_next_at: Set(next_at),
        fiscal_cause: Set(Some(cause)),
        ..Default::default()
    };
    // An increment in the database has to be an expression; an active model only holds values.
    let attempts = Expr::col(transfer::Column::FiscalAttempts).add(1);
    let refusals = Expr::col(transfer::Column::FiscalRefusals).add(i32::from(is_refused));
    transfer::Entity::update_many()
        .set(failed)
        .col_expr(transfer::Column::FiscalAttempts, attempts)
        .col_expr(transfer::Column::FiscalRefusals, refusals)
        .filter(transfer::Column::TransactionId.eq(transaction_id))
        .filter(transfer::Column::Fiscal.eq(Fiscal::Due))
        .hold(db)
        .await
}

/// The receipts that the fiscal service has refused for good, oldest first.
pub fn refused_receipts() -> Select<transfer::Entity> {
    transfer::Entity::find()
        .filter(receipt_refused())
        .order_by_asc(transfer::Column::TransactionId)
}

/// How many they are.
pub async fn count_refused_receipts(db: &impl Connection) -> Result<u64, DbErr> {
    refused_receipts().fetch_count(db).await
}

/// Makes a refused receipt due again at `at`, as if it had never been tried. False: it is not refused.
pub async fn retry_receipt(
    db: &impl Connection,
    transaction_id: TransactionId,
    at: UnixMillis,
) -> Result<bool, DbErr> {
    let rows = transfer::Entity::update_many()
        .set(due_anew(at))
        .filter(transfer::Column::TransactionId.eq(transaction_id))
        .filter(transfer::Column::Fiscal.eq(Fiscal::Refused))
        .run(db)
        .await?;
    Ok(rows == 1)
}

fn due_anew(at: UnixMillis) -> transfer::ActiveModel {
    transfer::ActiveModel {
        fiscal: Set(Fiscal::Due),
        fiscal_next_at: Set(Some(at)),
        fiscal_attempts: Set(0),
        fiscal_refusals: Set(0),
        ..Default::default()
    }
}

/// Until when an attempt to register the receipt of `row` may be under way at `now`.
pub fn attempted_until(row: &transfer::Model, now: UnixMillis) -> Option<UnixMillis> {
    let lease = row.fiscal_next_at.filter(|until| *until > now);
    lease.filter(|_| row.fiscal_cause.is_none())
}

/// What is known of a receipt from elsewhere.
#[derive(Debug, Clone)]
pub enum Found {
    Registered { url: String, mark: Option<String> },
    NotRegistered,
}

/// Records what was found out of a due receipt: that it is registered, or that it is not and is to be tried at `now`, as if it had
/// never been. False: it is not due, or an attempt may be under way (see [`attempted_until`]).
pub async fn settle_receipt(
    db: &impl Connection,
    transaction_id: TransactionId,
    found: Found,
    now: UnixMillis,
) -> Result<bool, DbErr> {
    let settled = match found {
        Found::Registered { url, mark } => registered(url, mark),
        Found::NotRegistered => due_anew(now),
    };
    let has_failed = transfer::Column::FiscalCause.is_not_null();
    let is_over = transfer::Column::FiscalNextAt.lte(now);
    let rows = transfer::Entity::update_many()
        .set(settled)
        .filter(transfer::Column::TransactionId.eq(transaction_id))
        .filter(transfer::Column::Fiscal.eq(Fiscal::Due))
        .filter(has_failed.or(is_over))
        .run(db)
        .await?;
    Ok(rows == 1)
}
