//! What the gateway needs of an operator of fiscal data, and what all operators' replies have in common.

use std::time::Duration;

use async_trait::async_trait;
use entity::time::UnixMillis;
use hyper::Uri;

use crate::processing::exchange::{Failure, Reply};

/// A fee that was taken, for the fiscal service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FiscalReceipt {
    /// Our own unique id: 1 to 64 characters of `A-Za-z0-9._:-`.
    pub id: String,
    /// Where the operator wants one, its number. Only a receipt whose outcome is not known is sent again under the same.
    pub number: Option<i64>,
    /// Tiyin, greater than zero.
    pub amount: i64,
    pub merchant_id: String,
    pub terminal_id: String,
    /// When the fee was taken.
    pub taken_at: UnixMillis,
    /// When the receipt is written: now, and later than any numbered before.
    pub at: UnixMillis,
}

/// A receipt that an operator has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Where it can be seen.
    pub url: String,
    /// JSON of what the operator calls it, where a refund must repeat that.
    pub mark: Option<String>,
}

/// Why there is no fiscal check yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FiscalError {
    /// The service refused the receipt. It will refuse it again.
    #[error("the fiscal service refused: {0}")]
    Refused(String),
    /// Not one byte has left, so the service does not know the receipt.
    #[error("the fiscal service cannot be reached: {0}")]
    NotSent(String),
    /// The receipt may or may not be registered. A repeat can help.
    #[error("the fiscal service gave no usable answer: {0}")]
    Unavailable(String),
}

impl From<Failure> for FiscalError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotSent(cause) => Self::NotSent(cause),
            Failure::NoAnswer(_) | Failure::TooLong(_) => Self::Unavailable(failure.to_string()),
        }
    }
}

/// What the gateway needs of an operator.
#[async_trait]
pub trait FiscalOperator: Send + Sync {
    /// The longest time that an attempt may take, milliseconds.
    fn longest_ms(&self) -> i64;

    /// The terminal whose receipts the gateway counts: each has a number greater than the last, and no receipt is sent before
    /// the outcome of the last is known. `None`: the operator counts them.
    fn numbered_terminal(&self) -> Option<&str>;

    /// Registers a receipt. A repeat with the same id, or the same number, registers nothing new.
    ///
    /// # Errors
    /// See [`FiscalError`].
    async fn register(&self, receipt: &FiscalReceipt) -> Result<Registered, FiscalError>;
}

/// A usable HTTP status. What comes back makes the error of a reply that cannot be used.
pub(super) fn check_status(
    reply: &Reply,
) -> Result<impl Fn(&str) -> FiscalError + use<>, FiscalError> {
    let status = reply.status.as_u16();
    let unavailable =
        move |cause: &str| FiscalError::Unavailable(format!("HTTP {status}: {cause}"));
    match status {
        200..=299 => Ok(unavailable),
        // Of the client errors, these two are temporary.
        408 | 429 => Err(unavailable("temporarily refused")),
        400..=499 => Err(FiscalError::Refused(format!("HTTP {status}"))),
        _ => Err(unavailable("not an answer of the fiscal service")),
    }
}

pub(super) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 2)
}

/// The longest URL of a check, in bytes. Those of real services have a hundred.
const URL_LIMIT: usize = 2048;

/// The URL goes to the partner, who may open it, and is stored. What follows a `#` is not looked at by [`Uri`].
pub(super) fn is_http_url(url: &str) -> bool {
    url.len() <= URL_LIMIT
        && url.bytes().all(|sign| sign.is_ascii_graphic())
        && url
            .parse::<Uri>()
            .is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")))
}
