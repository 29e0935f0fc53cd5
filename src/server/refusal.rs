//! Replies that no method makes: what HTTP refuses, and how bytes become a reply.

use bytes::Bytes;
use hyper::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use listener::browser::SHUT_TO_PAGES;
use rpc_schema::errors::{ErrorCode, Family, Lang};
use rpc_schema::hint::Hint;
use rpc_schema::reason::Reason;

use super::body::ReplyBody;
use crate::rpc::answer::lone_error;
use crate::rpc::errors::{WireError, language};

pub(super) type Reply = Response<ReplyBody>;

/// A refusal of HTTP: -32600 with the reason and a hint on what to do instead.
pub(super) fn refusal(
    status: StatusCode,
    asked: Option<Lang>,
    reason: Reason,
    hint: Hint,
) -> Reply {
    refusal_with(status, ErrorCode::InvalidRequest, asked, reason, hint)
}

/// A refusal of HTTP with another code.
pub(super) fn refusal_with(
    status: StatusCode,
    code: ErrorCode,
    asked: Option<Lang>,
    reason: Reason,
    hint: Hint,
) -> Reply {
    let lang = language(asked, Family::Gateway);
    let error = WireError::because(code, lang, reason, hint);
    because(json(status, lone_error(&error)), reason)
}

/// A reply that refuses for this reason, for whoever counts.
pub(super) fn because(mut reply: Reply, reason: Reason) -> Reply {
    reply.extensions_mut().insert(reason);
    reply
}

pub(super) fn not_allowed(asked: Option<Lang>, allowed: &'static str) -> Reply {
    let mut reply = refusal(
        StatusCode::METHOD_NOT_ALLOWED,
        asked,
        Reason::MethodNotAllowed,
        Hint::AllowedMethods(allowed),
    );
    reply
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allowed));
    reply
}

/// -32343: nothing was executed; the same request may succeed in a moment.
pub(super) fn unavailable(asked: Option<Lang>, reason: Reason) -> Reply {
    let (status, code) = (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::Overloaded);
    let mut reply = refusal_with(status, code, asked, reason, Hint::TryAgain);
    reply
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    reply
}

/// Closes the connection: after a body that was not read to its end it cannot be used again.
pub(super) fn closing(mut reply: Reply) -> Reply {
    reply
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    reply
}

pub(super) fn json(status: StatusCode, body: String) -> Reply {
    with_type(status, "application/json", Bytes::from(body))
}

pub(super) fn with_type(status: StatusCode, content_type: &'static str, body: Bytes) -> Reply {
    with_body(status, content_type, ReplyBody::of(body))
}

pub(super) fn with_body(status: StatusCode, content_type: &'static str, body: ReplyBody) -> Reply {
    let mut reply = Response::new(body);
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in SHUT_TO_PAGES {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    reply
}
