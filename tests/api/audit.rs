//! Does whatever must not go unnoticed leave a row: who, what, when, from where, with what outcome? Does nothing happen that
//! cannot be recorded?

mod tampering;

use std::sync::Arc;

use aloqa_gateway::audit::{Audit, Verification, Verify};
use aloqa_gateway::payment::resolve::{Statement, Verdict};
use entity::audit::Model;
use entity::ids::TransactionId;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, TransactionTrait as _};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use test_support::*;

/// A row without its moment and request.
fn told(row: &Model) -> String {
    let Model {
        who,
        source,
        action,
        object,
        outcome,
        ..
    } = row;
    format!("{who} from {source}: {action} {object}: {outcome}")
}

/// All rows of the gateway, as they are once those that nobody waits for are written.
async fn rows(app: &TestApp) -> Vec<Model> {
    app.running.gateway.audit.turn().await.unwrap();
    let mut rows = app.audit_rows("*").await;
    rows.retain(|row| row.action != "audit.anchor");
    rows
}

async fn told_rows(app: &TestApp) -> Vec<String> {
    rows(app).await.iter().map(told).collect()
}

async fn verified(app: &TestApp) -> Verification {
    let gateway = &app.running.gateway;
    let verify = Verify {
        db: &*gateway.database,
        vault: &gateway.vault,
        anchors: &[],
        kept_since: None,
        progress: &|_| {},
    };
    verify.run().await.unwrap()
}

/// The moments of rows and the hash of each, to be compared as a whole with what is expected.
fn partner(what: &str) -> String {
    format!("demo from 127.0.0.1: {what}")
}

on_each_database! {
    async fn each_call_about_cards_and_money_leaves_its_rows(app: TestApp) {
        let machine = aloqa_gateway::audit::machine();
        let token = app.add_card(UZCARD).await;
        app.call("cards.info", json!({"token": token})).await;
        app.call("cards.list", json!({})).await;
        app.call("p2p.recipient-info", json!({"pan": HUMO.pan})).await;
        let debit = debit_params(UZCARD, &token, 500);
        let paid = app.result("transactions.debit", debit.clone()).await["transactionId"].clone();
        app.call("transactions.get", json!({"transactionId": paid})).await;
        let forced = with(debit.clone(), json!({"force_sms_confirmation": true}));
        let ordered = app.result("transactions.debit", forced).await["transactionId"].clone();
        app.result("transactions.debit.confirm", json!({"transactionId": ordered, "confirmedCode": CODE})).await;
        app.fault(json!({"network": "UZCARD", "operation": "pay", "kind": "decline", "code": -31_101, "times": 1})).await;
        assert!(app.call("transactions.debit", debit.clone()).await.get("error").is_some());
        app.result("transactions.debit.reverse", json!({"transactionId": paid})).await;
        app.call("cards.remove", json!({"token": token})).await;
        app.clock.advance_ms(5);
        app.call("transactions.debit", debit).await;

        let rows = rows(&app).await;
        let (info, money) = (format!("card {token}"), |id: &Value| format!("transaction {id}"));
        let declined = app.last_transaction().await.id.0;
        let told: Vec<String> = rows.iter().map(told).collect();
        let expected = [
            format!("gateway from {machine}: audit.opened : ok"),
            format!("gateway from {machine}: serve.started : ok"),
            partner("cards.add card 860001*****1332: ok"),
            partner("cards.add-confirm transaction 1: ok"),
            partner(&format!("cards.info {info}: ok")),
            partner("cards.list : ok"),
            partner("p2p.recipient-info card 986019*****8366: ok"),
            partner(&format!("transactions.debit {}: ordered", money(&paid))),
            partner(&format!("transactions.debit {}: ok", money(&paid))),
            // Its code is sent, and nothing is moved.
            partner(&format!("transactions.debit {info}: ok")),
            partner(&format!("transactions.debit.confirm {}: ordered", money(&ordered))),
            partner(&format!("transactions.debit.confirm {}: ok", money(&ordered))),
            partner(&format!("transactions.debit {}: ordered", money(&json!(declined)))),
            partner(&format!("transactions.debit {}: {}", money(&json!(declined)), told[13].rsplit(": ").next().unwrap())),
            partner(&format!("transactions.debit.reverse {}: ordered", money(&paid))),
            partner(&format!("transactions.debit.reverse {}: ok", money(&paid))),
            partner(&format!("cards.remove {info}: ok")),
            // Refused before anything was ordered.
            partner(&format!("transactions.debit {info}: -32301")),
        ];
        assert_eq!(told, expected);
        let last = rows.last().unwrap();
        assert_eq!((last.at.0, rows[2].at.0), (app.now(), app.now() - 5));
        assert_eq!(last.detail.len(), 36, "the id of the request: {}", last.detail);
        assert!(rows[1].detail.ends_with("sandbox profile, keys k1, encrypting with k1"), "{}", rows[1].detail);
        let found = verified(&app).await;
        assert_eq!((found.findings, found.remarks, found.chains), (vec![], vec![], 1));
    }

    async fn what_is_refused_leaves_a_row_and_a_flood_leaves_two(app: TestApp) {
        let reader = app.add_partner("reader", &["transactions.get"]).await;
        let call = |request: HttpRequest| send(app.running.address, request);
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"cards.list","params":{}}"#;
        let named = |name: &str, secret: &str| HttpRequest::post(body).credentials(&Credentials {
            name: name.to_owned(),
            secret: secret.to_owned(),
        });
        for number in 0..7 {
            assert_eq!(call(named("reader", &format!("guess {number}"))).await.status, 401);
        }
        // What stands for the name may be a card's number or a secret.
        assert_eq!(call(named(HUMO.pan, "x")).await.status, 401);
        assert_eq!(call(HttpRequest::post(body)).await.status, 401);
        assert_eq!(call(HttpRequest::post(body).header("authorization", "Bearer x")).await.status, 401);
        for _ in 0..30 {
            assert_eq!(app.call_as(&reader, "cards.list", json!({})).await["error"]["code"], -32504);
        }
        app.call_as(&reader, "transactions.get", json!({"transactionId": 7})).await;
        app.call_as(&reader, "no.such.method", json!({})).await;

        let machine = aloqa_gateway::audit::machine();
        let login = |who: &str, why: &str| format!("{who} from 127.0.0.1: login : credentials_{why}");
        let mut expected = vec![
            format!("gateway from {machine}: audit.opened : ok"),
            format!("gateway from {machine}: serve.started : ok"),
            login("reader", "wrong"),
            login("", "wrong"),
            login("", "missing"),
            login("", "not_basic"),
            "reader from 127.0.0.1: cards.list : -32504".to_owned(),
            "reader from 127.0.0.1: transactions.get : -32314".to_owned(),
            "reader from 127.0.0.1: unknown : -32601".to_owned(),
        ];
        assert_eq!(told_rows(&app).await, expected);
        app.clock.advance_ms(60_000);
        let mut rows = rows(&app).await;
        let mut counted: Vec<Model> = rows.split_off(expected.len());
        counted.sort_by(|one, other| one.action.cmp(&other.action));
        let counts: Vec<(String, &str)> = counted
            .iter()
            .map(|row| (told(row), row.detail.split(',').next().unwrap()))
            .collect();
        let [.., cards, _, _] = &*expected else { panic!() };
        assert_eq!(counts, [
            (cards.clone(), "29 more within a minute"),
            (login("reader", "wrong"), "6 more within a minute"),
        ]);
        // The next one is a row of its own again.
        call(named("reader", "guess")).await;
        expected.push(login("reader", "wrong"));
        assert_eq!(told_rows(&app).await.last(), expected.last());
        assert_eq!(verified(&app).await.findings, []);
    }

    /// Who is answered finds the row in the database, and what is only moved by the gateway itself is there too.
    async fn what_the_gateway_does_by_itself_leaves_rows(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let hold = with(debit_params(UZCARD, &token, 500), json!({"is_hold": true}));
        let held = app.result("transactions.debit", hold).await["transactionId"].clone();
        assert_eq!(app.audit_rows("transactions.debit").await.first().map(|row| row.outcome.clone()), Some("ordered".to_owned()));
        app.clock.advance_ms(8 * 24 * 3_600_000);
        app.running.gateway.expire_holds().await.unwrap();
        let machine = aloqa_gateway::audit::machine();
        let expired = format!("gateway from {machine}: holds.expire transaction {held}: ordered");
        assert!(told_rows(&app).await.contains(&expired), "{:?}", told_rows(&app).await);
    }

    async fn an_operators_word_is_recorded_before_it_counts(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        app.fail_once(UZCARD, "hold", "reset_before").await;
        let hold = with(debit_params(UZCARD, &token, 500), json!({"is_hold": true, "extId": "lost"}));
        app.call("transactions.debit", hold).await;
        let id = app.row_of("lost").await.id;
        app.recover_after_all().await;
        let statement = Statement { by: "anna", reason: "ticket 77" };
        app.running.gateway.payments.resolve(id, Verdict::Failed, statement).await.unwrap();
        let rows = app.audit_rows("transactions.resolve").await;
        let machine = aloqa_gateway::audit::machine();
        let said = format!("anna from {machine}: transactions.resolve transaction {id}: accepted");
        assert_eq!(rows.iter().map(told).collect::<Vec<_>>(), [said]);
        assert!(rows[0].detail.ends_with("failed: ticket 77"), "{}", rows[0].detail);
        let shown = app.running.gateway.whole_transaction(TransactionId(id.0)).await.unwrap().unwrap();
        assert_eq!(shown.said, rows);
    }

    /// The rows of a gateway name where its chain ends, also when it stops; the next one names that, too.
    async fn chains_name_one_another(app: TestApp) {
        app.add_card(UZCARD).await;
        let first = app.running.gateway.audit.figures().chain;
        let app = app.restarted().await;
        let found = verified(&app).await;
        assert_eq!((found.findings, found.chains), (vec![], 2));
        let opened = app.audit_rows("audit.opened").await;
        let ended = found.heads.iter().find(|head| head.chain == first).unwrap();
        assert!(opened[0].detail.contains(&format!(" {ended}@")), "{}", opened[0].detail);
        assert!(found.unnamed.len() == 1 && !found.unnamed.contains(ended), "{:?}", found.unnamed);
        app.running.gateway.audit.turn().await.unwrap();
        let figures = app.running.gateway.audit.figures();
        let page = send(app.running.ops_address, HttpRequest::get("/metrics")).await.body;
        for figure in [
            format!("aloqa_audit_rows{{chain=\"{}\"}} {}", figures.chain.simple(), figures.seq),
            format!("aloqa_audit_anchor_row{{chain=\"{}\"}} {}", figures.chain.simple(), figures.anchor.0),
            format!("aloqa_audit_anchor_hash{{chain=\"{}\"}} {}", figures.chain.simple(), figures.anchor.1),
            "aloqa_audit_waiting 0".to_owned(),
            "aloqa_audit_places_taken 0".to_owned(),
        ] {
            assert!(page.lines().any(|line| line == figure), "{figure}: {page}");
        }
    }

    /// Where nothing can be written to the log, a call that reads cards is not answered; where too much waits, nothing of
    /// money begins.
    async fn what_cannot_be_recorded_is_not_answered_and_does_not_begin(app: TestApp) {
        let Some(app) = TestApp::with(app.kind, |config| config.audit.queue_rows = 4).await else {
            return;
        };
        let app = Arc::new(app);
        let token = app.add_card(UZCARD).await;
        let debit = with(debit_params(UZCARD, &token, 500), json!({"extId": "mine"}));
        let audit = Arc::clone(&app.running.gateway.audit);
        until_waiting(&audit, 0).await;
        let other = sea_orm::Database::connect(app.config.database.url.expose_secret()).await.unwrap();
        let lock = locked(&app, &other).await;
        let listing: Vec<_> = (0..4)
            .map(|_| {
                let app = Arc::clone(&app);
                tokio::spawn(async move { app.call("cards.list", json!({})).await })
            })
            .collect();
        until_waiting(&audit, 4).await;
        assert_eq!(app.error_code("transactions.debit", debit.clone()).await, -32343);
        assert_eq!(app.error_code("cards.list", json!({})).await, -32343);
        assert_eq!(app.call("transactions.get", json!({"extId": "mine"})).await["error"]["code"], -32314);
        assert!(listing.iter().all(|listing| !listing.is_finished()), "what is not recorded was answered");
        lock.rollback().await.unwrap();
        for listing in listing {
            assert!(listing.await.unwrap().get("result").is_some());
        }
        until_waiting(&audit, 0).await;
        app.result("transactions.debit", debit).await;
        // The refusals, for which there was no room either, are counted.
        app.clock.advance_ms(60_000);
        let told = told_rows(&app).await;
        for outcome in ["cards.list : ok", "cards.list : -32343", "transactions.debit : -32343"] {
            let count = told.iter().filter(|row| row.ends_with(outcome)).count();
            assert_eq!(count, if outcome.ends_with("ok") { 4 } else { 1 }, "{outcome}: {told:?}");
        }
        assert_eq!(verified(&app).await.findings, []);
    }
}

/// Until so many places of the queue are taken.
async fn until_waiting(audit: &Audit, places: usize) {
    while audit.figures().places_taken != places {
        tokio::task::yield_now().await;
    }
}

/// A transaction of somebody else, which lets nobody write to the log.
async fn locked(app: &TestApp, other: &DatabaseConnection) -> sea_orm::DatabaseTransaction {
    match app.kind {
        DatabaseKind::Sqlite => {
            let options = sea_orm::TransactionOptions {
                sqlite_transaction_mode: Some(sea_orm::SqliteTransactionMode::Immediate),
                ..Default::default()
            };
            other.begin_with_options(options).await.unwrap()
        }
        DatabaseKind::Postgres => {
            let lock = other.begin().await.unwrap();
            let exclusive = "LOCK TABLE audit_log IN EXCLUSIVE MODE";
            lock.execute_unprepared(exclusive).await.unwrap();
            lock
        }
    }
}

/// On PostgreSQL the log can stand still alone: the money moves meanwhile, and the answer waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_movement_runs_beside_its_row_and_is_answered_after_it() {
    let Some(app) = TestApp::on(DatabaseKind::Postgres).await else {
        return;
    };
    let app = Arc::new(app);
    let token = app.add_card(UZCARD).await;
    let other = sea_orm::Database::connect(app.config.database.url.expose_secret());
    let other = other.await.unwrap();
    let lock = locked(&app, &other).await;
    let paying = {
        let (app, debit) = (Arc::clone(&app), debit_params(UZCARD, &token, 500));
        tokio::spawn(async move { app.call("transactions.debit", debit).await })
    };
    while app.moves().await.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(app.moves().await, ["pay 500"]);
    assert!(
        !paying.is_finished(),
        "it was answered before it was recorded"
    );
    lock.rollback().await.unwrap();
    assert!(paying.await.unwrap().get("result").is_some());
    assert_eq!(
        app.audit_rows("transactions.debit").await[0].outcome,
        "ordered"
    );
    other.close().await.unwrap();
}
