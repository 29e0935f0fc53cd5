//! The HTTP server in front of the methods: connections, time-outs, size limits, and what HTTP itself refuses.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use rpc_schema::errors::{ErrorCode, Family, Lang};
use rpc_schema::reason::Reason;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::docs;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::random::Random;
use crate::rpc::dispatch::{Answer, lang};
use crate::rpc::errors::{WireError, language};
use crate::rpc::{Dispatcher, address, envelope};

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
    pub body_timeout: Duration,
    /// How long a stop waits for running requests.
    pub shutdown_timeout: Duration,
}

/// The partners' endpoint.
pub struct Endpoint {
    dispatcher: Dispatcher,
    gateway: Arc<Gateway>,
    limits: HttpLimits,
    in_flight: Arc<Semaphore>,
}

type Reply = Response<Full<Bytes>>;

impl Endpoint {
    /// An endpoint that answers with `dispatcher`.
    pub fn new(dispatcher: Dispatcher, gateway: Arc<Gateway>, limits: HttpLimits) -> Self {
        Self {
            dispatcher,
            gateway,
            limits,
            in_flight: Arc::new(Semaphore::new(limits.in_flight)),
        }
    }

    async fn respond(&self, request: Request<Incoming>) -> Reply {
        let request_id = self.random().uuid().unwrap_or_default();
        let mut reply = match (request.method(), request.uri().path()) {
            (&Method::POST, "/") => self.call(request, request_id).await,
            (&Method::GET | &Method::HEAD, "/docs") => {
                page("text/html; charset=utf-8", docs::page())
            }
            (&Method::GET | &Method::HEAD, "/openrpc.json") => {
                let document = docs::openrpc(&address(request.headers()));
                with_type(StatusCode::OK, "application/json", Bytes::from(document))
            }
            (_, "/") => not_allowed(lang(request.headers()), "POST"),
            (_, "/docs" | "/openrpc.json") => not_allowed(lang(request.headers()), "GET, HEAD"),
            (_, _) => refusal(
                StatusCode::NOT_FOUND,
                lang(request.headers()),
                Reason::PathNotFound,
                "there is one endpoint: POST /; the reference is at GET /docs",
            ),
        };
        if let Ok(value) = HeaderValue::from_str(&request_id.to_string()) {
            reply.headers_mut().insert("x-request-id", value);
        }
        reply
    }

    async fn call(&self, request: Request<Incoming>, request_id: uuid::Uuid) -> Reply {
        let asked = lang(request.headers());
        if !is_json(request.headers().get(CONTENT_TYPE)) {
            let hint = "send Content-Type: application/json";
            let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
            return refusal(status, asked, Reason::ContentType, hint);
        }
        let too_large = || {
            let hint = format!("a body may have {} bytes", self.limits.body_bytes);
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            closing(refusal(status, asked, Reason::BodyTooLarge, &hint))
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
                    "the body broke off",
                ));
            }
            Err(_) => {
                return closing(refusal(
                    StatusCode::REQUEST_TIMEOUT,
                    asked,
                    Reason::BodyTimeout,
                    "the body did not arrive in time",
                ));
            }
        };
        // Taken only now, so that slow senders do not use up the permits.
        let Ok(permit) = Arc::clone(&self.in_flight).try_acquire_owned() else {
            return unavailable(asked);
        };
        match self
            .dispatcher
            .answer(&head.headers, &body, request_id, Arc::new(permit))
            .await
        {
            Answer::Ok(body) => json(StatusCode::OK, body),
            Answer::Unauthorized(lang) => {
                let error = WireError::bare(ErrorCode::AccessDenied, lang);
                let mut reply = json(StatusCode::UNAUTHORIZED, lone_error(&error));
                let realm =
                    HeaderValue::from_static(r#"Basic realm="AloqaGateway", charset="UTF-8""#);
                reply.headers_mut().insert(WWW_AUTHENTICATE, realm);
                reply
            }
            Answer::Unavailable(lang) => unavailable(Some(lang)),
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
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout);
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
        let service = service_fn(move |request| {
            let endpoint = Arc::clone(&endpoint);
            async move { Ok::<_, Infallible>(endpoint.respond(request).await) }
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
    known && parts.filter(|part| !part.is_empty()).all(is_utf8_charset)
}

fn is_utf8_charset(parameter: &str) -> bool {
    let Some((name, value)) = parameter.split_once('=') else {
        return false;
    };
    let value = value.trim().trim_matches('"');
    name.trim().eq_ignore_ascii_case("charset")
        && ["utf-8", "utf8"]
            .iter()
            .any(|utf8| value.eq_ignore_ascii_case(utf8))
}

/// A reply with one error and no id, for what concerns no single call.
fn lone_error(error: &WireError) -> String {
    envelope::write(
        envelope::Form::TwoPointZero,
        &envelope::JsonRpcId::Absent,
        &envelope::Reply::Error(error.to_json()),
    )
}

/// A refusal of HTTP: -32600 with the reason and a hint on what to do instead.
fn refusal(status: StatusCode, asked: Option<Lang>, reason: Reason, hint: &str) -> Reply {
    let mut error = WireError::bare(ErrorCode::InvalidRequest, language(asked, Family::Gateway));
    error.data.reason = Some(reason);
    error.data.hint = Some(hint.to_owned());
    json(status, lone_error(&error))
}

fn not_allowed(asked: Option<Lang>, allowed: &'static str) -> Reply {
    let mut reply = refusal(
        StatusCode::METHOD_NOT_ALLOWED,
        asked,
        Reason::MethodNotAllowed,
        &format!("allowed here: {allowed}"),
    );
    reply
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static(allowed));
    reply
}

/// -32343: nothing was executed; the same request may succeed in a moment.
fn unavailable(asked: Option<Lang>) -> Reply {
    let mut error = WireError::bare(ErrorCode::Overloaded, language(asked, Family::Gateway));
    error.data.retryable = Some(true);
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
        .insert(hyper::header::CONNECTION, HeaderValue::from_static("close"));
    reply
}

fn json(status: StatusCode, body: String) -> Reply {
    with_type(status, "application/json", Bytes::from(body))
}

fn page(content_type: &'static str, body: &'static str) -> Reply {
    with_type(
        StatusCode::OK,
        content_type,
        Bytes::from_static(body.as_bytes()),
    )
}

fn with_type(status: StatusCode, content_type: &'static str, body: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(body));
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
        ] {
            assert!(accepted(header), "{header}");
        }
        for header in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=cp1251",
            "",
        ] {
            assert!(!accepted(header), "{header:?}");
        }
    }
}
