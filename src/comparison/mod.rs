//! The daily comparison of our payments with the networks' own books. It only reads and changes nothing.
//!
//! - SVGate has a list of each day, `report.short`. It is joined with our rows by reference, in both directions
//!   ([`join::join`]). The list has no states, so SVGate is also asked about each payment: somebody else may have reversed it.
//!   A hold is in no list; it is asked about by its id.
//! - HUMO is asked about each of our payments. Whether it has a list is not sure, so one is read only where the settings say so,
//!   and adds what is not known here (`strangers.rs`).
//!
//! A payment belongs to the day on which our clock made its first intent. The network's clock may differ. So each row of
//! the network's list is looked up among our payments of all days, and a payment near midnight that is missing from the
//! list of its day is looked up in the list of the adjacent day. A payment that a later call of the day touched (the charge
//! of an older hold, the reversal of an older payment) is compared too, by asking the network about it.
//!
//! The gateway keeps working meanwhile. Our side is read before the network's. Whatever does not agree is read and asked
//! again, until our side has not changed while the network was answering.

mod compare;
mod day_list;
mod error;
mod in_json;
mod inquiry;
pub mod join;
pub mod kept;
pub mod payment;
pub mod receipts;
pub mod reconciliations;
pub mod report;
mod sources;
mod strangers;

pub use compare::compare;
pub use error::CompareError;
pub use sources::Sources;
