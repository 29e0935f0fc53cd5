//! `extId` makes a repeat safe: what it is answered in every state of the first call
//! (docs/contract.md#repeats-with-extid).

mod at_once;
mod before_intent;
mod same_params;
mod states;

use entity::transaction::Status;
use sea_orm::Iterable as _;
use serde_json::{Value, json};
use states::{ORDERS, STANDINGS, comes_to, may_be, repeated};

use crate::crashes::Doomed;
use test_support::orders::{
    CANCEL, CHARGE, CONFIRM, DEBIT, Order, REVERSE, being_begun, being_worked_on, code_refused,
    the, wrong_code,
};
use test_support::*;

on_each_database! {
    async fn while_the_code_is_awaited_the_same_reply_and_no_second_message(app: TestApp) {
        let (params, first, id) =
            ordered(&app, UZCARD, json!({"force_sms_confirmation": true})).await;
        let messages = app.messages(UZCARD.phone).await;
        app.clock.advance_ms(CODE_LIFETIME_MS - 1);
        for _ in 0..3 {
            assert_eq!(app.call(DEBIT, params.clone()).await, first);
        }
        assert_eq!(app.messages(UZCARD.phone).await, messages);
        // A repeat does not prolong the code.
        app.clock.advance_ms(1);
        let expired = refusal(-32308, &json!({"reason": "code_expired"}));
        assert_eq!(app.call(DEBIT, params).await, expired);
        assert_eq!(app.call(CONFIRM, right_code(id)).await, expired);
    }

    async fn while_the_first_is_being_worked_on(app: TestApp) {
        let Some(app) = TestApp::with(app.kind, patient).await else {
            return;
        };
        let token = app.add_card(UZCARD).await;
        let params = with(
            debit_params(UZCARD, &token, 500),
            json!({"extId": "order-1"}),
        );
        app.fault(json!({"network": "UZCARD", "operation": "pay", "kind": "delay", "delayMs": 2_000, "times": 1})).await;
        let repeat = async {
            let id = loop {
                let found = app
                    .call("transactions.get", json!({"extId": "order-1"}))
                    .await;
                if let Some(id) = found["result"]["transactionId"].as_i64() {
                    break id;
                }
            };
            let busy = json!({"reason": "processing", "transactionId": id, "retryable": true});
            assert_eq!(
                app.call(DEBIT, params.clone()).await,
                refusal(-32364, &busy)
            );
            assert_eq!(app.status(id).await, "processing");
        };
        let (first, ()) = tokio::join!(app.call(DEBIT, params.clone()), repeat);
        assert!(first.get("result").is_some(), "{first}");
        assert_eq!(app.call(DEBIT, params).await, first);
        assert_eq!(app.moves().await, ["pay 500"]);
    }

    async fn while_the_outcome_is_unknown(app: TestApp) {
        for (n, card) in [UZCARD, HUMO].into_iter().enumerate() {
            for (hold, operation) in [(false, "pay"), (true, "hold")] {
                let token = app.add_card(card).await;
                let ext_id = format!("{operation}-{n}");
                let params = with(
                    debit_params(card, &token, 500),
                    json!({"is_hold": hold, "extId": ext_id}),
                );
                app.fail_once(card, operation, "reset_after").await;
                let first = app.call(DEBIT, params.clone()).await;
                let id = first["error"]["data"]["transactionId"].as_i64().unwrap();
                assert_eq!(first, outcome_unknown(id));
                assert_eq!(
                    app.call(DEBIT, params.clone()).await,
                    in_process(id, "processing")
                );
                app.write_status(id, Status::Manual).await;
                assert_eq!(app.call(DEBIT, params).await, in_process(id, "manual"));
            }
        }
        // HUMO's sale stands in the ledger at its confirmation, which was never asked for.
        assert_eq!(app.moves().await, ["pay 500", "hold 500", "hold 500"]);
    }

    async fn a_debit_that_succeeded(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let (params, first, id) = ordered(&app, card, json!({})).await;
            assert_eq!(app.call(DEBIT, params.clone()).await, first);
            app.result("transactions.debit.reverse", the(id)).await;
            // The result is what the debit ended with; its later reversal does not change it.
            assert_eq!(app.call(DEBIT, params).await, first);
        }
        assert_eq!(
            app.moves().await,
            ["pay 500", "reverse 500", "pay 500", "reverse 500"]
        );
    }

    async fn a_hold_and_what_became_of_it(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let (params, first, id) = ordered(&app, card, json!({"is_hold": true})).await;
            assert_eq!(app.call(DEBIT, params.clone()).await, first);
            let charged = app.call("transactions.debit.hold.charge", the(id)).await;
            assert_eq!(app.call(DEBIT, params.clone()).await, charged);
            app.result("transactions.debit.reverse", the(id)).await;
            assert_eq!(app.call(DEBIT, params).await, charged);

            let (params, first, id) = ordered(&app, card, json!({"is_hold": true})).await;
            app.result("transactions.debit.hold.cancel", the(id)).await;
            assert_eq!(app.call(DEBIT, params).await, first);

            let (params, first, _) = ordered(&app, card, json!({"is_hold": true})).await;
            app.clock.advance_ms(HOLD_LIFETIME_MS);
            app.running.gateway.expire_holds().await.unwrap();
            assert_eq!(app.call(DEBIT, params).await, first);
        }
        assert_eq!(
            app.moves()
                .await
                .iter()
                .filter(|row| *row == "hold 500")
                .count(),
            6
        );
    }

    async fn after_a_confirmation_the_confirmations(app: TestApp) {
        for card in [UZCARD, HUMO] {
            for hold in [false, true] {
                let order = json!({"force_sms_confirmation": true, "is_hold": hold});
                let (params, _, id) = ordered(&app, card, order.clone()).await;
                let confirmed = app.call(CONFIRM, right_code(id)).await;
                assert_eq!(app.call(DEBIT, params).await, confirmed);

                let (params, _, id) = ordered(&app, card, order).await;
                let operation = if hold { "hold" } else { "pay" };
                let (code, _) = card.refusing_code();
                app.refuse_once(card, operation, code).await;
                let declined = app.call(CONFIRM, right_code(id)).await;
                assert!(declined.get("error").is_some(), "{declined}");
                assert_eq!(app.call(DEBIT, params).await, declined);
            }
        }
    }

    async fn a_debit_that_was_declined_in_the_language_now_asked_for(app: TestApp) {
        use rpc_schema::errors::Lang;
        let card = TestCard::forcing(sandbox::Network::Humo, sandbox::Outcome::Blocked);
        let token = app.add_card(card).await;
        let params = with(debit_params(card, &token, 500), json!({"extId": "a"}));
        let data = json!({"network": "HUMO", "processingCode": "104"});
        assert_eq!(
            app.call(DEBIT, params.clone()).await,
            refusal(-32310, &data)
        );
        for (lang, spoken) in [
            ("ru", Lang::Ru),
            ("uz", Lang::Uz),
            ("en", Lang::En),
            ("de", Lang::Ru),
        ] {
            let reply = app
                .call_with_headers(
                    &[("lang", lang), ("app-name", "Other-prod")],
                    DEBIT,
                    params.clone(),
                )
                .await;
            assert_eq!(reply["error"], error_object(-32310, spoken, &data));
        }
        assert_eq!(app.requests(app.row_of("a").await.id.0).await.len(), 1);
    }

    async fn a_code_whose_tries_are_used_up(app: TestApp) {
        let (params, _, id) = ordered(&app, UZCARD, json!({"force_sms_confirmation": true})).await;
        for _ in 0..3 {
            app.error(
                CONFIRM,
                json!({"transactionId": id, "confirmedCode": "000000"}),
            )
            .await;
        }
        assert_eq!(
            app.call(DEBIT, params).await,
            refusal(-32308, &json!({"reason": "code_expired"}))
        );
    }

    async fn each_partner_has_its_own(app: TestApp) {
        let stranger = app.add_partner("stranger", &["*"]).await;
        let (params, first, _) = ordered(&app, UZCARD, json!({"extId": "a"})).await;
        let token = app.add_card_as(&stranger, UZCARD).await;
        let reply = app
            .call_as(
                &stranger,
                DEBIT,
                with(debit_params(UZCARD, &token, 700), json!({"extId": "a"})),
            )
            .await;
        assert!(reply.get("result").is_some(), "{reply}");
        assert_eq!(app.call(DEBIT, params).await, first);
        assert_eq!(app.moves().await, ["pay 500", "pay 700"]);
    }

    async fn what_an_ext_id_may_be(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let params =
            |ext_id: Value| with(debit_params(UZCARD, &token, 500), json!({"extId": ext_id}));
        for bad in [
            json!("with space"),
            json!("ü"),
            json!("a/b"),
            json!("x".repeat(65)),
            json!(7),
            json!(["a"]),
        ] {
            let error = app.error(DEBIT, params(bad.clone())).await;
            assert_eq!(
                (&error["code"], &error["data"]["field"]),
                (&json!(-32401), &json!("extId")),
                "{bad}"
            );
        }
        assert_eq!(app.moves().await, [""; 0]);
        for good in [
            "x".repeat(64),
            "0".to_owned(),
            ".".to_owned(),
            "-_:.".to_owned(),
        ] {
            app.ordered(params(json!(good))).await;
        }
        // Without an `extId` each call is a new order.
        app.ordered(params(Value::Null)).await;
        app.ordered(params(Value::Null)).await;
        assert_eq!(app.moves().await.len(), 6);
    }

    /// The whole table: every kind of order, at each network and in each direction, however far it has come.
    async fn in_every_state_before_and_after_a_restart_of_the_gateway(app: TestApp) {
        let taken = ORDERS
            .into_iter()
            .enumerate()
            .filter(|(number, _)| app.kind.takes(number / 2 + number, OneIn { sqlite: 2, postgres: 4 }));
        for (_, order) in taken {
            let standings = STANDINGS.into_iter().filter(|standing| comes_to(order, *standing));
            let seen = join_all(standings.map(|standing| repeated(app.kind, order, standing))).await;
            for status in Status::iter().filter(|status| may_be(order, *status)) {
                assert!(seen.contains(&status), "{order:?}: no row of the table is {status:?}");
            }
        }
    }

    async fn after_a_restart_of_the_gateway(app: TestApp) {
        let (paid, paid_first, _) = ordered(&app, UZCARD, json!({})).await;
        let (held, held_first, _) = ordered(&app, HUMO, json!({"is_hold": true})).await;
        let (waiting, waiting_first, id) =
            ordered(&app, UZCARD_2, json!({"force_sms_confirmation": true})).await;
        let messages = app.messages(UZCARD_2.phone).await;
        let app = app.restarted().await;
        assert_eq!(app.call(DEBIT, paid).await, paid_first);
        assert_eq!(app.call(DEBIT, held).await, held_first);
        assert_eq!(app.call(DEBIT, waiting.clone()).await, waiting_first);
        assert_eq!(app.messages(UZCARD_2.phone).await, messages);
        assert_eq!(app.moves().await, ["pay 500", "hold 500"]);
        let confirmed = app.call(CONFIRM, right_code(id)).await;
        let app = app.restarted().await;
        assert_eq!(app.call(DEBIT, waiting).await, confirmed);
        assert_eq!(app.moves().await, ["pay 500", "hold 500", "pay 500"]);
    }

}

/// The reply, which has a result.
#[track_caller]
fn succeeded(reply: Value) -> Value {
    assert!(reply.get("result").is_some(), "{reply}");
    reply
}

/// Orders with an `extId` of its own; the params, the whole reply and the transaction.
async fn ordered(app: &TestApp, card: TestCard, more: Value) -> (Value, Value, i64) {
    let token = app.add_card(card).await;
    let ext_id = format!("order-{}", app.transaction_count().await);
    let params = with(
        with(debit_params(card, &token, 500), json!({"extId": ext_id})),
        more,
    );
    let first = app.call(DEBIT, params.clone()).await;
    let id = first["result"]["transactionId"]
        .as_i64()
        .unwrap_or_else(|| panic!("{first}"));
    (params, first, id)
}
