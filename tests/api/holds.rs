//! Holds: their whole life, step by step, on both networks.

use serde_json::{Value, json};

use test_support::*;

on_each_database! {
    async fn a_hold_is_charged_and_reversed(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let before = app.moves().await.len();
            let token = app.add_card(card).await;
            let held = app
                .call("transactions.debit", hold_params(card, &token))
                .await;
            let id = held["result"]["transactionId"].as_i64().unwrap();
            assert_eq!(held, success(&json!({"transactionId": id})));
            assert_eq!(app.status(id).await, "held");
            assert_eq!(app.moves().await[before..], ["hold 500000"]);
            assert_eq!(app.balance(card).await, FULL - 500_000);

            let charged = app.call("transactions.debit.hold.charge", the(id)).await;
            assert_eq!(card.masked_result(charged), success(&card.taken(id)));
            assert_eq!(app.status(id).await, "succeeded");
            assert_eq!(
                app.moves().await[before..],
                ["hold 500000", "capture 500000"]
            );
            assert_eq!(app.balance(card).await, FULL - 500_000);

            assert_eq!(
                app.call("transactions.debit.reverse", the(id)).await,
                success(&json!(true))
            );
            assert_eq!(app.status(id).await, "reversed");
            assert_eq!(
                app.moves().await[before..],
                ["hold 500000", "capture 500000", "reverse 500000"]
            );
            assert_eq!(app.balance(card).await, FULL);
        }
        app.assert_settled().await;
    }

    async fn a_hold_is_cancelled(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let before = app.moves().await.len();
            let token = app.add_card(card).await;
            let id = app.ordered(hold_params(card, &token)).await;
            assert_eq!(
                app.call("transactions.debit.hold.cancel", the(id)).await,
                success(&json!(true))
            );
            assert_eq!(app.status(id).await, "cancelled");
            assert_eq!(
                app.moves().await[before..],
                ["hold 500000", "release 500000"]
            );
            assert_eq!(app.balance(card).await, FULL);
        }
        app.assert_settled().await;
    }

    async fn a_hold_with_a_code(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let before = app.moves().await.len();
            let token = app.add_card(card).await;
            let params = with(
                hold_params(card, &token),
                json!({"force_sms_confirmation": true}),
            );
            let begun = app.call("transactions.debit", params).await;
            let id = begun["result"]["transactionId"].as_i64().unwrap();
            assert_eq!(
                begun,
                success(&json!({"phone": card.phone, "transactionId": id}))
            );
            assert_eq!(app.balance(card).await, FULL);
            let params = json!({"transactionId": id, "confirmedCode": CODE, "is_hold": true});
            let confirmed = app.call("transactions.debit.confirm", params).await;
            assert_eq!(confirmed, success(&json!({"transactionId": id})));
            assert_eq!(app.status(id).await, "held");
            assert_eq!(app.balance(card).await, FULL - 500_000);
            let charged = app.call("transactions.debit.hold.charge", the(id)).await;
            assert_eq!(card.masked_result(charged), success(&card.taken(id)));
            assert_eq!(
                app.moves().await[before..],
                ["hold 500000", "capture 500000"]
            );
            assert_eq!(app.balance(card).await, FULL - 500_000);
        }
        app.assert_settled().await;
    }

    async fn a_partner_may_hold_the_same_card_several_times(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let (first, second) = (
                app.ordered(hold_params(card, &token)).await,
                app.ordered(hold_params(card, &token)).await,
            );
            app.result("transactions.debit.hold.cancel", the(first))
                .await;
            assert_eq!(
                (app.status(first).await, app.status(second).await),
                ("cancelled".to_owned(), "held".to_owned())
            );
            assert_eq!(app.balance(card).await, FULL - 500_000);
        }
    }

    async fn a_hold_whose_time_is_over_cannot_be_charged_and_is_released(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let before = app.moves().await.len();
            let token = app.add_card(card).await;
            let id = app.ordered(hold_params(card, &token)).await;
            app.clock.advance_ms(HOLD_LIFETIME_MS - 1);
            assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
            assert_eq!(app.status(id).await, "held");
            app.clock.advance_ms(1);
            let over = refusal(-32313, &json!({"reason": "hold_expired"}));
            assert_eq!(
                app.call("transactions.debit.hold.charge", the(id)).await,
                over
            );
            // The network has not confirmed the end yet.
            assert_eq!(app.status(id).await, "held");

            // It counts just as well if a network has ended the hold by itself, as the simulated UZCARD does.
            assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 1);
            let standing = app.standing(id).await;
            assert_eq!(standing["status"], "expired");
            assert_eq!(
                (&standing["result"], &standing["error"]),
                (&the(id), &Value::Null)
            );
            for method in [
                "transactions.debit.hold.charge",
                "transactions.debit.hold.cancel",
                "transactions.debit.reverse",
            ] {
                assert_eq!(app.call(method, the(id)).await, over, "{method}");
            }
            assert_eq!(
                app.moves().await[before..],
                ["hold 500000", "release 500000"]
            );
            assert_eq!(app.balance(card).await, FULL);
            // Nothing is left to release.
            app.clock.advance_ms(HOLD_LIFETIME_MS);
            assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
            assert_eq!(app.moves().await.len(), before + 2);
        }
        app.assert_settled().await;
    }

    async fn the_partner_may_still_cancel_a_hold_whose_time_is_over(app: TestApp) {
        let token = app.add_card(HUMO).await;
        let id = app.ordered(hold_params(HUMO, &token)).await;
        app.clock.advance_ms(HOLD_LIFETIME_MS);
        assert_eq!(
            app.call("transactions.debit.hold.cancel", the(id)).await,
            success(&json!(true))
        );
        assert_eq!(app.status(id).await, "cancelled");
        assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
        assert_eq!(app.moves().await, ["hold 500000", "release 500000"]);
    }

    async fn a_charged_hold_does_not_end(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let id = app.ordered(hold_params(card, &token)).await;
            app.result("transactions.debit.hold.charge", the(id)).await;
            app.clock.advance_ms(HOLD_LIFETIME_MS + 1);
            assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
            assert_eq!(app.status(id).await, "succeeded");
            assert_eq!(app.balance(card).await, FULL - 500_000);
        }
    }

    /// A refusal may be HUMO's way to say that the hold has ended, so the gateway first asks where it stands.
    async fn a_release_that_failed_is_looked_up_and_tried_again(app: TestApp) {
        let token = app.add_card(HUMO).await;
        let id = app.ordered(hold_params(HUMO, &token)).await;
        app.clock.advance_ms(HOLD_LIFETIME_MS);
        app.refuse_once(HUMO, "release", "104").await;
        assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
        assert_eq!(app.status(id).await, "processing");
        assert_eq!(app.requests(id).await, ["hold approved", "expire unknown"]);
        assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
        app.recover_after_all().await;
        assert_eq!(app.status(id).await, "held");
        assert_eq!(app.requests(id).await, ["hold approved", "expire declined"]);
        // At once it is left alone.
        assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
        app.clock.advance_ms(59_999);
        assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
        assert_eq!(app.requests(id).await.len(), 2);
        app.clock.advance_ms(1);
        assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 1);
        assert_eq!(app.status(id).await, "expired");
        assert_eq!(
            app.requests(id).await,
            ["hold approved", "expire declined", "expire approved"]
        );
        assert_eq!(app.moves().await, ["hold 500000", "release 500000"]);
        assert_eq!(app.balance(HUMO).await, FULL);
        app.assert_settled().await;
    }

    /// Ended by its holder's bank, or because its time was over there first: HUMO refuses to cancel it again, and says when
    /// asked that it stands no longer.
    async fn a_hold_that_has_ended_at_humo_ends_here_too(app: TestApp) {
        let token = app.add_card(HUMO).await;
        let id = app.ordered(hold_params(HUMO, &token)).await;
        app.cancel_at_humo(id).await;
        assert_eq!(
            app.call("transactions.debit.hold.cancel", the(id)).await,
            success(&json!(true))
        );
        assert_eq!(app.status(id).await, "cancelled");
        assert_eq!(app.requests(id).await, ["hold approved", "release approved"]);

        let id = app.ordered(hold_params(HUMO, &token)).await;
        app.cancel_at_humo(id).await;
        app.clock.advance_ms(HOLD_LIFETIME_MS);
        assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 1);
        assert_eq!(app.status(id).await, "expired");
        let requests = ["hold approved", "expire approved"];
        assert_eq!(app.requests(id).await, requests);
        app.clock.advance_ms(HOLD_LIFETIME_MS);
        assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
        assert_eq!(app.requests(id).await, requests);
        assert_eq!(app.balance(HUMO).await, FULL);
        app.assert_settled().await;
    }

    /// What was captured must not be reported as held, nor as released.
    async fn a_hold_that_was_charged_at_humo_has_succeeded(app: TestApp) {
        let token = app.add_card(HUMO).await;
        for by_partner in [true, false] {
            let id = app.ordered(hold_params(HUMO, &token)).await;
            app.confirm_at_humo(id).await;
            if by_partner {
                app.fail_once(HUMO, "release", "reset_before").await;
                assert_eq!(app.call("transactions.debit.hold.cancel", the(id)).await, outcome_unknown(id));
            } else {
                app.clock.advance_ms(HOLD_LIFETIME_MS);
                assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
            }
            app.recover_after_lease().await;
            let standing = app.standing(id).await;
            assert_eq!(standing["status"], "succeeded");
            assert_eq!(HUMO.masked_result(success(&standing["result"])), success(&HUMO.taken(id)));
            assert_eq!(app.balance(HUMO).await, FULL - 500_000);
            app.result("transactions.debit.reverse", the(id)).await;
            assert_eq!(app.balance(HUMO).await, FULL);
        }
        app.assert_settled().await;
    }

    async fn a_release_that_did_not_reach_the_network_is_tried_again(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let id = app.ordered(hold_params(card, &token)).await;
            let dead = app
                .another_with(|config| config.sandbox.listen = closed_port())
                .await;
            app.clock.advance_ms(HOLD_LIFETIME_MS);
            assert_eq!(dead.running.gateway.expire_holds().await.unwrap(), 0);
            assert_eq!(app.status(id).await, "held");
            app.clock.advance_ms(60_000);
            assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 1);
            assert_eq!(app.status(id).await, "expired");
            assert_eq!(app.balance(card).await, FULL);
        }
        app.assert_settled().await;
    }

    async fn a_release_of_unknown_outcome_is_not_sent_again(app: TestApp) {
        let token = app.add_card(HUMO).await;
        let id = app.ordered(hold_params(HUMO, &token)).await;
        app.clock.advance_ms(HOLD_LIFETIME_MS);
        app.fail_once(HUMO, "release", "reset_before").await;
        assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
        assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
        assert_eq!(
            app.requests(id).await[..2],
            ["hold approved", "expire unknown"]
        );
        assert_eq!(app.status(id).await, "processing");
        app.assert_settled().await;
    }

    async fn only_one_of_two_gateways_releases_an_ended_hold(app: TestApp) {
        let token = app.add_card(HUMO).await;
        let id = app.ordered(hold_params(HUMO, &token)).await;
        let other = app.another().await;
        app.clock.advance_ms(HOLD_LIFETIME_MS);
        let (one, two) = tokio::join!(
            app.running.gateway.expire_holds(),
            other.running.gateway.expire_holds()
        );
        assert!(one.unwrap() + two.unwrap() >= 1);
        assert_eq!(app.status(id).await, "expired");
        assert_eq!(app.moves().await, ["hold 500000", "release 500000"]);
        app.assert_settled().await;
    }

    async fn a_charge_that_the_network_refuses_leaves_the_hold(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let id = app.ordered(hold_params(card, &token)).await;
            let (code, mapped) = card.refusing_code();
            let network = card.network();
            app.refuse_once(card, "capture", code).await;
            let refused = refusal(mapped, &json!({"network": network, "processingCode": code}));
            assert_eq!(
                app.call("transactions.debit.hold.charge", the(id)).await,
                refused
            );
            let standing = app.standing(id).await;
            assert_eq!(
                (&standing["status"], &standing["error"]),
                (&json!("held"), &Value::Null)
            );
            // A charge may be tried again.
            let charged = app.call("transactions.debit.hold.charge", the(id)).await;
            assert_eq!(card.masked_result(charged), success(&card.taken(id)));
            assert_eq!(
                app.requests(id).await,
                ["hold approved", "capture declined", "capture approved"]
            );
            assert_eq!(app.balance(card).await, FULL - 500_000);
        }
        app.assert_settled().await;
    }

    /// "Not found" is a question: the hold is asked for, and stands.
    async fn a_charge_that_is_not_found_leaves_a_hold_that_stands(app: TestApp) {
        for (card, code, mapped) in [(UZCARD, "-242", -32332), (UZCARD, "-208", -32332), (HUMO, "914", -32332)] {
            let token = app.add_card(card).await;
            let id = app.ordered(hold_params(card, &token)).await;
            let network = card.network();
            app.refuse_once(card, "capture", code).await;
            let refused = refusal(mapped, &json!({"network": network, "processingCode": code}));
            assert_eq!(
                app.call("transactions.debit.hold.charge", the(id)).await,
                refused
            );
            let standing = app.standing(id).await;
            assert_eq!(
                (&standing["status"], &standing["error"]),
                (&json!("held"), &Value::Null)
            );
            app.result("transactions.debit.hold.charge", the(id)).await;
        }
        app.assert_settled().await;
    }

    async fn a_charge_of_a_hold_that_stands_no_longer_ends_it(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let id = app.ordered(hold_params(card, &token)).await;
            app.free_past_the_gateway(card, id).await;
            let refused = app.call("transactions.debit.hold.charge", the(id)).await;
            let code = if card.is_humo() { "902" } else { "-242" };
            let mapped = if card.is_humo() { -32403 } else { -32332 };
            let network = card.network();
            assert_eq!(
                refused,
                refusal(mapped, &json!({"network": network, "processingCode": code}))
            );
            let standing = app.standing(id).await;
            assert_eq!(
                (&standing["status"], &standing["error"]),
                (&json!("expired"), &refused["error"])
            );
            assert_eq!(app.balance(card).await, FULL);
        }
        app.assert_settled().await;
    }

    async fn a_cancel_or_reversal_that_the_network_refuses_leaves_it_as_it_was(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let network = card.network();
            let (code, _) = card.refusing_code();
            let gone = if network == "HUMO" { "914" } else { "-242" };
            for code in [code, gone] {
                let refused = refusal(
                    -32330,
                    &json!({
                        "reason": "refused_by_network", "network": network, "processingCode": code,
                    }),
                );
                let id = app.ordered(hold_params(card, &token)).await;
                app.refuse_once(card, "release", code).await;
                assert_eq!(
                    app.call("transactions.debit.hold.cancel", the(id)).await,
                    refused
                );
                assert_eq!(app.status(id).await, "held");
                app.result("transactions.debit.hold.charge", the(id)).await;
                app.refuse_once(card, "reverse", code).await;
                assert_eq!(
                    app.call("transactions.debit.reverse", the(id)).await,
                    refused
                );
                assert_eq!(app.status(id).await, "succeeded");
                app.result("transactions.debit.reverse", the(id)).await;
            }
            assert_eq!(app.balance(card).await, FULL);
        }
        app.assert_settled().await;
    }

    async fn charge_and_cancel_exclude_one_another(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let id = app.ordered(hold_params(card, &token)).await;
            let before = app.moves().await.len();
            let calls = (0..20).map(|n| {
                let method = if n % 2 == 0 {
                    "transactions.debit.hold.charge"
                } else {
                    "transactions.debit.hold.cancel"
                };
                app.call(method, the(id))
            });
            let replies = join_all(calls).await;
            let done = replies
                .iter()
                .filter(|reply| reply.get("result").is_some())
                .count();
            assert_eq!(done, 1, "{replies:?}");
            let loser = [-32365, -32312, -32313];
            for reply in replies.iter().filter(|reply| reply.get("error").is_some()) {
                assert!(
                    loser.contains(&reply["error"]["code"].as_i64().unwrap()),
                    "{reply}"
                );
            }
            assert_eq!(app.moves().await.len(), before + 1);
        }
        app.assert_settled().await;
    }
}

fn hold_params(card: TestCard, token: &str) -> Value {
    with(debit_params(card, token, 500_000), json!({"is_hold": true}))
}

fn the(transaction_id: i64) -> Value {
    json!({"transactionId": transaction_id})
}
