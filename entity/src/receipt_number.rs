//! The number of the last fiscal receipt of a terminal, where the gateway counts them.

use sea_orm::entity::prelude::*;

use crate::ids::TransactionId;
use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "receipt_number")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub terminal: String,
    /// 0: there was none.
    pub last: i64,
    /// The moment that is written on it, UNIX milliseconds.
    pub last_at: UnixMillis,
    /// The transfer whose receipt has this number, while it is not known whether the operator has it.
    pub open_transfer: Option<TransactionId>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
