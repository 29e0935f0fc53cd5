//! `report.short`: SVGate's list of the payments that it carried out on a day.
//!
//! Only the members that one client reads are known; nothing more has been published (docs/networks.md#svgate-reports).
//! Days in `range` and page numbers from 0 are taken from `trans.history`. A misread list must not pass for a short
//! one, so only an empty page ends it, and a reply of another shape is an error.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::client::Client;
use super::outcome;
use crate::domain::day::Day;
use crate::domain::inquiry::AskError;
use crate::processing::books::ListedPayment;
use crate::processing::lenient::Scalar;

/// More pages than any day can have. It stops the reading if SVGate never sends an empty page.
const PAGES_MAX: u32 = 100_000;
/// After so many pages in a row without a new row, the paging does not work. One or two can occur while rows are added.
const REPEATS_MAX: u32 = 3;

#[derive(Serialize)]
struct Params {
    report: Report,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    range: Range,
    /// From 0.
    page_number: u32,
    page_size: u32,
}

/// Days as `YYYYMMDD`, both included.
#[derive(Serialize)]
struct Range {
    from: String,
    to: String,
}

/// The rows in the member `trans`, or as a bare array.
#[derive(Deserialize)]
#[serde(untagged)]
enum Page {
    Named { trans: Vec<Item> },
    Bare(Vec<Item>),
}

impl Page {
    fn items(self) -> Vec<Item> {
        match self {
            Self::Named { trans } | Self::Bare(trans) => trans,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Item {
    amount: Scalar,
    date: Scalar,
    /// The `refNum`.
    sv_id: Scalar,
    ext_id: Scalar,
}

impl From<Item> for ListedPayment {
    fn from(item: Item) -> Self {
        Self {
            at: item.date.text().to_owned(),
            reference: item.ext_id.text().to_owned(),
            network_id: item.sv_id.text().to_owned(),
            amount: item.amount.int(),
        }
    }
}

/// The part of a list that has been read.
#[derive(Default)]
struct Reading {
    listed: HashSet<ListedPayment>,
    repeats: u32,
}

/// What follows a page.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Page,
    End,
    /// The pages only repeat themselves.
    Stuck,
}

impl Reading {
    fn take(&mut self, items: Vec<Item>) -> Next {
        if items.is_empty() {
            return Next::End;
        }
        let before = self.listed.len();
        self.listed
            .extend(items.into_iter().map(ListedPayment::from));
        if self.listed.len() > before {
            self.repeats = 0;
            return Next::Page;
        }
        self.repeats += 1;
        if self.repeats < REPEATS_MAX {
            Next::Page
        } else {
            Next::Stuck
        }
    }
}

/// What reads SVGate's lists, with the patience that they need.
#[derive(Debug, Clone)]
pub(super) struct Reports {
    pub(super) client: Arc<Client>,
    pub(super) page_size: u32,
}

impl Reports {
    /// All rows of SVGate's list of a day, each once, in no particular order. `progress` is called with the number of
    /// rows after each page.
    ///
    /// # Errors
    /// SVGate refuses, gives no usable answer, or its list has no end. Then nothing is known about the day.
    pub(super) async fn day_list(
        &self,
        day: Day,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<ListedPayment>, AskError> {
        let mut reading = Reading::default();
        for page_number in 0..PAGES_MAX {
            match reading.take(self.day_page(day, page_number).await?) {
                Next::Page => progress(reading.listed.len()),
                Next::End => return Ok(reading.listed.into_iter().collect()),
                Next::Stuck => break,
            }
        }
        Err(AskError::unreadable("the list has no end"))
    }

    async fn day_page(&self, day: Day, page_number: u32) -> Result<Vec<Item>, AskError> {
        let date = day.number().to_string();
        let report = Report {
            range: Range {
                from: date.clone(),
                to: date,
            },
            page_number,
            page_size: self.page_size,
        };
        let result = self
            .client
            .call("report.short", Params { report })
            .await
            .map_err(outcome::ask_error)?;
        serde_json::from_value::<Page>(result)
            .map(Page::items)
            .map_err(|_| AskError::unreadable("the list cannot be read"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_list_ends_with_an_empty_page_and_repeating_pages_are_an_error() {
        let page = |ids: &[&str]| {
            let item = |id: &&str| Item {
                sv_id: serde_json::from_value(json!(id)).unwrap(),
                ..Item::default()
            };
            ids.iter().map(item).collect::<Vec<Item>>()
        };
        let mut reading = Reading::default();
        // Rows added meanwhile push others onto the next page.
        for ids in [&["1", "2"][..], &["2"], &["1", "2"], &["2", "3"], &["3"]] {
            assert_eq!(reading.take(page(ids)), Next::Page, "{ids:?}");
        }
        assert_eq!(reading.take(page(&[])), Next::End);
        assert_eq!(reading.listed.len(), 3);

        // SVGate counts pages in another way, or ignores the page number.
        let mut reading = Reading::default();
        for next in [Next::Page, Next::Page, Next::Page, Next::Stuck] {
            assert_eq!(reading.take(page(&["1", "2"])), next);
        }
    }

    #[test]
    fn a_row_is_read_in_both_spellings_and_another_shape_is_an_error() {
        let rows = json!([
            {"amount": 500, "date": "260101000000", "svId": "000000000007", "extId": "a1"},
            {"amount": "500.00", "date": 260_101_000_000_i64, "svId": 7, "extId": "a1"},
            {"amount": {}, "extId": null},
        ]);
        for page in [json!({"trans": rows.clone()}), rows] {
            let items = serde_json::from_value::<Page>(page).unwrap().items();
            let listed: Vec<ListedPayment> = items.into_iter().map(ListedPayment::from).collect();
            assert_eq!((listed[0].amount, listed[1].amount), (Some(500), Some(500)));
            assert_eq!(
                (listed[0].at.as_str(), listed[1].network_id.as_str()),
                ("260101000000", "7")
            );
            assert_eq!((listed[2].reference.as_str(), listed[2].amount), ("", None));
        }
        for other in [
            json!({}),
            json!({"trans": null}),
            json!({"content": []}),
            json!("x"),
        ] {
            assert!(
                serde_json::from_value::<Page>(other.clone()).is_err(),
                "{other}"
            );
        }
    }
}
