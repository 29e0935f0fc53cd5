//! Calls that may move money: written before the call, settled after it.

use entity::network::Network;
use entity::processing_request::{self, Action, State};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Set};

/// An intent: a call that is about to be made.
#[derive(Debug, Clone)]
pub struct Intent {
    pub transaction_id: i64,
    pub network: Network,
    pub action: Action,
    /// Ours, unique.
    pub reference: String,
    /// Tiyin.
    pub amount: i64,
    pub pan_hash: Vec<u8>,
    pub at: i64,
    /// Until then the call is in the hands of the process that wrote it; recovery leaves it alone.
    pub lease_until: i64,
}

/// Writes an intent. The unique indexes refuse a second unsettled one of the same action, and a second unsettled hold
/// on one card of UZCARD.
pub async fn insert(db: &impl ConnectionTrait, intent: Intent) -> Result<i64, DbErr> {
    let row = processing_request::ActiveModel {
        transaction_id: Set(intent.transaction_id),
        network: Set(intent.network),
        action: Set(intent.action),
        reference: Set(intent.reference),
        amount: Set(intent.amount),
        pan_hash: Set(intent.pan_hash),
        state: Set(State::Sent),
        attempts: Set(0),
        lease_until: Set(Some(intent.lease_until)),
        next_check_at: Set(intent.lease_until),
        sent_at: Set(intent.at),
        ..Default::default()
    };
    Ok(processing_request::Entity::insert(row)
        .exec(db)
        .await?
        .last_insert_id)
}

/// What the call came to.
#[derive(Debug)]
pub struct Settlement {
    pub state: State,
    pub receipt: Option<String>,
    pub processing_code: Option<String>,
    pub cause: Option<String>,
}

/// Records what the call came to. False: it was settled already, and nothing changed.
pub async fn settle(
    db: &impl ConnectionTrait,
    id: i64,
    settlement: Settlement,
    at: i64,
) -> Result<bool, DbErr> {
    let settled_at = match settlement.state {
        State::Approved | State::Declined => Some(at),
        State::Sent | State::Unknown => None,
    };
    let result = processing_request::Entity::update_many()
        .col_expr(
            processing_request::Column::State,
            Expr::value(settlement.state),
        )
        .col_expr(
            processing_request::Column::Receipt,
            Expr::value(settlement.receipt),
        )
        .col_expr(
            processing_request::Column::ProcessingCode,
            Expr::value(settlement.processing_code),
        )
        .col_expr(
            processing_request::Column::Cause,
            Expr::value(settlement.cause),
        )
        .col_expr(
            processing_request::Column::SettledAt,
            Expr::value(settled_at),
        )
        .col_expr(
            processing_request::Column::LeaseUntil,
            Expr::value(None::<i64>),
        )
        .filter(processing_request::Column::Id.eq(id))
        .filter(processing_request::Column::State.is_in([State::Sent, State::Unknown]))
        .exec(db)
        .await?;
    Ok(result.rows_affected == 1)
}

/// All requests of a transaction, oldest first.
pub async fn of_transaction(
    db: &impl ConnectionTrait,
    transaction_id: i64,
) -> Result<Vec<processing_request::Model>, DbErr> {
    processing_request::Entity::find()
        .filter(processing_request::Column::TransactionId.eq(transaction_id))
        .order_by_asc(processing_request::Column::Id)
        .all(db)
        .await
}

/// The request with this id.
pub async fn find(
    db: &impl ConnectionTrait,
    id: i64,
) -> Result<Option<processing_request::Model>, DbErr> {
    processing_request::Entity::find_by_id(id).one(db).await
}
