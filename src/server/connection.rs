//! The connections of the endpoint: accepted, served, ended.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::HeaderValue;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use super::Endpoint;
use super::handing_over::{HandingOver, Outgoing};
use super::patience::{Patient, Phase};
use crate::error_chain::ErrorChain;

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
        let Some((stream, peer, permit)) = accepted else {
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
                let mut reply = endpoint.respond(request, peer.ip()).await;
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
pub(super) fn keep_alive(idle: Duration) -> Option<HeaderValue> {
    let seconds = (idle * 9 / 10).as_secs();
    let announced = HeaderValue::from_str(&format!("timeout={seconds}")).ok()?;
    (seconds > 0).then_some(announced)
}

async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(connections).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "cannot set TCP_NODELAY");
            }
            Some((stream, peer, permit))
        }
        Err(error) => {
            // Most often there are no file descriptors left. Without a pause the loop would use a whole processor.
            tracing::warn!(%error, "cannot accept a connection");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_is_announced_than_is_waited() {
        let announced = |millis| keep_alive(Duration::from_millis(millis));
        assert_eq!(announced(75_000).unwrap(), "timeout=67");
        assert_eq!(announced(2_000).unwrap(), "timeout=1");
        assert_eq!(announced(1_000), None);
    }
}
