//! The headers that are read before a partner is known.

use std::net::{IpAddr, Ipv4Addr};

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue};

use crate::domain::address::Block;
use crate::domain::app_name::AppName;
use crate::domain::source::{Source, TrustedProxies};
use crate::processing::exchange::basic;
use crate::rpc::address;
use crate::rpc::authentication::fuzzing::credentials;
use crate::rpc::dispatch::lang;

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Each line is one header: the credentials, the host, the language, the application, then any number of
/// `X-Forwarded-For`.
pub fn headers(bytes: &[u8]) {
    let names = [
        AUTHORIZATION,
        HOST,
        HeaderName::from_static("lang"),
        HeaderName::from_static("app-name"),
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
    let address = address(&headers);
    assert!(address.parse::<hyper::Uri>().is_ok() || address.contains(['[', ']', ':']));
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
