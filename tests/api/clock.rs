//! The sandbox's clock: what happens when a script moves it on.

use rpc_schema::errors::ErrorCode::InvalidCode;
use serde_json::{Value, json};

use test_support::*;

const WEEK_S: i64 = 7 * 24 * 60 * 60;
const DAY_S: i64 = 24 * 60 * 60;

fn ready(app: &TestApp, offset_s: i64, due: &Value) -> Value {
    json!({
        "now": app.now() + offset_s * 1_000,
        "offsetSeconds": offset_s,
        "gateway": true,
        "status": "ready",
        "due": due,
    })
}

on_each_database! {
    /// What an integrator wants to see in a minute: holds end, and their money is free; codes run out; messages are
    /// counted anew. The database's clock stays where it is.
    async fn a_week_passes_in_one_call(app: TestApp) {
        let mut holds = Vec::new();
        let mut tokens = Vec::new();
        let mut codes = Vec::new();
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let order = |more: Value| app.ordered(with(debit_params(card, &token, 500), more));
            holds.push(order(json!({"is_hold": true})).await);
            codes.push(order(json!({"force_sms_confirmation": true})).await);
            assert_eq!(app.balance(card).await, FULL - 500);
            tokens.push(token);
        }
        let begun = app.now();
        let (code_ends, hold_ends) = (begun + CODE_LIFETIME_MS, begun + HOLD_LIFETIME_MS);
        let due = json!([
            {"what": "code_expires", "at": code_ends},
            {"what": "hold_ends", "at": hold_ends},
            {"what": "network_hold_ends", "at": hold_ends},
        ]);
        let told = app.sandbox_clock().await;
        assert_eq!(sorted(told), sorted(ready(&app, 0, &due)));

        // A second too few.
        app.skip_seconds(CODE_LIFETIME_MS / 1_000 - 1).await;
        assert_eq!(app.status(codes[0]).await, "awaiting_code");
        app.skip_seconds(1).await;
        let late = json!({"transactionId": codes[0], "confirmedCode": CODE});
        let reply = app.call("transactions.debit.confirm", late).await;
        assert_eq!(reply, refused(InvalidCode, json!({"reason": "code_expired"})));
        assert_eq!(app.status(codes[1]).await, "expired");
        for id in &holds {
            assert_eq!(app.status(*id).await, "held");
        }

        let rest = WEEK_S - CODE_LIFETIME_MS / 1_000;
        assert_eq!(app.skip_seconds(rest).await, ready(&app, WEEK_S, &json!([])));
        for (id, card) in holds.iter().zip([UZCARD, HUMO]) {
            assert_eq!(app.status(*id).await, "expired");
            assert_eq!(app.balance(card).await, FULL);
        }
        assert_eq!(app.moves().await, ["hold 500", "hold 500", "release 500", "release 500"]);
        assert_eq!(app.now(), begun);
        assert_eq!(app.running.gateway.clock.now().0, begun + WEEK_S * 1_000);

        // It goes on from there after a restart, and payments go on with it.
        let app = app.restarted().await;
        assert_eq!(app.sandbox_clock().await, ready(&app, WEEK_S, &json!([])));
        let hold = with(debit_params(HUMO, &tokens[1], 500), json!({"is_hold": true}));
        let hold = app.ordered(hold).await;
        assert_eq!(app.standing(hold).await["createdAt"], begun + WEEK_S * 1_000);
    }
}

/// The order of the same moment is no matter.
fn sorted(mut told: Value) -> Value {
    let due = told["due"].as_array_mut().unwrap();
    due.sort_by_key(|due| (due["at"].as_i64(), due["what"].to_string()));
    told
}

/// What the network still has in hand is carried out before anybody is asked about it: time that is skipped has passed for
/// it, too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_waits_at_the_network_is_carried_out_before_it_is_looked_up() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let token = app.add_card(UZCARD).await;
    app.fault(json!({"network": "UZCARD", "operation": "pay", "kind": "delay", "times": 1, "delayMs": 600_000}))
        .await;
    let reply = app
        .call("transactions.debit", debit_params(UZCARD, &token, 500))
        .await;
    let id = reply["error"]["data"]["transactionId"].as_i64().unwrap();
    assert_eq!(app.status(id).await, "processing");
    app.skip_seconds(DAY_S).await;
    assert_eq!(app.status(id).await, "succeeded");
    assert_eq!(app.moves().await, ["pay 500"]);
}

/// A day's limit of messages is the day's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_day_has_messages_of_its_own() {
    let app = TestApp::with(DatabaseKind::Sqlite, |config| config.sms.daily_limit = 1)
        .await
        .unwrap();
    let add = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone});
    app.result("cards.add", add.clone()).await;
    assert_eq!(app.error_code("cards.add", add.clone()).await, -32372);
    app.skip_seconds(DAY_S).await;
    app.result("cards.add", add).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_goes_forward_and_at_most_thirty_days() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let address = app.running.sandbox_address.unwrap();
    for body in [
        r#"{"advanceSeconds":-1}"#,
        r#"{"advanceSeconds":2592001}"#,
        r#"{"advanceSeconds":1.5}"#,
        r#"{"advanceSeconds":"60"}"#,
        r#"{"advanceSeconds":60,"x":1}"#,
        "{}",
        "",
    ] {
        let request = HttpRequest::post(body).path("/sandbox/clock");
        let reply = send(address, request).await;
        assert_eq!(reply.status, 400, "{body}");
        assert!(reply.json()["error"].is_string(), "{body}");
    }
    assert_eq!(app.sandbox_clock().await["offsetSeconds"], 0);
    for offset_s in [30 * DAY_S, 60 * DAY_S] {
        let told = app.skip_seconds(30 * DAY_S).await;
        assert_eq!(told["offsetSeconds"], offset_s);
    }
}

/// What another gateway does is on its own clock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_embedding_gateway_goes_forward_with_the_networks() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let other = app.another().await;
    app.skip_seconds(DAY_S).await;
    let ahead = |app: &TestApp| app.running.gateway.clock.now().0 - app.now();
    assert_eq!((ahead(&app), ahead(&other)), (DAY_S * 1_000, 0));
}
