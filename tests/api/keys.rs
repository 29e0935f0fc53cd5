//! The key that encrypts changes while gateways serve.

use std::fs;
use std::path::PathBuf;

use aloqa_gateway::database::{Fetch as _, Run as _};
use aloqa_gateway::gateway::Gateway;
use aloqa_gateway::key_rotation::{Forged, Rotation, RotationError};
use aloqa_gateway::random::SystemRandom;
use aloqa_gateway::repository::sealed::{Column, Value, count};
use aloqa_gateway::vault::Vault;
use entity::{card, partner};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;

use test_support::*;

fn rotation(gateway: &Gateway) -> Rotation<'_> {
    Rotation {
        database: &gateway.database,
        vault: &gateway.vault,
        random: gateway.random.as_ref(),
        clock: gateway.clock.as_ref(),
    }
}

/// What the gateway does by itself every two seconds.
async fn follow(app: &TestApp) {
    let gateway = &app.running.gateway;
    let now = gateway.clock.now();
    let follow = gateway.keys.follow(&gateway.database, &gateway.vault, now);
    follow.await.unwrap();
}

/// Encrypts anew, at most so many batches.
async fn go_on(gateway: &Gateway, mut steps: usize) -> (u64, Vec<Forged>) {
    let (mut done, mut forged) = (0, Vec::new());
    for column in Column::ALL {
        let mut after: Option<Value> = None;
        while steps > 0 {
            let rotation = rotation(gateway);
            let step = rotation.step(column, after.as_ref(), &mut done, &mut forged);
            let Some(last) = step.await.unwrap() else {
                break;
            };
            after = Some(last);
            steps -= 1;
        }
    }
    (done, forged)
}

async fn encrypted_with(gateway: &Gateway, key: &str) -> u64 {
    let mut all = 0;
    for column in Column::ALL {
        all += count(&*gateway.database, column, key).await.unwrap();
    }
    all
}

fn key_file(app: &TestApp) -> PathBuf {
    app.config.vault.key_file.clone().unwrap()
}

fn change_file(path: &PathBuf, change: impl FnOnce(&mut serde_json::Value)) {
    let mut file = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    change(&mut file);
    fs::write(path, file.to_string()).unwrap();
}

on_each_database! {
    async fn a_rotation_leaves_no_row_behind_and_fails_no_call(app: TestApp) {
        let uzcard = app.add_card(UZCARD).await;
        let humo = app.add_card(HUMO).await;
        let forced = json!({"force_sms_confirmation": true});
        let sender = json!({"sender": {
            "firstName": "Gulnora", "lastName": "Karimova", "birthDate": "1996-02-29", "pinfl": "42902960000017",
            "documentType": "006", "documentNumber": "AD7654321", "documentValidTo": "2031-05-04",
        }});
        let waiting = app.ordered(with(debit_params(HUMO, &humo, 500), forced.clone())).await;
        let transfer = app.result(UZCARD_TO_HUMO.method, with(with(UZCARD_TO_HUMO.params(&uzcard, 100_000), forced), sender)).await;
        let transfer = transfer["transactionId"].as_i64().unwrap();
        let gateway = &app.running.gateway;
        let rotation = rotation(gateway);
        let refused = rotation.make_current("k2").await.unwrap_err();
        assert!(matches!(refused, RotationError::NoSuchKey(_)), "{refused}");

        Vault::add_key(&key_file(&app), "k2", &SystemRandom).unwrap();
        follow(&app).await;
        let before = encrypted_with(gateway, "k1").await;
        // Two cards with their attachments, a recipient and a sender.
        assert_eq!(before, 6);
        rotation.make_current("k2").await.unwrap();
        // What is stored from now on has the new key, and all can be read.
        app.result("transactions.debit", debit_params(UZCARD, &uzcard, 500)).await;
        let refused = rotation.retire("k1").await.unwrap_err();
        assert!(matches!(refused, RotationError::StillUsed { .. }), "{refused}");
        let refused = rotation.retire("k2").await.unwrap_err();
        assert!(matches!(refused, RotationError::IsCurrent(_)), "{refused}");
        // Killed after a step, it goes on where it was; calls are made all the while.
        let (first, _) = go_on(gateway, 1).await;
        app.result("transactions.debit", debit_params(HUMO, &humo, 500)).await;
        let (rest, forged) = go_on(gateway, usize::MAX).await;
        assert_eq!((first + rest, forged), (before, Vec::new()));
        assert_eq!(encrypted_with(gateway, "k1").await, 0);
        assert_eq!(encrypted_with(gateway, "k2").await, before);
        rotation.retire("k1").await.unwrap();
        // The key files may lose it.
        change_file(&key_file(&app), |file| {
            file["keys"].as_object_mut().unwrap().remove("k1");
            file["current"] = json!("k2");
        });
        follow(&app).await;
        // The one that serves keeps it, and a new one does without it.
        assert_eq!(gateway.vault.key_ids(), ["k1", "k2"]);
        app.result("transactions.debit.confirm", right_code(waiting)).await;
        let app = app.restarted().await;
        assert_eq!(app.running.gateway.vault.key_ids(), ["k2"]);
        app.result("p2p.confirm", right_code(transfer)).await;
        app.result("transactions.debit", debit_params(UZCARD, &uzcard, 500)).await;
        app.assert_settled().await;
    }
}

#[tokio::test]
async fn a_number_that_was_moved_to_another_partner_opens_for_nobody() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let token = app.add_card(UZCARD).await;
    let thief = app.add_partner("thief", &["*"]).await;
    let gateway = &app.running.gateway;
    let db = &*gateway.database;
    let row = card::Entity::find().fetch_one(db).await.unwrap().unwrap();
    let other = partner::Entity::find().filter(partner::Column::Name.eq("thief"));
    let other = other.fetch_one(db).await.unwrap().unwrap();
    card::Entity::update_many()
        .col_expr(card::Column::PartnerId, Expr::value(other.id))
        .filter(card::Column::Id.eq(row.id))
        .run(db)
        .await
        .unwrap();
    let params = debit_params(UZCARD, &token, 500);
    let reply = app.call_as(&thief, "transactions.debit", params).await;
    assert_eq!(reply["error"]["code"], -32334, "{reply}");
    assert_eq!(app.moves().await, Vec::<String>::new());
    // A rotation leaves it alone, and says so.
    Vault::add_key(&key_file(&app), "k2", &SystemRandom).unwrap();
    follow(&app).await;
    rotation(gateway).make_current("k2").await.unwrap();
    let (_, forged) = go_on(gateway, usize::MAX).await;
    let named = Forged {
        column: "cards",
        row: format!("card {}", row.id),
    };
    assert_eq!(forged, [named]);
}

#[tokio::test]
async fn a_gateway_without_the_key_keeps_it_from_being_used() {
    let Some(app) = TestApp::on(DatabaseKind::Postgres).await else {
        return;
    };
    let own = app.directory().join("other.keys");
    fs::copy(key_file(&app), &own).unwrap();
    let other = app.another_with(|config| config.vault.key_file = Some(own.clone()));
    let other = other.await;
    let token = app.add_card(UZCARD).await;
    for one in [&app, &other] {
        follow(one).await;
    }
    Vault::add_key(&key_file(&app), "k2", &SystemRandom).unwrap();
    follow(&app).await;
    let refused = rotation(&app.running.gateway).make_current("k2").await;
    let refused = refused.unwrap_err();
    assert!(
        matches!(refused, RotationError::NotEverywhere { .. }),
        "{refused}"
    );
    fs::copy(key_file(&app), &own).unwrap();
    follow(&other).await;
    rotation(&app.running.gateway)
        .make_current("k2")
        .await
        .unwrap();
    // The other one follows when it looks next, and reads what the first one writes before that.
    go_on(&app.running.gateway, usize::MAX).await;
    let params = debit_params(UZCARD, &token, 500);
    other.result("transactions.debit", params.clone()).await;
    follow(&other).await;
    assert_eq!(other.running.gateway.vault.current_key(), "k2");
    // One whose file has another key under a known name goes on with those from before.
    change_file(&own, |file| file["keys"]["k2"] = json!("00".repeat(32)));
    follow(&other).await;
    other.result("transactions.debit", params).await;
    app.assert_settled().await;
}
