//! Comparisons with the networks' books are made by a command, whose output is kept where it was run: this page says how.

use hyper::StatusCode;
use maud::html;

use super::layout;
use super::reply::{Reply, page};
use super::visitor::{House, Visitor};
use crate::domain::day::Day;

const AT: (&str, &str) = ("/console/comparisons", "Comparisons");

/// So many days are offered.
const DAYS: usize = 7;

pub(super) fn show(house: &House, visitor: &Visitor) -> Reply {
    let today = Day::of(house.gateway.clock.now());
    let last = std::iter::successors(Some(today.before()), |day| Some(day.before()));
    let days: Vec<Day> = last.take(DAYS).collect();
    let content = html! {
        p {
            "A comparison holds our payments of a day against what the networks themselves have. It asks them about every payment, so it \
             is run on the gateway's machine, once a day, and its output is kept there: the console has no results."
        }
        section aria-labelledby="run" {
            h2 #run { "Run one" }
            p { "Exit status 0: all match. 1: somebody has to look. 2: not all could be compared." }
            ul.plain {
                @for day in &days { li { code.copy { "aloqa-gateway compare --day " (day.iso()) " | grep -v ^MATCHED" } } }
            }
        }
        section aria-labelledby="read" {
            h2 #read { "What its lines say" }
            dl.facts {
                @for (name, said) in [
                    ("MATCHED", "Both sides have it alike."),
                    ("OURS_ONLY", "Money has moved by our rows, and the network does not know it."),
                    ("THEIRS_ONLY", "The network lists what we do not know."),
                    ("DIFFERING", "Both have it, and not the same."),
                    ("UNSETTLED", "We do not know yet ourselves: see the queue."),
                    ("UNANSWERED", "The network could not be asked about it."),
                ] { div { dt { code { (name) } } dd { (said) } } }
            }
        }
    };
    page(StatusCode::OK, layout::inside(house, visitor, AT, content))
}
