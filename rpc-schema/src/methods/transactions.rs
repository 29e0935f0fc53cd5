//! `transactions.*`: debits and holds, and what can be done with them later.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::method::{Example, Method};
use crate::methods::cards::CodeSent;
use crate::methods::network_errors::with_network_errors;
use crate::methods::p2p::TransferDone;
use crate::params::{Fault, FaultKind, params};
use crate::values::{Amount, CardToken, Code, ExtId, Network, TerminalText, TransactionId};

/// `transactions.debit`
#[derive(Debug)]
pub struct Debit;

params! {
    /// Params of `transactions.debit`.
    DebitParams {
        /// The token of the card to debit.
        token "token": required CardToken;
        /// The amount in tiyin, a whole number above zero.
        amount "amount": required Amount;
        /// The merchant's id, registered for you at the card's network.
        merchant_id "merchantId": required TerminalText;
        /// The terminal's id, registered together with the merchant.
        terminal_id "terminalId": required TerminalText;
        /// True to only hold the money; it is taken by `transactions.debit.hold.charge`. False when left out.
        is_hold "is_hold": flag bool;
        /// True to ask the holder for a code in any case. False when left out.
        force_sms_confirmation "force_sms_confirmation": flag bool;
        /// Your own id of this debit. A repeat with the same id and params answers what became of the first.
        ext_id "extId": optional ExtId;
    }
}

/// Money was held; it is neither taken nor free.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// The transaction, for `transactions.debit.hold.charge` and `transactions.debit.hold.cancel`.
    pub transaction_id: TransactionId,
}

/// A card of UZCARD was debited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UzcardDebit {
    /// The gateway's reference at UZCARD.
    pub ext: String,
    /// UZCARD's reference number.
    pub ref_num: String,
    /// The merchant.
    pub merchant_id: String,
    /// The terminal.
    pub terminal_id: String,
    /// The transaction.
    pub transaction_id: TransactionId,
}

/// A card of HUMO was debited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HumoDebit {
    /// HUMO's id of the payment.
    pub payment_id: String,
    /// The gateway's reference at HUMO.
    pub payment_ref: String,
    /// The merchant.
    pub merchant_id: String,
    /// The terminal.
    pub terminal_id: String,
    /// The retrieval reference number (RRN).
    #[serde(rename = "auth_ref_number")]
    pub auth_ref_number: String,
    /// The transaction.
    pub transaction_id: TransactionId,
}

/// Result of `transactions.debit`: which one depends on `force_sms_confirmation`, `is_hold` and the card's network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum DebitResult {
    /// UZCARD, done.
    Uzcard(UzcardDebit),
    /// HUMO, done.
    Humo(HumoDebit),
    /// A code was sent; call `transactions.debit.confirm`.
    CodeSent(CodeSent),
    /// Held.
    Held(Held),
}

impl Method for Debit {
    const NAME: &'static str = "transactions.debit";
    const SUMMARY: &'static str = "Debit a card, or hold money on it";
    const DESCRIPTION: &'static str = "Moves the money at once, unless a code is needed (`force_sms_confirmation`, or \
        the policy for large amounts): then the answer is `{phone, transactionId}` and the money moves with \
        `transactions.debit.confirm`. After error -32379 the outcome is not known yet: never repeat without the same \
        `extId`; ask `transactions.get`.";
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = with_network_errors![
        MissingParams,
        InvalidInput,
        CardNotRegistered,
        AmountTooSmall,
        InvalidPanOrExpiry,
        HumoAccessDenied,
        SmsLimitReached,
        SmsGatewayUnavailable,
        PreviousAttemptInProcess,
        InProcess,
        InvalidCode,
    ];
    type Params = DebitParams;
    type Result = DebitResult;

    fn examples() -> Vec<Example> {
        let params = |amount: i64, hold: bool, code: bool| {
            json!({
                "token": "a1807840-4577-11ee-bec9-ddd6006913ab",
                "amount": amount,
                "merchantId": "90001",
                "terminalId": "92400001",
                "is_hold": hold,
                "force_sms_confirmation": code
            })
        };
        vec![
            Example {
                name: "a debit of UZCARD",
                params: params(500_000, false, false),
                result: uzcard_example(),
            },
            Example {
                name: "a debit with a code",
                params: params(500_000, false, true),
                result: json!({"phone": "998901234567", "transactionId": 2_557_767}),
            },
            Example {
                name: "a hold",
                params: params(500_000, true, false),
                result: json!({"transactionId": 2_557_767}),
            },
            Example {
                name: "a debit of HUMO",
                params: json!({
                    "token": "5f0c3a52-8a0b-4c5e-8a44-0d5c2f9e7a11",
                    "amount": 500_000,
                    "merchantId": "0040100000401CS",
                    "terminalId": "1965000A",
                    "extId": "order-1042"
                }),
                result: humo_example(),
            },
        ]
    }
}

fn uzcard_example() -> Json {
    json!({
        "ext": "01933c4d8f7e7c3a9a54b7d5f0a1c2e3",
        "refNum": "000000770532",
        "merchantId": "90001",
        "terminalId": "92400001",
        "transactionId": 2_557_767
    })
}

fn humo_example() -> Json {
    json!({
        "paymentId": "4747770532",
        "paymentRef": "01933c4d8f7e7c3a9a54b7d5f0a1c2e3",
        "merchantId": "0040100000401CS",
        "terminalId": "1965000A",
        "auth_ref_number": "324010770532",
        "transactionId": 2_557_767
    })
}

/// `transactions.debit.confirm`
#[derive(Debug)]
pub struct DebitConfirm;

params! {
    /// Params of `transactions.debit.confirm`.
    DebitConfirmParams {
        /// The transaction to confirm.
        transaction_id "transactionId": required TransactionId;
        /// The code from the SMS, six digits.
        confirmed_code "confirmedCode": required Code;
        /// If given, it must be what the debit was started with.
        is_hold "is_hold": optional bool;
    }
}

/// Result of a debit that is done: which one depends on hold and network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ConfirmedDebit {
    /// UZCARD, done.
    Uzcard(UzcardDebit),
    /// HUMO, done.
    Humo(HumoDebit),
    /// Held.
    Held(Held),
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

impl Method for DebitConfirm {
    const NAME: &'static str = "transactions.debit.confirm";
    const SUMMARY: &'static str = "Confirm a debit or hold by code";
    const DESCRIPTION: &'static str = "Checks the code and moves the money. A code lives 5 minutes, takes 3 tries and \
        works once: a debit that the network declines now needs a new `transactions.debit`.";
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = with_network_errors![
        MissingParams,
        InvalidInput,
        TransactionNotFound,
        InvalidCode,
        AlreadyConfirmed,
        AlreadyCancelled,
        InProcess,
        PreviousAttemptInProcess,
    ];
    type Params = DebitConfirmParams;
    type Result = ConfirmedDebit;

    fn examples() -> Vec<Example> {
        vec![
            Example {
                name: "a debit of HUMO",
                params: json!({"transactionId": 2_557_767, "confirmedCode": "111111"}),
                result: humo_example(),
            },
            Example {
                name: "a hold",
                params: json!({"transactionId": 2_557_767, "confirmedCode": "111111", "is_hold": true}),
                result: json!({"transactionId": 2_557_767}),
            },
        ]
    }
}

params! {
    /// Params of a call about one transaction.
    TransactionParams {
        /// The transaction.
        transaction_id "transactionId": required TransactionId;
    }
}

/// `transactions.debit.reverse`
#[derive(Debug)]
pub struct DebitReverse;

impl Method for DebitReverse {
    const NAME: &'static str = "transactions.debit.reverse";
    const SUMMARY: &'static str = "Give a debit back";
    const DESCRIPTION: &'static str =
        "Returns the whole amount of a debit, or of a charged hold, to the card.";
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::MissingParams,
        ErrorCode::InvalidInput,
        ErrorCode::TransactionNotFound,
        ErrorCode::CancelFailed,
        ErrorCode::AlreadyCancelled,
        ErrorCode::InProcess,
        ErrorCode::OutcomeUnknown,
        ErrorCode::UzcardUnavailable,
        ErrorCode::HumoUnavailable,
    ];
    type Params = TransactionParams;
    type Result = bool;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a debit",
            params: json!({"transactionId": 2_557_767}),
            result: json!(true),
        }]
    }
}

/// `transactions.debit.hold.charge`
#[derive(Debug)]
pub struct HoldCharge;

/// Result of `transactions.debit.hold.charge`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ChargedHold {
    /// UZCARD, done.
    Uzcard(UzcardDebit),
    /// HUMO, done.
    Humo(HumoDebit),
}

impl From<ChargedHold> for ConfirmedDebit {
    fn from(done: ChargedHold) -> Self {
        match done {
            ChargedHold::Uzcard(debit) => Self::Uzcard(debit),
            ChargedHold::Humo(debit) => Self::Humo(debit),
        }
    }
}

impl Method for HoldCharge {
    const NAME: &'static str = "transactions.debit.hold.charge";
    const SUMMARY: &'static str = "Take the held money";
    const DESCRIPTION: &'static str =
        "Charges the whole held amount. A hold lives 7 days; then its money is free again.";
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = with_network_errors![
        MissingParams,
        InvalidInput,
        TransactionNotFound,
        AlreadyCarriedOut,
        AlreadyCancelled,
        InProcess,
    ];
    type Params = TransactionParams;
    type Result = ChargedHold;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a hold of UZCARD",
            params: json!({"transactionId": 2_557_767}),
            result: uzcard_example(),
        }]
    }
}

/// `transactions.debit.hold.cancel`
#[derive(Debug)]
pub struct HoldCancel;

impl Method for HoldCancel {
    const NAME: &'static str = "transactions.debit.hold.cancel";
    const SUMMARY: &'static str = "Release the held money";
    const DESCRIPTION: &'static str = "Frees the whole held amount.";
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::MissingParams,
        ErrorCode::InvalidInput,
        ErrorCode::TransactionNotFound,
        ErrorCode::CancelFailed,
        ErrorCode::AlreadyCarriedOut,
        ErrorCode::AlreadyCancelled,
        ErrorCode::InProcess,
        ErrorCode::OutcomeUnknown,
        ErrorCode::UzcardUnavailable,
        ErrorCode::HumoUnavailable,
    ];
    type Params = TransactionParams;
    type Result = bool;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a hold",
            params: json!({"transactionId": 2_557_767}),
            result: json!(true),
        }]
    }
}

/// `transactions.get`
#[derive(Debug)]
pub struct Get;

params! {
    /// Params of `transactions.get`: exactly one of the two.
    GetParams {
        /// The transaction.
        transaction_id "transactionId": optional TransactionId;
        /// Your own id of the operation.
        ext_id "extId": optional ExtId;
    }
}

/// How a transaction is named in `transactions.get`.
#[derive(Debug, Clone)]
pub enum TransactionKey {
    /// By the gateway's number.
    Id(TransactionId),
    /// By the partner's own id.
    ExtId(ExtId),
}

impl GetParams {
    /// The one member that is there.
    ///
    /// # Errors
    /// None is there, or both are.
    pub fn key(self) -> Result<TransactionKey, Fault> {
        let fault = |kind| Fault {
            field: Some("transactionId".to_owned()),
            kind,
        };
        match (self.transaction_id, self.ext_id) {
            (Some(id), None) => Ok(TransactionKey::Id(id)),
            (None, Some(ext_id)) => Ok(TransactionKey::ExtId(ext_id)),
            (None, None) => Err(fault(FaultKind::Missing)),
            (Some(_), Some(_)) => Err(fault(FaultKind::Exclusive)),
        }
    }
}

/// What a transaction is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionKind {
    /// A debit.
    Debit,
    /// A hold, charged or not.
    Hold,
    /// A transfer from card to card.
    Transfer,
}

/// Where a transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransactionStatus {
    /// The holder has the code; no money has moved.
    AwaitingCode,
    /// The network is being asked, or its answer is not known yet.
    Processing,
    /// The money is held.
    Held,
    /// The money has moved.
    Succeeded,
    /// Refused; no money has moved. Final.
    Declined,
    /// The hold was released. Final.
    Cancelled,
    /// The money was given back. Final.
    Reversed,
    /// The code or the hold has run out. Final.
    Expired,
    /// People are finding out what happened.
    Manual,
}

/// The error that a transaction ended with, in the language of this call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransactionError {
    /// The code.
    pub code: i32,
    /// The text.
    pub message: String,
    /// Details.
    pub data: ErrorData,
}

/// The result that a transaction came to: which one depends on what it is about, and on the networks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TransactionResult {
    /// A transfer.
    Transfer(TransferDone),
    /// A debit or hold.
    Debit(ConfirmedDebit),
}

impl From<TransferDone> for TransactionResult {
    fn from(done: TransferDone) -> Self {
        Self::Transfer(done)
    }
}

impl From<ConfirmedDebit> for TransactionResult {
    fn from(done: ConfirmedDebit) -> Self {
        Self::Debit(done)
    }
}

/// Result of `transactions.get`. All members are always there, unused ones `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// The transaction.
    pub transaction_id: TransactionId,
    /// Your own id of it.
    pub ext_id: Option<String>,
    /// What it is about.
    pub kind: TransactionKind,
    /// Where it stands.
    pub status: TransactionStatus,
    /// The amount in tiyin.
    pub amount: i64,
    /// The fee in tiyin; 0 for debits.
    pub fee: i64,
    /// The network of the card that pays.
    pub network: Network,
    /// When it was created, UNIX milliseconds.
    pub created_at: i64,
    /// When it changed last, UNIX milliseconds.
    pub updated_at: i64,
    /// The result of the debit, also after a reversal, or of the transfer.
    pub result: Option<TransactionResult>,
    /// The error it ended with.
    pub error: Option<TransactionError>,
}

impl Method for Get {
    const NAME: &'static str = "transactions.get";
    const SUMMARY: &'static str = "What became of a transaction";
    const DESCRIPTION: &'static str = "Answers where a transaction stands, by its number or by your own id. The way to \
        find out after a time-out or error -32379.";
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::MissingParams,
        ErrorCode::InvalidInput,
        ErrorCode::TransactionNotFound,
    ];
    type Params = GetParams;
    type Result = Transaction;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a debit that was done",
            params: json!({"extId": "order-1042"}),
            result: json!({
                "transactionId": 2_557_767,
                "extId": "order-1042",
                "kind": "debit",
                "status": "succeeded",
                "amount": 500_000,
                "fee": 0,
                "network": "HUMO",
                "createdAt": 1_693_219_530_000_i64,
                "updatedAt": 1_693_219_532_437_i64,
                "result": humo_example(),
                "error": null
            }),
        }]
    }
}
