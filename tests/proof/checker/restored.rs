//! I16: an older copy of the database was restored, and everything was asked for again. No order is carried out twice, no
//! id is given again, and what was told as done stays done.
//!
//! Here each order has an amount of its own, so that executions are told apart without the gateway's references.

use std::collections::{HashMap, HashSet};

use entity::network::Network;
use entity::processing_request::{self, Action, State};
use entity::transaction::Status;
use entity::transfer::Fiscal;
use serde_json::Value;

use super::answers::{OPEN, is_order};
use super::index::{Index, is_forward, moves_money, shown};
use super::{Findings, Invariant, Violation, check};
use crate::journal::Exchange;
use crate::others::OthersDeed;
use crate::records::{Execution, Movement, Records};
use crate::restored::Restored;

/// All violations of a run in which a copy was restored at this moment. `records` has the journal of the whole run, and the
/// rows as they are in the end.
pub(crate) fn check_restored(
    records: &Records,
    restored: &Restored,
    restored_at: i64,
) -> Vec<Violation> {
    let mut found = Findings::default();
    {
        let index = Index::of(records);
        check_ids(&index, restored, restored_at, &mut found);
        check_executions(&index, &mut found);
        check_told(&index, restored, restored_at, &mut found);
    }
    // The rest is as in any run, of what is not lost: answers about what the copy has, and all since.
    let index = Index::of(records);
    let kept = index.journal().iter().filter(|exchange| {
        exchange.asked.at >= restored_at || is_of_the_copy(&index, exchange, restored)
    });
    let mut of_the_copy = Records {
        journal: kept.cloned().collect(),
        others: done_by_the_lost(&index, restored),
        ..records.clone()
    };
    let ledger = &mut of_the_copy.networks.ledger;
    let given_back = given_back_by_the_lost(&index, restored);
    ledger.retain(|row| !is_given_back(&index, row, &given_back));
    let unnamed = named_by_the_lost_alone(&index, restored);
    let receipts = &mut of_the_copy.networks.receipts;
    receipts.retain(|receipt| !unnamed.contains(&receipt.receipt_id));
    let compared = |violation: &Violation| violation.invariant == Invariant::I15;
    let rest = check(&of_the_copy).into_iter();
    found
        .0
        .extend(rest.filter(|violation| !compared(violation)));
    found.0
}

/// Whether an answer is about something that is in the copy: it was given before, or is a result that may be of that time.
fn is_of_the_copy<'a>(index: &Index<'a>, exchange: &'a Exchange, restored: &Restored) -> bool {
    let by_ext_id = index
        .partner(exchange)
        .zip(exchange.text("extId"))
        .and_then(|(partner, ext_id)| index.ordered(partner, ext_id));
    let by_id = exchange
        .number("transactionId")
        .and_then(|id| index.transaction(id));
    let about = by_ext_id.or(by_id);
    let in_the_copy = about.is_none_or(|row| row.id.0 < restored.first_id);
    // What was under way in the copy and was given back since is found not to stand: it is declined there.
    let stands = about.is_none_or(|row| row.status != Status::Declined);
    let step = stands
        && exchange.asked.method.starts_with("transactions.debit.")
        && (exchange.result().is_some() || is_open(exchange));
    in_the_copy
        && (exchange.ended_at < restored.since || (step && exchange.asked.at < restored.copied_by))
}

/// Whether an answer leaves open what was done, or none came.
fn is_open(exchange: &Exchange) -> bool {
    let code = exchange.error_code();
    exchange.result().is_none() && code.is_none_or(|code| OPEN.contains(&code))
}

/// The charges that the lost gateway has made of holds of the copy: to the copy it is as if others had made them, where it does
/// not claim them itself. SVGate knows each by a reference of its own, HUMO by that of the hold: one of HUMO is another's only
/// where the hold's time was over before anybody asked for the charge again.
fn done_by_the_lost(index: &Index<'_>, restored: &Restored) -> Vec<OthersDeed> {
    let of_the_copy = &index.records.gateway.requests;
    let is_known = |charge: &processing_request::Model| match charge.network {
        Network::Uzcard => of_the_copy
            .iter()
            .any(|known| known.reference == charge.reference),
        Network::Humo => !index
            .requests(charge.transaction_id.0)
            .iter()
            .any(|known| known.action == Action::Expire),
    };
    let reference = |charge: &processing_request::Model| match charge.network {
        Network::Uzcard => Some(charge.reference.clone()),
        Network::Humo => {
            let of_it = index.requests(charge.transaction_id.0);
            let hold = of_it.iter().find(|known| known.action == Action::Hold)?;
            Some(hold.reference.clone())
        }
    };
    let charges = restored.lost.requests.iter().filter(|request| {
        request.action == Action::Capture
            && index.transaction(request.transaction_id.0).is_some()
            && !is_known(request)
    });
    charges
        .filter_map(|request| {
            Some(OthersDeed {
                transaction_id: request.transaction_id.0,
                network: request.network,
                movement: Movement::Capture,
                reference: reference(request)?,
            })
        })
        .collect()
}

/// The fiscal receipts that the lost gateway has registered, of transfers of the copy whose receipt is still due: they will get
/// the same name.
fn named_by_the_lost_alone(index: &Index<'_>, restored: &Restored) -> HashSet<String> {
    let is_due = |id: i64| {
        index
            .transfer(id)
            .is_some_and(|side| side.fiscal == Fiscal::Due && side.fiscal_receipt_id.is_none())
    };
    restored
        .lost
        .transfers
        .iter()
        .filter(|side| is_due(side.transaction_id.0))
        .filter_map(|side| side.fiscal_receipt_id.clone())
        .collect()
}

/// The references of the payments that the lost gateway has given back: at the latest by a call that arrives once the copy is
/// in use.
fn given_back_by_the_lost<'a>(index: &Index<'a>, restored: &'a Restored) -> HashSet<&'a str> {
    let lost = &restored.lost.requests;
    let payments = lost
        .iter()
        .filter(|request| request.action == Action::Reverse)
        .filter_map(|reversal| {
            let mut of_it = lost.iter().filter(|other| is_forward(other.action));
            of_it.find(|other| other.transaction_id == reversal.transaction_id)
        });
    let is_executed = |payment: &&processing_request::Model| {
        index.records.networks.ledger.iter().any(|row| {
            (row.network, row.movement) == (payment.network, Movement::Reverse)
                && row.reference == payment.reference
        })
    };
    payments
        .filter(is_executed)
        .map(|payment| payment.reference.as_str())
        .collect()
}

/// A payment that the lost gateway has made and given back, or its reversal: it is `declined` once it was asked for again, as
/// its network has it undone.
fn is_given_back(index: &Index<'_>, row: &Execution, given_back: &HashSet<&str>) -> bool {
    let requests = &index.records.gateway.requests;
    let approved = requests.iter().any(|request| {
        request.reference == row.reference
            && request.state == State::Approved
            && !is_left_unconfirmed(requests, request)
    });
    given_back.contains(row.reference.as_str()) && !approved
}

/// What HUMO has blocked for this request was not paid, as far as the gateway knows.
fn is_left_unconfirmed(
    requests: &[processing_request::Model],
    blocked: &processing_request::Model,
) -> bool {
    let declined = requests.iter().any(|other| {
        (other.transaction_id, other.action) == (blocked.transaction_id, Action::Confirm)
            && other.state == State::Declined
    });
    declined && blocked.action == Action::Pay
}

/// No id names two transactions.
fn check_ids(index: &Index<'_>, restored: &Restored, restored_at: i64, found: &mut Findings) {
    let known: HashMap<i64, _> = restored
        .lost
        .transactions
        .iter()
        .map(|row| (row.id.0, row))
        .collect();
    for row in index.transactions() {
        let again = known.get(&row.id.0).is_some_and(|other| {
            (other.created_at, &other.ext_id) != (row.created_at, &row.ext_id)
        });
        let too_low = row.created_at.0 >= restored_at && row.id.0 < restored.first_id;
        if again || too_low {
            found.add(
                Invariant::I16,
                shown(row),
                "its id may have been given before",
            );
        }
    }
}

/// Each amount was taken and credited once.
fn check_executions(index: &Index<'_>, found: &mut Findings) {
    let mut seen = HashSet::new();
    for row in &index.records.networks.ledger {
        let forward = matches!(
            row.movement,
            Movement::Pay | Movement::Hold | Movement::P2p | Movement::Credit
        );
        if forward && !seen.insert((row.movement, row.amount)) {
            found.add(
                Invariant::I16,
                format!("{row:?}"),
                "an order was carried out twice",
            );
        }
    }
}

/// What was told as done before is still done, under the same numbers; a refusal may be one no more.
fn check_told(index: &Index<'_>, restored: &Restored, restored_at: i64, found: &mut Findings) {
    let given_back = given_back_by_the_lost(index, restored);
    for exchange in index.journal() {
        let lost = exchange.asked.at < restored_at && exchange.ended_at >= restored.since;
        let (true, true, Some(told)) = (
            lost,
            is_order(&exchange.asked.method),
            exchange
                .result()
                .filter(|result| result.get("phone").is_none()),
        ) else {
            continue;
        };
        let row = index
            .partner(exchange)
            .zip(exchange.text("extId"))
            .and_then(|(partner, ext_id)| index.ordered(partner, ext_id))
            .filter(|row| moves_money(row));
        let Some(row) = row else {
            found.add(
                Invariant::I16,
                exchange.shown(),
                "was told as done, and is gone",
            );
            continue;
        };
        let mut requests = index.requests(row.id.0).iter();
        let undone = requests.any(|request| given_back.contains(request.reference.as_str()));
        if undone && row.status == Status::Declined {
            continue;
        }
        let done = matches!(
            row.status,
            Status::Held
                | Status::Succeeded
                | Status::Reversed
                | Status::Cancelled
                | Status::Expired
        );
        if !done {
            found.add(
                Invariant::I16,
                shown(row),
                format!("was told as done: {}", exchange.shown()),
            );
            continue;
        }
        let kept = row.receipt.as_deref().unwrap_or_default();
        let kept: Value = serde_json::from_str(kept).unwrap_or_default();
        let same = told["refNum"].is_null()
            || row.kind != entity::transaction::Kind::Debit
            || told["refNum"] == kept["ref_num"];
        if !same {
            found.add(
                Invariant::I16,
                shown(row),
                format!("is another payment than was told: {}", exchange.shown()),
            );
        }
    }
}
