//! Every example of the OpenRPC document is made at a gateway, and answered as it shows: a result with the same members of
//! the same types, an error word for word.
//!
//! The examples speak of cards and transactions by the names in `rpc_schema::examples`. Each is prepared here, and its real
//! name sent in its place. `tests/openrpc` judges the replies by their schemas; they are left in `target/tmp/replies.json`.

use rpc_schema::examples::*;
use rpc_schema::method::Method as _;
use rpc_schema::method::MethodDef;
use rpc_schema::methods::METHODS;
use rpc_schema::methods::discover::Discover;
use sandbox::{Network, Outcome};
use serde_json::{Value, json};

use test_support::*;

/// Params whose values name something that must be prepared.
const NAMES: [&str; 5] = ["token", "tokens", "cardId", "transactionId", "id"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_example_is_answered_as_it_shows() {
    let methods = METHODS.iter().map(|method| async move {
        let mut replies = Vec::new();
        for example in (method.examples)() {
            let reply = reply(method, &example.params).await;
            let shown = shape(&example.result);
            assert_eq!(
                shape(&as_much_as(method, &example.result, &reply["result"])),
                shown,
                "{}, {}: {reply}",
                method.name,
                example.name
            );
            replies.push(json!({ "method": method.name, "example": example.name, "reply": reply }));
        }
        for example in (method.error_examples)() {
            let mut reply = reply(method, &example.params).await;
            let mut shown = example.error();
            for error in [&mut reply["error"], &mut shown] {
                // It was not known when the example was written.
                if let Some(id) = error.pointer_mut("/data/transactionId") {
                    assert!(id.take().is_i64(), "{}", method.name);
                }
            }
            assert_eq!(reply["error"], shown, "{}, {}", method.name, example.name);
            if let Some(id) = reply.pointer_mut("/error/data/transactionId") {
                *id = json!(LOST_DEBIT);
            }
            replies.push(json!({ "method": method.name, "example": example.name, "reply": reply }));
        }
        replies
    });
    let replies: Vec<Value> = join_all(methods).await.concat();
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/replies.json");
    std::fs::write(path, json!(replies).to_string()).unwrap();
}

/// The reply of a gateway of its own.
async fn reply(method: &MethodDef, params: &Value) -> Value {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let mut params = params.clone();
    if method.name == "transactions.get" && params["extId"] == EXT_ID {
        let token = app.add_card(HUMO).await;
        let order = with(debit_params(HUMO, &token, 500), json!({ "extId": EXT_ID }));
        app.result("transactions.debit", order).await;
    }
    if method.name == "cards.monitoring" {
        app.fill_history(HUMO, 3, "2023-08-28", "2023-08-29").await;
    }
    for (name, value) in params.as_object_mut().unwrap() {
        if !NAMES.contains(&name.as_str()) {
            continue;
        }
        match value {
            Value::Array(values) => {
                for value in values {
                    *value = real(&app, value).await;
                }
            }
            one => *one = real(&app, one).await,
        }
    }
    app.call_with_headers(&[("lang", "en")], method.name, params)
        .await
}

/// What an example's name stands for, prepared at `app`.
async fn real(app: &TestApp, name: &Value) -> Value {
    match name {
        Value::String(text) => match text.as_str() {
            UZCARD_TOKEN => json!(app.add_card(UZCARD).await),
            HUMO_TOKEN => json!(app.add_card(HUMO).await),
            EMPTY_TOKEN => {
                let card = TestCard::forcing(Network::Uzcard, Outcome::InsufficientFunds);
                json!(app.add_card(card).await)
            }
            LOST_TOKEN => {
                let token = app.add_card(UZCARD).await;
                app.fail_once(UZCARD, "pay", "drop_after").await;
                json!(token)
            }
            BEGUN_CARD => {
                let params = json!({"pan": UZCARD.pan, "expiry": "3012", "processingType": "UZCARD", "phoneNumber": UZCARD.phone});
                app.result("cards.attach", params).await["cardId"].take()
            }
            OPERATION => {
                let token = app.add_card(HUMO).await;
                app.fill_history(HUMO, 1, "2023-08-28", "2023-08-29").await;
                let params = json!({"tokens": [token], "from": "2023-08-28", "to": "2023-08-29"});
                let mut history = app.result("cards.monitoring", params).await;
                history["transactions"][0]["_id"].take()
            }
            UNKNOWN_OPERATION => name.clone(),
            other => panic!("{other}: an example may speak only of rpc_schema::examples"),
        },
        number => match number.as_i64().unwrap() {
            BEGUN_ADDITION => {
                let params = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone});
                app.result("cards.add", params).await["transactionId"].take()
            }
            AWAITED_DEBIT => ordered(app, HUMO, json!({"force_sms_confirmation": true})).await,
            AWAITED_HOLD => {
                ordered(
                    app,
                    UZCARD,
                    json!({"is_hold": true, "force_sms_confirmation": true}),
                )
                .await
            }
            DONE_DEBIT => ordered(app, UZCARD, json!({})).await,
            HELD => ordered(app, UZCARD, json!({"is_hold": true})).await,
            CHARGED_HOLD => finished(app, "transactions.debit.hold.charge").await,
            CANCELLED_HOLD => finished(app, "transactions.debit.hold.cancel").await,
            AWAITED_TRANSFER => {
                let token = app.add_card(HUMO).await;
                let params = json!({
                    "token": token, "pan": UZCARD.pan, "expiry": "3012", "amount": 500_000, "force_sms_confirmation": true,
                });
                app.result("p2p.humo2uzcard", params).await["transactionId"].take()
            }
            UNKNOWN_TRANSACTION => number.clone(),
            other => panic!("{other}: an example may speak only of rpc_schema::examples"),
        },
    }
}

async fn ordered(app: &TestApp, card: TestCard, more: Value) -> Value {
    let token = app.add_card(card).await;
    let params = with(debit_params(card, &token, 500_000), more);
    app.result("transactions.debit", params).await["transactionId"].take()
}

async fn finished(app: &TestApp, method: &str) -> Value {
    let id = ordered(app, UZCARD, json!({"is_hold": true})).await;
    app.result(method, json!({ "transactionId": id })).await;
    id
}

/// The real result, as far as the example goes: of a list one entry, as all of them are alike, and of the document only the
/// members that the example shows.
fn as_much_as(method: &MethodDef, shown: &Value, real: &Value) -> Value {
    match (shown, real) {
        (Value::Object(shown), Value::Object(members)) => members
            .iter()
            .filter(|(name, _)| method.name != Discover::NAME || shown.contains_key(*name))
            .map(|(name, member)| {
                let like = shown.get(name).unwrap_or(&Value::Null);
                (name.clone(), as_much_as(method, like, member))
            })
            .collect(),
        (Value::Array(shown), Value::Array(entries)) => {
            let first = entries.first().map(shape);
            if method.name != Discover::NAME {
                assert!(entries.iter().all(|entry| Some(shape(entry)) == first));
            }
            entries.iter().take(shown.len()).cloned().collect()
        }
        (_, real) => real.clone(),
    }
}
