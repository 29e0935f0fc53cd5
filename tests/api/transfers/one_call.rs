//! Transfers from UZCARD to HUMO that SVGate carries out in one call (`uzcard.p2p_to_humo = "pan"`).

use aloqa_gateway::config::{Config, P2pToHumo, UzcardAccount};
use aloqa_gateway::database::Connection as _;
use aloqa_gateway::partners::{self, PartnerAccounts, PartnerChange};
use entity::transfer::Legs;
use rpc_schema::values::Network;

use super::*;
use crate::comparison::{Compares as _, matched, text};
use crate::transfer_refusals::sender;
use test_support::refused_calls::sender_details_required;

const DIRECTION: Direction = UZCARD_TO_HUMO_IN_ONE_CALL;
/// The day on which the tests' clock begins.
const TODAY: &str = "2026-11-21";

type Setting = fn(&mut Config);
/// The calls of a transfer, each with its state.
type Requests = &'static [&'static str];

fn in_one_call(config: &mut Config) {
    DIRECTION.adjust(config);
}

fn in_two_legs(config: &mut Config) {
    config.uzcard.p2p_to_humo = P2pToHumo::TwoLegs;
}

fn params(token: &str, ext_id: &str) -> Value {
    with(DIRECTION.params(token, AMOUNT), json!({"extId": ext_id}))
}

async fn in_one_call_on(kind: DatabaseKind) -> TestApp {
    TestApp::with(kind, in_one_call).await.unwrap()
}

on_each_database! {
    async fn the_card_of_humo_gets_the_money_in_one_call(app: TestApp) {
        let app = in_one_call_on(app.kind).await;
        let [token, humo] = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
        let totals = app.totals().await;
        for (round, with_code) in [(1, false), (2, true)] {
            let order = with(params(&token, &format!("order-{round}")), json!({"force_sms_confirmation": with_code}));
            let reply = match with_code {
                false => app.call(DIRECTION.method, order.clone()).await,
                true => {
                    let id = app.transferred(DIRECTION, order.clone()).await;
                    app.call("p2p.confirm", right_code(id)).await
                }
            };
            let id = app.last_transaction().await.id.0;
            let url = app.receipt_url(id).await;
            assert_eq!(DIRECTION.masked_result(reply.clone()), success(&DIRECTION.done(FEE, &url)));
            assert_eq!(app.standing(id).await["result"], reply["result"]);
            assert_eq!(app.call(DIRECTION.method, order).await, reply);
            assert_eq!(app.requests(id).await, ["p2p approved"]);
            assert_eq!(app.transfer_row(id).await.legs, Some(Legs::One));
            assert_eq!(app.balance(UZCARD).await, FULL - round * (AMOUNT + FEE));
            assert_eq!(app.balance(HUMO).await, FULL + round * AMOUNT);
        }
        assert_eq!(app.moves().await, ["p2p 500000", "p2p 500000"]);
        let after = app.totals().await;
        assert_eq!(after["total"], totals["total"]);
        // The fee is SVGate's, as inside UZCARD.
        assert_eq!(after["fees"], json!(totals["fees"].as_i64().unwrap() + 2 * FEE));
        for (token, member, sum) in [(&token, "totalDebit", 2 * (AMOUNT + FEE)), (&humo, "totalCredit", 2 * AMOUNT)] {
            let day = json!({"tokens": [token], "from": TODAY, "to": TODAY});
            assert_eq!(app.result("cards.monitoring", day).await[member], json!(sum));
        }
        app.assert_settled().await;
        // UZCARD's book has both, with their fees, and HUMO's none of ours.
        for (network, rows) in [(Network::Uzcard, 2), (Network::Humo, 0)] {
            let compared = app.compare(network, TODAY).await;
            assert_eq!(compared.counts(), matched(rows), "{}", text(&compared));
        }
    }

    /// HUMO describes the card as before, where it is there.
    async fn what_humo_says_of_the_card_counts(app: TestApp) {
        let app = in_one_call_on(app.kind).await;
        let token = app.add_card(UZCARD).await;
        let rows = app.transaction_count().await;
        let blocked = DIRECTION.to(TestCard::forcing(sandbox::Network::Humo, sandbox::Outcome::Blocked));
        let refused = app.error(DIRECTION.method, blocked.params(&token, AMOUNT)).await;
        assert_eq!((&refused["code"], &refused["data"]["network"]), (&json!(-32408), &json!("HUMO")));
        let wrong = with(DIRECTION.params(&token, AMOUNT), json!({"expiry": "3011"}));
        assert_eq!(app.error(DIRECTION.method, wrong).await["data"]["field"], "expiry");
        assert_eq!(app.transaction_count().await, rows);
        assert_eq!(app.moves().await, [""; 0]);
    }

    /// A code is confirmed, a lost call looked up, and an open transfer ended in the way in which it was ordered.
    async fn what_was_ordered_counts_whatever_the_setting_is_since(app: TestApp) {
        let ways: [(Setting, Setting, &str, Requests, &str, Requests); 2] = [
            (in_one_call, in_two_legs, "p2p", &["p2p approved"], "succeeded", &["p2p approved"]),
            (
                in_two_legs, in_one_call, "pay", &["pay approved", "credit approved"],
                "declined", &["pay approved", "reverse approved"],
            ),
        ];
        for (ordered, since, first, confirmed, found, after) in ways {
            let app = TestApp::with(app.kind, ordered).await.unwrap();
            let token = app.add_card(UZCARD).await;
            let coded = with(params(&token, "coded"), json!({"force_sms_confirmation": true}));
            let coded = app.transferred(DIRECTION, coded).await;
            let mut lost = Vec::new();
            for (kind, ext_id) in [("reset_after", "carried out"), ("reset_before", "lost")] {
                app.fail_once(UZCARD, first, kind).await;
                app.error(DIRECTION.method, params(&token, &ext_id.replace(' ', "-"))).await;
                lost.push(app.last_transaction().await.id.0);
            }
            let app = app.restarted_after(async |config| since(config)).await;
            app.result("p2p.confirm", right_code(coded)).await;
            assert_eq!(app.requests(coded).await, confirmed, "{first}");
            app.recover_after_all().await;
            assert_eq!((app.status(lost[0]).await.as_str(), app.requests(lost[0]).await), (found, words(after)), "{first}");
            assert_eq!((app.status(lost[1]).await.as_str(), app.requests(lost[1]).await), ("declined", words(&[&format!("{first} declined")])));
            // What is ordered from now on follows the setting.
            app.result(DIRECTION.method, params(&token, "new")).await;
            let new = app.last_transaction().await.id.0;
            assert_ne!(app.requests(new).await, confirmed, "{first}");
            app.assert_settled().await;
        }
    }

    /// Rows of earlier versions do not say it.
    async fn a_row_that_does_not_say_it_has_two_legs_between_the_networks_and_one_inside(app: TestApp) {
        let ways = [(UZCARD_TO_HUMO, "pay", "declined"), (UZCARD_TO_UZCARD, "p2p", "succeeded")];
        let token = app.add_card(UZCARD).await;
        let mut lost = Vec::new();
        for (direction, first, _) in ways {
            app.fail_once(UZCARD, first, "reset_after").await;
            app.error(direction.method, direction.params(&token, AMOUNT)).await;
            lost.push(app.last_transaction().await.id.0);
        }
        app.running.gateway.database.run_sql("UPDATE transfer SET legs = NULL").await.unwrap();
        let app = app.restarted_after(async |config| in_one_call(config)).await;
        app.recover_after_all().await;
        for (id, (direction, _, status)) in lost.into_iter().zip(ways) {
            assert_eq!(app.status(id).await, status, "{}", direction.method);
        }
        app.assert_settled().await;
    }

    async fn from_the_amount_that_needs_the_senders_details_on_it_has_two_legs(app: TestApp) {
        for details in [false, true] {
            let app = TestApp::with(app.kind, |config| {
                in_one_call(config);
                config.transfers.sender_required_from = AMOUNT;
                config.transfers.sender = details.then(sender);
            }).await.unwrap();
            let token = app.add_card(UZCARD).await;
            let below = app.transferred(DIRECTION, DIRECTION.params(&token, AMOUNT - 1)).await;
            assert_eq!(app.requests(below).await, ["p2p approved"]);
            let reply = app.call(DIRECTION.method, DIRECTION.params(&token, AMOUNT)).await;
            if details {
                let id = app.last_transaction().await.id.0;
                assert_eq!(app.requests(id).await, ["pay approved", "credit approved"], "{reply}");
                assert_eq!(app.transfer_row(id).await.legs, Some(Legs::Two));
            } else {
                assert_eq!(reply, sender_details_required(AMOUNT));
            }
            app.assert_settled().await;
        }
    }

    /// The account under which the card pays decides, and what is not said there stands outside.
    async fn an_account_has_a_way_of_its_own(app: TestApp) {
        for (outside, own, requests) in [
            (P2pToHumo::TwoLegs, Some(P2pToHumo::Pan), vec!["p2p approved"]),
            (P2pToHumo::Pan, Some(P2pToHumo::TwoLegs), vec!["pay approved", "credit approved"]),
            (P2pToHumo::Pan, None, vec!["p2p approved"]),
        ] {
            let app = TestApp::with(app.kind, |config| {
                config.uzcard.p2p_to_humo = outside;
                let bank2 = UzcardAccount { p2p_to_humo: own, ..UzcardAccount::default() };
                config.uzcard.accounts = [("bank2".to_owned(), bank2)].into();
            }).await.unwrap();
            let moved = PartnerChange {
                accounts: PartnerAccounts { uzcard: Some("bank2".to_owned()), humo: None },
                ..PartnerChange::default()
            };
            partners::set(&app.running.gateway.database, "demo", moved).await.unwrap();
            let token = app.add_card(UZCARD).await;
            let id = app.transferred(DIRECTION, DIRECTION.params(&token, AMOUNT)).await;
            assert_eq!(app.requests(id).await, requests, "{outside:?} {own:?}");
        }
    }
}

fn words(all: &[&str]) -> Vec<String> {
    all.iter().map(|&word| word.to_owned()).collect()
}
