//! A network that hangs, or has gone, does not slow the other.

use serde_json::{Value, json};

use crate::support::*;

const AMOUNT: i64 = 1_000;

fn unavailable(card: TestCard) -> Value {
    let code = if card == HUMO { -32339 } else { -32338 };
    refusal(code, &json!({"network": card.network(), "retryable": true}))
}

on_each_database! {
    /// So many calls may wait for a network; the next is refused at once, and the other network has room.
    async fn a_network_that_hangs_keeps_only_its_own_calls_waiting(app: TestApp) {
        for (slow, quick) in [(UZCARD, HUMO), (HUMO, UZCARD)] {
            let app = TestApp::with(app.kind, |config| {
                patient(config);
                config.server.max_in_flight = 100;
            }).await.unwrap();
            let (slow_token, quick_token) = (app.add_card(slow).await, app.add_card(quick).await);
            let places = 64;
            app.fault(json!({
                "network": slow.network(), "operation": "pay", "kind": "delay", "delayMs": 1_500, "times": places,
            })).await;
            let waiting = join_all((0..places).map(|_| app.call("transactions.debit", debit_params(slow, &slow_token, AMOUNT))));
            let meanwhile = async {
                app.faults_are_taken().await;
                for _ in 0..5 {
                    let refused = app.call("transactions.debit", debit_params(slow, &slow_token, AMOUNT)).await;
                    assert_eq!(refused, unavailable(slow));
                    app.result("transactions.debit", debit_params(quick, &quick_token, AMOUNT)).await;
                }
                app.moves().await
            };
            let (waited, moves) = tokio::join!(waiting, meanwhile);
            // All five were done while the others still waited.
            assert_eq!(moves, ["pay 1000"; 5]);
            for reply in waited {
                assert!(reply.get("result").is_some(), "{reply}");
            }
            app.result("transactions.debit", debit_params(slow, &slow_token, AMOUNT)).await;
            assert_eq!(app.moves().await.len(), places + 6);
            app.assert_settled().await;
        }
    }

    /// After twenty calls without an answer no more are made for a while: they would be in doubt for nothing.
    async fn a_network_that_has_stopped_to_answer_is_left_alone(app: TestApp) {
        let (token, other) = (app.add_card(UZCARD).await, app.add_card(HUMO).await);
        app.fault(json!({"network": "UZCARD", "operation": "pay", "kind": "drop_before", "times": 21})).await;
        let lost = join_all((0..20).map(|_| app.error_code("transactions.debit", debit_params(UZCARD, &token, AMOUNT)))).await;
        assert_eq!(lost, [-32379; 20]);
        for _ in 0..3 {
            let refused = app.call("transactions.debit", debit_params(UZCARD, &token, AMOUNT)).await;
            assert_eq!(refused, unavailable(UZCARD));
        }
        app.result("transactions.debit", debit_params(HUMO, &other, AMOUNT)).await;
        assert_eq!(app.moves().await, ["pay 1000"]);
        app.assert_settled().await;
    }
}
