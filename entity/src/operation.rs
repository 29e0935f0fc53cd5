//! An operation of a partner's card, as its network lists it. If two partners attach the same card, each has its own rows.

use sea_orm::entity::prelude::*;

use crate::network::Network;
use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "operation")]
pub struct Model {
    /// Orders operations with the same `at` in pages. Internal: partners never see it.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// `_id`: 24 hexadecimal digits; it never changes.
    pub public_id: String,
    pub card_id: Uuid,
    pub network: Network,
    /// Identifies the operation at its network; unique for the card.
    pub reference: String,
    /// UNIX milliseconds.
    pub at: UnixMillis,
    /// `YYYYMMDD` in Tashkent time.
    pub day: i32,
    /// `HHMMSS` in Tashkent time.
    pub utime: i32,
    /// Tiyin.
    pub amount: i64,
    /// Numeric code.
    pub currency: i32,
    /// Whether the card received money.
    pub is_credit: bool,
    /// Whether it was reversed or is a reversal itself. Totals ignore it then.
    pub reversal: bool,
    /// The `reference` of the operation that this one reverses.
    pub reverses: Option<String>,
    /// UNIX milliseconds.
    pub created_at: UnixMillis,
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
