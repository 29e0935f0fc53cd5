//! The replies of the console: pages that nobody keeps, and may not be shown inside others'.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION,
    REFERRER_POLICY, SET_COOKIE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};
use maud::Markup;

pub(super) type Reply = Response<Full<Bytes>>;

/// Everything comes from the program itself. With `no-referrer` a browser would call the origin of our own forms `null`.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (REFERRER_POLICY, "same-origin"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// A page.
pub(super) fn page(status: StatusCode, markup: Markup) -> Reply {
    let mut reply = of(status, "text/html; charset=utf-8", markup.into_string());
    reply
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

/// A file whose name changes with its content.
pub(super) fn asset(content_type: &'static str, content: &'static str) -> Reply {
    let mut reply = of(StatusCode::OK, content_type, content.to_owned());
    let forever = HeaderValue::from_static("private, max-age=31536000, immutable");
    reply.headers_mut().insert(CACHE_CONTROL, forever);
    reply
}

/// On to another page of the console, perhaps with a cookie.
pub(super) fn on_to(path: &str, cookie: Option<&str>) -> Reply {
    let mut reply = of(StatusCode::SEE_OTHER, "text/plain", String::new());
    let headers = reply.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(path) = HeaderValue::from_str(path) {
        headers.insert(LOCATION, path);
    }
    if let Some(cookie) = cookie.and_then(|text| HeaderValue::from_str(text).ok()) {
        headers.insert(SET_COOKIE, cookie);
    }
    reply
}

fn of(status: StatusCode, content_type: &'static str, body: String) -> Reply {
    let mut reply = Response::new(Full::new(Bytes::from(body)));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    reply
}
