//! The audit log: who did what, when, from where, and with what outcome. Rows are only ever added.
//!
//! Each process writes a chain of its own: its rows are numbered without a gap, and each carries a keyed hash over itself
//! and the one before. What was recorded before there were chains, or is by a gateway of an earlier version, is the chain
//! [`BEFORE`], which the view `audit_before` shows, without hashes of its own.

use sea_orm::entity::prelude::*;

use crate::time::UnixMillis;

/// The chain of what was recorded before there were chains. Rows `audit.sealed` of other chains cover it.
pub const BEFORE: Uuid = Uuid::nil();

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// The process that wrote the row, by a random id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub chain: Uuid,
    /// The number in the chain, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub seq: i64,
    /// When it happened, UNIX milliseconds.
    pub at: UnixMillis,
    /// The partner by its user name, the operator, or `gateway`.
    pub who: String,
    /// From where: an address, or the machine and terminal of a command.
    pub source: String,
    /// The method, the command, or what the gateway did, such as `login`, `pan.read` or `audit.anchor`.
    pub action: String,
    /// To what: `transaction 7`, `card 0c5f…`, `partner shop`.
    pub object: String,
    /// `ok`, the code of the error, `ordered` of a movement of money, `asked`, `done`, `accepted` or `failed` of a command;
    /// empty of what was recorded before there were chains.
    pub outcome: String,
    /// The id of the request, or the words of an operator.
    pub detail: String,
    /// HMAC-SHA256 over the hash of the row before and this row.
    pub mac: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
