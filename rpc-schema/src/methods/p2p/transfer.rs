//! The four transfers: `p2p.humo2humo`, `p2p.humo2uzcard`, `p2p.uzcard2humo`, `p2p.uzcard2uzcard`

use serde_json::{Value as Json, json};

use super::sender::TransferSender;
use super::transfer_result::{TransferResult, across_example};
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::methods::network_errors::with_network_errors;
use crate::params::params;
use crate::reason::Reason;
use crate::values::{Amount, CardToken, ExpiryYymm, ExtId, Pan};

params! {
    /// Params of a transfer.
    TransferParams {
        /// The token of the sender's card.
        token "token": required CardToken;
        /// The recipient's card number, 16 digits.
        pan "pan": required Pan;
        /// The expiry of the recipient's card, `YYMM`.
        expiry "expiry": required ExpiryYymm;
        /// The amount that the recipient gets, in tiyin. The sender pays the fee on top.
        amount "amount": required Amount;
        /// True to require a code from the sender in any case. False if left out.
        force_sms_confirmation "force_sms_confirmation": flag bool;
        /// Your own id of this transfer. A repeat with the same id and params returns the outcome of the first call.
        ext_id "extId": optional ExtId;
        /// Who sends the transfer. Between the networks it is required from an amount on that the gateway's operator sets.
        sender "sender": object TransferSender;
    }
}

/// Errors of every transfer.
const TRANSFER_ERRORS: &[ErrorCode] = with_network_errors![
    MissingParams,
    InvalidExpiry,
    InvalidInput,
    CardNotRegistered,
    CurrencyCardNotAllowed,
    AmountTooSmall,
    HumoAccessDenied,
    CardBlacklisted,
    RecipientAndCardBanned,
    RecipientBanned,
    CardOnBlacklist,
    RecipientRefuses,
    RecipientCardExpired,
    RecipientPinTriesExceeded,
    RecipientCardBlocked,
    SmsLimitReached,
    PreviousAttemptInProcess,
    InProcess,
];

const TRANSFER_DESCRIPTION: &str = "The sender pays the amount and the fee of `p2p.fee-info`; the recipient gets the \
    amount. The money moves at once, unless a code is needed (`force_sms_confirmation`, or the policy for large \
    amounts): then the result is `{phone, transactionId}`, and the money moves with `p2p.confirm`. After error -32379 \
    the outcome is not known yet: call `transactions.get`, and never repeat the transfer without the same `extId`.";

const TRANSFER_LINKS: &[Link] = &[
    Link::of_result(
        "confirm",
        "If the result has `phone`: with the code that the cardholder received.",
        "p2p.confirm",
    ),
    Link {
        name: "look up",
        description: "To see what became of it, and always after error -32379.",
        method: "transactions.get",
        params: &[("extId", "${params.extId}")],
    },
];

fn sender_example() -> Json {
    json!({
        "firstName": "Abdusamad",
        "lastName": "Turdiev",
        "middleName": "Olimovich",
        "birthDate": "1990-02-01",
        "pinfl": "30102901234567",
        "documentType": "006",
        "documentNumber": "AA1234567",
        "documentValidTo": "2035-12-31",
    })
}

macro_rules! direction {
    ($(#[doc = $doc:literal])* $name:ident, $wire:literal, $summary:literal, $token:expr, $pan:literal not $other:literal, $result:expr) => {
        $(#[doc = $doc])*
        #[derive(Debug)]
        pub struct $name;

        impl Method for $name {
            const NAME: &'static str = $wire;
            const SUMMARY: &'static str = $summary;
            const DESCRIPTION: &'static str = TRANSFER_DESCRIPTION;
            const RETURNS: &'static str = "The completed transfer, or where a code was sent.";
            const TAGS: &'static [Tag] = &[Tag::Transfers];
            const LINKS: &'static [Link] = TRANSFER_LINKS;
            const FAMILY: Family = Family::Gateway;
            const ERRORS: &'static [ErrorCode] = TRANSFER_ERRORS;
            type Params = TransferParams;
            type Result = TransferResult;

            fn examples() -> Vec<Example> {
                let params = |code: bool| json!({
                    "token": $token,
                    "pan": $pan,
                    "expiry": "3012",
                    "amount": 500_000,
                    "force_sms_confirmation": code
                });
                let mut examples = vec![
                    Example { name: "at once", params: params(false), result: $result },
                    Example {
                        name: "with a code",
                        params: params(true),
                        result: json!({"phone": "998912223344", "transactionId": examples::AWAITED_TRANSFER}),
                    },
                ];
                // Once is enough: all four take the same.
                if Self::NAME == Uzcard2Humo::NAME {
                    examples.push(Example {
                        name: "with its sender",
                        params: json!({
                            "token": $token, "pan": $pan, "expiry": "3012", "amount": 500_000, "sender": sender_example(),
                        }),
                        result: $result,
                    });
                }
                examples
            }

            fn error_examples() -> Vec<ErrorExample> {
                vec![ErrorExample {
                    name: "to a card of the other network",
                    params: json!({ "token": $token, "pan": $other, "expiry": "3012", "amount": 500_000 }),
                    error: ErrorCode::CardTypeNotSupported,
                    message: None,
                    data: ErrorData {
                        reason: Some(Reason::RecipientNetwork),
                        field: Some("pan".to_owned()),
                        ..ErrorData::default()
                    },
                }]
            }
        }
    };
}

direction!(
    /// `p2p.humo2humo`
    Humo2Humo, "p2p.humo2humo", "Transfer from a card of HUMO to a card of HUMO",
    examples::HUMO_TOKEN, "9860100123456789" not "8600490744313347",
    json!({"fee": "2500", "paymentId": "4747770532", "merchantId": "0040100000401CS", "terminalId": "1965000A"})
);
direction!(
    /// `p2p.humo2uzcard`
    Humo2Uzcard, "p2p.humo2uzcard", "Transfer from a card of HUMO to a card of UZCARD",
    examples::HUMO_TOKEN, "8600010132441332" not "9860100123456789",
    across_example("0040100000401CS", "1965000A")
);
direction!(
    /// `p2p.uzcard2humo`
    Uzcard2Humo, "p2p.uzcard2humo", "Transfer from a card of UZCARD to a card of HUMO",
    examples::UZCARD_TOKEN, "9860190101578366" not "8600490744313347",
    across_example("90001", "92400001")
);
direction!(
    /// `p2p.uzcard2uzcard`
    Uzcard2Uzcard, "p2p.uzcard2uzcard", "Transfer from a card of UZCARD to a card of UZCARD",
    examples::UZCARD_TOKEN, "8600490744313347" not "9860190101578366",
    json!({
        "fee": "2500",
        "refNum": "000000770532",
        "merchantId": "90001",
        "terminalId": "92400001",
        "ofd_url": "https://ofd.example/check/2557790",
        "has_fiskal_check": true
    })
);
