//! The default addresses: loopback only.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub(super) const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}
