//! What a run came to, as a table.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::time::Duration;

use crate::activity::{self, Activity};
use crate::checker::{Invariant, Violation};
use crate::operator::Mistake;
use crate::records::Records;
use entity::transaction::Status;
use sea_orm::ActiveEnum as _;
use test_support::proxy::{Fault, Side};

/// Not `eprintln!`, whose output the test harness captures.
pub(crate) fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").unwrap();
}

/// See the module.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) kills: u64,
    pub(crate) freezes: u64,
    /// How often a network stood still.
    pub(crate) frosts: u64,
    /// What mistaken operators said, and whether it was taken: how often.
    pub(crate) said: BTreeMap<(Mistake, bool), u64>,
    pub(crate) under_fire: Duration,
    slowest_start: Duration,
    /// What the calls to the networks suffered.
    pub(crate) faults: BTreeMap<(Side, Option<Fault>), u64>,
    /// Transactions that were still open when the time was over.
    pub(crate) left_open: u64,
    pub(crate) settled_in: Duration,
    /// Requests whose next look-up was minutes away and was brought forward.
    pub(crate) brought_forward: usize,
    /// What the operator had to settle.
    pub(crate) resolved: usize,
    pub(crate) stopped_well: bool,
    /// What went wrong that the checker cannot know.
    pub(crate) complaints: Vec<String>,
    pub(crate) log: String,
    /// Calls by method: result, error, lost.
    calls: BTreeMap<String, [u64; 3]>,
    activity: Activity,
    /// Requests that were once in doubt, looked up or settled by an operator, by how their outcome was found out.
    once_in_doubt: BTreeMap<String, u64>,
    /// The longest from an intent to its settlement, milliseconds.
    longest_open: i64,
    /// The same of each request that was once in doubt.
    open_for: Vec<i64>,
    /// Operations that were given up at some time, by what they were and why.
    manual: BTreeMap<String, u64>,
    /// What others did beside the gateway, and how much of it our rows know in the end.
    others: BTreeMap<String, u64>,
    /// What `compare` has found, by class.
    compared: BTreeMap<String, u64>,
    violations: BTreeMap<Invariant, u64>,
}

impl Report {
    pub(crate) fn was_ready(&mut self, after: Duration) {
        self.slowest_start = self.slowest_start.max(after);
    }

    /// Counts what the records tell.
    pub(crate) fn conclude(&mut self, records: &Records, violations: &[Violation]) {
        for exchange in &records.journal {
            let [results, errors, lost] =
                self.calls.entry(exchange.asked.method.clone()).or_default();
            match (exchange.is_lost(), exchange.result().is_some()) {
                (true, _) => *lost += 1,
                (false, true) => *results += 1,
                (false, false) => *errors += 1,
            }
        }
        self.activity = activity::of(records, &self.faults);
        self.complaints
            .extend(activity::too_little(&self.activity, self.kills));
        for request in &records.gateway.requests {
            let by = request
                .settled_by
                .map_or_else(|| "nobody".to_owned(), |by| format!("{by:?}"));
            // A request that was settled by a reply and yet counts look-ups is an undo that was made again.
            if request.attempts > 0 || by == "Operator" {
                *self.once_in_doubt.entry(by).or_default() += 1;
                let open_for = request.settled_at.map(|at| at - request.sent_at);
                self.open_for.extend(open_for);
            }
            if let Some(settled_at) = request.settled_at {
                self.longest_open = self.longest_open.max(settled_at - request.sent_at);
            }
        }
        let word = Status::Manual.to_value();
        for event in &records.gateway.events {
            if event.to_status == word {
                let row = records
                    .gateway
                    .transactions
                    .iter()
                    .find(|row| row.id == event.transaction_id);
                let (kind, network) = row.map(|row| (row.kind, row.network)).unzip();
                let what = format!(
                    "{network:?} {kind:?}: {}",
                    event
                        .cause
                        .replace(|letter: char| letter.is_ascii_digit(), "#")
                );
                *self.manual.entry(what).or_default() += 1;
            }
        }
        for deed in &records.others {
            let what = format!("{:?} {:?}", deed.network, deed.movement);
            *self.others.entry(what).or_default() += 1;
        }
        for finding in &records.compared {
            *self.compared.entry(finding.class.clone()).or_default() += 1;
        }
        self.open_for.sort_unstable();
        for violation in violations {
            *self.violations.entry(violation.invariant).or_default() += 1;
        }
    }

    /// Something went wrong that the records do not show.
    pub(crate) fn is_broken(&self) -> bool {
        !self.stopped_well || !self.complaints.is_empty() || self.log.contains("panicked at")
    }

    /// The errors that the gateway logged, each with how often.
    fn logged_errors(&self) -> BTreeMap<String, u64> {
        let mut errors = BTreeMap::new();
        for line in self.log.lines() {
            let plain = without_colours(line);
            if plain.contains(" ERROR ") || plain.contains("panicked at") {
                // The text after the fields' span and target; numbers differ from line to line.
                let text: String = plain
                    .chars()
                    .skip_while(|letter| *letter != ' ')
                    .map(|letter| if letter.is_ascii_digit() { '#' } else { letter })
                    .take(160)
                    .collect();
                *errors.entry(text).or_default() += 1;
            }
        }
        errors
    }
}

pub(crate) fn without_colours(line: &str) -> String {
    let mut plain = String::new();
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        if letter == '\u{1b}' {
            letters.by_ref().find(|end| *end == 'm');
        } else {
            plain.push(letter);
        }
    }
    plain
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls: u64 = self.calls.values().flatten().sum();
        let seconds = self.under_fire.as_secs().max(1);
        writeln!(
            f,
            "{} kills, {} freezes and {} frosts of a network in {seconds} s; {calls} calls; slowest start {} ms; settled {} s later, {} left open",
            self.kills,
            self.freezes,
            self.frosts,
            self.slowest_start.as_millis(),
            self.settled_in.as_secs(),
            self.left_open
        )?;
        writeln!(f, "  calls by method: results, errors, lost")?;
        for (method, [results, errors, lost]) in &self.calls {
            writeln!(f, "    {method:<32}{results:>8}{errors:>8}{lost:>8}")?;
        }
        writeln!(f, "  what happened, how often")?;
        for (what, count) in &self.activity {
            writeln!(f, "    {what:<32}{count:>8}")?;
        }
        writeln!(
            f,
            "  requests once in doubt by how they were settled: {:?}; open for {} s in the middle, the longest for {} s",
            self.once_in_doubt,
            self.open_for
                .get(self.open_for.len() / 2)
                .copied()
                .unwrap_or_default()
                / 1_000,
            self.longest_open / 1_000
        )?;
        writeln!(f, "  given up at some time: {:?}", self.manual)?;
        writeln!(
            f,
            "  mistaken operators, and whether they were believed: {:?}",
            self.said
        )?;
        writeln!(
            f,
            "  done by others: {:?}; compare has found: {:?}",
            self.others, self.compared
        )?;
        writeln!(
            f,
            "  settled by the operator: {}; look-ups brought forward: {}",
            self.resolved, self.brought_forward
        )?;
        writeln!(f, "  calls to the networks by the fault that they suffered")?;
        let mut faults: BTreeMap<Option<Fault>, [u64; 5]> = BTreeMap::new();
        for ((side, fault), count) in &self.faults {
            let place = match side {
                Side::Uzcard => 0,
                Side::Humo => 1,
                Side::HumoCards => 2,
                Side::Sms => 3,
                Side::Fiscal => 4,
            };
            faults.entry(*fault).or_default()[place] += count;
        }
        writeln!(
            f,
            "    {:<20}{:>8}{:>8}{:>12}{:>8}{:>8}",
            "", "UZCARD", "HUMO", "HUMO cards", "SMS", "fiscal"
        )?;
        for (fault, [uzcard, humo, cards, sms, fiscal]) in faults {
            let fault = fault.map_or_else(|| "none".to_owned(), |fault| format!("{fault:?}"));
            writeln!(
                f,
                "    {fault:<20}{uzcard:>8}{humo:>8}{cards:>12}{sms:>8}{fiscal:>8}"
            )?;
        }
        for (error, count) in self.logged_errors() {
            writeln!(f, "  logged {count} times:{error}")?;
        }
        for complaint in &self.complaints {
            writeln!(f, "  {complaint}")?;
        }
        write!(f, "  violations: {:?}", self.violations)
    }
}
