//! The audit log: actions that must not go unnoticed.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// UNIX milliseconds.
    pub at: UnixMillis,
    pub partner_id: Uuid,
    /// The permission that the action needed, such as `pan.read`, or the operator's command.
    pub action: String,
    /// What it was done to: for `pan.read` the operation's `_id`, for `transactions.resolve` the transaction's id.
    pub object: String,
    /// The method, and the request id that partners find in `x-request-id` and operators in the log. For an operator's
    /// command: who gave it, the decision and the reason.
    pub request: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
