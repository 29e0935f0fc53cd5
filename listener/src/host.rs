//! Hosts and origins, as requests name them.

use std::net::{IpAddr, Ipv6Addr};

/// No name of a host is longer.
const LONGEST: usize = 253;

/// What stands in the header `Host`: a name or an address, and perhaps a port. Two that are equal name the same: case and
/// one trailing dot do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    pub(crate) name: Name,
    pub(crate) port: Option<u16>,
}

/// The host without its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Name {
    Address(IpAddr),
    Named(String),
}

/// Where a page comes from: what a browser puts into `Origin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub(crate) secure: bool,
    pub(crate) name: Name,
    pub(crate) port: u16,
}

impl Host {
    /// `pay.example.uz`, `127.0.0.1:8080`, `[::1]:80`. `None` where it is none of these.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix('[') {
            let (address, rest) = rest.split_once(']')?;
            let address: Ipv6Addr = address.parse().ok()?;
            let port = match rest {
                "" => None,
                rest => port(rest.strip_prefix(':')?)?,
            };
            let name = Name::Address(IpAddr::from(address).to_canonical());
            return Some(Self { name, port });
        }
        let (name, port) = match text.split_once(':') {
            Some((name, digits)) => (name, port(digits)?),
            None => (text, None),
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        if let Ok(address) = name.parse() {
            let name = Name::Address(IpAddr::V4(address));
            return Some(Self { name, port });
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_label = |label: &str| !label.is_empty() && label.bytes().all(fits);
        let is_name = name.len() <= LONGEST && name.split('.').all(is_label);
        is_name.then(|| Self {
            name: Name::Named(name.to_ascii_lowercase()),
            port,
        })
    }

    /// Whether it is `localhost` or an address of this machine alone.
    pub(crate) fn is_loopback(&self) -> bool {
        match &self.name {
            Name::Address(address) => address.is_loopback(),
            Name::Named(name) => name == "localhost",
        }
    }

    pub(crate) fn is_address(&self) -> bool {
        matches!(self.name, Name::Address(_))
    }

    /// Whether a request for `other` is for this one; without a port, this one has all of them.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self.name == other.name && (self.port.is_none() || self.port == other.port)
    }
}

impl Origin {
    /// `https://shop.example.uz`, `http://localhost:3000`. `None` where it is none of these; `null` is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, host) = text.split_once("://")?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let Host { name, port } = Host::parse(host)?;
        let port = port.unwrap_or(default_port(secure));
        Some(Self { secure, name, port })
    }

    /// Whether its page comes from this host, whatever the scheme.
    pub(crate) fn is_at(&self, host: &Host) -> bool {
        let port = host.port.unwrap_or(default_port(self.secure));
        self.name == host.name && self.port == port
    }
}

fn default_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}

/// The port of these digits; no digits are no port.
fn port(digits: &str) -> Option<Option<u16>> {
    match digits {
        "" => Some(None),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok().map(Some),
        _ => None,
    }
}
