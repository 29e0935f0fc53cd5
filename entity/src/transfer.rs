//! The recipient's side of a transfer, and the fiscal receipt of its fee.

use sea_orm::entity::prelude::*;

use crate::ids::TransactionId;
use crate::network::Network;
use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transfer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub transaction_id: TransactionId,
    /// The recipient's network. The sender's network is that of the transaction.
    pub to_network: Network,
    /// In how many legs it was ordered. `None`, of earlier versions: one inside a network, two between the networks.
    pub legs: Option<Legs>,
    /// The account at that network under which the card is credited, if it has two legs.
    pub account: String,
    /// Keyed hash of the recipient's number.
    pub pan_hash: Vec<u8>,
    pub pan_key_id: String,
    /// The recipient's number, encrypted and bound to this row.
    pub pan_sealed: Vec<u8>,
    /// `YYMM`.
    pub expiry: String,
    pub sender_key_id: Option<String>,
    /// JSON of `domain::person::Person`, encrypted and bound to this row: who sends a transfer between the networks, where the
    /// partner has said so.
    pub sender_sealed: Option<Vec<u8>>,
    /// JSON of `domain::call::Receipt`: the credit on the recipient's network, of two legs.
    pub credit_receipt: Option<String>,
    /// The state of the fee's fiscal receipt.
    pub fiscal: Fiscal,
    /// Where the fiscal receipt can be seen.
    pub fiscal_url: Option<String>,
    /// Failed attempts to register it.
    pub fiscal_attempts: i32,
    /// How many of them the service refused. So many, and not an outage, make a receipt be given up.
    pub fiscal_refusals: i32,
    /// When the next attempt is due, or until when one may be under way; UNIX milliseconds.
    pub fiscal_next_at: Option<UnixMillis>,
    /// What the receipt is called at the fiscal service, from the first attempt on.
    pub fiscal_receipt_id: Option<String>,
    /// Why the last attempt failed; nothing while one is under way.
    pub fiscal_cause: Option<String>,
    /// JSON of what the operator calls the receipt: a refund of the fee must repeat it.
    pub fiscal_mark: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// In how many legs a transfer is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Legs {
    /// One movement of the sender's network, whichever network has the recipient.
    #[sea_orm(string_value = "one")]
    One,
    /// A debit on the sender's network, then a credit on the recipient's.
    #[sea_orm(string_value = "two")]
    Two,
}

/// The state of a fee's fiscal receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Fiscal {
    /// No receipt: the transfer was not executed, had no fee, or has a direction without receipts.
    #[sea_orm(string_value = "none")]
    None,
    /// It is to be registered.
    #[sea_orm(string_value = "due")]
    Due,
    /// It is registered.
    #[sea_orm(string_value = "registered")]
    Registered,
    /// The fiscal service has refused it again and again. An operator must act on it.
    #[sea_orm(string_value = "refused")]
    Refused,
}
