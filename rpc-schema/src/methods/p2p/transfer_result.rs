//! What do transfers come to?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::methods::cards::CodeSent;

/// A transfer from HUMO to HUMO was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HumoToHumo {
    /// The fee in tiyin.
    pub fee: String,
    /// HUMO's id of the payment.
    pub payment_id: String,
    /// The merchant.
    pub merchant_id: String,
    /// The terminal.
    pub terminal_id: String,
}

/// A transfer from UZCARD to UZCARD was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UzcardToUzcard {
    /// The fee in tiyin.
    pub fee: String,
    /// UZCARD's reference number.
    #[serde(rename = "refNum")]
    pub ref_num: String,
    /// The merchant.
    #[serde(rename = "merchantId")]
    pub merchant_id: String,
    /// The terminal.
    #[serde(rename = "terminalId")]
    pub terminal_id: String,
    /// Where the fiscal receipt of the fee can be seen; empty until it is registered.
    pub ofd_url: String,
    /// Whether the fiscal receipt is registered.
    pub has_fiskal_check: bool,
}

/// A transfer between the networks was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AcrossNetworks {
    /// The fee in tiyin.
    pub fee: String,
    /// UZCARD's reference number.
    #[serde(rename = "refNum")]
    pub ref_num: String,
    /// UZCARD's approval code; empty where it gives none.
    #[serde(rename = "aprCode")]
    pub apr_code: String,
    /// HUMO's id of the payment.
    #[serde(rename = "paymentId")]
    pub payment_id: String,
    /// The gateway's reference at HUMO.
    #[serde(rename = "paymentRef")]
    pub payment_ref: String,
    /// HUMO's retrieval reference number (RRN).
    pub auth_ref_number: String,
    /// The merchant.
    #[serde(rename = "merchantId")]
    pub merchant_id: String,
    /// The terminal.
    #[serde(rename = "terminalId")]
    pub terminal_id: String,
    /// Where the fiscal receipt of the fee can be seen; empty until it is registered.
    pub ofd_url: String,
    /// Whether the fiscal receipt is registered.
    pub has_fiskal_check: bool,
}

/// Result of a transfer that is done: which one depends on the direction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TransferDone {
    /// Between the networks.
    Across(AcrossNetworks),
    /// UZCARD to UZCARD.
    UzcardToUzcard(UzcardToUzcard),
    /// HUMO to HUMO.
    HumoToHumo(HumoToHumo),
}

/// Result of a transfer method: done, or a code was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TransferResult {
    /// Done.
    Done(TransferDone),
    /// A code was sent to the sender; call `p2p.confirm`.
    CodeSent(CodeSent),
}

pub(super) fn across_example(merchant: &str, terminal: &str) -> Json {
    json!({
        "fee": "2500",
        "refNum": "000000770532",
        "aprCode": "770532",
        "paymentId": "4747770532",
        "paymentRef": "01933c4d8f7e7c3a9a54b7d5f0a1c2e3",
        "auth_ref_number": "324010770532",
        "merchantId": merchant,
        "terminalId": terminal,
        "ofd_url": "https://ofd.example/check/2557790",
        "has_fiskal_check": true
    })
}
