//! One POST to a server that somebody else has named, on a connection of its own, to addresses that the caller
//! has checked. No redirect is followed, no proxy asked, no cookie kept, and only the beginning of the reply is read.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::error::SetupError;
use super::tls::{client, system_roots};
use crate::error_chain::ErrorChain;

/// The longest head of a reply, in bytes.
const HEAD_LIMIT: usize = 16 * 1024;

/// The client. It reads the system's root certificates when it first needs them.
#[derive(Default)]
pub struct Direct {
    tls: OnceLock<Arc<ClientConfig>>,
}

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    pub https: bool,
    /// Name or address, without brackets.
    pub host: String,
    pub port: u16,
    /// For the header `Host`.
    pub authority: HeaderValue,
    /// Path and query.
    pub target: Uri,
}

/// The beginning of a reply, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectReply {
    pub status: u16,
    /// `Retry-After` in seconds, where it is a number.
    pub retry_after_s: Option<u32>,
    pub excerpt: Vec<u8>,
}

/// Why there is no reply; for the log.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DirectFailure(pub String);

impl Direct {
    /// Connects to the first of the addresses that answers, sends the body once and reads the reply until it has this many bytes. It takes as long as the server lets it: the
    /// caller sets the time-out.
    ///
    /// # Errors
    /// There is no reply.
    pub async fn post(
        &self,
        receiver: &Receiver,
        addresses: &[SocketAddr],
        headers: Vec<(HeaderName, HeaderValue)>,
        body: Bytes,
        reply_bytes: usize,
    ) -> Result<DirectReply, DirectFailure> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = receiver.target.clone();
        let all = request.headers_mut();
        all.insert(HOST, receiver.authority.clone());
        all.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        all.extend(headers);
        let socket = TcpStream::connect(addresses)
            .await
            .map_err(|error| failed("cannot connect", &error))?;
        if !receiver.https {
            return exchange(socket, request, reply_bytes).await;
        }
        let config = self.tls().map_err(|error| failed("TLS", &error))?;
        let name = ServerName::try_from(receiver.host.clone());
        let name = name.map_err(|error| failed("TLS", &error))?;
        let stream = TlsConnector::from(config).connect(name, socket).await;
        let stream = stream.map_err(|error| failed("TLS", &error))?;
        exchange(stream, request, reply_bytes).await
    }

    fn tls(&self) -> Result<Arc<ClientConfig>, SetupError> {
        if let Some(config) = self.tls.get() {
            return Ok(Arc::clone(config));
        }
        let config = client(system_roots()?)?;
        Ok(Arc::clone(self.tls.get_or_init(|| config)))
    }
}

async fn exchange<T>(
    stream: T,
    request: Request<Full<Bytes>>,
    reply_bytes: usize,
) -> Result<DirectReply, DirectFailure>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let opened = http1::Builder::new()
        .max_buf_size(HEAD_LIMIT)
        .handshake(TokioIo::new(stream));
    let (mut sender, connection) = opened
        .await
        .map_err(|error| failed("cannot connect", &error))?;
    // It ends with this function: whoever waits no longer leaves no connection behind.
    let mut connection = std::pin::pin!(connection);
    let exchange = async {
        let reply = sender.send_request(request).await;
        let reply = reply.map_err(|error| failed("no answer", &error))?;
        let retry_after = reply.headers().get(RETRY_AFTER);
        let retry_after_s = retry_after
            .and_then(|value| value.to_str().ok())
            .and_then(|text| text.trim().parse().ok());
        let status = reply.status().as_u16();
        let mut body = reply.into_body();
        let mut excerpt = Vec::new();
        while excerpt.len() < reply_bytes {
            // The status has decided: a body that breaks off changes nothing.
            let Some(Ok(frame)) = body.frame().await else {
                break;
            };
            if let Some(data) = frame.data_ref() {
                let room = reply_bytes - excerpt.len();
                excerpt.extend(data.iter().take(room));
            }
        }
        Ok(DirectReply {
            status,
            retry_after_s,
            excerpt,
        })
    };
    let mut exchange = std::pin::pin!(exchange);
    tokio::select! {
        reply = &mut exchange => reply,
        // The connection is driven; once it has ended, the exchange has all that will come.
        _ = &mut connection => exchange.await,
    }
}

fn failed(what: &str, error: &(dyn std::error::Error + 'static)) -> DirectFailure {
    DirectFailure(format!("{what}: {}", ErrorChain(error)))
}

#[cfg(test)]
#[path = "direct_tests.rs"]
pub(super) mod tests;
