//! The limits of a debit, and the order in which a call is checked: one error each (docs/contract.md#order-of-checks).

use serde_json::{Value, json};

use test_support::refused_calls::{
    amount_too_large, amount_too_small, no_such_terminal, sms_limit_reached,
};
use test_support::*;

/// The rule of an amount, as `data.hint` tells it in Russian.
const AMOUNT_RULE: &str = "Целое число тийинов больше нуля; без кавычек, дробной части и порядка.";
const DEBIT: &str = "transactions.debit";

on_each_database! {
    async fn the_least_and_the_greatest_amount(app: TestApp) {
        let adjust = |config: &mut aloqa_gateway::config::Config| {
            config.debits.min_amount = 1_000;
            config.debits.max_amount = 5_000;
        };
        let Some(app) = TestApp::with(app.kind, adjust).await else {
            return;
        };
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let rows = app.transaction_count().await;
            let table = [
                (1, -32328),
                (999, -32328),
                (5_001, -32329),
                (i64::MAX, -32329),
            ];
            for (amount, code) in table {
                for more in [
                    json!({}),
                    json!({"is_hold": true}),
                    json!({"force_sms_confirmation": true}),
                ] {
                    let reply = app
                        .call(DEBIT, with(debit_params(card, &token, amount), more))
                        .await;
                    let expected = match code {
                        -32328 => amount_too_small(1_000),
                        _ => amount_too_large(5_000),
                    };
                    assert_eq!(reply, expected, "{amount}");
                }
            }
            assert_eq!(app.transaction_count().await, rows);
            for amount in [1_000, 5_000] {
                app.ordered(debit_params(card, &token, amount)).await;
                app.ordered(with(
                    debit_params(card, &token, amount),
                    json!({"is_hold": true}),
                ))
                .await;
            }
        }
    }

    async fn without_settings_a_tiyin_is_enough(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            app.ordered(debit_params(card, &token, 1)).await;
            let above = amount_too_large(100_000_000_000);
            assert_eq!(
                app.call(DEBIT, debit_params(card, &token, 100_000_000_001))
                    .await,
                above
            );
            // At the limit itself the card decides.
            let code = app
                .error_code(DEBIT, debit_params(card, &token, 100_000_000_000))
                .await;
            assert_eq!(code, -32309);
        }
        assert_eq!(app.moves().await, ["pay 1", "pay 1"]);
    }

    async fn an_amount_is_a_whole_number_above_zero(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        for (amount, code) in [
            ("0", -32385),
            ("-1", -32385),
            ("-9223372036854775808", -32385),
        ] {
            let reply = app
                .call(DEBIT, debit_params(UZCARD, &token, amount.parse().unwrap()))
                .await;
            assert_eq!(
                reply,
                refusal(code, &json!({"field": "amount", "hint": AMOUNT_RULE})),
                "{amount}"
            );
        }
        for amount in [
            "1.0",
            "1e3",
            "0.5",
            "\"500\"",
            "9223372036854775808",
            "true",
            "[500]",
            "{}",
        ] {
            let body = json!({"jsonrpc": "2.0", "id": 1, "method": DEBIT, "params": debit_params(UZCARD, &token, 77)});
            let body = body.to_string().replacen("77", amount, 1);
            let reply = app.post(body).await.json();
            assert_eq!(
                (&reply["error"]["code"], &reply["error"]["data"]["field"]),
                (&json!(-32401), &json!("amount")),
                "{amount}"
            );
        }
        assert_eq!(app.moves().await, [""; 0]);
    }

    /// One call with every fault; the faults are mended one after another.
    async fn the_order_of_the_checks(app: TestApp) {
        let adjust = |config: &mut aloqa_gateway::config::Config| {
            config.debits.min_amount = 100;
            config.debits.max_amount = 1_000;
            // The code of the attachment was the only one of the day.
            config.sms.daily_limit = 1;
        };
        let Some(app) = TestApp::with(app.kind, adjust).await else {
            return;
        };
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let network = card.network();
            let (processing_code, blocked) = card.refusing_code();
            let good = debit_params(card, &token, 500);
            app.ordered(with(good.clone(), json!({"extId": network})))
                .await;
            let (rows, moves) = (app.transaction_count().await, app.moves().await);
            app.refuse_once(card, "info", processing_code).await;
            let mut call = json!({
                "token": "5f0c3a52-8a0b-4c5e-8a44-0d5c2f9e7a11", "amount": 0, "merchantId": "", "terminalId": "x",
                "extId": network, "force_sms_confirmation": true, "surplus": 1,
            });
            // What is refused, and what mends it; `null` takes a member away.
            let table = [
                (
                    (
                        -32401,
                        json!({"reason": "unknown_member", "field": "surplus"}),
                    ),
                    json!({"surplus": null}),
                ),
                (
                    (-32300, json!({"field": "merchantId"})),
                    json!({"merchantId": "x"}),
                ),
                (
                    (-32385, json!({"field": "amount", "hint": AMOUNT_RULE})),
                    json!({"amount": 1_001}),
                ),
                (
                    (
                        -32401,
                        json!({"reason": "ext_id_reused", "field": "extId", "extId": network}),
                    ),
                    json!({"extId": "new"}),
                ),
                ((-32301, Value::Null), json!({"token": token})),
                // The fault of the card's description is spent by this look at it.
                (
                    (
                        blocked,
                        json!({"network": network, "processingCode": processing_code}),
                    ),
                    json!({}),
                ),
                (
                    (-32362, no_such_terminal(network)["error"]["data"].clone()),
                    json!({"merchantId": good["merchantId"], "terminalId": good["terminalId"]}),
                ),
                (
                    (-32329, amount_too_large(1_000)["error"]["data"].clone()),
                    json!({"amount": 99}),
                ),
                (
                    (-32328, amount_too_small(100)["error"]["data"].clone()),
                    json!({"amount": 100}),
                ),
                (
                    (-32372, sms_limit_reached(1)["error"]["data"].clone()),
                    json!({"force_sms_confirmation": false}),
                ),
            ];
            for ((code, data), mended) in table {
                assert_eq!(
                    app.call(DEBIT, call.clone()).await,
                    refusal(code, &data),
                    "{call}"
                );
                call = with(call, mended);
                call.as_object_mut()
                    .unwrap()
                    .retain(|_, value| !value.is_null());
            }
            assert_eq!(app.transaction_count().await, rows);
            assert_eq!(app.moves().await, moves);
            call["extId"] = json!(format!("new-{network}"));
            app.ordered(call).await;
        }
        app.assert_settled().await;
    }

    async fn permission_comes_before_the_params(app: TestApp) {
        let reader = app.add_partner("reader", &["transactions.get"]).await;
        for method in [
            DEBIT,
            "transactions.debit.confirm",
            "transactions.debit.reverse",
            "transactions.debit.hold.charge",
            "transactions.debit.hold.cancel",
        ] {
            let reply = app.call_as(&reader, method, json!({"nonsense": 1})).await;
            assert_eq!(reply, refusal(-32504, &Value::Null), "{method}");
        }
    }
}
