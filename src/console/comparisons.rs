//! What comparisons with the networks' books have found. They are made by a command, whose rows are kept where it was run.

use entity::comparison::{Model, Outcome};
use entity::network::Network;
use hyper::StatusCode;
use maud::{Markup, html};

use super::layout::{self, time, word};
use super::reply::{Reply, page};
use super::visitor::{House, Trouble, Visitor};
use crate::comparison::kept;
use crate::domain::day::Day;
use crate::repository::comparison as comparisons;

const AT: (&str, &str) = ("/console/comparisons", "Comparisons");

/// So many days are offered.
const DAYS: usize = 7;

/// So many comparisons are shown.
const SHOWN: u64 = 60;

pub(super) async fn show(house: &House, visitor: &Visitor) -> Result<Reply, Trouble> {
    let found = comparisons::latest(&*house.gateway.database, SHOWN).await?;
    let today = Day::of(house.gateway.clock.now());
    let last = std::iter::successors(Some(today.before()), |day| Some(day.before()));
    let days: Vec<Day> = last.take(DAYS).collect();
    let content = html! {
        p {
            "A comparison holds our payments of a day against what the networks themselves have. It asks them about every payment, so it \
             is run on the gateway's machine, once a day. Its totals are here; which rows they are, its output there says."
        }
        section aria-labelledby="found" {
            h2 #found { "What was found" }
            @if found.is_empty() { p { "No comparison is kept yet." } } @else { (results(&found)) }
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
    Ok(page(
        StatusCode::OK,
        layout::inside(house, visitor, AT, content),
    ))
}

fn results(found: &[Model]) -> Markup {
    let kind = |outcome: Outcome| match outcome {
        Outcome::Matched => "good",
        Outcome::Look => "bad",
        Outcome::Incomplete => "doubt",
    };
    html! {
        div.scroll role="region" aria-label="Comparisons, newest first" tabindex="0" {
            table.cards {
                thead {
                    tr {
                        th scope="col" { "Day" } th scope="col" { "Network" } th scope="col" { "Result" }
                        th.number scope="col" { "Rows" } th.number scope="col" { "Ours only" }
                        th.number scope="col" { "Theirs only" } th.number scope="col" { "Differing" }
                        th.number scope="col" { "Overdue" } th.number scope="col" { "Unanswered" }
                        th scope="col" { "Run" }
                    }
                }
                tbody {
                    @for row in found {
                        tr {
                            th scope="row" data-name="Day" { (kept::day_of(row)) }
                            td data-name="Network" { (word(row.network)) }
                            td.text data-name="Result" {
                                span class={ "badge " (kind(row.outcome)) } { (kept::outcome_words(row)) }
                                @if let Some(why) = row.why.as_deref().filter(|why| !why.is_empty()) { br; span.after { (why) } }
                            }
                            td.number data-name="Rows" { (kept::rows(row)) }
                            td.number data-name="Ours only" { (row.ours_only) }
                            td.number data-name="Theirs only" { @match (row.network, row.theirs_only) { (Network::Humo, 0) => { "–" }, (Network::Uzcard | Network::Humo, count) => { (count) } } }
                            td.number data-name="Differing" { (row.differing) }
                            td.number data-name="Overdue" { (row.overdue) }
                            td.number data-name="Unanswered" { (row.unanswered) }
                            td data-name="Run" { (time(row.at)) br; span.after { "by " (row.who) } }
                        }
                    }
                }
            }
        }
        p.hint { "The same on the command line: " code.copy { "aloqa-gateway compare --list" } }
    }
}
