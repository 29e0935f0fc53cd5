//! `cards.list`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::errors::{ErrorCode, Family};
use crate::method::{Example, Method};
use crate::params::params;
use crate::values::{Cursor, PageSize};

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
pub struct CardList {
    /// The cards of the page, the one that was attached last first.
    pub cards: Vec<ListedCard>,
    /// The `cursor` of the next page; `null` after the last one.
    pub next: Option<String>,
}

/// A card as the gateway keeps it; no network was asked. All members are always present and never `null`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedCard {
    /// The card's token for all other methods.
    pub token: Uuid,
    /// `uzcard` or `humo`.
    pub vendor: String,
    /// The masked number, `986019*****8366`.
    pub pan: String,
    /// The card's expiry, `YYMM`.
    pub expiry: String,
    /// The phone that the network had on file when the card was attached.
    pub phone: String,
    /// The numeric code of the card's currency, `860`.
    pub currency: String,
    /// The card's currency, `UZS`. A card in another one is not debited.
    pub currency_code: String,
    /// When the card was attached, in UNIX milliseconds.
    pub created_at: i64,
}

impl Method for List {
    const NAME: &'static str = "cards.list";
    const SUMMARY: &'static str = "Your cards";
    const DESCRIPTION: &'static str = "Returns the cards that you have attached and not removed, the latest first, \
        page by page: call it again with `next` as `cursor` until `next` is `null`. No network is asked, so there are \
        no balances; `cards.info` has them.";
    const FAMILY: Family = Family::Gateway;
    const DOCUMENTED: bool = false;
    const ERRORS: &'static [ErrorCode] = &[ErrorCode::InvalidInput];
    type Params = ListParams;
    type Result = CardList;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "the last page",
            params: json!({"size": 50}),
            result: json!({
                "cards": [{
                    "token": "a1807840-4577-11ee-bec9-ddd6006913ab",
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
}
