//! `GET /docs` and `GET /openrpc.json`: which copy does a request get?

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE,
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Request, Response, StatusCode};
use reference_page::ReferencePage;
use rpc_schema::errors::Lang;

use super::body::ReplyBody;
use super::refusal::{Reply, with_type};
use crate::docs::Documents;
use crate::rpc::address;

/// The page in the reader's language, under the address that the request names.
pub(super) fn answer(
    page: &ReferencePage,
    request: &Request<Incoming>,
    secure: bool,
) -> Response<ReplyBody> {
    let headers = request.headers();
    let lang = reference_page::language(
        request.uri().query(),
        text(headers, &ACCEPT_LANGUAGE).as_deref(),
    );
    let copy = page.copy(lang, &address(headers, secure));
    let known = is_known(headers, &copy.etag);
    let gzip = copy
        .gzip
        .as_ref()
        .filter(|_| takes_gzip(&text(headers, &ACCEPT_ENCODING).unwrap_or_default()));
    let (status, body) = match (known, gzip) {
        (true, _) => (StatusCode::NOT_MODIFIED, Bytes::new()),
        (false, Some(gzip)) => (StatusCode::OK, gzip.clone()),
        (false, None) => (StatusCode::OK, copy.html.clone()),
    };
    let mut reply = Response::new(ReplyBody::of(body));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    if !known && gzip.is_some() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, page.policy()),
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (ETAG, copy.etag.as_str()),
        (CACHE_CONTROL, "no-cache"),
        (VARY, "accept-language, accept-encoding, host"),
        (REFERRER_POLICY, "no-referrer"),
        (
            CONTENT_LANGUAGE,
            match lang {
                Lang::En => "en",
                Lang::Ru => "ru",
                Lang::Uz => "uz",
            },
        ),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    reply
}

/// `GET /openrpc.json`: the document under the address that the request names.
pub(super) fn document(documents: &Documents, headers: &HeaderMap, secure: bool) -> Reply {
    let document = documents.at(&address(headers, secure));
    let known = is_known(headers, &document.etag);
    let mut reply = if known {
        with_type(StatusCode::NOT_MODIFIED, "application/json", Bytes::new())
    } else {
        with_type(StatusCode::OK, "application/json", document.page.clone())
    };
    let headers = reply.headers_mut();
    for (name, value) in [
        (ETAG, document.etag.as_str()),
        (CACHE_CONTROL, "no-cache"),
        (VARY, "host"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    reply
}

/// Whether the caller has the copy with this tag.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    text(headers, &IF_NONE_MATCH).is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == etag))
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

/// Whether `Accept-Encoding` names gzip without refusing it.
fn takes_gzip(header: &str) -> bool {
    header.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let refused = parts
            .filter_map(|part| part.strip_prefix("q="))
            .any(|weight| weight.trim_end_matches(['0', '.']).is_empty());
        named && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_taken_where_it_is_named_and_not_refused() {
        for (header, expected) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000, br", false),
            ("br", false),
            ("", false),
        ] {
            assert_eq!(takes_gzip(header), expected, "{header}");
        }
    }
}
