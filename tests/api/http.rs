//! HTTP around the calls: refusals, languages, pages, connections, and how calls end (design section 1).

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aloqa_gateway::config::Config;
use rpc_schema::errors::{ErrorCode, Lang};
use sea_orm::{ConnectionTrait as _, Statement};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::*;

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
    format!("POST / HTTP/1.1\r\nHost: gateway\r\nAuthorization: Basic ZGVtbzpkZW1vLXNlY3JldA==\r\n{headers}\r\n{body}")
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

#[tokio::test]
async fn content_types() {
    let app = stateless().await;
    // The empty one stands for no header at all.
    for accepted in [
        "",
        "application/json",
        "APPLICATION/JSON",
        "application/json-rpc",
        "application/json;charset=utf-8",
        "application/json;  charset=UTF-8",
        "application/json; charset=\"utf-8\"",
        "application/json-rpc; charset=utf8",
    ] {
        let reply = send(
            app.running.address,
            post(CALL).header("content-type", accepted),
        )
        .await;
        assert_eq!((reply.status, reply.body), (200, not_found()), "{accepted}");
    }
    for refused in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "application/jsonrequest",
        "application/json; charset=windows-1251",
        "multipart/form-data; boundary=x",
    ] {
        let reply = send(
            app.running.address,
            post(CALL).header("content-type", refused),
        )
        .await;
        assert_eq!(
            (reply.status, reply.json()),
            (
                415,
                refusal("content_type", "send Content-Type: application/json")
            ),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn other_paths_and_methods_are_told_what_to_do_instead() {
    let app = stateless().await;
    let nowhere = "there is one endpoint: POST /; the reference is at GET /docs";
    let table = [
        ("POST", "/rpc", 404, "", nowhere),
        ("GET", "/index.html", 404, "", nowhere),
        ("GET", "/docs/", 404, "", nowhere),
        ("GET", "/health", 404, "", nowhere),
        ("GET", "/metrics", 404, "", nowhere),
        ("GET", "/", 405, "POST", "allowed here: POST"),
        ("PUT", "/", 405, "POST", "allowed here: POST"),
        ("OPTIONS", "/", 405, "POST", "allowed here: POST"),
        ("POST", "/docs", 405, "GET, HEAD", "allowed here: GET, HEAD"),
        (
            "DELETE",
            "/openrpc.json",
            405,
            "GET, HEAD",
            "allowed here: GET, HEAD",
        ),
    ];
    for (method, path, status, allow, hint) in table {
        let reply = send(app.running.address, post(CALL).method(method).path(path)).await;
        assert_eq!(
            (reply.status, reply.header("allow")),
            (status, allow),
            "{method} {path}"
        );
        assert_eq!(reply.header("content-type"), "application/json");
        let reason = match status {
            404 => "path_not_found",
            _ => "method_not_allowed",
        };
        assert_eq!(reply.json(), refusal(reason, hint), "{method} {path}");
    }
}

/// Method, path, type, size, JSON, credentials: the first that is wrong is told.
#[tokio::test]
async fn the_order_of_checks() {
    let app = stateless_with(|config| config.server.body_limit_bytes = 1_000).await;
    let large = "x".repeat(1_001);
    let wrong = |body: &str| HttpRequest::post(body).header("content-type", "text/plain");
    let address = app.running.address;
    assert_eq!(
        send(address, wrong(&large).path("/rpc").method("PUT"))
            .await
            .status,
        404
    );
    assert_eq!(send(address, wrong(&large).method("PUT")).await.status, 405);
    assert_eq!(send(address, wrong(&large)).await.status, 415);
    assert_eq!(send(address, HttpRequest::post(large)).await.status, 413);
    let no_json = send(address, HttpRequest::post("x")).await;
    assert_eq!(
        (no_json.status, no_json.body),
        (200, bare_error("null", ErrorCode::ParseError))
    );
    assert_eq!(send(address, HttpRequest::post("[1]")).await.status, 401);
}

#[tokio::test]
async fn a_body_above_the_limit_is_refused() {
    let app = stateless().await;
    let padded = |size: usize| format!("{CALL}{}", " ".repeat(size - CALL.len()));
    assert_eq!(app.post(padded(32_768)).await.body, not_found());
    let expected = refusal("body_too_large", "a body may have 32768 bytes");
    for size in [32_769, 100_000, 5_000_000] {
        let reply = app.post(padded(size)).await;
        assert_eq!(
            (reply.status, reply.json()),
            (413, expected.clone()),
            "{size}"
        );
        assert_eq!(reply.header("connection"), "close");
    }

    let chunk = format!("{:x}\r\n{}\r\n", 20_000, " ".repeat(20_000));
    let reply = send_raw(
        app.running.address,
        &raw("Transfer-Encoding: chunked\r\n", &chunk.repeat(2)),
    )
    .await;
    let (status, headers, body) = parts(&reply);
    assert_eq!((status, body), ("HTTP/1.1 413 Payload Too Large", expected));
    assert!(headers.contains("connection: close"), "{headers}");
}

#[tokio::test]
async fn a_chunked_body_within_the_limit_is_served() {
    let app = stateless().await;
    let body = format!("{:x}\r\n{CALL}\r\n0\r\n\r\n", CALL.len());
    let reply = send_raw(
        app.running.address,
        &raw("Transfer-Encoding: chunked\r\nConnection: close\r\n", &body),
    )
    .await;
    assert!(
        reply.starts_with("HTTP/1.1 200 OK\r\n") && reply.ends_with(&not_found()),
        "{reply}"
    );
}

#[tokio::test]
async fn a_body_that_breaks_off_is_refused() {
    let app = stateless().await;
    let malformed = raw("Transfer-Encoding: chunked\r\n", "no chunk\r\n");
    let reply = send_raw(app.running.address, &malformed).await;
    let (status, _, body) = parts(&reply);
    assert_eq!(
        (status, body),
        (
            "HTTP/1.1 400 Bad Request",
            refusal("body_incomplete", "the body broke off")
        )
    );
}

#[tokio::test]
async fn a_body_that_does_not_arrive_in_time_is_refused() {
    let app = stateless_with(|config| config.server.body_timeout_ms = 30).await;
    let reply = send_raw(
        app.running.address,
        &raw("Content-Length: 100\r\n", "{\"json"),
    )
    .await;
    let (status, headers, body) = parts(&reply);
    assert_eq!(
        (status, body),
        (
            "HTTP/1.1 408 Request Timeout",
            refusal("body_timeout", "the body did not arrive in time")
        )
    );
    assert!(headers.contains("connection: close"), "{headers}");
}

#[tokio::test]
async fn a_connection_without_a_whole_request_is_closed() {
    let app = stateless_with(|config| config.server.header_timeout_ms = 30).await;
    for beginning in ["", "POST / HT", "POST / HTTP/1.1\r\nHost: gateway\r\nX: "] {
        assert_eq!(
            send_raw(app.running.address, beginning.as_bytes()).await,
            "",
            "{beginning:?}"
        );
    }
}

#[tokio::test]
async fn more_requests_than_the_limit_are_told_to_come_back() {
    let app = stateless_with(|config| {
        config.server.max_in_flight = 1;
        config.uzcard.timeout_ms = 10_000;
    })
    .await;
    let debit = slow_debit(&app, "slow", 500).await;
    for (lang, message) in [
        ("", ErrorCode::Overloaded.message(Lang::Ru)),
        ("uz", ErrorCode::Overloaded.message(Lang::Uz)),
        ("en", ErrorCode::Overloaded.message(Lang::En)),
    ] {
        let reply = send(app.running.address, post(CALL).header("lang", lang)).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, "1"));
        let error = json!({"code": -32343, "message": message, "data": {"retryable": true}});
        assert_eq!(
            reply.json(),
            json!({"jsonrpc": "2.0", "id": null, "error": error})
        );
    }
    // Neither the pages nor the operators' listener need a free place.
    assert_eq!(
        send(app.running.address, HttpRequest::get("/docs"))
            .await
            .status,
        200
    );
    assert_eq!(
        send(app.running.ops_address, HttpRequest::get("/health"))
            .await
            .status,
        200
    );
    assert!(!debit.is_finished());
    assert_debited(debit.await.unwrap().json());
    assert_eq!(app.post(CALL).await.body, not_found());
}

/// A debit goes on when its partner hangs up, and so it counts until it has ended.
#[tokio::test]
async fn who_hangs_up_does_not_make_room_for_more() {
    let app = stateless_with(|config| {
        config.server.max_in_flight = 1;
        config.uzcard.timeout_ms = 10_000;
    })
    .await;
    let fault = json!({"kind": "delay", "delayMs": 1_500});
    let body = scripted_debit(&app, "left", fault).await;
    let mut stream = TcpStream::connect(app.running.address).await.unwrap();
    stream
        .write_all(&raw(&format!("Content-Length: {}\r\n", body.len()), &body))
        .await
        .unwrap();
    app.faults_are_taken().await;
    drop(stream);
    let mut refused = 0;
    while app.post(CALL).await.status == 503 {
        refused += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The server needs a moment to notice that the partner has gone; the debit takes far longer.
    assert!(refused > 20, "{refused}");
    assert_eq!(app.moves().await, ["pay 500"]);
}

#[tokio::test]
async fn every_refusal_speaks_the_language_asked_for() {
    let app = stateless_with(|config| {
        config.server.body_limit_bytes = 1_000;
        config.server.batch_limit = 2;
    })
    .await;
    let invalid = |lang: &str| match lang {
        "uz" => "Noto‘g‘ri JSON-RPC obyekti yuborildi",
        "en" => "Invalid JSON-RPC object",
        _ => "Передан неправильный JSON-RPC объект",
    };
    let denied = |lang: &str| match lang {
        "uz" => "Metodni bajarish uchun huquqlar yetarli emas.",
        "en" => "Not enough privileges to call the method.",
        _ => "Недостаточно привилегий для выполнения метода.",
    };
    let parse = |lang: &str| match lang {
        "uz" => "JSONni o‘qishda xatolik. RPC so‘rovi yaroqli JSON obyekti emas.",
        "en" => "JSON parse error. The RPC request is not a valid JSON object.",
        _ => "Ошибка Парсинга JSON. RPC запрос является не валидным JSON объектом.",
    };
    // An unknown value counts as absent.
    for lang in ["", "ru", "uz", "en", "EN", "de", "uz-Latn", "en, ru"] {
        let table = [
            (post(CALL).path("/x"), 404, -32600, invalid(lang)),
            (post(CALL).method("PUT"), 405, -32600, invalid(lang)),
            (
                post(CALL).header("content-type", "text/plain"),
                415,
                -32600,
                invalid(lang),
            ),
            (post("x".repeat(1_001)), 413, -32600, invalid(lang)),
            (HttpRequest::post(CALL), 401, -32504, denied(lang)),
            (post("{"), 200, -32700, parse(lang)),
            (post("[]"), 200, -32600, invalid(lang)),
            (post("[1,2,3]"), 200, -32600, invalid(lang)),
            (post("1"), 200, -32600, invalid(lang)),
        ];
        for (request, status, code, message) in table {
            let reply = send(app.running.address, request.header("lang", lang)).await;
            let body = reply.json();
            let told = (
                &body["jsonrpc"],
                &body["id"],
                &body["error"]["code"],
                &body["error"]["message"],
            );
            assert_eq!(reply.status, status, "{lang}");
            assert_eq!(
                told,
                (&json!("2.0"), &json!(null), &json!(code), &json!(message)),
                "{lang}"
            );
        }
    }
}

/// The A family's validation errors are documented in English alone.
#[tokio::test]
async fn errors_of_calls_speak_the_language_asked_for() {
    let app = stateless().await;
    let call = |method: &str, params: Value| {
        json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
    };
    let card = json!({"cardId": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "otpCode": "111111"});
    let table = [
        (
            call("transactions.get", json!({"transactionId": 1})),
            -32314,
            [
                "Транзакция не найдена",
                "Tranzaksiya topilmadi",
                "Transaction not found",
                "Транзакция не найдена",
            ],
        ),
        (
            call("no.such.method", json!({})),
            -32601,
            [
                "Запрашиваемый метод не найден.",
                "So‘ralgan metod topilmadi.",
                "The requested method was not found.",
                "Запрашиваемый метод не найден.",
            ],
        ),
        (
            call("cards.attach.confirm", card),
            1007,
            [
                ErrorCode::AttachCardNotFound.message(Lang::Ru),
                ErrorCode::AttachCardNotFound.message(Lang::Uz),
                ErrorCode::AttachCardNotFound.message(Lang::En),
                ErrorCode::AttachCardNotFound.message(Lang::En),
            ],
        ),
        (
            call("cards.attach", json!({})),
            4,
            ["Validation Error. Field: params.pan, message: Field must be not null"; 4],
        ),
    ];
    for (body, code, [ru, uz, en, default]) in table {
        for (lang, message) in [
            ("ru", ru),
            ("uz", uz),
            ("en", en),
            ("", default),
            ("RU", default),
            ("fr", default),
        ] {
            let reply = send(app.running.address, post(body.clone()).header("lang", lang)).await;
            let expected =
                json!({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}});
            assert_eq!(reply.json(), expected, "{lang}");
        }
    }
}

on_each_database! {
    /// Without `lang` in Russian, also for the A family; without a well-formed `app-name` in the gateway's name.
    async fn the_text_of_an_sms(app: TestApp) {
        let token = app.add_card(HUMO).await;
        let debit = with(debit_params(HUMO, &token, 123_456), json!({"force_sms_confirmation": true}));
        let add = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone});
        let attach =
            json!({"pan": HUMO_2.pan, "expiry": "3012", "processingType": "HUMO", "phoneNumber": HUMO_2.phone});
        let table = [
            ("cards.add", &add, HUMO, "", "Kundalik-dev",
                "Kundalik: код 111111 для привязки карты 986019*****8366. Никому не сообщайте его."),
            ("cards.add", &add, HUMO, "ru", "My-Shop-prod",
                "My-Shop: код 111111 для привязки карты 986019*****8366. Никому не сообщайте его."),
            ("cards.add", &add, HUMO, "uz", "Kundalik-staging",
                "Kundalik: 986019*****8366 kartasini bog‘lash kodi 111111. Uni hech kimga aytmang."),
            ("cards.add", &add, HUMO, "en", "",
                "AloqaGateway: code 111111 to attach the card 986019*****8366. Tell it to nobody."),
            ("cards.attach", &attach, HUMO_2, "", "",
                "AloqaGateway: код 111111 для привязки карты 986010*****6789. Никому не сообщайте его."),
            ("cards.attach", &attach, HUMO_2, "EN", "Kundalik",
                "AloqaGateway: код 111111 для привязки карты 986010*****6789. Никому не сообщайте его."),
            ("transactions.debit", &debit, HUMO, "", "Kundalik-test",
                "AloqaGateway: код 111111 для оплаты 1234.56 UZS картой 986019*****8366. Никому не сообщайте его."),
            ("transactions.debit", &debit, HUMO, "uz", "-dev",
                "AloqaGateway: 986019*****8366 kartasidan 1234.56 UZS to‘lash kodi 111111. Uni hech kimga aytmang."),
            ("transactions.debit", &debit, HUMO, "en", "Kundalik-dev",
                "Kundalik: code 111111 to pay 1234.56 UZS with the card 986019*****8366. Tell it to nobody."),
        ];
        for (method, params, card, lang, app_name, text) in table {
            let before = app.messages(card.phone).await;
            let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
            let request = post(body.to_string()).header("lang", lang).header("app-name", app_name);
            let reply = send(app.running.address, request).await;
            let messages = app.messages(card.phone).await;
            assert_eq!(messages[before.len()..], [text], "{}", reply.body);
        }
    }

    async fn a_well_formed_app_name_is_kept_with_the_transaction(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let headers = ["", "Kundalik-dev", "My Shop-prod", "Kundalik", "Kundalik-DEV", "-dev"];
        for (index, app_name) in headers.into_iter().enumerate() {
            let request = post(debit_body(&token, &index.to_string())).header("app-name", app_name);
            assert_debited(send(app.running.address, request).await.json());
        }
        let database = &app.running.gateway.database;
        let sql = r#"SELECT app_name FROM "transaction" WHERE ext_id IS NOT NULL ORDER BY id"#;
        let rows = database.query_all_raw(Statement::from_string(database.get_database_backend(), sql)).await.unwrap();
        let kept: Vec<Option<String>> = rows.iter().map(|row| row.try_get("", "app_name").unwrap()).collect();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(kept, [None, name("Kundalik-dev"), name("My Shop-prod"), None, None, None]);
    }

    async fn without_its_database_the_gateway_asks_to_come_back(app: TestApp) {
        let pool = (*app.running.gateway.database).clone();
        pool.close().await.unwrap();
        let reply = app.post(CALL).await;
        assert_eq!((reply.status, reply.header("retry-after")), (503, "1"));
        let message = "Сервис временно недоступен. Попробуйте повторить ваш запрос немного позже";
        let error = json!({"code": -32343, "message": message, "data": {"retryable": true}});
        assert_eq!(reply.json(), json!({"jsonrpc": "2.0", "id": null, "error": error}));
        let health = send(app.running.ops_address, HttpRequest::get("/health")).await;
        assert_eq!((health.status, &health.json()["status"]), (503, &json!("the database does not answer")));
        let discover = r#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"#;
        assert_eq!(send(app.running.address, HttpRequest::post(discover)).await.status, 200);
    }

    async fn the_operators_listener_counts_calls(app: TestApp) {
        let health = send(app.running.ops_address, HttpRequest::get("/health")).await;
        let kind = match app.kind {
            DatabaseKind::Sqlite => "SQLite",
            DatabaseKind::Postgres => "PostgreSQL",
        };
        assert_eq!(health.status, 200);
        assert_eq!(health.json(), json!({"status": "ok", "database": kind}));

        let token = app.add_card(UZCARD).await;
        app.result("transactions.debit", debit_params(UZCARD, &token, 500)).await;
        let unknown = r#"{"id":1,"method":"8600010132441332"}"#;
        let notification = r#"{"jsonrpc":"2.0","method":"transactions.get"}"#;
        app.post(format!("[{CALL},{notification},{CALL},{unknown}]")).await;
        app.post(CALL).await;
        let page = send(app.running.ops_address, HttpRequest::get("/metrics")).await;
        assert_eq!(page.status, 200);
        assert!(page.header("content-type").starts_with("application/openmetrics-text"));
        let mut counts: Vec<&str> = page.body.lines().filter(|line| line.starts_with("aloqa_calls_total{")).collect();
        counts.sort_unstable();
        assert_eq!(
            counts,
            [
                r#"aloqa_calls_total{method="cards.add",outcome="ok"} 1"#,
                r#"aloqa_calls_total{method="cards.add-confirm",outcome="ok"} 1"#,
                r#"aloqa_calls_total{method="transactions.debit",outcome="ok"} 1"#,
                r#"aloqa_calls_total{method="transactions.get",outcome="-32314"} 3"#,
                r#"aloqa_calls_total{method="unknown",outcome="-32601"} 1"#,
            ]
        );
        assert!(page.body.contains(r#"aloqa_call_seconds_count{method="transactions.get"} 3"#), "{}", page.body);
    }

    async fn a_partner_who_hangs_up_does_not_interrupt_a_debit(app: TestApp) {
        let body = scripted_debit(&app, "left", json!({"kind": "delay", "delayMs": 100})).await;
        let mut stream = TcpStream::connect(app.running.address).await.unwrap();
        stream.write_all(&raw(&format!("Content-Length: {}\r\n", body.len()), &body)).await.unwrap();
        app.faults_are_taken().await;
        drop(stream);
        let done = app.until_status("left", "succeeded").await;
        assert_eq!(app.moves().await, ["pay 500"]);
        // The same call again learns what the first one came to.
        let again = app.post(body).await.json();
        assert_eq!(again, json!({"jsonrpc": "2.0", "id": "debit", "result": done["result"]}));
        assert_eq!(app.moves().await, ["pay 500"]);
    }

    async fn a_panic_in_a_method_is_an_internal_error_of_that_call_alone(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let debited = app.post(debit_body(&token, "first")).await.json();
        let id = &debited["result"]["transactionId"];
        app.clock.set_broken(true);
        let internal = json!({
            "code": -32334, "message": "Системная (внутренняя ошибка). Появляется при различных сбоях.",
            "data": {"retryable": true},
        });
        let batch = json!([
            {"jsonrpc": "2.0", "id": "a", "method": "transactions.get", "params": {"extId": "none"}},
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
        app.clock.set_broken(true);
        let mut replies = Vec::new();
        for (method, params) in [("cards.attach", &attach), ("cards.attach.confirm", &confirm)] {
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
            held.execute_unprepared(r#"LOCK TABLE "transaction" IN EXCLUSIVE MODE"#).await.unwrap();
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
        let ended = app.until_status("late", "declined").await;
        assert_eq!(ended["error"]["code"], -32338);
        assert_eq!(app.moves().await, [""; 0]);
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
        let statement = Statement::from_string(gateway.database.get_database_backend(), row);
        let found = gateway.database.query_one_raw(statement).await.unwrap().unwrap();
        assert_eq!(found.try_get::<String>("", "status").unwrap(), "succeeded");
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

#[tokio::test]
async fn the_pages_need_no_credentials() {
    let app = stateless().await;
    let address = app.running.address;
    let docs = send(address, HttpRequest::get("/docs")).await;
    assert_eq!(
        (docs.status, docs.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    for method in rpc_schema::methods::METHODS {
        assert!(
            docs.body.contains(&format!("id=\"{}\"", method.name)),
            "{}",
            method.name
        );
    }
    let document = send(address, HttpRequest::get("/openrpc.json")).await;
    assert_eq!(
        (document.status, document.header("content-type")),
        (200, "application/json")
    );
    let discovered = app.call("rpc.discover", json!({})).await;
    assert_eq!(
        discovered,
        json!({"jsonrpc": "2.0", "id": 1, "result": document.json()})
    );
    for path in ["/docs", "/openrpc.json"] {
        let head = send(address, HttpRequest::get(path).method("HEAD")).await;
        assert_eq!((head.status, head.body.as_str()), (200, ""), "{path}");
    }
    let wrong = Credentials {
        secret: "wrong".to_owned(),
        ..Credentials::demo()
    };
    assert_eq!(
        send(address, HttpRequest::get("/docs").credentials(&wrong))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn the_operators_listener_has_two_pages_and_no_endpoint() {
    let app = stateless().await;
    for request in [
        HttpRequest::get("/"),
        HttpRequest::get("/docs"),
        post(CALL),
        HttpRequest::post("").path("/health"),
    ] {
        let reply = send(app.running.ops_address, request).await;
        assert_eq!(
            (reply.status, reply.json()),
            (404, json!({"error": "GET /health or GET /metrics"}))
        );
    }
}

#[tokio::test]
async fn each_reply_has_a_request_id_of_its_own() {
    let app = stateless().await;
    let requests = [
        post(CALL),
        post(CALL),
        post("{"),
        post(r#"{"jsonrpc":"2.0","method":"x"}"#),
        post(CALL).header("x-request-id", "mine"),
        post(CALL).path("/x"),
        post(CALL).method("PUT"),
        post(CALL).header("content-type", "text/plain"),
        post(" ".repeat(40_000)),
        HttpRequest::post(CALL),
        HttpRequest::get("/docs"),
        HttpRequest::get("/openrpc.json"),
    ];
    let mut seen = HashSet::new();
    for request in requests {
        let reply = send(app.running.address, request).await;
        let id = reply.header("x-request-id").to_owned();
        assert!(uuid::Uuid::try_parse(&id).is_ok(), "{id:?}");
        assert!(seen.insert(id));
    }
}

#[tokio::test]
async fn a_connection_serves_several_requests() {
    let app = stateless().await;
    let request = |id: u8, headers: &str| {
        let body = CALL.replace(r#""id":1"#, &format!(r#""id":{id}"#));
        raw(
            &format!("Content-Length: {}\r\n{headers}", body.len()),
            &body,
        )
    };
    let mut stream = TcpStream::connect(app.running.address).await.unwrap();
    // One after another, and then two at once.
    for id in [1, 2] {
        stream.write_all(&request(id, "")).await.unwrap();
        let expected = bare_error(&id.to_string(), ErrorCode::TransactionNotFound);
        let mut reply = String::new();
        while !reply.ends_with(&expected) {
            let mut part = [0; 4_096];
            let read = stream.read(&mut part).await.unwrap();
            assert_ne!(read, 0, "{reply}");
            reply.push_str(std::str::from_utf8(&part[..read]).unwrap());
        }
    }
    stream
        .write_all(&[request(3, ""), request(4, "Connection: close\r\n")].concat())
        .await
        .unwrap();
    let mut replies = String::new();
    stream.read_to_string(&mut replies).await.unwrap();
    let third = replies
        .find(&bare_error("3", ErrorCode::TransactionNotFound))
        .unwrap();
    let fourth = replies
        .find(&bare_error("4", ErrorCode::TransactionNotFound))
        .unwrap();
    assert!(third < fourth, "{replies}");
    assert_eq!(replies.matches("HTTP/1.1 200 OK").count(), 2);
}

/// A call that is refused leaves the connection to the next one.
#[tokio::test]
async fn a_refusal_keeps_the_connection() {
    let app = stateless().await;
    let mut bytes = raw("Content-Length: 1\r\n", "{");
    bytes.extend(
        format!(
            "POST / HTTP/1.1\r\nHost: gateway\r\nContent-Length: {}\r\n\r\n{CALL}",
            CALL.len()
        )
        .bytes(),
    );
    bytes.extend(raw(
        &format!(
            "Content-Type: text/plain\r\nContent-Length: {}\r\n",
            CALL.len()
        ),
        CALL,
    ));
    bytes.extend(raw(
        &format!("Content-Length: {}\r\nConnection: close\r\n", CALL.len()),
        CALL,
    ));
    let replies = send_raw(app.running.address, &bytes).await;
    let statuses: Vec<&str> = replies
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|reply| &reply[..3])
        .collect();
    assert_eq!(statuses, ["200", "401", "415", "200"]);
    assert!(replies.ends_with(&not_found()), "{replies}");
}
