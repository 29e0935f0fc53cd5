//! What waits for a person, oldest first, as `aloqa-gateway transactions list` has it.

use entity::time::UnixMillis;
use hyper::StatusCode;
use maud::{Markup, html};

use super::layout::{self, amount, badge, duration, time, word};
use super::reply::{Reply, page};
use super::visitor::{House, Trouble, Visitor};
use crate::operator::{Listed, Listing, Open, Part};
use crate::repository::request::NEVER;

/// So many of each list are shown.
const SHOWN: u64 = 200;

const AT: (&str, &str) = ("/console/queue", "Queue");

/// The lists, their titles, and what is to be done about what is in them.
const LISTS: [(Open, &str, &str); 3] = [
    (
        Open::Manual,
        "Manual",
        "Nobody could find out how the call ended. Ask the network's support, then settle it.",
    ),
    (
        Open::Contradicted,
        "Contradicted",
        "Settled, and a later answer says the opposite. Deal with the money, then acknowledge it.",
    ),
    (
        Open::Unknown,
        "Unknown",
        "The gateway still looks these up by itself. Nothing is to be done yet.",
    ),
];

pub(super) async fn show(house: &House, visitor: &Visitor) -> Result<Reply, Trouble> {
    let now = house.gateway.clock.now();
    let mut lists = Vec::new();
    let part = Part {
        most: Some(SHOWN),
        newest_first: false,
    };
    for (which, title, help) in LISTS {
        let Listing { rows, count } = house.gateway.open_transactions(which, part).await?;
        lists.push((title, help, rows, count));
    }
    let content = html! {
        @for (title, help, rows, count) in &lists {
            section aria-labelledby=(title) {
                h2 id=(title) { (title) " " span.count { (count) } }
                p.hint { (help) }
                @if *count > SHOWN { p.notice { "These are the oldest " (SHOWN) " of " (count) "." } }
                @if rows.is_empty() { p { "Nothing." } }
                @else { (table(title, rows, now)) }
            }
        }
        p.hint { "The same on the command line: " code.copy { "aloqa-gateway transactions list" } }
    };
    Ok(page(
        StatusCode::OK,
        layout::inside(house, visitor, AT, content),
    ))
}

fn table(title: &str, rows: &[Listed], now: UnixMillis) -> Markup {
    html! {
        div.scroll role="region" aria-label=(format!("{title}: transactions")) tabindex="0" {
            table.cards {
                thead {
                    tr {
                        th scope="col" { "Id" } th scope="col" { "Status" } th scope="col" { "Call" }
                        th.number scope="col" { "Amount, sum" } th scope="col" { "Network" } th scope="col" { "Partner" }
                        th scope="col" { "Since" }
                        th scope="col" { "Look-ups" } th scope="col" { "Cause" }
                    }
                }
                tbody {
                    @for Listed { transaction, call, whose } in rows {
                        tr {
                            th scope="row" data-name="Id" { a href=(format!("/console/transactions/{}", transaction.id)) { (transaction.id) } }
                            td data-name="Status" { (badge(&word(transaction.status))) }
                            td data-name="Call" { (word(call.action)) br; span.after { "of a " (word(transaction.kind)) } }
                            td.number data-name="Amount" { (amount(call.amount)) }
                            td data-name="Network" { (word(call.network)) }
                            td data-name="Partner" { (whose.partner) }
                            td data-name="Since" { (time(call.sent_at)) br; span.after { (duration(now - call.sent_at)) " ago" } }
                            td data-name="Look-ups" {
                                (call.attempts)
                                @if call.next_check_at != NEVER && !call.state.is_settled() {
                                    ", next in " (duration(call.next_check_at - now))
                                }
                            }
                            td.text data-name="Cause" { (call.contradiction.as_ref().or(call.cause.as_ref()).map_or("–", String::as_str)) }
                        }
                    }
                }
            }
        }
    }
}
