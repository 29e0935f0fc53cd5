//! `cards.info`

use serde_json::json;

use super::{Card, CardParams, card_example};
use crate::errors::{ErrorCode, Family};
use crate::method::{Example, Method};

/// `cards.info`
#[derive(Debug)]
pub struct Info;

impl Method for Info {
    const NAME: &'static str = "cards.info";
    const SUMMARY: &'static str = "A card as its network knows it now";
    const DESCRIPTION: &'static str = "Asks the card's network and returns the card with its balance and its status. A \
        card that cannot be used at present is returned too, where the network describes it: `status` is then not 0, or \
        `pincnt` and `sms` say why. Nothing is stored.";
    const FAMILY: Family = Family::Gateway;
    const DOCUMENTED: bool = false;
    const ERRORS: &'static [ErrorCode] =
        with_card_errors![MissingParams, InvalidInput, CardNotRegistered];
    type Params = CardParams;
    type Result = Card;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a card of HUMO",
            params: json!({"token": "a1807840-4577-11ee-bec9-ddd6006913ab"}),
            result: card_example(),
        }]
    }
}
