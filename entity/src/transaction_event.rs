//! One change of a transaction's status. Events are never modified.

use sea_orm::entity::prelude::*;

use crate::ids::TransactionId;
use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transaction_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub transaction_id: TransactionId,
    /// 1, 2, 3, … without gaps.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i32,
    /// The word of `transaction::Status`; `None` for a new transaction.
    pub from_status: Option<String>,
    /// The word of `transaction::Status`.
    pub to_status: String,
    /// Why the status changed.
    pub cause: String,
    /// UNIX milliseconds.
    pub at: UnixMillis,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
