//! Registers the methods with jsonrpsee. Each is `params → handler → result or documented error`.

use std::sync::Arc;

use jsonrpsee::RpcModule;
use jsonrpsee::core::RegisterMethodError;
use jsonrpsee::types::ErrorObjectOwned;
use rpc_schema::errors::Lang;
use rpc_schema::method::Method;
use rpc_schema::params::{Fault, Params as _};
use serde_json::value::RawValue;

use crate::caller::Caller;
use crate::domain::failure::Failure;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::rpc::errors::{WireError, failure_of, internal, language};

/// What a method gets.
pub(super) struct Request<P> {
    pub(super) gateway: Arc<Gateway>,
    pub(super) caller: Arc<Caller>,
    pub(super) params: P,
    /// The names of the params that were sent.
    pub(super) sent: Vec<&'static str>,
}

/// Why a method has no result: its service failed, or its params contradict each other.
pub(super) enum MethodError {
    Service(Error),
    Params(Fault),
}

impl<E: Into<Error>> From<E> for MethodError {
    fn from(error: E) -> Self {
        Self::Service(error.into())
    }
}

/// Registers `M`. `map_failure` maps a failure to the codes of the method's family: [`unchanged`] in the B family, codes of
/// its own in the A family.
pub(super) fn register<M, H, F>(
    module: &mut RpcModule<Gateway>,
    map_failure: fn(Failure) -> Failure,
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
            let (params, sent) = M::Params::read_sent(raw)
                .map_err(|fault| WireError::fault(&fault, M::FAMILY, lang))?;
            let request = Request {
                gateway,
                caller: Arc::clone(&caller),
                params,
                sent,
            };
            handler(request).await.map_err(|error| {
                ErrorObjectOwned::from(match error {
                    MethodError::Params(fault) => WireError::fault(&fault, M::FAMILY, lang),
                    MethodError::Service(error) => WireError::new(
                        map_failure(failure_of(error, caller.gate.opened_for())),
                        lang,
                    ),
                })
            })
        }
    })?;
    Ok(())
}

/// The B family reports failures as they are.
pub(super) fn unchanged(failure: Failure) -> Failure {
    failure
}
