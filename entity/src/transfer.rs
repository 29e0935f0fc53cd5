//! The recipient's side of a transfer, and the fiscal receipt of its fee.

use sea_orm::entity::prelude::*;

use crate::network::Network;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transfer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub transaction_id: i64,
    /// The recipient's network; the sender's is the transaction's.
    pub to_network: Network,
    /// Keyed hash of the recipient's number.
    pub pan_hash: Vec<u8>,
    pub pan_key_id: String,
    /// The recipient's number, encrypted and bound to this row.
    pub pan_sealed: Vec<u8>,
    /// `YYMM`.
    pub expiry: String,
    /// JSON of `processing::Receipt`: the credit on the recipient's network, where it is another one than the sender's.
    pub credit_receipt: Option<String>,
    /// Where the fiscal receipt of the fee stands.
    pub fiscal: Fiscal,
    /// Where the fiscal receipt can be seen.
    pub fiscal_url: Option<String>,
    /// Tries to register it so far.
    pub fiscal_attempts: i32,
    /// When it is tried next; UNIX milliseconds.
    pub fiscal_next_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Where the fiscal receipt of a fee stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Fiscal {
    /// There is none: not carried out, no fee, or a direction without receipts.
    #[sea_orm(string_value = "none")]
    None,
    /// To be registered.
    #[sea_orm(string_value = "due")]
    Due,
    /// Registered.
    #[sea_orm(string_value = "registered")]
    Registered,
}
