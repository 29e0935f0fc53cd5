//! `transactions.debit.hold.cancel`

use serde_json::json;

use super::transaction_params::TransactionParams;
use crate::errors::{ErrorCode, Family};
use crate::method::{Example, Method};

/// `transactions.debit.hold.cancel`
#[derive(Debug)]
pub struct HoldCancel;

impl Method for HoldCancel {
    const NAME: &'static str = "transactions.debit.hold.cancel";
    const SUMMARY: &'static str = "Release the held money";
    const DESCRIPTION: &'static str = "Releases the whole held amount.";
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
