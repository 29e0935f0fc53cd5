//! A reply that is none of the server that was asked: who gave it, and what to do.

use super::around::Keys;
use super::finding::Verdict;
use crate::processing::exchange::Reply;

/// What such a reply means. Nothing of it is quoted.
pub(super) fn judged(reply: &Reply, keys: Keys<'_>) -> Verdict {
    let Keys {
        url,
        route,
        login,
        whom,
        ..
    } = keys;
    let status = reply.status.as_u16();
    let page = if is_html(&reply.body) {
        ", an HTML page"
    } else {
        ""
    };
    let found = format!("HTTP {status}{page}");
    let advice = match status {
        401 => format!("{login}: not taken; compare with what {whom} gave. Has it ended?"),
        403 => format!("we are not let in: ask {whom} whether our address and login may call"),
        404 | 405 => format!("nothing is at the path of {url}: ask {whom} for it"),
        407 => format!("the proxy wants a login: {route}.proxy_user and {route}.proxy_password"),
        _ if !page.is_empty() => {
            format!("something on the way answers in its place: look at {url} and {route}.proxy")
        }
        300..=399 => format!("it leads elsewhere, and nobody follows: set {url} to that address"),
        500..=599 => format!("ask {whom}: the server has trouble, or does not understand the call"),
        _ => format!(
            "no reply of the server's kind: look at {url}, keep it by --record, and ask {whom}"
        ),
    };
    Verdict::wrong(found, advice)
}

fn is_html(body: &[u8]) -> bool {
    let start: Vec<u8> = body.iter().take(512).map(u8::to_ascii_lowercase).collect();
    let start = String::from_utf8_lossy(&start);
    start.contains("<html") || start.contains("<!doctype html")
}
