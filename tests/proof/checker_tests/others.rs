//! What others did beside the gateway, and what `compare` says of it: invariants I3, I4 and I15.

use entity::network::Network;

use super::*;
use crate::comparison::Finding;
use crate::others::{OthersDeed, others_charge};

/// Somebody reverses the debit at its network; the gateway does not know.
fn reversed_by_others(run: &mut Run) -> i64 {
    let id = run.debit;
    let reference = run.request(id, Action::Pay).reference.clone();
    run.builder
        .execute(UZCARD, Movement::Reverse, &reference, 500);
    run.builder.records.others.push(OthersDeed {
        transaction_id: id,
        network: Network::Uzcard,
        movement: Movement::Reverse,
        reference,
    });
    id
}

/// Somebody charges the hold at its network.
fn charged_by_others(run: &mut Run) -> i64 {
    let id = run.held;
    let reference = others_charge(id);
    run.builder
        .execute(UZCARD_2, Movement::Capture, &reference, 1_100);
    run.builder.records.others.push(OthersDeed {
        transaction_id: id,
        network: Network::Uzcard,
        movement: Movement::Capture,
        reference,
    });
    id
}

fn found_by_compare(run: &mut Run, class: &str, reference: &str, transaction_id: Option<i64>) {
    run.builder.records.compared.push(Finding {
        class: class.to_owned(),
        reference: reference.to_owned(),
        transaction_id,
        line: format!("{class} {reference} {transaction_id:?}"),
    });
}

#[test]
fn what_others_did_passes_where_compare_has_found_it() {
    let mut run = Run::sound();
    let reversed = reversed_by_others(&mut run);
    found_by_compare(&mut run, "DIFFERING", "x", Some(reversed));
    let charged = charged_by_others(&mut run);
    found_by_compare(&mut run, "DIFFERING", "", Some(charged));
    found_by_compare(&mut run, "THEIRS_ONLY", &others_charge(charged), None);
    run.builder.recount();
    assert_eq!(run.found(), Vec::<String>::new());
}

#[test]
fn i15_a_reversal_by_others_that_compare_does_not_see() {
    planted_saying(Invariant::I15, "compare does not see that", |run| {
        reversed_by_others(run);
    });
}

#[test]
fn i15_a_charge_by_others_that_compare_does_not_see() {
    planted_saying(Invariant::I15, "compare does not see that", |run| {
        let id = charged_by_others(run);
        found_by_compare(run, "THEIRS_ONLY", &others_charge(id), None);
    });
    planted_saying(Invariant::I15, "only the network has this payment", |run| {
        let id = charged_by_others(run);
        found_by_compare(run, "DIFFERING", "", Some(id));
    });
}

#[test]
fn i15_a_finding_of_what_nobody_did() {
    for class in ["DIFFERING", "OURS_ONLY", "UNSETTLED", "UNANSWERED"] {
        planted_saying(Invariant::I15, "nobody did it", |run| {
            let debit = run.debit;
            found_by_compare(run, class, "x", Some(debit));
        });
    }
    planted_saying(Invariant::I15, "nobody did it", |run| {
        found_by_compare(run, "THEIRS_ONLY", "x", None);
    });
    planted_saying(Invariant::I15, "nobody did it", |run| {
        found_by_compare(run, "FAILED", "", None);
    });
}

#[test]
fn a_hold_that_has_just_ended_may_be_found_by_compare() {
    let mut run = Run::sound();
    let held = run.held;
    run.builder.row(held).hold_expires_at = Some(UnixMillis(5));
    run.builder.records.networks.read_at = 5;
    found_by_compare(&mut run, "DIFFERING", "", Some(held));
    assert_eq!(run.found(), Vec::<String>::new());

    planted(Invariant::I15, |run| {
        let held = run.held;
        run.builder.row(held).hold_expires_at = Some(UnixMillis(6));
        run.builder.records.networks.read_at = 5;
        found_by_compare(run, "DIFFERING", "", Some(held));
    });
}

#[test]
fn i3_a_reversal_that_nobody_made() {
    planted(Invariant::I3, |run| {
        reversed_by_others(run);
        run.builder.records.others.clear();
    });
}
