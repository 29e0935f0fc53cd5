//! The errors that a partner can see.
//!
//! [`ErrorCode`] is the only place where a code, its stable name, its texts and its meaning are written down. The
//! gateway answers from it; the OpenRPC document and the reference page print it.

mod catalogue;
mod code;
mod entry;
mod family;
mod language;
mod retry;

#[cfg(test)]
mod catalogue_tests;

pub use catalogue::ErrorCode;
pub use family::Family;
pub use language::Lang;
pub use retry::Retry;
