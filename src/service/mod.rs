//! The use cases, one file each: their rules, and where their database transactions begin and end.

mod answer;
mod attach;
mod cards;
mod claim;
mod code;
mod connected;
mod debit;
mod due;
pub(crate) mod expiry;
mod fetch;
pub(crate) mod fiscal;
mod history;
mod limit;
mod operations;
mod order;
mod prefixes;
mod query;
mod question;
mod rates;
mod reconciliation;
mod repeat;
mod restored;
mod reverse;
mod sender;
mod transaction_list;
mod transfer;
mod usable_card;

pub use answer::{Answer, OrderId};
pub use attach::{AlreadyAttached, AttachKey, AttachedCard, Attachment, CardDetails};
pub use cards::CardPage;
pub use debit::DebitOrder;
pub use history::{Entry, HistoryPage, HistoryQuery, Listed};
pub use query::{Reversal, ReversalStatus, Snapshot, receipt_of};
pub use reverse::ReverseOrder;
pub use transaction_list::{TransactionFilter, TransactionPage};
pub use transfer::{Quote, TransferOrder, TransferRecord};
