//! Under which address does a caller see the gateway?

use hyper::HeaderMap;
use hyper::header::HOST;
use rpc_schema::openrpc::DEFAULT_ADDRESS;

/// No name of a host is longer, with its port.
const LONGEST: usize = 255 + 6;

/// The endpoint's URL as the request names it: its `Host`, if that holds nothing but what a host may hold, else the default.
/// The scheme is what the listener speaks.
pub fn address(headers: &HeaderMap, secure: bool) -> String {
    let scheme = if secure { "https" } else { "http" };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    match host.filter(|host| is_plain(host)) {
        Some(host) => format!("{scheme}://{host}/"),
        None => DEFAULT_ADDRESS.to_owned(),
    }
}

fn is_plain(host: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".:[]-".contains(&byte);
    (1..=LONGEST).contains(&host.len()) && host.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn only_a_plain_host_is_repeated() {
        let shown = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_str(host).unwrap());
            address(&headers, false)
        };
        for plain in ["127.0.0.1:8080", "[::1]:80", "pay.example.uz", "localhost"] {
            assert_eq!(shown(plain), format!("http://{plain}/"));
        }
        for other in ["", "a b", "a/b", "a\"b", "a@b", "a?b", &"a".repeat(262)] {
            assert_eq!(shown(other), DEFAULT_ADDRESS, "{other}");
        }
        assert_eq!(address(&HeaderMap::new(), true), DEFAULT_ADDRESS);
    }
}
