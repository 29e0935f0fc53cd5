//! Compares the three records of a run: a pure function from [`Records`] to what is wrong with them.
//!
//! The invariants are those of docs/testing.md#invariants. Each file checks some of them, from the rows alone: none of
//! the gateway's own rules is used, so that a wrong rule is found out.

mod alarms;
mod answers;
mod claims;
mod compared;
mod index;
mod money;
mod paths;
mod restored;
mod steps;
mod strangers;
mod unsent;

use std::fmt;

use crate::records::Records;
use index::Index;
pub(crate) use restored::check_restored;
pub(crate) use strangers::Probes;

/// What must hold. J: what clients were told. G: what the gateway stored. P: what the networks executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Invariant {
    /// Each reference is executed at most once in P.
    I1,
    /// Everything that G says was carried out is in P, with equal amount, card and network.
    I2,
    /// Every execution in P has a row in G: the intent comes before the effect.
    I3,
    /// Nothing that G says was not carried out is in P.
    I4,
    /// When all is quiet, nothing is unsettled.
    I5,
    /// Every answer ever given in J with a final state tells G's final state.
    I6,
    /// The same `extId` of a partner is one row, which is what was ordered, and its answers agree.
    I7,
    /// What was charged is no more than what was held, what was reversed no more than what was charged; nothing is
    /// below one.
    I8,
    /// The sum of all money in P is constant, and on every card is what the executions left there.
    I9,
    /// The path of every status is legal, its events have no gap, and the last event is the row's status.
    I10,
    /// One code makes at most one card, or one charge.
    I11,
    /// No row can be read or used by another partner: a foreign one is answered like one that does not exist.
    I12,
    /// Refused calls left no row and reached no network, and there is no intent that nobody asked for.
    I13,
    /// Alarms are true: in the log, with the rows, and in the figures.
    I14,
    /// `compare` finds what others did beside the gateway, and nothing else.
    I15,
    /// After an older copy was restored no order is carried out twice, no id given again, and what was told as done stays
    /// done.
    I16,
}

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) invariant: Invariant,
    /// The rows.
    pub(crate) about: String,
    pub(crate) why: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}: {}", self.invariant, self.about, self.why)
    }
}

/// All violations, once everything had the time to settle.
pub(crate) fn check(records: &Records) -> Vec<Violation> {
    let index = Index::of(records);
    let mut found = Findings::default();
    let carried_out = money::check(&index, &mut found);
    paths::check(&index, &mut found);
    answers::check(&index, &mut found);
    steps::check(&index, &mut found);
    unsent::check(&index, &carried_out, &mut found);
    strangers::check(&index, &mut found);
    alarms::check(&index, &carried_out, &mut found);
    compared::check(&index, &mut found);
    found.0
}

/// How much there was for I12 to look at.
pub(crate) fn probes(records: &Records) -> Probes {
    strangers::probes(&Index::of(records))
}

/// What was found so far.
#[derive(Debug, Default)]
struct Findings(Vec<Violation>);

impl Findings {
    fn add(&mut self, invariant: Invariant, about: impl Into<String>, why: impl Into<String>) {
        self.0.push(Violation {
            invariant,
            about: about.into(),
            why: why.into(),
        });
    }
}
