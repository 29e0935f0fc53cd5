//! What a partner sees: an attachment, a debit, a hold or a transfer. All share one sequence of ids.

use sea_orm::entity::prelude::*;

use crate::ids::TransactionId;
use crate::network::Network;
use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transaction")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: TransactionId,
    pub partner_id: Uuid,
    /// What kind of transaction it is.
    pub kind: Kind,
    /// Its current status.
    pub status: Status,
    /// Counts the changes of status, the first one included. The latest event has it as its `seq`.
    pub version: i32,
    /// The network of the card that pays.
    pub network: Network,
    /// The account at that network under which it is made, and all that follows from it.
    pub account: String,
    /// `None` for an attachment.
    pub card_id: Option<Uuid>,
    /// Tiyin.
    pub amount: i64,
    /// Tiyin.
    pub fee: i64,
    /// What was taken of a hold, tiyin. `None`: nothing, or all of `amount`; the status tells which.
    pub captured: Option<i64>,
    /// What reversals have given back, tiyin. `None` where the partner has asked for none; also in rows that an earlier
    /// version reversed, whose status says that all was.
    pub reversed: Option<i64>,
    /// What reversals are giving back whose outcome is not known yet, tiyin.
    pub reversing: i64,
    pub merchant_id: Option<String>,
    pub terminal_id: Option<String>,
    /// The partner's own id, unique per partner.
    pub ext_id: Option<String>,
    /// Keyed hash of method and params. It distinguishes a repeated request from a re-used `ext_id`.
    pub fingerprint: Option<Vec<u8>>,
    /// From the header `app-name`.
    pub app_name: Option<String>,
    /// The phone to which the code was sent.
    pub phone: Option<String>,
    /// Keyed hash of the code, bound to partner and transaction.
    pub code_mac: Option<Vec<u8>>,
    /// Wrong codes so far.
    pub code_tries: i32,
    /// UNIX milliseconds.
    pub code_expires_at: Option<UnixMillis>,
    /// UNIX milliseconds.
    pub hold_expires_at: Option<UnixMillis>,
    /// JSON of `domain::call::Receipt`: the network's reply.
    pub receipt: Option<String>,
    /// The documented error code with which the transaction ended.
    pub error_code: Option<i32>,
    /// JSON of `rpc_schema::error_data::ErrorData`.
    pub error_data: Option<String>,
    /// UNIX milliseconds.
    pub created_at: UnixMillis,
    /// UNIX milliseconds.
    pub updated_at: UnixMillis,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The kinds of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Kind {
    /// The attachment of a card. It moves no money.
    #[sea_orm(string_value = "attachment")]
    Attachment,
    /// A debit.
    #[sea_orm(string_value = "debit")]
    Debit,
    /// A hold, charged or not.
    #[sea_orm(string_value = "hold")]
    Hold,
    /// A transfer from card to card.
    #[sea_orm(string_value = "transfer")]
    Transfer,
}

/// The status of a transaction (docs/contract.md#operations-by-status).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Status {
    /// A code was sent to the cardholder. No money has moved.
    #[sea_orm(string_value = "awaiting_code")]
    AwaitingCode,
    /// A call to a network is in progress, or its outcome is not known yet.
    #[sea_orm(string_value = "processing")]
    Processing,
    /// The money is held.
    #[sea_orm(string_value = "held")]
    Held,
    /// The money has moved, or the card is attached.
    #[sea_orm(string_value = "succeeded")]
    Succeeded,
    /// Refused. Final.
    #[sea_orm(string_value = "declined")]
    Declined,
    /// The hold was released. Final.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
    /// All that was taken was given back. Final.
    #[sea_orm(string_value = "reversed")]
    Reversed,
    /// The code or the hold has expired. Final.
    #[sea_orm(string_value = "expired")]
    Expired,
    /// The outcome is unknown, and an operator has to resolve it.
    #[sea_orm(string_value = "manual")]
    Manual,
}
