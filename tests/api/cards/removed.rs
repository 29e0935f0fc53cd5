//! `cards.info` and `cards.remove`: a card as its network knows it now, and what is left of one that was removed.

use super::*;

/// Every way to name a card by its token.
fn calls_with(token: &str) -> Vec<(&'static str, Value)> {
    let mut calls = vec![
        ("cards.info", json!({"token": token})),
        ("cards.remove", json!({"token": token})),
        ("transactions.list", json!({"token": token})),
        ("transactions.debit", debit_params(UZCARD, token, 500)),
        (
            "cards.monitoring",
            json!({"tokens": [token], "from": "2026-11-21", "to": "2026-11-21"}),
        ),
    ];
    for direction in DIRECTIONS {
        calls.push((direction.method, direction.params(token, 500)));
    }
    calls
}

on_each_database! {
    /// What was ordered before goes on, to every end; the token itself is unknown at once and everywhere.
    async fn a_removed_card_is_unknown_and_what_is_open_on_it_goes_on(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let order = |more: Value| app.ordered(with(debit_params(card, &token, 500), more));
            let awaiting = order(json!({"force_sms_confirmation": true})).await;
            let kept = order(json!({"is_hold": true})).await;
            let freed = order(json!({"is_hold": true})).await;
            let left = order(json!({"is_hold": true})).await;
            let paid = order(json!({"extId": format!("paid-{}", card.network())})).await;
            app.fail_once(card, "pay", "drop_after").await;
            let lost = json!({"extId": format!("lost-{}", card.network())});
            let lost = app.call("transactions.debit", with(debit_params(card, &token, 500), lost)).await;
            let lost = lost["error"]["data"]["transactionId"].as_i64().unwrap();
            let today = json!({"tokens": [token], "from": "2026-11-21", "to": "2026-11-21"});
            let history = app.result("cards.monitoring", today).await;
            let entry = json!({"id": history["transactions"][0]["_id"]});
            app.result("monitoring.get.entry", entry.clone()).await;

            assert_eq!(app.call("cards.remove", json!({"token": token})).await, success(&json!(true)));
            for (method, params) in calls_with(&token) {
                assert_eq!(app.call(method, params).await, refused(CardNotRegistered, Value::Null), "{method}");
            }
            let confirm = json!({"id": "7c9e6679-7425-40de-944b-e07fc1f90ae8", "method": "cards.attach.confirm", "params": {"cardId": token, "otpCode": CODE}});
            assert_eq!(app.post(confirm.to_string()).await.json()["error"]["code"], 1007);
            let no_entry = refused(ErrorCode::DataNotFound, Value::Null);
            assert_eq!(app.call("monitoring.get.entry", entry).await, no_entry);
            let listed = app.result("cards.list", json!({})).await;
            assert!(!listed.to_string().contains(&token), "{listed}");

            app.result("transactions.debit.confirm", json!({"transactionId": awaiting, "confirmedCode": CODE})).await;
            app.result("transactions.debit.hold.charge", json!({"transactionId": kept})).await;
            app.result("transactions.debit.hold.cancel", json!({"transactionId": freed})).await;
            app.result("transactions.debit.reverse", json!({"transactionId": paid})).await;
            app.recover_after_all().await;
            // HUMO's sale was created and not confirmed: it is cancelled, never confirmed late.
            let found_out = if card.is_humo() { "declined" } else { "succeeded" };
            app.clock.advance_ms(HOLD_LIFETIME_MS);
            app.running.gateway.expire_holds().await.unwrap();
            for (id, status) in [
                (awaiting, "succeeded"),
                (kept, "succeeded"),
                (freed, "cancelled"),
                (left, "expired"),
                (paid, "reversed"),
                (lost, found_out),
            ] {
                assert_eq!(app.status(id).await, status, "{} {id}", card.network());
            }
            let taken = 1_000 + if card.is_humo() { 0 } else { 500 };
            assert_eq!(app.balance(card).await, FULL - taken);

            // Attached again, it is another card.
            let again = app.add_card(card).await;
            assert_ne!(again, token);
            app.result("transactions.debit", debit_params(card, &again, 500)).await;
            let unknown = refused(CardNotRegistered, Value::Null);
            assert_eq!(app.call("transactions.debit", debit_params(card, &token, 500)).await, unknown);
            app.clock.advance_ms(-HOLD_LIFETIME_MS);
        }
        assert_eq!(app.cards_stored().await, 4);
    }

    /// Removed while its attachment is confirmed once more: the partner has one card, under the token that it was told, or
    /// none.
    async fn a_card_that_is_removed_while_it_is_attached_again_has_one_token_or_none(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let begun = begin(&app, UZCARD).await;
        let (confirmed, removed) = tokio::join!(
            confirm(&app, begun, CODE),
            app.call("cards.remove", json!({"token": token})),
        );
        assert_eq!(removed, success(&json!(true)));
        let told = confirmed["result"]["token"].as_str().unwrap();
        let listed = app.result("cards.list", json!({})).await;
        let listed: Vec<&str> = listed["cards"].as_array().unwrap().iter().map(|card| card["token"].as_str().unwrap()).collect();
        let expected: &[&str] = if told == token { &[] } else { &[told] };
        assert_eq!(listed, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_card_is_described_as_its_network_knows_it_now() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    for card in [UZCARD, HUMO] {
        let added = token_and_card(&app, card).await;
        let token = added["token"].as_str().unwrap().to_owned();
        app.result("transactions.debit", debit_params(card, &token, 700))
            .await;
        let now = app.call("cards.info", json!({"token": token})).await;
        let expected = with(added, json!({"balance": FULL - 700}));
        assert_eq!(now, success(&expected));
        // Nobody else is asked, and nothing is kept for later.
        app.fail_once(card, "info", "reset_before").await;
        let code = if card.is_humo() {
            HumoUnavailable
        } else {
            UzcardUnavailable
        };
        let reply = call(&app, "cards.info", json!({"token": token})).await;
        assert_eq!(reply["error"]["code"], code.code());
    }
}

async fn token_and_card(app: &TestApp, card: TestCard) -> Value {
    let begun = begin(app, card).await;
    confirm(app, begun, CODE).await["result"].take()
}
