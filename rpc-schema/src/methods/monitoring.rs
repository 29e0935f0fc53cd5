//! `cards.monitoring` and `monitoring.get.entry`: the history of cards.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::components::{self, ListOf};
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::examples;
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::params::params;
use crate::reason::Reason;
use crate::values::{Date, OperationId, Page, PageSize, Pan, TokenList};

/// `cards.monitoring`
#[derive(Debug)]
pub struct Monitoring;

params! {
    /// Params of `cards.monitoring`.
    MonitoringParams {
        /// The tokens of 1 to 20 cards. A token given twice counts once.
        tokens "tokens": required TokenList;
        /// The first day of the period, in Tashkent time.
        from "from": required Date;
        /// The last day of the period, included.
        to "to": required Date;
        /// The number of the page, from 0. A page after the last one is empty.
        page "page": optional Page;
        /// The number of operations per page, 1 to 200. 50 if left out.
        size "size": optional PageSize;
    }
}

/// The operations of some cards in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "CardHistory")]
pub struct History {
    /// The sum debited from the cards in the whole period, in tiyin, whatever the page. Operations with `reversal` do
    /// not count: neither the one that was reversed nor the one that reversed it.
    #[schemars(with = "components::TiyinOrZero")]
    pub total_debit: i64,
    /// The sum credited to the cards in the whole period, in tiyin. Counted like `totalDebit`.
    #[schemars(with = "components::TiyinOrZero")]
    pub total_credit: i64,
    /// The operations of the page, newest first.
    #[schemars(with = "ListOf<Operation>")]
    pub transactions: Vec<Operation>,
}

/// An operation in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Operation {
    /// The operation's id, for `monitoring.get.entry`. It never changes.
    #[serde(rename = "_id")]
    #[schemars(with = "OperationId")]
    pub id: String,
    /// The day, `YYYYMMDD` in Tashkent time.
    #[schemars(with = "components::DayNumber")]
    pub udate: i32,
    /// What the list and the entry have in common.
    #[serde(flatten)]
    pub details: Details,
    /// Always `null`.
    #[serde(rename = "tagId")]
    #[schemars(with = "components::Nothing")]
    pub tag_id: Option<String>,
    /// Always `null`.
    #[serde(rename = "tagName")]
    #[schemars(with = "components::Nothing")]
    pub tag_name: Option<String>,
}

/// What the list and the entry have in common. A text that the network does not give is empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The card's masked number, `986019***8366`.
    #[schemars(with = "components::ShortMaskedPan")]
    pub pan: String,
    /// The city of the operation.
    #[schemars(with = "components::NetworkText")]
    pub city: String,
    /// The time, `HHMMSS` in Tashkent time without leading zeros.
    #[schemars(with = "components::TimeNumber")]
    pub utime: i32,
    /// The day and time in UNIX milliseconds.
    #[schemars(with = "components::UnixMillis")]
    pub date: i64,
    /// The network's own type of the operation.
    #[serde(rename = "type")]
    #[schemars(with = "components::NetworkText")]
    pub kind: String,
    /// The amount in tiyin; `isCredit` gives the direction.
    #[schemars(with = "components::TiyinOrZero")]
    pub amount: i64,
    /// Whether the operation was reversed or reverses another one. Such operations count in no total.
    #[schemars(with = "components::Flag")]
    pub reversal: bool,
    /// The numeric currency code, `860`.
    #[schemars(with = "components::CurrencyNumber")]
    pub currency: i32,
    /// The reference number: `refNum` of a debit of UZCARD, the trace number of HUMO.
    #[schemars(with = "components::NetworkText")]
    pub ref_num: String,
    /// `uzcard` or `humo`.
    #[schemars(with = "components::Vendor")]
    pub vendor: String,
    /// The number in the network's own system.
    #[schemars(with = "components::NetworkText")]
    pub sys_num: String,
    /// The authorization code; empty for UZCARD.
    #[schemars(with = "components::NetworkText")]
    pub apr_code: String,
    /// The retrieval reference number (RRN).
    #[schemars(with = "components::NetworkText")]
    pub ref_number: String,
    /// Whether the card was credited.
    #[schemars(with = "components::Flag")]
    pub is_credit: bool,
    /// The merchant's id.
    #[schemars(with = "components::NetworkText")]
    pub merchant: String,
    /// The terminal's id.
    #[schemars(with = "components::NetworkText")]
    pub terminal: String,
    /// The network's description of the operation; empty for UZCARD.
    #[schemars(with = "components::NetworkText")]
    pub description: String,
    /// The name of the terminal.
    #[schemars(with = "components::NetworkText")]
    pub merchant_name: String,
    /// HUMO's internal number; empty for UZCARD.
    #[schemars(with = "components::NetworkText")]
    pub internal_number: String,
    /// When the gateway first saw the operation, in Tashkent time: `8/28/2023, 3:45:32 PM`.
    #[schemars(with = "components::WrittenMoment")]
    pub created_at: String,
    /// The same in UNIX milliseconds.
    #[schemars(with = "components::UnixMillis")]
    pub created_date: i64,
    /// Always 0.
    #[serde(rename = "__v")]
    #[schemars(with = "components::Zero")]
    pub version: i32,
}

fn details_example() -> Json {
    json!({
        "_id": examples::OPERATION,
        "pan": "986019***8366",
        "city": "TASHKENT",
        "utime": 153_350,
        "date": 1_693_218_830_000_i64,
        "type": "205",
        "amount": 500_000,
        "reversal": false,
        "currency": 860,
        "refNum": "770532",
        "vendor": "humo",
        "sysNum": "770532",
        "aprCode": "921439",
        "refNumber": "324010770532",
        "isCredit": false,
        "merchant": "0040100000401CS",
        "terminal": "1965000A",
        "description": "Оплата товаров и услуг",
        "merchantName": "ZOOMRAD P2P",
        "internalNumber": "4747770532",
        "createdAt": "8/28/2023, 3:45:32 PM",
        "createdDate": 1_693_219_532_437_i64,
        "__v": 0
    })
}

/// [`details_example`] with the further members of one of the two results.
fn example_with(more: &[(&str, Json)]) -> Json {
    let mut example = details_example();
    if let Some(members) = example.as_object_mut() {
        let more = more.iter().cloned();
        members.extend(more.map(|(name, value)| (name.to_owned(), value)));
    }
    example
}

impl Method for Monitoring {
    const NAME: &'static str = "cards.monitoring";
    const SUMMARY: &'static str = "The history of cards";
    const DESCRIPTION: &'static str = "Returns the operations of 1 to 20 cards in a period, newest first, and the \
        totals of the whole period. The gateway fetches them from the networks and keeps them: a past day is fetched \
        once, the current day again after about a minute. The period has at most 92 days unless the gateway's operator \
        set another limit. If a network cannot be reached, the kept operations are returned, provided that they cover \
        the whole period.";
    const RETURNS: &'static str = "The totals of the whole period, and the operations of the page.";
    const TAGS: &'static [Tag] = &[Tag::History];
    const LINKS: &'static [Link] = &[Link {
        name: "entry",
        description: "To see one operation by itself.",
        method: "monitoring.get.entry",
        params: &[("id", "${result.transactions.0._id}")],
    }];
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::MissingParams,
        ErrorCode::InvalidInput,
        ErrorCode::WrongPeriod,
        ErrorCode::CardNotRegistered,
        ErrorCode::UzcardUnavailable,
        ErrorCode::HumoUnavailable,
    ];
    type Params = MonitoringParams;
    type Result = History;

    fn examples() -> Vec<Example> {
        let operation = example_with(&[
            ("udate", json!(20_230_828)),
            ("tagId", Json::Null),
            ("tagName", Json::Null),
        ]);
        vec![Example {
            name: "a month of one card",
            params: json!({
                "tokens": [examples::HUMO_TOKEN],
                "size": 50,
                "page": 0,
                "from": "2023-08-13",
                "to": "2023-09-13"
            }),
            result: json!({
                "totalDebit": 6_386_345_250_i64,
                "totalCredit": 6_508_594_021_i64,
                "transactions": [operation]
            }),
        }]
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "a period that begins after it ends",
            params: json!({"tokens": [examples::HUMO_TOKEN], "from": "2023-09-13", "to": "2023-08-13"}),
            error: ErrorCode::WrongPeriod,
            message: None,
            data: ErrorData {
                reason: Some(Reason::FromAfterTo),
                ..ErrorData::default()
            },
        }]
    }
}

/// `monitoring.get.entry`
#[derive(Debug)]
pub struct GetEntry;

params! {
    /// Params of `monitoring.get.entry`.
    GetEntryParams {
        /// The `_id` of the operation.
        id "id": required OperationId;
    }
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "OperationEntry")]
pub struct Entry {
    /// The operation's id.
    #[serde(rename = "_id")]
    #[schemars(with = "OperationId")]
    pub id: String,
    /// The full card number; left out unless the gateway's operator gave you the permission `pan.read`. Each reading is
    /// recorded.
    #[serde(
        rename = "cardNumber",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Pan")]
    pub card_number: Option<String>,
    /// The day, `YYYYMMDD` in Tashkent time. The list calls it `udate`.
    #[schemars(with = "components::DayNumber")]
    pub update: i32,
    /// What the list and the entry have in common.
    #[serde(flatten)]
    pub details: Details,
}

impl Method for GetEntry {
    const NAME: &'static str = "monitoring.get.entry";
    const SUMMARY: &'static str = "One operation";
    const DESCRIPTION: &'static str =
        "Returns an operation that `cards.monitoring` has listed. No network is asked.";
    const RETURNS: &'static str = "The operation.";
    const TAGS: &'static [Tag] = &[Tag::History];
    const LINKS: &'static [Link] = &[];
    const FAMILY: Family = Family::Gateway;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::MissingParams,
        ErrorCode::InvalidInput,
        ErrorCode::DataNotFound,
    ];
    type Params = GetEntryParams;
    type Result = Entry;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "a purchase, with the permission `pan.read`",
            params: json!({"id": examples::OPERATION}),
            result: example_with(&[
                ("update", json!(20_230_828)),
                ("cardNumber", json!("9860190101578366")),
            ]),
        }]
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "no such operation",
            params: json!({"id": examples::UNKNOWN_OPERATION}),
            error: ErrorCode::DataNotFound,
            message: None,
            data: ErrorData::default(),
        }]
    }
}
