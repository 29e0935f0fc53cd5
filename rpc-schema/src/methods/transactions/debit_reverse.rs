//! `transactions.debit.reverse`

use schemars::{Schema, SchemaGenerator};
use serde_json::json;

use crate::components::Done;
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::params::params;
use crate::reason::Reason;
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
    const RETURNS: &'static str = "`true`: the money was given back.";
    const TAGS: &'static [Tag] = &[Tag::Debits];
    const LINKS: &'static [Link] = &[Link::LOOK_UP];
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
                params: json!({"transactionId": examples::DONE_DEBIT}),
                result: json!(true),
            },
            Example {
                name: "a part of a debit",
                params: json!({
                    "transactionId": examples::DONE_DEBIT,
                    "amount": 150_000,
                    "extId": examples::REVERSAL_EXT_ID
                }),
                result: json!(true),
            },
        ]
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
