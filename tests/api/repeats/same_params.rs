//! Which params are the same order? The members that were sent, however they are spelled.

use super::*;
use aloqa_gateway::database::Run as _;
use sea_orm::{EntityTrait as _, Set};

on_each_database! {
    async fn other_params_are_another_order(app: TestApp) {
        let (params, first, _) = ordered(&app, UZCARD, json!({"extId": "A.b_c:d-9"})).await;
        let other = app.add_card(UZCARD_2).await;
        let changes = [
            json!({"amount": 501}),
            json!({"amount": 500_000_000}),
            json!({"token": other}),
            // This comes before it is checked whether the card exists, the terminal is allowed and the amount within the
            // limits.
            json!({"token": "5f0c3a52-8a0b-4c5e-8a44-0d5c2f9e7a11"}),
            json!({"merchantId": "90002"}),
            json!({"terminalId": "92400002"}),
            json!({"is_hold": true}),
            json!({"force_sms_confirmation": true}),
            // A later version might have another default.
            json!({"is_hold": false}),
            json!({"force_sms_confirmation": false}),
        ];
        for change in changes {
            assert_eq!(
                app.call(DEBIT, with(params.clone(), change.clone())).await,
                reused("A.b_c:d-9"),
                "{change}"
            );
        }
        assert_eq!(app.call(DEBIT, params).await, first);
        assert_eq!(app.moves().await, ["pay 500"]);
    }

    async fn the_same_params_in_another_spelling(app: TestApp) {
        let order = json!({"extId": "a", "is_hold": false});
        let (params, first, _) = ordered(&app, UZCARD, order).await;
        let token = params["token"].as_str().unwrap();
        for spelled in [
            format!(
                r#"{{"extId":"a","terminalId":"92400001","merchantId":"90001","is_hold":false,"amount":500,"token":"{token}"}}"#
            ),
            format!(
                r#" {{ "token" : "{token}", "amount": 500 , "merchantId": "9000\u0031", "force_sms_confirmation": null,
                "terminalId": "92400001", "is\u005fhold" :false, "extId":"\u0061" }} "#
            ),
        ] {
            let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{DEBIT}","params":{spelled}}}"#);
            assert_eq!(app.post(body).await.json(), first, "{spelled}");
        }
        let left_out = with(params, json!({"is_hold": null}));
        assert_eq!(app.call(DEBIT, left_out).await, reused("a"));
        assert_eq!(app.moves().await, ["pay 500"]);
    }

    /// Version 0.1 stored a fingerprint of all members that it knew, those that were left out with their defaults.
    async fn an_order_of_version_0_1(app: TestApp) {
        let (params, first, id) = ordered(&app, UZCARD, json!({"extId": "a"})).await;
        let token = params["token"].as_str().unwrap();
        let stored = format!(
            r#"{{"token":"{token}","amount":500,"merchantId":"90001","terminalId":"92400001","is_hold":false,"#
        ) + r#""force_sms_confirmation":false,"extId":"a"}"#;
        store_fingerprint(&app, id, DEBIT, &stored).await;
        for more in [
            json!({}),
            json!({"is_hold": false}),
            json!({"is_hold": null, "force_sms_confirmation": false}),
        ] {
            let repeat = with(params.clone(), more);
            assert_eq!(app.call(DEBIT, repeat.clone()).await, first, "{repeat}");
        }
        for change in [json!({"amount": 501}), json!({"is_hold": true})] {
            let other = with(params.clone(), change);
            assert_eq!(app.call(DEBIT, other.clone()).await, reused("a"), "{other}");
        }

        for direction in DIRECTIONS {
            let (method, payer) = (direction.method, direction.from);
            let token = app.add_card(payer).await;
            let ext_id = method.replace('.', "-");
            let coded = json!({"extId": ext_id, "force_sms_confirmation": true});
            let params = with(direction.params(&token, 500_000), coded);
            let first = app.call(method, params.clone()).await;
            let id = first["result"]["transactionId"].as_i64().unwrap();
            let (pan, expiry) = (direction.to.pan, "3012");
            let stored = format!(
                r#"{{"token":"{token}","pan":"{pan}","expiry":"{expiry}","amount":500000,"force_sms_confirmation":true,"#
            ) + &format!(r#""extId":"{ext_id}"}}"#);
            store_fingerprint(&app, id, method, &stored).await;
            assert_eq!(app.call(method, params.clone()).await, first);
            let other = with(params, json!({"amount": 500_001}));
            assert_eq!(app.call(method, other).await, reused(&ext_id));
        }
        assert_eq!(app.moves().await, ["pay 500"]);
    }
}

fn reused(ext_id: &str) -> Value {
    refusal(
        -32401,
        &json!({"reason": "ext_id_reused", "field": "extId", "extId": ext_id}),
    )
}

/// Stores the fingerprint that version 0.1 took of these params.
async fn store_fingerprint(app: &TestApp, id: i64, method: &str, params: &str) {
    let gateway = &app.running.gateway;
    let mac = gateway
        .vault
        .fingerprint(&[method.as_bytes(), params.as_bytes()]);
    let tx = gateway.database.write().await.unwrap();
    let change = entity::transaction::ActiveModel {
        id: Set(entity::ids::TransactionId(id)),
        fingerprint: Set(Some(mac.to_vec())),
        ..Default::default()
    };
    entity::transaction::Entity::update(change)
        .run(&*tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}
