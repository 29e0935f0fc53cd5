//! What was done that must not be done unnoticed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// UNIX milliseconds.
    pub at: i64,
    pub partner_id: Uuid,
    /// What was done: the permission that it needed, such as `pan.read`, or an operator's command.
    pub action: String,
    /// With what: for `pan.read` the operation's `_id`, for `transactions.resolve` the transaction's number.
    pub object: String,
    /// Method and request id, as the partner finds it in `x-request-id` and the operator in the log; of an operator, what
    /// he said.
    pub request: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
