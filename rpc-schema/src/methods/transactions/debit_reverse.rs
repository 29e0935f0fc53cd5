//! `transactions.debit.reverse`

use serde_json::json;

use crate::errors::{ErrorCode, Family};
use crate::method::{Example, Method};
use crate::params::params;
use crate::values::{Amount, ExtId, TransactionId};

/// `transactions.debit.reverse`
#[derive(Debug)]
pub struct DebitReverse;

params! {
    /// Params of `transactions.debit.reverse`.
    DebitReverseParams where "amount" needs "extId" {
        /// The debit or the charged hold.
        transaction_id "transactionId": required TransactionId;
        /// How much to give back, in tiyin: at most what has not been given back yet. All of that if left out.
        amount "amount": optional Amount;
        /// Your own id of this reversal, required with `amount`. A repeat with the same id and params returns the outcome
        /// of the first call and gives nothing back twice. Reversals share one space of ids with debits and transfers.
        ext_id "extId": optional ExtId;
    }
}

impl Method for DebitReverse {
    const NAME: &'static str = "transactions.debit.reverse";
    const SUMMARY: &'static str = "Reverse a debit, wholly or in part";
    const DESCRIPTION: &'static str = "Returns a debit, or a charged hold, to the card: with `amount` that much of it, \
        else all that has not been given back yet. It can be repeated until nothing is left; only then the status is \
        `reversed`. A part needs an `extId` of its own, so that a repeat after a lost reply gives nothing back twice. \
        More than is left is -32330 `amount_exceeds_rest`. HUMO gives back only the whole: a part of it is -32401 \
        `partial_not_supported`, and nothing is done. `transactions.get` lists the reversals.";
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::MissingParams,
        ErrorCode::InvalidInput,
        ErrorCode::InvalidAmount,
        ErrorCode::TransactionNotFound,
        ErrorCode::CancelFailed,
        ErrorCode::AlreadyCancelled,
        ErrorCode::InProcess,
        ErrorCode::PreviousAttemptInProcess,
        ErrorCode::OutcomeUnknown,
        ErrorCode::UzcardUnavailable,
        ErrorCode::HumoUnavailable,
    ];
    type Params = DebitReverseParams;
    type Result = bool;

    fn examples() -> Vec<Example> {
        vec![
            Example {
                name: "a debit",
                params: json!({"transactionId": 2_557_767}),
                result: json!(true),
            },
            Example {
                name: "a part of a debit",
                params: json!({
                    "transactionId": 2_557_767,
                    "amount": 150_000,
                    "extId": "refund-1042-1"
                }),
                result: json!(true),
            },
        ]
    }
}
