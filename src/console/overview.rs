//! What is happening right now: what waits for a person, how calls go, and whether everything that runs by itself does.

use entity::time::UnixMillis;
use hyper::StatusCode;
use maud::{Markup, html};
use rpc_schema::values::Network;

use super::layout::{self, badge, duration};
use super::plots::{self, Period};
use super::reply::{Reply, page};
use super::visitor::{House, Trouble, Visitor};
use crate::background::Job;
use crate::domain::network::from_stored;
use crate::metrics::OpenMoney;
use crate::traffic::{Circuit, NETWORKS, Sum};

const AT: (&str, &str) = ("/console", "Overview");

const PERIODS: [Period; 2] = [
    Period {
        name: "hour",
        begins: "1 hour",
        column: "a minute",
        minutes: 1,
    },
    Period {
        name: "day",
        begins: "1 day",
        column: "15 minutes",
        minutes: 15,
    },
];
/// How many columns the plots of each period have.
const COLUMNS: [u64; 2] = [60, 96];

/// Servers as the settings call them, and as people do.
const SERVERS: [(&str, &str); 4] = [
    ("uzcard", "UZCARD"),
    ("humo", "HUMO"),
    ("sms", "SMS provider"),
    ("fiscal", "fiscal service"),
];

pub(super) async fn show(house: &House, visitor: &Visitor) -> Result<Reply, Trouble> {
    let open = OpenMoney::count(&house.gateway).await?;
    let content = html! {
        div data-refresh="" {
            (tiles(&open, house.gateway.stopping.is_cancelled()))
            section aria-labelledby="networks" {
                h2 #networks { "Networks and servers" }
                (servers(house, &open))
            }
            section aria-labelledby="plots" {
                h2 #plots { "How calls go" }
                p.hint {
                    "Of this gateway alone, since it was started; grey where it did not run. Several gateways, and longer: "
                    code { "/metrics" } "."
                }
                @for (period, columns) in PERIODS.into_iter().zip(COLUMNS) {
                    (period_plots(house, period, columns))
                }
                (plots::key())
            }
            section aria-labelledby="jobs" {
                h2 #jobs { "What runs by itself" }
                (jobs(house, open.now))
            }
        }
    };
    Ok(page(
        StatusCode::OK,
        layout::inside(house, visitor, AT, content),
    ))
}

fn tiles(open: &OpenMoney, stops: bool) -> Markup {
    let unknown: i64 = open.unknown.iter().map(|row| row.requests).sum();
    // Those that wait for a person have a tile of their own.
    let unknown = u64::try_from(unknown).unwrap_or_default();
    let unknown = unknown.saturating_sub(open.manual);
    let oldest = open.unknown.iter().map(|row| row.oldest).min();
    let oldest = oldest.map(|at| format!("oldest {}", duration(open.now - at)));
    let waiting = open
        .events
        .oldest
        .map(|at| format!("oldest {}", duration(open.now - at)));
    let figures = [
        (
            "Manual",
            open.manual,
            Some("/console/queue"),
            "bad",
            Some("wait for a person".to_owned()),
        ),
        (
            "Contradicted",
            open.contradicted,
            Some("/console/queue"),
            "bad",
            Some("wait for a person".to_owned()),
        ),
        ("Unknown", unknown, Some("/console/queue"), "doubt", oldest),
        (
            "Refused receipts",
            open.refused_receipts,
            None,
            "bad",
            Some("see receipts list".to_owned()),
        ),
        (
            "Webhooks waiting",
            open.events.waiting,
            None,
            "doubt",
            waiting,
        ),
        (
            "Webhooks failed",
            open.events.failed,
            None,
            "bad",
            Some("see webhooks list".to_owned()),
        ),
    ];
    html! {
        @if stops { p.notice { "This gateway stops: it takes no new calls." } }
        h2.hidden { "What waits" }
        ul.tiles {
            @for (name, count, path, bad, more) in figures {
                li class=(if count == 0 { "good" } else { bad }) {
                    @match path { Some(path) => { a href=(path) { (name) } }, None => { span { (name) } } }
                    span.figure { (count) }
                    span.hint { @if count == 0 { "nothing waits" } @else { (more.unwrap_or_default()) } }
                }
            }
        }
    }
}

fn servers(house: &House, open: &OpenMoney) -> Markup {
    let circuits = house.gateway.exchanges.traffic.circuits();
    let state = |server: &str| {
        let of_server = circuits.iter().filter(|(name, _)| *name == server);
        let states: Vec<Circuit> = of_server.map(|(_, circuit)| *circuit).collect();
        let count = |wanted| states.iter().filter(|state| **state == wanted).count();
        match (count(Circuit::Open), count(Circuit::HalfOpen)) {
            (0, 0) => html! { (badge("called")) },
            (0, _) => html! { span.badge.doubt { "tried again" } },
            (open, _) => {
                html! { span.badge.bad { "left alone" } " (" (open) " of " (states.len()) " ways to it)" }
            }
        }
    };
    let unknown = |server: &str| {
        let row = open.unknown.iter().find(|row| {
            let network: Network = from_stored(row.network);
            network.name().eq_ignore_ascii_case(server)
        });
        row.map_or_else(
            || "none".to_owned(),
            |row| {
                format!(
                    "{}, oldest {}",
                    row.requests,
                    duration(open.now - row.oldest)
                )
            },
        )
    };
    html! {
        div.scroll role="region" aria-label="Servers, a row each" tabindex="0" {
            table.cards {
                thead { tr { th scope="col" { "Server" } th scope="col" { "Circuit" } th scope="col" { "Calls of unknown outcome, all gateways" } } }
                tbody {
                    @for (server, name) in SERVERS {
                        tr {
                            th scope="row" data-name="Server" { (name) }
                            td data-name="Circuit" { span { (state(server)) } }
                            td data-name="Unknown" { (if NETWORKS.iter().any(|name| name.eq_ignore_ascii_case(server)) { unknown(server) } else { "–".to_owned() }) }
                        }
                    }
                }
            }
        }
    }
}

fn period_plots(house: &House, period: Period, columns: u64) -> Markup {
    let traffic = &house.gateway.exchanges.traffic;
    let sums = traffic.columns(columns, period.minutes);
    let seconds = period.minutes * 60;
    let now = traffic.seconds_of_this_minute();
    // The present column is not over.
    let last = sums.len().saturating_sub(1);
    let per_second = |(place, sum): (usize, &Option<Sum>)| {
        let seconds = if place == last && period.minutes == 1 {
            now
        } else {
            seconds
        };
        sum.map(|sum| sum.calls() * 100 / seconds)
    };
    let calls: Vec<Option<u64>> = sums.iter().enumerate().map(per_second).collect();
    let hundredths = |value: u64| format!("{}.{:02}", value / 100, value % 100);
    let (good, failed) = sums.iter().flatten().fold((0, 0), |(good, failed), sum| {
        (good + sum.good, failed + sum.failed)
    });
    html! {
        h3 { "The last " (period.name) }
        p { (good + failed) " calls of partners, of which " (failed) " ended with an error." }
        (plots::line(period, "calls", "Calls a second", &calls, hundredths))
        div.pairs {
            @for (place, network) in NETWORKS.into_iter().enumerate() {
                @let outcomes: Vec<_> = sums.iter().map(|sum| sum.and_then(|sum| sum.networks.get(place).map(|one| one.outcomes))).collect();
                (plots::bars(period, &format!("outcomes-{network}"), &format!("{network}: how calls that move money ended"), &outcomes))
            }
            @for (place, network) in NETWORKS.into_iter().enumerate() {
                @let buckets: Vec<_> = sums.iter().map(|sum| sum.and_then(|sum| sum.networks.get(place).map(|one| one.buckets))).collect();
                (plots::heat(period, &format!("latency-{network}"), &format!("{network}: how long exchanges took"), &buckets))
            }
        }
    }
}

fn jobs(house: &House, now: UnixMillis) -> Markup {
    html! {
        div.scroll role="region" aria-label="Jobs, a row each" tabindex="0" {
            table.cards {
                thead { tr { th scope="col" { "Job" } th scope="col" { "Last success" } th.number scope="col" { "Runs" } th.number scope="col" { "Failed" } } }
                tbody {
                    @for job in Job::ALL {
                        @let runs = *house.jobs.of(job).borrow();
                        tr {
                            th scope="row" data-name="Job" { (job.name().replace('_', " ")) }
                            td data-name="Last success" { @match runs.succeeded_at { Some(at) => { (duration(now - at)) " ago" }, None => { "not yet" } } }
                            td.number data-name="Runs" { (runs.ended) }
                            td.number data-name="Failed" { (runs.failed) }
                        }
                    }
                }
            }
        }
    }
}
