//! Confirmation codes: six digits, three tries, five minutes, one use, bound to partner and transaction.

mod expiry;
mod slow_messages;

use serde_json::{Value, json};

use test_support::refused_calls::sms_limit_reached;
use test_support::*;

const CONFIRM: &str = "transactions.debit.confirm";

on_each_database! {
    async fn the_third_wrong_code_is_the_last(app: TestApp) {
        for hold in [false, true] {
            let id = ordered_with_a_code(&app, UZCARD, json!({"is_hold": hold})).await;
            for reason in ["wrong_code", "wrong_code", "tries_used_up"] {
                assert_eq!(app.call(CONFIRM, code(id, "000000")).await, wrong(reason));
            }
            // Whoever comes after it hears the same, whatever the code and however late.
            for again in [CODE, "000000"] {
                assert_eq!(
                    app.call(CONFIRM, code(id, again)).await,
                    wrong("tries_used_up")
                );
                app.clock.advance_ms(CODE_LIFETIME_MS);
            }
            let standing = app.standing(id).await;
            assert_eq!(standing["status"], "expired");
            assert_eq!(standing["error"], wrong("tries_used_up")["error"]);
            let reversed = app
                .call("transactions.debit.reverse", json!({"transactionId": id}))
                .await;
            let ended = refusal(-32313, &json!({"reason": "tries_used_up"}));
            assert_eq!(reversed, ended);
        }
        assert_eq!(app.moves().await, [""; 0]);
        app.assert_settled().await;
    }

    async fn the_right_code_after_two_wrong_ones(app: TestApp) {
        let id = ordered_with_a_code(&app, HUMO, json!({})).await;
        assert_eq!(
            app.call(CONFIRM, code(id, "111112")).await,
            wrong("wrong_code")
        );
        assert_eq!(
            app.call(CONFIRM, code(id, "211111")).await,
            wrong("wrong_code")
        );
        assert_eq!(app.status(id).await, "awaiting_code");
        app.result(CONFIRM, code(id, CODE)).await;
        assert_eq!(app.moves().await, ["pay 500"]);
    }

    async fn a_code_that_is_not_six_digits_is_no_try(app: TestApp) {
        let id = ordered_with_a_code(&app, UZCARD, json!({})).await;
        for malformed in [
            json!("11111"),
            json!("1111111"),
            json!("11111a"),
            json!("111 11"),
            json!("１１１１１１"),
            json!(111111),
        ] {
            let params = json!({"transactionId": id, "confirmedCode": malformed});
            let reply = app.call(CONFIRM, params).await;
            assert_eq!(reply["error"]["code"], -32401, "{malformed}");
            assert_eq!(
                reply["error"]["data"]["field"], "confirmedCode",
                "{malformed}"
            );
        }
        let missing = refusal(-32300, &json!({"field": "confirmedCode"}));
        assert_eq!(
            app.call(CONFIRM, json!({"transactionId": id, "confirmedCode": ""}))
                .await,
            missing
        );
        assert_eq!(app.row(id).await.code_tries, 0);
        app.result(CONFIRM, code(id, CODE)).await;
    }

    async fn a_code_lives_five_minutes(app: TestApp) {
        let in_time = ordered_with_a_code(&app, UZCARD, json!({})).await;
        app.clock.advance_ms(1);
        let too_late = ordered_with_a_code(&app, UZCARD, json!({})).await;
        app.clock.advance_ms(CODE_LIFETIME_MS - 2);
        app.result(CONFIRM, code(in_time, CODE)).await;
        app.clock.advance_ms(2);
        // The right one, too, and no matter how often.
        for _ in 0..4 {
            assert_eq!(
                app.call(CONFIRM, code(too_late, CODE)).await,
                wrong("code_expired")
            );
        }
        assert_eq!(app.status(too_late).await, "expired");
        assert_eq!(app.moves().await, ["pay 500"]);
    }

    async fn a_code_works_once(app: TestApp) {
        for hold in [false, true] {
            let id = ordered_with_a_code(&app, UZCARD, json!({"is_hold": hold})).await;
            app.result(CONFIRM, code(id, CODE)).await;
            let reason = if hold { "held" } else { "succeeded" };
            let confirmed = refusal(-32392, &json!({"reason": reason}));
            assert_eq!(app.call(CONFIRM, code(id, CODE)).await, confirmed);
            // A wrong code afterwards is answered the same.
            assert_eq!(app.call(CONFIRM, code(id, "000000")).await, confirmed);
        }
        assert_eq!(app.moves().await, ["pay 500", "hold 500"]);
    }

    async fn a_code_is_for_its_own_transaction(app: TestApp) {
        // Two gateways of one database whose sandboxes' fixed codes differ.
        let other = app
            .another_with(|config| config.codes.fixed = Some("222222".into()))
            .await;
        let token = app.add_card(UZCARD).await;
        let params = with(
            debit_params(UZCARD, &token, 500),
            json!({"force_sms_confirmation": true}),
        );
        let (ones, twos) = (
            app.ordered(params.clone()).await,
            other.ordered(params).await,
        );
        assert_eq!(
            app.call(CONFIRM, code(ones, "222222")).await,
            wrong("wrong_code")
        );
        assert_eq!(
            app.call(CONFIRM, code(twos, "111111")).await,
            wrong("wrong_code")
        );
        assert_eq!(app.moves().await, [""; 0]);
        // Whichever gateway is asked.
        app.result(CONFIRM, code(twos, "222222")).await;
        other.result(CONFIRM, code(ones, "111111")).await;
        assert_eq!(app.moves().await, ["pay 500", "pay 500"]);
        app.assert_settled().await;
    }

    async fn another_partner_cannot_use_a_code_or_its_tries(app: TestApp) {
        let stranger = app.add_partner("stranger", &["*"]).await;
        let id = ordered_with_a_code(&app, UZCARD, json!({})).await;
        for sent in [CODE, "000000", "000001", "000002", "000003"] {
            let reply = app.call_as(&stranger, CONFIRM, code(id, sent)).await;
            assert_eq!(reply, refusal(-32314, &Value::Null));
        }
        assert_eq!(app.row(id).await.code_tries, 0);
        app.result(CONFIRM, code(id, CODE)).await;
    }

    async fn of_fifty_right_codes_at_once_one_acts(app: TestApp) {
        for card in [UZCARD, HUMO] {
            for hold in [false, true] {
                let before = app.moves().await.len();
                let id = ordered_with_a_code(&app, card, json!({"is_hold": hold})).await;
                let replies = join_all((0..50).map(|_| app.call(CONFIRM, code(id, CODE)))).await;
                one_acted(&replies);
                assert_eq!(app.moves().await.len(), before + 1);
            }
        }
        app.assert_settled().await;
    }

    async fn of_right_codes_at_two_gateways_one_acts(app: TestApp) {
        if app.kind == DatabaseKind::Sqlite {
            // Several gateways share one PostgreSQL; a SQLite file has one gateway.
            return;
        }
        let other = app.another().await;
        for card in [UZCARD, HUMO] {
            let before = app.moves().await.len();
            let id = ordered_with_a_code(&app, card, json!({})).await;
            let replies = join_all((0..50).map(|n| {
                let gateway = if n % 2 == 0 { &app } else { &other };
                gateway.call(CONFIRM, code(id, CODE))
            }))
            .await;
            one_acted(&replies);
            assert_eq!(app.moves().await.len(), before + 1);
        }
        app.assert_settled().await;
    }

    async fn of_fifty_wrong_codes_at_once_three_are_counted(app: TestApp) {
        let other = if app.kind == DatabaseKind::Postgres {
            Some(app.another().await)
        } else {
            None
        };
        let id = ordered_with_a_code(&app, UZCARD, json!({})).await;
        let replies = join_all((0..50).map(|n| {
            let gateway = if n % 2 == 0 {
                &app
            } else {
                other.as_ref().unwrap_or(&app)
            };
            gateway.call(CONFIRM, code(id, &format!("{n:06}")))
        }))
        .await;
        let count = |reason: &str| {
            replies
                .iter()
                .filter(|reply| **reply == wrong(reason))
                .count()
        };
        assert_eq!(
            [count("wrong_code"), count("tries_used_up")],
            [2, 48],
            "{replies:?}"
        );
        assert_eq!(app.row(id).await.code_tries, 3);
        assert_eq!(
            app.call(CONFIRM, code(id, CODE)).await,
            wrong("tries_used_up")
        );
        assert_eq!(app.moves().await, [""; 0]);
        app.assert_settled().await;
    }

    async fn of_right_and_wrong_codes_at_once_at_most_one_acts(app: TestApp) {
        for round in 0..4 {
            let before = app.moves().await.len();
            let id = ordered_with_a_code(&app, UZCARD, json!({})).await;
            let replies = join_all((0..24).map(|n| {
                let sent = if n % 4 == round { CODE } else { "000000" };
                app.call(CONFIRM, code(id, sent))
            }))
            .await;
            let acted = replies
                .iter()
                .filter(|reply| reply.get("result").is_some())
                .count();
            let status = app.status(id).await;
            match acted {
                0 => assert_eq!(status, "expired", "{replies:?}"),
                _ => assert_eq!((acted, status.as_str()), (1, "succeeded"), "{replies:?}"),
            }
            assert_eq!(app.moves().await.len(), before + acted);
            let counted = replies
                .iter()
                .filter(|reply| **reply == wrong("wrong_code"))
                .count();
            assert!(counted <= 2, "{replies:?}");
            for reply in replies.iter().filter(|reply| reply.get("error").is_some()) {
                let known = [-32308, -32365, -32392];
                assert!(
                    known.contains(&reply["error"]["code"].as_i64().unwrap()),
                    "{reply}"
                );
            }
        }
        app.assert_settled().await;
    }

    async fn a_provider_that_refuses_the_message_ends_the_transaction(app: TestApp) {
        for (card, hold) in [(UZCARD, false), (HUMO, true)] {
            let token = app.add_card(card).await;
            let messages = app.messages(card.phone).await.len();
            app.fault(json!({"network": "SMS", "operation": "code", "kind": "decline", "code": 400, "times": 1})).await;
            let order =
                json!({"force_sms_confirmation": true, "is_hold": hold, "extId": card.network()});
            let params = with(debit_params(card, &token, 500), order);
            let down = refusal(-32349, &json!({"retryable": true}));
            assert_eq!(app.call("transactions.debit", params.clone()).await, down);
            let found = app
                .result("transactions.get", json!({"extId": card.network()}))
                .await;
            assert_eq!(
                (&found["status"], &found["error"]),
                (&json!("declined"), &down["error"])
            );
            let id = found["transactionId"].as_i64().unwrap();
            let declined = refusal(-32313, &json!({"reason": "declined"}));
            assert_eq!(app.call(CONFIRM, code(id, CODE)).await, declined);
            assert_eq!(app.messages(card.phone).await.len(), messages);
            // The transaction has ended, and a repeat hears so.
            assert_eq!(app.call("transactions.debit", params).await, down);
        }
        let told = r#"aloqa_unsent_codes_total{cause="refused"} 2"#;
        assert!(app.has_figure(told).await, "{told}");
        assert_eq!(app.moves().await, [""; 0]);
        app.assert_settled().await;
    }

    async fn a_provider_that_is_not_reached_ends_the_transaction(app: TestApp) {
        let shop = app.add_partner("shop", &["*"]).await;
        let token = app.add_card_as(&shop, UZCARD).await;
        // If one network has an address of its own, all need one, and the demo partner has to go.
        app.disable_partner("demo").await;
        let networks = app.running.sandbox_address.unwrap();
        let unreached = app
            .another_with(|config| {
                config.uzcard.url = Some(format!("http://{networks}/uzcard"));
                config.humo.payment_url = Some(format!("http://{networks}/humo/payment"));
                config.humo.info_url = Some(format!("http://{networks}/humo/json"));
                config.sms.url = Some(format!("http://{}/sms", closed_port()));
                config.fiscal.url = Some(format!("http://{networks}/fiscal"));
            })
            .await;
        let params = with(
            debit_params(UZCARD, &token, 500),
            json!({"force_sms_confirmation": true, "extId": "a"}),
        );
        let down = refusal(-32349, &json!({"retryable": true}));
        assert_eq!(
            unreached.call_as(&shop, "transactions.debit", params).await,
            down
        );
        let found = app
            .call_as(&shop, "transactions.get", json!({"extId": "a"}))
            .await;
        assert_eq!(
            (&found["result"]["status"], &found["result"]["error"]),
            (&json!("declined"), &down["error"])
        );
        app.assert_settled().await;
    }

    async fn a_provider_that_does_not_answer_counts_as_one_that_sent(app: TestApp) {
        let token = app.add_card(HUMO).await;
        for kind in ["drop_before", "drop_after", "reset_before", "reset_after"] {
            app.fault(json!({"network": "SMS", "operation": "code", "kind": kind, "times": 1}))
                .await;
            let params = with(
                debit_params(HUMO, &token, 500),
                json!({"force_sms_confirmation": true}),
            );
            let begun = app.call("transactions.debit", params).await;
            let id = begun["result"]["transactionId"].as_i64().unwrap();
            assert_eq!(
                begun,
                success(&json!({"phone": HUMO.phone, "transactionId": id})),
                "{kind}"
            );
            assert_eq!(app.status(id).await, "awaiting_code", "{kind}");
            app.result(CONFIRM, code(id, CODE)).await;
        }
        let told = r#"aloqa_unsent_codes_total{cause="no_answer"} 4"#;
        assert!(app.has_figure(told).await, "{told}");
        assert_eq!(app.moves().await.len(), 4);
    }

    async fn the_days_messages_to_a_phone_are_limited(app: TestApp) {
        let limit = |config: &mut aloqa_gateway::config::Config| config.sms.daily_limit = 3;
        let Some(app) = TestApp::with(app.kind, limit).await else {
            return;
        };
        let stranger = app.add_partner("stranger", &["*"]).await;
        let (uzcard, humo) = (app.add_card(UZCARD).await, app.add_card(HUMO).await);
        let foreign = app.add_card_as(&stranger, UZCARD).await;
        let order = |card, token: &str| {
            with(
                debit_params(card, token, 500),
                json!({"force_sms_confirmation": true}),
            )
        };
        // The code of the attachment was the first.
        app.ordered(order(UZCARD, &uzcard)).await;
        app.ordered(order(UZCARD, &uzcard)).await;
        let (rows, messages) = (
            app.transaction_count().await,
            app.messages(UZCARD.phone).await.len(),
        );
        let reached = sms_limit_reached(3);
        let params = with(order(UZCARD, &uzcard), json!({"extId": "late"}));
        for _ in 0..3 {
            assert_eq!(
                app.call("transactions.debit", params.clone()).await,
                reached
            );
        }
        assert_eq!(app.transaction_count().await, rows);
        assert_eq!(app.messages(UZCARD.phone).await.len(), messages);
        // Orders still go through without a code, to another phone and for another partner.
        app.ordered(debit_params(UZCARD, &uzcard, 500)).await;
        app.ordered(order(HUMO, &humo)).await;
        let reply = app
            .call_as(&stranger, "transactions.debit", order(UZCARD, &foreign))
            .await;
        assert!(reply.get("result").is_some(), "{reply}");
        // It is 10:00 in Tashkent; the next day begins at midnight there, and the extId is still free.
        app.clock.advance_ms(14 * 60 * 60 * 1_000 - 1);
        assert_eq!(
            app.call("transactions.debit", params.clone()).await,
            reached
        );
        app.clock.advance_ms(1);
        app.ordered(params).await;
    }

    async fn parallel_calls_do_not_exceed_the_days_messages(app: TestApp) {
        let limit = |config: &mut aloqa_gateway::config::Config| {
            patient(config);
            config.sms.daily_limit = 5;
        };
        let Some(app) = TestApp::with(app.kind, limit).await else {
            return;
        };
        let token = app.add_card(UZCARD).await;
        let params = with(
            debit_params(UZCARD, &token, 500),
            json!({"force_sms_confirmation": true}),
        );
        let replies =
            join_all((0..20).map(|_| app.call("transactions.debit", params.clone()))).await;
        let sent = replies
            .iter()
            .filter(|reply| reply.get("result").is_some())
            .count();
        let refused = replies
            .iter()
            .filter(|reply| reply["error"]["code"] == -32372)
            .count();
        assert_eq!((sent, refused), (4, 16), "{replies:?}");
    }
}

async fn ordered_with_a_code(app: &TestApp, card: TestCard, more: Value) -> i64 {
    let token = app.add_card(card).await;
    let params = with(
        debit_params(card, &token, 500),
        json!({"force_sms_confirmation": true}),
    );
    app.ordered(with(params, more)).await
}

fn code(transaction_id: i64, code: &str) -> Value {
    json!({"transactionId": transaction_id, "confirmedCode": code})
}

fn wrong(reason: &str) -> Value {
    refusal(-32308, &json!({"reason": reason}))
}

fn one_acted(replies: &[Value]) {
    let acted = replies
        .iter()
        .filter(|reply| reply.get("result").is_some())
        .count();
    assert_eq!(acted, 1, "{replies:?}");
    for reply in replies.iter().filter(|reply| reply.get("error").is_some()) {
        assert!(
            [-32365, -32392].contains(&reply["error"]["code"].as_i64().unwrap()),
            "{reply}"
        );
    }
}
