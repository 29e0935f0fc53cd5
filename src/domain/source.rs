//! Where does a request come from? From its connection's other end; behind a proxy that the operator trusts, from whom that
//! proxy names.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::address::Block;

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Source {
    address: IpAddr,
}

/// What counts as one source: an IPv4 address, or the first 64 bits of an IPv6 one, as whoever has one of those has all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceKey(IpAddr);

impl Source {
    /// An IPv4 address in an IPv6 one counts as itself.
    pub fn of(address: IpAddr) -> Self {
        Self {
            address: address.to_canonical(),
        }
    }

    /// The whole address.
    pub fn address(self) -> IpAddr {
        self.address
    }

    /// What counts as one with it.
    pub fn key(self) -> SourceKey {
        SourceKey(match self.address {
            IpAddr::V4(address) => address.into(),
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                Ipv6Addr::from(network).into()
            }
        })
    }
}

impl SourceKey {
    /// The bytes by which it is known.
    pub fn bytes(self) -> Vec<u8> {
        match self.0 {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        }
    }
}

impl Default for Source {
    /// This machine.
    fn default() -> Self {
        Self::of(Ipv4Addr::LOCALHOST.into())
    }
}

impl fmt::Display for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(f),
            IpAddr::V6(network) => write!(f, "{network}/64"),
        }
    }
}

/// The proxies whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<Block>);

impl TrustedProxies {
    /// The proxies at these addresses.
    pub fn new(blocks: Vec<Block>) -> Self {
        Self(blocks)
    }

    /// Whether this is one of them.
    pub fn has(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|block| block.holds(address))
    }

    /// The source of a request from `peer` with these values of `X-Forwarded-For`, in the order of their headers.
    ///
    /// Each proxy appends whom it was called by, so only the right end can be believed: the list is walked from there, over
    /// the trusted, to the first who is not one of them. What cannot be read ends the walk.
    pub fn source<'a>(
        &self,
        peer: IpAddr,
        forwarded: impl DoubleEndedIterator<Item = Option<&'a str>>,
    ) -> Source {
        let mut last = peer.to_canonical();
        for header in forwarded.rev() {
            let Some(header) = header else {
                return Source::of(last);
            };
            for entry in header.rsplit(',') {
                if !self.has(last) {
                    return Source::of(last);
                }
                match address(entry.trim()) {
                    Some(address) => last = address,
                    None => return Source::of(last),
                }
            }
        }
        Source::of(last)
    }
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = || {
        let inner = entry.strip_prefix('[')?.strip_suffix(']')?;
        inner.parse::<Ipv6Addr>().ok().map(IpAddr::from)
    };
    let with_port = || entry.parse::<SocketAddr>().ok().map(|one| one.ip());
    let address = entry.parse().ok().or_else(with_port).or_else(bare);
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn proxies() -> TrustedProxies {
        let blocks = ["10.0.0.0/8", "fd00::/8", "192.0.2.7"];
        TrustedProxies::new(
            blocks
                .iter()
                .filter_map(|text| Block::parse(text))
                .collect(),
        )
    }

    fn source(peer: &str, headers: &[&str]) -> String {
        let forwarded = headers.iter().map(|header| Some(*header));
        let source = proxies().source(peer.parse().unwrap(), forwarded);
        source.address().to_string()
    }

    #[test]
    fn only_what_trusted_proxies_appended_is_believed() {
        for (peer, headers, expected) in [
            ("198.51.100.9", &[][..], "198.51.100.9"),
            // Not a proxy: what it says of others is its own invention.
            ("198.51.100.9", &["203.0.113.1"], "198.51.100.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.1"], "203.0.113.1"),
            ("10.0.0.1", &["8.8.8.8, 203.0.113.1"], "203.0.113.1"),
            ("10.0.0.1", &["8.8.8.8", "203.0.113.1"], "203.0.113.1"),
            ("10.0.0.1", &["203.0.113.1", "10.0.0.2"], "203.0.113.1"),
            (
                "10.0.0.1",
                &["203.0.113.1, 10.0.0.3 ,192.0.2.7"],
                "203.0.113.1",
            ),
            ("10.0.0.1", &["10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["203.0.113.1:4711"], "203.0.113.1"),
            ("10.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("10.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
            ("10.0.0.1", &["2001:db8::1"], "2001:db8::1"),
            ("10.0.0.1", &["::ffff:203.0.113.1"], "203.0.113.1"),
            ("::ffff:10.0.0.1", &["203.0.113.1"], "203.0.113.1"),
            ("fd00::1", &["203.0.113.1"], "203.0.113.1"),
            // What cannot be read ends the walk at the last who could.
            ("10.0.0.1", &["203.0.113.1, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.1, x, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.1,"], "10.0.0.1"),
            ("10.0.0.1", &["203.0.113.01"], "10.0.0.1"),
            ("10.0.0.1", &["[203.0.113.1]"], "10.0.0.1"),
        ] {
            assert_eq!(source(peer, headers), expected, "{peer} {headers:?}");
        }
        let unreadable = [Some("203.0.113.1"), None].into_iter();
        let source = proxies().source("10.0.0.1".parse().unwrap(), unreadable);
        assert_eq!(source.address().to_string(), "10.0.0.1");
    }

    #[test]
    fn a_network_of_ipv6_is_one_source() {
        let key = |address: &str| Source::of(address.parse().unwrap()).key();
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
        assert_eq!(key("::ffff:192.0.2.1"), key("192.0.2.1"));
        assert_eq!(key("2001:db8:1:2::1").to_string(), "2001:db8:1:2::/64");
        assert_eq!(key("192.0.2.1").to_string(), "192.0.2.1");
    }

    proptest! {
        /// Whatever a caller writes in front of it, what the proxy appended counts.
        #[test]
        fn a_caller_cannot_choose_its_source(written in "[ -~]{0,60}") {
            let header = format!("{written}, 203.0.113.1");
            prop_assert_eq!(source("10.0.0.1", &[&header]), "203.0.113.1");
            prop_assert_eq!(source("198.51.100.9", &[&header]), "198.51.100.9");
        }
    }
}
