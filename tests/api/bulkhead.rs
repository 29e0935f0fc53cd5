//! A network that hangs, or has gone, does not slow the other.

use std::sync::Arc;

use rpc_schema::values::Network;
use serde_json::{Value, json};

use test_support::*;

const AMOUNT: i64 = 1_000;

fn unavailable(card: TestCard) -> Value {
    let code = if card == HUMO { -32339 } else { -32338 };
    refusal(code, &json!({"network": card.network(), "retryable": true}))
}

on_each_database! {
    /// Only so many calls of a partner may wait for a network; the next is refused at once, and the other network still has
    /// room. So have other partners at the slow one, and whatever continues a movement that has begun.
    async fn a_network_that_hangs_keeps_only_its_own_calls_waiting(app: TestApp) {
        for (slow, quick) in [(UZCARD, HUMO), (HUMO, UZCARD)] {
            let app = TestApp::with(app.kind, |config| {
                patient(config);
                config.server.max_in_flight = 100;
            }).await.unwrap();
            let (slow_token, quick_token) = (app.add_card(slow).await, app.add_card(quick).await);
            let before = app.ordered(debit_params(slow, &slow_token, AMOUNT)).await;
            // Four times as many as stay free.
            let places = 52;
            let shop = app.add_partner("shop", &["*"]).await;
            let other_card = if slow == HUMO { HUMO_2 } else { UZCARD_2 };
            let shops = app.add_card_as(&shop, other_card).await;
            app.fault(json!({
                "network": slow.network(), "operation": "pay", "kind": "delay", "delayMs": 4_000, "times": places,
            })).await;
            let waiting = join_all((0..places).map(|_| app.call("transactions.debit", debit_params(slow, &slow_token, AMOUNT))));
            let meanwhile = async {
                app.faults_are_taken().await;
                app.result("transactions.debit.reverse", json!({"transactionId": before})).await;
                for _ in 0..5 {
                    let refused = app.call("transactions.debit", debit_params(slow, &slow_token, AMOUNT)).await;
                    assert_eq!(refused, unavailable(slow));
                    app.result("transactions.debit", debit_params(quick, &quick_token, AMOUNT)).await;
                    let served = app.call_as(&shop, "transactions.debit", debit_params(other_card, &shops, AMOUNT)).await;
                    assert!(served.get("result").is_some(), "{served}");
                }
                app.moves().await
            };
            let (waited, moves) = tokio::join!(waiting, meanwhile);
            let server = slow.network().to_lowercase();
            let told = format!("aloqa_uncalled_servers_total{{server=\"{server}\",cause=\"partners_share\"}} 5");
            assert!(app.has_figure(&told).await, "{told}");
            // All were done while the others still waited.
            assert_eq!(moves[..2], ["pay 1000", "reverse 1000"]);
            assert_eq!(moves[2..], ["pay 1000"; 10]);
            for reply in waited {
                assert!(reply.get("result").is_some(), "{reply}");
            }
            app.result("transactions.debit", debit_params(slow, &slow_token, AMOUNT)).await;
            assert_eq!(app.moves().await.len(), places + 13);
            app.assert_settled().await;
        }
    }

    /// After five calls without an answer no more are made about that card for a while: they would only be left in doubt.
    /// Other cards of its network go on, whoever's they are.
    async fn a_card_whose_calls_are_lost_is_left_alone(app: TestApp) {
        for (silent, answering) in [(UZCARD, UZCARD_2), (HUMO, HUMO_2)] {
            let app = TestApp::with(app.kind, |config| config.limits.card_lost_calls = Some(5)).await.unwrap();
            let shop = app.add_partner("shop", &["*"]).await;
            let (token, other) = (app.add_card(silent).await, app.add_card(answering).await);
            let shops = app.add_card_as(&shop, answering).await;
            app.fault(json!({"network": silent.network(), "operation": "pay", "kind": "drop_before", "times": 5})).await;
            let lost = (0..5).map(|_| app.error_code("transactions.debit", debit_params(silent, &token, AMOUNT)));
            assert_eq!(join_all(lost).await, [-32379; 5]);
            for _ in 0..3 {
                let refused = app.call("transactions.debit", debit_params(silent, &token, AMOUNT)).await;
                assert_eq!(refused, unavailable(silent));
            }
            // None of the three has left.
            assert_eq!(app.moves().await, [""; 0]);
            app.result("transactions.debit", debit_params(answering, &other, AMOUNT)).await;
            let served = app.call_as(&shop, "transactions.debit", debit_params(answering, &shops, AMOUNT)).await;
            assert!(served.get("result").is_some(), "{served}");
            assert_eq!(app.moves().await, ["pay 1000"; 2]);
            app.assert_settled().await;
        }
    }

    /// Twenty lost calls of one card, and the breaker stays closed for all others.
    async fn one_cards_lost_replies_do_not_open_the_breaker_for_others(app: TestApp) {
        let shop = app.add_partner("shop", &["*"]).await;
        let (token, shops) = (app.add_card(UZCARD).await, app.add_card_as(&shop, UZCARD_2).await);
        app.fault(json!({"network": "UZCARD", "operation": "pay", "kind": "reset_after", "times": 25})).await;
        let lost = (0..25).map(|_| app.error_code("transactions.debit", debit_params(UZCARD, &token, AMOUNT)));
        assert_eq!(join_all(lost).await, [-32379; 25]);
        let served = app.call_as(&shop, "transactions.debit", debit_params(UZCARD_2, &shops, AMOUNT)).await;
        assert!(served.get("result").is_some(), "{served}");
    }

    /// Recovery of one network waits for nothing of the other: neither for its look-ups, nor for a place or a connection to
    /// the database that they would hold.
    async fn look_ups_that_hang_keep_no_other_network_from_being_looked_up(app: TestApp) {
        for (hanging, quick) in [(UZCARD, HUMO), (HUMO, UZCARD)] {
            let app = TestApp::with(app.kind, patient).await.unwrap();
            let (slow_token, quick_token) = (app.add_card(hanging).await, app.add_card(quick).await);
            for (card, token) in [(hanging, &slow_token), (quick, &quick_token)] {
                // As many as are looked up at the same time.
                for _ in 0..16 {
                    app.fail_once(card, "pay", "reset_after").await;
                    let lost = app.error_code("transactions.debit", debit_params(card, token, AMOUNT)).await;
                    assert_eq!(lost, -32379);
                }
            }
            app.clock.advance_ms(app.running.gateway.rules.lease_ms + 1);
            app.fault(json!({"network": hanging.network(), "operation": "lookup", "kind": "drop_before", "times": 16})).await;
            let gateway = Arc::clone(&app.running.gateway);
            let looking_up = tokio::spawn(async move { gateway.payments.recover_due(network_of(hanging)).await });
            app.faults_are_taken().await;

            assert_eq!(app.running.gateway.payments.recover_due(network_of(quick)).await.unwrap(), 16);
            assert!(!looking_up.is_finished(), "the look-ups of {} did not hang", hanging.network());
            assert_eq!(app.unsettled(quick).await, 0);
            assert_eq!(app.unsettled(hanging).await, 16);

            // The process that was looking up has died; the next one finds what the network carried out.
            looking_up.abort();
            app.recover_after_lease().await;
            assert_eq!(app.unsettled(hanging).await, 0);
            app.assert_settled().await;
        }
    }
}

fn network_of(card: TestCard) -> Network {
    match card.network() {
        "HUMO" => Network::Humo,
        _ => Network::Uzcard,
    }
}
