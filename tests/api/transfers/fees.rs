//! Which fee is told of a transfer inside HUMO that was finished before its fee could be refused?

use aloqa_gateway::config::{Config, FeeFrom};
use rpc_schema::values::Network;

use super::*;
use test_support::proxy::Proxy;

use crate::comparison::{Compares as _, line, text};

/// How the sandbox names the fee that is quoted, and what it is called while the transfer waits for its confirmation.
const NAMED: &str = "<name>amount_fee</name><value>2500</value>";
const CREATED: &str = "<action>4</action>";
const FINISHED: &str = "<action>10</action>";
/// The calls, by their requests.
const CREATE: &str = "ebppif1:Request>";
const CONFIRM: &str = "ebppif1:Payment>";
const LOOK_UP: &str = "GetPayment>";

fn named(fee: &str) -> String {
    format!("<name>amount_fee</name><value>{fee}</value>")
}

/// What HUMO names, and what is told. Without a name that can be read it is the quoted fee.
const FEES: [(&str, i64); 8] = [
    ("2501", 2501),
    ("2499", 2499),
    ("0", 0),
    ("2500", 2500),
    ("2501.00", 2501),
    ("", 2500),
    ("?", 2500),
    ("-1", 2500),
];

/// What is told of the fee everywhere: in the reply, in that of a repeat, and in `transactions.get`.
async fn assert_told(app: &TestApp, reply: Value, params: Value, fee: i64) -> i64 {
    let expected = success(&HUMO_TO_HUMO.done(fee, ""));
    let ext_id = params["extId"].clone();
    let whole = reply.clone();
    assert_eq!(masked_reply(reply), expected, "{ext_id}");
    assert_eq!(app.call(HUMO_TO_HUMO.method, params).await, whole);
    let found = app
        .result("transactions.get", json!({"extId": ext_id}))
        .await;
    assert_eq!(
        (&found["fee"], &found["status"]),
        (&json!(fee), &json!("succeeded"))
    );
    assert_eq!(found["result"], whole["result"]);
    found["transactionId"].as_i64().unwrap()
}

fn masked_reply(mut reply: Value) -> Value {
    reply["result"] = HUMO_TO_HUMO.masked_result(reply["result"].take());
    reply
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_that_is_finished_by_its_creation_tells_the_fee_that_was_taken() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let proxy = Proxy::start(app.running.sandbox_address.unwrap(), 1).await;
    let by_tariff = app.behind(&proxy).await;
    let by_network = app
        .another_with(|config| {
            config.sandbox.listen = proxy.address;
            config.humo.fee_from = FeeFrom::Network;
        })
        .await;
    let token = app.add_card(HUMO).await;
    for (whose, gateway) in [("tariff", &by_tariff), ("network", &by_network)] {
        for (told, fee) in FEES {
            proxy.rewrite(CREATE, NAMED, named(told));
            proxy.rewrite(CREATE, CREATED, FINISHED);
            let order = json!({"extId": format!("{whose}-{}", told.replace('?', "x"))});
            let params = with(HUMO_TO_HUMO.params(&token, AMOUNT), order);
            let reply = gateway.call(HUMO_TO_HUMO.method, params.clone()).await;
            let id = assert_told(gateway, reply, params, fee).await;

            // The comparison sees whether that was the fee.
            for (in_the_books, shown) in [(told, fee), ("2502", 2502)] {
                proxy.rewrite_nothing();
                proxy.rewrite(LOOK_UP, "active", "finished");
                proxy.rewrite(LOOK_UP, NAMED, named(in_the_books));
                let behind = |config: &mut Config| config.sandbox.listen = proxy.address;
                let compared = app.compare_with(Network::Humo, behind).await.unwrap();
                let page = text(&compared);
                let row = line(&page, &format!("transaction={id} "));
                let (class, end) = match in_the_books {
                    "2502" => ("DIFFERING", format!("fee={fee}/{shown} differs=fee")),
                    "" | "?" | "-1" => ("MATCHED", format!("fee={fee}/?")),
                    _ => ("MATCHED", format!("fee={fee}/{fee}")),
                };
                assert!(
                    row.starts_with(class) && row.ends_with(&end),
                    "{told}: {row}"
                );
            }
            proxy.rewrite_nothing();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_confirmation_or_a_look_up_may_name_another_fee_too() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let proxy = Proxy::start(app.running.sandbox_address.unwrap(), 1).await;
    let behind = app.behind(&proxy).await;
    let token = app.add_card(HUMO).await;
    let order = |ext_id: &str| {
        with(
            HUMO_TO_HUMO.params(&token, AMOUNT),
            json!({"extId": ext_id}),
        )
    };
    proxy.rewrite(CONFIRM, NAMED, named("2501"));
    let reply = behind.call(HUMO_TO_HUMO.method, order("confirmed")).await;
    assert_told(&behind, reply, order("confirmed"), 2501).await;
    proxy.rewrite_nothing();

    app.fail_once(HUMO, "p2p", "reset_after").await;
    let reply = behind.call(HUMO_TO_HUMO.method, order("lost")).await;
    let id = app.row_of("lost").await.id.0;
    assert_eq!(reply, outcome_unknown(id));
    proxy.rewrite(LOOK_UP, "active", "finished");
    proxy.rewrite(LOOK_UP, NAMED, named("2501"));
    behind.recover_after_all().await;
    let reply = behind.call(HUMO_TO_HUMO.method, order("lost")).await;
    assert_told(&behind, reply, order("lost"), 2501).await;
}
