//! What was executed, intended, given up: invariants I1 to I4, I8 to I10.

use entity::ids::TransactionId;

use super::*;

#[test]
fn i3_a_hold_that_ended_before_its_time() {
    planted(Invariant::I3, |run| {
        let hold = run.execution(run.held, Movement::Hold);
        let Execution {
            reference, amount, ..
        } = run.ledger()[hold].clone();
        run.builder
            .execute(UZCARD_2, Movement::Release, &reference, amount);
    });
}

#[test]
fn i1_a_payment_that_was_executed_twice() {
    planted(Invariant::I1, |run| {
        let place = run.execution(run.debit, Movement::Pay);
        let twice = run.ledger()[place].clone();
        run.ledger().push(twice);
    });
}

#[test]
fn i1_a_reversal_that_was_executed_twice() {
    planted(Invariant::I1, |run| {
        let place = run.execution(run.reversed, Movement::Reverse);
        let twice = run.ledger()[place].clone();
        run.ledger().push(twice);
    });
}

#[test]
fn i2_a_success_that_was_never_executed() {
    planted(Invariant::I2, |run| {
        let place = run.execution(run.debit, Movement::Pay);
        run.ledger().remove(place);
    });
}

#[test]
fn i2_a_reversal_that_was_never_executed() {
    planted(Invariant::I2, |run| {
        let place = run.execution(run.reversed, Movement::Reverse);
        run.ledger().remove(place);
    });
}

#[test]
fn i2_a_reversal_of_a_part_that_was_never_executed() {
    planted(Invariant::I2, |run| {
        let place = run.execution(run.parted, Movement::Reverse);
        run.ledger().remove(place);
    });
}

#[test]
fn i2_a_row_that_tells_of_more_than_was_given_back() {
    planted(Invariant::I2, |run| {
        run.builder.row(run.parted).reversed = Some(1_500);
    });
}

#[test]
fn i8_parts_that_exceed_the_payment_together() {
    planted(Invariant::I8, |run| {
        run.builder
            .reverse_part(run.parted, UZCARD_2, 901, "another");
    });
}

#[test]
fn i2_a_credit_of_another_amount() {
    planted(Invariant::I2, |run| {
        let place = run.execution(run.across, Movement::Credit);
        run.ledger()[place].amount -= 1;
    });
}

#[test]
fn i2_a_payment_from_another_card() {
    planted(Invariant::I2, |run| {
        let place = run.execution(run.coded, Movement::Pay);
        run.ledger()[place].pan = HUMO_2.to_owned();
    });
}

#[test]
fn i2_a_fiscal_receipt_that_the_service_does_not_know() {
    planted(Invariant::I2, |run| {
        run.builder.records.networks.receipts.pop();
    });
}

#[test]
fn i2_one_execution_for_two_approved_reversals() {
    planted(Invariant::I2, |run| {
        run.builder.request(run.reversed, Action::Reverse, HUMO);
        let params = json!({"transactionId": run.reversed});
        let lost = json!({"code": -32379, "message": "unknown"});
        run.builder
            .call(SHOP, "transactions.debit.reverse", params, Err(lost));
    });
}

#[test]
fn i3_an_execution_without_an_intent() {
    planted(Invariant::I3, |run| {
        run.builder.execute(HUMO, Movement::Pay, "nobody's", 5);
    });
}

#[test]
fn i3_a_hold_that_nobody_remembers() {
    planted(Invariant::I3, |run| {
        run.builder.execute(UZCARD, Movement::Hold, "999999", 5);
    });
}

#[test]
fn i4_a_refused_debit_that_was_executed() {
    planted(Invariant::I4, |run| {
        let reference = run.request(run.declined, Action::Pay).reference.clone();
        run.builder.execute(UZCARD, Movement::Pay, &reference, 300);
    });
}

#[test]
fn i4_a_refused_credit_that_was_executed_after_all() {
    planted(Invariant::I4, |run| {
        let reference = run
            .request(run.given_back, Action::Credit)
            .reference
            .clone();
        run.builder
            .execute(HUMO, Movement::Credit, &reference, 2_600);
    });
}

#[test]
fn i4_a_lost_hold_of_uzcard_that_was_given_up_and_executed() {
    planted(Invariant::I4, |run| {
        let builder = &mut run.builder;
        let id = builder.order(Kind::Hold, UZCARD, 400, "lost", false);
        builder.request(id, Action::Hold, UZCARD);
        builder.last_request().state = State::Declined;
        builder.last_request().receipt = None;
        builder.execute(UZCARD, Movement::Hold, "888888", 400);
        builder.advance(id, Status::Declined);
        builder.row(id).error_code = Some(-32403);
        let params = debit_params(UZCARD, 400, "lost", json!({"is_hold": true}));
        let error = json!({"code": -32403, "message": "declined"});
        builder.call(SHOP, "transactions.debit", params, Err(error));
        let asked = builder.row(id).created_at.0 - 1;
        run.last().asked.at = asked;
    });
}

#[test]
fn i8_a_charge_above_its_hold() {
    planted(Invariant::I8, |run| {
        let place = run.execution(run.charged, Movement::Capture);
        run.ledger()[place].amount += 1;
    });
}

#[test]
fn i8_a_reversal_above_its_payment() {
    planted(Invariant::I8, |run| {
        let place = run.execution(run.reversed, Movement::Reverse);
        run.ledger()[place].amount += 1;
    });
}

#[test]
fn i9_money_that_came_from_nowhere() {
    let mut run = Run::sound();
    run.builder.records.networks.cards[3].balance += 1;
    run.builder.records.networks.totals.available += 1;
    run.builder.records.networks.totals.total += 1;
    assert_found(&run, Invariant::I9);
}

#[test]
fn i9_a_sale_that_stays_blocked() {
    let mut run = Run::sound();
    let cards = &mut run.builder.records.networks.cards;
    let card = cards.iter_mut().find(|card| card.pan == HUMO).unwrap();
    card.balance -= 700;
    run.builder.records.networks.totals.available -= 700;
    run.builder.records.networks.totals.blocked += 700;
    assert_found(&run, Invariant::I9);
}

#[test]
fn i10_a_gap_between_events() {
    planted(Invariant::I10, |run| {
        let (id, events) = (run.charged, &mut run.builder.records.gateway.events);
        let last = events
            .iter_mut()
            .rfind(|event| event.transaction_id == TransactionId(id))
            .unwrap();
        last.seq += 1;
    });
}

#[test]
fn i10_a_status_without_an_event() {
    planted(Invariant::I10, |run| {
        run.builder.row(run.held).version += 1;
    });
}

#[test]
fn i10_a_path_that_no_transaction_may_go() {
    planted(Invariant::I10, |run| {
        // Cancelled straight from held, without the work between.
        let (id, events) = (run.cancelled, &mut run.builder.records.gateway.events);
        events.retain(|event| event.transaction_id != TransactionId(id) || event.seq != 3);
        let last = events
            .iter_mut()
            .rfind(|event| event.transaction_id == TransactionId(id))
            .unwrap();
        (last.seq, last.from_status) = (3, Some("held".to_owned()));
        run.builder.row(id).version = 3;
    });
}

#[test]
fn i3_a_fiscal_receipt_of_no_transfer() {
    planted_saying(
        Invariant::I3,
        "no transfer has this fiscal receipt",
        |run| {
            let receipts = &mut run.builder.records.networks.receipts;
            let mut other = receipts[0].clone();
            other.receipt_id.push('0');
            receipts.push(other);
        },
    );
}

#[test]
fn i4_a_fiscal_receipt_that_was_never_due() {
    planted_saying(Invariant::I4, "has no fiscal receipt, and it is", |run| {
        run.side(run.across).fiscal = Fiscal::None;
    });
}

#[test]
fn i4_a_fiscal_receipt_of_a_transfer_that_was_given_back() {
    planted_saying(Invariant::I4, "and has not succeeded", |run| {
        run.side(run.given_back).fiscal = Fiscal::Due;
    });
}

#[test]
fn i8_a_request_that_moves_nothing() {
    planted_saying(Invariant::I8, "moves nothing", |run| {
        run.request(run.declined, Action::Pay).amount = 0;
    });
}

#[test]
fn i8_an_execution_that_moves_nothing() {
    planted_saying(Invariant::I8, "moves nothing", |run| {
        let (id, pan) = (run.debit, UZCARD);
        run.builder.row(id).amount = 0;
        run.request(id, Action::Pay).amount = 0;
        let place = run.execution(id, Movement::Pay);
        run.ledger()[place].amount = 0;
        run.exchange("transactions.debit", "debit").asked.params["amount"] = json!(0);
        for exchange in &mut run.builder.records.journal {
            if let End::Replied { body, .. } = &mut exchange.end
                && body["result"]["transactionId"] == json!(id)
                && exchange.asked.method == "transactions.get"
            {
                body["result"]["amount"] = json!(0);
            }
        }
        assert_eq!(run.ledger()[place].pan, pan);
    });
}

/// A debit at HUMO that nobody of ours has confirmed; it is finished all the same, or so the row says.
fn found_finished(run: &mut Run, executed: bool) {
    let builder = &mut run.builder;
    let id = builder.order(Kind::Debit, HUMO, 400, "finished", false);
    let receipt = builder.request(id, Action::Pay, HUMO);
    if executed {
        builder.execute(HUMO, Movement::Pay, &receipt.reference.0, 400);
    }
    builder.advance(id, Status::Succeeded);
    let params = debit_params(HUMO, 400, "finished", json!({}));
    let error = json!({"code": -32379, "message": "unknown", "data": {"transactionId": id}});
    builder.call(SHOP, "transactions.debit", params, Err(error));
    let asked = builder.row(id).created_at.0 - 1;
    run.last().asked.at = asked;
    run.builder.recount();
}

#[test]
fn a_payment_of_humo_that_was_found_finished_passes() {
    let mut run = Run::sound();
    found_finished(&mut run, true);
    assert_eq!(run.found(), Vec::<String>::new());
}

#[test]
fn i2_a_payment_of_humo_that_is_not_finished() {
    planted(Invariant::I2, |run| found_finished(run, false));
}
