//! `cards.info`

use serde_json::json;

use super::{Card, CardParams, card_example};
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};

/// `cards.info`
#[derive(Debug)]
pub struct Info;

impl Method for Info {
    const NAME: &'static str = "cards.info";
    const SUMMARY: &'static str = "A card as its network knows it now";
    const DESCRIPTION: &'static str = "Asks the card's network and returns the card with its balance and its status. A \
        card that cannot be used at present is returned too, where the network describes it: `status` is then not 0, or \
        `pincnt` and `sms` say why. Nothing is stored.";
    const RETURNS: &'static str = "The card as its network describes it now.";
    const TAGS: &'static [Tag] = &[Tag::Cards];
    const LINKS: &'static [Link] = &[Link {
        name: "debit",
        description: "When its balance is enough.",
        method: "transactions.debit",
        params: &[("token", "${params.token}")],
    }];
    const FAMILY: Family = Family::Gateway;
    const DOCUMENTED: bool = false;
    const ERRORS: &'static [ErrorCode] =
        with_card_errors![MissingParams, InvalidInput, CardNotRegistered];
    type Params = CardParams;
    type Result = Card;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a card of HUMO",
            params: json!({"token": examples::HUMO_TOKEN}),
            result: card_example(),
        }]
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
