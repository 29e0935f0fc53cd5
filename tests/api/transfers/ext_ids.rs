//! Repeats of a transfer by its `extId`.

use super::*;

on_each_database! {
    async fn a_repeat_is_answered_what_the_first_was(app: TestApp) {
        for direction in DIRECTIONS {
            let token = app.add_card(direction.from).await;
            let before = app.moves().await.len();
            let params = with(direction.params(&token, AMOUNT), json!({"extId": format!("once-{}", direction.method)}));
            let first = app.call(direction.method, params.clone()).await;
            assert!(first.get("result").is_some(), "{first}");
            for _ in 0..2 {
                assert_eq!(app.call(direction.method, params.clone()).await, first);
            }

            let params = with(direction.params(&token, AMOUNT), json!({
                "extId": format!("code-{}", direction.method), "force_sms_confirmation": true,
            }));
            let begun = app.call(direction.method, params.clone()).await;
            let messages = app.messages(direction.from.phone).await;
            assert_eq!(app.call(direction.method, params.clone()).await, begun);
            assert_eq!(app.messages(direction.from.phone).await, messages);
            let id = begun["result"]["transactionId"].as_i64().unwrap();
            let confirmed = app.call("p2p.confirm", right_code(id)).await;
            assert_eq!(app.call(direction.method, params).await, confirmed);

            let twice = [direction.moves(AMOUNT, FEE), direction.moves(AMOUNT, FEE)].concat();
            assert_eq!(app.moves().await[before..], twice);
        }
    }

    async fn a_refusal_is_repeated_in_the_language_now_asked_for(app: TestApp) {
        let card = TestCard::forcing(sandbox::Network::Uzcard, sandbox::Outcome::CreditRefused);
        let direction = HUMO_TO_UZCARD.to(card);
        let token = app.add_card(HUMO).await;
        let params = with(direction.params(&token, AMOUNT), json!({"extId": "a"}));
        let first = app.call(direction.method, params.clone()).await;
        let data = json!({"network": "UZCARD", "processingCode": "-291"});
        assert_eq!(first, refusal(-32390, &data));
        for (lang, spoken) in [("ru", Lang::Ru), ("uz", Lang::Uz), ("en", Lang::En)] {
            let reply = app.call_with_headers(&[("lang", lang)], direction.method, params.clone()).await;
            assert_eq!(reply["error"], error_object(-32390, spoken, &data));
        }
        assert_eq!(app.moves().await, ["pay 502500", "reverse 502500"]);
    }

    async fn an_ext_id_is_one_order_of_one_method(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let params = with(UZCARD_TO_HUMO.params(&token, AMOUNT), json!({"extId": "order-1"}));
        app.result("p2p.uzcard2humo", params.clone()).await;
        let reused = refusal(-32401, &json!({"reason": "ext_id_reused", "field": "extId", "extId": "order-1"}));
        for direction in DIRECTIONS.into_iter().filter(|direction| *direction != UZCARD_TO_HUMO) {
            assert_eq!(app.call(direction.method, params.clone()).await, reused, "{}", direction.method);
        }
        for other in [
            json!({"amount": AMOUNT + 1}),
            json!({"pan": HUMO_2.pan}),
            json!({"expiry": "3011"}),
            json!({"token": "b17d442d-19ad-4cce-babf-64f7cf6f5548"}),
            json!({"force_sms_confirmation": true}),
        ] {
            let reply = app.call("p2p.uzcard2humo", with(params.clone(), other.clone())).await;
            assert_eq!(reply, reused, "{other}");
        }
        let debit = with(debit_params(UZCARD, &token, AMOUNT), json!({"extId": "order-1"}));
        assert_eq!(app.call("transactions.debit", debit.clone()).await, reused);
        app.result("transactions.debit", with(debit, json!({"extId": "order-2"}))).await;
        let reply = app.call("p2p.uzcard2humo", with(params, json!({"extId": "order-2"}))).await;
        assert_eq!(reply["error"]["data"]["reason"], "ext_id_reused");
        assert_eq!(app.moves().await, ["pay 502500", "credit 500000", "pay 500000"]);
    }

    async fn of_twenty_calls_with_one_ext_id_one_acts(app: TestApp) {
        for direction in DIRECTIONS {
            let before = app.moves().await.len();
            let token = app.add_card(direction.from).await;
            let params = with(direction.params(&token, AMOUNT), json!({"extId": direction.method.replace('.', "-")}));
            let replies = join_all((0..20).map(|_| app.call(direction.method, params.clone()))).await;
            for reply in &replies {
                let busy = reply["error"]["code"] == -32364;
                assert!(busy || reply.get("result").is_some(), "{reply}");
            }
            assert_eq!(app.moves().await[before..], direction.moves(AMOUNT, FEE));
        }
        app.assert_settled().await;
    }
}
