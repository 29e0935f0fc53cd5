//! `[server]`: the addresses, and what a connection, a request and a call may cost.

use std::net::SocketAddr;

use serde::Deserialize;
use validator::{Validate, ValidationError};

use super::fault::fault;
use super::list::words;
use super::loopback::loopback;
use crate::domain::address::Block;

#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Where partners connect.
    pub listen: SocketAddr,
    /// `/health` and `/metrics`, for operators only.
    pub ops_listen: SocketAddr,
    /// The addresses and blocks (CIDR) of the proxies whose `X-Forwarded-For` says where a request comes from.
    #[serde(deserialize_with = "words")]
    #[validate(custom(function = "are_blocks"))]
    pub trusted_proxies: Vec<String>,
    /// The largest request body, in bytes.
    #[validate(range(min = 1))]
    pub body_limit_bytes: usize,
    /// The most calls in one JSON-RPC batch.
    #[validate(range(min = 1))]
    pub batch_limit: usize,
    /// Requests served at the same time; any more get HTTP 503 and -32343.
    #[validate(range(min = 1))]
    pub max_in_flight: usize,
    /// Connections open at the same time; any more wait to be accepted.
    #[validate(range(min = 1))]
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
    /// Milliseconds after which a gateway asks whether partners have changed: a disabled one is served for that long.
    pub partner_cache_ms: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: loopback(8080),
            ops_listen: loopback(9090),
            trusted_proxies: Vec::new(),
            body_limit_bytes: 32 * 1024,
            batch_limit: 20,
            max_in_flight: 1_000,
            max_connections: 4_000,
            header_timeout_ms: 5_000,
            idle_timeout_ms: 75_000,
            body_timeout_ms: 10_000,
            call_timeout_ms: 50_000,
            shutdown_timeout_ms: 30_000,
            partner_cache_ms: 1_000,
        }
    }
}

#[expect(
    clippy::ptr_arg,
    reason = "`validator` hands over what the field holds"
)]
fn are_blocks(blocks: &Vec<String>) -> Result<(), ValidationError> {
    match blocks.iter().find(|text| Block::parse(text).is_none()) {
        Some(text) => Err(fault(
            "trusted_proxies",
            format!("{text:?} must be an address or a block such as \"10.20.0.1\" or \"fd00::/8\""),
        )),
        None => Ok(()),
    }
}
