//! The connections of the endpoint: let in, served, ended.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use listener::guarded::{Guarded, Pace, TooSlow};
use listener::guests::{self, Guests, NoSeat, Seats};
use listener::tcp::{self, Accepted};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::endpoint::{Endpoint, HttpLimits};
use super::handing_over::{HandingOver, Outgoing};
use super::refusal::Reply;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::source::{Source, SourceKey};
use crate::error_chain::ErrorChain;
use crate::notices::Notice;
use crate::rpc::authentication::LastLogin;

/// hyper's limits of a request line with its headers, in bytes and in headers. They bound the memory of a connection; the
/// endpoint's own, which it explains, are below.
const OUTER_BYTES: usize = 16 * 1024;
const OUTER_HEADERS: usize = 64;

/// How long those who never read may go on once a stop waits for nobody else.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Serves the endpoint on `listener` until `stop`. Then it accepts no new connections, and lets running requests finish
/// within the shutdown time-out.
pub async fn serve(endpoint: Arc<Endpoint>, listener: TcpListener, stop: CancellationToken) {
    let limits = endpoint.limits;
    let guests = Arc::new(Guests::new(Seats {
        all: limits.connections,
        of_a_source: limits.connections_of_a_source,
    }));
    let connections = TaskTracker::new();
    let force = CancellationToken::new();
    let mut stopped = pin!(stop.cancelled());
    loop {
        let accepted = tokio::select! {
            () = &mut stopped => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Most often there are no file descriptors left. Without a pause the loop would use a whole processor.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let source = Source::of(peer.ip()).key();
        match guests.admit(source, endpoint.proxies.has(peer.ip())) {
            Ok(guest) => {
                let connection = Connection {
                    endpoint: Arc::clone(&endpoint),
                    peer: peer.ip(),
                    stop: stop.clone(),
                    force: force.clone(),
                };
                connections.spawn(connection.serve(stream, guest));
            }
            Err(refused) => turn_away(&endpoint, &stream, peer, refused),
        }
    }
    drop(listener);
    connections.close();
    let ended = async {
        tokio::select! {
            () = connections.wait() => {}
            () = is_at_rest(&endpoint) => force.cancel(),
        }
        connections.wait().await;
    };
    if tokio::time::timeout(limits.shutdown_timeout, ended)
        .await
        .is_err()
    {
        tracing::warn!("some connections were still open at the end of the shutdown time-out");
        force.cancel();
    }
}

/// Ends when no request has been served for some time.
async fn is_at_rest(endpoint: &Endpoint) {
    let step = LAST_WORDS / 20;
    let mut steps = 0;
    while steps < 20 {
        tokio::time::sleep(step).await;
        let is_busy = endpoint.in_flight.available_permits() < endpoint.limits.in_flight;
        steps = if is_busy { 0 } else { steps + 1 };
    }
}

/// Closes a connection without a word, and without keeping anything of it.
fn turn_away(endpoint: &Endpoint, stream: &TcpStream, peer: SocketAddr, refused: NoSeat) {
    tcp::turn_away(stream);
    let notice = Notice::CutConnection(refused.cause());
    let source = Source::of(peer.ip()).key();
    endpoint.metrics.notices.tell_of(notice, &source);
}

/// What a connection belongs to.
struct Connection {
    endpoint: Arc<Endpoint>,
    peer: IpAddr,
    stop: CancellationToken,
    /// It is ended whatever it does.
    force: CancellationToken,
}

/// A connection that was let in.
type Guest = guests::Guest<SourceKey>;

impl Connection {
    async fn serve(self, stream: TcpStream, guest: Guest) {
        let outgoing = Outgoing::default();
        let pace = pace(&self.endpoint.limits);
        let stream = Accepted::new(stream, Arc::clone(&guest.progress));
        let stream = HandingOver::new(stream, outgoing.clone());
        let stream = Guarded::new(stream, Arc::clone(&guest.progress), pace);
        let open = &self.endpoint.metrics.connections;
        open.inc();
        match &self.endpoint.certificates {
            None => self.serve_http(stream, &guest, outgoing, None).await,
            Some(certificates) => {
                let shaking_hands = certificates.acceptor().accept(stream);
                let shaken = tokio::select! {
                    shaken = tokio::time::timeout(pace.head, shaking_hands) => {
                        shaken.map_err(|_| Some("slow_tls"))
                    }
                    () = self.stop.cancelled() => Err(None),
                    () = guest.leave.cancelled() => Err(Some("made_room")),
                };
                match shaken {
                    Ok(Ok(stream)) => {
                        let certificate = shown(&stream);
                        self.serve_http(stream, &guest, outgoing, certificate).await;
                    }
                    Ok(Err(error)) => {
                        tracing::debug!(error = %ErrorChain(&error), "no TLS");
                        self.cut("tls", &guest);
                    }
                    Err(Some(cause)) => self.cut(cause, &guest),
                    Err(None) => {}
                }
            }
        }
        open.dec();
    }

    fn cut(&self, cause: &'static str, guest: &Guest) {
        let notice = Notice::CutConnection(cause);
        self.endpoint.metrics.notices.tell_of(notice, &guest.source);
    }

    async fn serve_http<S>(
        &self,
        stream: S,
        guest: &Guest,
        outgoing: Outgoing,
        certificate: Option<Fingerprint>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let last_login = LastLogin::default();
        let service =
            service_fn(|request| self.answer(request, certificate, guest, &outgoing, &last_login));
        let mut http = http1::Builder::new();
        // It counts from the last reply on; `Guarded` watches a head that has begun.
        http.timer(TokioTimer::new())
            .header_read_timeout(self.endpoint.limits.idle_timeout)
            .max_header_size(OUTER_BYTES)
            .max_buf_size(OUTER_BYTES)
            .max_headers(OUTER_HEADERS)
            // Who has said all gets the reply all the same.
            .half_close(true);
        let mut connection = pin!(http.serve_connection(TokioIo::new(stream), service));
        let mut stops = pin!(self.stop.cancelled());
        let mut is_stopping = false;
        let cause = loop {
            tokio::select! {
                ended = &mut connection => {
                    if let Err(error) = ended {
                        tracing::debug!(error = %ErrorChain(&error), "a connection ended early");
                    }
                    break guest.progress.too_slow().map(TooSlow::cause);
                }
                () = &mut stops, if !is_stopping => {
                    is_stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = guest.leave.cancelled() => {
                    guest.progress.abort();
                    break Some("made_room");
                }
                () = self.force.cancelled() => {
                    guest.progress.abort();
                    break Some("stop");
                }
            }
        };
        if let Some(cause) = cause {
            self.cut(cause, guest);
        }
    }

    async fn answer(
        &self,
        request: hyper::Request<Incoming>,
        certificate: Option<Fingerprint>,
        guest: &Guest,
        outgoing: &Outgoing,
        last_login: &LastLogin,
    ) -> Result<Reply, Infallible> {
        let progress = &*guest.progress;
        progress.serve();
        let answering =
            self.endpoint
                .respond(request, self.peer, certificate, progress, last_login);
        let mut reply = answering.await;
        reply.body_mut().outgoing = outgoing.clone();
        progress.rest();
        Ok(reply)
    }
}

/// The caller's own certificate, if one was shown. It was checked against `client_ca_file` by the handshake.
fn shown<S>(stream: &TlsStream<S>) -> Option<Fingerprint> {
    let (_, session) = stream.get_ref();
    let certificate = session.peer_certificates()?.first()?;
    Some(Fingerprint::of(certificate))
}

fn pace(limits: &HttpLimits) -> Pace {
    Pace {
        head: limits.header_timeout,
        window: limits.write_window,
        ..Pace::default()
    }
}
