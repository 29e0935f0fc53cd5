//! `rpc.discover`

use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use rpc_schema::methods::discover::Discover;
use rpc_schema::openrpc;

use super::methods::{as_it_is, register};
use crate::gateway::Gateway;

pub(super) fn register_all(module: &mut RpcModule<Gateway>) -> Result<(), RegisterMethodError> {
    register::<Discover, _, _>(module, as_it_is, |_| async { Ok(openrpc::document()) })
}
