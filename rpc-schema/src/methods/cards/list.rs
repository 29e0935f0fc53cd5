//! `cards.list`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::components::{self, ListOf, Maybe};
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::params::params;
use crate::reason::Reason;
use crate::values::{CardToken, Cursor, ExpiryYymm, PageSize};

/// `cards.list`
#[derive(Debug)]
pub struct List;

params! {
    /// Params of `cards.list`.
    ListParams {
        /// The `next` of the page before; left out for the first page.
        cursor "cursor": optional Cursor;
        /// The number of cards per page, 1 to 200. 50 if left out.
        size "size": optional PageSize;
    }
}

/// Some of your cards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CardPage {
    /// The cards of the page, the one that was attached last first.
    #[schemars(with = "ListOf<ListedCard>")]
    pub cards: Vec<ListedCard>,
    /// The `cursor` of the next page; `null` after the last one.
    #[schemars(with = "Maybe<Cursor>")]
    pub next: Option<String>,
}

/// A card as the gateway keeps it; no network was asked. All members are always present and never `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedCard {
    /// The card's token for all other methods.
    #[schemars(with = "CardToken")]
    pub token: Uuid,
    /// `uzcard` or `humo`.
    #[schemars(with = "components::Vendor")]
    pub vendor: String,
    /// The masked number, `986019*****8366`.
    #[schemars(with = "components::MaskedPan")]
    pub pan: String,
    /// The card's expiry, `YYMM`.
    #[schemars(with = "ExpiryYymm")]
    pub expiry: String,
    /// The phone that the network had on file when the card was attached.
    #[schemars(with = "components::PhoneOnFile")]
    pub phone: String,
    /// The numeric code of the card's currency, `860`.
    #[schemars(with = "components::CurrencyCode")]
    pub currency: String,
    /// The card's currency, `UZS`. A card in another one is not debited.
    #[schemars(with = "components::CurrencyLetters")]
    pub currency_code: String,
    /// When the card was attached, in UNIX milliseconds.
    #[schemars(with = "components::UnixMillis")]
    pub created_at: i64,
}

impl Method for List {
    const NAME: &'static str = "cards.list";
    const SUMMARY: &'static str = "Your cards";
    const DESCRIPTION: &'static str = "Returns the cards that you have attached and not removed, the latest first, \
        page by page: call it again with `next` as `cursor` until `next` is `null`. No network is asked, so there are \
        no balances; `cards.info` has them.";
    const RETURNS: &'static str = "The cards of the page, and where the next one begins.";
    const TAGS: &'static [Tag] = &[Tag::Cards];
    const LINKS: &'static [Link] = &[
        Link {
            name: "next page",
            description: "Until `next` is `null`.",
            method: "cards.list",
            params: &[("cursor", "${result.next}")],
        },
        Link {
            name: "info",
            description: "To see the balance and status of a card.",
            method: "cards.info",
            params: &[("token", "${result.cards.0.token}")],
        },
    ];
    const FAMILY: Family = Family::Gateway;
    const DOCUMENTED: bool = false;
    const ERRORS: &'static [ErrorCode] = &[ErrorCode::InvalidInput];
    type Params = ListParams;
    type Result = CardPage;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "the last page",
            params: json!({"size": 50}),
            result: json!({
                "cards": [{
                    "token": examples::HUMO_TOKEN,
                    "vendor": "humo",
                    "pan": "986019*****8366",
                    "expiry": "3012",
                    "phone": "998977446066",
                    "currency": "860",
                    "currencyCode": "UZS",
                    "createdAt": 1_693_219_530_000_i64
                }],
                "next": Json::Null
            }),
        }]
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "a cursor of another list",
            params: json!({"cursor": "AQAAAYijTq8VAAAAAAAnBmfO2xJ9Qmv6Wg"}),
            error: ErrorCode::InvalidInput,
            message: None,
            data: ErrorData {
                reason: Some(Reason::CursorMismatch),
                field: Some("cursor".to_owned()),
                ..ErrorData::default()
            },
        }]
    }
}
