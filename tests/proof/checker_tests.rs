//! The checker itself: records that agree pass, and each planted violation is told by its invariant and no other.

use std::collections::BTreeSet;

use entity::processing_request::{Action, State};
use entity::transaction::{Kind, Status};
use entity::transfer::Fiscal;
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
    expired: i64,
    waiting: i64,
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
        let waiting = builder.order(Kind::Debit, UZCARD, 200, "waiting", true);
        let params = debit_params(
            UZCARD,
            200,
            "waiting",
            json!({"force_sms_confirmation": true}),
        );
        let sent = json!({"phone": "998901234567", "transactionId": waiting});
        builder.call(SHOP, "transactions.debit", params, Ok(sent));
        // Questions, repeats, refusals, and a stranger.
        builder.get(debit, "succeeded", None);
        builder.get(reversed, "reversed", None);
        builder.get(declined, "declined", Some(-32309));
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
            expired,
            waiting,
        }
    }

    fn found(&self) -> Vec<String> {
        let violations = check(&self.builder.records);
        violations.iter().map(ToString::to_string).collect()
    }

    /// The shop asks about a transaction, and is told this status and error.
    fn get(&mut self, id: i64, status: &str, error: Option<i64>) {
        self.builder.get(id, status, error);
    }

    fn side(&mut self, id: i64) -> &mut entity::transfer::Model {
        let mut sides = self.builder.records.gateway.transfers.iter_mut();
        sides.find(|side| side.transaction_id == id).unwrap()
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

    /// A call of the shop about a transaction, refused: the code, and what tells the cases of it apart.
    fn refused(&mut self, method: &str, id: i64, code: i64, reason: &str) {
        let error = json!({"code": code, "message": "no", "data": {"reason": reason}});
        let params = json!({"transactionId": id});
        self.builder.call(SHOP, method, params, Err(error));
    }

    /// Gives the calls about a transaction another answer: an error.
    fn answered_instead(&mut self, method: &str, id: i64, code: i64) {
        let ext_id = self.builder.row(id).ext_id.clone();
        for exchange in &mut self.builder.records.journal {
            let about = exchange.number("transactionId") == Some(id)
                || exchange.text("extId") == ext_id.as_deref();
            if about && exchange.asked.method == method {
                let body = json!({"error": {"code": code, "message": "no"}});
                exchange.end = End::Replied { http: 200, body };
            }
        }
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

/// The same, and the branch that tells it is the one that says so.
#[track_caller]
fn planted_saying(expected: Invariant, why: &str, plant: impl FnOnce(&mut Run)) {
    let mut run = Run::sound();
    plant(&mut run);
    run.builder.recount();
    assert_found(&run, expected);
    let found = run.found();
    assert!(found.iter().all(|told| told.contains(why)), "{found:#?}");
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

/// What is right: answers that look like the planted ones, and are true.
#[test]
fn refusals_that_are_true_pass() {
    let mut run = Run::sound();
    let (charge, cancel) = (
        "transactions.debit.hold.charge",
        "transactions.debit.hold.cancel",
    );
    let (confirm, reverse) = ("transactions.debit.confirm", "transactions.debit.reverse");
    for (method, id, code, reason) in [
        (reverse, run.reversed, -32313, "reversed"),
        (cancel, run.cancelled, -32313, "cancelled"),
        (reverse, run.declined, -32313, "declined"),
        (charge, run.charged, -32312, "succeeded"),
        (confirm, run.coded, -32392, "succeeded"),
        (confirm, run.held, -32392, "held"),
        (reverse, run.held, -32330, "held"),
        (confirm, run.expired, -32308, "code_expired"),
        (reverse, run.expired, -32313, "code_expired"),
        // Of another kind.
        (charge, run.debit, -32314, ""),
        ("p2p.confirm", run.debit, -32314, ""),
    ] {
        run.refused(method, id, code, reason);
    }
    // Its time is over, and nobody has written that down.
    let (coded, ended_at) = (run.waiting, run.last().ended_at);
    run.builder.row(coded).code_expires_at = Some(ended_at);
    run.refused(confirm, coded, -32308, "code_expired");
    let held = run.held;
    run.builder.row(held).hold_expires_at = Some(ended_at);
    run.refused(charge, held, -32313, "hold_expired");
    // The network refused the first reversal, and carried out the second.
    run.builder.refused_reversal(run.debit, UZCARD);
    run.builder.reverse(run.debit, UZCARD);
    run.builder.recount();
    assert_eq!(run.found(), Vec::<String>::new());
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

#[test]
fn i11_a_card_that_is_attached_twice() {
    planted_saying(Invariant::I11, "is attached twice", |run| {
        let gateway = &mut run.builder.records.gateway;
        let (mut card, mut attachment) = (gateway.cards[0].clone(), gateway.attachments[0].clone());
        card.id = sea_orm::prelude::Uuid::from_u128(3);
        attachment.card_id = card.id;
        gateway.cards.push(card);
        gateway.attachments.push(attachment);
    });
}

#[test]
fn i11_a_card_without_an_attachment() {
    planted_saying(Invariant::I11, "no confirmed attachment", |run| {
        run.builder.records.gateway.attachments.remove(0);
    });
}

#[test]
fn i11_a_card_of_an_attachment_whose_code_was_never_right() {
    planted_saying(Invariant::I11, "no confirmed attachment", |run| {
        let id = run.builder.records.gateway.attachments[0].transaction_id;
        let events = &mut run.builder.records.gateway.events;
        events.retain(|event| event.transaction_id != id || event.seq == 1);
        let row = run.builder.row(id);
        (row.status, row.version) = (Status::AwaitingCode, 1);
    });
}

#[test]
fn i7_another_order_that_was_taken() {
    planted_saying(Invariant::I7, "another order under its extId", |run| {
        let params = debit_params(UZCARD, 501, "debit", json!({}));
        let result = json!({"transactionId": run.debit});
        run.builder
            .call(SHOP, "transactions.debit", params, Ok(result));
    });
}

#[test]
fn i7_another_order_that_was_refused_for_another_reason() {
    planted_saying(Invariant::I7, "another order under its extId", |run| {
        let params = debit_params(UZCARD, 501, "debit", json!({}));
        let error = json!({"code": -32309, "message": "no money"});
        run.builder
            .call(SHOP, "transactions.debit", params, Err(error));
    });
}

#[test]
fn i7_a_true_repeat_that_was_taken_for_another_order() {
    planted_saying(Invariant::I7, "a repeat was taken for another", |run| {
        let params = debit_params(UZCARD, 500, "debit", json!({}));
        let error = json!({"code": -32401, "message": "no", "data": {"reason": "ext_id_reused"}});
        run.builder
            .call(SHOP, "transactions.debit", params, Err(error));
    });
}

#[test]
fn i6_a_confirmation_that_was_refused_and_carried_out() {
    planted_saying(
        Invariant::I6,
        "was answered -32309, and ended with",
        |run| {
            run.answered_instead("transactions.debit.confirm", run.coded, -32309);
        },
    );
}

#[test]
fn i6_a_final_status_that_it_never_had() {
    for (code, reason, told) in [
        (-32313, "cancelled", "Cancelled"),
        (-32313, "declined", "Declined"),
        (-32313, "reversed", "Reversed"),
        (-32313, "hold_expired", "HoldExpired"),
        (-32313, "code_expired", "CodeExpired"),
        (-32308, "tries_used_up", "Expired"),
        (-32312, "succeeded", "Succeeded"),
        (-32392, "succeeded", "Succeeded"),
        (-32330, "awaiting_code", "AwaitingCode"),
        (-32365, "manual", "Manual"),
    ] {
        planted_saying(Invariant::I6, told, |run| {
            run.refused("transactions.debit.reverse", run.held, code, reason);
        });
    }
}

#[test]
fn i6_a_status_that_it_had_long_ago() {
    planted_saying(Invariant::I6, "Is(Held), and was not then", |run| {
        run.refused("transactions.debit.confirm", run.cancelled, -32392, "held");
    });
    planted_saying(Invariant::I6, "Is(Processing), and was not then", |run| {
        let reverse = "transactions.debit.reverse";
        run.refused(reverse, run.reversed, -32365, "processing");
        // Longer ago than any commit takes.
        run.last().asked.at += 60_000;
        run.last().ended_at += 60_000;
    });
}

#[test]
fn i6_a_hold_that_was_ended_before_its_time() {
    planted_saying(Invariant::I6, "HoldExpired", |run| {
        let charge = "transactions.debit.hold.charge";
        run.refused(charge, run.held, -32313, "hold_expired");
        let ended_at = run.last().ended_at;
        run.builder.row(run.held).hold_expires_at = Some(ended_at + 1);
    });
}

#[test]
fn i6_a_code_that_was_ended_before_its_time() {
    planted_saying(Invariant::I6, "CodeExpired", |run| {
        let confirm = "transactions.debit.confirm";
        run.refused(confirm, run.waiting, -32308, "code_expired");
        let ended_at = run.last().ended_at;
        run.builder.row(run.waiting).code_expires_at = Some(ended_at + 1);
    });
}

#[test]
fn i6_an_order_whose_code_was_ended_before_its_time() {
    planted_saying(
        Invariant::I6,
        "was answered -32308, and ended with",
        |run| {
            let params = debit_params(
                UZCARD,
                200,
                "waiting",
                json!({"force_sms_confirmation": true}),
            );
            let gone = json!({"code": -32308, "message": "expired"});
            run.builder
                .call(SHOP, "transactions.debit", params, Err(gone));
            let ended_at = run.last().ended_at;
            run.builder.row(run.waiting).code_expires_at = Some(ended_at + 1);
        },
    );
}

/// A question is told that a code has expired by the clock alone.
#[test]
fn i6_a_code_that_expired_by_the_clock() {
    let ask = |run: &mut Run| {
        run.get(run.waiting, "expired", Some(-32308));
        run.last().ended_at
    };
    let mut run = Run::sound();
    let ended_at = ask(&mut run);
    run.builder.row(run.waiting).code_expires_at = Some(ended_at);
    assert_eq!(run.found(), Vec::<String>::new());

    planted_saying(Invariant::I6, "Expired, and was not then", |run| {
        let ended_at = ask(run);
        run.builder.row(run.waiting).code_expires_at = Some(ended_at + 1);
    });
}

#[test]
fn i6_an_expired_code_without_its_error() {
    planted_saying(Invariant::I6, "its error was told to be another", |run| {
        run.get(run.expired, "expired", None);
    });
}

#[test]
fn i6_a_question_that_was_refused() {
    let unknown = json!({"code": -32314, "message": "not found"});
    planted_saying(Invariant::I6, "its owner asked, and was not told", |run| {
        let params = json!({"transactionId": run.debit});
        run.builder
            .call(SHOP, "transactions.get", params, Err(unknown.clone()));
    });
    planted_saying(Invariant::I6, "its owner asked, and was not told", |run| {
        let params = json!({"extId": "debit"});
        run.builder
            .call(SHOP, "transactions.get", params, Err(unknown.clone()));
    });
}

#[test]
fn i6_a_question_that_was_turned_away_though_all_was_quiet() {
    let turned_away = |run: &mut Run| {
        let params = json!({"transactionId": run.debit});
        let error = json!({"code": -32343, "message": "overloaded"});
        run.builder
            .call(SHOP, "transactions.get", params, Err(error));
        let asked_at = run.last().asked.at;
        run.last().end = End::Replied {
            http: 503,
            body: json!({"error": {"code": -32343}}),
        };
        asked_at
    };
    let mut run = Run::sound();
    let asked_at = turned_away(&mut run);
    run.builder.records.quiet_from = asked_at + 1;
    assert_eq!(run.found(), Vec::<String>::new());

    planted_saying(Invariant::I6, "its owner asked, and was not told", |run| {
        run.builder.records.quiet_from = turned_away(run);
    });
}

/// By its `extId` a transaction may be asked for before it is there.
#[test]
fn a_question_that_came_before_the_commit_passes() {
    let mut run = Run::sound();
    let params = json!({"extId": "debit"});
    let unknown = json!({"code": -32314, "message": "not found"});
    run.builder
        .call(SHOP, "transactions.get", params, Err(unknown));
    let asked_at = run.builder.row(run.debit).created_at + 1;
    (run.last().asked.at, run.last().ended_at) = (asked_at, asked_at + 1);
    assert_eq!(run.found(), Vec::<String>::new());
}

#[test]
fn i6_a_call_that_was_told_not_to_find_its_own_transaction() {
    for (method, of) in [
        ("transactions.debit.reverse", "debit"),
        ("transactions.debit.confirm", "coded"),
        ("transactions.debit.hold.charge", "charged"),
        ("p2p.confirm", "across"),
    ] {
        planted_saying(Invariant::I6, "it was told not to exist", |run| {
            let rows = &run.builder.records.gateway.transactions;
            let row = rows.iter().find(|row| row.ext_id.as_deref() == Some(of));
            let id = row.unwrap().id;
            run.refused(method, id, -32314, "");
        });
    }
}

#[test]
fn i6_a_refusal_of_a_reversal_that_was_carried_out() {
    planted_saying(
        Invariant::I6,
        "no Reverse of this call was declined",
        |run| {
            run.answered_instead("transactions.debit.reverse", run.reversed, -32330);
        },
    );
}

#[test]
fn i6_a_refusal_of_a_cancellation_that_was_carried_out() {
    planted_saying(
        Invariant::I6,
        "no Release of this call was declined",
        |run| {
            run.answered_instead("transactions.debit.hold.cancel", run.cancelled, -32338);
        },
    );
}

#[test]
fn i6_a_refusal_of_a_charge_that_was_carried_out() {
    planted_saying(
        Invariant::I6,
        "no Capture of this call was declined",
        |run| {
            run.answered_instead("transactions.debit.hold.charge", run.charged, -32309);
        },
    );
}

/// One refusal of the network is the answer to one call.
#[test]
fn i6_a_refusal_that_was_anothers() {
    planted_saying(
        Invariant::I6,
        "no Reverse of this call was declined",
        |run| {
            run.builder.refused_reversal(run.debit, UZCARD);
            let first = run.last().clone();
            run.builder.reverse(run.debit, UZCARD);
            run.answered_instead("transactions.debit.reverse", run.debit, -32330);
            // Both calls were under way at the same time.
            run.last().asked.at = first.asked.at;
        },
    );
}

#[test]
fn i13_a_debit_of_which_nothing_had_left() {
    planted_saying(Invariant::I13, "nothing had reached a network", |run| {
        run.answered_instead("transactions.debit", run.debit, -32334);
    });
    // What is turned away leaves no row either.
    planted(Invariant::I13, |run| {
        run.answered_instead("transactions.debit", run.debit, -32343);
    });
}

#[test]
fn i13_a_confirmation_of_which_nothing_had_left() {
    planted_saying(Invariant::I13, "nothing had reached a network", |run| {
        run.answered_instead("transactions.debit.confirm", run.coded, -32334);
    });
}

#[test]
fn i13_a_charge_a_cancellation_and_a_reversal_of_which_nothing_had_left() {
    planted_saying(Invariant::I13, "nothing had reached a network", |run| {
        run.answered_instead("transactions.debit.hold.charge", run.charged, -32334);
    });
    planted_saying(Invariant::I13, "nothing had reached a network", |run| {
        run.answered_instead("transactions.debit.hold.cancel", run.cancelled, -32343);
    });
    planted_saying(Invariant::I13, "nothing had reached a network", |run| {
        run.answered_instead("transactions.debit.reverse", run.reversed, -32334);
    });
}

#[test]
fn i13_a_payment_of_humo_that_was_created_and_of_which_nothing_had_left() {
    planted_saying(Invariant::I13, "nothing had reached a network", |run| {
        let builder = &mut run.builder;
        let id = builder.order(Kind::Debit, HUMO, 400, "created", false);
        builder.request(id, Action::Pay, HUMO);
        builder.request(id, Action::Cancel, HUMO);
        builder.advance(id, Status::Declined);
        builder.row(id).error_code = Some(-32339);
        let params = debit_params(HUMO, 400, "created", json!({}));
        let error = json!({"code": -32334, "message": "inside"});
        builder.call(SHOP, "transactions.debit", params, Err(error));
        let asked = builder.row(id).created_at - 1;
        run.last().asked.at = asked;
    });
}
