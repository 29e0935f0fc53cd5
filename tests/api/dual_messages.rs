//! A debit at HUMO that is made by dual messages (`humo.sale = "soap_dms"`) ends like one of single messages, whatever becomes
//! of its create, its confirmation and its cancellation, and wherever the gateway ends.

use aloqa_gateway::config::{Config, Sale};
use entity::transaction::Status;
use serde_json::{Value, json};

use test_support::orders::{AMOUNT, DEBIT, ENDINGS, Ending, fail};
use test_support::*;

use crate::crashes::Doomed;

fn dual(config: &mut Config) {
    config.humo.sale = Sale::SoapDms;
}

/// What came of a debit: what its partner heard, its calls and status then and in the end, and what its card lacks.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    heard: Value,
    then: (Vec<String>, Status),
    at_last: (Vec<String>, Status),
    taken: i64,
}

/// The words that faults are scripted by, for the create, the confirmation and the cancellation.
const SINGLE: [&str; 3] = ["pay", "confirm", "release"];
const DUAL: [&str; 3] = ["hold", "capture", "release"];

/// Each call with each ending; a cancellation after a refused confirmation.
async fn outcomes(app: &TestApp, words: [&str; 3]) -> Vec<(String, Outcome)> {
    let token = app.add_card(HUMO).await;
    let mut found = Vec::new();
    for (call, word) in ["create", "confirmation", "cancellation"]
        .into_iter()
        .zip(words)
    {
        for ending in ENDINGS {
            let code = match ending {
                Ending::Unclear => "909",
                Ending::Lost { .. } | Ending::Refused => "116",
            };
            if call == "cancellation" {
                fail(app, HUMO, words[1], Ending::Refused, "116").await;
            }
            fail(app, HUMO, word, ending, code).await;
            let before = app.balance(HUMO).await;
            let ext_id = format!("{call}-{}", found.len());
            let params = with(debit_params(HUMO, &token, AMOUNT), json!({"extId": ext_id}));
            let mut heard = app.call(DEBIT, params).await;
            let id = app.row_of(&ext_id).await.id.0;
            let standing = async || (app.requests(id).await, app.row(id).await.status);
            let then = standing().await;
            app.clear_faults().await;
            for _ in 0..3 {
                app.recover_after_all().await;
            }
            if let Some(told) = heard["error"]["data"].as_object_mut() {
                told.remove("transactionId");
            }
            let outcome = Outcome {
                heard: heard["error"].take(),
                then,
                at_last: standing().await,
                taken: before - app.balance(HUMO).await,
            };
            found.push((format!("{call} {ending:?}"), outcome));
        }
    }
    app.assert_settled().await;
    found
}

on_each_database! {
    async fn every_ending_is_that_of_single_messages(app: TestApp) {
        let other = TestApp::with(app.kind, dual).await.unwrap();
        let (single, dual) = tokio::join!(outcomes(&app, SINGLE), outcomes(&other, DUAL));
        for (single, dual) in single.iter().zip(&dual) {
            assert_eq!(single, dual);
        }
        assert!(dual.iter().any(|(_, outcome)| outcome.taken == AMOUNT));
        assert!(dual.iter().any(|(_, outcome)| outcome.taken == 0));
        // They are what they say.
        let moves = other.moves().await;
        assert!(moves.iter().any(|row| row.starts_with("capture ")), "{moves:?}");
        assert!(!moves.iter().any(|row| row.starts_with("pay ")), "{moves:?}");
    }

    /// Between any two of its commits and calls.
    async fn a_gateway_that_ends_in_one_leaves_it_done_or_undone(app: TestApp) {
        let app = app.restarted_after(async |config| dual(config)).await;
        let token = app.add_card(HUMO).await;
        let (mut moment, mut done) = (1, 0);
        loop {
            let ext_id = format!("ended-{moment}");
            let params = with(debit_params(HUMO, &token, AMOUNT), json!({"extId": ext_id}));
            let before = app.balance(HUMO).await;
            let doomed = Doomed::start(&app, moment).await;
            let reply = doomed.call(DEBIT, &params).await;
            doomed.end().await;
            for _ in 0..3 {
                app.recover_after_all().await;
            }
            let taken = before - app.balance(HUMO).await;
            let standing = app.call("transactions.get", json!({"extId": ext_id})).await;
            let status = standing["result"]["status"].as_str().unwrap_or("none");
            let right = [("none", 0), ("declined", 0), ("succeeded", AMOUNT)];
            assert!(right.contains(&(status, taken)), "{moment}: {status} {taken}");
            done += i64::from(taken > 0);
            if reply.is_some() {
                break;
            }
            moment += 1;
        }
        // Two calls with their intents and results.
        assert!(moment > 10, "{moment} moments");
        assert!(done >= 2);
        app.assert_settled().await;
    }

    /// The setting may change while a debit is under way: a confirmation and a look-up do not say what was created.
    async fn a_change_of_the_setting_leaves_what_is_under_way(app: TestApp) {
        let token = app.add_card(HUMO).await;
        app.fail_once(HUMO, "confirm", "drop_before").await;
        let params = with(debit_params(HUMO, &token, AMOUNT), json!({"extId": "a"}));
        app.error(DEBIT, params).await;
        let app = app.restarted_after(async |config| dual(config)).await;
        app.clear_faults().await;
        for _ in 0..3 {
            app.recover_after_all().await;
        }
        let row = app.row_of("a").await;
        assert_eq!((row.status, app.balance(HUMO).await), (Status::Declined, FULL));
        let paid = app.ordered(debit_params(HUMO, &token, AMOUNT)).await;
        let app = app.restarted_after(async |config| config.humo.sale = Sale::SoapSms).await;
        app.result("transactions.debit.reverse", json!({"transactionId": paid})).await;
        assert_eq!(app.balance(HUMO).await, FULL);
        app.assert_settled().await;
    }
}
