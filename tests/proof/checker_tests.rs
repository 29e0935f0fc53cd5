//! The checker itself: records that agree pass, and each planted violation is reported by its invariant and no other.

mod alarms;
mod answers;
mod money;
mod others;
mod restored;

use std::collections::BTreeSet;

use entity::ids::TransactionId;
use entity::processing_request::{Action, SettledBy, State};
use entity::time::UnixMillis;
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

/// The transactions of the run into which all violations are planted.
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
    parted: i64,
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
        let parted = builder.hold(UZCARD_2, 2_800, "parted");
        builder.charge_part(parted, UZCARD_2, 1_500);
        builder.reverse_part(parted, UZCARD_2, 600, "refund");
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
            parted,
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
        sides
            .find(|side| side.transaction_id == TransactionId(id))
            .unwrap()
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
            .filter(|request| request.transaction_id == TransactionId(id))
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
            .find(|request| request.transaction_id == TransactionId(id) && request.action == action)
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

    /// A refused call of the shop about a transaction: the code, and the reason that tells its cases apart.
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

/// Plants something into a sound run, and counts the money again as the ledger then has it.
#[track_caller]
fn planted(expected: Invariant, plant: impl FnOnce(&mut Run)) {
    let mut run = Run::sound();
    plant(&mut run);
    run.builder.recount();
    assert_found(&run, expected);
}

/// The same, and the violation is reported by the branch that says `why`.
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

/// Its reply was lost, and its network stood still until it was over.
#[test]
fn a_hold_of_uzcard_may_be_over_before_anybody_sees_it() {
    for (by, sound) in [(SettledBy::Operator, true), (SettledBy::NotFound, false)] {
        let mut run = Run::sound();
        let builder = &mut run.builder;
        let id = builder.declined(UZCARD_2, 410, "over");
        builder.row(id).kind = Kind::Hold;
        let request = builder.last_request();
        (request.action, request.settled_by) = (Action::Hold, Some(by));
        let made_at = request.sent_at.0 + 1;
        for (movement, at) in [
            (Movement::Hold, made_at),
            (Movement::Release, made_at + HOLD_LIFETIME_MINUTES * 60_000),
        ] {
            builder.execute(UZCARD_2, movement, "unseen", 410);
            builder.records.networks.ledger.last_mut().unwrap().at = at;
        }
        builder.recount();
        run.last().asked.params["is_hold"] = json!(true);
        let found = run.found();
        assert_eq!(found.is_empty(), sound, "{found:#?}");
    }
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
        let asked = builder.row(id).created_at.0 - 1;
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
    run.builder.row(coded).code_expires_at = Some(UnixMillis(ended_at));
    run.refused(confirm, coded, -32308, "code_expired");
    let held = run.held;
    run.builder.row(held).hold_expires_at = Some(UnixMillis(ended_at));
    run.refused(charge, held, -32313, "hold_expired");
    // The network refused the first reversal, and carried out the second.
    run.builder.refused_reversal(run.debit, UZCARD);
    run.builder.reverse(run.debit, UZCARD);
    run.builder.recount();
    assert_eq!(run.found(), Vec::<String>::new());
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
        let row = run.builder.row(id.0);
        (row.status, row.version) = (Status::AwaitingCode, 1);
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
    let asked_at = run.builder.row(run.debit).created_at.0 + 1;
    (run.last().asked.at, run.last().ended_at) = (asked_at, asked_at + 1);
    assert_eq!(run.found(), Vec::<String>::new());
}
