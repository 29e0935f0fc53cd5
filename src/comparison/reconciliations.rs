//! HUMO's totals of its terminals, held against ours (docs/networks.md#humo-reconciliation).
//!
//! They run from reconciliation to reconciliation. When exactly HUMO has ended a period is known to lie between our
//! confirmation and its answer; a call that was on its way then, or is not settled, may be on either side.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};

use entity::ids::TransactionId;
use entity::network::Network;
use entity::processing_request::{Action, State as CallState};
use entity::reconciliation::{Model, State};
use entity::time::UnixMillis;

use super::error::CompareError;
use super::report::Verdict;
use super::sources::Sources;
use crate::domain::day::{Day, stamp};
use crate::processing::reconciliation::Total;
use crate::repository::calls_of_day::{self, CallRow, TransactionCalls};
use crate::repository::{reconciliation, transaction as transactions};

/// A call that was sent so long before a period may still have been carried out in it.
const LATE_MS: i64 = 24 * 3_600 * 1_000;

/// How many transactions are read at once.
const BATCH: usize = 500;

/// The codes that say that the network itself is not in balance, or has no totals.
const NOT_IN_BALANCE: [&str; 3] = ["501", "502", "504"];

/// The reconciliations of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliations {
    pub day: Day,
    pub rows: Vec<Reconciled>,
}

/// One terminal's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciled {
    pub row: Model,
    /// Our totals of the same period; `None` where its beginning is not known, as no earlier reconciliation is.
    pub ours: Option<Ours>,
}

/// What our rows have of a terminal in a period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ours {
    pub debits: Side,
    pub reversals: Side,
}

/// Payments of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Side {
    /// Those that were surely made in the period.
    pub sure: Total,
    /// Those that may have been.
    pub maybe: Total,
}

impl Side {
    fn add(&mut self, amount: i64, is_sure: bool) {
        let total = if is_sure {
            &mut self.sure
        } else {
            &mut self.maybe
        };
        total.number += 1;
        total.amount = total.amount.saturating_add(amount);
    }

    /// Whether the network's total can be this one.
    fn admits(self, theirs: Total) -> bool {
        let within = |theirs: i64, sure: i64, maybe: i64| (sure..=sure + maybe).contains(&theirs);
        within(theirs.number, self.sure.number, self.maybe.number)
            && within(theirs.amount, self.sure.amount, self.maybe.amount)
    }
}

/// A period of a terminal: between when and when it has begun, and has ended.
#[derive(Debug, Clone, Copy)]
pub struct Period {
    pub begins: (UnixMillis, UnixMillis),
    pub ends: (UnixMillis, UnixMillis),
}

/// Reads the reconciliations of a day, and our side of them.
///
/// # Errors
/// The database cannot be read.
pub async fn reconciliations(
    sources: &Sources<'_>,
    day: Day,
) -> Result<Reconciliations, CompareError> {
    let db = &**sources.database;
    let mut rows = Vec::new();
    let mut periods: BTreeMap<usize, Period> = BTreeMap::new();
    for row in reconciliation::of_day(db, day.number()).await? {
        let ended = moments(&row);
        let closed = reconciliation::closed_before(db, &row.terminal_id, row.day).await?;
        if let (State::Done, Some(ends), Some(begins)) =
            (row.state, ended, closed.as_ref().and_then(moments))
        {
            periods.insert(rows.len(), Period { begins, ends });
        }
        rows.push(Reconciled { row, ours: None });
    }
    let first = periods.values().map(|period| period.begins.0).min();
    let last = periods.values().map(|period| period.ends.1).max();
    if let (Some(first), Some(last)) = (first, last) {
        let until = last.saturating_add(1);
        let from = first.saturating_sub(LATE_MS);
        let touched = calls_of_day::transactions(db, Network::Humo, from, until).await?;
        for ids in touched.chunks(BATCH) {
            let terminals = terminals_of(sources, ids).await?;
            for calls in calls_of_day::calls(db, Network::Humo, ids).await? {
                let terminal = terminals.get(&calls.transaction_id);
                for (index, period) in &periods {
                    let Some(reconciled) = rows.get_mut(*index) else {
                        continue;
                    };
                    let ours = reconciled.ours.get_or_insert_default();
                    if Some(&reconciled.row.terminal_id) == terminal {
                        ours.count(&calls, *period);
                    }
                }
            }
        }
        // Without any call of ours, there is nothing on our side.
        for index in periods.keys() {
            if let Some(reconciled) = rows.get_mut(*index) {
                reconciled.ours.get_or_insert_default();
            }
        }
    }
    Ok(Reconciliations { day, rows })
}

async fn terminals_of(
    sources: &Sources<'_>,
    ids: &[TransactionId],
) -> Result<HashMap<TransactionId, String>, CompareError> {
    let rows = transactions::these(&**sources.database, ids).await?;
    let terminals = rows
        .into_iter()
        .filter_map(|row| Some((row.id, row.terminal_id?)));
    Ok(terminals.collect())
}

/// Between when and when it has ended its period.
fn moments(row: &Model) -> Option<(UnixMillis, UnixMillis)> {
    Some((row.confirm_sent_at?, row.ended_at?))
}

impl Ours {
    /// Adds what a transaction's calls took and gave back in the period.
    pub fn count(&mut self, calls: &TransactionCalls, period: Period) {
        let has = |action: Action| calls.calls.iter().any(|call| call.action == action);
        // What its creation has finished is never confirmed.
        let is_whole = !has(Action::Confirm) && !has(Action::Cancel);
        for call in &calls.calls {
            let side = match call.action {
                Action::Confirm | Action::Capture => &mut self.debits,
                Action::Pay | Action::P2p if is_whole => &mut self.debits,
                Action::Reverse => &mut self.reversals,
                Action::Pay
                | Action::P2p
                | Action::Cancel
                | Action::Hold
                | Action::Release
                | Action::Expire
                | Action::Credit
                | Action::ReversePart => continue,
            };
            match (when(call, period), call.state) {
                (When::Outside, _) | (_, CallState::Declined) => {}
                (When::Inside, CallState::Approved) => side.add(call.amount, true),
                (When::Inside | When::Near, _) => side.add(call.amount, false),
            }
        }
    }
}

/// Where a call lies to a period.
enum When {
    Inside,
    /// At its beginning or its end.
    Near,
    Outside,
}

fn when(call: &CallRow, period: Period) -> When {
    let (from, until) = (call.sent_at, call.settled_at);
    let is_over = |moment: UnixMillis| until.is_some_and(|until| until < moment);
    if is_over(period.begins.0) || from > period.ends.1 {
        When::Outside
    } else if from > period.begins.1 && until.is_some_and(|until| until < period.ends.0) {
        When::Inside
    } else {
        When::Near
    }
}

impl Reconciled {
    /// The network's totals.
    pub fn theirs(&self) -> (Option<Total>, Option<Total>) {
        let row = &self.row;
        let total = |number: Option<i64>, amount: Option<i64>| {
            Some(Total {
                number: number?,
                amount: amount?,
            })
        };
        (
            total(row.debits, row.debited),
            total(row.reversals, row.reversed),
        )
    }

    /// What differs.
    pub fn differences(&self) -> Vec<&'static str> {
        let (debits, reversals) = self.theirs();
        let differs = |theirs: Option<Total>, ours: Option<Side>| {
            theirs
                .zip(ours)
                .is_some_and(|(theirs, ours)| !ours.admits(theirs))
        };
        let code = self.row.code.as_deref();
        [
            (
                code.is_some_and(|code| NOT_IN_BALANCE.contains(&code)),
                "code",
            ),
            (differs(debits, self.ours.map(|ours| ours.debits)), "debits"),
            (
                differs(reversals, self.ours.map(|ours| ours.reversals)),
                "reversals",
            ),
        ]
        .into_iter()
        .filter_map(|(differs, word)| differs.then_some(word))
        .collect()
    }

    /// Whether somebody has to look at it.
    pub fn is_finding(&self) -> bool {
        match self.row.state {
            State::Open => false,
            State::Done => !self.differences().is_empty(),
            State::Lost | State::Failed => true,
        }
    }
}

impl Reconciliations {
    /// What follows for whoever reads it.
    pub fn verdict(&self) -> Verdict {
        match self.rows.iter().any(Reconciled::is_finding) {
            true => Verdict::NotMatched,
            false => Verdict::AllMatched,
        }
    }

    /// How many are in this state.
    pub fn count(&self, state: State) -> usize {
        let rows = self.rows.iter();
        rows.filter(|reconciled| reconciled.row.state == state)
            .count()
    }

    /// How many of them differ.
    pub fn differing(&self) -> usize {
        let rows = self.rows.iter();
        rows.filter(|reconciled| !reconciled.differences().is_empty())
            .count()
    }

    /// Writes each, then the counts.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for reconciled in &self.rows {
            writeln!(out, "{}", line(reconciled))?;
        }
        writeln!(
            out,
            "{} HUMO reconciliations: {} done, {} of them differing, {} open, {} lost, {} failed",
            self.day.iso(),
            self.count(State::Done),
            self.differing(),
            self.count(State::Open),
            self.count(State::Lost),
            self.count(State::Failed)
        )?;
        out.flush()
    }
}

fn line(reconciled: &Reconciled) -> String {
    let row = &reconciled.row;
    let mut words = vec![
        "TERMINAL   ".to_owned(),
        format!("terminal={}", row.terminal_id),
        state_name(row.state).to_owned(),
    ];
    if let Some(at) = row.ended_at {
        words.push(format!("at={}", stamp(at)));
    }
    if let Some(code) = &row.code {
        words.push(format!("code={code}"));
    }
    let (debits, reversals) = reconciled.theirs();
    let ours = reconciled.ours;
    words.push(sides("debits", debits, ours.map(|ours| ours.debits)));
    words.push(sides(
        "reversals",
        reversals,
        ours.map(|ours| ours.reversals),
    ));
    let differences = reconciled.differences();
    if !differences.is_empty() {
        words.push(format!("differs={}", differences.join(",")));
    }
    if let Some(why) = &row.why {
        words.push(format!("why={why:?}"));
    }
    words.join(" ")
}

/// `debits=NUMBER/AMOUNT,NUMBER/AMOUNT`: theirs, then ours, with what may have been in the period behind a plus.
fn sides(name: &str, theirs: Option<Total>, ours: Option<Side>) -> String {
    let total = |total: Total| format!("{}/{}", total.number, total.amount);
    let theirs = theirs.map_or_else(|| "?".to_owned(), total);
    let ours = match ours {
        None => "?".to_owned(),
        Some(ours) if ours.maybe == Total::default() => total(ours.sure),
        Some(ours) => format!("{}+{}", total(ours.sure), total(ours.maybe)),
    };
    format!("{name}={theirs},{ours}")
}

pub(super) fn state_name(state: State) -> &'static str {
    match state {
        State::Open => "open",
        State::Done => "done",
        State::Lost => "lost",
        State::Failed => "failed",
    }
}

#[cfg(test)]
#[path = "reconciliations_tests.rs"]
mod tests;
