//! Answers a body: splits it into calls, authenticates and authorizes the caller, runs the methods and joins the
//! replies (docs/contract.md#the-wire).

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;
use jsonrpsee::core::server::{MethodCallback, MethodResponse, Methods};
use jsonrpsee::types::{Id, Params};
use jsonrpsee::{ConnectionId, Extensions};
use rpc_schema::errors::{ErrorCode, Family, Lang};
use rpc_schema::method::Method as _;
use rpc_schema::methods::METHODS;
use rpc_schema::methods::discover::Discover;
use rpc_schema::params::attach_message;
use serde_json::value::RawValue;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;
use uuid::Uuid;

use crate::caller::{Caller, Partner, Permissions};
use crate::domain::app_name::AppName;
use crate::error_chain::ErrorChain;
use crate::metrics::Metrics;
use crate::rpc::address::address;
use crate::rpc::authentication::{Denied, Partners};
use crate::rpc::cards;
use crate::rpc::envelope::{self, Form, JsonRpcId, Reply, RequestObject};
use crate::rpc::errors::{WireError, internal, language};

/// How many calls a body may hold, and how long one call may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub batch: usize,
    pub call: Duration,
}

/// Answers bodies with the methods.
pub struct Dispatcher {
    methods: Methods,
    families: HashMap<&'static str, Family>,
    partners: Partners,
    limits: Limits,
    metrics: Arc<Metrics>,
    /// Each call runs in a task of its own. Neither a partner who hangs up nor a shutdown interrupts a movement of
    /// money.
    calls: TaskTracker,
    /// The caller of a request without credentials.
    anonymous: Arc<Partner>,
}

/// What to answer over HTTP.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// HTTP 200. The body is empty if no call wants an answer.
    Ok(String),
    /// HTTP 401.
    Unauthorized(Lang),
    /// HTTP 503.
    Unavailable(Lang),
}

impl Dispatcher {
    /// A dispatcher for these methods.
    pub fn new(
        methods: Methods,
        partners: Partners,
        limits: Limits,
        metrics: Arc<Metrics>,
        calls: TaskTracker,
    ) -> Self {
        let anonymous = Partner {
            id: Uuid::nil(),
            name: String::new(),
            permissions: Permissions::parse(""),
            code_required_from: None,
            terminals: Vec::new(),
        };
        Self {
            methods,
            families: METHODS
                .iter()
                .map(|method| (method.name, method.family))
                .collect(),
            partners,
            limits,
            metrics,
            calls,
            anonymous: Arc::new(anonymous),
        }
    }

    /// Answers a body.
    ///
    /// Each call holds `permit` until it has ended, even if its caller is gone. That limits how many calls run at once.
    pub async fn answer(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        request_id: Uuid,
        permit: Arc<OwnedSemaphorePermit>,
    ) -> Answer {
        let lang = lang(headers);
        let b_lang = language(lang, Family::Gateway);
        let refuse = |code| Answer::Ok(refuse_body(code, b_lang));
        let Some((entries, is_batch)) = split_batch(body) else {
            return refuse(ErrorCode::ParseError);
        };
        let partner = match self.partners.authenticate(headers.get(AUTHORIZATION)).await {
            Ok(partner) => partner,
            Err(Denied::Missing) if only_discovers(&entries) => Arc::clone(&self.anonymous),
            Err(Denied::Missing | Denied::Wrong) => return Answer::Unauthorized(b_lang),
            Err(Denied::Unavailable(error)) => {
                tracing::error!(error = %ErrorChain(&error), "the partner could not be read from the database");
                return Answer::Unavailable(b_lang);
            }
        };
        if is_batch && (entries.is_empty() || entries.len() > self.limits.batch) {
            return refuse(ErrorCode::InvalidRequest);
        }
        let app_name = headers
            .get("app-name")
            .and_then(|value| value.to_str().ok())
            .and_then(AppName::parse);
        let address: Arc<str> = address(headers).into();
        let mut replies = Vec::with_capacity(entries.len());
        for entry in entries {
            let caller = Caller::new(
                Arc::clone(&partner),
                lang,
                app_name.clone(),
                request_id,
                Arc::clone(&address),
            );
            replies.extend(self.answer_entry(entry, caller, &permit).await);
        }
        Answer::Ok(match (is_batch, replies.as_slice()) {
            (_, []) => String::new(),
            (true, replies) => format!("[{}]", replies.join(",")),
            (false, [reply, ..]) => reply.clone(),
        })
    }

    /// The reply to one request object; `None` for a notification.
    async fn answer_entry(
        &self,
        entry: &RawValue,
        caller: Caller,
        permit: &Arc<OwnedSemaphorePermit>,
    ) -> Option<String> {
        let b_lang = language(caller.lang, Family::Gateway);
        let object = match envelope::read(entry) {
            Ok(object) => object,
            Err(malformed) => {
                let error = WireError::bare(ErrorCode::InvalidRequest, b_lang).to_json();
                return Some(envelope::write(
                    malformed.form,
                    &malformed.id,
                    &Reply::Error(error),
                ));
            }
        };
        if object.is_notification() {
            return None;
        }
        let started = Instant::now();
        let (partner, request_id) = (Arc::clone(&caller.partner), caller.request_id);
        let reply = self.answer_call(&object, caller, permit).await;
        // An unknown name is text from the caller. It stays out of the log and the metrics.
        let method = self
            .methods
            .method_with_name(&object.method)
            .map_or("unknown", |(name, _)| name);
        self.metrics.count_call(method, reply.outcome(), started);
        let (partner, outcome, took) = (&partner.name, reply.outcome(), started.elapsed());
        tracing::info!(%request_id, partner, method, outcome, ?took, "answered");
        Some(envelope::write(object.form, &object.id, &reply))
    }

    /// Checks the method, the permission and the A family's id, in the order of docs/contract.md#order-of-checks. Then
    /// runs the method.
    async fn answer_call(
        &self,
        object: &RequestObject<'_>,
        caller: Caller,
        permit: &Arc<OwnedSemaphorePermit>,
    ) -> Reply {
        let request_id = caller.request_id;
        let refuse = |code, family| {
            Reply::Error(WireError::bare(code, language(caller.lang, family)).to_json())
        };
        let found = self.methods.method_with_name(&object.method);
        let Some((name, MethodCallback::Async(method))) = found else {
            return refuse(ErrorCode::MethodNotFound, Family::Gateway);
        };
        let family = self.families.get(name).copied().unwrap_or(Family::Gateway);
        if name != Discover::NAME && !caller.partner.permissions.allow(name) {
            return refuse(ErrorCode::AccessDenied, family);
        }
        if family == Family::Attach
            && object.form == Form::Documented
            && let Some(text) = uuid_fault(&object.id)
        {
            return Reply::Error(
                WireError::attach_validation(attach_message("id", text)).to_json(),
            );
        }
        let lang = language(caller.lang, family);
        let caller = Arc::new(caller);
        let mut extensions = Extensions::new();
        extensions.insert(Arc::clone(&caller));
        let params = Params::new(object.params.map(RawValue::get)).into_owned();
        let span =
            tracing::info_span!("call", %request_id, partner = caller.partner.name, method = name);
        // The reply gets the caller's own id later, so the method gets none.
        let running =
            method(Id::Null, params, ConnectionId(0), usize::MAX, extensions).instrument(span);
        let permit = Arc::clone(permit);
        let running = async move {
            let response = running.await;
            drop(permit);
            response
        };
        let at_network = match tokio::time::timeout(self.limits.call, self.calls.spawn(running))
            .await
        {
            Ok(Ok(response)) => return reply_of(&response),
            Ok(Err(panic)) => {
                tracing::error!(%request_id, method = name, %panic, "a method panicked");
                caller.gate.opened_for()
            }
            Err(_) => {
                tracing::warn!(%request_id, method = name, "the call took too long; it continues in the background");
                caller.gate.close()
            }
        };
        let failure = cards::map_failure(name, internal(at_network));
        Reply::Error(WireError::new(failure, lang).to_json())
    }
}

/// What jsonrpsee writes before the result or error when the id is `Id::Null`. A test checks it.
const RESULT_PREFIX: &str = r#"{"jsonrpc":"2.0","id":null,"result":"#;
const ERROR_PREFIX: &str = r#"{"jsonrpc":"2.0","id":null,"error":"#;

/// Takes the result or error from a method's reply without parsing it.
fn reply_of(response: &MethodResponse) -> Reply {
    let json = response.as_ref();
    let inner = |prefix: &str| {
        json.strip_prefix(prefix)?
            .strip_suffix('}')
            .map(str::to_owned)
    };
    match (inner(RESULT_PREFIX), inner(ERROR_PREFIX)) {
        (Some(result), _) => Reply::Result(result),
        (None, Some(error)) => Reply::Error(error),
        (None, None) => {
            tracing::error!("a method's reply has an unexpected form");
            Reply::Error(WireError::new(internal(None), Lang::En).to_json())
        }
    }
}

/// The request objects of a body, and whether the body is a batch. `None` if it is not JSON.
fn split_batch(body: &[u8]) -> Option<(Vec<&RawValue>, bool)> {
    let text = std::str::from_utf8(body).ok()?;
    let whole: &RawValue = serde_json::from_str(text).ok()?;
    if whole.get().starts_with('[') {
        return Some((serde_json::from_str(whole.get()).ok()?, true));
    }
    Some((vec![whole], false))
}

/// Whether a body has only calls of `rpc.discover`. Those need no credentials.
fn only_discovers(entries: &[&RawValue]) -> bool {
    let discovers = |entry: &&RawValue| {
        envelope::read(entry).is_ok_and(|object| object.method == Discover::NAME)
    };
    !entries.is_empty() && entries.iter().all(discovers)
}

/// The refusal of a whole body, in 2.0 form with `id: null`.
pub fn refuse_body(code: ErrorCode, lang: Lang) -> String {
    envelope::write(
        Form::TwoPointZero,
        &JsonRpcId::Absent,
        &Reply::Error(WireError::bare(code, lang).to_json()),
    )
}

/// The header `lang`; an unknown value counts as absent.
pub fn lang(headers: &HeaderMap) -> Option<Lang> {
    match headers.get("lang")?.to_str().ok()? {
        "uz" => Some(Lang::Uz),
        "ru" => Some(Lang::Ru),
        "en" => Some(Lang::En),
        _ => None,
    }
}

/// Why an id is not a UUID. The A family requires one in the documented form.
fn uuid_fault(id: &JsonRpcId<'_>) -> Option<&'static str> {
    match id {
        JsonRpcId::Absent => Some("Field must be not null"),
        JsonRpcId::Given(id) if id.get() == "null" => Some("Field must be not null"),
        JsonRpcId::Given(id) => {
            let text = serde_json::from_str::<String>(id.get()).unwrap_or_default();
            Uuid::try_parse(&text)
                .is_err()
                .then_some("Accepts only uuid")
        }
    }
}

#[cfg(test)]
mod tests {
    use jsonrpsee::ResponsePayload;
    use jsonrpsee::types::ErrorObject;

    use super::*;

    #[test]
    fn jsonrpsee_writes_the_prefixes_that_are_cut_off() {
        let done =
            MethodResponse::response(Id::Null, ResponsePayload::success(vec![1]), usize::MAX);
        assert_eq!(reply_of(&done), Reply::Result("[1]".to_owned()));
        let failed = MethodResponse::error(Id::Null, ErrorObject::owned(-32314, "no", Some(true)));
        assert_eq!(
            reply_of(&failed),
            Reply::Error(r#"{"code":-32314,"message":"no","data":true}"#.to_owned())
        );
    }
}
