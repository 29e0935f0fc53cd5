//! What recovery makes of every call whose outcome was not known: the true state, and whatever depends on it.

mod steps;

use std::sync::Arc;

use entity::network::Network as StoredNetwork;
use entity::processing_request::{Action, SettledBy};
use sea_orm::{ActiveEnum as _, Iterable as _};
use serde_json::{Value, json};

use rpc_schema::values::Network;

use test_support::orders::{
    AMOUNT, CAPTURE_REVERSED, CAPTURED, CREDITED, ENDINGS, Ending, GIVEN_BACK, HELD, Order, P2P,
    PAID, PART, PART_CAPTURED, PART_REVERSED, RELEASED, REST, REVERSED, REVERSED_IN_PARTS, Refusal,
    Request, TOTAL, fail,
};
use test_support::*;

use steps::declined;
pub(crate) use steps::{End, STEPS, Step, end};

use Order::{Cancel, Expire, Hold, ReversePart, ReverseRest};

on_each_database! {
    async fn every_lost_call_of_uzcard_comes_to_its_true_end(app: TestApp) {
        all_losses(app.kind, |step| step.called().network() == "UZCARD").await;
    }

    async fn every_lost_call_of_humo_comes_to_its_true_end(app: TestApp) {
        all_losses(app.kind, |step| step.called().network() == "HUMO").await;
    }

    /// A network carries out late what it has received; until the longest time that it may take, absence proves nothing.
    async fn a_call_that_is_carried_out_after_our_time_out_is_found(app: TestApp) {
        let kind = app.kind;
        join_all(STEPS.into_iter().map(|step| async move {
            let app = TestApp::with(kind, step.order.with(one_of_many)).await.unwrap();
            let prepared = Prepared::new(&app, step).await;
            app.fault(json!({
                "network": step.called().network(), "operation": step.operation, "kind": "drop_after", "delayMs": 4_000, "times": 1,
            })).await;
            let received = async {
                app.faults_are_taken().await;
                app.totals().await
            };
            let (id, totals) = tokio::join!(prepared.lost(&app), received);
            app.recover_after_lease().await;
            let status = app.status(id).await;
            // On a machine that stood still it may have been carried out by now, and found.
            if app.totals().await == totals {
                assert_eq!(status, "processing", "{step:?}");
            }
            // Once it is carried out it is there, and the next look-up finds it.
            while app.totals().await == totals {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            app.recover_after_lease().await;
            step.assert_ended(&app, id, step.executed, 0, "late").await;
        })).await;
    }

    /// Of several gateways one looks up, and one record is written.
    async fn a_lost_call_is_looked_up_by_one_process_only(app: TestApp) {
        let others = [app.another().await, app.another().await];
        let token = app.add_card(UZCARD).await;
        let mut ids = Vec::new();
        for n in 0..10 {
            app.fail_once(UZCARD, "pay", "reset_after").await;
            let params = with(debit_params(UZCARD, &token, AMOUNT), json!({"extId": format!("{n}")}));
            app.error("transactions.debit", params).await;
            ids.push(app.row_of(&format!("{n}")).await.id);
        }
        app.clock.advance_ms(app.running.gateway.rules.lease_ms + 1);
        let gateways = [&app, &others[0], &others[1]].map(|app| Arc::clone(&app.running.gateway));
        let looked_up = join_all(gateways.iter().map(|gateway| gateway.payments.recover_due(Network::Uzcard))).await;
        let all: u64 = looked_up.into_iter().map(Result::unwrap).sum();
        assert_eq!(all, 10);
        for id in ids {
            assert_eq!(app.status(id.0).await, "succeeded");
            let rows = app.request_rows(id.0).await;
            assert_eq!((rows[0].attempts, rows[0].settled_by), (1, Some(SettledBy::LookUp)));
        }
        app.assert_settled().await;
    }

    /// Seconds, minutes, hours, and then people.
    async fn what_the_schedule_cannot_settle_becomes_manual(app: TestApp) {
        for (card, times) in [(UZCARD, 31), (HUMO, 31)] {
            let token = app.add_card(card).await;
            let params = with(debit_params(card, &token, AMOUNT), json!({"extId": card.network()}));
            app.fail_once(card, "pay", "reset_after").await;
            app.error("transactions.debit", params.clone()).await;
            let id = app.row_of(card.network()).await.id.0;
            let fault = json!({"network": card.network(), "operation": "lookup", "kind": "http_500_before", "times": 1_000});
            app.fault(fault).await;
            let mut look_ups = 0;
            let mut waited = 0;
            while app.status(id).await == "processing" {
                let next = app.request_rows(id).await[0].next_check_at;
                let pause = next.0 - app.now();
                // Never before its time.
                app.clock.advance_ms(pause - 1);
                assert_eq!(app.running.gateway.payments.recover_due(card_network(card)).await.unwrap(), 0);
                app.clock.advance_ms(1);
                app.recover().await;
                waited += pause;
                look_ups += 1;
            }
            assert_eq!(look_ups, times, "{}", card.network());
            let hours = waited / 3_600_000;
            assert!((18..=31).contains(&hours), "{hours} hours");
            assert_eq!(app.requests(id).await, ["pay unknown"]);
            assert_eq!(app.standing(id).await["status"], "manual");
            assert_eq!(app.call("transactions.debit", params).await, in_process(id, "manual"));
            assert_eq!(app.call("transactions.debit.reverse", json!({"transactionId": id})).await, in_process(id, "manual"));
            // From then on it is not looked up any more.
            app.clear_faults().await;
            app.clock.advance_ms(1_000 * 24 * 3_600_000);
            app.recover().await;
            assert_eq!(app.status(id).await, "manual");
        }
        app.assert_settled().await;
    }

    /// An undo must succeed: it is repeated, each time with a new intent.
    async fn an_undoing_that_was_refused_or_lost_is_made_again(app: TestApp) {
        let token = app.add_card(HUMO).await;
        app.refuse_once(HUMO, "confirm", "116").await;
        app.fail_once(HUMO, "release", "reset_before").await;
        let params = with(debit_params(HUMO, &token, AMOUNT), json!({"extId": "sale"}));
        app.error("transactions.debit", params.clone()).await;
        let id = app.row_of("sale").await.id.0;
        app.refuse_once(HUMO, "release", "902").await;
        app.recover_after_all().await;
        assert_eq!(app.requests(id).await, ["pay approved", "confirm declined", "cancel declined", "cancel unknown"]);
        assert_eq!(app.balance(HUMO).await, FULL - AMOUNT);
        app.recover_after_all().await;
        assert_eq!(
            app.requests(id).await,
            ["pay approved", "confirm declined", "cancel declined", "cancel declined", "cancel approved"]
        );
        let refused = refusal(-32309, &json!({"network": "HUMO", "processingCode": "116"}));
        assert_eq!(app.call("transactions.debit", params).await, refused);

        // The same for the debit of a transfer.
        for direction in [UZCARD_TO_HUMO, HUMO_TO_UZCARD] {
            let token = app.add_card(direction.from).await;
            let seen = app.moves().await.len();
            let ext_id = json!({"extId": direction.method});
            app.refuse_once(direction.to, "credit", direction.to.refusing_code().0).await;
            app.fail_once(direction.from, "reverse", "reset_before").await;
            app.error(direction.method, with(direction.params(&token, AMOUNT), ext_id)).await;
            let id = app.row_of(direction.method).await.id.0;
            app.recover_after_all().await;
            let rows = app.requests(id).await;
            assert_eq!(rows[rows.len() - 3..], ["credit declined", "reverse declined", "reverse approved"]);
            assert_eq!(app.status(id).await, "declined");
            assert_eq!(app.standing(id).await["error"]["code"], -32408);
            assert_eq!(app.moves().await[seen..], GIVEN_BACK[..]);
        }
        assert_eq!(app.balance(HUMO).await, FULL);
        app.assert_settled().await;
    }

    /// An undo by recovery itself can be lost like any other call.
    async fn an_undoing_by_recovery_that_is_lost_is_found_or_made_again(app: TestApp) {
        let kind = app.kind;
        let undone = STEPS.into_iter().filter(|step| step.executed.error.1 == Some("interrupted"));
        let both = undone.flat_map(|step| [(step, "reset_before"), (step, "reset_after")]);
        let ended = join_all(both.map(|(step, how)| async move {
            let app = TestApp::with(kind, step.order.with(lone_caller)).await.unwrap();
            let prepared = Prepared::new(&app, step).await;
            app.fail_once(step.called(), step.operation, "reset_after").await;
            let id = prepared.lost(&app).await;
            let undoing = if step.executed.moves.is_empty() { "release" } else { "reverse" };
            app.fail_once(step.order.payer(), undoing, how).await;
            app.recover_after_lease().await;
            assert_eq!(app.take_scripted_calls().await, 0, "{step:?}");
            let requests = app.requests(id).await;
            assert!(requests.last().unwrap().ends_with(" unknown"), "{step:?}: {requests:?}");
            app.recover_after_all().await;
            step.assert_ended(&app, id, step.executed, 0, how).await;
        })).await;
        assert_eq!(ended.len(), 10);
    }

    /// As far as we could read, the confirmation was refused, and yet the sale is finished.
    async fn a_sale_that_is_too_late_to_be_cancelled_has_succeeded(app: TestApp) {
        let token = app.add_card(HUMO).await;
        app.refuse_once(HUMO, "confirm", "116").await;
        app.fail_once(HUMO, "release", "reset_before").await;
        let params = with(debit_params(HUMO, &token, AMOUNT), json!({"extId": "sale"}));
        app.error("transactions.debit", params.clone()).await;
        let id = app.row_of("sale").await.id.0;
        app.confirm_at_humo(id).await;
        app.recover_after_lease().await;
        let result = app.result("transactions.debit", params).await;
        assert_eq!(HUMO.masked_result(success(&result)), success(&HUMO.taken(id)));
        assert_eq!(app.standing(id).await["error"], Value::Null);
        assert_eq!(app.requests(id).await, ["pay approved", "confirm declined", "cancel declined"]);
        assert_eq!(app.moves().await, PAID);

        // For a transfer the debit now stands, and the credit is not begun.
        let direction = HUMO_TO_UZCARD;
        app.refuse_once(HUMO, "confirm", "116").await;
        app.fail_once(HUMO, "release", "reset_before").await;
        app.error(direction.method, with(direction.params(&token, AMOUNT), json!({"extId": "transfer"}))).await;
        let id = app.row_of("transfer").await.id.0;
        app.confirm_at_humo(id).await;
        app.recover_after_lease().await;
        assert_eq!(app.status(id).await, "declined");
        assert_eq!(app.moves().await[1..], GIVEN_BACK[..]);
        app.assert_settled().await;
    }

    /// A clock that was set forward says that enough time has passed; a network takes the time that it takes.
    async fn a_clock_that_is_set_proves_nothing(app: TestApp) {
        for (card, set_by) in [(UZCARD, 3_600_000), (HUMO, 24 * 3_600_000)] {
            let token = app.add_card(card).await;
            app.recover().await;
            app.fail_once(card, "pay", "reset_before").await;
            let params = with(debit_params(card, &token, AMOUNT), json!({"extId": card.network()}));
            app.error("transactions.debit", params).await;
            let id = app.row_of(card.network()).await.id.0;
            // The gateway has seen the clock before, and sees that it was set.
            app.recover_after_lease().await;
            app.clock.set_by_ms(set_by);
            app.recover().await;
            assert_eq!(app.status(id).await, "processing", "{}", card.network());
            app.recover_after_lease().await;
            assert_eq!(app.status(id).await, "processing", "{}", card.network());
            app.recover_after_all().await;
            app.recover_after_all().await;
            assert_eq!(app.status(id).await, "declined", "{}", card.network());
        }
        assert_eq!(app.moves().await, [""; 0]);
        app.assert_settled().await;
    }

    /// Nobody knows what was done to the clock while no gateway lived.
    async fn a_gateway_that_has_just_started_takes_no_absence_for_a_proof(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        app.fail_once(UZCARD, "pay", "reset_before").await;
        let params = with(debit_params(UZCARD, &token, AMOUNT), json!({"extId": "lost"}));
        app.error("transactions.debit", params).await;
        let id = app.row_of("lost").await.id.0;
        app.clock.set_by_ms(3_600_000);
        // Over and over, more often than it is looked up: what the network says each time is no reason to give up.
        let mut app = app;
        for _ in 0..35 {
            app = app.restarted().await;
            app.recover().await;
            assert_eq!(app.status(id).await, "processing");
            app.let_all_time_pass();
        }
        let look_ups = app.request_rows(id).await[0].attempts;
        assert!(look_ups <= 1, "{look_ups}");
        app = app.restarted().await;
        // Twice: its start may have looked, and a look-up is put off by a random time of up to a second.
        app.recover_after_all().await;
        app.recover_after_all().await;
        assert_eq!(app.status(id).await, "declined");
        app.assert_settled().await;
    }

    async fn a_lost_hold_is_taken_only_for_the_one_that_is_nobody_elses(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let hold = |ext_id: &str| with(debit_params(UZCARD, &token, AMOUNT), json!({"is_hold": true, "extId": ext_id}));
        // An equal hold before it, which is ours and known; an equal one of somebody else under the same user name.
        app.result("transactions.debit", hold("first")).await;
        app.fail_once(UZCARD, "hold", "reset_after").await;
        app.error("transactions.debit", hold("lost")).await;
        // Another hold on the card has to wait.
        assert_eq!(app.error_code("transactions.debit", hold("third")).await, -32364);
        app.recover_after_lease().await;
        let (first, lost) = (app.row_of("first").await, app.row_of("lost").await);
        assert_eq!(lost.status, entity::transaction::Status::Held);
        assert_ne!(first.receipt, lost.receipt);
        app.result("transactions.debit.hold.charge", json!({"transactionId": lost.id.0})).await;
        app.result("transactions.debit.hold.cancel", json!({"transactionId": first.id.0})).await;

        // Two that fit: which is which, nobody can tell.
        app.fail_once(UZCARD, "hold", "reset_after").await;
        app.error("transactions.debit", hold("fourth")).await;
        app.hold_at_uzcard(UZCARD, AMOUNT).await;
        app.recover_after_lease().await;
        let fourth = app.row_of("fourth").await.id.0;
        assert_eq!(app.status(fourth).await, "processing");
        app.assert_settled().await;
    }
}

/// A new action, or a network that begins to support one, must not be forgotten in the table. Each row checks that the
/// call that it loses is the one that it names ([`Prepared::lost`]).
#[test]
fn every_call_that_the_gateway_can_make_is_in_the_table() {
    for network in StoredNetwork::iter() {
        for action in Action::iter() {
            let made = match action {
                Action::Confirm | Action::Cancel => network == StoredNetwork::Humo,
                Action::ReversePart => network == StoredNetwork::Uzcard,
                Action::Pay
                | Action::Hold
                | Action::Capture
                | Action::Release
                | Action::Expire
                | Action::P2p
                | Action::Credit
                | Action::Reverse => true,
            };
            let listed = STEPS.iter().any(|step| {
                step.called().network() == network.to_value() && step.action() == action
            });
            assert_eq!(
                listed, made,
                "{action:?} of {network:?}: add to STEPS what asks for it, and how it ends"
            );
        }
    }
}

impl Step {
    /// The card of the network that is called.
    pub(crate) fn called(&self) -> TestCard {
        match (self.order.direction(), self.operation) {
            (Some(direction), "credit") => direction.to,
            (Some(_) | None, _) => self.order.payer(),
        }
    }

    /// What the row of the call says.
    fn action(&self) -> Action {
        match (self.operation, self.order) {
            ("release", Cancel(_)) => Action::Release,
            ("release", Expire(_)) => Action::Expire,
            ("release", _) => Action::Cancel,
            ("reverse", ReversePart(_) | ReverseRest(_)) => Action::ReversePart,
            (word, _) => Action::try_from_value(&word.to_owned()).unwrap(),
        }
    }

    /// The code with which it ends though all its calls are answered; 0 for a success.
    pub(crate) fn refused_with(&self) -> i32 {
        match self.refused {
            Some(_) => self.executed.error.0,
            None => 0,
        }
    }

    /// How the transaction stands, and what has moved since there were `seen` rows in the ledger.
    pub(crate) async fn assert_ended(
        &self,
        app: &TestApp,
        id: i64,
        end: End,
        seen: usize,
        how: &str,
    ) {
        let shown = format!("{self:?} {how}");
        let standing = app.standing(id).await;
        assert_eq!(
            standing["status"],
            end.status,
            "{shown}: {:?}",
            app.requests(id).await
        );
        let (code, reason) = end.error;
        assert_eq!(
            standing["error"]["code"].as_i64().unwrap_or_default(),
            i64::from(code),
            "{shown}"
        );
        assert_eq!(
            standing["error"]["data"]["reason"].as_str(),
            reason,
            "{shown}"
        );
        assert_eq!(app.moves().await[seen..], *end.moves, "{shown}");
        assert_eq!(
            app.balance(self.order.payer()).await,
            FULL - end.missing,
            "{shown}"
        );
        let totals = app.totals().await;
        let blocked = if end.status == "held" { AMOUNT } else { 0 };
        assert_eq!(totals["blocked"], blocked, "{shown}");
        app.assert_settled().await;
    }
}

/// A step that is ready to be lost.
pub(crate) struct Prepared {
    step: Step,
    /// What asks for it; the end of a hold comes by itself.
    request: Request,
}

impl Prepared {
    pub(crate) async fn new(app: &TestApp, step: Step) -> Self {
        let token = app.add_card(step.order.payer()).await;
        if let Expire(_) = step.order {
            // No gateway ends a hold by a clock that it does not trust yet.
            app.let_all_time_pass();
        }
        let request = step.order.prepare(app, &token, "lost").await;
        if let Some(refusal) = step.refused {
            refusal.script(app, step.order).await;
        }
        Self { step, request }
    }

    /// Makes the call; the reply, or how many holds have ended.
    pub(crate) async fn make(&self, app: &TestApp) -> Value {
        self.request.make(app).await
    }

    /// The transaction, once the call was made.
    pub(crate) async fn id(&self, app: &TestApp) -> i64 {
        match self.request.id {
            Some(id) => id,
            None => app.row_of("lost").await.id.0,
        }
    }

    /// Makes the call, whose outcome is not known then; the transaction.
    pub(crate) async fn lost(&self, app: &TestApp) -> i64 {
        let step = self.step;
        let reply = self.make(app).await;
        let id = self.id(app).await;
        let unknown = match self.request.call {
            Some(_) => outcome_unknown(id),
            None => success(&json!(0)),
        };
        assert_eq!(reply, unknown, "{step:?}");
        let lost = format!("{} unknown", step.action().to_value());
        assert_eq!(app.requests(id).await.last(), Some(&lost), "{step:?}");
        id
    }
}

async fn all_losses(kind: DatabaseKind, which: impl Fn(&Step) -> bool) {
    for (number, step) in STEPS.into_iter().filter(which).enumerate() {
        let losses = ENDINGS
            .into_iter()
            .filter(|ending| *ending != Ending::Refused)
            .enumerate()
            .filter(|(ending, _)| {
                kind.takes(
                    number + ending,
                    OneIn {
                        sqlite: 2,
                        postgres: 6,
                    },
                )
            });
        join_all(losses.map(|(_, ending)| async move {
            let app = TestApp::with(kind, step.order.with(lone_caller))
                .await
                .unwrap();
            lose(&app, step, ending).await;
            app.running.stop().await;
        }))
        .await;
    }
}

async fn lose(app: &TestApp, step: Step, ending: Ending) {
    let (how, executed) = (&format!("{ending:?}"), ending.is_executed());
    app.set_webhook("http://127.0.0.1:9/").await;
    let prepared = Prepared::new(app, step).await;
    let called = step.called();
    fail(app, called, step.operation, ending, called.unclear_code()).await;
    let id = prepared.lost(app).await;
    app.recover_after_lease().await;
    let end = match (executed, step.order, ending) {
        (true, ..) => step.executed,
        // SVGate has answered, and does not list it: its code is the answer, once it cannot come any more.
        (false, Hold(UZCARD), Ending::Unclear) => declined(-32338, &[]),
        (false, ..) => step.not_executed,
    };
    if !executed {
        // It may still come.
        assert_eq!(app.status(id).await, "processing", "{step:?} {how}");
        app.recover_after_all().await;
    }
    step.assert_ended(app, id, end, 0, how).await;
    // Nothing moves any more, however long one waits.
    app.clock.advance_ms(24 * 3_600_000);
    app.recover().await;
    step.assert_ended(app, id, end, 0, how).await;
    let is_as_it_was = matches!((step.order, end.status), (Expire(_), "held"));
    app.assert_heard(id, !is_as_it_was).await;
}

fn card_network(card: TestCard) -> Network {
    match card.network() {
        "HUMO" => Network::Humo,
        _ => Network::Uzcard,
    }
}
