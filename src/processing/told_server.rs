//! What operators are told of one of the servers outside.

use std::time::Duration;

use hyper::StatusCode;
use prometheus_client::metrics::gauge::Gauge;
use tracing::Span;

use crate::exchange_counts::ExchangeCounts;
use crate::notices::{Notice, Notices};
use crate::spans;
use crate::traffic::ShownCircuit;

/// A server, and where it is told what becomes of calls to it. By default nobody is told.
#[derive(Debug, Clone, Default)]
pub struct ToldServer {
    server: &'static str,
    notices: Notices,
    exchanges: ExchangeCounts,
}

impl ToldServer {
    /// `server` is the section of its settings.
    #[must_use]
    pub fn new(server: &'static str, notices: &Notices, exchanges: &ExchangeCounts) -> Self {
        Self {
            server,
            notices: notices.clone(),
            exchanges: exchanges.clone(),
        }
    }

    /// An exchange with it has ended; see [`ExchangeCounts::ended`].
    pub(super) fn exchanged(
        &self,
        operation: &'static str,
        outcome: &'static str,
        took: Option<Duration>,
    ) {
        self.exchanges.ended(self.server, operation, outcome, took);
    }

    /// The span of an exchange with it.
    pub(super) fn span(&self, operation: &'static str) -> Span {
        spans::exchange(self.server, operation)
    }

    /// The figure of the exchanges that wait for it; see [`ExchangeCounts::waiting`].
    pub(super) fn waiting(&self, most: usize) -> Gauge {
        self.exchanges.waiting(self.server, most)
    }

    /// Its circuit, as operators see it.
    pub(super) fn circuit(&self) -> ShownCircuit {
        self.exchanges.traffic.circuit(self.server)
    }

    /// It does not take the login of this user.
    pub(super) fn denied(&self, status: StatusCode, user: &str) {
        let (server, status) = (self.server, status.as_u16());
        let notice = Notice::Denied { server, status };
        self.notices.tell_of(notice, &user);
    }

    /// It was not called.
    pub(super) fn uncalled(&self, cause: &'static str) {
        let server = self.server;
        self.notices.tell(Notice::Uncalled { server, cause });
    }

    /// It will not be called for some seconds.
    pub(super) fn opened_circuit(&self) {
        let server = self.server;
        self.notices.tell(Notice::OpenedCircuit { server });
    }
}
