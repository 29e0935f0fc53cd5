//! A day of a card that was fetched from its network, with the sums of its operations.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "card_day")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub card_id: Uuid,
    /// `YYYYMMDD` in Tashkent time.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: i32,
    /// Tiyin, without operations with `reversal`.
    pub total_debit: i64,
    /// Tiyin, without operations with `reversal`.
    pub total_credit: i64,
    /// The number of the day's operations, including those with `reversal`.
    pub operations: i64,
    /// When the network was asked, UNIX milliseconds. Everything before that moment is included.
    pub fetched_at: UnixMillis,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
