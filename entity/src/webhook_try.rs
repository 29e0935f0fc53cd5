//! One try to deliver an event.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_try")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub event_id: Uuid,
    /// When it began; UNIX milliseconds.
    pub at: UnixMillis,
    /// Milliseconds.
    pub took_ms: i64,
    /// The receiver's HTTP status; `None`: it gave none.
    pub status: Option<i32>,
    /// Why there was no status.
    pub error: Option<String>,
    /// The beginning of the receiver's reply.
    pub reply: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
