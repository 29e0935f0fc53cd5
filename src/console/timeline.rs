//! What became of a transaction, in the order of time: its states, its calls to networks, what its partner was told, and what
//! operators said of it or looked at.

use entity::processing_request::{self, SettledBy};
use entity::time::UnixMillis;
use entity::{audit, transaction_event, webhook_event, webhook_try};
use maud::{Markup, html};

use super::layout::{amount, badge, duration, look_ups, time, word};
use crate::domain::call::Receipt;
use crate::webhook::event_id;

/// Something that happened.
pub(super) struct Entry {
    at: UnixMillis,
    /// The word by which the entry is marked.
    kind: &'static str,
    what: Markup,
}

/// In the order of time; what happened in the same millisecond stays in its order.
pub(super) fn list(mut entries: Vec<Entry>) -> Markup {
    entries.sort_by_key(|entry| entry.at);
    let begun = entries.first().map(|entry| entry.at);
    html! {
        ol.timeline aria-label="Timeline, oldest first" {
            @for entry in &entries {
                li class=(entry.kind) {
                    div.when {
                        (time(entry.at))
                        span.after { "+" (duration(begun.map_or(0, |begun| entry.at - begun))) }
                    }
                    div.what { (entry.what) }
                }
            }
        }
    }
}

pub(super) fn state(event: &transaction_event::Model) -> Entry {
    Entry {
        at: event.at,
        kind: "state",
        what: html! {
            p {
                (badge(&event.to_status))
                @if let Some(from) = &event.from_status { " after " (from.replace('_', " ")) }
            }
            p.cause { (event.cause) }
        },
    }
}

/// A call: when it was sent, and when its outcome was known.
pub(super) fn call(row: &processing_request::Model) -> Vec<Entry> {
    let title = html! {
        strong { (word(row.action)) } " of " (amount(row.amount)) " sum at " (word(row.network))
    };
    let sent = Entry {
        at: row.sent_at,
        kind: "call",
        what: html! {
            p { "Call " (row.id) ": " (title) }
            p.cause { "our reference " code.copy { (row.reference) } }
        },
    };
    let mut entries = vec![sent];
    match (row.settled_at, row.settled_by) {
        (Some(at), Some(by)) => entries.push(Entry {
            at,
            kind: "answer",
            what: html! {
                p {
                    "Call " (row.id) ": " (badge(&word(row.state))) " " (told_by(by)) " after " (duration(at - row.sent_at))
                    @if row.attempts > 0 { ", " (look_ups(row.attempts)) }
                }
                (details(row))
            },
        }),
        (_, _) => entries.push(Entry {
            at: row.sent_at,
            kind: "doubt",
            what: html! {
                p { "Call " (row.id) ": " (badge("open")) " outcome not known, " (look_ups(row.attempts)) " so far" }
                (details(row))
            },
        }),
    }
    if let Some(said) = &row.contradiction {
        entries.push(Entry {
            at: row.settled_at.unwrap_or(row.sent_at),
            kind: "bad",
            what: html! {
                p {
                    "Call " (row.id) ": " (badge("contradicted")) " by a later answer"
                    @if let Some(at) = row.acknowledged_at { ", acknowledged " (time(at)) }
                }
                p.cause { (said) }
            },
        });
    }
    entries
}

/// Who made the outcome known.
fn told_by(by: SettledBy) -> &'static str {
    match by {
        SettledBy::Reply => "by the network's reply",
        SettledBy::LookUp => "by a look-up at the network",
        SettledBy::NotFound => "as the network does not know it, and it cannot arrive any more",
        SettledBy::Operator => "by an operator",
    }
}

fn details(row: &processing_request::Model) -> Markup {
    let receipt = row.receipt.as_deref();
    let receipt = receipt.and_then(|text| serde_json::from_str::<Receipt>(text).ok());
    let named = receipt.map(|receipt| {
        [
            ("network's id", receipt.network_id),
            ("refNum", receipt.ref_num),
            ("approval", receipt.apr_code),
            ("RRN", receipt.rrn),
        ]
    });
    let named: Vec<_> = named
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    html! {
        @if let Some(code) = &row.processing_code { p.cause { "the network's code " code { (code) } } }
        @if !named.is_empty() {
            p.cause { @for (name, value) in &named { span.pair { (name) " " code.copy { (value) } } " " } }
        }
        @if let Some(cause) = &row.cause { p.cause { (cause) } }
    }
}

/// An event for the partner, and the tries to deliver it.
/// `act`: how it is sent again.
pub(super) fn webhook(
    event: &webhook_event::Model,
    tries: &[webhook_try::Model],
    act: Option<Markup>,
) -> Vec<Entry> {
    let id = event_id(event.id);
    let written = Entry {
        at: event.created_at,
        kind: "webhook",
        what: html! {
            p { "Webhook " strong { (word(event.kind)) } ": " (badge(&word(event.state))) }
            p.cause { code.copy { (id) } }
            @if let Some(act) = act { (act) }
        },
    };
    let tried = tries.iter().map(|one| Entry {
        at: one.at,
        kind: "webhook",
        what: html! {
            p {
                "Webhook tried: "
                @match (one.status, &one.error) {
                    (Some(status), _) => { "HTTP " (status) }
                    (None, Some(error)) => { (error) }
                    (None, None) => { "no answer" }
                }
                " after " (one.took_ms) " ms"
            }
        },
    });
    std::iter::once(written).chain(tried).collect()
}

/// What an operator said, or asked for.
pub(super) fn statement(row: &audit::Model) -> Entry {
    let (kind, how) = match row.outcome.as_str() {
        "asked" => ("look", " asked for it "),
        "failed" => ("bad", " was refused: "),
        _ => ("person", " said: "),
    };
    Entry {
        at: row.at,
        kind,
        what: html! {
            p { strong { (row.who) } (how) (row.detail) }
            p.cause { (row.action) " from " (row.source) }
        },
    }
}

/// That an operator looked at it.
pub(super) fn look(row: &audit::Model) -> Entry {
    Entry {
        at: row.at,
        kind: "look",
        what: html! { p { strong { (row.who) } " looked at this, from " (row.source) } },
    }
}
