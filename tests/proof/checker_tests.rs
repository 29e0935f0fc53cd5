//! The checker itself: records that agree pass, and each planted violation is told by its invariant and no other.

use std::collections::BTreeSet;

use entity::processing_request::{Action, State};
use entity::transaction::{Kind, Status};
use serde_json::json;

use crate::builder::{
    Builder, HUMO, HUMO_2, SHOP, STRANGER, UZCARD, UZCARD_2, debit_params, token,
};
use crate::checker::{Invariant, check};
use crate::gateway::HOLD_LIFETIME_MINUTES;
use crate::journal::{End, Exchange};
use crate::records::{Execution, Movement};

/// The transactions of the run that all plants grow in.
struct Run {
    builder: Builder,
    debit: i64,
    coded: i64,
    reversed: i64,
    declined: i64,
    held: i64,
    charged: i64,
    cancelled: i64,
    across: i64,
    given_back: i64,
}

impl Run {
    /// A run in which everything happens once, and nothing is wrong.
    fn sound() -> Self {
        let mut builder = Builder::new();
        let debit = builder.debit(UZCARD, 500, "debit");
        let coded = builder.debit_with_code(HUMO, 700, "coded");
        let reversed = builder.debit(HUMO, 900, "reversed");
        builder.reverse(reversed, HUMO);
        let declined = builder.declined(UZCARD, 300, "declined");
        let held = builder.hold(UZCARD_2, 1_100, "held");
        let charged = builder.hold(UZCARD, 1_300, "charged");
        builder.charge(charged, UZCARD);
        let humo_charged = builder.hold(HUMO_2, 1_500, "humo-charged");
        builder.charge(humo_charged, HUMO_2);
        builder.reverse(humo_charged, HUMO_2);
        let cancelled = builder.hold(HUMO, 1_700, "cancelled");
        builder.cancel(cancelled, HUMO);
        builder.transfer(UZCARD, UZCARD_2, 2_000, "within-uzcard");
        builder.transfer(HUMO, HUMO_2, 2_200, "within-humo");
        let across = builder.transfer(HUMO, UZCARD, 2_400, "across");
        let given_back = builder.given_back(UZCARD, HUMO, 2_600, "given-back");
        let expired = builder.order(Kind::Debit, UZCARD, 100, "expired", true);
        builder.advance(expired, Status::Expired);
        let params = debit_params(
            UZCARD,
            100,
            "expired",
            json!({"force_sms_confirmation": true}),
        );
        let gone =
            json!({"code": -32308, "message": "expired", "data": {"reason": "code_expired"}});
        builder.call(SHOP, "transactions.debit", params, Err(gone));
        // Questions, repeats, refusals, and a stranger.
        let get =
            |status: &str, error: serde_json::Value| json!({"status": status, "error": error});
        for (id, status) in [
            (debit, "succeeded"),
            (reversed, "reversed"),
            (declined, "declined"),
        ] {
            let row = builder.row(id).clone();
            let mut shown = get(
                status,
                json!(row.error_code.map(|code| json!({"code": code}))),
            );
            shown["transactionId"] = json!(id);
            shown["amount"] = json!(row.amount);
            shown["fee"] = json!(row.fee);
            shown["createdAt"] = json!(row.created_at);
            shown["extId"] = json!(row.ext_id);
            builder.call(
                SHOP,
                "transactions.get",
                json!({"transactionId": id}),
                Ok(shown),
            );
        }
        let again = json!({"code": -32309, "message": "no money"});
        let params = debit_params(UZCARD, 300, "declined", json!({}));
        builder.call(SHOP, "transactions.debit", params, Err(again));
        let refused = json!({"code": -32329, "message": "too large"});
        let params = debit_params(UZCARD, i64::MAX, "refused", json!({}));
        builder.call(SHOP, "transactions.debit", params, Err(refused));
        let unknown = json!({"code": -32314, "message": "not found"});
        for id in [debit, 999_999] {
            builder.call(
                STRANGER,
                "transactions.get",
                json!({"transactionId": id}),
                Err(unknown.clone()),
            );
        }
        let no_card = json!({"code": -32301, "message": "no such card"});
        let params =
            json!({"token": token(SHOP, UZCARD).to_string(), "amount": 5, "extId": "stolen"});
        builder.call(STRANGER, "transactions.debit", params, Err(no_card));
        builder.recount();
        Self {
            builder,
            debit,
            coded,
            reversed,
            declined,
            held,
            charged,
            cancelled,
            across,
            given_back,
        }
    }

    fn found(&self) -> Vec<String> {
        let violations = check(&self.builder.records);
        violations.iter().map(ToString::to_string).collect()
    }

    fn ledger(&mut self) -> &mut Vec<Execution> {
        &mut self.builder.records.networks.ledger
    }

    /// The ledger row of a transaction's movement.
    fn execution(&mut self, id: i64, movement: Movement) -> usize {
        let references: Vec<String> = self
            .builder
            .records
            .gateway
            .requests
            .iter()
            .filter(|request| request.transaction_id == id)
            .flat_map(|request| {
                let receipt = request.receipt.clone().unwrap_or_default();
                let network_id = serde_json::from_str::<serde_json::Value>(&receipt)
                    .ok()
                    .and_then(|receipt| receipt["network_id"].as_str().map(str::to_owned));
                [Some(request.reference.clone()), network_id]
            })
            .flatten()
            .collect();
        let fits =
            |row: &Execution| row.movement == movement && references.contains(&row.reference);
        self.ledger().iter().position(fits).unwrap()
    }

    fn request(&mut self, id: i64, action: Action) -> &mut entity::processing_request::Model {
        let mut requests = self.builder.records.gateway.requests.iter_mut();
        requests
            .find(|request| request.transaction_id == id && request.action == action)
            .unwrap()
    }

    fn exchange(&mut self, method: &str, ext_id: &str) -> &mut Exchange {
        let mut journal = self.builder.records.journal.iter_mut();
        journal
            .find(|exchange| {
                exchange.asked.method == method && exchange.text("extId") == Some(ext_id)
            })
            .unwrap()
    }

    fn last(&mut self) -> &mut Exchange {
        self.builder.records.journal.last_mut().unwrap()
    }
}

/// Plants something into a sound run, and lets the money follow what the ledger then says.
#[track_caller]
fn planted(expected: Invariant, plant: impl FnOnce(&mut Run)) {
    let mut run = Run::sound();
    plant(&mut run);
    run.builder.recount();
    assert_found(&run, expected);
}

#[track_caller]
fn assert_found(run: &Run, expected: Invariant) {
    let violations = check(&run.builder.records);
    let found: BTreeSet<Invariant> = violations
        .iter()
        .map(|violation| violation.invariant)
        .collect();
    assert_eq!(found, BTreeSet::from([expected]), "{:#?}", run.found());
}

#[test]
fn sound_records_pass() {
    assert_eq!(Run::sound().found(), Vec::<String>::new());
}

#[test]
fn a_hold_of_uzcard_may_end_by_itself_when_its_time_is_over() {
    let mut run = Run::sound();
    let hold = run.execution(run.held, Movement::Hold);
    let Execution {
        reference,
        amount,
        at,
        ..
    } = run.ledger()[hold].clone();
    run.builder
        .execute(UZCARD_2, Movement::Release, &reference, amount);
    run.ledger().last_mut().unwrap().at = at + HOLD_LIFETIME_MINUTES * 60_000;
    run.builder.recount();
    assert_eq!(run.found(), Vec::<String>::new());
}

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
fn i4_a_late_answer_that_contradicts_the_row() {
    planted(Invariant::I4, |run| {
        run.request(run.declined, Action::Pay).contradiction = Some("carried out".to_owned());
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
        let asked = builder.row(id).created_at - 1;
        run.last().asked.at = asked;
    });
}

#[test]
fn i5_a_request_that_was_never_settled() {
    planted(Invariant::I5, |run| {
        let builder = &mut run.builder;
        let id = builder.order(Kind::Debit, UZCARD, 400, "open", false);
        builder.request(id, Action::Pay, UZCARD);
        builder.last_request().state = State::Unknown;
        let params = debit_params(UZCARD, 400, "open", json!({}));
        let error = json!({"code": -32379, "message": "unknown", "data": {"transactionId": id}});
        builder.call(SHOP, "transactions.debit", params, Err(error));
        let asked = builder.row(id).created_at - 1;
        run.last().asked.at = asked;
    });
}

#[test]
fn i5_a_settled_transaction_with_an_unsettled_request() {
    planted(Invariant::I5, |run| {
        run.request(run.debit, Action::Pay).state = State::Sent;
    });
}

#[test]
fn i6_a_success_that_was_reversed_in_no_record() {
    planted(Invariant::I6, |run| {
        let params = json!({"transactionId": run.debit});
        run.builder
            .call(SHOP, "transactions.debit.reverse", params, Ok(json!(true)));
    });
}

#[test]
fn i6_a_refusal_of_what_was_carried_out() {
    planted(Invariant::I6, |run| {
        let error =
            json!({"jsonrpc": "2.0", "id": 1, "error": {"code": -32309, "message": "no money"}});
        run.exchange("transactions.debit", "debit").end = End::Replied {
            http: 200,
            body: error,
        };
    });
}

#[test]
fn i6_a_transaction_that_was_forgotten() {
    planted(Invariant::I6, |run| {
        let params = debit_params(UZCARD, 50, "forgotten", json!({}));
        let result = json!({"ext": "e", "refNum": "1", "transactionId": 77});
        run.builder
            .call(SHOP, "transactions.debit", params, Ok(result));
    });
}

#[test]
fn i6_a_receipt_of_another_payment() {
    planted(Invariant::I6, |run| {
        if let End::Replied { body, .. } = &mut run.exchange("transactions.debit", "debit").end {
            body["result"]["refNum"] = json!("000000999999");
        }
    });
}

#[test]
fn i6_a_status_before_its_time() {
    planted(Invariant::I6, |run| {
        let first = run.builder.records.journal[0].asked.at;
        let journal = &mut run.builder.records.journal;
        let asked = journal
            .iter_mut()
            .find(|exchange| exchange.asked.method == "transactions.get")
            .unwrap();
        asked.ended_at = first;
    });
}

#[test]
fn i7_two_rows_of_one_ext_id() {
    planted(Invariant::I7, |run| {
        let id = run.builder.debit(UZCARD, 500, "debit");
        assert_ne!(id, run.debit);
    });
}

#[test]
fn i7_a_repeat_that_names_another_transaction() {
    planted(Invariant::I7, |run| {
        let other = run.coded;
        if let End::Replied { body, .. } = &mut run.exchange("transactions.debit", "debit").end {
            body["result"]["transactionId"] = json!(other);
        }
    });
}

#[test]
fn i7_a_row_of_another_amount_than_was_ordered() {
    planted(Invariant::I7, |run| {
        run.exchange("transactions.debit", "held").asked.params["amount"] = json!(1_101);
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
            .rfind(|event| event.transaction_id == id)
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
        events.retain(|event| event.transaction_id != id || event.seq != 3);
        let last = events
            .iter_mut()
            .rfind(|event| event.transaction_id == id)
            .unwrap();
        (last.seq, last.from_status) = (3, Some("held".to_owned()));
        run.builder.row(id).version = 3;
    });
}

#[test]
fn i11_a_code_that_charged_twice() {
    planted(Invariant::I11, |run| {
        run.builder.request(run.coded, Action::Pay, HUMO);
    });
}

#[test]
fn i11_a_code_that_was_right_twice() {
    planted(Invariant::I11, |run| {
        let journal = &mut run.builder.records.journal;
        let confirmed = journal
            .iter()
            .find(|exchange| exchange.asked.method == "transactions.debit.confirm")
            .unwrap();
        let again = confirmed.clone();
        journal.push(again);
    });
}

#[test]
fn i11_an_attachment_that_made_two_cards() {
    planted(Invariant::I11, |run| {
        let journal = &mut run.builder.records.journal;
        let again = journal[0].clone();
        journal.push(again);
    });
}

#[test]
fn i12_a_stranger_who_was_shown_a_transaction() {
    planted(Invariant::I12, |run| {
        let (debit, row) = (run.debit, run.builder.row(run.debit).clone());
        let journal = &mut run.builder.records.journal;
        let probe = journal
            .iter_mut()
            .find(|exchange| {
                exchange.asked.partner == STRANGER
                    && exchange.number("transactionId") == Some(debit)
                    && exchange.asked.method == "transactions.get"
            })
            .unwrap();
        let body = json!({"result": {"transactionId": debit, "status": "succeeded", "amount": row.amount}});
        probe.end = End::Replied { http: 200, body };
    });
}

#[test]
fn i12_a_foreign_row_that_is_told_from_an_absent_one() {
    planted(Invariant::I12, |run| {
        let debit = run.debit;
        let journal = &mut run.builder.records.journal;
        let probe = journal
            .iter_mut()
            .find(|exchange| {
                exchange.asked.partner == STRANGER
                    && exchange.number("transactionId") == Some(debit)
            })
            .unwrap();
        let error =
            json!({"code": -32314, "message": "not found", "data": {"reason": "not_yours"}});
        probe.end = End::Replied {
            http: 200,
            body: json!({"error": error}),
        };
    });
}

#[test]
fn i12_a_debit_with_a_strangers_card() {
    planted(Invariant::I12, |run| {
        let theirs = token(STRANGER, UZCARD);
        run.builder.row(run.debit).card_id = Some(theirs);
        let params = &mut run.exchange("transactions.debit", "debit").asked.params;
        params["token"] = json!(theirs.to_string());
        // Told by the row, not by the question.
        let journal = &mut run.builder.records.journal;
        journal
            .retain(|exchange| exchange.asked.partner != STRANGER || exchange.result().is_some());
        let asked = journal
            .iter_mut()
            .find(|exchange| exchange.text("extId") == Some("debit"))
            .unwrap();
        asked.end = End::Lost("reset".to_owned());
    });
}

#[test]
fn i13_a_refused_order_that_left_a_row() {
    planted(Invariant::I13, |run| {
        let refused = json!({"error": {"code": -32362, "message": "no such terminal"}});
        run.exchange("transactions.debit", "debit").end = End::Replied {
            http: 200,
            body: refused,
        };
    });
}

#[test]
fn i13_a_row_that_nobody_ordered() {
    planted(Invariant::I13, |run| {
        let journal = &mut run.builder.records.journal;
        journal.retain(|exchange| exchange.text("extId") != Some("given-back"));
    });
}

#[test]
fn i13_a_reversal_that_nobody_asked_for() {
    planted(Invariant::I13, |run| {
        let reversed = run.reversed;
        let journal = &mut run.builder.records.journal;
        journal.retain(|exchange| {
            exchange.asked.method != "transactions.debit.reverse"
                || exchange.number("transactionId") != Some(reversed)
        });
    });
}
