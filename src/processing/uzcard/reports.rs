//! `report.short`: SVGate's list of the payments that it carried out on a day.
//!
//! Only the members that one client reads are known; nothing more has been published (docs/networks.md#svgate-reports).
//! Days in `range` and page numbers from 0 are taken from `trans.history`. A misread list must not pass for a short
//! one, so only an empty page ends it, and a reply of another shape is an error.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::client::Client;
use super::outcome;
use crate::domain::day::Day;
use crate::domain::inquiry::AskError;
use crate::processing::books::ListedPayment;
use crate::processing::lenient::Scalar;
use crate::processing::listing::{Next, Reading};

/// More pages than any day can have. It stops the reading if SVGate never sends an empty page.
const PAGES_MAX: u32 = 100_000;

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
        let mut reading = Reading::of(PAGES_MAX);
        let mut page_number = 0;
        loop {
            match reading.take(self.day_page(day, page_number).await?) {
                Next::Page => progress(reading.listed.len()),
                Next::End => return Ok(reading.listed.into_iter().collect()),
                Next::Stuck => return Err(AskError::unreadable("the list has no end")),
            }
            page_number += 1;
        }
    }

    async fn day_page(&self, day: Day, page_number: u32) -> Result<Vec<ListedPayment>, AskError> {
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
        let page = serde_json::from_value::<Page>(result)
            .map_err(|_| AskError::unreadable("the list cannot be read"))?;
        Ok(page.items().into_iter().map(ListedPayment::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
