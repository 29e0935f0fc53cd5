//! What the partners', the operators' and the simulated networks' listeners have in common: whom they let speak, how many may
//! be connected, and how a connection may behave.

pub mod body;
pub mod browser;
pub mod guarded;
pub mod guests;
mod host;
pub mod tcp;

pub use host::{Host, Origin};
