//! What an operator says of a call that was lost is held against the network's own word: a wrong number would give back
//! somebody else's payment later, and a "failed" that comes too early leaves a payment that nobody knows of.

use aloqa_gateway::domain::day::stamp;
use aloqa_gateway::operator::Open;
use aloqa_gateway::payment::resolve::Verdict;
use serde_json::{Value, json};

use test_support::orders::{AMOUNT, Order};
use test_support::*;

use super::Operated as _;
use crate::recovery::{Prepared, STEPS, Step};

/// No payment and no hold has it.
const MADE_UP: &str = "000000999999";

on_each_database! {
    async fn a_call_that_was_carried_out_is_taken_under_its_own_name_alone(app: TestApp) {
        let kind = app.kind;
        join_all(steps(kind).map(|step| async move {
            let app = TestApp::with(kind, step.order.with(one_of_many)).await.unwrap();
            let other = others_name(&app, step).await;
            let prepared = Prepared::new(&app, step).await;
            let strangers = strangers_name(&app, step).await;
            app.fail_once(step.called(), step.operation, "reset_after").await;
            let id = prepared.lost(&app).await;
            app.clock.advance_ms(app.running.gateway.rules.lease_ms + 1);
            let before = (app.requests(id).await, app.moves().await, app.status(id).await);
            let name = true_name(&app, step, id).await;
            for wrong in [Some(MADE_UP.to_owned()), other, strangers].into_iter().flatten() {
                let refused = app.resolve(id, Verdict::Succeeded(wrong.clone())).await.unwrap_err();
                assert!(refused.contains(&wrong), "{step:?}: {refused}");
                let after = (app.requests(id).await, app.moves().await, app.status(id).await);
                assert_eq!(after, before, "{step:?} {wrong}");
            }
            app.resolve(id, Verdict::Succeeded(name)).await.unwrap_or_else(|error| panic!("{step:?}: {error}"));
            app.recover_after_lease().await;
            assert_eq!(app.status(id).await, step.executed.status, "{step:?}");
            app.assert_settled().await;
        })).await;
    }

    async fn a_call_that_was_not_carried_out_is_under_no_name_and_failed_when_it_can_no_longer_come(app: TestApp) {
        let kind = app.kind;
        join_all(steps(kind).map(|step| async move {
            let app = TestApp::with(kind, step.order.with(one_of_many)).await.unwrap();
            let other = others_name(&app, step).await;
            let prepared = Prepared::new(&app, step).await;
            let strangers = strangers_name(&app, step).await;
            app.fail_once(step.called(), step.operation, "reset_before").await;
            let id = prepared.lost(&app).await;
            app.clock.advance_ms(app.running.gateway.rules.lease_ms + 1);
            let before = (app.requests(id).await, app.moves().await, app.status(id).await);
            for wrong in [Some(MADE_UP.to_owned()), other, strangers].into_iter().flatten() {
                let refused = app.resolve(id, Verdict::Succeeded(wrong.clone())).await.unwrap_err();
                assert!(refused.contains("Check the number") || refused.contains(&wrong) || refused.contains("not confirmed"), "{step:?}: {refused}");
            }
            let early = app.resolve(id, Verdict::Failed).await.unwrap_err();
            let sent_at = app.request_rows(id).await.last().unwrap().sent_at;
            let rules = &app.running.gateway.rules;
            let final_after = match step.called().network() {
                "UZCARD" => rules.final_after_uzcard_ms,
                _ => rules.final_after_humo_ms,
            };
            let until = stamp(sent_at + final_after);
            assert!(early.contains(&format!("can still arrive at {} until {until}", step.called().network())), "{step:?}: {early}");
            let after = (app.requests(id).await, app.moves().await, app.status(id).await);
            assert_eq!(after, before, "{step:?}");
            app.let_all_time_pass();
            app.resolve(id, Verdict::Failed).await.unwrap_or_else(|error| panic!("{step:?}: {error}"));
            app.recover_after_lease().await;
            // Of a hold of UZCARD only an operator can tell.
            let end = match step.not_executed.status {
                "manual" => "declined",
                status => status,
            };
            assert_eq!(app.status(id).await, end, "{step:?}");
            app.assert_settled().await;
        })).await;
    }

    /// SVGate's list of the day has the number beside our reference.
    async fn the_list_of_the_day_proves_what_trans_ext_does_not_tell(app: TestApp) {
        let kind = app.kind;
        let payments = STEPS.into_iter().filter(|step| {
            step.called().network() == "UZCARD" && ["pay", "p2p", "credit", "capture"].contains(&step.operation)
        });
        let proven = join_all(payments.map(|step| async move {
            let app = TestApp::with(kind, step.order.with(one_of_many)).await.unwrap();
            let prepared = Prepared::new(&app, step).await;
            let strangers = strangers_name(&app, step).await.unwrap();
            app.fail_once(step.called(), step.operation, "reset_after").await;
            let id = prepared.lost(&app).await;
            app.clock.advance_ms(app.running.gateway.rules.lease_ms + 1);
            let name = true_name(&app, step, id).await;
            for wrong in [MADE_UP.to_owned(), strangers] {
                app.fail_once(UZCARD, "lookup", "http_500_before").await;
                let refused = app.resolve(id, Verdict::Succeeded(wrong.clone())).await.unwrap_err();
                assert!(refused.contains(&format!("is known under {name}, not under {wrong}")), "{refused}");
            }
            // Neither can be asked.
            app.fault(json!({"network": "UZCARD", "operation": "lookup", "kind": "http_500_before", "times": 2})).await;
            let refused = app.resolve(id, Verdict::Succeeded(name.clone())).await.unwrap_err();
            assert!(refused.contains("if UZCARD cannot be asked now, say it again later"), "{refused}");
            app.fail_once(UZCARD, "lookup", "http_500_before").await;
            app.resolve(id, Verdict::Succeeded(name)).await.unwrap();
            app.recover_after_lease().await;
            assert_eq!(app.status(id).await, step.executed.status, "{step:?}");
        })).await;
        assert_eq!(proven.len(), 7);
    }

    /// The payment came 1.4 seconds after an operator had said that it never would.
    async fn an_answer_that_comes_after_an_operators_word_wakes_somebody(app: TestApp) {
        let app = TestApp::with(app.kind, |config| {
            patient(config);
            config.uzcard.timeout_ms = 4_000;
        }).await.unwrap();
        let token = app.add_card(UZCARD).await;
        for (ext_id, fault) in [
            ("approved", json!({"kind": "delay", "delayMs": 2_500})),
            ("silent", json!({"kind": "drop_after", "delayMs": 2_500})),
        ] {
            let call = json!({"network": "UZCARD", "operation": "pay", "times": 1});
            app.fault(with(call, fault)).await;
            let params = with(debit_params(UZCARD, &token, AMOUNT), json!({"extId": ext_id}));
            let said = async {
                app.faults_are_taken().await;
                app.let_all_time_pass();
                let id = app.row_of(ext_id).await.id.0;
                app.resolve(id, Verdict::Failed).await.unwrap();
            };
            let (reply, ()) = tokio::join!(app.call("transactions.debit", params), said);
            let id = app.row_of(ext_id).await.id.0;
            assert_eq!(reply, outcome_unknown(id));
            assert_eq!(app.status(id).await, "declined");
            let open = app.open(Open::Contradicted).await;
            assert_eq!(open.last(), Some(&(id, "pay declined".to_owned())), "{ext_id}");
        }
        app.assert_metrics(&["aloqa_contradicted_requests 2".to_owned()]).await;
    }
}

fn steps(kind: DatabaseKind) -> impl Iterator<Item = Step> {
    let taken = move |(number, _): &(usize, Step)| {
        kind.takes(
            *number,
            OneIn {
                sqlite: 1,
                postgres: 4,
            },
        )
    };
    STEPS
        .into_iter()
        .enumerate()
        .filter(taken)
        .map(|(_, step)| step)
}

/// What the network calls the payment or hold of another transaction of ours, made by the same kind of call.
async fn others_name(app: &TestApp, step: Step) -> Option<String> {
    if !["pay", "hold", "capture", "p2p", "credit"].contains(&step.operation) {
        return None;
    }
    let token = app.add_card(step.order.payer()).await;
    let order = step.order.prepare(app, &token, "other").await;
    order.make(app).await;
    let id = app.row_of("other").await.id.0;
    let rows = app.request_rows(id).await;
    let made = rows.iter().find(|row| {
        use sea_orm::ActiveEnum as _;
        row.action.to_value() == step.operation
    });
    Some(name_in(made.unwrap().receipt.as_deref().unwrap()))
}

/// What UZCARD calls a payment that is not ours, or a hold of another amount on our card.
async fn strangers_name(app: &TestApp, step: Step) -> Option<String> {
    match (step.called().network(), step.operation) {
        ("UZCARD", "hold") => {
            app.hold_at_uzcard(step.called(), AMOUNT + 1).await;
            let ledger = app.ledger().await;
            let held = ledger.last().unwrap();
            assert_eq!(held["amount"], AMOUNT + 1);
            Some(held["reference"].as_str().unwrap().to_owned())
        }
        ("UZCARD", "pay" | "p2p" | "capture" | "credit") => {
            app.pay_past_the_gateway("stranger", AMOUNT).await;
            app.name_at_network(step.called(), "stranger").await
        }
        _ => None,
    }
}

/// What the network calls what the lost call has made, or is about.
async fn true_name(app: &TestApp, step: Step, id: i64) -> String {
    let rows = app.request_rows(id).await;
    let lost = rows.last().unwrap();
    // A part that is given back has a number of its own.
    if matches!(step.order, Order::ReversePart(_) | Order::ReverseRest(_)) {
        return app.name_at_network(UZCARD, &lost.reference).await.unwrap();
    }
    match (step.called().network(), step.operation) {
        ("UZCARD", "hold") => {
            let ledger = app.ledger().await;
            let made = ledger
                .iter()
                .rfind(|row| row["action"] == "hold" && row["amount"] == AMOUNT);
            made.unwrap()["reference"].as_str().unwrap().to_owned()
        }
        (_, "pay" | "p2p" | "credit" | "hold") | ("UZCARD", "capture") => {
            let found = app.name_at_network(step.called(), &lost.reference).await;
            found.unwrap()
        }
        _ => {
            let known = rows.iter().rfind(|row| row.receipt.is_some()).unwrap();
            name_in(known.receipt.as_deref().unwrap())
        }
    }
}

fn name_in(receipt: &str) -> String {
    let receipt: Value = serde_json::from_str(receipt).unwrap();
    let name = |member: &str| receipt[member].as_str().unwrap().to_owned();
    match name("ref_num").as_str() {
        "" => name("network_id"),
        ref_num => ref_num.to_owned(),
    }
}
