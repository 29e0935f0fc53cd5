//! `transactions.debit`

use serde_json::json;

use super::debit_result::{DebitResult, humo_example, uzcard_example};
use crate::components::{MerchantId, TerminalId};
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::methods::network_errors::with_network_errors;
use crate::params::params;
use crate::values::{Amount, CardToken, ExtId, TerminalText};

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
        merchant_id "merchantId": required TerminalText as MerchantId;
        /// The terminal's id, registered together with the merchant.
        terminal_id "terminalId": required TerminalText as TerminalId;
        /// True to only hold the money; `transactions.debit.hold.charge` takes it later. False if left out.
        is_hold "is_hold": flag bool;
        /// True to require a code from the cardholder in any case. False if left out.
        force_sms_confirmation "force_sms_confirmation": flag bool;
        /// Your own id of this debit. A repeat with the same id and params returns the outcome of the first call.
        ext_id "extId": optional ExtId;
    }
}

impl Method for Debit {
    const NAME: &'static str = "transactions.debit";
    const SUMMARY: &'static str = "Debit a card, or hold money on it";
    const DESCRIPTION: &'static str = "The money moves at once, unless a code is needed (`force_sms_confirmation`, or \
        the policy for large amounts): then the result is `{phone, transactionId}`, and the money moves with \
        `transactions.debit.confirm`. After error -32379 the outcome is not known yet: call `transactions.get`, and \
        never repeat the debit without the same `extId`.";
    const RETURNS: &'static str = "The completed debit, the hold, or where a code was sent. Which one follows from the params and the card.";
    const TAGS: &'static [Tag] = &[Tag::Debits, Tag::Holds];
    const LINKS: &'static [Link] = &[
        Link::of_result(
            "confirm",
            "If the result has `phone`: with the code that the cardholder received.",
            "transactions.debit.confirm",
        ),
        Link::of_result(
            "reverse",
            "After a completed debit: to give the money back.",
            "transactions.debit.reverse",
        ),
        Link::of_result(
            "charge",
            "After a hold: to take the money.",
            "transactions.debit.hold.charge",
        ),
        Link::of_result(
            "cancel",
            "After a hold: to release the money.",
            "transactions.debit.hold.cancel",
        ),
        Link::LOOK_UP_RESULT,
    ];
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = with_network_errors![
        MissingParams,
        InvalidInput,
        CardNotRegistered,
        CurrencyCardNotAllowed,
        AmountTooSmall,
        HumoAccessDenied,
        SmsLimitReached,
        PreviousAttemptInProcess,
        InProcess,
    ];
    type Params = DebitParams;
    type Result = DebitResult;

    fn examples() -> Vec<Example> {
        let params = |amount: i64, hold: bool, code: bool| {
            json!({
                "token": examples::UZCARD_TOKEN,
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
                result: json!({"phone": "998901234567", "transactionId": examples::AWAITED_DEBIT}),
            },
            Example {
                name: "a hold",
                params: params(500_000, true, false),
                result: json!({"transactionId": examples::HELD}),
            },
            Example {
                name: "a debit of HUMO",
                params: json!({
                    "token": examples::HUMO_TOKEN,
                    "amount": 500_000,
                    "merchantId": "0040100000401CS",
                    "terminalId": "1965000A",
                    "extId": examples::EXT_ID
                }),
                result: humo_example(),
            },
        ]
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![
            ErrorExample {
                name: "too little money",
                params: json!({"token": examples::EMPTY_TOKEN, "amount": 500_000, "merchantId": "90001", "terminalId": "92400001"}),
                error: ErrorCode::InsufficientFunds,
                message: None,
                data: ErrorData::default(),
            },
            ErrorExample {
                name: "the reply of the network is lost",
                params: json!({"token": examples::LOST_TOKEN, "amount": 500_000, "merchantId": "90001", "terminalId": "92400001"}),
                error: ErrorCode::OutcomeUnknown,
                message: None,
                data: ErrorData {
                    transaction_id: Some(examples::LOST_DEBIT),
                    ..ErrorData::default()
                },
            },
        ]
    }
}
