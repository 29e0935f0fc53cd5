//! `transactions.debit.reverse`

use serde_json::json;

use super::transaction_params::TransactionParams;
use crate::errors::{ErrorCode, Family};
use crate::method::{Example, Method};

/// `transactions.debit.reverse`
#[derive(Debug)]
pub struct DebitReverse;

impl Method for DebitReverse {
    const NAME: &'static str = "transactions.debit.reverse";
    const SUMMARY: &'static str = "Reverse a debit";
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
