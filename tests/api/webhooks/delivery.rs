//! The life of an event: signed afresh at each try, tried for three days, in order, by one gateway at a time.

use std::collections::HashSet;

use aloqa_gateway::environment::CrashPoint;
use aloqa_gateway::webhook::{Secret, sign};
use entity::webhook_event::State;
use serde_json::json;

use test_support::orders::AMOUNT;
use test_support::*;

use super::receiver::{Arrived, Receiver, SILENCE, status};
use super::{late_debit, on_sqlite};

fn assert_signed(arrived: &Arrived, secrets: &[Secret], at_ms: i64) {
    let header = |name: &str| arrived.headers[name].clone();
    let seconds = at_ms / 1_000;
    assert_eq!(header("webhook-timestamp"), seconds.to_string());
    assert_eq!(
        header("webhook-signature"),
        sign(secrets, arrived.id(), seconds, &arrived.body)
    );
    assert_eq!(
        (header("content-type"), header("user-agent")),
        ("application/json".to_owned(), "AloqaGateway".to_owned())
    );
    assert!(!arrived.id().contains('.') && arrived.json()["id"] == arrived.id());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_try_is_made_again_under_the_same_id_and_signed_afresh() {
    let app = TestApp::with(DatabaseKind::Sqlite, |config| {
        config.webhooks.timeout_ms = 300
    })
    .await
    .unwrap();
    let receiver = Receiver::new().await;
    let secret = app.set_webhook(&receiver.url).await.unwrap();
    let token = app.add_card(UZCARD).await;
    let id = late_debit(&app, &token, "a").await;
    receiver.answers([
        "HTTP/1.1 500 X\r\ncontent-length: 5\r\n\r\nsorry".to_owned(),
        SILENCE.to_owned(),
        "HTTP/1.1 503 X\r\nretry-after: 3000\r\ncontent-length: 0\r\n\r\n".to_owned(),
        "nonsense\r\n\r\n".to_owned(),
        // More than is kept, and without an end.
        format!(
            "HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n{}",
            "x".repeat(5_000)
        ),
    ]);
    let written = app.now();
    let mut bodies = HashSet::new();
    for (least, most) in [
        (0, 0),
        (5_000, 5_500),
        (300_000, 330_000),
        (3_000_000, 3_000_000),
        (7_200_000, 7_920_000),
    ] {
        let event = &app.events().await[0];
        let pause = event.due_at.0 - app.now();
        assert!((least..=most).contains(&pause), "{pause} ms");
        // Never before its time.
        app.clock.advance_ms(pause - 1);
        app.deliver().await;
        assert_eq!(receiver.take().len(), 0);
        app.clock.advance_ms(1);
        app.deliver().await;
        let arrived = receiver.take();
        assert_eq!(arrived.len(), 1);
        assert_signed(&arrived[0], std::slice::from_ref(&secret), app.now());
        bodies.insert(arrived[0].body.clone());
    }
    assert_eq!(bodies.len(), 1);
    let event = &app.events().await[0];
    assert_eq!(
        (event.state, event.tries, event.created_at.0),
        (State::Delivered, 5, written)
    );
    let expected = json!({
        "type": "transaction.settled", "id": aloqa_gateway::webhook::event_id(event.id), "createdAt": written,
        "data": app.standing(id).await,
    });
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&event.body).unwrap(),
        expected
    );
    let shown = app.running.gateway.webhooks.show(event.id).await.unwrap();
    let tries: Vec<_> = shown
        .tries
        .iter()
        .map(|row| (row.status, row.reply.as_deref().map(str::len)))
        .collect();
    assert_eq!(
        tries,
        [
            (Some(500), Some(5)),
            (None, None),
            (Some(503), Some(0)),
            (None, None),
            (Some(200), Some(1_024))
        ]
    );
    let errors: Vec<_> = shown
        .tries
        .iter()
        .filter_map(|row| row.error.as_deref())
        .collect();
    assert!(
        errors[0].contains("within 300 ms") && errors[1].starts_with("no answer"),
        "{errors:?}"
    );
    let figures = send(app.running.ops_address, HttpRequest::get("/metrics"))
        .await
        .body;
    for line in [
        "aloqa_webhook_tries_total{outcome=\"delivered\"} 1",
        "aloqa_webhook_tries_total{outcome=\"failed\"} 4",
        "aloqa_webhook_events_waiting 0",
        "aloqa_webhook_events_failed 0",
    ] {
        assert!(figures.contains(line), "{line}: {figures}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_three_days_an_event_waits_for_an_operator_and_after_thirty_it_is_forgotten() {
    let (app, receiver) = on_sqlite().await;
    let webhooks = &app.running.gateway.webhooks;
    let token = app.add_card(UZCARD).await;
    late_debit(&app, &token, "a").await;
    receiver.answers((0..10).map(|_| status(500)));
    let (written, mut tries) = (app.now(), 0);
    while app.events().await[0].state == State::Waiting {
        let pause = app.events().await[0].due_at.0 - app.now();
        app.clock.advance_ms(pause);
        if tries == 1 {
            let figures = send(app.running.ops_address, HttpRequest::get("/metrics"))
                .await
                .body;
            let oldest = format!(
                "aloqa_oldest_waiting_webhook_event_seconds {}",
                (app.now() - written) / 1_000
            );
            assert!(
                figures.contains(&oldest) && figures.contains("aloqa_webhook_events_waiting 1"),
                "{figures}"
            );
        }
        app.deliver().await;
        tries += 1;
    }
    assert_eq!((tries, receiver.take().len()), (10, 10));
    assert!((72..=84).contains(&((app.now() - written) / 3_600_000)));
    assert_eq!(
        webhooks
            .list(Some("demo"), Some(State::Failed), 9)
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(webhooks.all().await.unwrap()[0].1.failing_since.is_some());
    let id = app.events().await[0].id;
    webhooks.resend(id).await.unwrap();
    app.deliver().await;
    let arrived = receiver.take();
    assert_eq!(
        (arrived.len(), arrived[0].id()),
        (1, aloqa_gateway::webhook::event_id(id).as_str())
    );
    assert!(webhooks.all().await.unwrap()[0].1.failing_since.is_none());
    // One that was delivered can be sent again, too.
    webhooks.resend(id).await.unwrap();
    app.deliver().await;
    assert_eq!(receiver.take().len(), 1);
    app.clock.advance_ms(30 * 86_400_000);
    assert!(!webhooks.prune().await.unwrap());
    assert_eq!(app.events().await.len(), 1);
    app.clock.advance_ms(1);
    webhooks.prune().await.unwrap();
    assert_eq!(app.events().await, []);
    assert!(webhooks.resend(id).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_changed_without_a_gap() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let receiver = Receiver::new().await;
    let first = app.set_webhook(&receiver.url).await.unwrap();
    let webhooks = &app.running.gateway.webhooks;
    let expect = async |secrets: &[Secret]| {
        webhooks.test("demo").await.unwrap();
        let arrived = receiver.take();
        assert_eq!(arrived.len(), 1);
        assert_signed(&arrived[0], secrets, app.now());
    };
    expect(std::slice::from_ref(&first)).await;
    let second = webhooks.rotate("demo", 24).await.unwrap();
    expect(&[second.clone(), first.clone()]).await;
    // A third one would end the first before its time.
    let refused = webhooks.rotate("demo", 24).await.err().unwrap();
    assert!(refused.to_string().contains("--now"), "{refused}");
    app.clock.advance_ms(24 * 3_600_000 - 1);
    expect(&[second.clone(), first]).await;
    app.clock.advance_ms(1);
    expect(std::slice::from_ref(&second)).await;
    let third = webhooks.rotate("demo", 1).await.unwrap();
    expect(&[third, second]).await;
    let fourth = webhooks.rotate("demo", 0).await.unwrap();
    expect(&[fourth]).await;
    // Setting an address again keeps the secret.
    assert!(app.set_webhook(&receiver.url).await.is_none());
}

/// The operator's command is another process, and on no sandbox's clock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_is_changed_without_a_gap_though_the_sandbox_is_a_week_ahead() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let receiver = Receiver::new().await;
    let first = app.set_webhook(&receiver.url).await.unwrap();
    let operator = app.another().await;
    app.skip_seconds(7 * 24 * 3_600).await;
    let second = operator.running.gateway.webhooks.rotate("demo", 24).await;
    let second = second.unwrap();
    app.running.gateway.webhooks.test("demo").await.unwrap();
    let arrived = receiver.take();
    assert_signed(&arrived[0], &[second, first], app.now());
}

/// The next event of a transaction waits for the one before; those of others do not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_events_of_a_transaction_come_in_order() {
    let (app, receiver) = on_sqlite().await;
    let token = app.add_card(UZCARD).await;
    let id = late_debit(&app, &token, "a").await;
    // The third try comes after five minutes.
    receiver.answers([status(500), status(500)]);
    app.deliver().await;
    app.clock.advance_ms(5_500);
    app.deliver().await;
    assert_eq!(receiver.take().len(), 2);
    app.fail_once(UZCARD, "reverse", "reset_after").await;
    app.error("transactions.debit.reverse", json!({"transactionId": id}))
        .await;
    app.recover_after_lease().await;
    let other = late_debit(&app, &token, "b").await;
    app.deliver().await;
    let arrived = receiver.take();
    let ids: Vec<_> = arrived
        .iter()
        .map(|one| one.json()["data"]["transactionId"].as_i64())
        .collect();
    assert_eq!(ids, [Some(other)]);
    app.clock.advance_ms(330_000);
    app.deliver().await;
    assert_eq!(
        receiver.told(),
        [
            "transaction.settled succeeded",
            "transaction.reversed reversed"
        ]
    );
}

on_each_database! {
    async fn of_two_gateways_one_sends_an_event(app: TestApp) {
        let receiver = Receiver::new().await;
        app.set_webhook(&receiver.url).await;
        // At its start a gateway delivers what is due by itself.
        let other = app.another().await;
        let token = app.add_card(UZCARD).await;
        let mut ids = HashSet::new();
        for number in 0..12 {
            app.fail_once(UZCARD, "pay", "reset_after").await;
            let params = with(debit_params(UZCARD, &token, AMOUNT), json!({"extId": format!("{number}")}));
            app.error("transactions.debit", params).await;
        }
        app.recover_after_lease().await;
        ids.extend(app.events().await.iter().map(|event| aloqa_gateway::webhook::event_id(event.id)));
        assert_eq!(ids.len(), 12);
        tokio::join!(app.deliver(), other.deliver(), other.deliver(), app.deliver());
        let arrived = receiver.take();
        let heard: HashSet<_> = arrived.iter().map(|one| one.id().to_owned()).collect();
        assert_eq!((arrived.len(), heard), (12, ids));
    }
}

/// A gateway that dies after it has sent an event and before it has recorded that: it is sent again, under the same id, when
/// nobody can be at it any more.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_try_that_was_never_recorded_is_made_again() {
    let (app, receiver) = on_sqlite().await;
    let token = app.add_card(UZCARD).await;
    late_debit(&app, &token, "a").await;
    // It takes the event, sends it, and records that.
    app.moments.hold(CrashPoint::BeforeCommit, 2);
    let webhooks = app.running.gateway.webhooks.clone();
    let stopping = app.running.gateway.stopping.clone();
    let mut workers = webhooks.start_workers(&stopping).await.unwrap();
    app.moments.until_held().await;
    app.deliver().await;
    let first = receiver.take();
    assert_eq!(first.len(), 1);
    workers.shutdown().await;
    app.deliver().await;
    assert_eq!(receiver.take().len(), 0);
    app.clock.advance_ms(31_000);
    app.deliver().await;
    let again = receiver.take();
    assert_eq!((again.len(), &again[0].body), (1, &first[0].body));
    assert_ne!(
        again[0].headers["webhook-signature"],
        first[0].headers["webhook-signature"]
    );
    let event = &app.events().await[0];
    assert_eq!((event.state, event.tries), (State::Delivered, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_gone_is_switched_off() {
    let (app, receiver) = on_sqlite().await;
    let webhooks = &app.running.gateway.webhooks;
    let token = app.add_card(UZCARD).await;
    late_debit(&app, &token, "a").await;
    late_debit(&app, &token, "b").await;
    receiver.answers([status(410)]);
    app.deliver().await;
    assert_eq!(receiver.take().len(), 1);
    let (_, webhook) = &webhooks.all().await.unwrap()[0];
    assert_eq!(
        webhook.off_cause.as_deref(),
        Some("the receiver answered 410 Gone")
    );
    let states: Vec<_> = app.events().await.iter().map(|event| event.state).collect();
    assert_eq!(states, [State::Failed, State::Failed]);
    assert!(webhooks.resend_failed("demo").await.is_err());
    app.set_webhook(&receiver.url).await;
    assert_eq!(webhooks.resend_failed("demo").await.unwrap(), 2);
    app.deliver().await;
    assert_eq!(receiver.take().len(), 2);
}
