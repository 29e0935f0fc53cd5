//! The headers that are read before a partner is known.

use std::net::{IpAddr, Ipv4Addr};

use hyper::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue, ORIGIN};
use hyper::{HeaderMap, Request, Uri};
use listener::browser::{Doorkeeper, Visitor};

use crate::domain::address::Block;
use crate::domain::app_name::AppName;
use crate::domain::source::{Source, TrustedProxies};
use crate::processing::exchange::basic;
use crate::rpc::address;
use crate::rpc::authentication::fuzzing::credentials;
use crate::rpc::dispatch::lang;

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Each line is one header: the credentials, the host, the language, the application, the origin, then any
/// number of `X-Forwarded-For`.
pub fn headers(bytes: &[u8]) {
    let names = [
        AUTHORIZATION,
        HOST,
        HeaderName::from_static("lang"),
        HeaderName::from_static("app-name"),
        ORIGIN,
    ];
    let names = names.into_iter().chain(std::iter::repeat(FORWARDED));
    let mut headers = HeaderMap::new();
    for (name, line) in names.zip(bytes.split(|byte| *byte == b'\n').take(16)) {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(name, value);
        }
    }
    if let Some(value) = headers.get(AUTHORIZATION) {
        authorization(value);
    }
    let asked = lang(&headers);
    let sent = headers.get("lang").map(HeaderValue::as_bytes);
    assert!(asked.is_none() || sent.is_some_and(|sent| sent.len() == 2));
    door(&headers);
    let address = address(&headers, false);
    assert!(address.parse::<Uri>().is_ok() || address.contains(['[', ']', ':']));
    assert!(
        !address.contains(|sign: char| "\"<>'\\".contains(sign) || sign.is_control()),
        "{address:?} is written into a page"
    );
    if let Some(name) = headers
        .get("app-name")
        .and_then(|value| AppName::parse(value.to_str().ok()?))
    {
        assert!(name.as_str().starts_with(name.application()));
        assert!(!name.application().contains(char::is_control));
    }
    let forwarded: Vec<Option<&str>> = headers
        .get_all(FORWARDED)
        .iter()
        .map(|value| value.to_str().ok())
        .collect();
    source(&forwarded);
}

/// On loopback nobody is let in under another name than this machine's, and no page but of the very name it is reached by.
fn door(headers: &HeaderMap) {
    let mut head = Request::new(()).into_parts().0;
    head.headers = headers.clone();
    let door = Doorkeeper {
        on_loopback: true,
        ..Doorkeeper::default()
    };
    let Ok(visitor) = door.judge(&head) else {
        return;
    };
    assert_eq!(visitor, Visitor::Own);
    let text = |name| {
        let text = headers.get(name).and_then(|value| value.to_str().ok());
        text.unwrap_or_default().to_ascii_lowercase()
    };
    let (host, origin) = (name_of(&text(HOST)), text(ORIGIN));
    let is_here = host == "localhost"
        || host
            .parse()
            .is_ok_and(|at: IpAddr| at.to_canonical().is_loopback());
    assert!(is_here, "{host:?} is let in");
    if headers.contains_key(ORIGIN) {
        let page = origin.strip_prefix("http://").map(name_of);
        let same = page.as_deref() == Some(host.as_str())
            || page.is_some_and(|page| {
                page.parse::<IpAddr>().ok().map(|at| at.to_canonical())
                    == host.parse::<IpAddr>().ok().map(|at| at.to_canonical())
            });
        assert!(same, "a page of {origin:?} is let in at {host:?}");
    }
}

/// A host without its port, brackets and trailing dot.
fn name_of(host: &str) -> String {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next(),
        None => host.split(':').next(),
    };
    let name = name.unwrap_or_default();
    name.strip_suffix('.').unwrap_or(name).to_owned()
}

/// What is read is what the header says: written again, it is read as the same.
fn authorization(value: &HeaderValue) {
    let Some((name, secret)) = credentials(value) else {
        return;
    };
    assert!(!name.contains([':', '\0']), "{name:?}");
    let again = basic(&name, &secret.clone().into()).ok();
    let again = again.and_then(|value| credentials(&value));
    assert_eq!(again, Some((name, secret)));
}

/// Nobody is believed who was not called by a trusted proxy, and nobody can put another address in front of his own.
fn source(forwarded: &[Option<&str>]) {
    let peer = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    let of = |proxies: &TrustedProxies, values: &[Option<&str>]| -> Source {
        proxies.source(peer, values.iter().copied())
    };
    let nobody = TrustedProxies::default();
    assert_eq!(of(&nobody, forwarded).address(), peer);
    let trusted = TrustedProxies::new(Block::parse("10.0.0.0/8").into_iter().collect());
    let found = of(&trusted, forwarded).address();
    if trusted.has(found) {
        return;
    }
    for forged in ["192.0.2.7", "192.0.2.7, 10.0.0.9", "10.0.0.9,", "x"] {
        let mut values = vec![Some(forged)];
        values.extend(forwarded);
        assert_eq!(of(&trusted, &values).address(), found, "{forged:?}");
    }
}
