//! Whether alarms are true: invariant I14.

use super::*;
use crate::alarms::{Alarm, Logged};

/// A late answer that contradicts how a call was settled, and the figure that tells so.
fn contradicted(run: &mut Run, id: i64) {
    run.request(id, Action::Pay).contradiction = Some("it says otherwise".to_owned());
    run.builder.records.alarms.contradicted = 1;
}

#[test]
fn i14_a_contradiction_of_what_is_true() {
    for of in ["declined", "debit"] {
        planted_saying(Invariant::I14, "and it did not", |run| {
            let id = if of == "debit" {
                run.debit
            } else {
                run.declined
            };
            contradicted(run, id);
        });
    }
}

#[test]
fn i4_a_contradiction_that_is_true() {
    planted(Invariant::I4, |run| {
        let reference = run.request(run.declined, Action::Pay).reference.clone();
        run.builder.execute(UZCARD, Movement::Pay, &reference, 300);
        let id = run.declined;
        contradicted(run, id);
    });
}

#[test]
fn i14_figures_that_are_not_those_of_the_rows() {
    planted_saying(Invariant::I14, "contradicted requests", |run| {
        run.builder.records.alarms.contradicted = 1;
    });
    planted_saying(Invariant::I14, "manual transactions", |run| {
        run.builder.records.alarms.manual = 2;
    });
}

/// A hold of UZCARD whose reply was lost, given up and settled by an operator afterwards; its hold was made before, or
/// never.
fn given_up(run: &mut Run, made_ms_before: Option<i64>) -> i64 {
    let builder = &mut run.builder;
    let id = builder.order(Kind::Hold, UZCARD, 400, "lost", false);
    builder.request(id, Action::Hold, UZCARD);
    builder.last_request().receipt = None;
    builder.last_request().state = State::Declined;
    builder.advance(id, Status::Manual);
    let given_up_at = builder.records.gateway.events.last().unwrap().at.0;
    if let Some(before) = made_ms_before {
        builder.last_request().state = State::Unknown;
        builder.execute(UZCARD, Movement::Hold, "888888", 400);
        builder.records.networks.ledger.last_mut().unwrap().at = given_up_at - before;
        builder.last_request().sent_at = UnixMillis(given_up_at - before - 1);
        builder.records.alarms.manual = 1;
    } else {
        builder.advance(id, Status::Declined);
        builder.row(id).error_code = Some(-32403);
    }
    let params = debit_params(UZCARD, 400, "lost", json!({"is_hold": true}));
    let error = json!({"code": -32379, "message": "unknown", "data": {"transactionId": id}});
    builder.call(SHOP, "transactions.debit", params, Err(error));
    let asked = builder.row(id).created_at.0 - 1;
    run.last().asked.at = asked;
    id
}

#[test]
fn a_lost_hold_of_uzcard_may_be_given_up() {
    let mut run = Run::sound();
    let id = given_up(&mut run, None);
    let call_id = run.request(id, Action::Hold).id.0;
    run.builder.records.alarms.logged.push(Logged {
        alarm: Alarm::GivenUp,
        transaction_id: id,
        call_id,
    });
    run.builder.recount();
    assert_eq!(run.found(), Vec::<String>::new());
}

#[test]
fn i14_a_hold_that_was_given_up_though_it_was_listed() {
    let found = |made_ms_before| {
        let mut run = Run::sound();
        given_up(&mut run, Some(made_ms_before));
        run.builder.recount();
        let violations = check(&run.builder.records);
        // It is still open, which is told by itself.
        violations
            .into_iter()
            .filter(|violation| violation.invariant != Invariant::I5)
            .map(|violation| {
                (
                    violation.invariant,
                    violation.why.contains("in the network's list"),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(found(5_000), [(Invariant::I14, true)]);
    assert_eq!(found(1_000), []);
}

#[test]
fn i14_a_payment_that_was_given_up() {
    planted_saying(Invariant::I14, "though its network can tell", |run| {
        let builder = &mut run.builder;
        let id = builder.order(Kind::Debit, UZCARD, 400, "given-up", false);
        builder.request(id, Action::Pay, UZCARD);
        builder.last_request().receipt = None;
        builder.last_request().state = State::Declined;
        builder.advance(id, Status::Manual);
        builder.advance(id, Status::Declined);
        builder.row(id).error_code = Some(-32403);
        let params = debit_params(UZCARD, 400, "given-up", json!({}));
        let error = json!({"code": -32379, "message": "unknown", "data": {"transactionId": id}});
        builder.call(SHOP, "transactions.debit", params, Err(error));
        let asked = builder.row(id).created_at.0 - 1;
        run.last().asked.at = asked;
    });
}

#[test]
fn i14_an_alarm_in_the_log_that_is_not_true() {
    for (alarm, call_id) in [
        (Alarm::GivenUp, None),
        (Alarm::Contradicted, None),
        (Alarm::GivenUp, Some(999_999)),
    ] {
        planted_saying(Invariant::I14, "the log about transaction", |run| {
            let of_debit = run.request(run.debit, Action::Pay).id.0;
            let logged = Logged {
                alarm,
                transaction_id: run.debit,
                call_id: call_id.unwrap_or(of_debit),
            };
            run.builder.records.alarms.logged.push(logged);
        });
    }
}
