//! What do debits and holds return?

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::components;
use crate::examples;
use crate::methods::cards::CodeSent;
use crate::values::TransactionId;

/// Money on hold: neither taken nor available.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// The transaction, for `transactions.debit.hold.charge` and `transactions.debit.hold.cancel`.
    #[schemars(with = "components::TransactionId")]
    pub transaction_id: TransactionId,
}

/// A completed debit of an UZCARD card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UzcardDebit {
    /// The gateway's reference at UZCARD.
    #[schemars(with = "components::UzcardReference")]
    pub ext: String,
    /// UZCARD's reference number.
    #[schemars(with = "components::RefNum")]
    pub ref_num: String,
    /// The merchant's id.
    #[schemars(with = "components::MerchantId")]
    pub merchant_id: String,
    /// The terminal's id.
    #[schemars(with = "components::TerminalId")]
    pub terminal_id: String,
    /// The transaction.
    #[schemars(with = "components::TransactionId")]
    pub transaction_id: TransactionId,
}

/// A completed debit of a HUMO card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HumoDebit {
    /// HUMO's id of the payment.
    #[schemars(with = "components::PaymentId")]
    pub payment_id: String,
    /// The gateway's reference at HUMO.
    #[schemars(with = "components::PaymentRef")]
    pub payment_ref: String,
    /// The merchant's id.
    #[schemars(with = "components::MerchantId")]
    pub merchant_id: String,
    /// The terminal's id.
    #[schemars(with = "components::TerminalId")]
    pub terminal_id: String,
    /// The retrieval reference number (RRN).
    #[serde(rename = "auth_ref_number")]
    #[schemars(with = "components::RetrievalReference")]
    pub auth_ref_number: String,
    /// The transaction.
    #[schemars(with = "components::TransactionId")]
    pub transaction_id: TransactionId,
}

/// Result of `transactions.debit`. `force_sms_confirmation`, `is_hold` and the card's network decide which one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum DebitResult {
    /// A completed debit of UZCARD.
    Uzcard(UzcardDebit),
    /// A completed debit of HUMO.
    Humo(HumoDebit),
    /// A code was sent. Call `transactions.debit.confirm` with it.
    CodeSent(CodeSent),
    /// On hold.
    Held(Held),
}

/// Result of a completed debit or hold. `is_hold` and the card's network decide which one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ConfirmedDebit {
    /// A completed debit of UZCARD.
    Uzcard(UzcardDebit),
    /// A completed debit of HUMO.
    Humo(HumoDebit),
    /// On hold.
    Held(Held),
}

/// Result of `transactions.debit.hold.charge`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ChargedHold {
    /// A completed debit of UZCARD.
    Uzcard(UzcardDebit),
    /// A completed debit of HUMO.
    Humo(HumoDebit),
}

impl From<ConfirmedDebit> for DebitResult {
    fn from(done: ConfirmedDebit) -> Self {
        match done {
            ConfirmedDebit::Uzcard(debit) => Self::Uzcard(debit),
            ConfirmedDebit::Humo(debit) => Self::Humo(debit),
            ConfirmedDebit::Held(held) => Self::Held(held),
        }
    }
}

impl From<ChargedHold> for ConfirmedDebit {
    fn from(done: ChargedHold) -> Self {
        match done {
            ChargedHold::Uzcard(debit) => Self::Uzcard(debit),
            ChargedHold::Humo(debit) => Self::Humo(debit),
        }
    }
}

pub(super) fn uzcard_example() -> Json {
    json!({
        "ext": "01933c4d8f7e7c3a9a54b7d5f0a1c2e3",
        "refNum": "000000770532",
        "merchantId": "90001",
        "terminalId": "92400001",
        "transactionId": examples::DONE_DEBIT
    })
}

pub(super) fn humo_example() -> Json {
    json!({
        "paymentId": "4747770532",
        "paymentRef": "01933c4d8f7e7c3a9a54b7d5f0a1c2e3",
        "merchantId": "0040100000401CS",
        "terminalId": "1965000A",
        "auth_ref_number": "324010770532",
        "transactionId": examples::DONE_DEBIT
    })
}
