//! `transactions.debit.hold.charge`

use serde_json::json;

use super::debit_result::{ChargedHold, uzcard_example};
use super::transaction_params::TransactionParams;
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::methods::network_errors::with_network_errors;
use crate::reason::Reason;

/// `transactions.debit.hold.charge`
#[derive(Debug)]
pub struct HoldCharge;

impl Method for HoldCharge {
    const NAME: &'static str = "transactions.debit.hold.charge";
    const SUMMARY: &'static str = "Take the held money";
    const DESCRIPTION: &'static str =
        "Charges the whole held amount. A hold lasts 7 days; then its money is released.";
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
        AlreadyCarriedOut,
        AlreadyCancelled,
        InProcess,
    ];
    type Params = TransactionParams;
    type Result = ChargedHold;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a hold of UZCARD",
            params: json!({"transactionId": examples::HELD}),
            result: uzcard_example(),
        }]
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
