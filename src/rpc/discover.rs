//! `rpc.discover`

use std::sync::LazyLock;

use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use rpc_schema::methods::discover::Discover;
use rpc_schema::openrpc;
use serde_json::{Map, Value};

use super::methods::{as_it_is, register};
use crate::gateway::Gateway;

/// Made once a process: whoever asks has no credentials to be charged for the work, and making it is half the work of a
/// start.
static DOCUMENT: LazyLock<Map<String, Value>> = LazyLock::new(openrpc::document);

pub(super) fn register_all(module: &mut RpcModule<Gateway>) -> Result<(), RegisterMethodError> {
    register::<Discover, _, _>(module, as_it_is, |_| async { Ok(DOCUMENT.clone()) })
}
