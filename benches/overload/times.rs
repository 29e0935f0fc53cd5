//! What became of the calls of a step.

use std::collections::HashMap;
use std::time::Duration;

use super::caller::Ended;

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    Debit,
    Confirm,
    Charge,
    Reverse,
    Get,
}

impl Kind {
    /// All that goes on beside the debits.
    pub(crate) const BESIDE: [Self; 4] = [Self::Confirm, Self::Charge, Self::Reverse, Self::Get];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Confirm => "confirm",
            Self::Charge => "charge",
            Self::Reverse => "reverse",
            Self::Get => "get",
        }
    }

    pub(crate) fn method(self) -> &'static str {
        match self {
            Self::Debit => "transactions.debit",
            Self::Confirm => "transactions.debit.confirm",
            Self::Charge => "transactions.debit.hold.charge",
            Self::Reverse => "transactions.debit.reverse",
            Self::Get => "transactions.get",
        }
    }
}

/// How long calls of a kind waited, by what they were answered; sorted at the end.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) accepted: Vec<Duration>,
    pub(crate) refused: Vec<Duration>,
    pub(crate) others: usize,
    /// One of the others.
    pub(crate) example: Option<String>,
}

impl Counted {
    pub(crate) fn all(&self) -> usize {
        self.accepted.len() + self.refused.len() + self.others
    }
}

/// A step.
#[derive(Debug, Default)]
pub(crate) struct Step {
    kinds: HashMap<Kind, Counted>,
    /// The gateway's, in kB, at its most.
    pub(crate) memory: u64,
    /// Hundredths of a second of the processors that the gateway has used, and the load.
    pub(crate) processor: (u64, u64),
    /// How long after its last call it took until one caller alone was served as before.
    pub(crate) normal: Duration,
}

impl Step {
    pub(crate) fn add(&mut self, kind: Kind, ended: Ended, waited: Duration) {
        let counted = self.kinds.entry(kind).or_default();
        match ended {
            Ended::Accepted(_) => counted.accepted.push(waited),
            Ended::Refused => counted.refused.push(waited),
            Ended::Other(what) => {
                counted.others += 1;
                counted.example.get_or_insert(what);
            }
        }
    }

    pub(crate) fn sort(&mut self) {
        for counted in self.kinds.values_mut() {
            counted.accepted.sort_unstable();
            counted.refused.sort_unstable();
        }
    }

    pub(crate) fn counted(&mut self, kind: Kind) -> &Counted {
        self.kinds.entry(kind).or_default()
    }
}
