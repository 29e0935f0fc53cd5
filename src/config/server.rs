//! `[server]`: the addresses, and what a connection, a request and a call may cost.

use std::net::SocketAddr;

use serde::Deserialize;
use validator::Validate;

use super::loopback::{is_loopback, loopback};

#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Where partners connect.
    pub listen: SocketAddr,
    /// `/health` and `/metrics`, for operators only.
    pub ops_listen: SocketAddr,
    /// Production: whether listeners that others can reach may speak plain HTTP, because something in front of them has TLS.
    pub allow_plaintext_beyond_loopback: bool,
    /// The largest request body, in bytes.
    pub body_limit_bytes: usize,
    /// The most calls in one JSON-RPC batch.
    pub batch_limit: usize,
    /// Requests served at the same time; any more get HTTP 503 and -32343.
    pub max_in_flight: usize,
    /// Connections open at the same time; any more wait to be accepted.
    pub max_connections: usize,
    /// Milliseconds within which the headers of a request must arrive; on a new connection, from its beginning.
    pub header_timeout_ms: u64,
    /// Milliseconds for which a connection is kept between two requests. Replies announce a tenth less in `Keep-Alive`.
    pub idle_timeout_ms: u64,
    /// Milliseconds within which the body must arrive.
    pub body_timeout_ms: u64,
    /// Milliseconds from the dispatch of a call to its reply. A movement of money runs on after that.
    pub call_timeout_ms: u64,
    /// Milliseconds that running calls get to finish when the gateway stops.
    pub shutdown_timeout_ms: u64,
    /// Milliseconds for which a partner read from the database is cached.
    pub partner_cache_ms: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: loopback(8080),
            ops_listen: loopback(9090),
            allow_plaintext_beyond_loopback: false,
            body_limit_bytes: 32 * 1024,
            batch_limit: 20,
            max_in_flight: 1_000,
            max_connections: 4_000,
            header_timeout_ms: 5_000,
            idle_timeout_ms: 75_000,
            body_timeout_ms: 10_000,
            call_timeout_ms: 50_000,
            shutdown_timeout_ms: 30_000,
            partner_cache_ms: 2_000,
        }
    }
}

impl Server {
    /// The listeners that speak plain HTTP and can be reached from another machine: their keys.
    pub(super) fn plaintext_beyond_loopback(&self) -> Vec<&'static str> {
        [
            ("server.listen", self.listen),
            ("server.ops_listen", self.ops_listen),
        ]
        .into_iter()
        .filter(|(_, address)| !is_loopback(*address))
        .map(|(key, _)| key)
        .collect()
    }
}
