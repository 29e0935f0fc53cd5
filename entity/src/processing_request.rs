//! One call to a network that may move money; committed before the call, settled after it.

use sea_orm::entity::prelude::*;

use crate::network::Network;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "processing_request")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub transaction_id: i64,
    pub network: Network,
    /// What is asked of the network.
    pub action: Action,
    /// Ours, made before the call; unique by network and action.
    pub reference: String,
    /// Tiyin.
    pub amount: i64,
    /// Of the card that the call is about.
    pub pan_hash: Vec<u8>,
    /// What is known of it.
    pub state: State,
    /// JSON of `processing::Receipt`.
    pub receipt: Option<String>,
    /// The network's own code.
    pub processing_code: Option<String>,
    /// Why the outcome is unknown, or the call was not sent.
    pub cause: Option<String>,
    /// Look-ups so far; an undoing that had to be made again goes on counting.
    pub attempts: i32,
    /// The process that works on it.
    pub lease_owner: Option<Uuid>,
    /// UNIX milliseconds.
    pub lease_until: Option<i64>,
    /// When recovery looks at it, while it is unsettled; UNIX milliseconds.
    pub next_check_at: i64,
    /// When the intent was written; UNIX milliseconds.
    pub sent_at: i64,
    /// UNIX milliseconds.
    pub settled_at: Option<i64>,
    /// How it was found out.
    pub settled_by: Option<SettledBy>,
    /// An answer that came when another one had settled the request, and says the opposite. Whoever reads it must act.
    pub contradiction: Option<String>,
    /// When an operator took note of it; UNIX milliseconds.
    pub acknowledged_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What a request asks of its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum Action {
    /// Debit; at HUMO only the first of two calls.
    #[sea_orm(string_value = "pay")]
    Pay,
    /// HUMO: take what `pay` has blocked.
    #[sea_orm(string_value = "confirm")]
    Confirm,
    /// HUMO: free what `pay` has blocked.
    #[sea_orm(string_value = "cancel")]
    Cancel,
    /// Hold money.
    #[sea_orm(string_value = "hold")]
    Hold,
    /// Take held money.
    #[sea_orm(string_value = "capture")]
    Capture,
    /// Free held money.
    #[sea_orm(string_value = "release")]
    Release,
    /// Free held money because its time is over.
    #[sea_orm(string_value = "expire")]
    Expire,
    /// Transfer within a network; at HUMO only the first of two calls.
    #[sea_orm(string_value = "p2p")]
    P2p,
    /// Credit a card with money debited on the other network.
    #[sea_orm(string_value = "credit")]
    Credit,
    /// Give a finished payment back.
    #[sea_orm(string_value = "reverse")]
    Reverse,
}

/// What is known of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum State {
    /// Committed; it may have reached the network. A crash leaves it so.
    #[sea_orm(string_value = "sent")]
    Sent,
    /// The network carried it out.
    #[sea_orm(string_value = "approved")]
    Approved,
    /// The network refused, or provably no byte reached it.
    #[sea_orm(string_value = "declined")]
    Declined,
    /// It may or may not have been carried out.
    #[sea_orm(string_value = "unknown")]
    Unknown,
}

impl State {
    /// Whether its outcome is known.
    pub fn is_settled(self) -> bool {
        match self {
            Self::Approved | Self::Declined => true,
            Self::Sent | Self::Unknown => false,
        }
    }
}

/// How the outcome of a request was found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum SettledBy {
    /// By the network's answer to the call itself, or because no byte of it left.
    #[sea_orm(string_value = "reply")]
    Reply,
    /// By asking the network afterwards.
    #[sea_orm(string_value = "look_up")]
    LookUp,
    /// The network did not know it, after the longest that it may take to work on a call.
    #[sea_orm(string_value = "not_found")]
    NotFound,
    /// An operator found out.
    #[sea_orm(string_value = "operator")]
    Operator,
}
