//! Who may call what, and what a partner learns of others: nothing (docs/contract.md#credentials-and-permissions).

use std::sync::Arc;

use aloqa_gateway::database::Connection as _;
use aloqa_gateway::environment::Environment;
use aloqa_gateway::partners;
use aloqa_gateway::random::SystemRandom;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rpc_schema::errors::{ErrorCode, Lang};
use rpc_schema::methods::METHODS;
use sea_orm::Statement;
use serde_json::{Value, json};

use test_support::refused_calls::{denied, parse_error};
use test_support::*;

const CALL: &str =
    r#"{"jsonrpc":"2.0","id":1,"method":"transactions.get","params":{"transactionId":1}}"#;
const DISCOVER: &str = r#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover"}"#;

fn environment(app: &TestApp) -> Environment {
    Environment {
        clock: app.clock.clone(),
        random: Arc::new(SystemRandom),
        crash_points: None,
    }
}

async fn as_partner(
    app: &TestApp,
    credentials: &Credentials,
    body: impl Into<String>,
) -> HttpReply {
    send(
        app.running.address,
        HttpRequest::post(body).credentials(credentials),
    )
    .await
}

/// Asserts HTTP 401 for this reason; the headers without the request's id, which must be the same for all of a reason.
#[track_caller]
fn assert_denied(reply: &HttpReply, reason: &str, context: &str) -> Vec<(String, String)> {
    assert_eq!(
        (reply.status, &reply.body),
        (401, &denied(reason)),
        "{context}"
    );
    assert_eq!(
        reply.header("www-authenticate"),
        r#"Basic realm="AloqaGateway", charset="UTF-8""#,
        "{context}"
    );
    assert_eq!(
        reply.header("content-type"),
        "application/json",
        "{context}"
    );
    let headers = reply
        .headers
        .iter()
        .filter(|(name, _)| !["x-request-id", "date"].contains(&name.as_str()));
    headers
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect()
}

on_each_database! {
    /// Unknown user and wrong secret: the replies are the same bytes. What is missing or not Basic is told apart.
    async fn without_a_partners_credentials_nothing_runs(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let debit = |id: i64| {
            let params = debit_params(UZCARD, &token, 500);
            json!({"jsonrpc": "2.0", "id": id, "method": "transactions.debit", "params": params})
        };
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        let long = basic(&format!("demo:{}", "x".repeat(2_000)));
        let authorizations: [(&str, &str); 22] = [
            ("", "credentials_missing"),
            ("Basic", "credentials_not_basic"),
            ("Basic ", "credentials_not_basic"),
            ("Basic ?", "credentials_not_basic"),
            ("Basic ZGVtbzpkZW1vLXNlY3JldA", "credentials_not_basic"),
            ("Bearer ZGVtbzpkZW1vLXNlY3JldA==", "credentials_not_basic"),
            ("ZGVtbzpkZW1vLXNlY3JldA==", "credentials_not_basic"),
            ("demo:demo-secret", "credentials_not_basic"),
            (&format!("Basic {}", STANDARD.encode(b"demo:\xff")), "credentials_not_basic"),
            (&basic("demo"), "credentials_not_basic"),
            (&basic(":"), "credentials_wrong"),
            (&basic("demo:"), "credentials_wrong"),
            (&basic(":demo-secret"), "credentials_wrong"),
            (&basic("demo:wrong"), "credentials_wrong"),
            (&basic("demo:demo-secret "), "credentials_wrong"),
            (&basic("demo:Demo-secret"), "credentials_wrong"),
            (&basic("Demo:demo-secret"), "credentials_wrong"),
            (&basic(" demo:demo-secret"), "credentials_wrong"),
            (&basic("nobody:demo-secret"), "credentials_wrong"),
            (&basic("nobody\0:demo-secret"), "credentials_not_basic"),
            (&basic("' OR '1'='1:demo-secret"), "credentials_wrong"),
            (&long, "credentials_wrong"),
        ];
        let mut seen = Vec::new();
        for (authorization, reason) in authorizations {
            for body in [debit(1), json!([debit(1), debit(2)]), json!([]), json!({}), json!(1)] {
                let request = HttpRequest::post(body.to_string()).header("authorization", authorization);
                let reply = send(app.running.address, request).await;
                seen.push((reason, assert_denied(&reply, reason, authorization)));
            }
        }
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 3, "{seen:?}");
        assert_eq!(app.moves().await, [""; 0]);
    }

    async fn a_disabled_partner_is_an_unknown_one(app: TestApp) {
        let shop = app.add_partner("shop", &["*"]).await;
        assert_eq!(as_partner(&app, &shop, CALL).await.body, bare_error("1", ErrorCode::TransactionNotFound));
        partners::disable(&app.running.gateway.database, &environment(&app), "shop").await.unwrap();
        let disabled = assert_denied(&as_partner(&app, &shop, CALL).await, "credentials_wrong", "disabled");
        let unknown = Credentials { name: "nobody".to_owned(), secret: shop.secret };
        assert_eq!(disabled, assert_denied(&as_partner(&app, &unknown, CALL).await, "credentials_wrong", "unknown"));
        assert_eq!(app.post(CALL).await.status, 200);
    }

    async fn permission_is_asked_for_each_call(app: TestApp) {
        let shop = app.add_partner("shop", &["cards.add", "cards.add-confirm", "transactions.get"]).await;
        let token = app.add_card_as(&shop, UZCARD).await;
        let uuid = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
        let batch = json!([
            {"jsonrpc": "2.0", "id": 1, "method": "transactions.get", "params": {"transactionId": 1}},
            {"jsonrpc": "2.0", "id": 2, "method": "transactions.debit", "params": debit_params(UZCARD, &token, 500)},
            {"id": 3, "method": "transactions.debit", "params": []},
            {"jsonrpc": "2.0", "id": 4, "method": "no.such.method"},
            {"jsonrpc": "2.0", "id": 5, "method": "cards.add.more"},
            {"id": uuid, "method": "cards.attach", "params": {}},
            {"id": 6, "method": "transactions.get", "params": {"transactionId": 1}},
        ]);
        let reply = as_partner(&app, &shop, batch.to_string()).await;
        let expected = [
            bare_error("1", ErrorCode::TransactionNotFound),
            bare_error("2", ErrorCode::AccessDenied),
            documented_error("3", ErrorCode::AccessDenied),
            bare_error("4", ErrorCode::MethodNotFound),
            bare_error("5", ErrorCode::MethodNotFound),
            // Without `lang`, the A family speaks English.
            format!(
                r#"{{"id":"{uuid}","result":null,"error":{{"code":-32504,"message":"Not enough privileges to call the method."}}}}"#
            ),
            documented_error("6", ErrorCode::TransactionNotFound),
        ];
        assert_eq!((reply.status, reply.body), (200, format!("[{}]", expected.join(","))));
        assert_eq!(app.moves().await, [""; 0]);

        let single = json!({"jsonrpc": "2.0", "id": 2, "method": "transactions.debit"}).to_string();
        let reply = as_partner(&app, &shop, single).await;
        assert_eq!((reply.status, reply.body), (200, bare_error("2", ErrorCode::AccessDenied)));
        assert_eq!(reply.headers.get("www-authenticate"), None);
    }

    /// Each method as one partner that may call everything: what is another's and what does not exist are answered
    /// with the same bytes, and nothing happens to the other's.
    async fn what_is_anothers_does_not_exist(app: TestApp) {
        let shop = app.add_partner("shop", &["*"]).await;
        let own = app.add_card_as(&shop, UZCARD_2).await;

        let token = app.add_card(UZCARD).await;
        let debit = |amount: i64, more: Value| with(debit_params(UZCARD, &token, amount), more);
        let begun = app.result("transactions.debit", debit(500, json!({"force_sms_confirmation": true}))).await;
        let hold = app.result("transactions.debit", debit(700, json!({"is_hold": true}))).await;
        let done = app.result("transactions.debit", debit(900, json!({"extId": "order"}))).await;
        let add = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone});
        let added = app.result("cards.add", add).await;
        let attach =
            json!({"pan": HUMO_2.pan, "expiry": "3012", "processingType": "HUMO", "phoneNumber": HUMO_2.phone});
        let attached = app.result("cards.attach", attach).await;
        let transfer = |direction: Direction, more: Value| with(direction.params(&token, 500), more);
        let ordered = transfer(UZCARD_TO_HUMO, json!({"force_sms_confirmation": true}));
        let ordered = app.result("p2p.uzcard2humo", ordered).await;
        let transferred = transfer(UZCARD_TO_UZCARD, json!({"extId": "transfer"}));
        let transferred = app.transferred(UZCARD_TO_UZCARD, transferred).await;
        let transferred = json!({"transactionId": transferred});
        let moved = app.moves().await;

        let absent_id = json!(900_000_000);
        let absent_uuid = json!("7c9e6679-7425-40de-944b-e07fc1f90ae7");
        let ids: Vec<&Value> = [&begun, &hold, &done, &added, &ordered, &transferred].map(|result| &result["transactionId"]).into();
        let codes = [CODE, "222222"];
        let mut table: Vec<(&str, Value, Value)> = Vec::new();
        for &id in &ids {
            for code in codes {
                for more in [json!({}), json!({"is_hold": true}), json!({"is_hold": false})] {
                    let params = |id: &Value| with(json!({"transactionId": id, "confirmedCode": code}), more.clone());
                    table.push(("transactions.debit.confirm", params(id), params(&absent_id)));
                }
                let params = |id: &Value| json!({"transactionId": id, "confirmedCode": code});
                table.push(("cards.add-confirm", params(id), params(&absent_id)));
                table.push(("p2p.confirm", params(id), params(&absent_id)));
            }
            for method in [
                "transactions.debit.reverse",
                "transactions.debit.hold.charge",
                "transactions.debit.hold.cancel",
                "transactions.get",
            ] {
                let params = |id: &Value| json!({"transactionId": id});
                table.push((method, params(id), params(&absent_id)));
            }
        }
        table.push(("transactions.get", json!({"extId": "order"}), json!({"extId": "none"})));
        let period = |token: &Value| json!({"tokens": [own, token], "from": "2026-11-21", "to": "2026-11-21"});
        let history = app.result("cards.monitoring", json!({"tokens": [token], "from": "2026-11-21", "to": "2026-11-21"})).await;
        let operation = &history["transactions"][0]["_id"];
        assert!(operation.is_string(), "{history}");
        for absent in ["64ec7acc25b4c526e83d0720", "no id"] {
            table.push(("monitoring.get.entry", json!({"id": operation}), json!({"id": absent})));
        }
        for foreign in [&json!(token), &attached["cardId"]] {
            table.push(("cards.monitoring", period(foreign), period(&absent_uuid)));
            table.push(("cards.monitoring", period(foreign), period(&json!("no UUID"))));
        }
        for foreign in [&json!(token), &attached["cardId"]] {
            for absent in [&absent_uuid, &json!("no UUID")] {
                let params = |token: &Value| json!({"token": token});
                for method in ["cards.info", "cards.remove", "transactions.list"] {
                    table.push((method, params(foreign), params(absent)));
                }
            }
        }
        for card_id in [&attached["cardId"], &json!(token)] {
            for code in codes {
                let params = |id: &Value| json!({"cardId": id, "otpCode": code});
                table.push(("cards.attach.confirm", params(card_id), params(&absent_uuid)));
            }
        }
        for more in [
            json!({}),
            json!({"is_hold": true}),
            json!({"force_sms_confirmation": true}),
            json!({"merchantId": "none"}),
            json!({"amount": i64::MAX}),
            json!({"extId": "another"}),
        ] {
            for foreign in [&json!(token), &attached["cardId"]] {
                let params = |token: &Value| debit(500, with(json!({"token": token}), more.clone()));
                table.push(("transactions.debit", params(foreign), params(&absent_uuid)));
                table.push(("transactions.debit", params(foreign), params(&json!("no UUID"))));
            }
        }
        for direction in DIRECTIONS {
            for more in [
                json!({}),
                json!({"force_sms_confirmation": true}),
                json!({"amount": i64::MAX}),
                json!({"pan": UZCARD.pan}),
                json!({"pan": "8600999999999999"}),
                json!({"extId": "another"}),
            ] {
                for foreign in [&json!(token), &attached["cardId"]] {
                    let params = |token: &Value| transfer(direction, with(more.clone(), json!({"token": token})));
                    table.push((direction.method, params(foreign), params(&absent_uuid)));
                    table.push((direction.method, params(foreign), params(&json!("no UUID"))));
                }
            }
        }
        for (method, foreign, absent) in &table {
            let call = |params: &Value| json!({"id": "7c9e6679-7425-40de-944b-e07fc1f90ae8", "method": method, "params": params});
            let of_another = as_partner(&app, &shop, call(foreign).to_string()).await;
            let of_nobody = as_partner(&app, &shop, call(absent).to_string()).await;
            assert_eq!(of_another.body, of_nobody.body, "{method} {foreign}");
            assert!(of_another.json()["error"]["code"].is_i64(), "{method} {foreign}: {}", of_another.body);
        }
        // A list names no object; see below.
        let free_of_objects =
            ["cards.attach", "cards.add", "cards.list", "p2p.recipient-info", "p2p.fee-info", "rpc.discover"];
        for method in METHODS.iter().filter(|method| !free_of_objects.contains(&method.name)) {
            assert!(table.iter().any(|(covered, ..)| *covered == method.name), "{} is not covered", method.name);
        }
        assert_eq!(app.moves().await, moved);

        // Lists are each partner's own, and another's cursor leads to nothing of theirs.
        let mine = app.call_as(&shop, "cards.list", json!({})).await["result"].take();
        assert_eq!(mine["cards"].as_array().unwrap().len(), 1);
        assert_eq!((&mine["cards"][0]["token"], &mine["next"]), (&json!(own), &Value::Null));
        let page = app.result("transactions.list", json!({"size": 1})).await;
        for params in [json!({}), json!({"size": 1, "cursor": page["next"]})] {
            let none = app.call_as(&shop, "transactions.list", params).await;
            assert_eq!(none["result"], json!({"transactions": [], "next": null}));
        }

        // An `extId` is each partner's own.
        for ext_id in ["order", "free"] {
            let params = with(debit_params(UZCARD_2, &own, 900), json!({"extId": ext_id}));
            let reply = app.call_as(&shop, "transactions.debit", params).await;
            assert_eq!(
                masked(reply, &["ext", "refNum", "transactionId"]),
                json!({"jsonrpc": "2.0", "id": 1, "result": {
                    "ext": "*", "refNum": "*", "merchantId": "90001", "terminalId": "92400001", "transactionId": "*",
                }})
            );
        }
        // No try was counted against the other's codes, and everything can still be done.
        let confirm = |result: &Value| json!({"transactionId": result["transactionId"], "confirmedCode": CODE});
        app.result("transactions.debit.confirm", confirm(&begun)).await;
        app.result("cards.add-confirm", confirm(&added)).await;
        app.result("p2p.confirm", confirm(&ordered)).await;
        app.result("cards.attach.confirm", json!({"cardId": attached["cardId"], "otpCode": CODE})).await;
        app.result("transactions.debit.hold.charge", json!({"transactionId": hold["transactionId"]})).await;
        app.result("transactions.debit.reverse", json!({"transactionId": done["transactionId"]})).await;
    }

    /// The same card of two partners is two cards.
    async fn a_card_attached_by_two_partners_has_two_tokens(app: TestApp) {
        let shop = app.add_partner("shop", &["*"]).await;
        let (own, others) = (app.add_card(UZCARD).await, app.add_card_as(&shop, UZCARD).await);
        assert_ne!(own, others);
        let error = app.error("transactions.debit", debit_params(UZCARD, &others, 500)).await;
        assert_eq!(error, json!({"code": -32301, "message": "Карта не зарегистрирована"}));
        assert_eq!(app.moves().await, [""; 0]);
    }

    async fn neither_secrets_nor_card_numbers_are_in_the_database(app: TestApp) {
        let shop = app.add_partner("shop", &["*"]).await;
        app.add_card_as(&shop, UZCARD_2).await;
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            for more in [json!({}), json!({"is_hold": true}), json!({"force_sms_confirmation": true, "extId": card.phone})] {
                app.result("transactions.debit", with(debit_params(card, &token, 500), more)).await;
            }
        }
        // Recipients' numbers, of transfers that were done, that wait, and that were declined.
        let token = app.add_card(UZCARD).await;
        let stranger = TestCard::forcing(sandbox::Network::Humo, sandbox::Outcome::CreditRefused);
        for direction in [UZCARD_TO_UZCARD, UZCARD_TO_HUMO, UZCARD_TO_HUMO.to(stranger)] {
            for force in [false, true] {
                let more = json!({"force_sms_confirmation": force, "sender": {
                    "firstName": "Kanareyka", "lastName": "Kanareykina", "birthDate": "1985-03-12", "pinfl": "41203850007777",
                    "documentType": "006", "documentNumber": "KA7654321", "documentValidTo": "2035-05-04",
                }});
                app.call(direction.method, with(direction.params(&token, 500), more)).await;
            }
        }
        // An attachment that nobody confirmed.
        app.result("cards.add", json!({"pan": HUMO_2.pan, "expiry": "1230", "phone": HUMO_2.phone})).await;

        let stored = everything_stored(&app).await;
        let holds = |text: &str| {
            let holds = |text: &[u8]| stored.windows(text.len()).any(|window| window == text);
            // PostgreSQL shows bytes as hexadecimal digits.
            holds(text.as_bytes()) || holds(hex::encode(text).as_bytes())
        };
        assert!(holds("shop") && holds(HUMO_2.phone), "the search finds what is there");
        for secret in ["demo-secret", &shop.secret, UZCARD.pan, UZCARD_2.pan, HUMO.pan, HUMO_2.pan, stranger.pan, "Kanareyka", "41203850007777", "7654321", "12031985", "1985-03-12"] {
            assert!(!holds(secret), "{secret}");
            assert!(!holds(&STANDARD.encode(secret)), "{secret} in base64");
        }
    }
}

/// All bytes of SQLite's files; the text of all rows of PostgreSQL.
async fn everything_stored(app: &TestApp) -> Vec<u8> {
    let database = &app.running.gateway.database;
    if app.kind == DatabaseKind::Sqlite {
        let names = ["gateway.sqlite", "gateway.sqlite-wal"];
        return names
            .iter()
            .flat_map(|name| std::fs::read(app.directory().join(name)).unwrap())
            .collect();
    }
    let rows = async |sql: String| {
        let statement = Statement::from_string(database.backend(), sql);
        let rows = database.fetch_rows(statement).await.unwrap();
        rows.into_iter()
            .map(|mut row| row.take_at::<String>(0).unwrap())
            .collect::<Vec<_>>()
    };
    let tables =
        rows("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'".to_owned()).await;
    assert!(tables.len() >= 9, "{tables:?}");
    let mut stored = String::new();
    for table in tables {
        stored.push_str(
            &rows(format!(r#"SELECT t::text FROM "{table}" t"#))
                .await
                .join("\n"),
        );
    }
    stored.into_bytes()
}

#[tokio::test]
async fn only_discovery_needs_no_credentials() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let anonymous = async |body: &str| send(app.running.address, HttpRequest::post(body)).await;
    let document = send(app.running.address, HttpRequest::get("/openrpc.json"))
        .await
        .json();
    let reply = json!({"jsonrpc": "2.0", "id": 1, "result": document});

    let single = anonymous(DISCOVER).await;
    assert_eq!((single.status, single.json()), (200, reply.clone()));
    let documented = anonymous(r#"{"id":"x","method":"rpc.discover","params":null}"#).await;
    assert_eq!(
        documented.json(),
        json!({"id": "x", "result": document, "error": null})
    );
    // Once a batch: the document is two thousand times as large as the call.
    let batch = anonymous(&format!("[{DISCOVER},{DISCOVER}]")).await;
    let hint = "Вызывайте rpc.discover в одном пакете один раз.";
    let data = json!({"reason": "discover_repeated", "hint": hint});
    let message = ErrorCode::InvalidRequest.message(Lang::Ru);
    let error = json!({"code": -32600, "message": message, "data": data});
    let refused = json!({"jsonrpc": "2.0", "id": 1, "error": error});
    assert_eq!((batch.status, batch.json()), (200, json!([reply, refused])));
    let wrong_params =
        anonymous(r#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover","params":{"x":1}}"#).await;
    assert_eq!(wrong_params.json()["error"]["code"], -32401);
    let silent = anonymous(r#"{"jsonrpc":"2.0","method":"rpc.discover"}"#).await;
    assert_eq!((silent.status, silent.body.as_str()), (200, ""));

    for body in [
        format!("[{DISCOVER},{CALL}]"),
        format!("[{CALL},{DISCOVER}]"),
        format!("[{DISCOVER},1]"),
        "[]".to_owned(),
        CALL.to_owned(),
        r#"{"jsonrpc":"2.0","method":"transactions.get"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":[],"method":"rpc.discover"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":1,"method":"rpc.discover","method":"rpc.discover"}"#.to_owned(),
        r#"{"jsonrpc":"2.0","id":1,"method":"rpc.other"}"#.to_owned(),
    ] {
        assert_denied(&anonymous(&body).await, "credentials_missing", &body);
    }

    let wrong = Credentials {
        secret: "wrong".to_owned(),
        ..Credentials::demo()
    };
    assert_denied(
        &as_partner(&app, &wrong, DISCOVER).await,
        "credentials_wrong",
        "wrong credentials",
    );
    let malformed = HttpRequest::post(DISCOVER).header("authorization", "Basic ?");
    assert_denied(
        &send(app.running.address, malformed).await,
        "credentials_not_basic",
        "malformed credentials",
    );
}

#[tokio::test]
async fn what_is_no_json_is_told_to_who_sends_no_credentials() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let wrong = Credentials {
        secret: "wrong".to_owned(),
        ..Credentials::demo()
    };
    for (body, reason, at) in [
        ("", "body_empty", None),
        ("{", "syntax", Some((1, 1))),
        ("[1", "syntax", Some((1, 2))),
        ("{\"jsonrpc\":\"2.0\",}", "syntax", Some((1, 18))),
    ] {
        let reply = send(app.running.address, HttpRequest::post(body)).await;
        assert_eq!(
            (reply.status, reply.body),
            (200, parse_error(reason, at)),
            "{body}"
        );
        // Of one with wrong credentials nothing is read.
        let reply = as_partner(&app, &wrong, body).await;
        assert_denied(&reply, "credentials_wrong", body);
    }
}

#[tokio::test]
async fn a_permission_is_a_method_or_everything_below_a_dot() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let table: [(&str, &[&str], &[&str]); 7] = [
        (
            "all",
            &["*"],
            &[
                "cards.add",
                "cards.attach.confirm",
                "transactions.debit",
                "transactions.debit.hold.charge",
            ],
        ),
        (
            "cards",
            &["cards.*"],
            &[
                "cards.add",
                "cards.add-confirm",
                "cards.attach",
                "cards.attach.confirm",
            ],
        ),
        (
            "holds",
            &["transactions.debit.hold.*"],
            &[
                "transactions.debit.hold.charge",
                "transactions.debit.hold.cancel",
            ],
        ),
        ("debit", &["transactions.debit"], &["transactions.debit"]),
        (
            "transfers",
            &["p2p.*"],
            &["p2p.fee-info", "p2p.humo2humo", "p2p.confirm"],
        ),
        (
            "two",
            &["cards.add", "transactions.debit.*"],
            &["cards.add", "transactions.debit.confirm"],
        ),
        ("none", &[], &[]),
    ];
    for (name, permissions, allowed) in table {
        let partner = app.add_partner(name, permissions).await;
        for method in METHODS {
            let reply = app.call_as(&partner, method.name, json!({"x": 1})).await;
            let denied = reply["error"]["code"] == -32504;
            let below = |permission: &&str| {
                permission
                    .strip_suffix('*')
                    .map_or(*permission == method.name, |prefix| {
                        method.name.starts_with(prefix)
                    })
            };
            let may = method.name == "rpc.discover" || permissions.iter().any(below);
            assert_eq!(denied, !may, "{name}: {} {reply}", method.name);
            assert!(
                may || !allowed.contains(&method.name),
                "{name}: {}",
                method.name
            );
        }
    }
}
