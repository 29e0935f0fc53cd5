//! `transactions.debit`

use serde_json::json;

use super::debit_result::{DebitResult, humo_example, uzcard_example};
use crate::errors::{ErrorCode, Family};
use crate::method::{Example, Method};
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
        merchant_id "merchantId": required TerminalText;
        /// The terminal's id, registered together with the merchant.
        terminal_id "terminalId": required TerminalText;
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
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = with_network_errors![
        MissingParams,
        InvalidInput,
        CardNotRegistered,
        CurrencyCardNotAllowed,
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
