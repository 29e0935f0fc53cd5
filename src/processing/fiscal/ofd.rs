//! The receipt service of the tax committee's operator (OFD), as its public clients speak it
//! (docs/networks.md#fiscal-operators): a signed JSON for each receipt, numbered by us.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::Check;
use super::operator::{self, FiscalError, FiscalOperator, FiscalReceipt, Registered, is_http_url};
use super::signed::Signer;
use crate::config::{self, NumberMember};
use crate::domain::day;
use crate::processing::bulkhead::CallClass;
use crate::processing::exchange::{Endpoint, Reply, SetupError, Way};
use crate::processing::lenient::{self, Scalar};
use crate::processing::told_server::ToldServer;

/// One piece: quantities are thousandths.
const ONE: i64 = 1_000;

/// The client of the OFD.
#[derive(Debug)]
pub(crate) struct Ofd {
    total: Duration,
    endpoint: Endpoint,
    signer: Signer,
    settings: config::Ofd,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Receipt<'a> {
    /// Its number, under one of both names.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_seq: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt_id: Option<i64>,
    is_refund: u8,
    /// 0: a sale.
    receipt_type: u8,
    /// `yyyy-MM-dd HH:mm:ss` in Tashkent.
    time: String,
    received_cash: i64,
    received_card: i64,
    #[serde(rename = "TotalVAT")]
    total_vat: i64,
    items: [Item<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Location>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Item<'a> {
    name: &'a str,
    #[serde(rename = "SPIC")]
    spic: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    units: Option<u32>,
    package_code: &'a str,
    owner_type: u32,
    good_price: i64,
    price: i64,
    amount: i64,
    #[serde(rename = "VAT")]
    vat: i64,
    #[serde(rename = "VATPercent")]
    vat_percent: i64,
    discount: i64,
    other: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    commission_info: Option<Commission<'a>>,
}

#[derive(Debug, Serialize)]
enum Commission<'a> {
    #[serde(rename = "TIN")]
    Tin(&'a str),
    #[serde(rename = "PINFL")]
    Pinfl(&'a str),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Location {
    latitude: f64,
    longitude: f64,
}

/// The reply, in either spelling.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Answer {
    #[serde(alias = "code")]
    code: Scalar,
    #[serde(rename = "TerminalID", alias = "terminal_id")]
    terminal_id: Scalar,
    #[serde(alias = "receipt_seq")]
    receipt_seq: Scalar,
    /// The same number, where the interface calls it so.
    #[serde(alias = "receipt_id")]
    receipt_id: Scalar,
    #[serde(alias = "date_time")]
    date_time: Scalar,
    #[serde(alias = "fiscal_sign")]
    fiscal_sign: Scalar,
    #[serde(rename = "QRCodeURL", alias = "qr_code_url", alias = "qr_url")]
    url: Scalar,
}

impl Ofd {
    /// `url` is the whole address of the receipt service.
    ///
    /// # Errors
    /// The URL, the certificate or the key cannot be used.
    pub(crate) fn new(
        config: &config::Fiscal,
        url: &str,
        told: ToldServer,
    ) -> Result<Self, SetupError> {
        let (connect, total) = (config.connect_timeout_ms, config.timeout_ms);
        let way = Way::of(&config.tls, &config.route, connect, total);
        Ok(Self {
            total: way.total_timeout,
            endpoint: Endpoint::new(url, way)?.telling(told),
            signer: Signer::open(&config.ofd.certificate_file, &config.ofd.key_file)?,
            settings: config.ofd.clone(),
        })
    }
}

#[async_trait]
impl FiscalOperator for Ofd {
    fn longest_ms(&self) -> i64 {
        operator::milliseconds(self.total)
    }

    fn numbered_terminal(&self) -> Option<&str> {
        Some(&self.settings.terminal)
    }

    async fn register(&self, receipt: &FiscalReceipt) -> Result<Registered, FiscalError> {
        let refused = |cause: &str| FiscalError::Refused(cause.to_owned());
        let number = receipt.number.ok_or_else(|| refused("it has no number"))?;
        let json = serde_json::to_vec(&written(&self.settings, receipt, number))
            .map_err(|_| refused("the receipt cannot be written as JSON"))?;
        let signed = self.signer.sign(&json, receipt.at);
        let body = Bytes::from(signed.ok_or_else(|| refused("the receipt cannot be signed"))?);
        let (class, content_type) = (CallClass::New, self.settings.content_type.header());
        let reply = self
            .endpoint
            .post(class, "register", &[], content_type, body)
            .await?;
        read(&reply, number)
    }
}

/// The receipt of a fee.
fn written<'a>(settings: &'a config::Ofd, receipt: &FiscalReceipt, number: i64) -> Receipt<'a> {
    let vat = vat(receipt.amount, settings.vat_percent);
    let owner = settings.owner.as_deref();
    let (receipt_seq, receipt_id) = match settings.number_member {
        NumberMember::ReceiptSeq => (Some(number), None),
        NumberMember::ReceiptId => (None, Some(number)),
    };
    Receipt {
        receipt_seq,
        receipt_id,
        is_refund: 0,
        receipt_type: 0,
        time: day::local_text(receipt.at),
        received_cash: 0,
        received_card: receipt.amount,
        total_vat: vat,
        items: [Item {
            name: &settings.service,
            spic: &settings.mxik,
            units: settings.unit,
            package_code: &settings.package_code,
            owner_type: settings.owner_type,
            good_price: receipt.amount,
            price: receipt.amount,
            amount: ONE,
            vat,
            vat_percent: settings.vat_percent,
            discount: 0,
            other: 0,
            commission_info: owner.map(|owner| match owner.len() {
                9 => Commission::Tin(owner),
                _ => Commission::Pinfl(owner),
            }),
        }],
        location: settings.location().map(|(latitude, longitude)| Location {
            latitude,
            longitude,
        }),
    }
}

/// The tax that a price holds, rounded to whole tiyin.
fn vat(price: i64, percent: i64) -> i64 {
    let whole = 100 + percent;
    let doubled = i128::from(price) * i128::from(percent) * 2 + i128::from(whole);
    i64::try_from(doubled / (i128::from(whole) * 2)).unwrap_or_default()
}

fn read(reply: &Reply, number: i64) -> Result<Registered, FiscalError> {
    let unavailable = operator::check_status(reply)?;
    let body: Value =
        lenient::json(&reply.body).ok_or_else(|| unavailable("the reply cannot be read"))?;
    // Some put it into a member of its own.
    let inner = ["data", "result"]
        .iter()
        .find_map(|name| body.get(name).filter(|part| part.is_object()));
    let answer = serde_json::from_value::<Answer>(inner.unwrap_or(&body).clone())
        .map_err(|_| unavailable("the reply cannot be read"))?;
    match answer.code.code() {
        Some(0) => {}
        Some(1) => return Err(unavailable("an input or output error, to be sent again")),
        Some(code) => return Err(FiscalError::Refused(format!("code {code}"))),
        None => return Err(unavailable("the reply has no code")),
    }
    let numbers = [answer.receipt_seq.int(), answer.receipt_id.int()];
    if !numbers.contains(&Some(number)) {
        return Err(unavailable("the reply is about another receipt"));
    }
    let [terminal, at, sign] = [&answer.terminal_id, &answer.date_time, &answer.fiscal_sign];
    if [terminal, at, sign]
        .iter()
        .any(|part| part.text().is_empty())
    {
        return Err(unavailable("the reply has no fiscal sign"));
    }
    let check = Check {
        terminal: terminal.text(),
        number,
        date_time: at.text(),
        fiscal_sign: sign.text(),
    };
    // It is registered: an address that cannot be opened is no reason to send it again.
    let url = match answer.url.text() {
        url if is_http_url(url) => url.to_owned(),
        _ => check.url(),
    };
    if !is_http_url(&url) {
        return Err(unavailable("the check has no usable URL"));
    }
    Ok(Registered {
        url,
        mark: Some(check.mark()),
    })
}

#[cfg(test)]
mod tests {
    use hyper::StatusCode;
    use serde_json::json;

    use super::*;

    fn answer(body: &Value) -> Result<Registered, FiscalError> {
        let reply = Reply {
            status: StatusCode::OK,
            body: Bytes::from(body.to_string()),
        };
        read(&reply, 7)
    }

    fn taken() -> Value {
        json!({"Code": 0, "Message": "", "TerminalID": "UZ1", "ReceiptSeq": 7, "DateTime": "20261121120000", "FiscalSign": "000000000042",
            "QRCodeURL": "https://ofd.soliq.uz/check?t=UZ1&r=7"})
    }

    #[test]
    fn a_receipt_that_is_taken_is_read_in_each_spelling() {
        let expected = answer(&taken()).unwrap();
        assert_eq!(expected.url, "https://ofd.soliq.uz/check?t=UZ1&r=7");
        let mark: Value = serde_json::from_str(expected.mark.as_deref().unwrap()).unwrap();
        assert_eq!(
            mark,
            json!({"terminalId": "UZ1", "number": 7, "dateTime": "20261121120000", "fiscalSign": "000000000042"})
        );
        let older = json!({"Code": "0", "TerminalID": "UZ1", "ReceiptId": "7", "DateTime": "20261121120000", "FiscalSign": "000000000042",
            "QRCodeURL": "https://ofd.soliq.uz/check?t=UZ1&r=7"});
        let snake = json!({"code": 0, "terminal_id": "UZ1", "receipt_id": 7, "date_time": "20261121120000", "fiscal_sign": "000000000042",
            "qr_code_url": "https://ofd.soliq.uz/check?t=UZ1&r=7"});
        for body in [
            older,
            snake.clone(),
            json!({"data": snake}),
            json!({"result": taken()}),
        ] {
            assert_eq!(answer(&body), Ok(expected.clone()), "{body}");
        }
        for unusable in ["", "ofd.soliq.uz/check?t=UZ1", "javascript:alert(1)"] {
            let mut unaddressed = taken();
            unaddressed["QRCodeURL"] = json!(unusable);
            assert_eq!(
                answer(&unaddressed).unwrap().url,
                "https://ofd.soliq.uz/check?t=UZ1&r=7&c=20261121120000&s=000000000042"
            );
        }
    }

    #[test]
    fn only_a_code_refuses_and_all_else_is_sent_again() {
        for code in [2, 3, 99, -1] {
            let refused = FiscalError::Refused(format!("code {code}"));
            assert_eq!(answer(&json!({"Code": code})), Err(refused));
        }
        let with = |name: &str, value: Value| {
            let mut body = taken();
            body[name] = value;
            body
        };
        for body in [
            json!({}),
            json!([]),
            json!({"Code": 1}),
            with("Code", json!(null)),
            with("ReceiptSeq", json!(8)),
            with("ReceiptSeq", json!(null)),
            with("FiscalSign", json!("")),
            with("DateTime", json!(null)),
        ] {
            let said = answer(&body);
            assert!(matches!(said, Err(FiscalError::Unavailable(_))), "{body}");
        }
    }

    #[test]
    fn the_tax_is_inside_the_price() {
        for (price, percent, tax) in [
            (112, 12, 12),
            (100, 12, 11),
            (1, 12, 0),
            (5, 12, 1),
            (250_000, 12, 26_786),
            (250_000, 0, 0),
            (i64::MAX, 100, i64::MAX / 2 + 1),
        ] {
            assert_eq!(vat(price, percent), tax, "{price} {percent}");
        }
    }
}
