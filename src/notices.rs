//! What operators are to know of what comes from outside: requests that are refused, connections that are cut, calls that are
//! shed, networks that are not called, codes that are not sent.
//!
//! Each is counted, and told in the log: the first of a kind at once, then one line a minute with how many there were. An
//! attack fills neither the log nor the disk.

mod lines;
#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use self::lines::Lines;

/// How often [`Notices::tell_the_rest`] is worth calling.
pub const REST_PERIOD: Duration = lines::QUIET;

/// What has happened. The words in it are few and fixed: none of them comes from a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Notice {
    /// A request or a call was refused before any method: the word of `data.reason`.
    RefusedRequest(&'static str),
    /// A connection was not accepted, or ended by the gateway before its other end did: why.
    CutConnection(&'static str),
    /// A call was refused since more come than can be served: what is full.
    ShedCall(Full),
    /// A network, or another server, was not called.
    Uncalled {
        server: &'static str,
        cause: &'static str,
    },
    /// The circuit to a server was opened: it will not be called for some seconds.
    OpenedCircuit { server: &'static str },
    /// A network does not take our login: the status of its reply.
    Denied { server: &'static str, status: u16 },
    /// A call was refused by one of the limits of `[limits]`.
    LimitedCall(&'static str),
    /// A login did not succeed.
    FailedLogin(Login),
    /// The SMS provider did not take a code, or did not say whether it has.
    UnsentCode(&'static str),
}

/// What is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Full {
    /// Too many orders wait for the database.
    Database,
    /// All places but those for what has begun are taken.
    Places,
}

/// What became of a login that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Login {
    /// An unknown user or a wrong secret.
    Wrong,
    /// It was the last failure: its pair is locked out now.
    Locked,
    /// Refused unseen, as its pair or its source is locked out.
    Refused,
}

impl Login {
    fn word(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Locked => "locked",
            Self::Refused => "refused",
        }
    }
}

impl Full {
    fn word(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Places => "places",
        }
    }
}

/// See the module. Clones share their figures and lines.
#[derive(Debug, Clone, Default)]
pub struct Notices(Arc<Told>);

#[derive(Debug, Default)]
struct Told {
    requests: Family<ReasonLabel, Counter>,
    connections: Family<CauseLabel, Counter>,
    calls: Family<FullLabel, Counter>,
    uncalled: Family<UncalledLabels, Counter>,
    circuits: Family<ServerLabel, Counter>,
    denied: Family<ServerLabel, Counter>,
    codes: Family<CauseLabel, Counter>,
    limited: Family<LimitLabel, Counter>,
    logins: Family<OutcomeLabel, Counter>,
    lines: Mutex<Lines<Notice>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CauseLabel {
    cause: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FullLabel {
    full: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UncalledLabels {
    server: &'static str,
    cause: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ServerLabel {
    server: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabel {
    limit: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

impl Notices {
    /// Names the figures for operators.
    pub fn register(&self, registry: &mut Registry) {
        let told = &self.0;
        registry.register(
            "refused_requests",
            "Requests and calls that were refused before any method, by data.reason",
            told.requests.clone(),
        );
        registry.register(
            "cut_connections",
            "Connections that were not accepted, or ended by the gateway before their other end did, by cause",
            told.connections.clone(),
        );
        registry.register(
            "shed_calls",
            "Calls that were refused since more come than can be served, by what is full",
            told.calls.clone(),
        );
        registry.register(
            "uncalled_servers",
            "Exchanges with a network or another server that were not begun, by cause",
            told.uncalled.clone(),
        );
        registry.register(
            "opened_circuits",
            "Circuits to a network or another server that were opened as it did not answer, or did not let us in",
            told.circuits.clone(),
        );
        registry.register(
            "denied_exchanges",
            "Exchanges with a network that did not take our login",
            told.denied.clone(),
        );
        registry.register(
            "unsent_codes",
            "Messages with a code that the SMS provider did not take (refused, not_reached), or may not have taken (no_answer)",
            told.codes.clone(),
        );
        registry.register(
            "limited_calls",
            "Calls refused by one of the limits of [limits]",
            told.limited.clone(),
        );
        registry.register(
            "failed_logins",
            "Logins that failed (wrong), that locked a user name out from a source (locked), that were refused unseen (refused)",
            told.logins.clone(),
        );
        self.begin_at_zero();
    }

    /// A figure that is born at 1 shows no growth, so the first of its kind would go unseen.
    fn begin_at_zero(&self) {
        let told = &self.0;
        for reason in ["credentials_missing", "path_not_found", "syntax"] {
            drop(told.requests.get_or_create(&ReasonLabel { reason }));
        }
        for cause in [
            "tls",
            "slow_tls",
            "made_room",
            "too_many",
            "too_many_of_a_source",
            "slow_head",
            "slow_reader",
        ] {
            drop(told.connections.get_or_create(&CauseLabel { cause }));
        }
        for full in [Full::Database, Full::Places].map(Full::word) {
            drop(told.calls.get_or_create(&FullLabel { full }));
        }
        for server in ["uzcard", "humo", "sms", "fiscal"] {
            drop(told.circuits.get_or_create(&ServerLabel { server }));
            drop(told.uncalled.get_or_create(&UncalledLabels {
                server,
                cause: "circuit_open",
            }));
        }
        for server in ["uzcard", "humo"] {
            drop(told.denied.get_or_create(&ServerLabel { server }));
            for cause in [
                "lane_full",
                "partners_share",
                "cards_share",
                "card_left_alone",
            ] {
                drop(
                    told.uncalled
                        .get_or_create(&UncalledLabels { server, cause }),
                );
            }
        }
        for cause in ["refused", "not_reached", "no_answer"] {
            drop(told.codes.get_or_create(&CauseLabel { cause }));
        }
        for limit in [
            "partner_rate",
            "partner_at_once",
            "attachments",
            "codes",
            "tries",
            "questions",
            "spending",
        ] {
            drop(told.limited.get_or_create(&LimitLabel { limit }));
        }
        for outcome in [Login::Wrong, Login::Locked, Login::Refused].map(Login::word) {
            drop(told.logins.get_or_create(&OutcomeLabel { outcome }));
        }
    }

    /// It has happened.
    pub fn tell(&self, notice: Notice) {
        self.count(notice);
        if let Some(times) = self.lines().add(notice, Instant::now()) {
            line(notice, times, None);
        }
    }

    /// It has happened to this one: a partner, or an address that requests come from.
    pub fn tell_of(&self, notice: Notice, whom: &dyn Display) {
        self.count(notice);
        if let Some(times) = self.lines().add(notice, Instant::now()) {
            line(notice, times, Some(whom));
        }
    }

    /// Tells in the log what a minute has brought of which no line has told yet.
    pub fn tell_the_rest(&self) {
        let rest = self.lines().rest(Instant::now());
        for (notice, times) in rest {
            line(notice, times, None);
        }
    }

    fn lines(&self) -> MutexGuard<'_, Lines<Notice>> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, notice: Notice) {
        let told = &self.0;
        match notice {
            Notice::RefusedRequest(reason) => {
                told.requests.get_or_create(&ReasonLabel { reason }).inc()
            }
            Notice::CutConnection(cause) => {
                told.connections.get_or_create(&CauseLabel { cause }).inc()
            }
            Notice::ShedCall(full) => {
                let full = full.word();
                told.calls.get_or_create(&FullLabel { full }).inc()
            }
            Notice::Uncalled { server, cause } => {
                let labels = UncalledLabels { server, cause };
                told.uncalled.get_or_create(&labels).inc()
            }
            Notice::OpenedCircuit { server } => {
                told.circuits.get_or_create(&ServerLabel { server }).inc()
            }
            Notice::Denied { server, .. } => {
                told.denied.get_or_create(&ServerLabel { server }).inc()
            }
            Notice::UnsentCode(cause) => told.codes.get_or_create(&CauseLabel { cause }).inc(),
            Notice::LimitedCall(limit) => told.limited.get_or_create(&LimitLabel { limit }).inc(),
            Notice::FailedLogin(login) => {
                let outcome = login.word();
                told.logins.get_or_create(&OutcomeLabel { outcome }).inc()
            }
        };
    }
}

/// One line for so many of a kind. `last` is whom the last of them was about.
fn line(notice: Notice, times: u64, last: Option<&dyn Display>) {
    let last = last.map(tracing::field::display);
    match notice {
        Notice::RefusedRequest(reason) => {
            tracing::warn!(times, reason, last, "refused requests");
        }
        Notice::CutConnection(cause) => tracing::warn!(times, cause, last, "cut connections"),
        Notice::ShedCall(full) => {
            tracing::warn!(
                times,
                full = full.word(),
                last,
                "refused calls: more come than can be served"
            );
        }
        Notice::Uncalled { server, cause } => {
            tracing::warn!(times, server, cause, last, "did not call a server");
        }
        Notice::OpenedCircuit { server } => {
            tracing::warn!(
                times,
                server,
                last,
                "a server does not answer, or does not let us in, and is not called for some seconds"
            );
        }
        Notice::Denied { server, status } => {
            tracing::error!(
                times,
                last,
                "{server} does not let us in (HTTP {status}): look at {server}.user and {server}.password_file"
            );
        }
        Notice::UnsentCode(cause) => {
            tracing::warn!(
                times,
                cause,
                last,
                "codes were not sent, or may not have been"
            );
        }
        Notice::LimitedCall(limit) => {
            tracing::warn!(times, limit, last, "refused calls that came too often");
        }
        Notice::FailedLogin(login) => {
            tracing::warn!(times, outcome = login.word(), last, "logins failed");
        }
    }
}
