//! `transactions.debit.hold.cancel`

use schemars::{Schema, SchemaGenerator};
use serde_json::json;

use super::transaction_params::TransactionParams;
use crate::components::Done;
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::reason::Reason;

/// `transactions.debit.hold.cancel`
#[derive(Debug)]
pub struct HoldCancel;

impl Method for HoldCancel {
    const NAME: &'static str = "transactions.debit.hold.cancel";
    const SUMMARY: &'static str = "Release the held money";
    const DESCRIPTION: &'static str = "Releases the whole held amount.";
    const RETURNS: &'static str = "`true`: the money was released.";
    const TAGS: &'static [Tag] = &[Tag::Holds];
    const LINKS: &'static [Link] = &[Link::LOOK_UP];
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
            params: json!({"transactionId": examples::HELD}),
            result: json!(true),
        }]
    }

    fn result_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Done>()
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "a hold that is cancelled already",
            params: json!({"transactionId": examples::CANCELLED_HOLD}),
            error: ErrorCode::AlreadyCancelled,
            message: None,
            data: ErrorData {
                reason: Some(Reason::Cancelled),
                ..ErrorData::default()
            },
        }]
    }
}
