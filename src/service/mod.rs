//! The use cases, one file each: their rules, and where their database transactions begin and end.

mod attach;
mod code;
mod debit;
mod execution;
pub(crate) mod expiry;
mod fetch;
pub(crate) mod fiscal;
mod history;
mod learned;
mod operations;
mod order;
mod query;
mod record;
mod repeat;
mod transfer;

pub use attach::{AlreadyAttached, AttachKey, AttachedCard, Attachment, CardDetails};
pub use debit::{Answer, DebitOrder};
pub use fetch::Fetches;
pub use history::{Entry, HistoryPage, HistoryQuery, Listed};
pub use order::OrderId;
pub use query::{Standing, receipt_of};
pub use transfer::{Quote, TransferOrder, TransferRecord};

pub(crate) use execution::{Intended, terminal_of};
pub(crate) use learned::Learned;
pub(crate) use operations::stored_receipt;
pub(crate) use record::Recorded;
