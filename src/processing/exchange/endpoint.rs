//! One server: sends a request once and reads its reply.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::client::conn::http1;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout, timeout_at};
use tracing::Instrument as _;

use super::abrupt::Abrupt;
use super::connection_pool::{Connection, ConnectionPool};
use super::error::{Failure, SetupError};
use super::gzip::unpacked;
use super::proxy::Proxy;
use super::socket::{CutOff, Socket};
use super::target::Target;
use super::tls::{Tls, tls};
use super::way::Way;
use crate::domain::behalf::Behalf;
use crate::error_chain::ErrorChain;
use crate::processing::breaker::{CircuitBreaker, Fault};
use crate::processing::bulkhead::{Bulkhead, CallClass};
use crate::processing::told_server::ToldServer;
use crate::spans;

/// The longest head of a reply, in bytes,
const HEAD_LIMIT: usize = 64 * 1024;
/// and the most lines in it. Some servers and the proxies in front of them send more than the usual hundred.
const HEADERS_MAX: usize = 500;

/// An HTTP reply, whatever its status.
#[derive(Clone)]
pub struct Reply {
    pub status: StatusCode,
    pub body: Bytes,
}

/// The body may tell a card's number, a phone or a token.
impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Under which login a call is made.
pub struct Login<'a> {
    /// For the log.
    pub user: &'a str,
    /// Whether a reply is the network's own. One that is not, with the status of a denial, says that the login is not taken.
    pub is_own: &'a (dyn Fn(&Reply) -> bool + Sync),
}

impl Login<'_> {
    fn is_denied_by(&self, reply: &Reply) -> bool {
        let denies = matches!(
            reply.status,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN
        );
        denies && !(self.is_own)(reply)
    }
}

/// A server's address and the open connections to it.
pub struct Endpoint {
    pub(super) target: Target,
    pub(super) proxy: Option<Proxy>,
    source: Option<IpAddr>,
    pub(super) tls: Option<Tls>,
    pub(super) connect_timeout: Duration,
    pub(super) total_timeout: Duration,
    pub(super) reply_limit: usize,
    idle: Arc<ConnectionPool>,
    breaker: CircuitBreaker,
    told: ToldServer,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// # Errors
    /// The URL is not an HTTP URL, it is `https://` and certificates cannot be read, or the proxy's login cannot be sent.
    pub fn new(url: &str, way: Way<'_>) -> Result<Self, SetupError> {
        let target = Target::parse(url)?;
        let tls = match target.https {
            true => Some(tls(&target.host, way.tls)?),
            false => None,
        };
        let idle = Duration::from_millis(way.route.idle_ms);
        Ok(Self {
            target,
            proxy: Proxy::of(way.route)?,
            source: way.route.source_address,
            tls,
            connect_timeout: way.connect_timeout,
            total_timeout: way.total_timeout,
            reply_limit: way.route.reply_limit_bytes,
            idle: Arc::new(ConnectionPool::keeping(idle)),
            breaker: CircuitBreaker::new(ToldServer::default()),
            told: ToldServer::default(),
        })
    }

    /// Reads replies of at least so many bytes, for lists that are longer than other replies.
    #[must_use]
    pub fn with_room_for(self, bytes: usize) -> Self {
        Self {
            reply_limit: self.reply_limit.max(bytes),
            ..self
        }
    }

    /// Counts the exchanges with this address in the bulkhead of its network.
    #[must_use]
    pub fn within(self, bulkhead: &Bulkhead) -> Self {
        Self {
            breaker: CircuitBreaker::within(bulkhead),
            told: bulkhead.told.clone(),
            ..self
        }
    }

    /// Tells operators when it is not called. One within a bulkhead tells as that does.
    #[must_use]
    pub fn telling(self, told: ToldServer) -> Self {
        Self {
            breaker: CircuitBreaker::new(told.clone()),
            told,
            ..self
        }
    }

    /// Sends the body once and waits for the reply. `operation` is the server's own word, for the figures.
    ///
    /// # Errors
    /// See [`Failure`]. An error status is a reply like any other.
    pub async fn post(
        &self,
        class: CallClass,
        operation: &'static str,
        headers: &[(HeaderName, HeaderValue)],
        content_type: &'static str,
        body: Bytes,
    ) -> Result<Reply, Failure> {
        let posted = self.post_under(None, class, operation, headers, (content_type, body));
        posted.await
    }

    /// The same under a login: where it is not taken again and again, the server is not called for a while.
    ///
    /// # Errors
    /// As [`Endpoint::post`].
    pub async fn post_under(
        &self,
        login: Option<Login<'_>>,
        class: CallClass,
        operation: &'static str,
        headers: &[(HeaderName, HeaderValue)],
        (content_type, body): (&'static str, Bytes),
    ) -> Result<Reply, Failure> {
        let admitted = self.breaker.admit(class, Behalf::current());
        let admitted = admitted.map_err(|error| {
            self.told.exchanged(operation, "not_sent", None);
            Failure::NotSent(error.to_string())
        })?;
        let span = self.told.span(operation);
        let began = Instant::now();
        let ended = self.post_admitted(headers, content_type, body);
        let ended = ended.instrument(span.clone()).await;
        let took = Some(began.elapsed());
        let (outcome, took) = match &ended {
            Ok(_) => ("answered", took),
            Err(Failure::TooLong(_)) => ("too_long", took),
            Err(Failure::NotSent(_)) => ("not_sent", None),
            Err(Failure::NoAnswer(_)) => ("no_answer", took),
        };
        self.told.exchanged(operation, outcome, took);
        spans::exchange_ended(&span, outcome);
        let denied = match (&ended, &login) {
            (Ok(reply), Some(login)) if login.is_denied_by(reply) => Some((reply, login)),
            (Ok(_) | Err(_), Some(_) | None) => None,
        };
        if let Some((reply, login)) = denied {
            self.told.denied(reply.status, login.user);
            admitted.failed(Fault::Denied);
            return ended;
        }
        match &ended {
            Ok(_) | Err(Failure::TooLong(_)) => admitted.answered(),
            Err(Failure::NotSent(_)) => admitted.failed(Fault::Connection),
            Err(Failure::NoAnswer(_)) => admitted.failed(Fault::Silence),
        }
        ended
    }

    async fn post_admitted(
        &self,
        headers: &[(HeaderName, HeaderValue)],
        content_type: &'static str,
        body: Bytes,
    ) -> Result<Reply, Failure> {
        let deadline = Instant::now() + self.total_timeout;
        let mut request = self.request(headers, content_type, body);
        while let Some(connection) = self.idle.take() {
            match self.exchange(connection, request, deadline).await {
                Sent::Ended(result) => return result,
                Sent::HandedBack(unsent) => request = *unsent,
            }
        }
        let limit = self.connect_timeout.min(self.total_timeout);
        // Boxed: it is seldom needed, and would make the future of every call as large as that of a proxy's handshake.
        let connecting = Box::pin(self.connect());
        let connection = timeout(limit, connecting).await.map_err(|_| {
            let through = match &self.proxy {
                Some(proxy) => format!(" through the proxy {}", proxy.address),
                None => String::new(),
            };
            let limit = limit.as_millis();
            Failure::NotSent(format!("no connection{through} within {limit} ms"))
        })??;
        match self.exchange(connection, request, deadline).await {
            Sent::Ended(result) => result,
            Sent::HandedBack(_) => Err(Failure::NotSent(
                "the server closed the new connection at once".to_owned(),
            )),
        }
    }

    pub(super) fn request(
        &self,
        headers: &[(HeaderName, HeaderValue)],
        content_type: &'static str,
        body: Bytes,
    ) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.path.clone();
        let all = request.headers_mut();
        all.insert(HOST, self.target.authority.clone());
        all.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        all.extend(headers.iter().cloned());
        if !self.idle.keeps() {
            all.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        request
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let socket = self.socket().await?;
        let cut_off = socket.cut_off();
        match &self.tls {
            None => open(socket, cut_off).await,
            Some(tls) => {
                let stream = tls.connector.connect(tls.name.clone(), socket).await;
                open(Abrupt(stream.map_err(not_connected)?), cut_off).await
            }
        }
    }

    /// A socket whose other end is the server, through the proxy where there is one.
    pub(super) async fn socket(&self) -> Result<Socket, Failure> {
        match &self.proxy {
            None => {
                let (host, port) = (&self.target.host, self.target.port);
                let socket = Socket::connect(host, port, self.source, self.total_timeout);
                socket.await.map_err(not_connected)
            }
            Some(proxy) => {
                let (address, place) = (&proxy.address, self.target.place());
                let (host, port) = (&address.host, address.port);
                let socket = Socket::connect(host, port, self.source, self.total_timeout);
                let socket = socket.await.map_err(|error| {
                    Failure::NotSent(format!("cannot connect to the proxy {address}: {error}"))
                })?;
                let opened = proxy.open(socket, &self.target).await;
                opened.map_err(|cause| {
                    let said = format!("the proxy {address} does not connect to {place}: {cause}");
                    Failure::NotSent(said)
                })
            }
        }
    }

    async fn exchange(
        &self,
        mut connection: Connection,
        request: Request<Full<Bytes>>,
        deadline: Instant,
    ) -> Sent {
        // Also when this future is dropped on the way: only a whole reply says that nothing is left to be sent.
        connection.cut_off.set(true);
        let ended = timeout_at(deadline, async {
            // `timeout_at` polls this future before it looks at the clock. If the whole process was suspended, the request
            // would still be sent, perhaps after the network was found not to have it.
            if deadline <= Instant::now() {
                let late = "the deadline passed before the request could be sent".to_owned();
                return Sent::Ended(Err(Failure::NotSent(late)));
            }
            let response = match connection.sender.try_send_request(request).await {
                Ok(response) => response,
                // hyper returns the message only if it has written nothing of it.
                Err(mut error) => match error.take_message() {
                    Some(unsent) => return Sent::HandedBack(Box::new(unsent)),
                    None => {
                        return Sent::Ended(Err(Failure::NoAnswer(
                            ErrorChain(error.error()).to_string(),
                        )));
                    }
                },
            };
            let status = response.status();
            let limit = self.reply_limit;
            match Limited::new(response.into_body(), limit).collect().await {
                Ok(body) => {
                    let body = unpacked(body.to_bytes(), limit);
                    Sent::Ended(body.map(|body| Reply { status, body }))
                }
                Err(error) if error.is::<LengthLimitError>() => {
                    Sent::Ended(Err(Failure::TooLong(limit)))
                }
                Err(error) => Sent::Ended(Err(Failure::NoAnswer(
                    ErrorChain(error.as_ref()).to_string(),
                ))),
            }
        })
        .await
        .unwrap_or_else(|_| {
            let limit = self.total_timeout.as_millis();
            Sent::Ended(Err(Failure::NoAnswer(format!(
                "no complete reply within {limit} ms"
            ))))
        });
        if let Sent::Ended(Ok(_)) = ended {
            connection.cut_off.set(false);
            Arc::clone(&self.idle).put_back(connection);
        }
        ended
    }
}

/// How one attempt on one connection ended.
enum Sent {
    Ended(Result<Reply, Failure>),
    /// The connection was closed before a byte of the request was written.
    HandedBack(Box<Request<Full<Bytes>>>),
}

fn not_connected(error: std::io::Error) -> Failure {
    Failure::NotSent(format!("cannot connect: {error}"))
}

pub(super) async fn open<T>(io: T, cut_off: CutOff) -> Result<Connection, Failure>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD_LIMIT)
        .max_headers(HEADERS_MAX)
        // What old servers write although HTTP forbids it. It decides nothing: status and body do.
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .ignore_invalid_headers_in_responses(true)
        .handshake(TokioIo::new(io))
        .await
        .map_err(|error| Failure::NotSent(format!("cannot connect: {}", ErrorChain(&error))))?;
    tokio::spawn(async move {
        // An exchange that waits for a reply gets the error by itself.
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to a network ended");
        }
    });
    Ok(Connection { sender, cut_off })
}

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;
