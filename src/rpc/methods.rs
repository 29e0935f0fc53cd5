//! Registers the methods with jsonrpsee: one way for all, `params → handler → result or documented error`.

use std::sync::Arc;

use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::ErrorObjectOwned;
use rpc_schema::errors::Lang;
use rpc_schema::method::Method;
use rpc_schema::params::{Fault, Params as _};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::caller::Caller;
use crate::domain::failure::Failure;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::rpc::errors::{WireError, failure_of, internal, language};

/// What is handed to a method.
pub(super) struct Request<P> {
    pub(super) gateway: Arc<Gateway>,
    pub(super) caller: Arc<Caller>,
    pub(super) params: P,
}

/// Why a method has no result: its service failed, or its params do not fit together.
pub(super) enum MethodError {
    Service(Error),
    Params(Fault),
}

impl<E: Into<Error>> From<E> for MethodError {
    fn from(error: E) -> Self {
        Self::Service(error.into())
    }
}

/// Registers `M`. `word` says how the method words a failure: the B family as it is, the A family by its own codes.
pub(super) fn register<M, H, F>(
    module: &mut RpcModule<Gateway>,
    word: fn(Failure) -> Failure,
    handler: H,
) -> Result<(), RegisterMethodError>
where
    M: Method,
    M::Result: Clone + 'static,
    M::Params: 'static,
    H: Fn(Request<M::Params>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Result<M::Result, MethodError>> + Send,
{
    module.register_async_method(M::NAME, move |params, gateway, extensions| {
        let handler = handler.clone();
        async move {
            let Some(caller) = extensions.get::<Arc<Caller>>().cloned() else {
                return Err(ErrorObjectOwned::from(WireError::new(
                    internal(None),
                    Lang::En,
                )));
            };
            let lang = language(caller.lang, M::FAMILY);
            let raw = params
                .as_str()
                .map(serde_json::from_str::<&RawValue>)
                .transpose()
                .ok()
                .flatten();
            let params =
                M::Params::read(raw).map_err(|fault| WireError::fault(&fault, M::FAMILY, lang))?;
            let request = Request {
                gateway,
                caller: Arc::clone(&caller),
                params,
            };
            handler(request).await.map_err(|error| {
                ErrorObjectOwned::from(match error {
                    MethodError::Params(fault) => WireError::fault(&fault, M::FAMILY, lang),
                    MethodError::Service(error) => {
                        WireError::new(word(failure_of(error, caller.gate.opened_for())), lang)
                    }
                })
            })
        }
    })?;
    Ok(())
}

/// The B family's wording.
pub(super) fn as_it_is(failure: Failure) -> Failure {
    failure
}

/// Tells one call's method and params from another's; absent members count as their defaults.
pub(super) fn fingerprint(
    gateway: &Gateway,
    method: &str,
    params: &impl Serialize,
) -> Result<Vec<u8>, Error> {
    let params =
        serde_json::to_vec(params).map_err(|error| Error::Corrupt(format!("params: {error}")))?;
    Ok(gateway
        .vault
        .fingerprint(&[method.as_bytes(), &params])
        .to_vec())
}
