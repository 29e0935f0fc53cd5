//! The use cases, one file each: their rules, and where their database transactions begin and end.

mod attach;
mod code;
mod debit;
mod execution;
mod expiry;
mod operations;
mod query;
mod repeat;

pub use attach::{AlreadyAttached, AttachKey, AttachedCard, Attachment, CardDetails};
pub use debit::{Answer, DebitOrder};
pub use expiry::release_ended_holds;
pub use query::{Standing, receipt_of};
