//! Several gateways on one PostgreSQL behave as one.

use std::sync::Arc;

use aloqa_gateway::config::Config;
use aloqa_gateway::environment::Environment;
use aloqa_gateway::random::SystemRandom;
use aloqa_gateway::start::start;
use aloqa_gateway::vault::Vault;

use sea_orm::{ConnectionTrait as _, Database};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use test_support::*;

/// Migrations, key proofs and the demo partner are written once, whichever gateway starts first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_that_start_at_once_on_an_empty_database_all_serve() {
    let Some(url) = postgres::empty_database().await else {
        return;
    };
    let directory = tempfile::tempdir().unwrap();
    let keys = directory.path().join("keys");
    Vault::generate(&keys, &SystemRandom).unwrap();
    let starting = (0..4).map(|number| {
        let mut config = Config::default();
        config.database.url = url.clone().into();
        config.database.max_connections = 3;
        for address in [
            &mut config.server.listen,
            &mut config.server.ops_listen,
            &mut config.sandbox.listen,
        ] {
            address.set_port(0);
        }
        config.sandbox.state = Some(directory.path().join(format!("sandbox-{number}")));
        config.vault.key_file = Some(keys.clone());
        let environment = Environment {
            clock: Arc::new(TestClock::default()),
            random: Arc::new(SystemRandom),
            crash_points: None,
        };
        tokio::spawn(async move { start(&config, environment).await.unwrap() })
    });
    for starting in starting.collect::<Vec<_>>() {
        let running = starting.await.unwrap();
        let request = HttpRequest::post(
            r#"{"jsonrpc": "2.0", "id": 7, "method": "transactions.get", "params": {"extId": "x"}}"#,
        );
        let reply = send(running.address, request.credentials(&Credentials::demo()))
            .await
            .json();
        assert_eq!(reply["error"]["code"], -32314, "{reply}");
        assert!(running.stop().await);
    }
}

/// What a network has answered must not become unknown because the database was away for a moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outcome_is_recorded_though_all_sessions_of_the_database_were_ended_meanwhile() {
    let Some(app) = TestApp::with(DatabaseKind::Postgres, |config| {
        config.uzcard.timeout_ms = 5_000;
        config.humo.timeout_ms = 5_000;
    })
    .await
    else {
        return;
    };
    for card in [UZCARD, HUMO] {
        let token = app.add_card(card).await;
        let network = if card == HUMO { "HUMO" } else { "UZCARD" };
        app.fault(json!({"network": network, "operation": "pay", "kind": "delay", "delayMs": 300, "times": 1}))
            .await;
        let params = debit_params(card, &token, 500);
        let end_all_sessions = async {
            app.faults_are_taken().await;
            let outside = Database::connect(app.config.database.url.expose_secret())
                .await
                .unwrap();
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                       WHERE datname = current_database() AND pid <> pg_backend_pid()";
            outside.execute_unprepared(end).await.unwrap();
            outside.close().await.unwrap();
        };
        let (reply, ()) = tokio::join!(app.call("transactions.debit", params), end_all_sessions);
        assert_eq!(reply["error"], Value::Null, "{reply}");
        let id = &reply["result"]["transactionId"];
        let standing = app
            .result("transactions.get", json!({"transactionId": id}))
            .await;
        assert_eq!(standing["status"], "succeeded");
    }
    assert_eq!(app.moves().await, ["pay 500", "pay 500"]);
}

/// Gateways rely on each other's times: one whose clock is wrong would give up the others' calls as lost, and they its
/// own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_whose_clock_is_not_the_databases_begins_nothing() {
    let Some(app) = TestApp::on(DatabaseKind::Postgres).await else {
        return;
    };
    let token = app.add_card(UZCARD).await;
    let order = |ext_id: &str| with(debit_params(UZCARD, &token, 500), json!({"extId": ext_id}));
    app.fail_once(UZCARD, "pay", "reset_before").await;
    app.error("transactions.debit", order("lost")).await;
    let id = app.row_of("lost").await.id.0;
    for ahead_ms in [10_001, -10_001] {
        app.clock.set_ahead_ms(ahead_ms);
        app.recover_after_all().await;
        assert_eq!(app.status(id).await, "processing");
        assert_eq!(
            app.error_code("transactions.debit", order("new")).await,
            -32334
        );
        let environment = Environment {
            clock: app.clock.clone(),
            random: Arc::new(SystemRandom),
            crash_points: None,
        };
        let mut config = app.config.clone();
        config.sandbox.embedded = false;
        config.sandbox.listen = app.running.sandbox_address.unwrap();
        let refused = start(&config, environment).await.err().unwrap().to_string();
        let said = format!("this machine's clock is {ahead_ms} ms ahead of the database's");
        assert!(refused.starts_with(&said), "{refused}");
    }
    app.clock.set_ahead_ms(10_000);
    app.recover_after_lease().await;
    assert_eq!(app.status(id).await, "processing");
    app.recover_after_all().await;
    assert_eq!(app.status(id).await, "declined");
    app.result("transactions.debit", order("new")).await;
    assert_eq!(app.moves().await, ["pay 500"]);
    app.assert_settled().await;
}
