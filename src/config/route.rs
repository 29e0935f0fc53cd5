//! `[uzcard.route]` and its like: the way to one address.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::fault::fault;
use super::secret;

#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
#[validate(schema(function = "is_whole"))]
pub struct Route {
    /// Every connection goes through it. Without it: straight to the address. No variable such as `HTTPS_PROXY` is read.
    pub proxy: Option<ProxyAddress>,
    /// The user at the proxy, where it asks for one.
    pub proxy_user: Option<String>,
    #[serde(serialize_with = "secret::hidden_if_set")]
    pub proxy_password: Option<SecretString>,
    /// A file that holds the password, in place of `proxy_password`.
    pub proxy_password_file: Option<PathBuf>,
    /// This machine's address from which connections are made, where it has several.
    pub source_address: Option<IpAddr>,
    /// Milliseconds for which an unused connection is kept; 0: each call has a connection of its own.
    pub idle_ms: u64,
    /// The longest reply that is read, in bytes; also once it is unpacked.
    pub reply_limit_bytes: usize,
}

impl Default for Route {
    fn default() -> Self {
        Self {
            proxy: None,
            proxy_user: None,
            proxy_password: None,
            proxy_password_file: None,
            source_address: None,
            // Common servers close theirs after five seconds. A request that crosses such a closing on the wire has an
            // unknown outcome although nobody has read it, so ours must go first.
            idle_ms: 4_000,
            // Replies have a few kilobytes; a card's list of holds may have thousands of rows.
            reply_limit_bytes: 1024 * 1024,
        }
    }
}

fn is_whole(route: &Route) -> Result<(), ValidationError> {
    let password = route.proxy_password.as_ref();
    match (&route.proxy, &route.proxy_user, password) {
        (None, Some(_), _) => Err(fault("proxy", "must be set, because proxy_user is")),
        (None, None, Some(_)) => Err(fault("proxy", "must be set, because proxy_password is")),
        (Some(_), Some(_), None) => Err(fault(
            "proxy_password",
            "must be set, or proxy_password_file, because proxy_user is",
        )),
        (Some(_), None, Some(_)) => Err(fault(
            "proxy_user",
            "must be set, because proxy_password is",
        )),
        (Some(proxy), Some(user), Some(password)) => {
            fits(proxy.kind, user, password.expose_secret())
        }
        (Some(_) | None, None, None) => Ok(()),
    }
}

/// Whether the proxy's protocol can carry them.
fn fits(kind: ProxyKind, user: &str, password: &str) -> Result<(), ValidationError> {
    match kind {
        ProxyKind::Http if user.contains(':') => {
            Err(fault("proxy_user", "must have no colon, which ends it"))
        }
        ProxyKind::Http => Ok(()),
        ProxyKind::Socks5 if user.len() > 255 => Err(fault(
            "proxy_user",
            "must have at most 255 bytes: SOCKS5 carries no more",
        )),
        ProxyKind::Socks5 if password.len() > 255 => Err(fault(
            "proxy_password",
            "must have at most 255 bytes: SOCKS5 carries no more",
        )),
        ProxyKind::Socks5 => Ok(()),
    }
}

/// What is spoken with a proxy. Either way it only opens connections: what goes through is the network's, TLS included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyKind {
    /// CONNECT of HTTP.
    Http,
    /// SOCKS5; the proxy looks up names.
    Socks5,
}

/// A proxy: `http://HOST:PORT` or `socks5://HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProxyAddress {
    pub kind: ProxyKind,
    /// Name or address, without brackets.
    pub host: String,
    pub port: u16,
}

impl ProxyAddress {
    /// Reads one. Without a port it is none: proxies have no usual one.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.split_once("://")?;
        let kind = match scheme {
            "http" => ProxyKind::Http,
            // The second word of some programs: the proxy looks up names, as it always does here.
            "socks5" | "socks5h" => ProxyKind::Socks5,
            _ => return None,
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (host, port) = rest.rsplit_once(':')?;
        let port = port.parse().ok().filter(|port| *port != 0)?;
        let bracketed = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let is_host = match bracketed {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => !host.is_empty() && host.bytes().all(is_of_a_name),
        };
        is_host.then(|| Self {
            kind,
            host: bracketed.unwrap_or(host).to_owned(),
            port,
        })
    }
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.kind {
            ProxyKind::Http => "http",
            ProxyKind::Socks5 => "socks5",
        };
        let (host, port) = (&self.host, self.port);
        match host.contains(':') {
            true => write!(f, "{scheme}://[{host}]:{port}"),
            false => write!(f, "{scheme}://{host}:{port}"),
        }
    }
}

impl From<ProxyAddress> for String {
    fn from(address: ProxyAddress) -> Self {
        address.to_string()
    }
}

impl TryFrom<String> for ProxyAddress {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("no proxy's address")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_has_a_protocol_a_host_and_a_port() {
        for (text, shown) in [
            ("http://proxy.bank.uz:3128", "http://proxy.bank.uz:3128"),
            ("http://10.1.2.3:8080/", "http://10.1.2.3:8080"),
            ("socks5://[fd00::1]:1080", "socks5://[fd00::1]:1080"),
            ("socks5h://gate_1:1080", "socks5://gate_1:1080"),
        ] {
            let read = ProxyAddress::parse(text).map(|address| address.to_string());
            assert_eq!(read.as_deref(), Some(shown), "{text}");
        }
        for text in [
            "",
            "proxy:3128",
            "https://proxy:3128",
            "socks4://proxy:1080",
            "http://proxy",
            "http://proxy:0",
            "http://proxy:65536",
            "http://:3128",
            "http://user:secret@proxy:3128",
            "http://proxy:3128/path",
            "http://fd00::1:3128",
            "http://[proxy]:3128",
            "HTTP://proxy:3128",
        ] {
            assert_eq!(ProxyAddress::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_user_has_a_password_and_a_proxy_that_can_carry_both() {
        let long = "x".repeat(256);
        let at_fault = |proxy: Option<&str>, user: Option<&str>, password: Option<&str>| {
            let route = Route {
                proxy: proxy.and_then(ProxyAddress::parse),
                proxy_user: user.map(str::to_owned),
                proxy_password: password.map(Into::into),
                ..Route::default()
            };
            is_whole(&route).err().map(|fault| fault.code.to_string())
        };
        let (http, socks) = (Some("http://p:1"), Some("socks5://p:1"));
        for (proxy, user, password, key) in [
            (None, None, None, None),
            (http, None, None, None),
            (http, Some("u"), Some("p"), None),
            (socks, Some("u:v"), Some("p"), None),
            (http, Some("u"), Some(long.as_str()), None),
            (None, Some("u"), Some("p"), Some("proxy")),
            (None, None, Some("p"), Some("proxy")),
            (http, Some("u"), None, Some("proxy_password")),
            (http, None, Some("p"), Some("proxy_user")),
            (http, Some("u:v"), Some("p"), Some("proxy_user")),
            (socks, Some(long.as_str()), Some("p"), Some("proxy_user")),
            (
                socks,
                Some("u"),
                Some(long.as_str()),
                Some("proxy_password"),
            ),
        ] {
            assert_eq!(
                at_fault(proxy, user, password).as_deref(),
                key,
                "{proxy:?} {user:?}"
            );
        }
    }
}
