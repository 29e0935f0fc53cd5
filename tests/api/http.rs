//! HTTP around the calls: refusals, languages, pages, connections, and how calls end (docs/contract.md#http).

mod bodies;
mod browsers;
mod connections;
mod cost;
mod languages;
mod pages;
mod reference;
mod request_heads;
mod slow;
mod tls;

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aloqa_gateway::config::Config;
use aloqa_gateway::database::Connection as _;
use rpc_schema::errors::{ErrorCode, Lang};
use sea_orm::Statement;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use test_support::*;

/// An app for tables that touch no stored state.
async fn stateless() -> TestApp {
    stateless_with(|_| {}).await
}

async fn stateless_with(adjust: impl FnOnce(&mut Config)) -> TestApp {
    TestApp::with(DatabaseKind::Sqlite, adjust).await.unwrap()
}

/// A call that needs no stored state, and the reply to it.
const CALL: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"transactions.get","params":{"transactionId":1}}"#;

fn not_found() -> String {
    bare_error("1", ErrorCode::TransactionNotFound)
}

fn post(body: impl Into<String>) -> HttpRequest {
    HttpRequest::post(body).credentials(&Credentials::demo())
}

/// -32600 with the reason and what to do instead.
fn refusal(reason: &str, hint: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": null, "error": {
        "code": -32600, "message": "Передан неправильный JSON-RPC объект", "data": {"reason": reason, "hint": hint},
    }})
}

/// A debit of UZCARD that the network answers only after `delay_ms`, under way at the network when this returns.
async fn slow_debit(
    app: &TestApp,
    ext_id: &str,
    delay_ms: u64,
) -> tokio::task::JoinHandle<HttpReply> {
    let body = scripted_debit(app, ext_id, json!({"kind": "delay", "delayMs": delay_ms})).await;
    let address = app.running.address;
    let debit = tokio::spawn(async move { send(address, post(body)).await });
    app.faults_are_taken().await;
    debit
}

/// A call of a debit of 500 tiyin that meets this fault.
async fn scripted_debit(app: &TestApp, ext_id: &str, fault: Value) -> String {
    let token = app.add_card(UZCARD).await;
    app.fault(with(
        fault,
        json!({"network": "UZCARD", "operation": "pay", "times": 1}),
    ))
    .await;
    debit_body(&token, ext_id)
}

fn debit_body(token: &str, ext_id: &str) -> String {
    let params = with(debit_params(UZCARD, token, 500), json!({"extId": ext_id}));
    json!({"jsonrpc": "2.0", "id": "debit", "method": "transactions.debit", "params": params})
        .to_string()
}

fn assert_debited(reply: Value) {
    assert_eq!(
        masked(reply, &["ext", "refNum", "transactionId"]),
        json!({"jsonrpc": "2.0", "id": "debit", "result": {
            "ext": "*", "refNum": "*", "merchantId": "90001", "terminalId": "92400001", "transactionId": "*",
        }})
    );
}

/// The bytes of `POST /` with these headers and body, as the demo partner.
fn raw(headers: &str, body: &str) -> Vec<u8> {
    format!("POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic ZGVtbzpkZW1vLXNlY3JldA==\r\n{headers}\r\n{body}")
        .into_bytes()
}

/// Status line, headers and body of a reply read from a connection.
fn parts(reply: &str) -> (&str, String, Value) {
    let (head, body) = reply
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("no reply: {reply:?}"));
    let (status, headers) = head.split_once("\r\n").unwrap();
    (
        status,
        headers.to_lowercase(),
        serde_json::from_str(body).unwrap(),
    )
}

mostly_on_sqlite! {
    async fn a_panic_in_a_method_is_an_internal_error_of_that_call_alone(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let debited = app.post(debit_body(&token, "first")).await.json();
        let id = &debited["result"]["transactionId"];
        app.clock.break_for_methods();
        let internal = json!({
            "code": -32334, "message": "Системная (внутренняя ошибка). Появляется при различных сбоях.",
            "data": {"retryable": true},
        });
        let batch = json!([
            {"jsonrpc": "2.0", "id": "a", "method": "transactions.get", "params": {"transactionId": 0}},
            {"jsonrpc": "2.0", "id": "b", "method": "transactions.debit", "params": debit_params(UZCARD, &token, 500)},
            {"id": "c", "method": "transactions.get", "params": {"transactionId": id}},
            // This one panics inside a database transaction.
            {"jsonrpc": "2.0", "id": -1.50, "method": "transactions.debit.reverse", "params": {"transactionId": id}},
        ]);
        let replies = app.post(batch.to_string()).await;
        app.clock.set_broken(false);
        assert_eq!(
            replies.json(),
            json!([
                {"jsonrpc": "2.0", "id": "a", "error": {"code": -32314, "message": "Транзакция не найдена"}},
                {"jsonrpc": "2.0", "id": "b", "error": internal},
                {"id": "c", "result": null, "error": internal},
                {"jsonrpc": "2.0", "id": -1.5, "error": internal},
            ])
        );
        assert_eq!(app.moves().await, ["pay 500"]);
        assert_eq!(app.result("transactions.debit.reverse", json!({"transactionId": id})).await, json!(true));
        assert_eq!(app.moves().await, ["pay 500", "reverse 500"]);
    }

    /// A fault of ours in the A family has that family's codes.
    async fn a_panic_in_the_a_family_has_its_codes(app: TestApp) {
        let uuid = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
        let attach =
            json!({"pan": UZCARD.pan, "expiry": "3012", "processingType": "UZCARD", "phoneNumber": UZCARD.phone});
        let begun = app.result("cards.attach", attach.clone()).await;
        let confirm = json!({"cardId": begun["cardId"], "otpCode": CODE});
        let mut replies = Vec::new();
        for (method, params) in [("cards.attach", &attach), ("cards.attach.confirm", &confirm)] {
            app.clock.break_for_methods();
            let body = json!({"id": uuid, "method": method, "params": params});
            replies.push(app.post(body.to_string()).await.json());
        }
        app.clock.set_broken(false);
        let data = json!({"reason": "INTERNAL", "retryable": true});
        let error = |code: ErrorCode| json!({"code": code.code(), "message": code.message(Lang::En), "data": data});
        assert_eq!(
            replies,
            [
                json!({"id": uuid, "result": null, "error": error(ErrorCode::AttachFailed)}),
                json!({"id": uuid, "result": null, "error": error(ErrorCode::AttachVerifyFailed)}),
            ]
        );
        let message = json!({"message": "Card is successfully attached"});
        assert_eq!(app.result("cards.attach.confirm", confirm).await, message);
    }

    async fn a_panic_once_a_byte_may_have_left_is_an_unknown_outcome(app: TestApp) {
        let body = scripted_debit(&app, "lost", json!({"kind": "reset_before", "delayMs": 100})).await;
        let address = app.running.address;
        let debit = tokio::spawn(async move { send(address, post(body)).await });
        app.faults_are_taken().await;
        app.clock.set_broken(true);
        let reply = debit.await.unwrap().json();
        app.clock.set_broken(false);
        let found = app.result("transactions.get", json!({"extId": "lost"})).await;
        assert_eq!(reply, unknown_outcome(&found["transactionId"]));
        assert_eq!(found["status"], "processing");
    }
}

fn unknown_outcome(transaction_id: &Value) -> Value {
    assert!(transaction_id.is_i64(), "{transaction_id}");
    json!({"jsonrpc": "2.0", "id": "debit", "error": {
        "code": -32379, "message": "Не удалось получить ответ поставщика. Проверьте статус оплаты позже",
        "data": {"transactionId": transaction_id},
    }})
}

/// A pair of tests with settings of their own.
macro_rules! with_settings {
    ($adjust:expr; $( $(#[doc = $doc:literal])* async fn $name:ident($app:ident: TestApp) $body:block )*) => {
        $(
            $(#[doc = $doc])*
            mod $name {
                use super::*;

                async fn run($app: TestApp) $body

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() {
                    run(TestApp::with(DatabaseKind::Sqlite, $adjust).await.unwrap()).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() {
                    if let Some(app) = TestApp::with(DatabaseKind::Postgres, $adjust).await {
                        run(app).await;
                    }
                }
            }
        )*
    };
}

/// The networks may take long, a call may not.
fn impatient(config: &mut Config) {
    config.server.call_timeout_ms = 600;
    config.uzcard.timeout_ms = 10_000;
}

/// The networks may take long, and so may a call.
fn patient(config: &mut Config) {
    config.uzcard.timeout_ms = 10_000;
}

with_settings! { impatient;
    async fn a_call_that_takes_too_long_is_an_unknown_outcome_and_goes_on(app: TestApp) {
        let debit = slow_debit(&app, "slow", 1_000).await;
        let reply = debit.await.unwrap().json();
        let meanwhile = app.result("transactions.get", json!({"extId": "slow"})).await;
        assert_eq!(reply, unknown_outcome(&meanwhile["transactionId"]));
        assert_eq!(meanwhile["status"], "processing");
        assert_eq!(app.moves().await, [""; 0]);
        app.until_status("slow", "succeeded").await;
        assert_eq!(app.moves().await, ["pay 500"]);
    }

    /// The caller was told -32334, so nothing may leave for a network any more.
    async fn a_call_that_took_too_long_before_its_intent_moves_nothing(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let database = &app.running.gateway.database;
        let held = database.write().await.unwrap();
        if app.kind == DatabaseKind::Postgres {
            held.run_sql(r#"LOCK TABLE "transaction" IN EXCLUSIVE MODE"#).await.unwrap();
        }
        let reply = app.post(debit_body(&token, "late")).await.json();
        assert_eq!(
            reply,
            json!({"jsonrpc": "2.0", "id": "debit", "error": {
                "code": -32334, "message": "Системная (внутренняя ошибка). Появляется при различных сбоях.",
                "data": {"retryable": true},
            }})
        );
        drop(held);
        if app.kind == DatabaseKind::Postgres {
            // Its intent was being stored.
            let ended = app.until_status("late", "declined").await;
            assert_eq!(ended["error"]["code"], -32338);
            assert_eq!(app.moves().await, [""; 0]);
            return;
        }
        // It had still to claim its `extId`. So it begins nothing, and another call may.
        let again = loop {
            let reply = app.post(debit_body(&token, "late")).await.json();
            if reply["error"]["code"] != -32364 {
                break reply;
            }
        };
        assert!(again.get("result").is_some(), "{again}");
        assert_eq!(app.moves().await, ["pay 500"]);
    }
}

with_settings! { patient;
    async fn a_stop_lets_a_running_debit_end_and_takes_no_new_connections(app: TestApp) {
        let address = app.running.address;
        let mut idle = TcpStream::connect(address).await.unwrap();
        let debit = slow_debit(&app, "last", 1_000).await;
        let stopping = tokio::spawn(app.running.stop());
        until_refused(address).await;
        assert_eq!(idle.read(&mut [0; 1]).await.unwrap_or(0), 0, "an idle connection is closed at once");
        assert!(!debit.is_finished());
        let reply = debit.await.unwrap();
        assert_eq!(reply.status, 200);
        assert_debited(reply.json());
        assert!(stopping.await.unwrap(), "all calls have ended");
    }

    /// It is not answered, as its partner is gone, but carried out and recorded.
    async fn a_stop_waits_for_a_debit_whose_partner_hung_up(app: TestApp) {
        let body = scripted_debit(&app, "left", json!({"kind": "delay", "delayMs": 150})).await;
        let mut stream = TcpStream::connect(app.running.address).await.unwrap();
        stream.write_all(&raw(&format!("Content-Length: {}\r\n", body.len()), &body)).await.unwrap();
        app.faults_are_taken().await;
        drop(stream);
        let gateway = Arc::clone(&app.running.gateway);
        assert!(app.running.stop().await, "all calls have ended");
        let row = r#"SELECT status FROM "transaction" WHERE ext_id = 'left'"#;
        let statement = Statement::from_string(gateway.database.backend(), row);
        let mut found = gateway.database.fetch_rows(statement).await.unwrap().remove(0);
        assert_eq!(found.take::<String>("status").unwrap(), "succeeded");
    }
}

async fn until_refused(address: SocketAddr) {
    for _ in 0..2_000 {
        if TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("new connections are still taken");
}
