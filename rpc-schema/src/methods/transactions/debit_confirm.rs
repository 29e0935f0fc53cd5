//! `transactions.debit.confirm`

use serde_json::json;

use super::debit_result::{ConfirmedDebit, humo_example};
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::methods::network_errors::with_network_errors;
use crate::params::params;
use crate::reason::Reason;
use crate::values::{Code, TransactionId};

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
        /// If given, it must equal the value that the debit was started with.
        is_hold "is_hold": optional bool;
    }
}

impl Method for DebitConfirm {
    const NAME: &'static str = "transactions.debit.confirm";
    const SUMMARY: &'static str = "Confirm a debit or hold by code";
    const DESCRIPTION: &'static str = "Checks the code and moves the money. A code is valid for 5 minutes and 3 tries, \
        and works once: if the network declines the debit now, start a new one with `transactions.debit`.";
    const RETURNS: &'static str = "The completed debit, or the hold.";
    const TAGS: &'static [Tag] = &[Tag::Debits, Tag::Holds];
    const LINKS: &'static [Link] = &[
        Link::of_params(
            "reverse",
            "After a completed debit: to give the money back.",
            "transactions.debit.reverse",
        ),
        Link::of_params(
            "charge",
            "After a hold: to take the money.",
            "transactions.debit.hold.charge",
        ),
        Link::of_params(
            "cancel",
            "After a hold: to release the money.",
            "transactions.debit.hold.cancel",
        ),
        Link::LOOK_UP,
    ];
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = with_network_errors![
        MissingParams,
        InvalidInput,
        TransactionNotFound,
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
                params: json!({"transactionId": examples::AWAITED_DEBIT, "confirmedCode": "111111"}),
                result: humo_example(),
            },
            Example {
                name: "a hold",
                params: json!({"transactionId": examples::AWAITED_HOLD, "confirmedCode": "111111", "is_hold": true}),
                result: json!({"transactionId": examples::AWAITED_HOLD}),
            },
        ]
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "a wrong code",
            params: json!({"transactionId": examples::AWAITED_DEBIT, "confirmedCode": "000000"}),
            error: ErrorCode::InvalidCode,
            message: None,
            data: ErrorData {
                reason: Some(Reason::WrongCode),
                ..ErrorData::default()
            },
        }]
    }
}
