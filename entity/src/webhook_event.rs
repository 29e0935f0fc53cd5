//! What a partner is to hear by webhook, written in the commit that made it true.

use sea_orm::entity::prelude::*;

use crate::ids::TransactionId;
use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_event")]
pub struct Model {
    /// Partners know it as `evt_` and its 32 hex digits.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub partner_id: Uuid,
    /// `None` for a test.
    pub transaction_id: Option<TransactionId>,
    /// The transaction's `version` that it tells; the events of a transaction are delivered in this order.
    pub version: i32,
    pub kind: Kind,
    /// The JSON that is sent: the same at each try.
    pub body: String,
    pub state: State,
    /// The tries so far; counted anew after a resend.
    pub tries: i32,
    /// When it is tried next. While it is being tried: when another process may take it. UNIX milliseconds.
    pub due_at: UnixMillis,
    /// UNIX milliseconds.
    pub created_at: UnixMillis,
    /// When it was delivered or given up; UNIX milliseconds.
    pub settled_at: Option<UnixMillis>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What happened; on the wire it is the event's `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(32))")]
pub enum Kind {
    /// The outcome of an order or of an operation on it is known.
    #[sea_orm(string_value = "transaction.settled")]
    Settled,
    /// A payment was given back.
    #[sea_orm(string_value = "transaction.reversed")]
    Reversed,
    /// A hold came to its end uncharged, and its money is free.
    #[sea_orm(string_value = "hold.expired")]
    HoldExpired,
    /// Nobody could find out the outcome: people are looking into it.
    #[sea_orm(string_value = "transaction.manual")]
    Manual,
    /// A test that an operator sends.
    #[sea_orm(string_value = "webhook.test")]
    Test,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))")]
pub enum State {
    /// It is still to be delivered.
    #[sea_orm(string_value = "waiting")]
    Waiting,
    /// The receiver has answered 2xx.
    #[sea_orm(string_value = "delivered")]
    Delivered,
    /// It is not tried any more, unless an operator says so.
    #[sea_orm(string_value = "failed")]
    Failed,
}
