//! `rpc.discover`

use std::sync::LazyLock;

use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use rpc_schema::methods::discover::Discover;
use rpc_schema::openrpc;
use serde_json::{Map, Value};

use super::methods::{register, unchanged};
use crate::gateway::Gateway;

/// Made once per process: callers need no credentials, so it must cost nothing, and making it is half the work of a
/// start.
static DOCUMENT: LazyLock<Map<String, Value>> = LazyLock::new(openrpc::document);

pub(super) fn register_all(module: &mut RpcModule<Gateway>) -> Result<(), RegisterMethodError> {
    register::<Discover, _, _>(module, unchanged, |_| async { Ok(DOCUMENT.clone()) })
}
