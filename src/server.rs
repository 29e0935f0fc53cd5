//! The HTTP server in front of the methods: connections, time-outs, size limits, and what HTTP itself refuses.

mod body;
mod handing_over;
mod patience;
mod reference;

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{
    ALLOW, CONNECTION, CONTENT_ENCODING, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use reference_page::ReferencePage;
use rpc_schema::errors::{ErrorCode, Family, Lang};
use rpc_schema::hint::Hint;
use rpc_schema::method::MethodDef;
use rpc_schema::methods::METHODS;
use rpc_schema::reason::Reason;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use self::body::ReplyBody;
use self::handing_over::{HandingOver, Outgoing};
use self::patience::{Patient, Phase};
use crate::docs;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::random::Random;
use crate::rpc::dispatch::{Answer, SentTo, lang, lone_error};
use crate::rpc::errors::{WireError, language};
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
    /// What the header `Keep-Alive` announces.
    keep_alive: Option<HeaderValue>,
}

type Reply = Response<ReplyBody>;

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

    async fn respond(&self, request: Request<Incoming>) -> Reply {
        let request_id = self.random().uuid().unwrap_or_default();
        let mut reply = match (request.method(), request.uri().path()) {
            (&Method::POST, "/") => self.call(request, SentTo::Endpoint, request_id).await,
            (&Method::GET | &Method::HEAD, "/docs") => reference::answer(&self.reference, &request),
            (&Method::GET | &Method::HEAD, "/openrpc.json") => {
                let document = docs::openrpc(&address(request.headers()));
                with_type(StatusCode::OK, "application/json", Bytes::from(document))
            }
            (_, "/") => not_allowed(lang(request.headers()), "POST"),
            (_, "/docs" | "/openrpc.json") => not_allowed(lang(request.headers()), "GET, HEAD"),
            (_, _) => self.documented_path(request, request_id).await,
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
    async fn documented_path(&self, request: Request<Incoming>, request_id: uuid::Uuid) -> Reply {
        let asked = lang(request.headers());
        let path = request.uri().path();
        let hint = match method_of(path) {
            Some(found) if found.is_documented_at(path) => {
                if self.documented_paths && request.method() == Method::POST {
                    return self.call(request, SentTo::Path(found), request_id).await;
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

    async fn call(&self, request: Request<Incoming>, to: SentTo, request_id: uuid::Uuid) -> Reply {
        let asked = lang(request.headers());
        let unsupported = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        if !is_json(request.headers().get(CONTENT_TYPE)) {
            return refusal(unsupported, asked, Reason::ContentType, Hint::ContentType);
        }
        if is_encoded(request.headers().get(CONTENT_ENCODING)) {
            let reason = Reason::ContentEncoding;
            return refusal(unsupported, asked, reason, Hint::ContentEncoding);
        }
        let too_large = || {
            let hint = Hint::BodyLimit(self.limits.body_bytes);
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            closing(refusal(status, asked, Reason::BodyTooLarge, hint))
        };
        let limit = u64::try_from(self.limits.body_bytes).unwrap_or(u64::MAX);
        if request.body().size_hint().lower() > limit {
            return too_large();
        }
        let (head, body) = request.into_parts();
        let collected = Limited::new(body, self.limits.body_bytes).collect();
        let body = match tokio::time::timeout(self.limits.body_timeout, collected).await {
            Ok(Ok(body)) => body.to_bytes(),
            Ok(Err(error)) if error.is::<http_body_util::LengthLimitError>() => return too_large(),
            Ok(Err(_)) => {
                return closing(refusal(
                    StatusCode::BAD_REQUEST,
                    asked,
                    Reason::BodyIncomplete,
                    Hint::BodyIncomplete,
                ));
            }
            Err(_) => {
                return closing(refusal(
                    StatusCode::REQUEST_TIMEOUT,
                    asked,
                    Reason::BodyTimeout,
                    Hint::BodyTimeout,
                ));
            }
        };
        // Taken only now, so that slow senders do not use up the permits.
        let Ok(permit) = Arc::clone(&self.in_flight).try_acquire_owned() else {
            return unavailable(asked, Reason::Overloaded);
        };
        match self
            .dispatcher
            .answer(to, &head.headers, &body, request_id, Arc::new(permit))
            .await
        {
            Answer::Ok(body, replies) => {
                let mut reply = json(StatusCode::OK, body);
                reply.body_mut().replies = Some(replies);
                reply
            }
            Answer::Unauthorized(body) => {
                let mut reply = json(StatusCode::UNAUTHORIZED, body);
                let realm =
                    HeaderValue::from_static(r#"Basic realm="AloqaGateway", charset="UTF-8""#);
                reply.headers_mut().insert(WWW_AUTHENTICATE, realm);
                reply
            }
            Answer::Unavailable(lang) => unavailable(Some(lang), Reason::DatabaseAway),
        }
    }

    fn random(&self) -> &dyn Random {
        self.gateway.random.as_ref()
    }
}

/// Serves the endpoint on `listener` until `stop`. Then it accepts no new connections, and lets running requests finish
/// within the shutdown time-out.
pub async fn serve(endpoint: Arc<Endpoint>, listener: TcpListener, stop: CancellationToken) {
    let limits = endpoint.limits;
    let connections = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    // It counts from the last reply on; `Patient` watches a head that has begun.
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.idle_timeout)
        // Who has said all gets the reply all the same.
        .half_close(true);
    let mut stopped = pin!(stop.cancelled());
    loop {
        // At the limit nothing is accepted: callers wait in the listener's queue.
        let accepted = tokio::select! {
            () = &mut stopped => break,
            accepted = accept(&listener, &connections) => accepted,
        };
        let Some((stream, permit)) = accepted else {
            continue;
        };
        let endpoint = Arc::clone(&endpoint);
        let phase = Phase::default();
        let outgoing = Outgoing::default();
        let stream = HandingOver::new(stream, outgoing.clone());
        let stream = Patient::new(stream, phase.clone(), limits.header_timeout);
        let service = service_fn(move |request| {
            let (endpoint, phase) = (Arc::clone(&endpoint), phase.clone());
            let outgoing = outgoing.clone();
            async move {
                phase.serve();
                let mut reply = endpoint.respond(request).await;
                reply.body_mut().outgoing = outgoing;
                phase.rest();
                Ok::<_, Infallible>(reply)
            }
        });
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(
                    error = %ErrorChain(&error),
                    "a connection ended early"
                );
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.shutdown_timeout, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some connections were still open at the end of the shutdown time-out");
    }
}

/// `timeout=<seconds>`, a tenth less than is waited: who believes it does not send a call to a connection that is closing.
fn keep_alive(idle: Duration) -> Option<HeaderValue> {
    let seconds = (idle * 9 / 10).as_secs();
    let announced = HeaderValue::from_str(&format!("timeout={seconds}")).ok()?;
    (seconds > 0).then_some(announced)
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "cannot set TCP_NODELAY");
            }
            Some((stream, permit))
        }
        Err(error) => {
            // Most often there are no file descriptors left. Without a pause the loop would use a whole processor.
            tracing::warn!(%error, "cannot accept a connection");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

/// `application/json` or `application/json-rpc`, in any spelling of UTF-8. A missing header is accepted.
fn is_json(header: Option<&HeaderValue>) -> bool {
    let Some(header) = header else { return true };
    let Ok(text) = header.to_str() else {
        return false;
    };
    let mut parts = text.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let known = ["application/json", "application/json-rpc"]
        .iter()
        .any(|known| essence.eq_ignore_ascii_case(known));
    known && !parts.any(is_other_charset)
}

/// Whether a parameter names another charset than UTF-8. Other parameters say nothing about the body.
fn is_other_charset(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    // `utf-8`, `"UTF-8"`, `utf8`, `utf_8`
    let spelled: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    name.trim().eq_ignore_ascii_case("charset") && !spelled.eq_ignore_ascii_case("utf8")
}

/// Whether the body is compressed.
fn is_encoded(header: Option<&HeaderValue>) -> bool {
    header.is_some_and(|value| {
        let plain = value.to_str().map(str::trim).unwrap_or("?");
        !plain.is_empty() && !plain.eq_ignore_ascii_case("identity")
    })
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

/// A refusal of HTTP: -32600 with the reason and a hint on what to do instead.
fn refusal(status: StatusCode, asked: Option<Lang>, reason: Reason, hint: Hint) -> Reply {
    let lang = language(asked, Family::Gateway);
    let error = WireError::because(ErrorCode::InvalidRequest, lang, reason, hint);
    json(status, lone_error(&error))
}

fn not_allowed(asked: Option<Lang>, allowed: &'static str) -> Reply {
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
fn unavailable(asked: Option<Lang>, reason: Reason) -> Reply {
    let lang = language(asked, Family::Gateway);
    let error = WireError::because(ErrorCode::Overloaded, lang, reason, Hint::TryAgain);
    let mut reply = json(StatusCode::SERVICE_UNAVAILABLE, lone_error(&error));
    reply
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    reply
}

/// Closes the connection: after a body that was not read to its end it cannot be used again.
fn closing(mut reply: Reply) -> Reply {
    reply
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    reply
}

fn json(status: StatusCode, body: String) -> Reply {
    with_type(status, "application/json", Bytes::from(body))
}

fn with_type(status: StatusCode, content_type: &'static str, body: Bytes) -> Reply {
    let mut reply = Response::new(ReplyBody::of(body));
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(
        "x-content-type-options",
        HeaderValue::from_static("nosniff"),
    );
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    reply
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

    #[test]
    fn only_a_plain_body_is_not_encoded() {
        let encoded = |text: &'static str| is_encoded(Some(&HeaderValue::from_static(text)));
        assert!(!is_encoded(None));
        assert!(!encoded("identity") && !encoded(" Identity ") && !encoded(""));
        assert!(encoded("gzip") && encoded("identity, gzip") && encoded("br"));
    }

    #[test]
    fn less_is_announced_than_is_waited() {
        let announced = |millis| keep_alive(Duration::from_millis(millis));
        assert_eq!(announced(75_000).unwrap(), "timeout=67");
        assert_eq!(announced(2_000).unwrap(), "timeout=1");
        assert_eq!(announced(1_000), None);
    }

    #[test]
    fn any_spelling_of_json_in_utf8_is_accepted() {
        let accepted = |text: &str| is_json(Some(&HeaderValue::from_str(text).unwrap()));
        assert!(is_json(None));
        for header in [
            "application/json",
            "Application/JSON",
            "application/json-rpc",
            "application/json;charset=utf-8",
            "application/json;  charset=UTF-8",
            "application/json; charset=\"utf-8\"",
            "application/json ; charset = utf8",
            "application/json;",
            "application/json; charset=UTF_8",
            "application/json; charset='utf-8'",
            "application/json; version=1; charset=utf-8",
            "application/json; profile=\"x\"",
            "application/json; odata",
        ] {
            assert!(accepted(header), "{header}");
        }
        for header in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=cp1251",
            "application/json; charset=utf-16",
            "application/json; charset=utf-8; charset=latin1",
            "",
        ] {
            assert!(!accepted(header), "{header:?}");
        }
    }
}
