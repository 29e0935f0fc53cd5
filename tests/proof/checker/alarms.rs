//! I14: an alarm is true. Whoever is called for nothing learns not to come.

use entity::network::Network;
use entity::processing_request::{self, Action, State};
use entity::transaction::{self, Status};
use sea_orm::ActiveEnum as _;

use super::index::{Index, request_shown, shown};
use super::money::CarriedOut;
use super::{Findings, Invariant};
use crate::alarms::{Alarm, Alarms, Logged};
use crate::records::Movement;

/// How long before a hold is given up it must have been in the network's list to be found there, milliseconds.
const LISTED_BEFORE_MS: i64 = 3_000;

pub(super) fn check(index: &Index<'_>, carried_out: &CarriedOut<'_>, found: &mut Findings) {
    let requests = &index.records.gateway.requests;
    let Alarms {
        logged,
        manual,
        contradicted,
    } = &index.records.alarms;
    for request in requests {
        if request.contradiction.is_some() {
            check_contradiction(carried_out, request, found);
        }
    }
    for transaction in index.transactions() {
        if index.was(transaction.id.0, Status::Manual) {
            check_given_up(index, carried_out, transaction, found);
        }
    }
    // An alarm whose commit was lost with its process was raised all the same.
    for alarm in logged {
        check_logged(index, carried_out, *alarm, found);
    }
    let ours = index
        .transactions()
        .iter()
        .filter(|transaction| transaction.status == Status::Manual);
    check_figure("manual transactions", *manual, ours.count(), found);
    let ours = requests
        .iter()
        .filter(|request| request.contradiction.is_some() && request.acknowledged_at.is_none());
    check_figure("contradicted requests", *contradicted, ours.count(), found);
}

fn check_figure(of: &str, told: i64, ours: usize, found: &mut Findings) {
    if i64::try_from(ours) != Ok(told) {
        found.add(
            Invariant::I14,
            format!("the figure of {of}"),
            format!("is {told}, and there are {ours}"),
        );
    }
}

/// A contradiction is true if the network did the opposite of what is stored: then money is wrong (I4), else the alarm is.
fn check_contradiction(
    carried_out: &CarriedOut<'_>,
    request: &processing_request::Model,
    found: &mut Findings,
) {
    let executed = carried_out
        .get(&request.transaction_id.0)
        .into_iter()
        .flatten()
        .any(|row| row.action == Some(request.action));
    let said = request.contradiction.as_deref().unwrap_or_default();
    // A payment that HUMO has created leaves no row before its confirmation.
    let is_shown = request.network == Network::Uzcard
        || !matches!(request.action, Action::Pay | Action::P2p | Action::Cancel);
    let (invariant, why) = if is_shown && executed == (request.state == State::Approved) {
        (
            Invariant::I14,
            "an alarm says that it ended otherwise, and it did not",
        )
    } else {
        (Invariant::I4, "a late answer contradicts it")
    };
    found.add(invariant, request_shown(request), format!("{why}: {said}"));
}

/// Whether the ledger says what is stored of a call.
fn ended_as_stored(carried_out: &CarriedOut<'_>, request: &processing_request::Model) -> bool {
    let rows = carried_out.get(&request.transaction_id.0);
    let executed = rows
        .into_iter()
        .flatten()
        .any(|row| row.action == Some(request.action));
    // A payment that HUMO has created leaves no row before its confirmation.
    let is_shown = request.network == Network::Uzcard
        || !matches!(request.action, Action::Pay | Action::P2p | Action::Cancel);
    is_shown && executed == (request.state == State::Approved)
}

/// Only the creation of a hold of UZCARD may be given up: it carries no reference of ours, so that its network cannot tell.
fn check_given_up(
    index: &Index<'_>,
    carried_out: &CarriedOut<'_>,
    transaction: &transaction::Model,
    found: &mut Findings,
) {
    let mut fault = |why: &str| found.add(Invariant::I14, shown(transaction), why);
    let creation = index
        .requests(transaction.id.0)
        .iter()
        .find(|request| (request.network, request.action) == (Network::Uzcard, Action::Hold));
    let Some(creation) = creation.filter(|_| !index.was(transaction.id.0, Status::Held)) else {
        return fault("was given up, though its network can tell what became of it");
    };
    let word = Status::Manual.to_value();
    let given_up_at = index
        .events(transaction.id.0)
        .iter()
        .find(|event| event.to_status == word)
        .map_or(i64::MAX, |event| event.at.0);
    let rows = || carried_out.get(&transaction.id.0).into_iter().flatten();
    let held = rows().find(|row| {
        row.execution.movement == Movement::Hold
            && row.execution.at + LISTED_BEFORE_MS < given_up_at
            && row.execution.amount == creation.amount
    });
    if let Some(held) = held {
        fault(&format!(
            "was given up, though its hold was in the network's list: {:?}",
            held.execution
        ));
    }
}

fn check_logged(
    index: &Index<'_>,
    carried_out: &CarriedOut<'_>,
    logged: Logged,
    found: &mut Findings,
) {
    let about = format!("the log about transaction {}", logged.transaction_id);
    let request = index
        .requests(logged.transaction_id)
        .iter()
        .find(|request| request.id.0 == logged.call_id);
    let Some(request) = request else {
        found.add(
            Invariant::I14,
            about,
            "alarms about a call that does not exist",
        );
        return;
    };
    match logged.alarm {
        Alarm::GivenUp => {
            let nameless = (request.network, request.action) == (Network::Uzcard, Action::Hold);
            if !nameless {
                let why = format!("its network can tell: {}", request_shown(request));
                found.add(Invariant::I14, about, why);
            }
        }
        Alarm::Contradicted => {
            if ended_as_stored(carried_out, request) {
                let why = format!("it ended as is stored: {}", request_shown(request));
                found.add(Invariant::I14, about, why);
            }
        }
    }
}
