//! The fiscal service: it registers the fee of a transfer and returns the URL of a fiscal check.
//!
//! Operators of fiscal data publish no interface, so this client speaks that of the simulated service. The gateway
//! needs only [`Fiscal::register`]; a client of a real operator needs nothing more.

use std::time::Duration;

use bytes::Bytes;
use hyper::Uri;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::bulkhead::CallClass;
use super::exchange::{Endpoint, Reply, SetupError, Way, basic};
use super::lenient::{self, Scalar};
use super::told_server::ToldServer;
use crate::config;

/// A fee that was taken, for the fiscal service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FiscalReceipt {
    /// Our own unique id: 1 to 64 characters of `A-Za-z0-9._:-`.
    #[serde(rename = "receiptId")]
    pub id: String,
    /// Tiyin, greater than zero.
    pub amount: i64,
    pub merchant_id: String,
    pub terminal_id: String,
    /// When the fee was taken, in UNIX milliseconds.
    #[serde(rename = "time")]
    pub at: i64,
}

/// Why there is no fiscal check yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FiscalError {
    /// The service refused the receipt. It will refuse it again.
    #[error("the fiscal service refused: {0}")]
    Refused(String),
    /// The receipt may or may not be registered. A repeat can help.
    #[error("the fiscal service gave no usable answer: {0}")]
    Unavailable(String),
}

/// The client of the fiscal service.
#[derive(Debug)]
pub struct Fiscal {
    /// The longest time of an attempt.
    total: Duration,
    endpoint: Endpoint,
    headers: [(HeaderName, HeaderValue); 1],
}

impl Fiscal {
    /// `url` is the address before the path `/receipts`.
    ///
    /// # Errors
    /// The URL or the credentials cannot be used.
    pub fn new(config: &config::Fiscal, url: &str, told: ToldServer) -> Result<Self, SetupError> {
        let (connect, total) = (config.connect_timeout_ms, config.timeout_ms);
        let way = Way::of(&config.tls, &config.route, connect, total);
        let url = format!("{}/receipts", url.trim_end_matches('/'));
        Ok(Self {
            total: way.total_timeout,
            endpoint: Endpoint::new(&url, way)?.telling(told),
            headers: [(AUTHORIZATION, basic(&config.user, &config.password)?)],
        })
    }

    /// The longest time that an attempt may take, milliseconds.
    pub fn longest_ms(&self) -> i64 {
        i64::try_from(self.total.as_millis()).unwrap_or(i64::MAX / 2)
    }

    /// Registers a receipt and returns the URL of its check. A repeat with the same id registers nothing new and
    /// returns the same URL.
    ///
    /// # Errors
    /// See [`FiscalError`].
    pub async fn register(&self, receipt: &FiscalReceipt) -> Result<String, FiscalError> {
        let body = serde_json::to_vec(receipt).map_err(|_| {
            FiscalError::Refused("the receipt cannot be written as JSON".to_owned())
        })?;
        let reply = self
            .endpoint
            .post(
                CallClass::New,
                "register",
                &self.headers,
                "application/json; charset=utf-8",
                Bytes::from(body),
            )
            .await
            .map_err(|failure| FiscalError::Unavailable(failure.to_string()))?;
        read(&reply, &receipt.id)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Registered {
    #[serde(default)]
    receipt_id: Scalar,
    url: String,
}

pub(super) fn read(reply: &Reply, id: &str) -> Result<String, FiscalError> {
    let status = reply.status.as_u16();
    let unavailable = |cause: &str| FiscalError::Unavailable(format!("HTTP {status}: {cause}"));
    match status {
        200..=299 => {}
        // Of the client errors, these two are temporary.
        408 | 429 => return Err(unavailable("temporarily refused")),
        400..=499 => return Err(FiscalError::Refused(format!("HTTP {status}"))),
        _ => return Err(unavailable("not an answer of the fiscal service")),
    }
    let registered: Registered =
        lenient::json(&reply.body).ok_or_else(|| unavailable("the reply cannot be read"))?;
    if !registered.receipt_id.echoes(id) {
        return Err(unavailable("the reply is about another receipt"));
    }
    if is_http_url(&registered.url) {
        Ok(registered.url)
    } else {
        Err(unavailable("the check has no usable URL"))
    }
}

/// The longest URL of a check, in bytes. Those of real services have a hundred.
const URL_LIMIT: usize = 2048;

/// The URL goes to the partner, who may open it, and is stored. What follows a `#` is not looked at by [`Uri`].
fn is_http_url(url: &str) -> bool {
    url.len() <= URL_LIMIT
        && url.bytes().all(|sign| sign.is_ascii_graphic())
        && url
            .parse::<Uri>()
            .is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")))
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;
    use serde_json::json;

    use super::*;

    fn answer(status: u16, body: &str) -> Result<String, FiscalError> {
        let reply = Reply {
            status: StatusCode::from_u16(status).unwrap(),
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        read(&reply, "r-1")
    }

    #[test]
    fn the_request_has_the_services_form() {
        let receipt = FiscalReceipt {
            id: "r-1".to_owned(),
            amount: 2_500,
            merchant_id: "90001".to_owned(),
            terminal_id: "92400001".to_owned(),
            at: 1_700_000_000_000,
        };
        assert_eq!(
            serde_json::to_value(receipt).unwrap(),
            json!({"receiptId": "r-1", "amount": 2500, "merchantId": "90001", "terminalId": "92400001",
                "time": 1_700_000_000_000_i64})
        );
        Fiscal::new(
            &config::Fiscal::default(),
            "http://127.0.0.1:1/fiscal/",
            ToldServer::default(),
        )
        .unwrap();
    }

    #[test]
    fn a_registered_receipt_has_a_url() {
        let url = "https://ofd.sandbox/check/r-1";
        for body in [
            format!(r#"{{"receiptId":"r-1","url":"{url}"}}"#),
            format!(r#"{{"url":"{url}"}}"#),
        ] {
            assert_eq!(answer(200, &body), Ok(url.to_owned()), "{body}");
        }
    }

    #[test]
    fn refusals_are_final_and_other_failures_can_be_repeated() {
        for status in [400, 401, 409, 422] {
            assert_eq!(
                answer(status, r#"{"error":"x"}"#),
                Err(FiscalError::Refused(format!("HTTP {status}")))
            );
        }
        for (status, body) in [
            (500, r#"{"error":"x"}"#),
            (503, ""),
            (408, ""),
            (429, ""),
            (302, ""),
            (200, ""),
            (200, "{}"),
            (
                200,
                r#"{"receiptId":"r-2","url":"https://ofd.sandbox/check/r-2"}"#,
            ),
            (200, r#"{"receiptId":"r-1","url":""}"#),
            (200, r#"{"receiptId":"r-1","url":"javascript:alert(1)"}"#),
            (200, r#"{"receiptId":"r-1","url":"https://x/r-1#\u0000"}"#),
            (200, r#"{"receiptId":"r-1","url":"https://x/r-1#a b"}"#),
            (200, r#"{"receiptId":"r-1","url":"https://x/r-1#чек"}"#),
        ] {
            assert!(
                matches!(answer(status, body), Err(FiscalError::Unavailable(_))),
                "{status} {body}"
            );
        }
    }
}
