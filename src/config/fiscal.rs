//! `[fiscal]`: the operator of fiscal data, where the fees of transfers are registered.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::fault::fault;
use super::peer_tls::PeerTls;
use super::route::Route;
use super::secret;

#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
#[validate(schema(function = "is_whole"))]
pub struct Fiscal {
    /// Whose interface the service has.
    pub operator: OperatorKind,
    /// The service's address. Without it the sandbox is used.
    pub url: Option<String>,
    /// TLS towards it.
    #[validate(nested)]
    pub tls: PeerTls,
    /// The way to it.
    #[validate(nested)]
    pub route: Route,
    /// The user at the sandbox's service; the OFD knows the taxpayer by the signature.
    pub user: String,
    #[serde(serialize_with = "secret::hidden")]
    pub password: SecretString,
    /// A file that holds the password, in place of `password`.
    pub password_file: Option<PathBuf>,
    /// Milliseconds to connect.
    pub connect_timeout_ms: u64,
    /// Milliseconds for the whole exchange; the longest that the caller of a transfer waits for its receipt.
    pub timeout_ms: u64,
    /// What the OFD is told.
    pub ofd: Ofd,
}

/// An interface of a fiscal service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorKind {
    Sandbox,
    /// The receipt service of the tax committee's operator.
    Ofd,
}

/// Who sells what, for the OFD. The fee is sold: one service.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ofd {
    /// The terminal that is registered for these receipts. They are counted by it, over all gateways.
    pub terminal: String,
    /// The least number of the next receipt: for a terminal that was used before.
    pub first_number: i64,
    /// What a receipt calls its number.
    pub number_member: NumberMember,
    /// What requests are.
    pub content_type: ReceiptContentType,
    /// PEM: the taxpayer's certificate,
    pub certificate_file: PathBuf,
    /// and its key.
    pub key_file: PathBuf,
    /// The name of the service on the receipt.
    pub service: String,
    /// Its code in the national catalogue (MXIK), 17 digits.
    pub mxik: String,
    /// The code of its package in the catalogue.
    pub package_code: String,
    /// The number of its unit in the catalogue.
    pub unit: Option<u32>,
    /// Its tax, in percent; 0: exempt.
    pub vat_percent: i64,
    /// 0: bought, 1: of own production, 2: a service.
    pub owner_type: u32,
    /// TIN (9 digits) or PINFL (14) of the company for which it is sold, where that is another one.
    pub owner: Option<String>,
    /// Latitude of the place of sale,
    pub latitude: Option<String>,
    /// and its longitude.
    pub longitude: Option<String>,
}

/// The member of a receipt that has its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum NumberMember {
    ReceiptSeq,
    /// Of the service's older interfaces.
    ReceiptId,
}

/// The type of a signed receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum ReceiptContentType {
    #[serde(rename = "application/octet-stream")]
    OctetStream,
    #[serde(rename = "application/x-pkcs7-certificates")]
    Pkcs7Certificates,
}

impl ReceiptContentType {
    /// As the header has it.
    pub fn header(self) -> &'static str {
        match self {
            Self::OctetStream => "application/octet-stream",
            Self::Pkcs7Certificates => "application/x-pkcs7-certificates",
        }
    }
}

impl Ofd {
    /// Latitude and longitude, if they are set.
    pub fn location(&self) -> Option<(f64, f64)> {
        let number = |text: &Option<String>| text.as_ref()?.parse::<f64>().ok();
        Some((number(&self.latitude)?, number(&self.longitude)?))
    }
}

fn is_whole(fiscal: &Fiscal) -> Result<(), ValidationError> {
    if fiscal.operator == OperatorKind::Sandbox {
        return Ok(());
    }
    let ofd = &fiscal.ofd;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_angle = |text: &Option<String>, most: f64| {
        let angle = text.as_ref().map(|text| text.parse::<f64>());
        angle.is_none_or(|angle| angle.is_ok_and(|angle| angle.abs() <= most))
    };
    let owner = ofd.owner.as_deref();
    let rules = [
        ("ofd.terminal", !ofd.terminal.is_empty(), "must be set"),
        (
            "ofd.certificate_file",
            ofd.certificate_file.as_os_str() != "",
            "must be set",
        ),
        (
            "ofd.key_file",
            ofd.key_file.as_os_str() != "",
            "must be set",
        ),
        (
            "ofd.mxik",
            digits(&ofd.mxik) && ofd.mxik.len() == 17,
            "must be 17 digits",
        ),
        (
            "ofd.package_code",
            digits(&ofd.package_code),
            "must be digits",
        ),
        (
            "ofd.owner",
            owner.is_none_or(|owner| digits(owner) && matches!(owner.len(), 9 | 14)),
            "must be 9 digits (TIN) or 14 (PINFL)",
        ),
        (
            "ofd.latitude",
            is_angle(&ofd.latitude, 90.0),
            "must be degrees, such as \"41.311\"",
        ),
        (
            "ofd.longitude",
            is_angle(&ofd.longitude, 180.0),
            "must be degrees, such as \"69.240\"",
        ),
        (
            "ofd.longitude",
            ofd.latitude.is_some() == ofd.longitude.is_some(),
            "must be set beside ofd.latitude, and not alone",
        ),
    ];
    match rules.into_iter().find(|(_, is_kept, _)| !is_kept) {
        Some((key, _, reason)) => Err(fault(key, reason)),
        None => Ok(()),
    }
}

impl Default for Fiscal {
    fn default() -> Self {
        Self {
            operator: OperatorKind::Sandbox,
            url: None,
            tls: PeerTls::default(),
            route: Route::default(),
            user: "aloqa".to_owned(),
            password: "sandbox".into(),
            password_file: None,
            connect_timeout_ms: 1_000,
            timeout_ms: 3_000,
            ofd: Ofd::default(),
        }
    }
}

impl Default for Ofd {
    fn default() -> Self {
        Self {
            terminal: String::new(),
            first_number: 1,
            number_member: NumberMember::ReceiptSeq,
            content_type: ReceiptContentType::OctetStream,
            certificate_file: PathBuf::new(),
            key_file: PathBuf::new(),
            service: "Xizmat haqi".to_owned(),
            mxik: String::new(),
            package_code: String::new(),
            unit: None,
            vat_percent: 12,
            owner_type: 2,
            owner: None,
            latitude: None,
            longitude: None,
        }
    }
}
