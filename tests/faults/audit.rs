//! A connection to PostgreSQL is cut exactly when rows of the audit log are written. They are written again, under the same
//! numbers, and are there once.

use std::path::Path;

use aloqa_gateway::audit::Verify;
use serde_json::json;

use crate::relay::{Cut, Relay};
use test_support::*;

/// A gateway whose connections to PostgreSQL can be cut; `None` where that is not installed.
async fn behind_a_relay() -> Option<(Relay, TestApp)> {
    postgres::programs()?;
    let url = postgres::new_database().await.unwrap();
    let (database, sockets) = url.split_once("?host=").unwrap();
    let relay = Relay::to(Path::new(sockets));
    let database = relay.url(database.rsplit('/').next().unwrap());
    let app = TestApp::at(DatabaseKind::Postgres, Some(database), |_| {}).await;
    Some((relay, app))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_whose_commit_was_cut_is_there_once() {
    let Some((relay, app)) = behind_a_relay().await else {
        return;
    };
    let token = app.add_card(UZCARD).await;
    let info = json!({"token": token});
    let mut answered = 0;
    for cut in [Cut::Before, Cut::After] {
        relay.cut_statement(cut, "\"cards.info\"");
        app.result("cards.info", info.clone()).await;
        assert!(relay.has_cut_statement(), "{cut:?}");
        answered += 1;
        let rows = app.audit_rows("cards.info").await;
        assert_eq!(rows.len(), answered, "{cut:?}: {rows:?}");
        // And of money.
        relay.cut_statement(cut, "\"ordered\"");
        app.result("transactions.debit", debit_params(UZCARD, &token, 500))
            .await;
        assert!(relay.has_cut_statement(), "{cut:?}");
        let rows = app.audit_rows("transactions.debit").await;
        let ordered = rows.iter().filter(|row| row.outcome == "ordered");
        assert_eq!(ordered.count(), answered, "{cut:?}: {rows:?}");
    }
    let gateway = &app.running.gateway;
    assert!(gateway.audit.figures().failures > 0);
    let verify = Verify {
        db: &*gateway.database,
        vault: &gateway.vault,
        anchors: &[],
        kept_since: None,
        progress: &|_| {},
    };
    assert_eq!(verify.run().await.unwrap().findings, []);
    assert!(app.running.stop().await);
}

/// Nobody waits for ever for a row: after six seconds the outcome counts as unknown to the partner. It is recorded as it was,
/// and so is the row once it can be written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_whose_row_cannot_be_written_is_answered_all_the_same() {
    let Some((relay, app)) = behind_a_relay().await else {
        return;
    };
    let token = app.add_card(UZCARD).await;
    relay.cut_statements(Cut::Before, "\"ordered\"");
    let reply = app
        .call("transactions.debit", debit_params(UZCARD, &token, 500))
        .await;
    let id = app.last_transaction().await.id.0;
    assert_eq!(reply, outcome_unknown(id));
    assert_eq!(app.status(id).await, "succeeded");
    assert_eq!(app.audit_rows("transactions.debit").await, []);
    relay.mend();
    // The writer goes on in the order in which it was asked.
    app.result("cards.info", json!({"token": token})).await;
    let rows = app.audit_rows("transactions.debit").await;
    let outcomes: Vec<&str> = rows.iter().map(|row| row.outcome.as_str()).collect();
    assert_eq!(outcomes, ["ordered", "ok"]);
    assert!(app.running.stop().await);
}
