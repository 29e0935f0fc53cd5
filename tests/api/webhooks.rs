//! What a partner hears by webhook: all that no reply told, signed, at least once, in order.
//!
//! That every lost call is told once, whatever it was and however it ended, is asked in `recovery`.

mod addresses;
mod delivery;
mod receiver;

use aloqa_gateway::environment::CrashPoint;
use aloqa_gateway::payment::resolve::{Statement, Verdict};
use entity::ids::TransactionId;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use test_support::orders::{AMOUNT, Order, PART, REVERSE};
use test_support::*;

use receiver::{Arrived, Receiver};

/// An app of the demo partner with a receiver.
async fn subscribed(kind: DatabaseKind) -> Option<(TestApp, Receiver)> {
    let app = TestApp::with(kind, |config| config.webhooks.timeout_ms = 1_000).await?;
    let receiver = Receiver::new().await;
    app.set_webhook(&receiver.url).await;
    Some((app, receiver))
}

async fn on_sqlite() -> (TestApp, Receiver) {
    subscribed(DatabaseKind::Sqlite).await.unwrap()
}

/// A debit whose outcome the partner did not hear, and that recovery finds done.
async fn late_debit(app: &TestApp, token: &str, ext_id: &str) -> i64 {
    app.fail_once(UZCARD, "pay", "reset_after").await;
    let params = with(
        debit_params(UZCARD, token, AMOUNT),
        json!({"extId": ext_id}),
    );
    assert_eq!(app.error_code("transactions.debit", params).await, -32379);
    app.recover_after_lease().await;
    app.row_of(ext_id).await.id.0
}

on_each_database! {
    /// Whatever was ordered: who heard the end in the reply hears it once.
    async fn what_a_reply_told_is_no_event(app: TestApp) {
        let receiver = Receiver::new().await;
        app.set_webhook(&receiver.url).await;
        let orders = [
            Order::Debit(UZCARD), Order::Hold(HUMO), Order::Charge(UZCARD), Order::Cancel(HUMO), Order::Reverse(UZCARD),
            Order::ReversePart(UZCARD), Order::ReverseRest(UZCARD),
            Order::Transfer(UZCARD_TO_HUMO),
        ];
        for (number, order) in orders.into_iter().enumerate() {
            let token = app.add_card(order.payer()).await;
            let request = order.prepare(&app, &token, &number.to_string()).await;
            let reply = request.make(&app).await;
            assert!(reply.get("error").is_none(), "{order:?}: {reply}");
        }
        // Refusals are told, too.
        let token = app.add_card(UZCARD).await;
        app.refuse_once(UZCARD, "pay", UZCARD.refusing_code().0).await;
        assert_eq!(app.error_code("transactions.debit", debit_params(UZCARD, &token, AMOUNT)).await, -32310);
        let params = with(debit_params(UZCARD, &token, AMOUNT), json!({"force_sms_confirmation": true}));
        let id = app.ordered(params).await;
        for _ in 0..3 {
            let params = json!({"transactionId": id, "confirmedCode": "000000"});
            assert_eq!(app.error_code("transactions.debit.confirm", params).await, -32308);
        }
        app.clock.advance_ms(3_600_000);
        assert_eq!(app.events().await, []);
        app.deliver().await;
        assert_eq!(receiver.told(), [""; 0]);
    }

    /// The event is there before the reply is: if the process dies, another one tells it.
    async fn a_gateway_that_dies_before_it_answers_leaves_an_event(app: TestApp) {
        let receiver = Receiver::new().await;
        app.set_webhook(&receiver.url).await;
        let token = app.add_card(UZCARD).await;
        let other = app.another().await;
        // The intent, then the record.
        app.moments.hold(CrashPoint::AfterCommit, 2);
        let params = debit_params(UZCARD, &token, AMOUNT);
        let call = app.call("transactions.debit", params);
        let meanwhile = async {
            app.moments.until_held().await;
            // Nobody tells it while the caller may still hear it.
            app.clock.advance_ms(60_000);
            other.deliver().await;
            assert_eq!(receiver.told(), [""; 0]);
            app.clock.advance_ms(60_000);
            other.deliver().await;
            assert_eq!(receiver.told(), ["transaction.settled succeeded"]);
            app.moments.release();
        };
        let (reply, ()) = tokio::join!(call, meanwhile);
        assert!(reply.get("result").is_some(), "{reply}");
        // It was sent before the reply was made: that stays in the log.
        assert_eq!(app.events().await.len(), 1);
    }
}

/// A part is given back while the payment stands, so its status alone does not tell the news.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_that_was_given_back_late_is_told_as_given_back() {
    let (app, receiver) = on_sqlite().await;
    let token = app.add_card(UZCARD).await;
    let id = app.ordered(debit_params(UZCARD, &token, AMOUNT)).await;
    let part =
        |ext_id: &str, amount: i64| json!({"transactionId": id, "amount": amount, "extId": ext_id});
    // One that the reply told is no event.
    app.result(REVERSE, part("told", 1)).await;
    // Carried out, not carried out, and the rest: the replies to all three are lost.
    let rest = AMOUNT - PART - 1;
    for (ext_id, amount, fault, told, given_back) in [
        (
            "done",
            PART,
            "reset_after",
            "transaction.reversed succeeded",
            PART + 1,
        ),
        (
            "not-done",
            rest,
            "reset_before",
            "transaction.settled succeeded",
            PART + 1,
        ),
        (
            "rest",
            rest,
            "reset_after",
            "transaction.reversed reversed",
            AMOUNT,
        ),
    ] {
        app.fail_once(UZCARD, "reverse", fault).await;
        let code = app.error_code(REVERSE, part(ext_id, amount)).await;
        assert_eq!(code, -32379, "{ext_id}");
        app.recover_after_all().await;
        app.deliver().await;
        let arrived = receiver.take();
        let heard: Vec<_> = arrived.iter().map(Arrived::told).collect();
        assert_eq!(heard, [told], "{ext_id}");
        let data = &arrived[0].json()["data"];
        assert_eq!(*data, app.standing(id).await, "{ext_id}");
        assert_eq!(data["capturedAmount"], AMOUNT, "{ext_id}");
        assert_eq!(data["reversedAmount"], given_back, "{ext_id}");
        let last = data["reversals"].as_array().unwrap().last().unwrap();
        assert_eq!(
            (&last["extId"], &last["amount"]),
            (&json!(ext_id), &json!(amount))
        );
    }
    app.assert_settled().await;
}

/// A partner who hangs up while its call is at the network.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_who_hung_up_hears_by_webhook() {
    let (app, receiver) = on_sqlite().await;
    let token = app.add_card(UZCARD).await;
    let params = debit_params(UZCARD, &token, AMOUNT);
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "transactions.debit", "params": params})
        .to_string();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\nauthorization: Basic ZGVtbzpkZW1vLXNlY3JldA==\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    app.moments.hold(CrashPoint::AfterCall, 1);
    let mut stream = TcpStream::connect(app.running.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    app.moments.until_held().await;
    // Reset, so that the gateway cannot take it for a caller who only sends no more.
    stream.set_zero_linger().unwrap();
    drop(stream);
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    app.moments.release();
    // It is due once the gateway has seen that nobody takes the reply.
    let told = loop {
        app.deliver().await;
        match receiver.told() {
            told if told.is_empty() => {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await
            }
            told => break told,
        }
    };
    assert_eq!(told, ["transaction.settled succeeded"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_hold_is_told() {
    let (app, receiver) = on_sqlite().await;
    let token = app.add_card(HUMO).await;
    let params = with(debit_params(HUMO, &token, AMOUNT), json!({"is_hold": true}));
    let id = app.ordered(params).await;
    app.clock.advance_ms(HOLD_LIFETIME_MS + 1);
    app.let_all_time_pass();
    // A release that was not carried out changes nothing for the partner.
    app.fail_once(HUMO, "release", "reset_before").await;
    app.running.gateway.expire_holds().await.unwrap();
    app.recover_after_all().await;
    assert_eq!(app.status(id).await, "held");
    app.deliver().await;
    assert_eq!(receiver.told(), [""; 0]);
    app.clock.advance_ms(60_001);
    app.running.gateway.expire_holds().await.unwrap();
    app.deliver().await;
    let arrived = receiver.take();
    assert_eq!(arrived.len(), 1);
    let event = arrived[0].json();
    let expected = json!({
        "type": "hold.expired", "id": arrived[0].id(), "createdAt": app.now(), "data": app.standing(id).await,
    });
    assert_eq!(event, expected);
    assert_eq!(event["data"]["status"], "expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_people_can_find_out_is_told_twice() {
    let (app, receiver) = on_sqlite().await;
    let token = app.add_card(UZCARD).await;
    app.fail_once(UZCARD, "pay", "reset_before").await;
    let params = with(
        debit_params(UZCARD, &token, AMOUNT),
        json!({"extId": "lost"}),
    );
    app.error("transactions.debit", params).await;
    let id = app.row_of("lost").await.id.0;
    app.fault(json!({"network": "UZCARD", "operation": "lookup", "kind": "http_500_before", "times": 1_000}))
        .await;
    while app.status(id).await == "processing" {
        app.clock.advance_ms(3_600_000);
        app.recover().await;
    }
    app.deliver().await;
    assert_eq!(receiver.told(), ["transaction.manual manual"]);
    app.clear_faults().await;
    let statement = Statement {
        by: "anna",
        reason: "not in the bank's list",
    };
    let payments = &app.running.gateway.payments;
    let fail = || payments.resolve(TransactionId(id), Verdict::Failed, statement);
    // The network answers again, and its time begins anew.
    fail().await.unwrap_err();
    app.let_all_time_pass();
    fail().await.unwrap();
    app.deliver().await;
    assert_eq!(receiver.told(), ["transaction.settled declined"]);
    app.assert_settled().await;
}

/// A webhook that is off, or another partner's, hears nothing, and nothing is stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_webhook_that_is_on_has_events() {
    let (app, receiver) = on_sqlite().await;
    let shop = app.add_partner("shop", &["*"]).await;
    let token = app.add_card_as(&shop, UZCARD).await;
    app.fail_once(UZCARD, "pay", "reset_after").await;
    app.call_as(
        &shop,
        "transactions.debit",
        debit_params(UZCARD, &token, AMOUNT),
    )
    .await;
    app.recover_after_lease().await;
    assert_eq!(app.events().await, []);
    let webhooks = &app.running.gateway.webhooks;
    assert_eq!(webhooks.off("demo", "anna").await.unwrap(), 0);
    let token = app.add_card(UZCARD).await;
    late_debit(&app, &token, "a").await;
    assert_eq!(app.events().await, []);
    app.set_webhook(&receiver.url).await;
    late_debit(&app, &token, "b").await;
    app.disable_partner("demo").await;
    app.deliver().await;
    assert_eq!(receiver.told(), [""; 0]);
    let listed = webhooks.all().await.unwrap();
    assert_eq!(
        listed[0].1.off_cause.as_deref(),
        Some("the partner was disabled")
    );
}
