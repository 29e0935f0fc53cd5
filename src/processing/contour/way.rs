//! The way to a server: name, connection, TLS, clock, latency.

use chrono::DateTime;
use entity::time::UnixMillis;
use hyper::header::DATE;

use super::around::{Around, Keys};
use super::finding::Finding;
use crate::domain::day::stamp;
use crate::processing::exchange::{Distrust, Seen, SeenReply, SeenTls};
use crate::processing::lenient::printable;

const DAY_MS: i64 = 24 * 3_600 * 1_000;
/// A certificate has so many days left, or somebody should see to a new one.
const DAYS_LEFT: i64 = 30;

/// One row for each step, as far as they led. `before`: when the first was taken.
pub(super) fn findings(
    seen: &Seen,
    keys: Keys<'_>,
    around: Around<'_>,
    before: UnixMillis,
) -> Vec<Finding> {
    let mut found = vec![address(seen, keys)];
    if seen.addresses.is_err() {
        return found;
    }
    found.push(connection(seen, keys));
    if seen.connected.is_none() {
        return found;
    }
    match &seen.tls {
        Some(tls) => found.extend(handshake(tls, seen, keys, (around.now)())),
        None => found.push(Finding::right(
            "TLS",
            "none",
            "https://, or a closed network",
        )),
    }
    if let Some(reply) = &seen.reply {
        found.push(clock(reply, around, before));
        found.push(latency(reply, keys));
    }
    found
}

fn address(seen: &Seen, keys: Keys<'_>) -> Finding {
    let (check, key) = match seen.is_proxys {
        true => ("proxy's address", format!("{}.proxy", keys.route)),
        false => ("address", keys.url.to_owned()),
    };
    match &seen.addresses {
        Ok(all) => {
            let all: Vec<String> = all.iter().map(ToString::to_string).collect();
            Finding::right(check, all.join(" "), "one at least")
        }
        Err(cause) => {
            let advice = format!("look at the name in {key}, and at DNS");
            Finding::wrong(check, cause, "one at least", advice)
        }
    }
}

fn connection(seen: &Seen, keys: Keys<'_>) -> Finding {
    let wanted = "takes a connection";
    match (seen.connected, &seen.failure) {
        (Some(took), _) => {
            Finding::right("connection", format!("in {} ms", took.as_millis()), wanted)
        }
        (None, failure) => {
            let found = failure.as_ref().map(ToString::to_string);
            let advice = format!(
                "look at {}, {} and the firewall; ask {} whether our address is let in",
                keys.url, keys.route, keys.whom
            );
            Finding::wrong("connection", found.unwrap_or_default(), wanted, advice)
        }
    }
}

fn handshake(tls: &SeenTls, seen: &Seen, keys: Keys<'_>, now: UnixMillis) -> Vec<Finding> {
    let mut found = Vec::new();
    let wanted = "TLS 1.2 or 1.3";
    match &tls.version {
        Some(version) => found.push(Finding::right("TLS", version, wanted)),
        // The certificate's row says why.
        None if tls.distrust.is_some() => {}
        None => {
            let told = seen.failure.as_ref().map(ToString::to_string);
            let advice = format!(
                "is the port of {} one of TLS? If {} wants a certificate of ours: {}.client_cert",
                keys.url, keys.whom, keys.tls
            );
            found.push(Finding::wrong(
                "TLS",
                told.unwrap_or_default(),
                wanted,
                advice,
            ));
        }
    }
    if tls.subject.is_some() || tls.distrust.is_some() {
        found.push(certificate(tls, keys, now));
    }
    found
}

fn certificate(tls: &SeenTls, keys: Keys<'_>, now: UnixMillis) -> Finding {
    let Keys {
        tls: key,
        server_name,
        whom,
        ..
    } = keys;
    let name = |name: &Option<String>| match name {
        Some(name) => name.chars().map(printable).take(120).collect(),
        None => "?".to_owned(),
    };
    let (subject, issuer) = (name(&tls.subject), name(&tls.issuer));
    let ends = tls.ends.map_or_else(|| "?".to_owned(), stamp);
    let trust = match &tls.distrust {
        None => "trusted",
        Some(Distrust::Ended) => "not trusted: it has ended",
        Some(Distrust::NotYet) => "not trusted: it has not begun",
        Some(Distrust::OtherName) => "not trusted: another name",
        Some(Distrust::NoName) => "not trusted: it has no subjectAltName",
        Some(Distrust::UnknownRoot) => "not trusted: unknown root",
        Some(Distrust::SignedByItself) => "not trusted: signed by itself",
        Some(Distrust::Other(_)) => "not trusted",
    };
    let found = format!("{subject} by {issuer}, until {ends}, {trust}");
    let advice = match &tls.distrust {
        Some(Distrust::Ended) => Some(format!(
            "ask {whom} for a new one; is the clock here right?"
        )),
        Some(Distrust::NotYet) => Some("look at the clock of this machine".to_owned()),
        Some(Distrust::OtherName) => Some(format!(
            "if {whom} says that it is theirs: {server_name}, the name that it has"
        )),
        Some(Distrust::NoName | Distrust::SignedByItself) => Some(format!(
            "if {whom} says that it is theirs: the file of this certificate itself in {key}.ca_file"
        )),
        Some(Distrust::UnknownRoot) => Some(format!(
            "ask {whom} for the root, and name its file in {key}.ca_file"
        )),
        Some(Distrust::Other(told)) => Some(format!("{told}: ask {whom}")),
        None => tls
            .ends
            .map(|ends| (ends - now).div_euclid(DAY_MS))
            .filter(|days| *days < DAYS_LEFT)
            .map(|days| format!("it ends in {days} days: ask {whom} for the next one")),
    };
    Finding {
        check: "certificate".to_owned(),
        found,
        wanted: format!("trusted, and {DAYS_LEFT} days left"),
        advice,
    }
}

/// `Date` has whole seconds, and was written at some time between question and reply.
fn clock(seen: &SeenReply, around: Around<'_>, before: UnixMillis) -> Finding {
    let wanted = format!("within {} s of ours", around.clocks_ms / 1_000);
    let told = seen.headers.get(DATE).and_then(|date| date.to_str().ok());
    let Some(told) = told else {
        return Finding::right("clock", "no header Date", &wanted);
    };
    let Ok(theirs) = DateTime::parse_from_rfc2822(told) else {
        return Finding::right("clock", "the header Date cannot be read", &wanted);
    };
    let (theirs, after) = (UnixMillis(theirs.timestamp_millis()), (around.now)());
    let ahead_ms = match theirs {
        _ if theirs > after => theirs - after,
        _ if theirs + 1_000 < before => (theirs + 1_000) - before,
        _ => 0,
    };
    let found = match ahead_ms / 1_000 {
        0 => "as ours".to_owned(),
        ahead @ 1.. => format!("{ahead} s ahead of ours"),
        behind => format!("{} s behind ours", -behind),
    };
    match ahead_ms.abs() <= around.clocks_ms {
        true => Finding::right("clock", found, &wanted),
        false => Finding::wrong(
            "clock",
            found,
            &wanted,
            "synchronise this machine (NTP); if it is right, tell them: times in their lists are off",
        ),
    }
}

fn latency(seen: &SeenReply, keys: Keys<'_>) -> Finding {
    let (key, limit) = keys.timeout;
    let took = seen.took.as_millis();
    let wanted = format!("within half of {key}, {limit} ms");
    let found = format!("{took} ms");
    match took.saturating_mul(2) <= limit.into() {
        true => Finding::right("latency", found, &wanted),
        false => {
            let advice = format!("ask {} how long calls may take, and raise {key}", keys.whom);
            Finding::wrong("latency", found, &wanted, advice)
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::StatusCode;
    use hyper::header::{HeaderMap, HeaderValue};

    use super::*;
    use crate::processing::contour::record::Secrets;
    use crate::processing::exchange::Reply;

    const KEYS: Keys<'_> = Keys {
        url: "uzcard.url",
        tls: "uzcard.tls",
        server_name: "uzcard.tls.server_name",
        route: "uzcard.route",
        login: "uzcard.user and uzcard.password",
        timeout: ("uzcard.timeout_ms", 15_000),
        whom: "the acquirer",
    };

    #[test]
    fn a_certificate_is_to_be_renewed_thirty_days_before_its_end() {
        let now = UnixMillis(1_764_288_000_000);
        for (days, is_wrong) in [(31, false), (30, false), (29, true)] {
            let tls = SeenTls {
                subject: Some("CN=svgate".to_owned()),
                ends: Some(now + days * DAY_MS),
                ..SeenTls::default()
            };
            let advice = certificate(&tls, KEYS, now).advice;
            assert_eq!(advice.is_some(), is_wrong, "{days}");
        }
    }

    /// `Date` tells the second in which it was written, and the reply was some time on its way.
    #[test]
    fn clocks_may_be_thirty_seconds_apart() {
        // 2026-11-28T00:00:00Z
        let midnight = UnixMillis(1_795_824_000_000);
        for (before, after, is_wrong) in [
            (0, 5_000, false),
            (31_000, 32_000, false),
            (31_001, 32_000, true),
            (-90_000, -30_000, false),
            (-90_000, -30_001, true),
        ] {
            let mut headers = HeaderMap::new();
            let date = HeaderValue::from_static("Sat, 28 Nov 2026 00:00:00 GMT");
            headers.insert(DATE, date);
            let seen = SeenReply {
                reply: Reply {
                    status: StatusCode::OK,
                    body: Bytes::new(),
                },
                headers,
                took: std::time::Duration::ZERO,
            };
            let around = Around {
                now: &|| midnight + after,
                say: &|_| {},
                secrets: &Secrets::default(),
                clocks_ms: 30_000,
            };
            let advice = clock(&seen, around, midnight + before).advice;
            assert_eq!(advice.is_some(), is_wrong, "{before} {after}");
        }
    }
}
