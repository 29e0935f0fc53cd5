//! What web pages are told: nothing, unless they are the gateway's own or allowed.

use hyper::StatusCode;
use hyper::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, HeaderMap, HeaderValue, ORIGIN, VARY,
};
use listener::browser::{Refused, Visitor};
use rpc_schema::errors::{ErrorCode, Lang};
use rpc_schema::hint::Hint;
use rpc_schema::reason::Reason;

use super::refusal::{Reply, refusal, refusal_with, with_type};

/// The refusal of a request that is not let in.
pub(super) fn not_let_in(refused: Refused, asked: Option<Lang>) -> Reply {
    let (reason, hint) = match refused {
        Refused::HostInvalid => (Reason::HostInvalid, Hint::HostInvalid),
        Refused::HostUnknown => (Reason::HostUnknown, Hint::HostUnknown),
        Refused::OriginForeign => (Reason::OriginForeign, Hint::OriginForeign),
        Refused::ContentTypeMissing => (Reason::ContentType, Hint::ContentType),
    };
    match refused.status() {
        StatusCode::FORBIDDEN => refusal_with(
            StatusCode::FORBIDDEN,
            ErrorCode::AccessDenied,
            asked,
            reason,
            hint,
        ),
        status => refusal(status, asked, reason, hint),
    }
}

/// Lets an allowed page read a reply.
pub(super) fn readable_by(visitor: &Visitor, headers: &mut HeaderMap) {
    if let Visitor::Allowed(origin) = visitor {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.append(VARY, HeaderValue::from(ORIGIN));
    }
}

/// What an allowed page may send.
pub(super) fn preflight() -> Reply {
    let mut reply = with_type(StatusCode::NO_CONTENT, "text/plain", Default::default());
    let headers = reply.headers_mut();
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_METHODS, "POST, GET"),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, content-type, lang, app-name",
        ),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    reply
}
