//! JSON-RPC: from the bytes of a body to the methods, and back.
//!
//! `dispatch` takes a body apart and answers it; `envelope` knows both forms of request and reply; the methods stand in
//! one file per namespace, each `decode → service → view`, registered with jsonrpsee from the list in `rpc-schema`.

pub mod authentication;
mod cards;
mod discover;
pub mod dispatch;
pub mod envelope;
pub mod errors;
mod methods;
mod transactions;

pub use dispatch::{Dispatcher, Limits};
pub use methods::module;
