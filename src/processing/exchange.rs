//! One HTTP exchange, with a sure answer to the question that decides about money: can a byte have left?
//!
//! A general HTTP client repeats a request on its own when a kept connection turns out to be dead. For a call that moves
//! money that is one repeat too many (design section 4), so this one is built on hyper's connection alone. It follows no
//! redirects either.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;

use super::breaker::CircuitBreaker;
use super::bulkhead::{Bulkhead, CallClass};
use crate::causes::Causes;

/// The longest reply that is read, unless [`Endpoint::with_reply_limit`] says otherwise. Those of the networks are a few
/// kilobytes.
const REPLY_LIMIT: usize = 64 * 1024;
/// How many unused connections are kept.
const IDLE_MAX: usize = 32;
/// How long an unused connection is kept: shorter than the five seconds after which common servers close theirs. A request
/// that meets that closing on its way has an unknown outcome, although nobody has read it.
const IDLE_AGE: Duration = Duration::from_secs(4);

type Connection = SendRequest<Full<Bytes>>;

/// An HTTP reply, whatever its status.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: StatusCode,
    pub body: Bytes,
}

/// Why there is no reply. The texts are for the log; they hold neither card data nor credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Not one byte of the request was written to a connection.
    #[error("not sent: {0}")]
    NotSent(String),
    /// The request may have arrived.
    #[error("no answer: {0}")]
    NoAnswer(String),
    /// There is a reply, and it is longer than the limit, so it was not read to its end.
    #[error("no answer: the reply is longer than {0} bytes")]
    TooLong(usize),
}

/// Why an address or its credentials cannot be used; found at the start.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("an address must be an http:// or https:// URL without user name")]
    Url,
    #[error("the system's root certificates cannot be read: {0}")]
    Roots(String),
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
    #[error("a password or token has a character that no HTTP header can carry")]
    Credentials,
}

/// A server's address and the connections kept open to it.
pub struct Endpoint {
    host: String,
    port: u16,
    /// For the header `Host`.
    authority: HeaderValue,
    /// Path and query.
    target: Uri,
    tls: Option<Tls>,
    connect_timeout: Duration,
    total_timeout: Duration,
    reply_limit: usize,
    idle: Arc<Idle>,
    breaker: CircuitBreaker,
}

struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("authority", &self.authority)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// An exchange as a whole, connecting included, takes no longer than `total_timeout`.
    ///
    /// # Errors
    /// The URL is none for HTTP, or the root certificates for an `https://` one cannot be read.
    pub fn new(
        url: &str,
        connect_timeout: Duration,
        total_timeout: Duration,
    ) -> Result<Self, SetupError> {
        let uri: Uri = url.parse().map_err(|_| SetupError::Url)?;
        let authority = uri.authority().ok_or(SetupError::Url)?.as_str();
        if authority.contains('@') {
            return Err(SetupError::Url);
        }
        // An IPv6 address stands in brackets in a URL, and nowhere else.
        let host = uri
            .host()
            .ok_or(SetupError::Url)?
            .trim_matches(['[', ']'])
            .to_owned();
        let (tls, default_port) = match uri.scheme_str() {
            Some("http") => (None, 80),
            Some("https") => (Some(tls(&host)?), 443),
            _ => return Err(SetupError::Url),
        };
        let target = uri
            .path_and_query()
            .map_or(Ok(Uri::from_static("/")), |target| target.as_str().parse());
        Ok(Self {
            host,
            port: uri.port_u16().unwrap_or(default_port),
            authority: HeaderValue::from_str(authority).map_err(|_| SetupError::Url)?,
            target: target.map_err(|_| SetupError::Url)?,
            tls,
            connect_timeout,
            total_timeout,
            reply_limit: REPLY_LIMIT,
            idle: Arc::new(Idle::default()),
            breaker: CircuitBreaker::default(),
        })
    }

    /// Reads replies of up to so many bytes.
    #[must_use]
    pub fn with_reply_limit(self, reply_limit: usize) -> Self {
        Self {
            reply_limit,
            ..self
        }
    }

    /// One of the addresses of a network.
    #[must_use]
    pub fn within(self, bulkhead: &Bulkhead) -> Self {
        Self {
            breaker: CircuitBreaker::within(bulkhead),
            ..self
        }
    }

    /// Sends the body once and waits for the reply.
    ///
    /// # Errors
    /// See [`Failure`]. An error status is a reply like any other.
    pub async fn post(
        &self,
        class: CallClass,
        headers: &[(HeaderName, HeaderValue)],
        content_type: &'static str,
        body: Bytes,
    ) -> Result<Reply, Failure> {
        let admitted = self.breaker.admit(class);
        let admitted = admitted.map_err(|why| Failure::NotSent(why.to_string()))?;
        let ended = self.post_admitted(headers, content_type, body).await;
        match &ended {
            Ok(_) | Err(Failure::TooLong(_)) => admitted.answered(),
            Err(Failure::NotSent(_) | Failure::NoAnswer(_)) => admitted.failed(),
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
        let connection = timeout(limit, self.connect()).await.map_err(|_| {
            Failure::NotSent(format!("no connection within {} ms", limit.as_millis()))
        })??;
        match self.exchange(connection, request, deadline).await {
            Sent::Ended(result) => result,
            Sent::HandedBack(_) => Err(Failure::NotSent(
                "the new connection was closed at once".to_owned(),
            )),
        }
    }

    fn request(
        &self,
        headers: &[(HeaderName, HeaderValue)],
        content_type: &'static str,
        body: Bytes,
    ) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.clone();
        let all = request.headers_mut();
        all.insert(HOST, self.authority.clone());
        all.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        all.extend(headers.iter().cloned());
        request
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let failed = |error: std::io::Error| Failure::NotSent(format!("cannot connect: {error}"));
        let stream = TcpStream::connect((self.host.as_str(), self.port))
            .await
            .map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        match &self.tls {
            None => open(stream).await,
            Some(tls) => {
                open(
                    tls.connector
                        .connect(tls.name.clone(), stream)
                        .await
                        .map_err(failed)?,
                )
                .await
            }
        }
    }

    async fn exchange(
        &self,
        mut connection: Connection,
        request: Request<Full<Bytes>>,
        deadline: Instant,
    ) -> Sent {
        let ended = timeout_at(deadline, async {
            // The time-out comes second: after a standstill of the whole process the request would leave all the same, at
            // a time when it may have been taken for one that never comes.
            if deadline <= Instant::now() {
                let late = "its time was over before it could leave".to_owned();
                return Sent::Ended(Err(Failure::NotSent(late)));
            }
            let response = match connection.try_send_request(request).await {
                Ok(response) => response,
                // The message comes back only while hyper has written nothing of it.
                Err(mut error) => match error.take_message() {
                    Some(unsent) => return Sent::HandedBack(Box::new(unsent)),
                    None => {
                        return Sent::Ended(Err(Failure::NoAnswer(
                            Causes(error.error()).to_string(),
                        )));
                    }
                },
            };
            let status = response.status();
            let limit = self.reply_limit;
            match Limited::new(response.into_body(), limit).collect().await {
                Ok(body) => Sent::Ended(Ok(Reply {
                    status,
                    body: body.to_bytes(),
                })),
                Err(error) if error.is::<LengthLimitError>() => {
                    Sent::Ended(Err(Failure::TooLong(limit)))
                }
                Err(error) => {
                    Sent::Ended(Err(Failure::NoAnswer(Causes(error.as_ref()).to_string())))
                }
            }
        })
        .await
        .unwrap_or_else(|_| {
            let limit = self.total_timeout.as_millis();
            Sent::Ended(Err(Failure::NoAnswer(format!(
                "no whole reply within {limit} ms"
            ))))
        });
        if let Sent::Ended(Ok(_)) = ended {
            keep(Arc::clone(&self.idle), connection);
        }
        ended
    }
}

/// How one attempt on one connection ended.
enum Sent {
    Ended(Result<Reply, Failure>),
    /// The connection was dead before a byte of the request was written.
    HandedBack(Box<Request<Full<Bytes>>>),
}

async fn open<T>(io: T) -> Result<Connection, Failure>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::Builder::new()
        // For the head of the reply.
        .max_buf_size(REPLY_LIMIT)
        .handshake(TokioIo::new(io))
        .await
        .map_err(|error| Failure::NotSent(format!("cannot connect: {}", Causes(&error))))?;
    tokio::spawn(async move {
        // Whoever waits for a reply gets the error there.
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to a network ended");
        }
    });
    Ok(sender)
}

/// Keeps a connection on which an exchange has just ended well.
fn keep(idle: Arc<Idle>, mut connection: Connection) {
    if connection.is_ready() {
        idle.put(connection);
        return;
    }
    // The connection's own task has yet to notice that the reply was read to its end, or that the server closes it.
    tokio::spawn(async move {
        if let Ok(Ok(())) = timeout(IDLE_AGE, connection.ready()).await {
            idle.put(connection);
        }
    });
}

/// Open connections that nobody uses, the latest used last.
#[derive(Default)]
struct Idle(Mutex<Vec<(Connection, Instant)>>);

impl Idle {
    fn take(&self) -> Option<Connection> {
        let mut kept = self.lock();
        while let Some((connection, since)) = kept.pop() {
            if since.elapsed() < IDLE_AGE && connection.is_ready() {
                return Some(connection);
            }
        }
        None
    }

    fn put(&self, connection: Connection) {
        let mut kept = self.lock();
        kept.retain(|(connection, since)| since.elapsed() < IDLE_AGE && connection.is_ready());
        if kept.len() < IDLE_MAX {
            kept.push((connection, Instant::now()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Connection, Instant)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// TLS with the system's root certificates, as private installations of a network are trusted by adding theirs to them.
fn tls(host: &str) -> Result<Tls, SetupError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let cause = found
            .errors
            .first()
            .map_or_else(|| "there are none".to_owned(), ToString::to_string);
        return Err(SetupError::Roots(cause));
    }
    tls_trusting(roots, host)
}

fn tls_trusting(roots: RootCertStore, host: &str) -> Result<Tls, SetupError> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(|_| SetupError::Url)?;
    Ok(Tls {
        connector: TlsConnector::from(Arc::new(config)),
        name,
    })
}

/// The value of `Authorization` for HTTP Basic authentication.
///
/// # Errors
/// None in practice: base64 has only characters that a header can carry.
pub fn basic(user: &str, password: &SecretString) -> Result<HeaderValue, SetupError> {
    authorization(
        "Basic",
        &STANDARD.encode(format!("{user}:{}", password.expose_secret())),
    )
}

/// The value of `Authorization` for a bearer token.
///
/// # Errors
/// The token has characters that a header cannot carry.
pub fn bearer(token: &SecretString) -> Result<HeaderValue, SetupError> {
    authorization("Bearer", token.expose_secret())
}

fn authorization(scheme: &str, credentials: &str) -> Result<HeaderValue, SetupError> {
    let mut value = HeaderValue::from_str(&format!("{scheme} {credentials}"))
        .map_err(|_| SetupError::Credentials)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
#[path = "exchange_tests.rs"]
mod tests;
