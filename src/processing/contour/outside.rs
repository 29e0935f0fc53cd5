//! A reply that is none of the server that was asked: who gave it, and what to do.

use hyper::Uri;
use hyper::header::{HeaderMap, LOCATION};
use serde_json::Value;

use super::around::Keys;
use super::finding::Verdict;
use crate::processing::exchange::SeenReply;
use crate::processing::lenient;

/// The longest place that is shown, in characters.
const PLACE_MAX: usize = 120;

/// What such a reply means. Of its body nothing is quoted.
pub(super) fn judged(answer: &SeenReply, keys: Keys<'_>) -> Verdict {
    let Keys {
        url,
        route,
        login,
        whom,
        ..
    } = keys;
    let status = answer.reply.status.as_u16();
    let kind = Kind::of(&answer.reply.body);
    let is_page = kind == Kind::Page;
    let elsewhere = (300..400)
        .contains(&status)
        .then(|| place(&answer.headers))
        .flatten();
    let found = match (&elsewhere, status) {
        (Some(place), _) => format!("HTTP {status} to {place}"),
        (None, 200..=299) => format!("HTTP {status}, {}", kind.name()),
        (None, _) if is_page => format!("HTTP {status}, {}", kind.name()),
        (None, _) => format!("HTTP {status}"),
    };
    let advice = match status {
        401 => format!("{login}: not taken; compare with what {whom} gave. Has it ended?"),
        403 => format!("we are not let in: ask {whom} whether our address and login may call"),
        404 | 405 => format!("nothing is at the path of {url}: ask {whom} for it"),
        407 => format!("the proxy wants a login: {route}.proxy_user and {route}.proxy_password"),
        429 => format!("it takes fewer calls than these: ask {whom} how many may come, and when"),
        300..=399 if elsewhere.is_some() => {
            format!("nobody follows there: if {whom} says that it is theirs, set {url} to it")
        }
        _ if is_page => {
            format!("something on the way answers in its place: look at {url} and {route}.proxy")
        }
        500..=599 => format!("ask {whom}: the server has trouble, or does not understand the call"),
        _ => format!(
            "no reply of the server's kind: look at {url}, keep it by --record, and ask {whom}"
        ),
    };
    Verdict::wrong(found, advice)
}

/// Where a reply leads, without its query and a login.
fn place(headers: &HeaderMap) -> Option<String> {
    let uri: Uri = headers.get(LOCATION)?.to_str().ok()?.parse().ok()?;
    let host = uri.authority().map(|authority| {
        let scheme = uri.scheme_str().unwrap_or("http");
        let host = authority.as_str().rsplit('@').next().unwrap_or_default();
        format!("{scheme}://{host}")
    });
    let place = host.unwrap_or_default() + uri.path();
    Some(place.chars().take(PLACE_MAX).collect())
}

/// What a body looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Empty,
    Page,
    Json,
    Xml,
    Other,
}

impl Kind {
    fn of(body: &[u8]) -> Self {
        if body.trim_ascii().is_empty() {
            Self::Empty
        } else if is_html(body) {
            Self::Page
        } else if lenient::json::<Value>(body).is_some() {
            Self::Json
        } else if body.trim_ascii_start().starts_with(b"<") {
            Self::Xml
        } else {
            Self::Other
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Empty => "and nothing in it",
            Self::Page => "an HTML page",
            Self::Json => "some JSON",
            Self::Xml => "some XML",
            Self::Other => "neither JSON nor XML",
        }
    }
}

fn is_html(body: &[u8]) -> bool {
    let start: Vec<u8> = body.iter().take(512).map(u8::to_ascii_lowercase).collect();
    let start = String::from_utf8_lossy(&start);
    start.contains("<html") || start.contains("<!doctype html")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use hyper::StatusCode;
    use hyper::header::HeaderValue;

    use super::*;
    use crate::processing::exchange::Reply;

    const KEYS: Keys<'_> = Keys {
        url: "humo.info_url",
        tls: "humo.info_tls",
        server_name: "humo.info_tls.server_name",
        route: "humo.info_route",
        login: "humo.token",
        timeout: ("humo.timeout_ms", 15_000),
        whom: "the acquirer",
    };

    #[test]
    fn each_reply_of_somebody_else_is_told_by_what_it_is() {
        let strange = "no reply of the server's kind: look at humo.info_url, keep it by --record, and ask the acquirer";
        let trouble = "ask the acquirer: the server has trouble, or does not understand the call";
        let theirs =
            "nobody follows there: if the acquirer says that it is theirs, set humo.info_url to it";
        let page = "something on the way answers in its place: look at humo.info_url and humo.info_route.proxy";
        for (status, location, body, found, advice) in [
            (200, "", "", "HTTP 200, and nothing in it", strange),
            (204, "", "\r\n", "HTTP 204, and nothing in it", strange),
            (200, "", "[]", "HTTP 200, some JSON", strange),
            (
                200,
                "",
                "<?xml version=\"1.0\"?><a/>",
                "HTTP 200, some XML",
                strange,
            ),
            (
                200,
                "",
                "it works",
                "HTTP 200, neither JSON nor XML",
                strange,
            ),
            (200, "", "<HTML>", "HTTP 200, an HTML page", page),
            (502, "", "<!DOCTYPE html>", "HTTP 502, an HTML page", page),
            (502, "", "{}", "HTTP 502", trouble),
            (
                301,
                "https://u:S3cret@humo.bank:50443/v3/iiacs/card?key=S3cret",
                "",
                "HTTP 301 to https://humo.bank:50443/v3/iiacs/card",
                theirs,
            ),
            (
                302,
                "/login?next=S3cret",
                "<html>",
                "HTTP 302 to /login",
                theirs,
            ),
            (304, "", "", "HTTP 304", strange),
            (
                429,
                "",
                "slowly",
                "HTTP 429",
                "it takes fewer calls than these: ask the acquirer how many may come, and when",
            ),
            (
                404,
                "",
                "<html>",
                "HTTP 404, an HTML page",
                "nothing is at the path of humo.info_url: ask the acquirer for it",
            ),
            (
                407,
                "",
                "",
                "HTTP 407",
                "the proxy wants a login: humo.info_route.proxy_user and humo.info_route.proxy_password",
            ),
        ] {
            let mut headers = HeaderMap::new();
            if !location.is_empty() {
                headers.insert(LOCATION, HeaderValue::from_static(location));
            }
            let answer = SeenReply {
                reply: Reply {
                    status: StatusCode::from_u16(status).unwrap(),
                    body: Bytes::from_static(body.as_bytes()),
                },
                headers,
                took: Duration::ZERO,
            };
            let expected = Verdict::wrong(found, advice);
            assert_eq!(judged(&answer, KEYS), expected, "{status} {body}");
        }
    }
}
