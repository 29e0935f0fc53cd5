//! PostgreSQL's sessions, as the gateway uses them: what is written as one statement is written whole or not at all, and a
//! session that has died, or whose answer nobody has read, is replaced.

use std::time::Duration;

use aloqa_gateway::config::Config;
use aloqa_gateway::database::Connection as _;
use aloqa_gateway::environment::CrashPoint;
use aloqa_gateway::repository::request as requests;
use entity::ids::TransactionId;
use entity::processing_request::{Model as Request, State};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend, Statement};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use test_support::*;

/// A gateway on PostgreSQL that has one session.
async fn on_one_session() -> Option<TestApp> {
    let one = |config: &mut Config| {
        patient(config);
        config.database.max_connections = 1;
    };
    TestApp::with(DatabaseKind::Postgres, one).await
}

/// A session that is not the gateway's.
async fn outside(app: &TestApp) -> DatabaseConnection {
    let url = app.config.database.url.expose_secret();
    Database::connect(url).await.unwrap()
}

async fn end_all_sessions(app: &TestApp) {
    let outside = outside(app).await;
    let end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity \
               WHERE datname = current_database() AND pid <> pg_backend_pid()";
    outside.execute_unprepared(end).await.unwrap();
    outside.close().await.unwrap();
}

/// The numbers of the sessions that the gateway has.
async fn sessions(outside: &DatabaseConnection) -> Vec<i32> {
    let pids = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY pid";
    let pids = Statement::from_string(DbBackend::Postgres, pids);
    let rows = outside.query_all_raw(pids).await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

async fn request_of(app: &TestApp, id: TransactionId) -> Request {
    let database = &*app.running.gateway.database;
    let rows = requests::of_transaction(database, id).await.unwrap();
    rows.into_iter().next().unwrap()
}

/// Orders a debit, and lets `meanwhile` happen after its network has answered, right before the outcome is written.
async fn before_the_outcome_is_written(
    app: &TestApp,
    meanwhile: impl AsyncFnOnce(&Request),
) -> Value {
    let token = app.add_card(UZCARD).await;
    // The first commit is the intent.
    app.moments.hold(CrashPoint::BeforeCommit, 2);
    let moved = async {
        app.moments.until_held().await;
        let request = request_of(app, app.last_transaction().await.id).await;
        meanwhile(&request).await;
        app.moments.release();
    };
    let debit = app.call("transactions.debit", debit_params(UZCARD, &token, 500));
    tokio::join!(debit, moved).0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_an_outcome_is_written_whose_request_was_settled_meanwhile() {
    let Some(app) = TestApp::on(DatabaseKind::Postgres).await else {
        return;
    };
    let reply = before_the_outcome_is_written(&app, async |request| {
        let settled = "UPDATE processing_request SET state = 'declined', settled_at = sent_at, settled_by = 'operator', \
                       lease_until = NULL WHERE id = $1";
        let values = [request.id.0.into()];
        let settled = Statement::from_sql_and_values(DbBackend::Postgres, settled, values);
        outside(&app).await.execute_raw(settled).await.unwrap();
    })
    .await;
    assert_eq!(reply["error"]["code"], -32379, "{reply}");
    let transaction = app.last_transaction().await;
    assert_eq!(
        (
            app.status(transaction.id.0).await.as_str(),
            transaction.version
        ),
        ("processing", 1)
    );
    assert_eq!(app.statuses(transaction.id.0).await, ["processing"]);
    let request = request_of(&app, transaction.id).await;
    assert_eq!((request.state, request.receipt), (State::Declined, None));
    // The network said the opposite.
    assert!(request.contradiction.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_an_outcome_is_written_whose_transaction_was_moved_meanwhile() {
    let Some(app) = TestApp::on(DatabaseKind::Postgres).await else {
        return;
    };
    let moved = async |id: TransactionId, by: i32| {
        let moved = "UPDATE transaction SET version = version + $2 WHERE id = $1";
        let moved =
            Statement::from_sql_and_values(DbBackend::Postgres, moved, [id.0.into(), by.into()]);
        outside(&app).await.execute_raw(moved).await.unwrap();
    };
    let reply = before_the_outcome_is_written(&app, async |request| {
        moved(request.transaction_id, 1).await;
    })
    .await;
    assert_eq!(reply["error"]["code"], -32379, "{reply}");
    let transaction = app.last_transaction().await;
    assert_eq!(
        (
            app.status(transaction.id.0).await.as_str(),
            transaction.version
        ),
        ("processing", 2)
    );
    assert_eq!(app.statuses(transaction.id.0).await, ["processing"]);
    let request = request_of(&app, transaction.id).await;
    assert_eq!((request.state, request.receipt), (State::Sent, None));
    // Recovery finds the payment, once the rows fit.
    moved(transaction.id, -1).await;
    app.recover_after_lease().await;
    assert_eq!(app.status(transaction.id.0).await, "succeeded");
    assert_eq!(app.moves().await, ["pay 500"]);
    app.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_goes_on_with_one_session() {
    let Some(app) = on_one_session().await else {
        return;
    };
    let token = app.add_card(UZCARD).await;
    let orders = (0..12).map(|number| {
        let mut order = debit_params(UZCARD, &token, 500);
        if number % 2 == 0 {
            order = with(order, json!({"extId": format!("order-{number}")}));
        }
        if number % 3 == 0 {
            order = with(order, json!({"is_hold": true, "amount": 600 + number}));
        }
        app.call("transactions.debit", order)
    });
    let mut ended = Vec::new();
    for reply in join_all(orders).await {
        assert_eq!(reply["error"], Value::Null, "{reply}");
        ended.push(reply["result"]["transactionId"].as_i64().unwrap());
    }
    ended.sort_unstable();
    ended.dedup();
    assert_eq!(ended.len(), 12, "each has an id of its own");
    app.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_were_ended_while_nobody_used_them_cost_no_call() {
    let Some(app) = TestApp::on(DatabaseKind::Postgres).await else {
        return;
    };
    let token = app.add_card(UZCARD).await;
    for round in 0..5 {
        end_all_sessions(&app).await;
        let mut order = debit_params(UZCARD, &token, 500);
        if round % 2 == 1 {
            order = with(order, json!({"extId": format!("order-{round}")}));
        }
        let reply = app.call("transactions.debit", order).await;
        assert_eq!(reply["error"], Value::Null, "{reply}");
    }
    app.assert_settled().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_whose_answer_nobody_read_is_replaced() {
    let Some(app) = on_one_session().await else {
        return;
    };
    let outside = outside(&app).await;
    let database = &app.running.gateway.database;
    let number = |value: i64| {
        let asked = format!("SELECT CAST({value} AS bigint)");
        Statement::from_string(DbBackend::Postgres, asked)
    };
    database.fetch_rows(number(1)).await.unwrap();
    let before = sessions(&outside).await;
    let slow = Statement::from_string(
        DbBackend::Postgres,
        "SELECT CAST(1 AS bigint) FROM pg_sleep(60)",
    );
    let given_up = tokio::time::timeout(Duration::from_millis(50), database.fetch_rows(slow));
    given_up.await.unwrap_err();
    let mut rows = database.fetch_rows(number(2)).await.unwrap();
    assert_eq!(rows.remove(0).take_at::<i64>(0).unwrap(), 2);
    let now = sessions(&outside).await;
    assert!(
        now.iter().any(|pid| !before.contains(pid)),
        "{before:?} {now:?}"
    );
}

/// Who refuses inside a transaction drops it: nothing stays locked, and its session serves the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dropped_transaction_locks_nothing_and_leaves_its_session() {
    let Some(app) = on_one_session().await else {
        return;
    };
    app.add_card(UZCARD).await;
    let outside = outside(&app).await;
    let before = sessions(&outside).await;
    for _ in 0..3 {
        let tx = app.running.gateway.database.write().await.unwrap();
        tx.run_sql("UPDATE card SET phone = 'x'").await.unwrap();
        drop(tx);
        let locked = "SELECT id FROM card FOR UPDATE NOWAIT";
        let until_free = async { while outside.execute_unprepared(locked).await.is_err() {} };
        let free = tokio::time::timeout(Duration::from_secs(5), until_free);
        free.await.expect("the row stays locked");
    }
    let phone = Statement::from_string(
        DbBackend::Postgres,
        "SELECT count(*) FROM card WHERE phone = 'x'",
    );
    let mut rows = app
        .running
        .gateway
        .database
        .fetch_rows(phone)
        .await
        .unwrap();
    assert_eq!(rows.remove(0).take_at::<i64>(0).unwrap(), 0);
    // A probe of the server may be beside it.
    let now = sessions(&outside).await;
    assert!(
        before.iter().all(|pid| now.contains(pid)),
        "{before:?} {now:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_gateways_give_ids_of_their_own() {
    let Some(gateways) = Gateways::in_setting(Setting::TwoGateways).await else {
        return;
    };
    let first = gateways.all().next().unwrap();
    let token = first.add_card(UZCARD).await;
    let order = || ("transactions.debit", debit_params(UZCARD, &token, 500));
    let mut ids = Vec::new();
    for _ in 0..4 {
        for reply in gateways.race((0..8).map(|_| order())).await {
            assert_eq!(reply["error"], Value::Null, "{reply}");
            ids.push(reply["result"]["transactionId"].as_i64().unwrap());
        }
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 32);
    first.assert_settled().await;
    gateways.end().await;
}
