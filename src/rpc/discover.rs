//! `rpc.discover`. The dispatcher answers it from shared bytes; it is registered as well, so that the methods are complete.

use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use rpc_schema::methods::discover::Discover;
use rpc_schema::openrpc;

use super::methods::{register, unchanged};
use crate::gateway::Gateway;

pub(super) fn register_all(module: &mut RpcModule<Gateway>) -> Result<(), RegisterMethodError> {
    register::<Discover, _, _>(module, unchanged, |request| async move {
        Ok(openrpc::document_at(&request.caller.address))
    })
}
