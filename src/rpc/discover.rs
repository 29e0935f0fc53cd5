//! `rpc.discover`

use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use rpc_schema::methods::discover::Discover;
use rpc_schema::openrpc;

use super::methods::{register, unchanged};
use crate::gateway::Gateway;

pub(super) fn register_all(module: &mut RpcModule<Gateway>) -> Result<(), RegisterMethodError> {
    // Made once: callers need no credentials, so it must cost nothing.
    let document = openrpc::document();
    register::<Discover, _, _>(module, unchanged, move |_| {
        let document = document.clone();
        async move { Ok(document) }
    })
}
