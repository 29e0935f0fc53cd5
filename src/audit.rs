//! The audit log: who did what, when, from where, and with what outcome.
//!
//! Each process writes a chain of its own: rows numbered without a gap, each with a keyed hash over itself and the one
//! before. So nobody waits for another process, and whoever has the database but not the key file can neither change, remove,
//! insert nor reorder rows unnoticed. Every minute, and when the process stops, a row names where its own chain and the others
//! end; that is logged, too, for a copy outside the database. One task writes: what comes while it writes is its next batch.
//!
//! Who needs to know that a row lasts waits for its batch. What is refused is not waited for, and folded: of what comes
//! again and again within a minute, one row tells how often.

mod chain;
mod folds;
mod head;
mod log;
mod machine;
mod record;
mod seal;
mod standing;
mod ticket;
mod verify;
mod writer;

pub use self::head::Head;
pub use self::log::{Audit, Parts, Unrecorded};
pub use self::machine::machine;
pub use self::record::Record;
pub use self::standing::Figures;
pub use self::ticket::{AuditedCall, Kind, Ticket};
pub use self::verify::{Finding, Remark, Verification, Verify};
