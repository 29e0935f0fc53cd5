//! What was read that must not be read unnoticed.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    /// UNIX milliseconds.
    pub at: i64,
    pub partner_id: Uuid,
    /// What was done: the permission that it needed, such as `pan.read`.
    pub action: String,
    /// With what: for `pan.read` the operation's `_id`.
    pub object: String,
    /// Method and request id, as the partner finds it in `x-request-id` and the operator in the log.
    pub request: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
