//! The partners' endpoint: what it is made of, and its limits.

use std::sync::Arc;
use std::time::Duration;

use hyper::header::HeaderValue;
use listener::browser::Doorkeeper;
use listener::guarded::Progress;
use reference_page::ReferencePage;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::request_ids::RequestIds;
use super::tls::Certificates;
use crate::docs::Documents;
use crate::domain::peer::Peer;
use crate::domain::source::TrustedProxies;
use crate::metrics::Metrics;
use crate::random::Random;
use crate::rpc::Dispatcher;
use crate::rpc::authentication::LastLogin;

/// The limits of connections and requests.
#[derive(Debug, Clone, Copy)]
pub struct HttpLimits {
    /// The largest request body.
    pub body_bytes: usize,
    /// Requests served at the same time.
    pub in_flight: usize,
    /// Connections open at the same time.
    pub connections: usize,
    /// Those of one source.
    pub connections_of_a_source: usize,
    pub header_timeout: Duration,
    /// In each such time in which a reply has to wait, its caller must take 4 KiB of it.
    pub write_window: Duration,
    /// How long a connection is kept between two requests.
    pub idle_timeout: Duration,
    pub body_timeout: Duration,
    /// How long a stop waits for running requests.
    pub shutdown_timeout: Duration,
}

/// The partners' endpoint.
pub struct Endpoint {
    pub(super) dispatcher: Dispatcher,
    pub(super) metrics: Arc<Metrics>,
    pub(super) reference: ReferencePage,
    pub(super) documents: Arc<Documents>,
    pub(super) limits: HttpLimits,
    pub(super) in_flight: Arc<Semaphore>,
    /// Whether the documents' own paths are served.
    pub(super) documented_paths: bool,
    pub(super) proxies: TrustedProxies,
    pub(super) doorkeeper: Doorkeeper,
    /// `None`: plain HTTP.
    pub(super) certificates: Option<Arc<Certificates>>,
    pub(super) request_ids: RequestIds,
    /// What the header `Keep-Alive` announces.
    pub(super) keep_alive: Option<HeaderValue>,
    /// The same to one who has never authenticated.
    pub(super) keep_stranger_alive: Option<HeaderValue>,
}

impl Endpoint {
    /// An endpoint that answers with `dispatcher`. `random` tells its requests from those of other processes.
    pub fn new(
        dispatcher: Dispatcher,
        random: &dyn Random,
        metrics: Arc<Metrics>,
        (reference, documents): (ReferencePage, Arc<Documents>),
        limits: HttpLimits,
    ) -> Self {
        Self {
            dispatcher,
            request_ids: RequestIds::of_process(random),
            metrics,
            reference,
            documents,
            limits,
            in_flight: Arc::new(Semaphore::new(limits.in_flight)),
            documented_paths: false,
            proxies: TrustedProxies::default(),
            doorkeeper: Doorkeeper::default(),
            certificates: None,
            keep_alive: keep_alive(limits.idle_timeout),
            keep_stranger_alive: keep_alive(limits.header_timeout.min(limits.idle_timeout)),
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

    /// Lets nobody in but whom this doorkeeper does.
    pub fn kept_by(self, doorkeeper: Doorkeeper) -> Self {
        Self { doorkeeper, ..self }
    }

    /// Speaks TLS with these certificates.
    pub fn certified_by(self, certificates: Option<Arc<Certificates>>) -> Self {
        Self {
            certificates,
            ..self
        }
    }
}

/// Who sends a request, as far as the connection tells.
#[derive(Clone, Copy)]
pub(super) struct Asker<'a> {
    pub(super) peer: Peer,
    pub(super) request_id: Uuid,
    pub(super) progress: &'a Progress,
    pub(super) last_login: &'a LastLogin,
}

/// `timeout=<seconds>`, a tenth less than is waited: who believes it does not send a call to a connection that is closing.
fn keep_alive(idle: Duration) -> Option<HeaderValue> {
    let seconds = (idle * 9 / 10).as_secs();
    let announced = HeaderValue::from_str(&format!("timeout={seconds}")).ok()?;
    (seconds > 0).then_some(announced)
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
