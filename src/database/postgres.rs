//! How statements reach PostgreSQL: on connections of our own, each as few round trips as the truth allows.
//!
//! sqlx speaks the protocol, sea-orm builds the statements; only what lies between is written here. sqlx's pool is not used, as
//! it asks the server for a sign of life after each use. The rules:
//!
//! 1. A connection is lent to one caller at a time. It comes back only when each of its answers was read; else it is closed,
//!    whatever the reason: an error of the connection, a caller who has given up in the middle.
//! 2. What writes and need not be read before the commit is held, and sent together with the commit: one statement, all or
//!    nothing.
//! 3. The commit of anything that is written waits for the disk, whatever the session, its pooler or the server are set to.

mod connections;
mod idle;
mod ids;
mod lent;
mod together;
mod transaction;

pub(super) use self::connections::{Connections, Limits};
pub(super) use self::ids::Ids;
pub(super) use self::transaction::Transaction;
