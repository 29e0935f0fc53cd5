//! Where does a request come from? The headers of it that say so, for [`TrustedProxies`] to judge.

use std::net::IpAddr;

use hyper::HeaderMap;

use crate::domain::source::{Source, TrustedProxies};

/// The source of a request with these headers on a connection from `peer`.
pub(super) fn source(proxies: &TrustedProxies, peer: IpAddr, headers: &HeaderMap) -> Source {
    let values = headers.get_all("x-forwarded-for");
    let forwarded: Vec<Option<&str>> = values.iter().map(|value| value.to_str().ok()).collect();
    proxies.source(peer, forwarded.into_iter())
}
