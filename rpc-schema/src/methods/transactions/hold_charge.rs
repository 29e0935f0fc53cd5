//! `transactions.debit.hold.charge`

use serde_json::json;

use super::debit_result::{ChargedHold, uzcard_example};
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::methods::network_errors::with_network_errors;
use crate::params::params;
use crate::reason::Reason;
use crate::values::{Amount, TransactionId};

/// `transactions.debit.hold.charge`
#[derive(Debug)]
pub struct HoldCharge;

params! {
    /// Params of `transactions.debit.hold.charge`.
    HoldChargeParams {
        /// The hold.
        transaction_id "transactionId": required TransactionId;
        /// How much to take, in tiyin: at most the held amount. All of it if left out.
        amount "amount": optional Amount;
    }
}

impl Method for HoldCharge {
    const NAME: &'static str = "transactions.debit.hold.charge";
    const SUMMARY: &'static str = "Take the held money";
    const DESCRIPTION: &'static str = "Charges the held amount, or the `amount` that is given. That ends the hold: what \
        was not taken of it is released, and it cannot be charged again. More than is held is -32330 \
        `amount_exceeds_rest`. A hold lasts 7 days; then its money is released.";
    const RETURNS: &'static str = "The completed debit.";
    const TAGS: &'static [Tag] = &[Tag::Holds];
    const LINKS: &'static [Link] = &[
        Link::of_params(
            "reverse",
            "To give the money back.",
            "transactions.debit.reverse",
        ),
        Link::LOOK_UP,
    ];
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = with_network_errors![
        MissingParams,
        InvalidInput,
        TransactionNotFound,
        CancelFailed,
        AlreadyCarriedOut,
        AlreadyCancelled,
        InProcess,
    ];
    type Params = HoldChargeParams;
    type Result = ChargedHold;

    fn examples() -> Vec<Example> {
        vec![
            Example {
                name: "a hold of UZCARD",
                params: json!({"transactionId": examples::HELD}),
                result: uzcard_example(),
            },
            Example {
                name: "a part of a hold of UZCARD",
                params: json!({"transactionId": examples::HELD, "amount": 300_000}),
                result: uzcard_example(),
            },
        ]
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "a hold that is charged already",
            params: json!({"transactionId": examples::CHARGED_HOLD}),
            error: ErrorCode::AlreadyCarriedOut,
            message: None,
            data: ErrorData {
                reason: Some(Reason::Succeeded),
                ..ErrorData::default()
            },
        }]
    }
}
