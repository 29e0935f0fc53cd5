//! Who calls: failed logins lock out, secrets overlap, addresses and applications are registered
//! (docs/contract.md#credentials-and-permissions).

use std::sync::Arc;

use aloqa_gateway::config::{Config, Limits};
use aloqa_gateway::environment::Environment;
use aloqa_gateway::partners::{self, PartnerError};
use aloqa_gateway::random::SystemRandom;
use rpc_schema::errors::{ErrorCode, Lang};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use test_support::*;

const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"cards.list","params":{}}"#;
const LOCK_MS: i64 = 1_800_000;

/// As it is unless somebody sets it, behind a proxy.
fn as_shipped(config: &mut Config) {
    config.limits = Limits::default();
    config.server.trusted_proxies = vec!["127.0.0.0/8".to_owned()];
}

async fn call_from(app: &TestApp, source: &str, name: &str, secret: &str) -> HttpReply {
    send(app.running.address, request_from(source, name, secret)).await
}

fn request_from(source: &str, name: &str, secret: &str) -> HttpRequest {
    let credentials = Credentials {
        name: name.to_owned(),
        secret: secret.to_owned(),
    };
    HttpRequest::post(CALL)
        .credentials(&credentials)
        .header("x-forwarded-for", source)
        .header("lang", "en")
}

fn environment(app: &TestApp) -> Environment {
    Environment {
        clock: app.clock.clone(),
        random: Arc::new(SystemRandom),
        crash_points: None,
    }
}

fn locked_out() -> Value {
    json!({"jsonrpc": "2.0", "id": null, "error": {
        "code": -32343,
        "message": ErrorCode::Overloaded.message(Lang::En),
        "data": {
            "reason": "locked_out",
            "hint": "Too many logins from this address have failed. Check the secret, and repeat after Retry-After seconds.",
            "retryable": true,
        },
    }})
}

const OWN: &str = "198.51.100.7";
const STRANGE: &str = "203.0.113.9";

async fn ten_failures_lock_a_name_out_from_a_source(kind: DatabaseKind) {
    let Some(app) = TestApp::with(kind, as_shipped).await else {
        return;
    };
    let (name, secret) = partners::DEMO;
    assert_eq!(call_from(&app, OWN, name, secret).await.status, 200);
    // A name that exists and one that does not are answered alike.
    for tried in [name, "nobody"] {
        for n in 0..10 {
            let reply = call_from(&app, STRANGE, tried, &format!("guess {n}")).await;
            assert_eq!(reply.status, 401, "{tried} {n}: {}", reply.body);
            app.clock.advance_ms(1_000);
        }
    }
    for (tried, given) in [(name, "guess 10"), (name, secret), ("nobody", "guess 10")] {
        let reply = call_from(&app, STRANGE, tried, given).await;
        assert_eq!(reply.status, 429, "{tried}: {}", reply.body);
        assert_eq!(reply.json(), locked_out());
        let wait: i64 = reply.header("retry-after").parse().unwrap();
        assert!((1_760..=1_800).contains(&wait), "{wait}");
    }
    // The partner's own source, and other names from the stranger's, go on.
    assert_eq!(call_from(&app, OWN, name, secret).await.status, 200);
    let shop = app.add_partner("shop", &["*"]).await;
    assert_eq!(
        call_from(&app, STRANGE, &shop.name, &shop.secret)
            .await
            .status,
        200
    );
    app.clock.advance_ms(LOCK_MS + 20_000);
    assert_eq!(call_from(&app, STRANGE, name, secret).await.status, 200);
}

#[tokio::test]
async fn ten_failures_lock_a_name_out_from_a_source_on_sqlite() {
    ten_failures_lock_a_name_out_from_a_source(DatabaseKind::Sqlite).await;
}

#[tokio::test]
async fn ten_failures_lock_a_name_out_from_a_source_on_postgres() {
    ten_failures_lock_a_name_out_from_a_source(DatabaseKind::Postgres).await;
}

#[tokio::test]
async fn gateways_count_failures_together() {
    let Some(app) = TestApp::with(DatabaseKind::Postgres, as_shipped).await else {
        return;
    };
    let other = app.another().await;
    let (name, secret) = partners::DEMO;
    for n in 0..10 {
        let at = if n % 2 == 0 { &app } else { &other };
        let reply = call_from(at, STRANGE, name, "guess").await;
        assert_eq!(reply.status, 401, "{n}");
        app.clock.advance_ms(1_000);
    }
    for at in [&app, &other] {
        assert_eq!(call_from(at, STRANGE, name, secret).await.status, 429);
        assert_eq!(call_from(at, OWN, name, secret).await.status, 200);
    }
}

#[tokio::test]
async fn of_many_tries_at_once_ten_are_looked_at() {
    let app = TestApp::with(DatabaseKind::Sqlite, |config| {
        as_shipped(config);
        config.limits.source_failures_per_second = 1_000;
    });
    let app = app.await.unwrap();
    let tries = (0..60).map(|n| {
        let (app, secret) = (&app, format!("guess {n}"));
        async move { call_from(app, STRANGE, "demo", &secret).await.status }
    });
    let statuses = join_all(tries).await;
    let looked_at = statuses.iter().filter(|status| **status == 401).count();
    assert_eq!(looked_at, 10, "{statuses:?}");
}

/// What a connection has shown before is remembered, but holds no longer than it would on another connection.
#[tokio::test]
async fn a_kept_connection_is_judged_anew_at_each_request() {
    let app = TestApp::with(DatabaseKind::Sqlite, as_shipped).await;
    let app = app.unwrap();
    let shop = app.add_partner("shop", &["*"]).await;
    let (environment, gateway) = (environment(&app), &app.running.gateway);
    let mut kept = HttpConnection::open(app.running.address).await;
    let mut status = async |source: &str, secret: &str| {
        let reply = kept.send(request_from(source, "shop", secret)).await;
        reply.status
    };
    for _ in 0..2 {
        assert_eq!(status(OWN, &shop.secret).await, 200);
        assert_eq!(status(OWN, "guess").await, 401);
    }

    let database = &gateway.database;
    let own = [format!("{OWN}/32")];
    partners::set_addresses(database, "shop", &own)
        .await
        .unwrap();
    assert_eq!(status(OWN, &shop.secret).await, 200);
    assert_eq!(status(STRANGE, &shop.secret).await, 401);

    let until = gateway.clock.now() + 5_000;
    let rotated =
        partners::rotate_secret(database, &gateway.vault, &environment, "shop", Some(until));
    let second = rotated.await.unwrap();
    let second = second.expose_secret();
    app.clock.advance_ms(4_999);
    assert_eq!(status(OWN, &shop.secret).await, 200);
    assert_eq!(status(OWN, &shop.secret).await, 200);
    app.clock.advance_ms(1);
    assert_eq!(status(OWN, &shop.secret).await, 401);

    assert_eq!(status(OWN, second).await, 200);
    for _ in 0..10 {
        call_from(&app, OWN, "shop", "guess").await;
        app.clock.advance_ms(1_000);
    }
    assert_eq!(status(OWN, second).await, 429);
    app.clock.advance_ms(LOCK_MS);
    assert_eq!(status(OWN, second).await, 200);

    partners::disable(database, &environment, "shop")
        .await
        .unwrap();
    assert_eq!(status(OWN, second).await, 401);
}

#[tokio::test]
async fn a_source_that_tries_many_names_costs_no_writes() {
    let app = TestApp::with(DatabaseKind::Sqlite, |config| {
        as_shipped(config);
        config.server.partner_cache_ms = 60_000;
    });
    let app = app.await.unwrap();
    for n in 0..20 {
        let reply = call_from(&app, STRANGE, &format!("name {n}"), "guess").await;
        assert_eq!(reply.status, 401, "{n}");
    }
    let before = app.running.gateway.database.statements_made();
    for n in 20..120 {
        let reply = call_from(&app, STRANGE, &format!("name {n}"), "guess").await;
        assert_eq!(reply.status, 429, "{n}");
    }
    assert_eq!(app.running.gateway.database.statements_made(), before);
}

on_each_database! {
    async fn two_secrets_work_until_the_old_one_is_ended(app: TestApp) {
        let shop = app.add_partner("shop", &["*"]).await;
        let (environment, gateway) = (environment(&app), &app.running.gateway);
        let rotate = async |until| {
            let (database, vault) = (&gateway.database, &gateway.vault);
            let rotated = partners::rotate_secret(database, vault, &environment, "shop", until).await;
            rotated.map(|secret| secret.expose_secret().to_owned())
        };
        let works = async |secret: &str| call_from(&app, OWN, "shop", secret).await.status == 200;
        let second = rotate(None).await.unwrap();
        assert!(works(&shop.secret).await && works(&second).await);
        assert!(matches!(rotate(None).await, Err(PartnerError::TwoSecrets(_))));
        partners::end_old_secret(&gateway.database, "shop").await.unwrap();
        assert!(!works(&shop.secret).await && works(&second).await);
        let until = gateway.clock.now() + 5_000;
        let third = rotate(Some(until)).await.unwrap();
        app.clock.advance_ms(4_999);
        assert!(works(&second).await && works(&third).await);
        app.clock.advance_ms(1);
        assert!(!works(&second).await && works(&third).await);
        assert!(rotate(None).await.is_ok());
    }

    /// The same bytes as to a wrong secret.
    async fn a_partner_calls_from_its_addresses_alone(app: TestApp) {
        let shop = app.add_partner("shop", &["*"]).await;
        let database = &app.running.gateway.database;
        let set = async |blocks: &[&str]| {
            let blocks: Vec<String> = blocks.iter().map(|&block| block.to_owned()).collect();
            partners::set_addresses(database, "shop", &blocks).await
        };
        let reply = async || call_from(&app, OWN, &shop.name, &shop.secret).await;
        assert!(matches!(set(&["10.0.0.1/8"]).await, Err(PartnerError::Address(_))));
        // Without trusted proxies, who calls is the other end of the connection.
        set(&["198.51.100.0/24"]).await.unwrap();
        let refused = reply().await;
        let wrong = call_from(&app, OWN, &shop.name, "wrong").await;
        assert_eq!((refused.status, &refused.body), (401, &wrong.body));
        set(&["198.51.100.0/24", "127.0.0.1"]).await.unwrap();
        assert_eq!(reply().await.status, 200);
        set(&[]).await.unwrap();
        assert_eq!(reply().await.status, 200);
    }
}

#[tokio::test]
async fn only_a_registered_application_is_named_in_messages() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let database = &app.running.gateway.database;
    let token = app.add_card(UZCARD).await;
    let mut params = debit_params(UZCARD, &token, 500);
    params["force_sms_confirmation"] = json!(true);
    for (registered, name, sender) in [
        (&["*"][..], "Kundalik-dev", "Kundalik: "),
        (&["Kundalik"], "Kundalik-dev", "Kundalik: "),
        (
            &["Kundalik"],
            "Click-Uz SOS bank zvoni 998-prod",
            "AloqaGateway: ",
        ),
        (&["Kundalik"], "Kundalik.uz-dev", "AloqaGateway: "),
        (&[], "Kundalik-dev", "AloqaGateway: "),
    ] {
        let registered: Vec<String> = registered.iter().map(|name| (*name).to_owned()).collect();
        partners::set_applications(database, "demo", &registered)
            .await
            .unwrap();
        let headers = [("app-name", name)];
        app.call_with_headers(&headers, "transactions.debit", params.clone())
            .await;
        let sent = app.messages(UZCARD.phone).await;
        let last = sent.last().unwrap();
        assert!(last.starts_with(sender), "{registered:?}, {name}: {last}");
    }
}

/// Statements, not time: the timed comparison is a script's.
#[tokio::test]
async fn another_partners_and_nobodys_objects_cost_the_same() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let app = app
        .restarted_after(async |config| config.server.partner_cache_ms = 60_000)
        .await;
    let shop = app.add_partner("shop", &["*"]).await;
    assert_eq!(
        call_from(&app, OWN, &shop.name, &shop.secret).await.status,
        200
    );
    let token = app.add_card(UZCARD).await;
    let debit = app.ordered(debit_params(UZCARD, &token, 500)).await;
    let hold = {
        let mut params = debit_params(UZCARD, &token, 500);
        params["is_hold"] = json!(true);
        app.ordered(params).await
    };
    app.fill_history(UZCARD, 3, "2026-11-01", "2026-11-02")
        .await;
    let today = json!({"tokens": [token], "from": "2026-11-01", "to": "2026-11-02"});
    let history = app.call("cards.monitoring", today.clone()).await;
    let entry = history["result"]["transactions"][0]["_id"].clone();
    let nowhere = json!("00000000-0000-4000-8000-000000000000");
    let none = 999_999_999;
    let cases: Vec<(&str, Value, Value)> = vec![
        (
            "transactions.get",
            json!({"transactionId": debit}),
            json!({"transactionId": none}),
        ),
        (
            "transactions.debit.confirm",
            json!({"transactionId": debit, "confirmedCode": CODE}),
            json!({"transactionId": none, "confirmedCode": CODE}),
        ),
        (
            "transactions.debit.reverse",
            json!({"transactionId": debit}),
            json!({"transactionId": none}),
        ),
        (
            "transactions.debit.hold.charge",
            json!({"transactionId": hold}),
            json!({"transactionId": none}),
        ),
        (
            "transactions.debit.hold.cancel",
            json!({"transactionId": hold}),
            json!({"transactionId": none}),
        ),
        (
            "p2p.confirm",
            json!({"transactionId": debit, "confirmedCode": CODE}),
            json!({"transactionId": none, "confirmedCode": CODE}),
        ),
        (
            "cards.add-confirm",
            json!({"transactionId": debit, "confirmedCode": CODE}),
            json!({"transactionId": none, "confirmedCode": CODE}),
        ),
        (
            "cards.attach.confirm",
            json!({"cardId": token, "otpCode": CODE}),
            json!({"cardId": nowhere, "otpCode": CODE}),
        ),
        (
            "cards.info",
            json!({"token": token}),
            json!({"token": nowhere}),
        ),
        (
            "cards.remove",
            json!({"token": token}),
            json!({"token": nowhere}),
        ),
        (
            "transactions.debit",
            debit_params(UZCARD, &token, 500),
            debit_params(UZCARD, nowhere.as_str().unwrap(), 500),
        ),
        (
            "cards.monitoring",
            today,
            json!({"tokens": [nowhere], "from": "2026-11-01", "to": "2026-11-02"}),
        ),
        (
            "monitoring.get.entry",
            json!({"id": entry}),
            json!({"id": "0123456789abcdef01234567"}),
        ),
    ];
    for (method, foreign, absent) in cases {
        let count = async |params: &Value| {
            let before = app.running.gateway.database.statements_made();
            let reply = app.call_as(&shop, method, params.clone()).await;
            (
                app.running.gateway.database.statements_made() - before,
                reply,
            )
        };
        let (foreign, told) = count(&foreign).await;
        let (absent, nothing) = count(&absent).await;
        assert_eq!(told["error"], nothing["error"], "{method}");
        assert_eq!(
            (foreign, told["error"].is_object()),
            (absent, true),
            "{method}: {told}"
        );
        assert!(absent > 0, "{method} has not looked: {told}");
    }
}

#[tokio::test]
async fn unknown_names_and_wrong_secrets_cost_the_same() {
    let app = TestApp::with(DatabaseKind::Sqlite, |config| {
        config.server.partner_cache_ms = 60_000
    });
    let app = app.await.unwrap();
    app.add_partner("shop", &["*"]).await;
    app.disable_partner("shop").await;
    let cost = async |name: &str| {
        let before = app.running.gateway.database.statements_made();
        let reply = call_from(&app, OWN, name, "guess").await;
        assert_eq!(reply.status, 401, "{}", reply.body);
        app.running.gateway.database.statements_made() - before
    };
    cost("first").await;
    assert_eq!(cost("nobody").await, cost("demo").await);
    assert_eq!(cost("nobody2").await, cost("shop").await);
}
