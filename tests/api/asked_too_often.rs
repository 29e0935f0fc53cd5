//! Who asks too often: a partner, about a card, about a phone (docs/contract.md#limits).

use aloqa_gateway::config::Config;
use aloqa_gateway::database::Fetch as _;
use entity::card_spending;
use sea_orm::EntityTrait as _;
use serde_json::{Value, json};

use test_support::*;

fn reason(reply: &Value) -> &str {
    reply["error"]["data"]["reason"]
        .as_str()
        .unwrap_or_default()
}

fn code(reply: &Value) -> i64 {
    reply["error"]["code"].as_i64().unwrap_or_default()
}

fn add_params(card: TestCard, phone: &str) -> Value {
    json!({"pan": card.pan, "expiry": "1230", "phone": phone})
}

const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"cards.list","params":{}}"#;

async fn list(app: &TestApp, credentials: &Credentials, calls: usize) -> HttpReply {
    let body = match calls {
        1 => LIST.to_owned(),
        calls => format!("[{}]", vec![LIST; calls].join(",")),
    };
    let request = HttpRequest::post(body).credentials(credentials);
    send(app.running.address, request).await
}

on_each_database! {
    async fn a_partner_that_calls_too_often_is_told_when_to_come_back(app: TestApp) {
        let Some(app) = TestApp::with(app.kind, |config| config.limits.calls_per_second = Some(20)).await else {
            return;
        };
        let (demo, shop) = (Credentials::demo(), app.add_partner("shop", &["*"]).await);
        for n in 0..10 {
            assert_eq!(list(&app, &demo, 1).await.status, 200, "{n}");
        }
        // Each call of a batch counts.
        assert_eq!(list(&app, &demo, 10).await.status, 200);
        for calls in [1, 2] {
            let refused = list(&app, &demo, calls).await;
            assert_eq!((refused.status, code(&refused.json())), (429, -32343), "{}", refused.body);
            assert_eq!(reason(&refused.json()), "partner_rate");
            let wait: i64 = refused.header("retry-after").parse().unwrap();
            assert!((1..=3).contains(&wait), "{wait}");
        }
        assert_eq!(list(&app, &shop, 1).await.status, 200);
        app.clock.advance_ms(1_000);
        assert_eq!(list(&app, &demo, 20).await.status, 200);
    }

    /// Whether they come at once or one after another: what a second has is served.
    async fn all_that_a_second_has_is_served_at_once(app: TestApp) {
        let Some(app) = TestApp::with(app.kind, |config| config.limits.calls_per_second = Some(20)).await else {
            return;
        };
        for _ in 0..3 {
            app.clock.advance_ms(5_000);
            let calls = (0..25).map(|_| async { list(&app, &Credentials::demo(), 1).await.status });
            let statuses = join_all(calls).await;
            let served = statuses.iter().filter(|status| **status == 200).count();
            let refused = statuses.iter().filter(|status| **status == 429).count();
            assert_eq!((served, refused), (20, 5), "{statuses:?}");
        }
    }

    async fn a_card_pays_only_so_often_and_so_much(app: TestApp) {
        let adjust = |config: &mut Config| {
            config.limits.debits_per_hour = Some(3);
            config.limits.debits_per_day = Some(5);
            config.limits.debited_per_hour = Some(10_000);
        };
        let Some(app) = TestApp::with(app.kind, adjust).await else {
            return;
        };
        let shop = app.add_partner("shop", &["*"]).await;
        for card in [UZCARD, HUMO] {
            let (token, shops) = (app.add_card(card).await, app.add_card_as(&shop, card).await);
            let debit = async |amount: i64| app.call("transactions.debit", debit_params(card, &token, amount)).await;
            let told = async |amount: i64| {
                let reply = debit(amount).await;
                (code(&reply), reason(&reply).to_owned())
            };
            assert_eq!(told(10_001).await, (-32329, "card_sum".to_owned()));
            assert_eq!(told(6_000).await.0, 0);
            assert_eq!(told(4_001).await, (-32329, "card_sum".to_owned()));
            // What the network declines counts for nothing.
            app.refuse_once(card, "pay", card.refusing_code().0).await;
            assert_ne!(told(3_000).await.0, 0);
            assert_eq!(told(1_000).await.0, 0);
            // Whoever debits it.
            let other = app.call_as(&shop, "transactions.debit", debit_params(card, &shops, 1_000)).await;
            assert_eq!(code(&other), 0, "{other}");
            let rows = app.transaction_count().await;
            assert_eq!(told(1_000).await, (-32382, "card_debits".to_owned()));
            assert_eq!(app.transaction_count().await, rows);
            app.clock.advance_ms(3_600_000);
            assert_eq!((told(1_000).await.0, told(1_000).await.0), (0, 0));
            assert_eq!(told(1_000).await, (-32382, "card_debits".to_owned()));
            app.clock.advance_ms(86_400_000);
            assert_eq!(told(1_000).await.0, 0);
        }
        app.assert_settled().await;
    }

    /// The row of a card's count is held until the commit, so that the debits of a card would wait for each other.
    async fn without_bounds_nothing_is_counted(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        app.result("transactions.debit", debit_params(UZCARD, &token, 500)).await;
        app.refuse_once(UZCARD, "pay", UZCARD.refusing_code().0).await;
        let refused = app.call("transactions.debit", debit_params(UZCARD, &token, 500)).await;
        assert_ne!(code(&refused), 0);
        let counted = card_spending::Entity::find().fetch_count(&*app.running.gateway.database).await;
        assert_eq!(counted.unwrap(), 0);
        app.assert_settled().await;
    }

    async fn wrong_phones_for_a_card_are_few(app: TestApp) {
        let adjust = |config: &mut Config| {
            config.limits.refused_attachments_per_hour = Some(3);
            config.limits.refused_attachments_of_all_per_hour = Some(5);
        };
        let Some(app) = TestApp::with(app.kind, adjust).await else {
            return;
        };
        let shop = app.add_partner("shop", &["*"]).await;
        for card in [UZCARD, HUMO] {
            for n in 0..3 {
                let reply = app.call("cards.add", add_params(card, &format!("99890000000{n}"))).await;
                assert_eq!(code(&reply), -32333, "{reply}");
            }
            // Not even the right one is asked for: the reply is that to a wrong one.
            let closed = app.call("cards.add", add_params(card, card.phone)).await;
            let wrong = app.call("cards.add", add_params(card, "998900000009")).await;
            assert_eq!((code(&closed), &closed["error"]), (-32333, &wrong["error"]));
            // One partner does not close a card for the others, but all together do.
            let theirs = app.call_as(&shop, "cards.add", add_params(card, card.phone)).await;
            assert_eq!(code(&theirs), 0, "{theirs}");
            for n in 0..2 {
                app.call_as(&shop, "cards.add", add_params(card, &format!("99890000000{n}"))).await;
            }
            let theirs = app.call_as(&shop, "cards.add", add_params(card, card.phone)).await;
            assert_eq!(code(&theirs), -32333, "{theirs}");
        }
        app.clock.advance_ms(3_600_000);
        app.add_card(UZCARD).await;
    }

    async fn an_owners_name_is_asked_for_only_so_often(app: TestApp) {
        let adjust = |config: &mut Config| {
            config.limits.recipients_per_minute = Some(4);
            config.limits.recipients_of_card_per_hour = Some(3);
        };
        let Some(app) = TestApp::with(app.kind, adjust).await else {
            return;
        };
        let shop = app.add_partner("shop", &["*"]).await;
        let ask = |card: TestCard| json!({"pan": card.pan});
        for _ in 0..3 {
            app.result("p2p.recipient-info", ask(UZCARD)).await;
        }
        for who in [&Credentials::demo(), &shop] {
            let reply = app.call_as(who, "p2p.recipient-info", ask(UZCARD)).await;
            assert_eq!((code(&reply), reason(&reply)), (-32343, "questions_limited"), "{reply}");
        }
        let reply = app.call("p2p.recipient-info", ask(HUMO)).await;
        assert_eq!((code(&reply), reason(&reply)), (-32343, "questions_limited"), "{reply}");
        app.clock.advance_ms(15_000);
        app.result("p2p.recipient-info", ask(HUMO)).await;
    }

    async fn a_phone_gets_few_codes_and_few_tries(app: TestApp) {
        let adjust = |config: &mut Config| {
            config.limits.codes_per_10_minutes = Some(3);
            config.limits.wrong_codes_per_hour = Some(4);
        };
        let Some(app) = TestApp::with(app.kind, adjust).await else {
            return;
        };
        let token = app.add_card(HUMO).await;
        let coded = || with(debit_params(HUMO, &token, 500), json!({"force_sms_confirmation": true}));
        let order = async || app.call("transactions.debit", coded()).await;
        let (first, second) = (order().await, order().await);
        let third = order().await;
        assert_eq!((code(&third), reason(&third)), (-32372, "phone_limit"), "{third}");
        let confirm = async |ordered: &Value, given: &str| {
            let id = &ordered["result"]["transactionId"];
            let reply = app.call("transactions.debit.confirm", json!({"transactionId": id, "confirmedCode": given})).await;
            (code(&reply), reason(&reply).to_owned())
        };
        let wrong = "000000";
        assert_eq!(confirm(&first, wrong).await.1, "wrong_code");
        assert_eq!(confirm(&first, wrong).await.1, "wrong_code");
        assert_eq!(confirm(&second, wrong).await.1, "wrong_code");
        assert_eq!(confirm(&second, wrong).await.1, "wrong_code");
        // The fifth try of this phone is not compared, though it is right and its transaction has had two.
        assert_eq!(confirm(&first, CODE).await, (-32308, "tries_used_up".to_owned()));
        assert_eq!(app.moves().await, [""; 0]);
    }

    async fn histories_are_asked_for_once_a_second(app: TestApp) {
        let Some(app) = TestApp::with(app.kind, |config| config.limits.monitoring_per_10_seconds = Some(2)).await else {
            return;
        };
        let token = app.add_card(UZCARD).await;
        let ask = json!({"tokens": [token], "from": "2026-11-01", "to": "2026-11-02"});
        let first = [app.call("cards.monitoring", ask.clone()).await, app.call("cards.monitoring", ask.clone()).await];
        assert!(first.iter().all(|reply| code(reply) == 0), "{first:?}");
        let reply = app.call("cards.monitoring", ask.clone()).await;
        assert_eq!((code(&reply), reason(&reply)), (-32343, "questions_limited"), "{reply}");
        app.clock.advance_ms(5_000);
        assert_eq!(code(&app.call("cards.monitoring", ask).await), 0);
    }
}

/// Two gateways on one database have one limit between them.
#[tokio::test]
async fn gateways_share_the_limits() {
    let adjust = |config: &mut Config| {
        config.limits.calls_per_second = Some(20);
        config.limits.debits_per_hour = Some(4);
    };
    let Some(app) = TestApp::with(DatabaseKind::Postgres, adjust).await else {
        return;
    };
    let other = app.another().await;
    let token = app.add_card(UZCARD).await;
    app.clock.advance_ms(5_000);
    let debits = (0..8).map(|n| {
        let at = if n % 2 == 0 { &app } else { &other };
        at.call("transactions.debit", debit_params(UZCARD, &token, 500))
    });
    let replies = join_all(debits).await;
    let paid = replies.iter().filter(|reply| code(reply) == 0).count();
    let limited = replies.iter().filter(|reply| code(reply) == -32382).count();
    assert_eq!((paid, limited), (4, 4), "{replies:?}");
    app.clock.advance_ms(5_000);
    let mut served = 0;
    for n in 0..40 {
        let at = if n % 2 == 0 { &app } else { &other };
        served += usize::from(list(at, &Credentials::demo(), 1).await.status == 200);
    }
    assert!((16..=20).contains(&served), "{served}");
}
