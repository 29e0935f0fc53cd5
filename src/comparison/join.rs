//! Our payments and the network's side by side: a full outer join by reference, without I/O.
//!
//! A row of SVGate's list has an amount and no state. It says that the payment was carried out once. That does not always
//! decide: a payment that we have as declined or reversed may be listed, and one that we have as done may be missing. Then
//! [`needs_inquiry`] is true, the network is asked about the payment itself, and its [`BookEntry`] decides. HUMO is
//! asked about every payment of ours, whether it has a list or not.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::processing_request::Action;
use entity::time::UnixMillis;
use rpc_schema::values::Network;

use super::payment::{Payment, PaymentState};
use crate::domain::day::Day;
use crate::processing::books::{BookEntry, BookState, ListedPayment};

/// Recovery gives up after this time, in milliseconds. Then somebody has to look at the payment.
const OVERDUE_MS: i64 = 24 * 3_600 * 1_000;

/// What is compared, and when.
#[derive(Debug, Clone, Copy)]
pub struct Scope {
    pub network: Network,
    pub day: Day,
    /// UNIX milliseconds.
    pub now: UnixMillis,
}

/// What a network has under one reference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkSide {
    /// The rows of its list.
    pub listed: Vec<ListedPayment>,
    pub inquiry: Inquiry,
}

/// What the network said when it was asked about the payment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Inquiry {
    /// It was not asked.
    #[default]
    NotMade,
    Answered(BookEntry),
    /// It gave no usable answer. The text says why.
    Failed(String),
}

/// A line of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub class: Class,
    pub reference: String,
    pub ours: Option<Payment>,
    pub theirs: NetworkSide,
}

/// How the two sides agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    Matched,
    /// Our rows say that money was moved or held; the network does not know or list the reference.
    OursOnly,
    /// The network lists a reference that we do not know.
    TheirsOnly,
    /// Both sides have it, with differences.
    Differing(Differences),
    /// We do not know its outcome yet.
    Unsettled {
        /// Recovery should have settled it by now.
        overdue: bool,
    },
    /// The network gave no usable answer about it.
    Unanswered,
}

/// What differs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Differences {
    /// Whether money has moved.
    pub state: bool,
    pub amount: bool,
    /// The network took another fee for a transfer than we told.
    pub fee: bool,
    /// The network's number is not the one that the network gave us.
    pub number: bool,
    /// It is listed more than once.
    pub twice: bool,
}

/// Joins our payments with the network's by reference: ours first, in their order, then those that only the network has. Of
/// those without a reference, each is one.
pub fn join(
    scope: Scope,
    ours: Vec<Payment>,
    mut theirs: HashMap<String, NetworkSide>,
) -> Vec<Row> {
    let mut rows = Vec::with_capacity(ours.len());
    let mut known = HashSet::new();
    for payment in ours {
        let their = if payment.reference.is_empty() {
            NetworkSide::default()
        } else {
            known.insert(payment.reference.clone());
            theirs.remove(&payment.reference).unwrap_or_default()
        };
        rows.push(Row {
            class: classify(scope, &payment, &their),
            reference: payment.reference.clone(),
            ours: Some(payment),
            theirs: their,
        });
    }
    let mut unnamed = theirs.remove("").unwrap_or_default().listed;
    unnamed.sort_unstable();
    let unnamed = unnamed.into_iter().map(|row| (String::new(), vec![row]));
    let rest: BTreeMap<String, NetworkSide> = theirs
        .into_iter()
        .filter(|(reference, theirs)| !known.contains(reference) && !theirs.listed.is_empty())
        .collect();
    let rest = rest.into_iter();
    let rest = rest.map(|(reference, theirs)| (reference, theirs.listed));
    rows.extend(unnamed.chain(rest).map(|(reference, listed)| Row {
        class: Class::TheirsOnly,
        reference,
        ours: None,
        theirs: NetworkSide {
            listed,
            ..NetworkSide::default()
        },
    }));
    rows
}

/// Whether the network must be asked about a payment because its list alone does not decide.
pub fn needs_inquiry(scope: Scope, ours: &Payment, listed: &[ListedPayment]) -> bool {
    if ours.reference.is_empty() {
        return false;
    }
    match (scope.network, ours.state) {
        (Network::Humo, _) => true,
        // Neither side has it.
        (Network::Uzcard, PaymentState::Declined | PaymentState::Freed) => {
            !listed.is_empty() || ours.action == Action::Hold
        }
        // It may have been reversed, by somebody else or by a call that we have as refused; the list would not show it.
        (Network::Uzcard, PaymentState::Done | PaymentState::Credited | PaymentState::Held) => true,
        (
            Network::Uzcard,
            PaymentState::Reversed
            | PaymentState::ReversedInParts
            | PaymentState::GivenBack
            | PaymentState::Unsettled { .. },
        ) => true,
    }
}

/// Compares a payment with what the network has under its reference.
pub fn classify(scope: Scope, ours: &Payment, theirs: &NetworkSide) -> Class {
    if let PaymentState::Unsettled { since, manual } = ours.state {
        let overdue = manual || scope.now - since >= OVERDUE_MS;
        return Class::Unsettled { overdue };
    }
    let entry = match &theirs.inquiry {
        Inquiry::Failed(_) => return Class::Unanswered,
        Inquiry::Answered(entry) => Some(entry),
        Inquiry::NotMade => None,
    };
    let state = entry.map_or_else(|| by_list(&theirs.listed), |entry| entry.state.clone());
    if is_missing(scope, ours, theirs, &state) {
        return Class::OursOnly;
    }
    let other_amount = |theirs: Option<i64>| theirs != Some(ours.amount);
    let has_money = match state {
        BookState::Done | BookState::Active => true,
        // What was given back.
        BookState::Undone if ours.state == PaymentState::GivenBack => true,
        // Without money on the network's side, the amount means nothing.
        BookState::Absent | BookState::Refused | BookState::Undone | BookState::Unclear(_) => false,
    };
    let differences = Differences {
        state: !agrees(ours.state, &state),
        // The list must have an amount; an answer may leave it out.
        amount: has_money
            && (theirs.listed.iter().any(|row| other_amount(row.amount))
                || entry.is_some_and(|entry| entry.amount.is_some() && other_amount(entry.amount))),
        // A network may leave it out; then it cannot be compared.
        fee: has_money
            && entry
                .and_then(|entry| entry.fee)
                .zip(ours.fee)
                .is_some_and(|(theirs, ours)| theirs != ours),
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

/// Whether the network lacks a payment that moved money by our rows. It lacks the payment if it does not know it, or if it
/// knows it but does not have it in the list of the day.
fn is_missing(scope: Scope, ours: &Payment, theirs: &NetworkSide, state: &BookState) -> bool {
    match ours.state {
        PaymentState::Declined | PaymentState::Freed | PaymentState::Unsettled { .. } => false,
        // The network may drop reversed payments from its list.
        PaymentState::Held
        | PaymentState::Reversed
        | PaymentState::ReversedInParts
        | PaymentState::GivenBack => *state == BookState::Absent,
        PaymentState::Done | PaymentState::Credited => {
            let is_due = scope.network == Network::Uzcard
                && Day::of(ours.sent_at) == scope.day
                // A hold is in no list.
                && ours.action != Action::Hold;
            *state == BookState::Absent
                || (is_due && theirs.listed.is_empty() && *state == BookState::Done)
        }
    }
}

/// Whether money was moved or is held on both sides, or on neither.
fn agrees(ours: PaymentState, theirs: &BookState) -> bool {
    match ours {
        PaymentState::Declined | PaymentState::Freed => {
            matches!(
                theirs,
                BookState::Absent | BookState::Refused | BookState::Undone
            )
        }
        PaymentState::Held => *theirs == BookState::Active,
        PaymentState::Done => *theirs == BookState::Done,
        // A credit at HUMO is done when it is created, and is never confirmed.
        PaymentState::Credited => matches!(theirs, BookState::Done | BookState::Active),
        PaymentState::Reversed => *theirs == BookState::Undone,
        // Which of the two SVGate says is not published.
        PaymentState::ReversedInParts | PaymentState::GivenBack => {
            matches!(theirs, BookState::Done | BookState::Undone)
        }
        PaymentState::Unsettled { .. } => true,
    }
}

/// Compares the networks' numbers without leading zeros, which are lost when a number is sent as a JSON number.
fn is_other_number(theirs: &str, ours: &str) -> bool {
    let [theirs, ours] = [theirs, ours].map(|number| number.trim_start_matches('0'));
    !theirs.is_empty() && !ours.is_empty() && theirs != ours
}

#[cfg(test)]
#[path = "join_tests.rs"]
mod tests;
