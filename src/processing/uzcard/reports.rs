//! What SVGate says that it carried out: the list of a day (`report.short`), and one payment of ours (`trans.ext`).
//!
//! Of `report.short` one client knows the members, and nobody has published more (the protocol notes, section 1.2). Taken
//! from its siblings here: `range` in days as in `trans.history`, pages from 0. A list that is read wrongly must not pass
//! for a short one, so it ends with an empty page alone, and a reply of another shape is none.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::client::Trouble;
use super::wire::Tran;
use super::{UzcardCards, outcome};
use crate::domain::call::Reference;
use crate::domain::day::Day;
use crate::domain::inquiry::AskError;
use crate::processing::lenient::Loose;
use crate::processing::standing::{Listed, Stage, Standing};

/// More pages than any day can have: a network that never sends an empty one is not followed for ever.
const PAGES_MAX: u32 = 100_000;
/// So many pages on end may bring nothing new, as when rows come in between; then the pages do not move at all.
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

/// The rows under their name, or bare.
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
    amount: Loose,
    date: Loose,
    /// The `refNum`.
    sv_id: Loose,
    ext_id: Loose,
}

impl From<Item> for Listed {
    fn from(item: Item) -> Self {
        Self {
            at: item.date.text().to_owned(),
            reference: item.ext_id.text().to_owned(),
            network_id: item.sv_id.text().to_owned(),
            amount: item.amount.int(),
        }
    }
}

/// What was read of a list so far.
#[derive(Default)]
struct Reading {
    listed: HashSet<Listed>,
    repeats: u32,
}

/// How a list goes on after a page.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    Page,
    End,
    /// There is no getting on.
    Stuck,
}

impl Reading {
    fn take(&mut self, items: Vec<Item>) -> Next {
        if items.is_empty() {
            return Next::End;
        }
        let before = self.listed.len();
        self.listed.extend(items.into_iter().map(Listed::from));
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

impl UzcardCards {
    /// All that SVGate lists of a day, in no order, each row once; `read_so_far` hears the number of rows after each page.
    ///
    /// # Errors
    /// SVGate refuses, gives no usable answer, or its list has no end; then nothing is known of the day.
    pub async fn list_of(
        &self,
        day: Day,
        read_so_far: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Listed>, AskError> {
        let mut reading = Reading::default();
        for page_number in 0..PAGES_MAX {
            match reading.take(self.page_of(day, page_number).await?) {
                Next::Page => read_so_far(reading.listed.len()),
                Next::End => return Ok(reading.listed.into_iter().collect()),
                Next::Stuck => break,
            }
        }
        Err(AskError::Unavailable("the list has no end".to_owned()))
    }

    async fn page_of(&self, day: Day, page_number: u32) -> Result<Vec<Item>, AskError> {
        let date = day.number().to_string();
        let report = Report {
            range: Range {
                from: date.clone(),
                to: date,
            },
            page_number,
            page_size: self.history_page_size,
        };
        let result = self
            .history
            .call("report.short", Params { report })
            .await
            .map_err(outcome::unanswered)?;
        serde_json::from_value::<Page>(result)
            .map(Page::items)
            .map_err(|_| AskError::Unavailable("the list cannot be read".to_owned()))
    }

    /// What SVGate has under a reference of ours.
    ///
    /// # Errors
    /// SVGate refuses to tell, or gives no usable answer.
    pub async fn standing_of(&self, reference: &Reference) -> Result<Standing, AskError> {
        standing(self.client.by_reference(reference).await, reference)
    }
}

fn standing(result: Result<Value, Trouble>, reference: &Reference) -> Result<Standing, AskError> {
    let absent = Standing {
        stage: Stage::Absent,
        amount: None,
    };
    let unavailable = |cause: &str| AskError::Unavailable(cause.to_owned());
    let result = match result {
        // Transaction not found, not found in SV (section 1.3).
        Err(Trouble::Code(-208 | -267)) => return Ok(absent),
        Err(trouble) => return Err(outcome::unanswered(trouble)),
        Ok(result) => result,
    };
    let trans: Vec<Tran> = outcome::items(result).map_err(unavailable)?;
    if trans.iter().any(|tran| !tran.ext.echoes(&reference.0)) {
        return Err(unavailable(
            "the reply has the reference of another payment",
        ));
    }
    let Some(first) = trans.first() else {
        return Ok(absent);
    };
    // A payment given back may be listed together with its reversal.
    let undone = trans.iter().any(|tran| tran.status.text() == "ROK");
    let stage = match (first.status.text(), first.ref_num()) {
        _ if undone => Stage::Undone,
        _ if trans.len() > 1 => Stage::Unclear("several payments have the reference"),
        // A reversal that SVGate refused: the payment stands.
        ("OK" | "RER", Some(_)) => Stage::Done,
        ("OK" | "RER", None) => Stage::Unclear("a payment without a refNum"),
        ("ERR", _) => Stage::Refused,
        (_, _) => Stage::Unclear("a status that is not known"),
    };
    Ok(Standing {
        stage,
        amount: first.amount.int(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(result: Result<Value, Trouble>) -> Result<Standing, AskError> {
        standing(result, &Reference("a1".to_owned()))
    }

    fn tran(status: &str) -> Value {
        json!({"ext": "a1", "refNum": "000000000007", "amount": 500, "resp": 0, "status": status})
    }

    #[test]
    fn a_status_is_a_stage() {
        for (status, stage) in [
            ("OK", Stage::Done),
            ("ROK", Stage::Undone),
            ("RER", Stage::Done),
            ("ERR", Stage::Refused),
            ("XYZ", Stage::Unclear("a status that is not known")),
            ("", Stage::Unclear("a status that is not known")),
        ] {
            let expected = Ok(Standing {
                stage,
                amount: Some(500),
            });
            assert_eq!(asked(Ok(tran(status))), expected, "{status}");
            assert_eq!(asked(Ok(json!([tran(status)]))), expected, "{status}");
        }
        let reversed = asked(Ok(json!([tran("OK"), tran("ROK")]))).unwrap();
        assert_eq!(reversed.stage, Stage::Undone);
        let twice = asked(Ok(json!([tran("OK"), tran("OK")]))).unwrap();
        assert!(matches!(twice.stage, Stage::Unclear(_)));
        let mut unnumbered = tran("OK");
        unnumbered["refNum"] = json!("000000000000");
        assert!(matches!(
            asked(Ok(unnumbered)).unwrap().stage,
            Stage::Unclear(_)
        ));
    }

    #[test]
    fn what_svgate_does_not_find_is_absent_and_what_it_does_not_say_is_no_answer() {
        let absent = Ok(Standing {
            stage: Stage::Absent,
            amount: None,
        });
        for unknown in [
            Err(Trouble::Code(-208)),
            Err(Trouble::Code(-267)),
            Ok(json!([])),
        ] {
            assert_eq!(asked(unknown), absent);
        }
        let mut foreign = tran("OK");
        foreign["ext"] = json!("a2");
        for no_answer in [
            Ok(foreign),
            Ok(json!("OK")),
            Err(Trouble::Code(-101)),
            Err(Trouble::Unreadable("HTTP 200: x".to_owned())),
        ] {
            assert!(
                matches!(asked(no_answer.clone()), Err(AskError::Unavailable(_))),
                "{no_answer:?}"
            );
        }
    }

    #[test]
    fn a_list_ends_with_an_empty_page_and_one_that_stands_still_is_none() {
        let page = |ids: &[&str]| {
            let item = |id: &&str| Item {
                sv_id: serde_json::from_value(json!(id)).unwrap(),
                ..Item::default()
            };
            ids.iter().map(item).collect::<Vec<Item>>()
        };
        let mut reading = Reading::default();
        // Rows that come in between push others onto the next page.
        for ids in [&["1", "2"][..], &["2"], &["1", "2"], &["2", "3"], &["3"]] {
            assert_eq!(reading.take(page(ids)), Next::Page, "{ids:?}");
        }
        assert_eq!(reading.take(page(&[])), Next::End);
        assert_eq!(reading.listed.len(), 3);

        // Pages are counted in another way, or not at all.
        let mut reading = Reading::default();
        for next in [Next::Page, Next::Page, Next::Page, Next::Stuck] {
            assert_eq!(reading.take(page(&["1", "2"])), next);
        }
    }

    #[test]
    fn a_row_is_read_in_both_spellings_and_another_shape_is_no_page() {
        let rows = json!([
            {"amount": 500, "date": "260101000000", "svId": "000000000007", "extId": "a1"},
            {"amount": "500.00", "date": 260_101_000_000_i64, "svId": 7, "extId": "a1"},
            {"amount": {}, "extId": null},
        ]);
        for page in [json!({"trans": rows.clone()}), rows] {
            let items = serde_json::from_value::<Page>(page).unwrap().items();
            let listed: Vec<Listed> = items.into_iter().map(Listed::from).collect();
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
