//! Questions about cards that a network does not answer: partners hear one code whatever the cause is, operators find the
//! cause in the log and the figures.

pub(crate) mod log;

use rpc_schema::errors::ErrorCode;
use serde_json::{Value, json};

use test_support::proxy::Proxy;
use test_support::*;

/// One figure of `/metrics`; 0 where it is not there yet.
async fn figure(app: &TestApp, name: &str) -> i64 {
    let page = send(app.running.ops_address, HttpRequest::get("/metrics"))
        .await
        .body;
    let value = page
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0, |value| value.parse().unwrap())
}

/// A call, and the warnings under its request id.
async fn warned(app: &TestApp, method: &str, params: &Value) -> (Value, Vec<String>) {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
    let reply = app.post(body.to_string()).await;
    let request_id = reply.headers["x-request-id"].to_str().unwrap();
    (reply.json(), log::warnings_of(request_id))
}

fn unavailable(card: TestCard) -> Value {
    let code = match card.network() {
        "HUMO" => ErrorCode::HumoUnavailable,
        _ => ErrorCode::UzcardUnavailable,
    };
    refused(code, json!({"network": card.network(), "retryable": true}))
}

mostly_on_sqlite! {
    async fn what_keeps_a_network_from_answering_is_logged_once_and_counted(app: TestApp) {
        log::listen();
        for card in [UZCARD, HUMO] {
            let (network, token) = (card.network(), app.add_card(card).await);
            let questions = [
                ("p2p.recipient-info", json!({"pan": card.pan}), "info"),
                ("cards.monitoring", json!({"tokens": [token], "from": "2026-11-21", "to": "2026-11-21"}), "info"),
                ("transactions.debit", with(debit_params(card, &token, 500), json!({"force_sms_confirmation": true})), "info"),
                (
                    "cards.add",
                    json!({"pan": card.pan, "expiry": "1230", "phone": card.phone}),
                    if card == HUMO { "info" } else { "code" },
                ),
            ];
            for (kind, cause) in [
                ("drop_before", "no_answer"),
                ("reset_before", "no_answer"),
                ("http_500_before", "http_status"),
                ("garbage_before", "unreadable"),
            ] {
                for (method, params, operation) in &questions {
                    let name = format!("aloqa_unanswered_questions_total{{network=\"{network}\",cause=\"{cause}\"}}");
                    let before = figure(&app, &name).await;
                    app.fail_once(card, operation, kind).await;
                    let (reply, warnings) = warned(&app, method, params).await;
                    let shown = format!("{network} {method} {kind}: {warnings:?}");
                    assert_eq!(reply, unavailable(card), "{shown}");
                    assert_eq!(warnings.len(), 1, "{shown}");
                    assert!(warnings[0].contains(cause) && warnings[0].contains(network), "{shown}");
                    assert!(!warnings[0].contains(card.pan), "{shown}");
                    assert_eq!(figure(&app, &name).await, before + 1, "{shown}");
                }
            }
            // Nobody listens there.
            let away = app.another_with(|config| config.sandbox.listen = closed_port()).await;
            let (reply, warnings) = warned(&away, "p2p.recipient-info", &json!({"pan": card.pan})).await;
            assert_eq!(reply, unavailable(card));
            assert!(warnings.len() == 1 && warnings[0].contains("not_reached"), "{warnings:?}");
            away.running.stop().await;
        }
    }

    /// A password that was changed is told to operators, a card that is not there to nobody but the partner.
    async fn a_refusal_that_is_about_us_is_logged_and_one_about_the_card_is_not(app: TestApp) {
        log::listen();
        let params = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone});
        for (card, operation, code, cause) in [
            (HUMO, "info", "401", Some("access")),
            (HUMO, "info", "503", Some("code")),
            (HUMO, "info", "404", None),
            (UZCARD, "code", "-199", Some("access")),
            (UZCARD, "code", "-300", Some("code")),
            (UZCARD, "code", "-211", Some("code")),
            (UZCARD, "code", "-200", None),
        ] {
            app.refuse_once(card, operation, code).await;
            let params = with(params.clone(), json!({"pan": card.pan, "phone": card.phone}));
            let (reply, warnings) = warned(&app, "cards.add", &params).await;
            assert!(reply.get("error").is_some(), "{code}: {reply}");
            let kinds: Vec<bool> = warnings.iter().map(|line| cause.is_some_and(|cause| line.contains(cause))).collect();
            assert_eq!(kinds, cause.map_or(vec![], |_| vec![true]), "{code}: {warnings:?}");
        }
    }

    /// One odd row hides no others, and is told to operators. Where no row can be read, the history is not there.
    async fn an_odd_row_of_a_history_hides_no_other(app: TestApp) {
        log::listen();
        for (card, question) in [(UZCARD, "trans.history"), (HUMO, "dateFrom")] {
            let token = app.add_card(card).await;
            for amount in [301, 503] {
                app.result("transactions.debit", debit_params(card, &token, amount)).await;
            }
            let proxy = Proxy::start(app.running.sandbox_address.unwrap(), 1).await;
            let behind = app.behind(&proxy).await;
            let make_odd = |amount: i64| {
                for member in ["reqamt", "actamt", "TRAN_AMT", "AMOUNT_NET"] {
                    proxy.rewrite(question, &format!("\"{member}\":{amount},"), format!("\"{member}\":\"?\","));
                }
            };
            make_odd(301);
            let params = json!({"tokens": [token], "from": "2026-11-21", "to": "2026-11-21"});
            let (reply, warnings) = warned(&behind, "cards.monitoring", &params).await;
            let amounts: Vec<&Value> = reply["result"]["transactions"].as_array().unwrap().iter().map(|row| &row["amount"]).collect();
            assert_eq!((amounts, &reply["result"]["totalDebit"]), (vec![&json!(503)], &json!(503)), "{reply}");
            assert!(warnings.len() == 1 && warnings[0].contains("\"skipped\":1,\"read\":1"), "{warnings:?}");
            let name = format!("aloqa_skipped_history_rows_total{{network=\"{}\"}}", card.network());
            assert_eq!(figure(&behind, &name).await, 1);

            make_odd(503);
            app.clock.advance_ms(60_000);
            let (reply, warnings) = warned(&behind, "cards.monitoring", &params).await;
            assert_eq!(reply, unavailable(card));
            assert!(warnings.len() == 1 && warnings[0].contains("unreadable"), "{warnings:?}");

            // Read again once the network writes it as it should.
            proxy.rewrite_nothing();
            let (reply, warnings) = warned(&behind, "cards.monitoring", &params).await;
            assert_eq!((&reply["result"]["totalDebit"], warnings.len()), (&json!(804), 0), "{reply}");
            app.clock.advance_ms(-60_000);
            behind.running.stop().await;
        }
    }
}
