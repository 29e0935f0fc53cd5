//! `p2p.recipient-info`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::components;
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::params::params;
use crate::values::Pan;

/// `p2p.recipient-info`
#[derive(Debug)]
pub struct RecipientInfo;

params! {
    /// Params of `p2p.recipient-info`.
    RecipientInfoParams {
        /// The recipient's card number, 16 digits.
        pan "pan": required Pan;
    }
}

/// The holder of a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recipient {
    /// The cardholder's name, as the network has it.
    #[schemars(with = "components::CardholderName")]
    pub name: String,
    /// `uzcard` or `humo`.
    #[schemars(with = "components::Vendor")]
    pub vendor: String,
    /// The card's expiry, `YYMM`; empty if the network gives none.
    #[schemars(with = "components::ExpiryOrEmpty")]
    pub expiry: String,
}

impl Method for RecipientInfo {
    const NAME: &'static str = "p2p.recipient-info";
    const SUMMARY: &'static str = "Whose card is this?";
    const DESCRIPTION: &'static str = "Asks the card's network for the cardholder, so that the name can be shown \
        before a transfer. Nothing is stored.";
    const RETURNS: &'static str = "The cardholder, the network and the expiry of the card.";
    const TAGS: &'static [Tag] = &[Tag::Transfers];
    const LINKS: &'static [Link] = &[Link {
        name: "fee",
        description: "To see what a transfer to the card costs.",
        method: "p2p.fee-info",
        params: &[("pan2", "${params.pan}")],
    }];
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::MissingParams,
        ErrorCode::InvalidPan,
        ErrorCode::InvalidInput,
        ErrorCode::CardTypeNotSupported,
        ErrorCode::CardInfoUnavailable,
        ErrorCode::UzcardUnavailable,
        ErrorCode::HumoUnavailable,
    ];
    type Params = RecipientInfoParams;
    type Result = Recipient;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a card of UZCARD",
            params: json!({"pan": "8600010132441332"}),
            result: json!({"name": "TEST TESTOV", "vendor": "uzcard", "expiry": "3012"}),
        }]
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "a card of no network",
            params: json!({"pan": "1234567812345678"}),
            error: ErrorCode::CardTypeNotSupported,
            message: None,
            data: ErrorData::default(),
        }]
    }
}
