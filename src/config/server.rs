//! `[server]`: the addresses, and what a connection, a request and a call may cost.

use std::net::SocketAddr;

use listener::{Host, Origin};
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::fault::fault;
use super::list::words;
use super::loopback::{is_loopback, loopback};
use super::tls::Tls;
use crate::domain::address::Block;

#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Server {
    /// Where partners connect.
    pub listen: SocketAddr,
    /// `/health` and `/metrics`, for operators only.
    pub ops_listen: SocketAddr,
    /// Production: whether listeners that others can reach may speak plain HTTP, because something in front of them has TLS.
    pub allow_plaintext_beyond_loopback: bool,
    #[validate(nested)]
    pub tls: Tls,
    /// The names under which the listeners are reached, as requests have them in `Host`; without a port, all ports. Empty: on
    /// loopback `localhost` and loopback addresses, else any name.
    #[serde(deserialize_with = "words")]
    #[validate(custom(function = "are_hosts"))]
    pub hosts: Vec<String>,
    /// The origins of others' web pages that may call, as browsers have them in `Origin`.
    #[serde(deserialize_with = "words")]
    #[validate(custom(function = "are_origins"))]
    pub allowed_origins: Vec<String>,
    /// The addresses and blocks (CIDR) of the proxies whose `X-Forwarded-For` says where a request comes from.
    #[serde(deserialize_with = "words")]
    #[validate(custom(function = "are_blocks"))]
    pub trusted_proxies: Vec<String>,
    /// The largest request body, in bytes.
    pub body_limit_bytes: usize,
    /// The most calls in one JSON-RPC batch.
    pub batch_limit: usize,
    /// Requests served at the same time; any more get HTTP 503 and -32343.
    pub max_in_flight: usize,
    /// Connections open at the same time. Above it, the one that has been idle longest makes room for a new one.
    pub max_connections: usize,
    /// Those of one source: an IPv4 address, or the first 64 bits of an IPv6 one. Default: an eighth of all.
    pub max_connections_per_source: Option<usize>,
    /// Milliseconds within which the headers of a request must arrive; on a new connection, from its beginning.
    pub header_timeout_ms: u64,
    /// Milliseconds for which a connection is kept between two requests. Replies announce a tenth less in `Keep-Alive`.
    pub idle_timeout_ms: u64,
    /// In each such time, in milliseconds, in which a reply has to wait, its caller must take 4 KiB of it.
    pub write_window_ms: u64,
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
            allow_plaintext_beyond_loopback: false,
            tls: Tls::default(),
            hosts: Vec::new(),
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            body_limit_bytes: 32 * 1024,
            batch_limit: 20,
            max_in_flight: 1_000,
            max_connections: 4_000,
            max_connections_per_source: None,
            header_timeout_ms: 5_000,
            idle_timeout_ms: 75_000,
            write_window_ms: 5_000,
            body_timeout_ms: 10_000,
            call_timeout_ms: 50_000,
            shutdown_timeout_ms: 30_000,
            partner_cache_ms: 1_000,
        }
    }
}

impl Server {
    /// The listeners that speak plain HTTP and can be reached from another machine: their keys.
    pub(super) fn plaintext_beyond_loopback(&self) -> Vec<&'static str> {
        let is_plain = self.tls.cert_file.is_none();
        [
            ("server.listen", self.listen, is_plain),
            ("server.ops_listen", self.ops_listen, true),
        ]
        .into_iter()
        .filter(|(_, address, is_plain)| *is_plain && !is_loopback(*address))
        .map(|(key, _, _)| key)
        .collect()
    }
}

#[expect(
    clippy::ptr_arg,
    reason = "`validator` hands over what the field holds"
)]
fn are_blocks(blocks: &Vec<String>) -> Result<(), ValidationError> {
    each(
        blocks,
        "trusted_proxies",
        |text| Block::parse(text).is_some(),
        "an address or a block such as \"10.20.0.1\" or \"fd00::/8\"",
    )
}

#[expect(
    clippy::ptr_arg,
    reason = "`validator` hands over what the field holds"
)]
fn are_hosts(hosts: &Vec<String>) -> Result<(), ValidationError> {
    each(
        hosts,
        "hosts",
        |text| Host::parse(text).is_some(),
        "a name or an address such as \"pay.example.uz\" or \"10.20.0.1:8443\"",
    )
}

#[expect(
    clippy::ptr_arg,
    reason = "`validator` hands over what the field holds"
)]
fn are_origins(origins: &Vec<String>) -> Result<(), ValidationError> {
    each(
        origins,
        "allowed_origins",
        |text| Origin::parse(text).is_some(),
        "an origin such as \"https://shop.example.uz\", without a path",
    )
}

fn each(
    texts: &[String],
    key: &'static str,
    fits: impl Fn(&str) -> bool,
    form: &str,
) -> Result<(), ValidationError> {
    match texts.iter().find(|text| !fits(text)) {
        Some(text) => Err(fault(key, format!("{text:?} must be {form}"))),
        None => Ok(()),
    }
}
