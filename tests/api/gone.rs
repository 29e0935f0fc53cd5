//! What if the payment or hold that a call is about has ended in another way, or the answer names nothing? The network is
//! asked, and the status tells what it says (docs/contract.md#asked-at-once).

use serde_json::json;

use test_support::orders::the;
use test_support::proxy::{Fault, Proxy};
use test_support::*;

const CHARGE: &str = "transactions.debit.hold.charge";
const CANCEL: &str = "transactions.debit.hold.cancel";
const REVERSE: &str = "transactions.debit.reverse";

fn hold_params(card: TestCard, token: &str) -> serde_json::Value {
    with(debit_params(card, token, 500_000), json!({"is_hold": true}))
}

on_each_database! {
    async fn a_payment_that_its_bank_has_reversed_is_reversed(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let id = app.ordered(debit_params(card, &token, 500_000)).await;
            app.reverse_past_the_gateway(card, id).await;
            assert_eq!(app.call(REVERSE, the(id)).await, success(&json!(true)));
            assert_eq!(app.status(id).await, "reversed");
            assert_eq!(app.balance(card).await, FULL);
        }
        assert_eq!(app.moves().await, ["pay 500000", "reverse 500000", "pay 500000", "reverse 500000"]);
        app.assert_settled().await;
    }

    async fn a_hold_that_was_charged_past_us_has_succeeded(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            for method in [CHARGE, CANCEL] {
                let id = app.ordered(hold_params(card, &token)).await;
                app.charge_past_the_gateway(card, id).await;
                let reply = app.call(method, the(id)).await;
                let told = if method == CHARGE && !card.is_humo() { -32312 } else { -32330 };
                // At HUMO the payment of the hold is finished, whoever has charged it: so is our charge.
                match (method, card.is_humo()) {
                    (CHARGE, true) => assert!(reply.get("result").is_some(), "{reply}"),
                    _ => assert_eq!(reply["error"]["code"], told, "{method} {reply}"),
                }
                assert_eq!(app.status(id).await, "succeeded", "{method}");
            }
            // The same at its end, when nobody asks.
            let id = app.ordered(hold_params(card, &token)).await;
            app.charge_past_the_gateway(card, id).await;
            app.clock.advance_ms(HOLD_LIFETIME_MS);
            app.running.gateway.expire_holds().await.unwrap();
            assert_eq!(app.status(id).await, "succeeded");
            assert_eq!(app.balance(card).await, FULL - 1_500_000);
        }
        app.assert_settled().await;
    }

    async fn a_hold_that_was_freed_past_us_stands_no_longer(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            for (method, status) in [(CHARGE, "expired"), (CANCEL, "cancelled")] {
                let id = app.ordered(hold_params(card, &token)).await;
                app.free_past_the_gateway(card, id).await;
                let reply = app.call(method, the(id)).await;
                let told = reply["error"]["code"].as_i64().unwrap_or_default();
                let expected = match (method, card.is_humo()) {
                    (CHARGE, false) => -32332,
                    // HUMO's 902 leaves the charge open, until it cannot be carried out any more.
                    (CHARGE, true) => -32403,
                    _ => 0,
                };
                assert_eq!(told, expected, "{method} {reply}");
                assert_eq!(app.status(id).await, status, "{method}");
                assert_eq!(app.balance(card).await, FULL);
            }
        }
        app.assert_settled().await;
    }

    /// An empty success may be the answer to another call.
    async fn an_answer_that_names_nothing_is_no_end(app: TestApp) {
        let proxy = Proxy::start(app.running.sandbox_address.unwrap(), 1).await;
        let misled = app.another_with(|config| config.sandbox.listen = proxy.address).await;
        let token = app.add_card(HUMO).await;

        let held = app.ordered(hold_params(HUMO, &token)).await;
        proxy.script(":CancelRequest>", Fault::Nameless);
        assert_eq!(misled.call(CANCEL, the(held)).await, outcome_unknown(held));
        let paid = app.ordered(debit_params(HUMO, &token, 700)).await;
        proxy.script(":ReturnPayment>", Fault::Nameless);
        assert_eq!(misled.call(REVERSE, the(paid)).await, outcome_unknown(paid));
        assert_eq!(app.moves().await, ["hold 500000", "pay 700"]);

        app.recover_after_all().await;
        assert_eq!((app.status(held).await, app.status(paid).await), ("held".to_owned(), "succeeded".to_owned()));
        app.assert_settled().await;
        assert!(misled.running.stop().await);
    }
}
