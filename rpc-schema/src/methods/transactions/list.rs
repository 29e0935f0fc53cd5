//! `transactions.list`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::get::transaction_example;
use super::transaction::{Transaction, TransactionKind, TransactionStatus};
use crate::components::{ListOf, Maybe};
use crate::error_data::ErrorData;
use crate::errors::{ErrorCode, Family};
use crate::method::{ErrorExample, Example, Link, Method, Tag};
use crate::params::params;
use crate::reason::Reason;
use crate::values::{CardToken, Cursor, PageSize, PeriodBound};

/// `transactions.list`
#[derive(Debug)]
pub struct List;

params! {
    /// Params of `transactions.list`. All may be left out.
    ListParams {
        /// The beginning of the period, by the creation of the transactions: a day in Tashkent time or UNIX milliseconds.
        from "from": optional PeriodBound;
        /// The end of the period, included: the whole day, or the millisecond.
        to "to": optional PeriodBound;
        /// Only transactions that have this status now.
        status "status": optional TransactionStatus;
        /// Only transactions of this kind.
        kind "kind": optional TransactionKind;
        /// Only transactions that this card pays.
        token "token": optional CardToken;
        /// The `next` of the page before; left out for the first page.
        cursor "cursor": optional Cursor;
        /// The number of transactions per page, 1 to 200. 50 if left out.
        size "size": optional PageSize;
    }
}

/// Some of your transactions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TransactionPage {
    /// The transactions of the page, newest first, each as `transactions.get` answers it.
    #[schemars(with = "ListOf<Transaction>")]
    pub transactions: Vec<Transaction>,
    /// The `cursor` of the next page; `null` after the last one.
    #[schemars(with = "Maybe<Cursor>")]
    pub next: Option<String>,
}

impl Method for List {
    const NAME: &'static str = "transactions.list";
    const SUMMARY: &'static str = "Your transactions";
    const DESCRIPTION: &'static str = "Returns your debits, holds and transfers of a period, newest first by their \
        creation, page by page: call it again with `next` as `cursor`, and the other params as they were, until `next` \
        is `null`; only `size` may differ. A page may hold fewer transactions than asked for. None is shown twice, and none \
        is left out because others were created or changed meanwhile. A transaction that was being stored while you \
        asked may appear later at a place that you have passed: to reconcile, end the period some minutes ago. No \
        network is asked.";
    const RETURNS: &'static str = "The transactions of the page, and where the next one begins.";
    const TAGS: &'static [Tag] = &[Tag::Transactions];
    const LINKS: &'static [Link] = &[
        Link {
            name: "next page",
            description: "Until `next` is `null`, with the other params as they were.",
            method: "transactions.list",
            params: &[("cursor", "${result.next}")],
        },
        Link {
            name: "look up",
            description: "To see later what became of one of them.",
            method: "transactions.get",
            params: &[("transactionId", "${result.transactions.0.transactionId}")],
        },
    ];
    const FAMILY: Family = Family::Gateway;
    const DOCUMENTED: bool = false;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::InvalidInput,
        ErrorCode::WrongPeriod,
        ErrorCode::CardNotRegistered,
    ];
    type Params = ListParams;
    type Result = TransactionPage;

    fn examples() -> Vec<Example> {
        vec![Example {
            name: "the debits since a day",
            params: json!({"from": "2023-08-28", "kind": "debit", "size": 1}),
            result: json!({
                "transactions": [transaction_example()],
                "next": "AQAAAYijTq8VAAAAAAAnBmfO2xJ9Qmv6Wg"
            }),
        }]
    }

    fn error_examples() -> Vec<ErrorExample> {
        vec![ErrorExample {
            name: "a period that begins after it ends",
            params: json!({"from": "2023-09-13", "to": "2023-08-13"}),
            error: ErrorCode::WrongPeriod,
            message: None,
            data: ErrorData {
                reason: Some(Reason::FromAfterTo),
                ..ErrorData::default()
            },
        }]
    }
}
