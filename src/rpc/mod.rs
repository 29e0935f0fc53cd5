//! JSON-RPC: from the bytes of a body to the methods and back.
//!
//! `dispatch` splits a body into calls and answers them. `envelope` reads and writes both forms of request and reply. The
//! methods have one file per namespace, each `decode → service → view`, and are registered with jsonrpsee.

mod address;
mod admission;
pub mod answer;
mod audited;
pub mod authentication;
pub mod body;
mod cards;
mod discover;
pub mod dispatch;
pub mod envelope;
pub mod errors;
mod fingerprint;
mod method_reply;
mod methods;
mod monitoring;
mod p2p;
mod partner_limits;
mod run_call;
pub mod sender;
mod teller;
mod transactions;

use std::sync::Arc;

pub use address::address;
pub use admission::Admission;
pub use dispatch::{Dispatcher, Limits};
use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
pub use teller::TransactionTeller;

use crate::gateway::Gateway;

/// All methods of the gateway.
///
/// # Errors
/// Two methods have the same name.
pub fn module(gateway: Arc<Gateway>) -> Result<RpcModule<Gateway>, RegisterMethodError> {
    let mut module = RpcModule::from_arc(gateway);
    cards::register_all(&mut module)?;
    transactions::register_all(&mut module)?;
    p2p::register_all(&mut module)?;
    monitoring::register_all(&mut module)?;
    discover::register_all(&mut module)?;
    Ok(module)
}
