//! `rpc.discover`

use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use rpc_schema::methods::discover::Discover;
use rpc_schema::openrpc;

use super::methods::{as_it_is, register};
use crate::gateway::Gateway;

pub(super) fn register_all(module: &mut RpcModule<Gateway>) -> Result<(), RegisterMethodError> {
    // Made once: whoever asks has no credentials to be charged for the work.
    let document = openrpc::document();
    register::<Discover, _, _>(module, as_it_is, move |_| {
        let document = document.clone();
        async move { Ok(document) }
    })
}
