//! A transfer inside HUMO whose debit was authorised and whose credit was not: it is neither told as done nor as declined.

use super::*;
use test_support::proxy::Proxy;

/// How the sandbox says that the credit was authorised.
const APPROVED: &str = "<name>auth_action_code2</name><value>000</value></item>";

/// That it was refused, or may have been.
const REFUSED: [&str; 3] = [
    "<name>auth_action_code2</name><value>116</value></item>",
    "<name>auth_action_code2</name><value>?</value></item>",
    "<name>auth_action_code2</name><value>000</value></item>\
     <item><name>auth_action_code_final2</name><value>104</value></item>",
];

/// The calls, by their requests.
const CREATE: &str = "ebppif1:Request>";
const CONFIRM: &str = "<confirmed>true";
const LOOK_UP: &str = "GetPayment>";

on_each_database! {
    async fn a_transfer_whose_credit_was_refused_waits_for_an_operator(app: TestApp) {
        let proxy = Proxy::start(app.running.sandbox_address.unwrap(), 1).await;
        let gateway = app.behind(&proxy).await;
        let token = app.add_card(HUMO).await;
        // By the reply to which call HUMO says that the transfer was made.
        for (said, calls) in [
            ("created", &["p2p unknown"][..]),
            ("confirmed", &["p2p approved", "confirm unknown"]),
            ("found", &["p2p approved", "confirm unknown"]),
        ] {
            for (number, refused) in REFUSED.into_iter().enumerate() {
                let shown = format!("{said}-{number}");
                match said {
                    "created" => {
                        proxy.rewrite(CREATE, "<action>4</action>", "<action>10</action>");
                        proxy.rewrite(CREATE, APPROVED, refused);
                        proxy.rewrite(LOOK_UP, "active", "finished");
                    }
                    "confirmed" => proxy.rewrite(CONFIRM, APPROVED, refused),
                    _ => app.fail_once(HUMO, "confirm", "reset_after").await,
                }
                proxy.rewrite(LOOK_UP, APPROVED, refused);
                let params = with(HUMO_TO_HUMO.params(&token, AMOUNT), json!({"extId": shown}));
                let reply = gateway.call(HUMO_TO_HUMO.method, params).await;
                let id = app.row_of(&shown).await.id.0;
                assert_eq!(reply, outcome_unknown(id), "{shown}");
                gateway.recover_after_all().await;
                assert_eq!(app.status(id).await, "processing", "{shown}");
                assert_eq!(app.requests(id).await, calls, "{shown}");
                if said == "found" {
                    // HUMO says otherwise in the end.
                    proxy.rewrite_nothing();
                }
                while app.status(id).await == "processing" {
                    let next = app.request_rows(id).await.pop().unwrap().next_check_at;
                    app.clock.advance_ms(next.0 - app.now());
                    gateway.recover().await;
                }
                let ended = if said == "found" { "succeeded" } else { "manual" };
                assert_eq!(app.status(id).await, ended, "{shown}");
                proxy.rewrite_nothing();
            }
        }
        app.assert_settled().await;
    }
}
