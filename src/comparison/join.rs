//! Our payments and the network's, side by side: a full outer join by reference, without I/O.
//!
//! SVGate's list has an amount and no state, so a row of it says "carried out, once". Where that does not decide (what we
//! hold for declined or reversed is listed, what we hold for done is not), [`must_ask`] has the network asked about the
//! payment itself, and its [`BookEntry`] decides. HUMO has no list: every payment there has a book entry.

use std::collections::{BTreeMap, HashMap, HashSet};

use rpc_schema::values::Network;

use super::payment::{Payment, Position};
use crate::domain::day::Day;
use crate::processing::books::{BookEntry, BookState, ListedPayment};

/// So long recovery goes on asking; what is open for longer is somebody's to look at.
const OVERDUE_MS: i64 = 24 * 3_600 * 1_000;

/// What is compared, and when.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    pub network: Network,
    pub day: Day,
    /// UNIX milliseconds.
    pub now: i64,
}

/// What a network has under one reference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Theirs {
    /// Its rows of the list.
    pub listed: Vec<ListedPayment>,
    pub asked: Asked,
}

/// What it said of the payment itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Asked {
    /// Nobody asked.
    #[default]
    No,
    Answered(BookEntry),
    /// It gave no usable answer; the text says why.
    InVain(String),
}

/// A line of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub class: Class,
    pub reference: String,
    pub ours: Option<Payment>,
    pub theirs: Theirs,
}

/// How the two sides agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Matched,
    /// We have money moved or held under a reference that the network does not know or list.
    OursOnly,
    /// The network lists a reference that we do not know.
    TheirsOnly,
    /// Both have it, and not the same.
    Differing(Differences),
    /// We do not know yet what became of it.
    Unsettled {
        /// Recovery should have found out by now.
        overdue: bool,
    },
    /// The network could not be asked about it.
    Unanswered,
}

/// What differs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Differences {
    /// Whether money has moved.
    pub state: bool,
    pub amount: bool,
    /// The network's number is another one than the one we were told.
    pub number: bool,
    /// It is listed more than once.
    pub twice: bool,
}

/// Joins the payments with what the network has, by reference: ours first, in their order, then what only the network has.
pub fn join(scope: Scope, ours: Vec<Payment>, mut theirs: HashMap<String, Theirs>) -> Vec<Row> {
    let mut rows = Vec::with_capacity(ours.len());
    let mut known = HashSet::new();
    for payment in ours {
        let their = if payment.reference.is_empty() {
            Theirs::default()
        } else {
            known.insert(payment.reference.clone());
            theirs.remove(&payment.reference).unwrap_or_default()
        };
        rows.push(Row {
            class: class(scope, &payment, &their),
            reference: payment.reference.clone(),
            ours: Some(payment),
            theirs: their,
        });
    }
    let rest: BTreeMap<String, Theirs> = theirs
        .into_iter()
        .filter(|(reference, theirs)| !known.contains(reference) && !theirs.listed.is_empty())
        .collect();
    rows.extend(rest.into_iter().map(|(reference, theirs)| Row {
        class: Class::TheirsOnly,
        reference,
        ours: None,
        theirs,
    }));
    rows
}

/// Whether the list alone cannot decide about a payment.
pub fn must_ask(scope: Scope, ours: &Payment, listed: &[ListedPayment]) -> bool {
    if ours.reference.is_empty() {
        return false;
    }
    match (scope.network, ours.position) {
        (Network::Humo, _) => true,
        // Neither side has it.
        (Network::Uzcard, Position::Declined | Position::Freed) => !listed.is_empty(),
        // A reversal that failed may have been carried out all the same, and the list would not show it.
        (Network::Uzcard, Position::Done | Position::Credited | Position::Held) => {
            listed.is_empty() || ours.undoing
        }
        (Network::Uzcard, Position::Reversed | Position::Unsettled { .. }) => true,
    }
}

/// How a payment agrees with what the network has under its reference.
pub fn class(scope: Scope, ours: &Payment, theirs: &Theirs) -> Class {
    if let Position::Unsettled { since, manual } = ours.position {
        let overdue = manual || scope.now.saturating_sub(since) >= OVERDUE_MS;
        return Class::Unsettled { overdue };
    }
    let entry = match &theirs.asked {
        Asked::InVain(_) => return Class::Unanswered,
        Asked::Answered(entry) => Some(entry),
        Asked::No => None,
    };
    let state = entry.map_or_else(|| by_list(&theirs.listed), |entry| entry.state.clone());
    if is_missing(scope, ours, theirs, &state) {
        return Class::OursOnly;
    }
    let other_amount = |theirs: Option<i64>| theirs != Some(ours.amount);
    let stands = match state {
        BookState::Done | BookState::Active => true,
        // Where no money stands, no amount means anything.
        BookState::Absent | BookState::Refused | BookState::Undone | BookState::Unclear(_) => false,
    };
    let differences = Differences {
        state: !agrees(ours.position, &state),
        // The list must tell an amount; an answer may leave it out.
        amount: stands
            && (theirs.listed.iter().any(|row| other_amount(row.amount))
                || entry.is_some_and(|entry| entry.amount.is_some() && other_amount(entry.amount))),
        number: theirs
            .listed
            .iter()
            .any(|row| is_other_number(&row.network_id, &ours.network_id)),
        twice: theirs.listed.len() > 1,
    };
    if differences == Differences::default() {
        Class::Matched
    } else {
        Class::Differing(differences)
    }
}

fn by_list(listed: &[ListedPayment]) -> BookState {
    if listed.is_empty() {
        BookState::Absent
    } else {
        BookState::Done
    }
}

/// Whether the network lacks a payment that moved money by our rows: it does not know it; or knows it, though its list of
/// the day is without it.
fn is_missing(scope: Scope, ours: &Payment, theirs: &Theirs, state: &BookState) -> bool {
    match ours.position {
        Position::Declined | Position::Freed | Position::Unsettled { .. } => false,
        // Whether a list keeps what was reversed is the network's affair.
        Position::Held | Position::Reversed => *state == BookState::Absent,
        Position::Done | Position::Credited => {
            let is_due = scope.network == Network::Uzcard && Day::of(ours.sent_at) == scope.day;
            *state == BookState::Absent
                || (is_due && theirs.listed.is_empty() && *state == BookState::Done)
        }
    }
}

/// Whether money has moved, or is held, on both sides or on neither.
fn agrees(ours: Position, theirs: &BookState) -> bool {
    match ours {
        Position::Declined | Position::Freed => {
            matches!(
                theirs,
                BookState::Absent | BookState::Refused | BookState::Undone
            )
        }
        Position::Held => *theirs == BookState::Active,
        Position::Done => *theirs == BookState::Done,
        // HUMO's credit is done at its creation and never confirmed.
        Position::Credited => matches!(theirs, BookState::Done | BookState::Active),
        Position::Reversed => *theirs == BookState::Undone,
        Position::Unsettled { .. } => true,
    }
}

/// Zeros in front are lost where a number is written as one.
fn is_other_number(theirs: &str, ours: &str) -> bool {
    let [theirs, ours] = [theirs, ours].map(|number| number.trim_start_matches('0'));
    !theirs.is_empty() && !ours.is_empty() && theirs != ours
}

#[cfg(test)]
#[path = "join_tests.rs"]
mod tests;
