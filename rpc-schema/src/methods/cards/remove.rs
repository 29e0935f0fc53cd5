//! `cards.remove`

use schemars::{Schema, SchemaGenerator};
use serde_json::json;

use super::CardParams;
use crate::components::Done;
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};

/// `cards.remove`
#[derive(Debug)]
pub struct Remove;

impl Method for Remove {
    const NAME: &'static str = "cards.remove";
    const SUMMARY: &'static str = "Remove a card";
    const DESCRIPTION: &'static str = "Removes a card of yours: from then on its token is unknown to every method, \
        which answers -32301; so does a repeat of this call. What was ordered before goes on by its `transactionId`: a \
        code that was sent can still be confirmed, a hold charged or cancelled, a payment reversed, and \
        `transactions.get` and `transactions.list` still show it. Attaching the card again gives it a new token. The \
        card's network is not asked.";
    const RETURNS: &'static str = "`true`: the card was removed.";
    const TAGS: &'static [Tag] = &[Tag::Cards];
    const LINKS: &'static [Link] = &[Link {
        name: "list",
        description: "To see which cards are left.",
        method: "cards.list",
        params: &[],
    }];
    const FAMILY: Family = Family::Gateway;
    const DOCUMENTED: bool = false;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::MissingParams,
        ErrorCode::InvalidInput,
        ErrorCode::CardNotRegistered,
    ];
    type Params = CardParams;
    type Result = bool;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a card that its holder takes out of the application",
            params: json!({"token": examples::HUMO_TOKEN}),
            result: json!(true),
        }]
    }

    fn result_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<Done>()
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "no such card",
            params: json!({"token": examples::UNKNOWN_TOKEN}),
            error: ErrorCode::CardNotRegistered,
            message: None,
            data: ErrorData::default(),
        }]
    }
}
