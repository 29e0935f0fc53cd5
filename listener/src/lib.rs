//! What the partners', the operators' and the simulated networks' listeners have in common: whom they let speak, and how a
//! connection may behave.

pub mod browser;
pub mod guarded;
mod host;

pub use host::{Host, Origin};
