//! `transactions.debit.reverse`

use schemars::{Schema, SchemaGenerator};
use serde_json::json;

use super::transaction_params::TransactionParams;
use crate::components::Done;
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::reason::Reason;

/// `transactions.debit.reverse`
#[derive(Debug)]
pub struct DebitReverse;

impl Method for DebitReverse {
    const NAME: &'static str = "transactions.debit.reverse";
    const SUMMARY: &'static str = "Reverse a debit";
    const DESCRIPTION: &'static str =
        "Returns the whole amount of a debit, or of a charged hold, to the card.";
    const RETURNS: &'static str = "`true`: the money was given back.";
    const TAGS: &'static [Tag] = &[Tag::Debits];
    const LINKS: &'static [Link] = &[Link::LOOK_UP];
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
            params: json!({"transactionId": examples::DONE_DEBIT}),
            result: json!(true),
        }]
    }

    fn result_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Done>()
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "a hold that is not charged yet",
            params: json!({"transactionId": examples::HELD}),
            error: ErrorCode::CancelFailed,
            message: None,
            data: ErrorData {
                reason: Some(Reason::Held),
                ..ErrorData::default()
            },
        }]
    }
}
