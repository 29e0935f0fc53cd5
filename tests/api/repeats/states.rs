//! Every kind of order, however far it has come: what a repeat is answered then.

use super::*;

#[rustfmt::skip] // A table: a kind of order a line.
pub(super) const ORDERS: [Order; 9] = [
    Order::Debit(UZCARD), Order::Debit(HUMO),
    Order::Hold(UZCARD), Order::Hold(HUMO),
    Order::Transfer(UZCARD_TO_UZCARD), Order::Transfer(HUMO_TO_HUMO),
    Order::Transfer(UZCARD_TO_HUMO), Order::Transfer(HUMO_TO_UZCARD),
    Order::Transfer(UZCARD_TO_HUMO_IN_ONE_CALL),
];

/// How far an order has come when it is repeated.
#[derive(Debug, Clone, Copy)]
pub(super) enum Standing {
    AwaitingCode,
    CodeTimeOver,
    CodeTriesUsedUp,
    /// The intent is stored, and its process may still be working on it.
    Sent,
    /// The process that wrote it is dead.
    LeftSent,
    Unknown,
    Manual,
    Done,
    Confirmed,
    Declined,
    DeclinedWhenConfirmed,
    /// The credit of a transfer is unknown.
    CreditUnknown,
    /// The credit of a transfer was refused, and its debit reversed.
    GivenBack,
    Charged,
    ChargeUnknown,
    Cancelled,
    /// The time of a hold is over, and the gateway has released it.
    Released,
    Reversed,
    ReversalUnknown,
}

pub(super) const STANDINGS: [Standing; 19] = [
    Standing::AwaitingCode,
    Standing::CodeTimeOver,
    Standing::CodeTriesUsedUp,
    Standing::Sent,
    Standing::LeftSent,
    Standing::Unknown,
    Standing::Manual,
    Standing::Done,
    Standing::Confirmed,
    Standing::Declined,
    Standing::DeclinedWhenConfirmed,
    Standing::CreditUnknown,
    Standing::GivenBack,
    Standing::Charged,
    Standing::ChargeUnknown,
    Standing::Cancelled,
    Standing::Released,
    Standing::Reversed,
    Standing::ReversalUnknown,
];

/// A cell of the table: brings an order this far, and repeats it. Returns the status that it has.
pub(super) async fn repeated(kind: DatabaseKind, order: Order, standing: Standing) -> Status {
    let shown = format!("{order:?} {standing:?}");
    let adjust = order.with(|config| {
        patient(config);
        lone_caller(config);
        // A receipt that comes late would be in the second reply and not in the first.
        config.fiscal.timeout_ms = 15_000;
    });
    let app = TestApp::with(kind, adjust).await.unwrap();
    let params = params_of(order, &app, standing).await;
    let answer = bring_to(order, &app, standing, &params).await;
    let before = (app.row_of("order").await.status, app.moves().await);
    let messages = app.messages(order.payer().phone).await;
    for _ in 0..2 {
        let reply = app.call(order.method().unwrap(), params.clone()).await;
        assert_eq!(reply, answer, "{shown}");
    }
    let app = app.restarted().await;
    for _ in 0..2 {
        let reply = app.call(order.method().unwrap(), params.clone()).await;
        assert_eq!(reply, answer, "{shown}, after a restart");
    }
    let after = (app.row_of("order").await.status, app.moves().await);
    assert_eq!(after, before, "{shown}");
    assert_eq!(app.messages(order.payer().phone).await, messages, "{shown}");
    app.assert_settled().await;
    app.running.stop().await;
    before.0
}

pub(super) fn may_be(order: Order, status: Status) -> bool {
    match status {
        Status::Held | Status::Cancelled => matches!(order, Order::Hold(_)),
        Status::Reversed => order.direction().is_none(),
        Status::AwaitingCode
        | Status::Processing
        | Status::Succeeded
        | Status::Declined
        | Status::Expired
        | Status::Manual => true,
    }
}

pub(super) fn comes_to(order: Order, standing: Standing) -> bool {
    match standing {
        Standing::Charged | Standing::ChargeUnknown | Standing::Cancelled | Standing::Released => {
            matches!(order, Order::Hold(_))
        }
        Standing::Reversed | Standing::ReversalUnknown => order.direction().is_none(),
        Standing::CreditUnknown | Standing::GivenBack => {
            order.direction().is_some_and(Direction::is_across)
        }
        Standing::AwaitingCode
        | Standing::CodeTimeOver
        | Standing::CodeTriesUsedUp
        | Standing::Sent
        | Standing::LeftSent
        | Standing::Unknown
        | Standing::Manual
        | Standing::Done
        | Standing::Confirmed
        | Standing::Declined
        | Standing::DeclinedWhenConfirmed => true,
    }
}

/// Params of an order that is to reach this state.
async fn params_of(order: Order, app: &TestApp, standing: Standing) -> Value {
    let token = app.add_card(order.payer()).await;
    let with_code = matches!(
        standing,
        Standing::AwaitingCode
            | Standing::CodeTimeOver
            | Standing::CodeTriesUsedUp
            | Standing::Confirmed
            | Standing::DeclinedWhenConfirmed
    );
    let more = json!({"force_sms_confirmation": with_code});
    with(order.params(&token, "order"), more)
}

/// Orders, and does whatever else it takes; what a repeat is to be answered.
async fn bring_to(order: Order, app: &TestApp, standing: Standing, params: &Value) -> Value {
    let card = order.payer();
    let confirm = order.confirming_method();
    let method = order.method().unwrap();
    let first_call = order.first_call();
    let send = || app.call(method, params.clone());
    let id = || async { app.row_of("order").await.id.0 };
    let code_over = code_refused("code_expired");
    match standing {
        Standing::AwaitingCode | Standing::Done => succeeded(send().await),
        Standing::CodeTimeOver => {
            succeeded(send().await);
            app.clock.advance_ms(CODE_LIFETIME_MS);
            code_over
        }
        Standing::CodeTriesUsedUp => {
            succeeded(send().await);
            let wrong = wrong_code(id().await);
            for _ in 0..3 {
                app.error(confirm, wrong.clone()).await;
            }
            code_refused("tries_used_up")
        }
        Standing::Sent | Standing::LeftSent => {
            // It dies when the intent is committed, after its claim, and before the call.
            let doomed = Doomed::after_commit(app, 2).await;
            assert_eq!(doomed.call(method, params).await, None);
            doomed.end().await;
            let id = id().await;
            assert_eq!(app.requests(id).await, [format!("{first_call} sent")]);
            if let Standing::LeftSent = standing {
                app.clock.advance_ms(app.running.gateway.rules.lease_ms);
                return in_process(id, "processing");
            }
            being_worked_on(id)
        }
        Standing::Unknown | Standing::Manual => {
            app.fail_once(card, first_call, "reset_before").await;
            let reply = send().await;
            let id = id().await;
            assert_eq!(reply, outcome_unknown(id));
            if let Standing::Unknown = standing {
                return in_process(id, "processing");
            }
            app.fault(json!({
                "network": card.network(), "operation": "lookup", "kind": "http_500_before", "times": 1_000,
            }))
            .await;
            while app.status(id).await == "processing" {
                // An hour is the longest pause between two look-ups.
                app.clock.advance_ms(2 * 3_600_000);
                app.recover().await;
            }
            in_process(id, "manual")
        }
        Standing::Confirmed => {
            succeeded(send().await);
            succeeded(app.call(confirm, right_code(id().await)).await)
        }
        Standing::Declined | Standing::DeclinedWhenConfirmed => {
            app.refuse_once(card, first_call, card.refusing_code().0)
                .await;
            let declined = if let Standing::Declined = standing {
                send().await
            } else {
                succeeded(send().await);
                app.call(confirm, right_code(id().await)).await
            };
            assert_eq!(declined["error"]["code"], card.refusing_code().1);
            declined
        }
        Standing::CreditUnknown | Standing::GivenBack => {
            let Direction { to, .. } = order.direction().unwrap();
            if let Standing::CreditUnknown = standing {
                app.fail_once(to, "credit", "reset_before").await;
                let reply = send().await;
                let id = id().await;
                assert_eq!(reply, outcome_unknown(id));
                return in_process(id, "processing");
            }
            app.refuse_once(to, "credit", to.refusing_code().0).await;
            let declined = send().await;
            assert_eq!(app.moves().await, ["pay 502500", "reverse 502500"]);
            declined
        }
        Standing::Charged => {
            succeeded(send().await);
            succeeded(app.call(CHARGE, the(id().await)).await)
        }
        Standing::ChargeUnknown => {
            succeeded(send().await);
            let id = id().await;
            app.fail_once(card, "capture", "reset_before").await;
            assert_eq!(app.call(CHARGE, the(id)).await, outcome_unknown(id));
            in_process(id, "processing")
        }
        Standing::Cancelled => {
            let first = succeeded(send().await);
            app.result(CANCEL, the(id().await)).await;
            first
        }
        Standing::Released => {
            let first = succeeded(send().await);
            app.clock.advance_ms(HOLD_LIFETIME_MS);
            assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 1);
            first
        }
        Standing::Reversed | Standing::ReversalUnknown => {
            let first = succeeded(send().await);
            let id = id().await;
            let done = if let Order::Hold(_) = order {
                succeeded(app.call(CHARGE, the(id)).await)
            } else {
                first
            };
            if let Standing::Reversed = standing {
                app.result(REVERSE, the(id)).await;
                return done;
            }
            app.fail_once(card, "reverse", "reset_before").await;
            assert_eq!(app.call(REVERSE, the(id)).await, outcome_unknown(id));
            in_process(id, "processing")
        }
    }
}
