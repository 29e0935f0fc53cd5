//! How are the `params` of a call read? By one mechanism for all methods.
//!
//! serde stops at the first error in the caller's order. So the members are first sorted into the method's known
//! fields, undecoded, and then decoded in the order in which the document lists them. The order of faults is that of
//! docs/contract.md#order-of-checks: unknown or duplicate members, then missing ones, then formats.

mod attach_message;
mod definition;
mod fault;
mod field;
mod members;

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod reading_tests;

pub use attach_message::attach_message;
pub use definition::Params;
pub(crate) use definition::params;
pub use fault::{Fault, FaultKind};
pub use field::Field;
pub(crate) use field::{object_schema, subschema};
pub use members::Members;
