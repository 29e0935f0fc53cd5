//! The fiscal service of the sandbox. Its interface is minimal, so that it can stand for any: a receipt has a name of ours, and
//! a repeat under the same name registers nothing new.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use super::operator::{self, FiscalError, FiscalOperator, FiscalReceipt, Registered, is_http_url};
use crate::config;
use crate::processing::bulkhead::CallClass;
use crate::processing::exchange::{Endpoint, Reply, SetupError, Way, basic};
use crate::processing::lenient::{self, Scalar};
use crate::processing::told_server::ToldServer;

/// The client of the simulated service.
#[derive(Debug)]
pub(crate) struct Simulated {
    /// The longest time of an attempt.
    total: Duration,
    endpoint: Endpoint,
    headers: [(HeaderName, HeaderValue); 1],
}

impl Simulated {
    /// `url` is the address before the path `/receipts`.
    ///
    /// # Errors
    /// The URL or the credentials cannot be used.
    pub(crate) fn new(
        config: &config::Fiscal,
        url: &str,
        told: ToldServer,
    ) -> Result<Self, SetupError> {
        let (connect, total) = (config.connect_timeout_ms, config.timeout_ms);
        let way = Way::of(&config.tls, &config.route, connect, total);
        let url = format!("{}/receipts", url.trim_end_matches('/'));
        Ok(Self {
            total: way.total_timeout,
            endpoint: Endpoint::new(&url, way)?.telling(told),
            headers: [(AUTHORIZATION, basic(&config.user, &config.password)?)],
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    receipt_id: &'a str,
    amount: i64,
    merchant_id: &'a str,
    terminal_id: &'a str,
    time: i64,
}

fn body(receipt: &FiscalReceipt) -> Body<'_> {
    Body {
        receipt_id: &receipt.id,
        amount: receipt.amount,
        merchant_id: &receipt.merchant_id,
        terminal_id: &receipt.terminal_id,
        time: receipt.taken_at.0,
    }
}

#[async_trait]
impl FiscalOperator for Simulated {
    fn longest_ms(&self) -> i64 {
        operator::milliseconds(self.total)
    }

    fn numbered_terminal(&self) -> Option<&str> {
        None
    }

    async fn register(&self, receipt: &FiscalReceipt) -> Result<Registered, FiscalError> {
        let body = serde_json::to_vec(&body(receipt)).map_err(|_| {
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
            .await?;
        let url = read(&reply, &receipt.id)?;
        Ok(Registered { url, mark: None })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    #[serde(default)]
    receipt_id: Scalar,
    url: String,
}

pub(in crate::processing) fn read(reply: &Reply, id: &str) -> Result<String, FiscalError> {
    let unavailable = operator::check_status(reply)?;
    let answer: Answer =
        lenient::json(&reply.body).ok_or_else(|| unavailable("the reply cannot be read"))?;
    if !answer.receipt_id.echoes(id) {
        return Err(unavailable("the reply is about another receipt"));
    }
    if is_http_url(&answer.url) {
        Ok(answer.url)
    } else {
        Err(unavailable("the check has no usable URL"))
    }
}

#[cfg(test)]
mod tests {
    use entity::time::UnixMillis;
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
            number: None,
            amount: 2_500,
            merchant_id: "90001".to_owned(),
            terminal_id: "92400001".to_owned(),
            taken_at: UnixMillis(1_700_000_000_000),
            at: UnixMillis(1_700_000_000_001),
        };
        assert_eq!(
            serde_json::to_value(body(&receipt)).unwrap(),
            json!({"receiptId": "r-1", "amount": 2500, "merchantId": "90001", "terminalId": "92400001",
                "time": 1_700_000_000_000_i64})
        );
        Simulated::new(
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
