//! What a partner sees: an attachment, a debit, a hold or a transfer. One number space for all.

use sea_orm::entity::prelude::*;

use crate::network::Network;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transaction")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub partner_id: Uuid,
    /// What the transaction is about.
    pub kind: Kind,
    /// Where it stands.
    pub status: Status,
    /// Counts the changes of status; the last event has this number.
    pub version: i32,
    /// Of the card that pays.
    pub network: Network,
    /// `None` for an attachment.
    pub card_id: Option<Uuid>,
    /// Tiyin.
    pub amount: i64,
    /// Tiyin.
    pub fee: i64,
    pub merchant_id: Option<String>,
    pub terminal_id: Option<String>,
    /// The partner's own id, unique per partner.
    pub ext_id: Option<String>,
    /// Keyed hash of method and params, to tell a repeat from a re-used `ext_id`.
    pub fingerprint: Option<Vec<u8>>,
    /// From the header `app-name`.
    pub app_name: Option<String>,
    /// Where the code went.
    pub phone: Option<String>,
    /// Keyed hash of the code, bound to partner and transaction.
    pub code_mac: Option<Vec<u8>>,
    /// Wrong tries so far.
    pub code_tries: i32,
    /// UNIX milliseconds.
    pub code_expires_at: Option<i64>,
    /// UNIX milliseconds.
    pub hold_expires_at: Option<i64>,
    /// JSON of `processing::Receipt`: what the network answered.
    pub receipt: Option<String>,
    /// The documented code that the transaction ended with.
    pub error_code: Option<i32>,
    /// JSON of `rpc_schema::error_data::ErrorData`.
    pub error_data: Option<String>,
    /// UNIX milliseconds.
    pub created_at: i64,
    /// UNIX milliseconds.
    pub updated_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What a transaction is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Kind {
    /// The attachment of a card; moves no money.
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

/// Where a transaction stands (design section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Status {
    /// The holder has a code; no money has moved.
    #[sea_orm(string_value = "awaiting_code")]
    AwaitingCode,
    /// A network is being asked, or its answer is not known yet.
    #[sea_orm(string_value = "processing")]
    Processing,
    /// The money is held.
    #[sea_orm(string_value = "held")]
    Held,
    /// Done.
    #[sea_orm(string_value = "succeeded")]
    Succeeded,
    /// Refused. Final.
    #[sea_orm(string_value = "declined")]
    Declined,
    /// The hold was released. Final.
    #[sea_orm(string_value = "cancelled")]
    Cancelled,
    /// The money was given back. Final.
    #[sea_orm(string_value = "reversed")]
    Reversed,
    /// The code or the hold has run out. Final.
    #[sea_orm(string_value = "expired")]
    Expired,
    /// People are finding out.
    #[sea_orm(string_value = "manual")]
    Manual,
}
