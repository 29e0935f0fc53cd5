//! The HTTP server in front of the methods: connections, time-outs, size limits, and what HTTP itself refuses.

mod body;
mod call;
mod connection;
mod content;
mod handing_over;
mod patience;
mod reference;
mod refusal;
mod source;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HeaderValue};
use hyper::{Method, Request, StatusCode};
use reference_page::ReferencePage;
use rpc_schema::hint::Hint;
use rpc_schema::method::MethodDef;
use rpc_schema::methods::METHODS;
use rpc_schema::reason::Reason;
use tokio::sync::Semaphore;

use self::connection::keep_alive;
pub use self::connection::serve;
use self::refusal::{Reply, not_allowed, refusal, with_type};
use crate::docs;
use crate::domain::source::{Source, TrustedProxies};
use crate::gateway::Gateway;
use crate::random::Random;
use crate::rpc::dispatch::{SentTo, lang};
use crate::rpc::{Dispatcher, address};

/// The limits of connections and requests.
#[derive(Debug, Clone, Copy)]
pub struct HttpLimits {
    /// The largest request body.
    pub body_bytes: usize,
    /// Requests served at the same time.
    pub in_flight: usize,
    /// Connections open at the same time.
    pub connections: usize,
    pub header_timeout: Duration,
    /// How long a connection is kept between two requests.
    pub idle_timeout: Duration,
    pub body_timeout: Duration,
    /// How long a stop waits for running requests.
    pub shutdown_timeout: Duration,
}

/// The partners' endpoint.
pub struct Endpoint {
    dispatcher: Dispatcher,
    gateway: Arc<Gateway>,
    reference: ReferencePage,
    limits: HttpLimits,
    in_flight: Arc<Semaphore>,
    /// Whether the documents' own paths are served.
    documented_paths: bool,
    proxies: TrustedProxies,
    /// What the header `Keep-Alive` announces.
    keep_alive: Option<HeaderValue>,
}

impl Endpoint {
    /// An endpoint that answers with `dispatcher`.
    pub fn new(
        dispatcher: Dispatcher,
        gateway: Arc<Gateway>,
        reference: ReferencePage,
        limits: HttpLimits,
    ) -> Self {
        Self {
            dispatcher,
            gateway,
            reference,
            limits,
            in_flight: Arc::new(Semaphore::new(limits.in_flight)),
            documented_paths: false,
            proxies: TrustedProxies::default(),
            keep_alive: keep_alive(limits.idle_timeout),
        }
    }

    /// Serves the documents' own paths too, or not (`compat.http_paths`).
    pub fn with_documented_paths(self, documented_paths: bool) -> Self {
        Self {
            documented_paths,
            ..self
        }
    }

    /// Believes these proxies (`server.trusted_proxies`).
    pub fn behind(self, proxies: TrustedProxies) -> Self {
        Self { proxies, ..self }
    }

    async fn respond(&self, request: Request<Incoming>, peer: IpAddr) -> Reply {
        let source = source::source(&self.proxies, peer, request.headers());
        let request_id = self.random().uuid().unwrap_or_default();
        let mut reply = match (request.method(), request.uri().path()) {
            (&Method::POST, "/") => {
                self.call(request, SentTo::Endpoint, source, request_id)
                    .await
            }
            (&Method::GET | &Method::HEAD, "/docs") => reference::answer(&self.reference, &request),
            (&Method::GET | &Method::HEAD, "/openrpc.json") => {
                let document = docs::openrpc(&address(request.headers()));
                with_type(StatusCode::OK, "application/json", Bytes::from(document))
            }
            (_, "/") => not_allowed(lang(request.headers()), "POST"),
            (_, "/docs" | "/openrpc.json") => not_allowed(lang(request.headers()), "GET, HEAD"),
            (_, _) => self.documented_path(request, source, request_id).await,
        };
        let headers = reply.headers_mut();
        if let (Some(value), false) = (&self.keep_alive, headers.contains_key(CONNECTION)) {
            headers.insert("keep-alive", value.clone());
        }
        if let Ok(value) = HeaderValue::from_str(&request_id.to_string()) {
            reply.headers_mut().insert("x-request-id", value);
        }
        reply
    }

    /// What is at none of the gateway's own paths may be at one of the documents'.
    async fn documented_path(
        &self,
        request: Request<Incoming>,
        source: Source,
        request_id: uuid::Uuid,
    ) -> Reply {
        let asked = lang(request.headers());
        let path = request.uri().path();
        let hint = match method_of(path) {
            Some(found) if found.is_documented_at(path) => {
                if self.documented_paths && request.method() == Method::POST {
                    return self
                        .call(request, SentTo::Path(found), source, request_id)
                        .await;
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

    fn random(&self) -> &dyn Random {
        self.gateway.random.as_ref()
    }
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
