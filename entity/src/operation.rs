//! An operation of a partner's card, as its network told it. Another partner's copy of the same card has its own rows.

use sea_orm::entity::prelude::*;

use crate::network::Network;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "operation")]
pub struct Model {
    /// Breaks ties of `at` in pages, so it is never told.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// `_id`: 24 hexadecimal digits, kept for ever.
    pub public_id: String,
    pub card_id: Uuid,
    pub network: Network,
    /// What tells the operation from all others of the card at its network; unique per card.
    pub reference: String,
    /// UNIX milliseconds.
    pub at: i64,
    /// `YYYYMMDD` in Tashkent time.
    pub day: i32,
    /// `HHMMSS` in Tashkent time.
    pub utime: i32,
    /// Tiyin.
    pub amount: i64,
    /// Numeric code.
    pub currency: i32,
    /// Whether money came to the card.
    pub is_credit: bool,
    /// Whether it was undone, or undoes another one: then it counts in no total.
    pub reversal: bool,
    /// The `reference` of the operation that this one undoes.
    pub reverses: Option<String>,
    /// UNIX milliseconds.
    pub created_at: i64,
    /// The network's own type.
    pub op_type: String,
    pub ref_num: String,
    pub sys_num: String,
    pub apr_code: String,
    pub ref_number: String,
    pub merchant: String,
    pub terminal: String,
    pub description: String,
    pub merchant_name: String,
    pub city: String,
    pub internal_number: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
