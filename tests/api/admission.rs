//! Who is served when more is ordered than the gateway can take, and what the others hear.

use aloqa_gateway::environment::CrashPoint;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use test_support::*;

const DEBIT: &str = "transactions.debit";

fn overloaded() -> Value {
    let hint = "Ничего не выполнено. Повторите вызов через несколько секунд.";
    refusal(
        -32343,
        &json!({"reason": "overloaded", "hint": hint, "retryable": true}),
    )
}

/// A fifth of the places is kept for what finishes a payment, gives it back or asks about it.
#[tokio::test]
async fn a_full_house_still_serves_what_has_begun() {
    let app = TestApp::with(DatabaseKind::Sqlite, |config| {
        patient(config);
        config.server.max_in_flight = 5;
    });
    let app = app.await.unwrap();
    let token = app.add_card(UZCARD).await;
    let params = debit_params(UZCARD, &token, 1_000);
    let paid = app.ordered(params.clone()).await;
    let held = with(params.clone(), json!({"is_hold": true}));
    let (charged, cancelled) = (app.ordered(held.clone()).await, app.ordered(held).await);
    let forced = with(params.clone(), json!({"force_sms_confirmation": true}));
    let waiting = app.ordered(forced).await;
    app.fault(json!({
        "network": "UZCARD", "operation": "pay", "kind": "delay", "delayMs": 3_000, "times": 4,
    }))
    .await;
    let slow = join_all((0..4).map(|_| app.call(DEBIT, params.clone())));
    let meanwhile = async {
        app.faults_are_taken().await;
        assert_eq!(app.call(DEBIT, params.clone()).await, overloaded());
        let fee = json!({"amount": 1_000, "method": "p2p.humo2humo"});
        assert_eq!(app.call("p2p.fee-info", fee).await, overloaded());
        let told = r#"aloqa_shed_calls_total{full="places"} 2"#;
        assert!(app.has_figure(told).await);
        assert_eq!(app.status(paid).await, "succeeded");
        let by = |id: i64| json!({"transactionId": id});
        app.result("transactions.debit.reverse", by(paid)).await;
        app.result("transactions.debit.hold.charge", by(charged))
            .await;
        app.result("transactions.debit.hold.cancel", by(cancelled))
            .await;
        app.result("transactions.debit.confirm", right_code(waiting))
            .await;
        app.moves().await.len()
    };
    let (slow, moved) = tokio::join!(slow, meanwhile);
    // A payment and two holds; a reversal, a charge, a release and a payment while the others still waited.
    assert_eq!(moved, 7);
    for reply in slow {
        assert!(reply.get("result").is_some(), "{reply}");
    }
    app.assert_settled().await;
}

/// Orders wait in front of the database, and only so many: the others are refused before anything is written.
#[tokio::test]
async fn orders_beyond_the_queue_are_refused_and_leave_nothing() {
    let app = TestApp::with(DatabaseKind::Sqlite, |config| {
        // The database stands still for as long as the machine needs for the crowd.
        config.database.acquire_timeout_ms = 60_000;
        config.server.max_connections_per_source = Some(1_000);
    });
    let app = app.await.unwrap();
    let token = app.add_card(UZCARD).await;
    let params = debit_params(UZCARD, &token, 1_000);
    let before = app.ordered(params.clone()).await;
    let app = std::sync::Arc::new(app);
    app.moments.hold(CrashPoint::BeforeCommit, 1);
    let mut orders = JoinSet::new();
    let order = |orders: &mut JoinSet<Value>| {
        let (app, params) = (std::sync::Arc::clone(&app), params.clone());
        orders.spawn(async move { app.call(DEBIT, params).await });
    };
    order(&mut orders);
    app.moments.until_held().await;
    // Sixty-four begin at a time, and at most four hundred wait.
    for _ in 0..510 {
        order(&mut orders);
    }
    for _ in 0..40 {
        let refused = orders.join_next().await.unwrap().unwrap();
        assert_eq!(refused, overloaded());
    }
    let page = send(app.running.ops_address, HttpRequest::get("/metrics")).await;
    let told = page
        .body
        .lines()
        .find_map(|line| line.strip_prefix(r#"aloqa_shed_calls_total{full="database"} "#));
    assert!(told.unwrap().parse::<u64>().unwrap() >= 40, "{}", page.body);
    assert_eq!(app.status(before).await, "succeeded");
    app.moments.release();
    let mut paid = 1;
    while let Some(reply) = orders.join_next().await {
        let reply = reply.unwrap();
        if reply.get("result").is_some() {
            paid += 1;
        } else {
            assert_eq!(reply, overloaded());
        }
    }
    // The card that was attached is a transaction too.
    assert_eq!(app.transaction_count().await, paid + 1);
    assert_eq!(app.moves().await.len(), paid);
    app.assert_settled().await;
}
