//! What do transfers return?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::components;
use crate::methods::cards::CodeSent;

/// A completed transfer from HUMO to HUMO.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HumoToHumo {
    /// The fee in tiyin.
    #[schemars(with = "components::FeeText")]
    pub fee: String,
    /// HUMO's id of the payment.
    #[schemars(with = "components::PaymentId")]
    pub payment_id: String,
    /// The merchant's id.
    #[schemars(with = "components::MerchantId")]
    pub merchant_id: String,
    /// The terminal's id.
    #[schemars(with = "components::TerminalId")]
    pub terminal_id: String,
}

/// A completed transfer from UZCARD to UZCARD.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UzcardToUzcard {
    /// The fee in tiyin.
    #[schemars(with = "components::FeeText")]
    pub fee: String,
    /// UZCARD's reference number.
    #[serde(rename = "refNum")]
    #[schemars(with = "components::RefNum")]
    pub ref_num: String,
    /// The merchant's id.
    #[serde(rename = "merchantId")]
    #[schemars(with = "components::MerchantId")]
    pub merchant_id: String,
    /// The terminal's id.
    #[serde(rename = "terminalId")]
    #[schemars(with = "components::TerminalId")]
    pub terminal_id: String,
    /// The address of the fee's fiscal receipt; empty until the receipt is registered.
    #[schemars(with = "components::ReceiptUrl")]
    pub ofd_url: String,
    /// Whether the fee's fiscal receipt is registered.
    #[schemars(with = "components::Flag")]
    pub has_fiskal_check: bool,
}

/// A completed transfer between the networks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AcrossNetworks {
    /// The fee in tiyin.
    #[schemars(with = "components::FeeText")]
    pub fee: String,
    /// UZCARD's reference number.
    #[serde(rename = "refNum")]
    #[schemars(with = "components::RefNum")]
    pub ref_num: String,
    /// UZCARD's approval code; empty if it gives none.
    #[serde(rename = "aprCode")]
    #[schemars(with = "components::ApprovalCode")]
    pub apr_code: String,
    /// HUMO's id of the payment; empty where UZCARD carries out all of the transfer.
    #[serde(rename = "paymentId")]
    #[schemars(with = "components::PaymentId")]
    pub payment_id: String,
    /// The gateway's reference at HUMO; empty where UZCARD carries out all of the transfer.
    #[serde(rename = "paymentRef")]
    #[schemars(with = "components::PaymentRef")]
    pub payment_ref: String,
    /// HUMO's retrieval reference number (RRN); empty where UZCARD carries out all of the transfer.
    #[schemars(with = "components::RetrievalReference")]
    pub auth_ref_number: String,
    /// The merchant's id.
    #[serde(rename = "merchantId")]
    #[schemars(with = "components::MerchantId")]
    pub merchant_id: String,
    /// The terminal's id.
    #[serde(rename = "terminalId")]
    #[schemars(with = "components::TerminalId")]
    pub terminal_id: String,
    /// The address of the fee's fiscal receipt; empty until the receipt is registered.
    #[schemars(with = "components::ReceiptUrl")]
    pub ofd_url: String,
    /// Whether the fee's fiscal receipt is registered.
    #[schemars(with = "components::Flag")]
    pub has_fiskal_check: bool,
}

/// Result of a completed transfer. The direction decides which one.
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

/// Result of a transfer method: completed, or waiting for a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TransferResult {
    /// Completed.
    Done(TransferDone),
    /// A code was sent to the sender. Call `p2p.confirm` with it.
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
