//! From a request to its reply: who is let in, and which path is it?

use std::net::IpAddr;

use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};
use listener::browser::Visitor;
use listener::guarded::Progress;
use rpc_schema::hint::Hint;
use rpc_schema::method::MethodDef;
use rpc_schema::methods::METHODS;
use rpc_schema::reason::Reason;

use super::browser::{not_let_in, preflight, readable_by};
use super::endpoint::{Asker, Endpoint};
use super::refusal::{Reply, closing, not_allowed, refusal};
use super::{reference, source};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::peer::Peer;
use crate::notices::Notice;
use crate::rpc::authentication::LastLogin;
use crate::rpc::body::SentTo;
use crate::rpc::dispatch::lang;

/// The most that a call's request line and headers need, in bytes, and the most headers. hyper's own limits are twice that:
/// what is beyond those is refused without words.
const HEAD_BYTES: usize = 8 * 1024;
const HEADERS: usize = 48;

impl Endpoint {
    /// Answers a request on a connection from this peer.
    pub(super) async fn respond(
        &self,
        request: Request<Incoming>,
        peer: IpAddr,
        certificate: Option<Fingerprint>,
        progress: &Progress,
        last_login: &LastLogin,
    ) -> Reply {
        let source = source::source(&self.proxies, peer, request.headers());
        let request_id = self.request_ids.next();
        let (head, body) = request.into_parts();
        let asked = lang(&head.headers);
        let mut reply = match self.doorkeeper.judge(&head) {
            _ if exceeds(&head) => closing(refusal(
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                asked,
                Reason::HeadersTooLarge,
                Hint::HeadersLimit(HEAD_BYTES, HEADERS),
            )),
            Ok(visitor) => {
                let request = Request::from_parts(head, body);
                let asker = Asker {
                    peer: Peer {
                        source,
                        certificate,
                    },
                    request_id,
                    progress,
                    last_login,
                };
                let mut reply = self.serve(request, &visitor, asker).await;
                readable_by(&visitor, reply.headers_mut());
                reply
            }
            Err(refused) => closing(not_let_in(refused, asked)),
        };
        if let Some(reason) = reply.extensions().get::<Reason>() {
            let notice = Notice::RefusedRequest(reason.as_str());
            self.metrics.notices.tell_of(notice, &source.key());
        }
        let keep_alive = match progress.has_authenticated() {
            true => &self.keep_alive,
            false => &self.keep_stranger_alive,
        };
        let headers = reply.headers_mut();
        if let (Some(value), false) = (keep_alive, headers.contains_key(CONNECTION)) {
            headers.insert("keep-alive", value.clone());
        }
        if let Ok(value) = HeaderValue::from_str(&request_id.to_string()) {
            reply.headers_mut().insert("x-request-id", value);
        }
        reply
    }

    async fn serve(
        &self,
        request: Request<Incoming>,
        visitor: &Visitor,
        asker: Asker<'_>,
    ) -> Reply {
        let asked = lang(request.headers());
        match (request.method(), request.uri().path()) {
            (&Method::OPTIONS, _) if matches!(visitor, Visitor::Allowed(_)) => preflight(),
            (&Method::POST, "/") => self.call(request, SentTo::Endpoint, asker).await,
            (&Method::GET | &Method::HEAD, "/docs") => {
                reference::answer(&self.reference, &request, self.certificates.is_some())
            }
            (&Method::GET | &Method::HEAD, "/openrpc.json") => reference::document(
                &self.documents,
                request.headers(),
                self.certificates.is_some(),
            ),
            (_, "/") => not_allowed(asked, "POST"),
            (_, "/docs" | "/openrpc.json") => not_allowed(asked, "GET, HEAD"),
            (_, _) => self.documented_path(request, asker).await,
        }
    }

    /// What is at none of the gateway's own paths may be at one of the documents'.
    async fn documented_path(&self, request: Request<Incoming>, asker: Asker<'_>) -> Reply {
        let asked = lang(request.headers());
        let path = request.uri().path();
        let hint = match method_of(path) {
            Some(found) if found.is_documented_at(path) => {
                if self.documented_paths && request.method() == Method::POST {
                    return self.call(request, SentTo::Path(found), asker).await;
                }
                if self.documented_paths {
                    return not_allowed(asked, "POST");
                }
                Hint::CallMethodOrServePaths(found.name)
            }
            Some(found) => Hint::CallMethod(found.name),
            None => Hint::OneEndpoint,
        };
        refusal(StatusCode::NOT_FOUND, asked, Reason::PathNotFound, hint)
    }
}

fn exceeds(head: &Parts) -> bool {
    let path = head.uri.path_and_query();
    let line = path.map_or(0, |path| path.as_str().len()) + "OPTIONS  HTTP/1.1\r\n".len();
    let lines = head.headers.iter();
    let bytes = lines.map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    head.headers.len() > HEADERS || line + bytes.sum::<usize>() > HEAD_BYTES
}

/// The method whose documented path this is, whatever stands before it.
fn method_of(path: &str) -> Option<&'static MethodDef> {
    let path = path.trim_end_matches('/').replace('/', ".");
    let ending = |method: &&MethodDef| {
        let before = path.strip_suffix(method.name);
        before.is_some_and(|before| before.ends_with('.'))
    };
    let longest = METHODS.iter().filter(ending);
    longest.max_by_key(|method| method.name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_documented_path_is_that_of_a_method() {
        for (path, method) in [
            ("/cards/add", Some("cards.add")),
            ("/cards/add-confirm/", Some("cards.add-confirm")),
            ("/cards/attach/confirm", Some("cards.attach.confirm")),
            ("/api/v1/transactions/debit", Some("transactions.debit")),
            (
                "/transactions/debit/hold/charge",
                Some("transactions.debit.hold.charge"),
            ),
            ("/monitoring/get/entry", Some("monitoring.get.entry")),
            ("/cards.add", Some("cards.add")),
            ("/mycards/add", None),
            ("/cards", None),
            ("/rpc", None),
            ("//", None),
        ] {
            assert_eq!(method_of(path).map(|method| method.name), method, "{path}");
        }
    }
}
