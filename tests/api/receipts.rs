//! Fiscal receipts that are refused, and receipts that two gateways could try at once.

mod ofd;
mod settle;

use aloqa_gateway::payment::resolve::Statement;
use entity::ids::TransactionId;
use entity::transfer::Fiscal;
use serde_json::{Value, json};

use test_support::*;

const AMOUNT: i64 = 500_000;
const STATEMENT: Statement<'static> = Statement {
    by: "anna",
    reason: "the service knows our terminal now",
};

/// A transfer whose receipt was not registered at once; its number.
async fn transfer_without_receipt(app: &TestApp) -> i64 {
    let token = app.add_card(UZCARD).await;
    app.fault(
        json!({"network": "FISCAL", "operation": "any", "kind": "http_500_before", "times": 1}),
    )
    .await;
    let params = UZCARD_TO_UZCARD.params(&token, AMOUNT);
    let id = app.transferred(UZCARD_TO_UZCARD, params).await;
    assert_eq!(app.receipts().await, [Value::Null; 0]);
    id
}

async fn refused_receipts(app: &TestApp) -> String {
    let page = send(app.running.ops_address, HttpRequest::get("/metrics")).await;
    let line = page
        .body
        .lines()
        .find(|line| line.starts_with("aloqa_refused_receipts "));
    line.unwrap_or_else(|| panic!("{}", page.body)).to_owned()
}

on_each_database! {
    async fn of_two_gateways_one_tries_a_receipt(app: TestApp) {
        let other = app.another().await;
        let id = transfer_without_receipt(&app).await;
        app.clock.advance_ms(30_000);
        // Slow, so that both have seen that it is due.
        let slow = 5;
        app.fault(json!({"network": "FISCAL", "operation": "any", "kind": "delay", "delayMs": 200, "times": slow})).await;
        let gateways = [&app, &other].map(|app| app.running.gateway.clone());
        let registered = join_all(gateways.iter().map(|gateway| gateway.register_receipts())).await;
        let registered: u64 = registered.into_iter().map(Result::unwrap).sum();
        assert_eq!(registered, 1);
        assert_eq!(app.take_scripted_calls().await, slow - 1, "both gateways have posted the receipt");
        assert_eq!(app.transfer_row(id).await.fiscal, Fiscal::Registered);
        assert_eq!(app.receipts().await.len(), 1);
    }

    /// An outage says nothing about the receipt: after it, a refusal is the first.
    async fn an_outage_makes_no_receipt_be_given_up(app: TestApp) {
        let id = transfer_without_receipt(&app).await;
        let gateway = &app.running.gateway;
        let fault = async |kind: &str| {
            app.fault(json!({"network": "FISCAL", "operation": "any", "kind": kind, "code": "-1", "times": 1})).await;
            app.clock.advance_ms(3_600_000);
            assert_eq!(gateway.register_receipts().await.unwrap(), 0);
        };
        for _ in 0..8 {
            fault("http_500_before").await;
        }
        for refusals in 1..=5 {
            fault("decline").await;
            let row = app.transfer_row(id).await;
            assert_eq!((row.fiscal, row.fiscal_attempts, row.fiscal_refusals), (Fiscal::Due, 9 + refusals, refusals));
        }
        fault("decline").await;
        assert_eq!(app.transfer_row(id).await.fiscal, Fiscal::Refused);
    }

    async fn a_receipt_that_is_refused_again_and_again_waits_for_an_operator(app: TestApp) {
        let id = transfer_without_receipt(&app).await;
        let gateway = &app.running.gateway;
        assert_eq!(refused_receipts(&app).await, "aloqa_refused_receipts 0");
        let refused = json!({"network": "FISCAL", "operation": "any", "kind": "decline", "code": "-1", "times": 100});
        app.fault(refused).await;
        for pause in [30_000, 60_000, 300_000, 1_800_000, 3_600_000, 3_600_000] {
            app.clock.advance_ms(pause);
            assert_eq!(gateway.register_receipts().await.unwrap(), 0);
        }
        let row = app.transfer_row(id).await;
        assert_eq!((row.fiscal, row.fiscal_attempts, row.fiscal_next_at), (Fiscal::Refused, 7, None));
        assert_eq!(refused_receipts(&app).await, "aloqa_refused_receipts 1");
        let listed = gateway.refused_receipts().await.unwrap();
        assert_eq!(listed.len(), 1);
        assert!(listed[0].fiscal_cause.as_deref().unwrap().contains("refused"), "{listed:?}");
        // It is tried no more, and the transfer is as it was.
        app.clock.advance_ms(24 * 3_600_000);
        let left = app.take_scripted_calls().await;
        app.fault(json!({"network": "FISCAL", "operation": "any", "kind": "delay", "delayMs": 1, "times": 1})).await;
        assert_eq!(gateway.register_receipts().await.unwrap(), 0);
        assert_eq!((left, app.take_scripted_calls().await), (94, 1));
        assert_eq!(app.status(id).await, "succeeded");

        assert!(gateway.retry_receipt(TransactionId(id), STATEMENT).await.unwrap());
        assert!(!gateway.retry_receipt(TransactionId(id), STATEMENT).await.unwrap());
        assert_eq!(gateway.register_receipts().await.unwrap(), 1);
        assert_eq!(app.standing(id).await["result"]["ofd_url"], app.receipt_url(id).await);
        let shown = gateway.whole_transaction(TransactionId(id)).await.unwrap().unwrap();
        assert_eq!(shown.said[0].detail, "the service knows our terminal now");
    }
}
