//! A message that takes long, and that the provider then refuses, though somebody has entered the code.

use super::*;
use test_support::orders::{Order, being_worked_on, code_refused, wrong_code};

#[rustfmt::skip] // A table: a network a line.
const ORDERS: [Order; 8] = [
    Order::Debit(UZCARD), Order::Hold(UZCARD),
    Order::Debit(HUMO), Order::Hold(HUMO),
    Order::Transfer(UZCARD_TO_UZCARD), Order::Transfer(UZCARD_TO_HUMO),
    Order::Transfer(HUMO_TO_HUMO), Order::Transfer(HUMO_TO_UZCARD),
];

on_each_database! {
    async fn a_confirmed_order_is_not_told_to_have_failed(app: TestApp) {
        let Some(app) = slow(app.kind).await else {
            return;
        };
        for order in ORDERS {
            let (first, confirmed) = overtaken(&app, order, async |id| {
                app.call(order.confirming_method(), right_code(id)).await
            })
            .await;
            assert!(confirmed.get("result").is_some(), "{order:?}: {confirmed}");
            assert_eq!(first, confirmed, "{order:?}");
            let row = app.last_transaction().await;
            assert_eq!((row.status, row.error_code), (order.ends_as(), None), "{order:?}");
        }
        app.assert_settled().await;
    }

    async fn an_order_that_ended_otherwise_is_told_so(app: TestApp) {
        let Some(app) = slow(app.kind).await else {
            return;
        };
        for order in [Order::Debit(UZCARD), Order::Hold(HUMO), Order::Transfer(UZCARD_TO_HUMO)] {
            let confirm = order.confirming_method();
            let (code, _) = order.payer().refusing_code();
            app.refuse_once(order.payer(), order.first_call(), code).await;
            let (first, declined) =
                overtaken(&app, order, async |id| app.call(confirm, right_code(id)).await).await;
            assert!(declined.get("error").is_some(), "{order:?}: {declined}");
            assert_eq!(first, declined, "{order:?}");

            let (first, _) = overtaken(&app, order, async |id| {
                for _ in 0..3 {
                    app.error(confirm, wrong_code(id)).await;
                }
            })
            .await;
            assert_eq!(first, code_refused("tries_used_up"), "{order:?}");

            // Two wrong codes are no confirmation.
            let (first, _) = overtaken(&app, order, async |id| {
                for _ in 0..2 {
                    app.error(confirm, wrong_code(id)).await;
                }
            })
            .await;
            assert_eq!(first, refusal(-32349, &json!({"retryable": true})), "{order:?}");
            let id = app.last_transaction().await.id.0;
            assert_eq!(app.status(id).await, "declined", "{order:?}");
        }
        assert_eq!(app.moves().await, [""; 0]);
        app.assert_settled().await;
    }

    async fn while_the_confirmation_is_being_worked_on(app: TestApp) {
        let Some(app) = slow(app.kind).await else {
            return;
        };
        for order in [Order::Debit(UZCARD), Order::Hold(HUMO)] {
            app.fault(json!({
                "network": order.payer().network(), "operation": order.first_call(), "kind": "delay",
                "delayMs": 3_000, "times": 1,
            }))
            .await;
            let (first, confirmed) = overtaken(&app, order, async |id| {
                app.call(order.confirming_method(), right_code(id)).await
            })
            .await;
            assert!(confirmed.get("result").is_some(), "{order:?}: {confirmed}");
            let id = app.last_transaction().await.id.0;
            assert_eq!(first, being_worked_on(id), "{order:?}");
        }
        app.assert_settled().await;
    }

    async fn an_attachment_that_was_confirmed(app: TestApp) {
        let Some(app) = slow(app.kind).await else {
            return;
        };
        refuse_late(&app).await;
        let params = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone});
        let confirmed = async {
            let id = loop {
                if app.transaction_count().await == 1 {
                    break app.last_transaction().await.id.0;
                }
            };
            app.result("cards.add-confirm", right_code(id)).await;
            id
        };
        let (begun, id) = tokio::join!(app.call("cards.add", params), confirmed);
        assert_eq!(begun, success(&json!({"phone": HUMO.phone, "transactionId": id})));
        assert_eq!(app.row(id).await.error_code, None);
        assert_eq!(app.cards_stored().await, 1);
    }
}

/// A gateway that waits for all answers.
async fn slow(kind: DatabaseKind) -> Option<TestApp> {
    let adjust = |config: &mut aloqa_gateway::config::Config| {
        patient(config);
        config.sms.daily_limit = 1_000;
        // A receipt that comes late would be in the one reply and not in the other.
        config.fiscal.timeout_ms = 15_000;
    };
    TestApp::with(kind, adjust).await
}

/// The provider refuses the next message, and takes its time.
async fn refuse_late(app: &TestApp) {
    app.fault(json!({
        "network": "SMS", "operation": "code", "kind": "decline", "code": 400, "delayMs": 1_500, "times": 1,
    }))
    .await;
}

/// Orders with a code whose message is refused late. Meanwhile the order is repeated, and its caller goes on; what the
/// first caller hears, and the other one.
async fn overtaken<T>(
    app: &TestApp,
    order: Order,
    goes_on: impl AsyncFnOnce(i64) -> T,
) -> (Value, T) {
    let token = app.add_card(order.payer()).await;
    let ext_id = format!("order-{}", app.transaction_count().await);
    let coded = json!({"force_sms_confirmation": true});
    let params = with(order.params(&token, &ext_id), coded);
    let method = order.method().unwrap();
    refuse_late(app).await;
    let repeat = async {
        let shown = app.until_status(&ext_id, "awaiting_code").await;
        let id = shown["transactionId"].as_i64().unwrap();
        let sent = success(&json!({"phone": order.payer().phone, "transactionId": id}));
        assert_eq!(app.call(method, params.clone()).await, sent);
        goes_on(id).await
    };
    tokio::join!(app.call(method, params.clone()), repeat)
}
