//! The recipient's side of transfers, and the fiscal receipts of their fees.

use entity::ids::TransactionId;
use entity::time::UnixMillis;
use entity::transfer::{self, Fiscal};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};

/// Stores the recipient's side of a new transfer.
pub async fn insert(db: &impl ConnectionTrait, row: transfer::Model) -> Result<(), DbErr> {
    let row: transfer::ActiveModel = row.into();
    transfer::Entity::insert(row.reset_all())
        .exec_without_returning(db)
        .await
        .map(drop)
}

/// The recipient's side of this transfer.
pub async fn find(
    db: &impl ConnectionTrait,
    transaction_id: TransactionId,
) -> Result<Option<transfer::Model>, DbErr> {
    transfer::Entity::find_by_id(transaction_id).one(db).await
}

/// Stores the reply of the recipient's network to the credit.
pub async fn keep_credit_receipt(
    db: &impl ConnectionTrait,
    transaction_id: TransactionId,
    receipt: String,
) -> Result<(), DbErr> {
    let kept = transfer::ActiveModel {
        credit_receipt: Set(Some(receipt)),
        ..Default::default()
    };
    transfer::Entity::update_many()
        .set(kept)
        .filter(transfer::Column::TransactionId.eq(transaction_id))
        .exec(db)
        .await
        .map(drop)
}

/// Makes the fiscal receipt of this transfer's fee due at `at`.
pub async fn make_receipt_due(
    db: &impl ConnectionTrait,
    transaction_id: TransactionId,
    at: UnixMillis,
) -> Result<(), DbErr> {
    let due = transfer::ActiveModel {
        fiscal: Set(Fiscal::Due),
        fiscal_next_at: Set(Some(at)),
        ..Default::default()
    };
    transfer::Entity::update_many()
        .set(due)
        .filter(transfer::Column::TransactionId.eq(transaction_id))
        .exec(db)
        .await
        .map(drop)
}

/// The receipts that are due by `now`, the longest overdue first.
pub async fn due_receipts(
    db: &impl ConnectionTrait,
    now: UnixMillis,
    limit: u64,
) -> Result<Vec<transfer::Model>, DbErr> {
    transfer::Entity::find()
        .filter(transfer::Column::Fiscal.eq(Fiscal::Due))
        .filter(transfer::Column::FiscalNextAt.lte(now))
        .order_by_asc(transfer::Column::FiscalNextAt)
        .limit(limit)
        .all(db)
        .await
}

/// Records that the receipt is registered and can be seen at `url`.
pub async fn receipt_registered(
    db: &impl ConnectionTrait,
    transaction_id: TransactionId,
    url: String,
) -> Result<(), DbErr> {
    let registered = transfer::ActiveModel {
        fiscal: Set(Fiscal::Registered),
        fiscal_url: Set(Some(url)),
        ..Default::default()
    };
    transfer::Entity::update_many()
        .set(registered)
        .filter(transfer::Column::TransactionId.eq(transaction_id))
        .exec(db)
        .await
        .map(drop)
}

/// Records a failed attempt to register the receipt; the next one is at `next_at`.
pub async fn receipt_failed(
    db: &impl ConnectionTrait,
    transaction_id: TransactionId,
    next_at: UnixMillis,
) -> Result<(), DbErr> {
    let postponed = transfer::ActiveModel {
        fiscal_next_at: Set(Some(next_at)),
        ..Default::default()
    };
    // An increment in the database has to be an expression; an active model only holds values.
    let attempts = Expr::col(transfer::Column::FiscalAttempts).add(1);
    transfer::Entity::update_many()
        .set(postponed)
        .col_expr(transfer::Column::FiscalAttempts, attempts)
        .filter(transfer::Column::TransactionId.eq(transaction_id))
        .exec(db)
        .await
        .map(drop)
}
