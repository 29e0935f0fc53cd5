//! The address of a webhook: what may be set, and where it leads at the moment of a try.
//!
//! A name is resolved at each try, all that it resolves to is judged, and the connection goes to an address that was
//! judged: a name that is public when it is set and private a second later reaches nothing.

use std::net::{IpAddr, SocketAddr};

use hyper::Uri;
use hyper::header::HeaderValue;

use super::rules::Rules;
use crate::domain::address::is_link_local;
use crate::processing::exchange::Receiver;

const LONGEST: usize = 2_000;

/// Why an address cannot be used. The texts name no more of it than its host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error(
        "an address is https:// with a host, at most 2000 characters, without a user name and a fragment"
    )]
    Url,
    #[error("an address must begin with https:// (webhooks.allow_http lets http:// pass)")]
    Http,
    #[error("a host is a name, or a whole address in its usual form, not {0:?}")]
    Host(String),
    #[error("{0} is not a public address ({opens})", opens = what_opens(*.0))]
    Closed(IpAddr),
    #[error("name a host instead of the address {0}")]
    Literal(IpAddr),
    #[error("{host} resolves to {address}, which is not public ({opens})", opens = what_opens(*.address))]
    ResolvesTo { host: String, address: IpAddr },
    #[error("{0} does not resolve to any address")]
    Unresolved(String),
}

impl Rules {
    /// The receiver at this URL, as far as that can be said without resolving its name.
    ///
    /// # Errors
    /// See [`AddressError`].
    pub fn receiver(&self, url: &str) -> Result<Receiver, AddressError> {
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'#' && byte != b'\\';
        if url.len() > LONGEST || !url.bytes().all(plain) {
            return Err(AddressError::Url);
        }
        let uri: Uri = url.parse().map_err(|_| AddressError::Url)?;
        let authority = uri.authority().ok_or(AddressError::Url)?.as_str();
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if self.allow_http => false,
            Some("http") => return Err(AddressError::Http),
            Some(_) | None => return Err(AddressError::Url),
        };
        let host = uri.host().unwrap_or_default();
        let literal = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let host = literal.unwrap_or(host);
        let port = match (uri.port(), https) {
            (Some(port), _) => port.as_u16(),
            (None, true) => 443,
            (None, false) => 80,
        };
        // A user name, and a port that is none: they are in the authority, and in nothing that was read of it.
        let is_read = uri.port().is_some() || uri.host() == Some(authority);
        if authority.contains('@') || host.is_empty() || port == 0 || !is_read {
            return Err(AddressError::Url);
        }
        match (host.parse::<IpAddr>(), literal) {
            (Ok(address), _) if self.reachable.allows(address) && self.reachable.has(address) => {}
            (Ok(address), _) if self.reachable.has(address) => {
                return Err(AddressError::Literal(address));
            }
            (Ok(address), _) => return Err(AddressError::Closed(address)),
            (Err(_), Some(_)) => return Err(AddressError::Host(host.to_owned())),
            (Err(_), None) if looks_like_a_number(host) => {
                return Err(AddressError::Host(host.to_owned()));
            }
            (Err(_), None) => {}
        }
        let target = uri
            .path_and_query()
            .map_or(Ok(Uri::from_static("/")), |target| target.as_str().parse());
        Ok(Receiver {
            https,
            host: host.to_owned(),
            port,
            authority: HeaderValue::from_str(authority).map_err(|_| AddressError::Url)?,
            target: target.map_err(|_| AddressError::Url)?,
        })
    }

    /// The addresses of the receiver's host, to connect to the first that answers.
    ///
    /// # Errors
    /// The host resolves to nothing, or to anything that may not be reached.
    pub async fn resolve(&self, receiver: &Receiver) -> Result<Vec<SocketAddr>, AddressError> {
        let host = receiver.host.as_str();
        let unresolved = || AddressError::Unresolved(host.to_owned());
        let found = tokio::net::lookup_host((host, receiver.port)).await;
        let found: Vec<SocketAddr> = found.map_err(|_| unresolved())?.collect();
        let closed = found.iter().find(|found| !self.reachable.has(found.ip()));
        match closed {
            Some(closed) => Err(AddressError::ResolvesTo {
                host: host.to_owned(),
                address: closed.ip(),
            }),
            None if found.is_empty() => Err(unresolved()),
            None => Ok(found),
        }
    }
}

/// What lets an address that is not public be reached.
fn what_opens(address: IpAddr) -> &'static str {
    if is_link_local(address) {
        "it is link-local, and no setting lets such an address be reached"
    } else {
        "webhooks.allowed_networks lists those that may be reached all the same"
    }
}

/// The system's resolver takes `127.1`, `2130706433`, `0x7f000001` and `0177.0.0.1` for addresses. A name's last label is
/// never a number.
fn looks_like_a_number(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next();
    let last = last.unwrap_or_default();
    let hex = last.strip_prefix("0x").or(last.strip_prefix("0X"));
    match hex {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::{Block, Reachable};

    fn rules(allow_http: bool, allowed: &[&str]) -> Rules {
        let allowed = allowed.iter().map(|text| Block::parse(text).unwrap());
        Rules {
            allow_http,
            reachable: Reachable {
                allowed: allowed.collect(),
            },
            timeout_ms: 1,
            keep_ms: 1,
        }
    }

    #[test]
    fn an_address_is_https_with_a_name() {
        let strict = rules(false, &[]);
        for (url, host, port, authority, target) in [
            (
                "https://shop.example/hook?a=b",
                "shop.example",
                443,
                "shop.example",
                "/hook?a=b",
            ),
            (
                "HTTPS://shop.example:8443",
                "shop.example",
                8443,
                "shop.example:8443",
                "/",
            ),
            (
                "https://xn--80ak6aa92e.example/",
                "xn--80ak6aa92e.example",
                443,
                "xn--80ak6aa92e.example",
                "/",
            ),
            (
                "https://0x7f.shop.example/",
                "0x7f.shop.example",
                443,
                "0x7f.shop.example",
                "/",
            ),
        ] {
            let expected = Receiver {
                https: true,
                host: host.to_owned(),
                port,
                authority: HeaderValue::from_static(authority),
                target: target.parse().unwrap(),
            };
            assert_eq!(strict.receiver(url), Ok(expected), "{url}");
        }
        assert_eq!(
            strict.receiver("http://shop.example/"),
            Err(AddressError::Http)
        );
        for url in [
            "",
            "shop.example",
            "/hook",
            "ftp://shop.example/",
            "file:///etc/passwd",
            "https://",
            "https:///hook",
            "https://user@shop.example/",
            "https://user:word@shop.example/",
            "https://shop.example/#a",
            "https://shop.example:0/",
            "https://shop.example:/",
            "https://shop.example:70000/",
            "https://shop .example/",
            "https://shop.example\\@127.0.0.1/",
            "https://магазин.example/",
            "https://shop.example/\n",
        ] {
            assert_eq!(strict.receiver(url), Err(AddressError::Url), "{url}");
        }
    }

    #[test]
    fn a_number_is_no_name_and_a_closed_address_is_refused() {
        let strict = rules(false, &[]);
        let refused = |url: &str| strict.receiver(url).unwrap_err();
        for host in [
            "127.1",
            "2130706433",
            "0x7f000001",
            "0X7F.1",
            "0177.0.0.1",
            "127.0.0.1.",
            "shop.0x7f",
            "1",
            "[::1%25lo]",
            "[::g]",
        ] {
            let error = refused(&format!("https://{host}/"));
            assert!(
                matches!(error, AddressError::Host(_) | AddressError::Url),
                "{host}: {error}"
            );
        }
        for host in [
            "127.0.0.1",
            "10.0.0.1",
            "169.254.169.254",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[fe80::1]",
            "0.0.0.0",
        ] {
            let error = refused(&format!("https://{host}/"));
            assert!(matches!(error, AddressError::Closed(_)), "{host}: {error}");
        }
        for (host, is_opened) in [
            ("10.0.0.1", true),
            ("169.254.169.254", false),
            ("[::ffff:169.254.0.1]", false),
            ("[fe80::1]", false),
        ] {
            let said = refused(&format!("https://{host}/")).to_string();
            assert_eq!(said.contains("allowed_networks"), is_opened, "{said}");
            assert_eq!(said.contains("link-local"), !is_opened, "{said}");
        }
        let error = refused("https://1.1.1.1/");
        assert_eq!(error, AddressError::Literal("1.1.1.1".parse().unwrap()));
        let sandbox = rules(true, &["127.0.0.0/8", "::1"]);
        for host in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"] {
            assert!(
                sandbox.receiver(&format!("http://{host}:3000/")).is_ok(),
                "{host}"
            );
        }
        assert!(sandbox.receiver("http://169.254.169.254/").is_err());
    }

    #[tokio::test]
    async fn a_name_is_judged_by_all_that_it_resolves_to() {
        let named = |host: &str| Receiver {
            https: true,
            host: host.to_owned(),
            port: 443,
            authority: HeaderValue::from_static("x"),
            target: Uri::from_static("/"),
        };
        let (strict, open) = (rules(false, &[]), rules(false, &["127.0.0.0/8", "::1"]));
        // The resolver's own spellings, should one ever come so far.
        for host in [
            "localhost",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "::ffff:127.0.0.1",
            "::1",
        ] {
            let judged = strict.resolve(&named(host)).await;
            assert!(
                matches!(judged, Err(AddressError::ResolvesTo { .. })),
                "{host}: {judged:?}"
            );
        }
        let judged = open.resolve(&named("localhost")).await.unwrap();
        assert!(
            judged
                .iter()
                .all(|one| one.ip().is_loopback() && one.port() == 443)
        );
        let judged = open.resolve(&named("no.such.name.invalid")).await;
        assert!(
            matches!(judged, Err(AddressError::Unresolved(_))),
            "{judged:?}"
        );
    }
}
