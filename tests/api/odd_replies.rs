//! Networks whose HTTP is old or odd: what is read of it, and what stays unknown? And what they are sent.

use serde_json::json;

use aloqa_gateway::config::{Config, SoapAction, SoapActions};
use test_support::orders::AMOUNT;
use test_support::proxy::{Proxy, Shape};
use test_support::*;

/// The call by which each network takes money.
fn pays(card: TestCard) -> &'static str {
    match card.is_humo() {
        true => ":Payment>",
        false => "trans.pay.purpose",
    }
}

async fn behind(app: &TestApp, adjust: impl FnOnce(&mut Config)) -> (Proxy, TestApp) {
    let proxy = Proxy::start(app.running.sandbox_address.unwrap(), 1).await;
    let gateway = app.another_with(|config| {
        config.sandbox.listen = proxy.address;
        adjust(config);
    });
    let gateway = gateway.await;
    (proxy, gateway)
}

on_each_database! {
    async fn what_is_whole_is_an_answer_in_any_shape(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let (refusing, mapped) = card.refusing_code();
            let (proxy, gateway) = behind(&app, |_| {}).await;
            for shape in Shape::READABLE {
                proxy.reshape(pays(card), Some(shape));
                let balance = app.balance(card).await;
                let reply = gateway.call("transactions.debit", debit_params(card, &token, AMOUNT)).await;
                let id = app.last_transaction().await.id.0;
                assert_eq!(card.masked_result(reply), success(&card.taken(id)), "{card:?} {shape:?}");
                assert_eq!(app.balance(card).await, balance - AMOUNT, "{card:?} {shape:?}");
                // A refusal is one, too: at HUMO with HTTP 500.
                app.refuse_once(card, "pay", refusing).await;
                let refused = gateway.call("transactions.debit", debit_params(card, &token, AMOUNT)).await;
                let data = json!({"network": card.network(), "processingCode": refusing});
                assert_eq!(refused, refusal(mapped, &data), "{card:?} {shape:?}");
            }
        }
        app.assert_settled().await;
    }

    async fn what_is_cut_or_endless_is_unknown_and_looked_up(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let (proxy, gateway) = behind(&app, |_| {}).await;
            for shape in Shape::UNREADABLE {
                let shown = format!("{}-{shape:?}", card.network());
                proxy.reshape(pays(card), Some(shape));
                let balance = app.balance(card).await;
                let params = with(debit_params(card, &token, AMOUNT), json!({"extId": shown}));
                let reply = gateway.call("transactions.debit", params).await;
                let id = app.row_of(&shown).await.id.0;
                assert_eq!(reply, outcome_unknown(id), "{shown}");
                assert_eq!(app.requests(id).await, ["pay unknown"], "{shown}");
                assert_eq!(app.balance(card).await, balance - AMOUNT, "{shown}");
                proxy.reshape(pays(card), None);
                gateway.recover_after_all().await;
                // Of a sale HUMO has only blocked the money, which is freed.
                let (status, taken) = if card.is_humo() { ("declined", 0) } else { ("succeeded", AMOUNT) };
                assert_eq!(app.status(id).await, status, "{shown}");
                assert_eq!(app.balance(card).await, balance - taken, "{shown}");
            }
        }
        app.assert_settled().await;
    }

    /// A card may have more holds than a reply usually has rows.
    async fn a_lost_hold_is_found_in_a_long_list(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        for (limit, found) in [(16 * 1024, false), (1024 * 1024, true)] {
            let (proxy, gateway) = behind(&app, |config| config.uzcard.route.reply_limit_bytes = limit).await;
            let list = format!("\"padding\":\"{}\",\"result\":", "x".repeat(200_000));
            proxy.rewrite("hold.get.cardId", "\"result\":", list);
            app.fail_once(UZCARD, "hold", "reset_after").await;
            let ext_id = limit.to_string();
            let params = with(debit_params(UZCARD, &token, AMOUNT), json!({"is_hold": true, "extId": ext_id}));
            let reply = gateway.call("transactions.debit", params).await;
            let id = app.row_of(&ext_id).await.id.0;
            assert_eq!(reply, outcome_unknown(id));
            gateway.recover_after_all().await;
            assert_eq!(app.status(id).await, if found { "held" } else { "processing" }, "{limit}");
            gateway.running.stop().await;
            app.recover_after_all().await;
            assert_eq!(app.status(id).await, "held", "{limit}");
        }
        app.assert_settled().await;
    }
}

mostly_on_sqlite! {
    /// Cards, messages, histories, receipts.
    async fn every_server_may_write_in_any_shape(app: TestApp) {
        for shape in Shape::READABLE {
            let (proxy, gateway) = behind(&app, |_| {}).await;
            proxy.reshape("", Some(shape));
            let receipts = app.receipts().await.len();
            for card in [UZCARD, HUMO] {
                let token = gateway.add_card(card).await;
                let sent = app.messages(card.phone).await.len();
                let coded = with(debit_params(card, &token, 500), json!({"force_sms_confirmation": true}));
                let begun = gateway.result("transactions.debit", coded).await;
                assert_eq!(begun["phone"], card.phone, "{shape:?}");
                assert_eq!(app.messages(card.phone).await.len(), sent + 1, "{shape:?}");
                let told = gateway.result("p2p.recipient-info", json!({"pan": card.pan})).await;
                assert_ne!(told["name"], "", "{shape:?}");
            }
            let token = gateway.add_card(UZCARD).await;
            gateway.transferred(UZCARD_TO_UZCARD, UZCARD_TO_UZCARD.params(&token, AMOUNT)).await;
            assert_eq!(app.receipts().await.len(), receipts + 1, "{shape:?}");
            gateway.running.stop().await;
        }
    }

    async fn the_header_soap_action_says_what_is_set(app: TestApp) {
        // As one client sends them: its own words for some operations, also on another one's calls.
        let own = SoapActions {
            payment: Some("payment".to_owned()),
            request: Some("payment".to_owned()),
            cancel_request: Some("\"urn:ReturnPayment\"".to_owned()),
            ..SoapActions::default()
        };
        let operations = ["Payment", "Request", "CancelRequest", "ReturnPayment", "GetPayment"];
        let quoted = operations.map(|operation| format!("\"{operation}\""));
        let quoted = [0, 1, 2, 3, 4].map(|n| Some(quoted[n].as_str()));
        for (form, texts, expected) in [
            (SoapAction::None, SoapActions::default(), [None; 5]),
            (SoapAction::Empty, SoapActions::default(), [Some(""); 5]),
            (SoapAction::QuotedEmpty, SoapActions::default(), [Some("\"\""); 5]),
            (SoapAction::Operation, SoapActions::default(), operations.map(Some)),
            (SoapAction::QuotedOperation, SoapActions::default(), quoted),
            (
                SoapAction::None,
                own,
                [Some("payment"), Some("payment"), Some("\"urn:ReturnPayment\""), None, None],
            ),
        ] {
            let (proxy, gateway) = behind(&app, |config| {
                config.humo.soap_action = form;
                config.humo.soap_actions = texts;
            }).await;
            proxy.heard();
            let token = gateway.add_card(HUMO).await;
            let debit = debit_params(HUMO, &token, AMOUNT);
            let id = gateway.ordered(debit.clone()).await;
            gateway.result("transactions.debit.reverse", json!({"transactionId": id})).await;
            let held = gateway.ordered(with(debit.clone(), json!({"is_hold": true}))).await;
            gateway.result("transactions.debit.hold.cancel", json!({"transactionId": held})).await;
            gateway.transferred(HUMO_TO_HUMO, HUMO_TO_HUMO.params(&token, AMOUNT)).await;
            let heard = proxy.heard();
            for (operation, value) in operations.iter().zip(expected) {
                let tag = format!(":{operation}>");
                let calls: Vec<_> = heard.iter().filter(|(_, body)| body.contains(&tag)).collect();
                assert!(!calls.is_empty(), "{operation}");
                for (head, _) in calls {
                    let said = head.lines().find_map(|line| line.strip_prefix("soapaction:"));
                    assert_eq!(said.map(str::trim), value, "{form:?} {operation}");
                }
            }
            gateway.running.stop().await;
        }
    }

    async fn each_call_may_have_a_connection_and_each_service_a_path(app: TestApp) {
        let (proxy, gateway) = behind(&app, |config| {
            config.uzcard.route.idle_ms = 0;
            config.humo.card_path = Some("/v3/iiacs/card?contour=2".to_owned());
            config.humo.history_path = "/v1/ws/transaction-history?contour=2".to_owned();
        }).await;
        proxy.heard();
        for card in [UZCARD, HUMO] {
            let token = gateway.add_card(card).await;
            gateway.ordered(debit_params(card, &token, 500)).await;
        }
        let heard = proxy.heard();
        let of = |path: &str| heard.iter().filter(|(head, _)| head.starts_with(&format!("POST {path}"))).collect::<Vec<_>>();
        let closes = |head: &str| head.contains("\r\nconnection: close\r\n");
        assert!(of("/uzcard ").len() > 2);
        assert!(of("/uzcard ").iter().all(|(head, _)| closes(head)), "{heard:?}");
        assert!(of("/humo/payment ").iter().all(|(head, _)| !closes(head)), "{heard:?}");
        assert!(!of("/humo/json/v3/iiacs/card?contour=2 HTTP/1.1").is_empty(), "{heard:?}");
        assert!(of("/humo/json/v3/iiacs/card HTTP/1.1").is_empty(), "{heard:?}");
    }
}
