//! `p2p.*`: transfers from card to card, in four directions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::errors::{ErrorCode, Family};
use crate::method::{Example, Method};
use crate::methods::cards::CodeSent;
use crate::methods::network_errors::with_network_errors;
use crate::params::params;
use crate::values::{Amount, CardToken, Code, ExpiryYymm, ExtId, Pan, PlusPhone, TransactionId};

/// `p2p.recipient-info`
#[derive(Debug)]
pub struct RecipientInfo;

params! {
    /// Params of `p2p.recipient-info`.
    RecipientInfoParams {
        /// The recipient's card number, 16 digits.
        pan "pan": required Pan;
    }
}

/// Whose card it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recipient {
    /// The holder's name as the network has it.
    pub name: String,
    /// `uzcard` or `humo`.
    pub vendor: String,
    /// The card's expiry, `YYMM`; empty where the network gives none.
    pub expiry: String,
}

impl Method for RecipientInfo {
    const NAME: &'static str = "p2p.recipient-info";
    const SUMMARY: &'static str = "Whose card is this?";
    const DESCRIPTION: &'static str = "Asks the card's network for its holder, to show the name before a transfer. \
        Nothing is stored.";
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::MissingParams,
        ErrorCode::InvalidPan,
        ErrorCode::InvalidInput,
        ErrorCode::CardTypeNotSupported,
        ErrorCode::CardInfoUnavailable,
        ErrorCode::UzcardUnavailable,
        ErrorCode::HumoUnavailable,
    ];
    type Params = RecipientInfoParams;
    type Result = Recipient;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a card of UZCARD",
            params: json!({"pan": "8600010132441332"}),
            result: json!({"name": "TEST TESTOV", "vendor": "uzcard", "expiry": "3012"}),
        }]
    }
}

/// `p2p.fee-info`
#[derive(Debug)]
pub struct FeeInfo;

params! {
    /// Params of `p2p.fee-info`.
    FeeInfoParams {
        /// The sender's card number, 16 digits.
        pan "pan": required Pan;
        /// The recipient's card number, 16 digits.
        pan2 "pan2": required Pan;
        /// The sender's phone, `998…` or `+998…`.
        phone "phone": required PlusPhone;
        /// The amount that the recipient is to get, in tiyin.
        amount "amount": required Amount;
    }
}

/// What a transfer costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Fee {
    /// The fee in tiyin.
    pub fee: i64,
    /// The tariff in percent, without trailing zeros: `0.5`.
    pub fee_rate: String,
    /// What the sender pays in all, in tiyin.
    pub amount_total: i64,
}

impl Method for FeeInfo {
    const NAME: &'static str = "p2p.fee-info";
    const SUMMARY: &'static str = "What does a transfer cost?";
    const DESCRIPTION: &'static str = "The fee is the tariff's rate of the amount, rounded half up to a tiyin, then held \
        within the tariff's least and greatest fee. A transfer of the same amount between the same cards costs just this.";
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::MissingParams,
        ErrorCode::InvalidPan,
        ErrorCode::InvalidPhone,
        ErrorCode::InvalidAmount,
        ErrorCode::InvalidInput,
        ErrorCode::CardTypeNotSupported,
        ErrorCode::SameCard,
        ErrorCode::AmountTooSmall,
        ErrorCode::AmountTooLarge,
    ];
    type Params = FeeInfoParams;
    type Result = Fee;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "half a percent",
            params: json!({
                "pan": "8600010132441332",
                "pan2": "9860190101578366",
                "phone": "998901234567",
                "amount": 5_000
            }),
            result: json!({"fee": 25, "feeRate": "0.5", "amountTotal": 5_025}),
        }]
    }
}

params! {
    /// Params of a transfer.
    TransferParams {
        /// The token of the sender's card.
        token "token": required CardToken;
        /// The recipient's card number, 16 digits.
        pan "pan": required Pan;
        /// The expiry of the recipient's card, `YYMM`.
        expiry "expiry": required ExpiryYymm;
        /// The amount that the recipient is to get, in tiyin; the sender pays the fee on top.
        amount "amount": required Amount;
        /// True to ask the sender for a code in any case. False when left out.
        force_sms_confirmation "force_sms_confirmation": flag bool;
        /// Your own id of this transfer. A repeat with the same id and params answers what became of the first.
        ext_id "extId": optional ExtId;
    }
}

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

/// Errors of every transfer.
const TRANSFER_ERRORS: &[ErrorCode] = with_network_errors![
    MissingParams,
    InvalidExpiry,
    InvalidInput,
    CardNotRegistered,
    SameCard,
    AmountTooSmall,
    InvalidPanOrExpiry,
    HumoAccessDenied,
    CardBlacklisted,
    RecipientAndCardBanned,
    RecipientBanned,
    CardOnBlacklist,
    RecipientRefuses,
    RecipientCardExpired,
    RecipientPinTriesExceeded,
    RecipientCardBlocked,
    RecipientBankNotSupported,
    SmsLimitReached,
    SmsGatewayUnavailable,
    PreviousAttemptInProcess,
    InProcess,
    InvalidCode,
];

const TRANSFER_DESCRIPTION: &str = "The sender pays the amount and the fee of `p2p.fee-info`, the recipient gets the \
    amount. Moves the money at once, unless a code is needed (`force_sms_confirmation`, or the policy for large \
    amounts): then the answer is `{phone, transactionId}` and the money moves with `p2p.confirm`. After error -32379 the \
    outcome is not known yet: never repeat without the same `extId`; ask `transactions.get`.";

macro_rules! direction {
    ($(#[doc = $doc:literal])* $name:ident, $wire:literal, $summary:literal, $pan:literal, $result:expr) => {
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub struct $name;

        impl Method for $name {
            const NAME: &'static str = $wire;
            const SUMMARY: &'static str = $summary;
            const DESCRIPTION: &'static str = TRANSFER_DESCRIPTION;
            const FAMILY: Family = Family::Gateway;
            const ERRORS: &'static [ErrorCode] = TRANSFER_ERRORS;
            type Params = TransferParams;
            type Result = TransferResult;

            fn examples() -> Vec<Example> {
                let params = |code: bool| json!({
                    "token": "a1807840-4577-11ee-bec9-ddd6006913ab",
                    "pan": $pan,
                    "expiry": "3012",
                    "amount": 500_000,
                    "force_sms_confirmation": code
                });
                vec![
                    Example { name: "at once", params: params(false), result: $result },
                    Example {
                        name: "with a code",
                        params: params(true),
                        result: json!({"phone": "998912223344", "transactionId": 2_557_790}),
                    },
                ]
            }
        }
    };
}

direction!(
    /// `p2p.humo2humo`
    Humo2Humo, "p2p.humo2humo", "Transfer from a card of HUMO to a card of HUMO", "9860100123456789",
    json!({"fee": "2500", "paymentId": "4747770532", "merchantId": "0040100000401CS", "terminalId": "1965000A"})
);
direction!(
    /// `p2p.humo2uzcard`
    Humo2Uzcard, "p2p.humo2uzcard", "Transfer from a card of HUMO to a card of UZCARD", "8600010132441332",
    across_example("0040100000401CS", "1965000A")
);
direction!(
    /// `p2p.uzcard2humo`
    Uzcard2Humo, "p2p.uzcard2humo", "Transfer from a card of UZCARD to a card of HUMO", "9860190101578366",
    across_example("90001", "92400001")
);
direction!(
    /// `p2p.uzcard2uzcard`
    Uzcard2Uzcard, "p2p.uzcard2uzcard", "Transfer from a card of UZCARD to a card of UZCARD", "8600490744313347",
    json!({
        "fee": "2500",
        "refNum": "000000770532",
        "merchantId": "90001",
        "terminalId": "92400001",
        "ofd_url": "https://ofd.example/check/2557790",
        "has_fiskal_check": true
    })
);

fn across_example(merchant: &str, terminal: &str) -> Json {
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

/// `p2p.confirm`
#[derive(Debug)]
pub struct Confirm;

params! {
    /// Params of `p2p.confirm`.
    ConfirmParams {
        /// The transfer to confirm.
        transaction_id "transactionId": required TransactionId;
        /// The code from the SMS, six digits.
        confirmed_code "confirmedCode": required Code;
    }
}

impl Method for Confirm {
    const NAME: &'static str = "p2p.confirm";
    const SUMMARY: &'static str = "Confirm a transfer by code";
    const DESCRIPTION: &'static str = "Checks the code and moves the money. A code lives 5 minutes, takes 3 tries and \
        works once: a transfer that a network declines now needs a new one.";
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = with_network_errors![
        MissingParams,
        InvalidInput,
        TransactionNotFound,
        InvalidCode,
        AlreadyConfirmed,
        AlreadyCancelled,
        InProcess,
        SameCard,
        RecipientRefuses,
        RecipientCardExpired,
        RecipientPinTriesExceeded,
        RecipientCardBlocked,
        RecipientBankNotSupported,
    ];
    type Params = ConfirmParams;
    type Result = TransferDone;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "HUMO to UZCARD",
            params: json!({"transactionId": 2_557_790, "confirmedCode": "111111"}),
            result: across_example("0040100000401CS", "1965000A"),
        }]
    }
}
