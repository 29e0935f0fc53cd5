//! `extId` makes a repeat safe: what it is answered in every state of the first call (design section 2).

use entity::transaction::Status;
use sea_orm::Iterable as _;
use serde_json::{Value, json};

use crate::crashes::Doomed;
use test_support::orders::{
    CANCEL, CHARGE, CONFIRM, DEBIT, Order, REVERSE, being_worked_on, code_refused, the, wrong_code,
};
use test_support::*;

on_each_database! {
    async fn while_the_code_is_awaited_the_same_reply_and_no_second_message(app: TestApp) {
        let (params, first, id) =
            ordered(&app, UZCARD, json!({"force_sms_confirmation": true})).await;
        let messages = app.messages(UZCARD.phone).await;
        app.clock.advance_ms(CODE_LIFETIME_MS - 1);
        for _ in 0..3 {
            assert_eq!(app.call(DEBIT, params.clone()).await, first);
        }
        assert_eq!(app.messages(UZCARD.phone).await, messages);
        // A repeat does not prolong the code.
        app.clock.advance_ms(1);
        let expired = refusal(-32308, &json!({"reason": "code_expired"}));
        assert_eq!(app.call(DEBIT, params).await, expired);
        assert_eq!(app.call(CONFIRM, right_code(id)).await, expired);
    }

    async fn while_the_first_is_being_worked_on(app: TestApp) {
        let Some(app) = TestApp::with(app.kind, patient).await else {
            return;
        };
        let token = app.add_card(UZCARD).await;
        let params = with(
            debit_params(UZCARD, &token, 500),
            json!({"extId": "order-1"}),
        );
        app.fault(json!({"network": "UZCARD", "operation": "pay", "kind": "delay", "delayMs": 2_000, "times": 1})).await;
        let repeat = async {
            let id = loop {
                let found = app
                    .call("transactions.get", json!({"extId": "order-1"}))
                    .await;
                if let Some(id) = found["result"]["transactionId"].as_i64() {
                    break id;
                }
            };
            let busy = json!({"reason": "processing", "transactionId": id, "retryable": true});
            assert_eq!(
                app.call(DEBIT, params.clone()).await,
                refusal(-32364, &busy)
            );
            assert_eq!(app.status(id).await, "processing");
        };
        let (first, ()) = tokio::join!(app.call(DEBIT, params.clone()), repeat);
        assert!(first.get("result").is_some(), "{first}");
        assert_eq!(app.call(DEBIT, params).await, first);
        assert_eq!(app.moves().await, ["pay 500"]);
    }

    async fn while_the_outcome_is_unknown(app: TestApp) {
        for (n, card) in [UZCARD, HUMO].into_iter().enumerate() {
            for (hold, operation) in [(false, "pay"), (true, "hold")] {
                let token = app.add_card(card).await;
                let ext_id = format!("{operation}-{n}");
                let params = with(
                    debit_params(card, &token, 500),
                    json!({"is_hold": hold, "extId": ext_id}),
                );
                app.fail_once(card, operation, "reset_after").await;
                let first = app.call(DEBIT, params.clone()).await;
                let id = first["error"]["data"]["transactionId"].as_i64().unwrap();
                assert_eq!(first, outcome_unknown(id));
                assert_eq!(
                    app.call(DEBIT, params.clone()).await,
                    in_process(id, "processing")
                );
                app.write_status(id, Status::Manual).await;
                assert_eq!(app.call(DEBIT, params).await, in_process(id, "manual"));
            }
        }
        // HUMO's sale stands in the ledger at its confirmation, which was never asked for.
        assert_eq!(app.moves().await, ["pay 500", "hold 500", "hold 500"]);
    }

    async fn a_debit_that_succeeded(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let (params, first, id) = ordered(&app, card, json!({})).await;
            assert_eq!(app.call(DEBIT, params.clone()).await, first);
            app.result("transactions.debit.reverse", the(id)).await;
            // The result is what the debit ended with; that it was reversed is the reversal's.
            assert_eq!(app.call(DEBIT, params).await, first);
        }
        assert_eq!(
            app.moves().await,
            ["pay 500", "reverse 500", "pay 500", "reverse 500"]
        );
    }

    async fn a_hold_and_what_became_of_it(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let (params, first, id) = ordered(&app, card, json!({"is_hold": true})).await;
            assert_eq!(app.call(DEBIT, params.clone()).await, first);
            let charged = app.call("transactions.debit.hold.charge", the(id)).await;
            assert_eq!(app.call(DEBIT, params.clone()).await, charged);
            app.result("transactions.debit.reverse", the(id)).await;
            assert_eq!(app.call(DEBIT, params).await, charged);

            let (params, first, id) = ordered(&app, card, json!({"is_hold": true})).await;
            app.result("transactions.debit.hold.cancel", the(id)).await;
            assert_eq!(app.call(DEBIT, params).await, first);

            let (params, first, _) = ordered(&app, card, json!({"is_hold": true})).await;
            app.clock.advance_ms(HOLD_LIFETIME_MS);
            app.running.gateway.expire_holds().await.unwrap();
            assert_eq!(app.call(DEBIT, params).await, first);
        }
        assert_eq!(
            app.moves()
                .await
                .iter()
                .filter(|row| *row == "hold 500")
                .count(),
            6
        );
    }

    async fn after_a_confirmation_the_confirmations(app: TestApp) {
        for card in [UZCARD, HUMO] {
            for hold in [false, true] {
                let order = json!({"force_sms_confirmation": true, "is_hold": hold});
                let (params, _, id) = ordered(&app, card, order.clone()).await;
                let confirmed = app.call(CONFIRM, right_code(id)).await;
                assert_eq!(app.call(DEBIT, params).await, confirmed);

                let (params, _, id) = ordered(&app, card, order).await;
                let operation = if hold { "hold" } else { "pay" };
                let (code, _) = card.refusing_code();
                app.refuse_once(card, operation, code).await;
                let declined = app.call(CONFIRM, right_code(id)).await;
                assert!(declined.get("error").is_some(), "{declined}");
                assert_eq!(app.call(DEBIT, params).await, declined);
            }
        }
    }

    async fn a_debit_that_was_declined_in_the_language_now_asked_for(app: TestApp) {
        use rpc_schema::errors::Lang;
        let card = TestCard::forcing(sandbox::Network::Humo, sandbox::Outcome::Blocked);
        let token = app.add_card(card).await;
        let params = with(debit_params(card, &token, 500), json!({"extId": "a"}));
        let data = json!({"network": "HUMO", "processingCode": "104"});
        assert_eq!(
            app.call(DEBIT, params.clone()).await,
            refusal(-32310, &data)
        );
        for (lang, spoken) in [
            ("ru", Lang::Ru),
            ("uz", Lang::Uz),
            ("en", Lang::En),
            ("de", Lang::Ru),
        ] {
            let reply = app
                .call_with_headers(
                    &[("lang", lang), ("app-name", "Other-prod")],
                    DEBIT,
                    params.clone(),
                )
                .await;
            assert_eq!(reply["error"], error_object(-32310, spoken, &data));
        }
        assert_eq!(app.requests(app.row_of("a").await.id).await.len(), 1);
    }

    async fn a_code_whose_tries_are_used_up(app: TestApp) {
        let (params, _, id) = ordered(&app, UZCARD, json!({"force_sms_confirmation": true})).await;
        for _ in 0..3 {
            app.error(
                CONFIRM,
                json!({"transactionId": id, "confirmedCode": "000000"}),
            )
            .await;
        }
        assert_eq!(
            app.call(DEBIT, params).await,
            refusal(-32308, &json!({"reason": "code_expired"}))
        );
    }

    async fn other_params_are_another_order(app: TestApp) {
        let (params, first, _) = ordered(&app, UZCARD, json!({"extId": "A.b_c:d-9"})).await;
        let other = app.add_card(UZCARD_2).await;
        let reused = refusal(
            -32401,
            &json!({"reason": "ext_id_reused", "field": "extId", "extId": "A.b_c:d-9"}),
        );
        let changes = [
            json!({"amount": 501}),
            json!({"amount": 500_000_000}),
            json!({"token": other}),
            // Before it is looked whether the card exists, the terminal is allowed and the amount within the limits.
            json!({"token": "5f0c3a52-8a0b-4c5e-8a44-0d5c2f9e7a11"}),
            json!({"merchantId": "90002"}),
            json!({"terminalId": "92400002"}),
            json!({"is_hold": true}),
            json!({"force_sms_confirmation": true}),
        ];
        for change in changes {
            assert_eq!(
                app.call(DEBIT, with(params.clone(), change.clone())).await,
                reused,
                "{change}"
            );
        }
        // The same order, spelled differently.
        let spelled = [
            with(json!({"extId": "A.b_c:d-9"}), params.clone()),
            with(
                params.clone(),
                json!({"is_hold": false, "force_sms_confirmation": false}),
            ),
            with(params.clone(), json!({"is_hold": null})),
        ];
        for params in spelled {
            assert_eq!(app.call(DEBIT, params.clone()).await, first, "{params}");
        }
        assert_eq!(app.moves().await, ["pay 500"]);
    }

    async fn a_refusal_before_the_intent_leaves_it_free(app: TestApp) {
        let adjust = |config: &mut aloqa_gateway::config::Config| {
            config.debits.min_amount = 100;
            config.debits.max_amount = 10_000;
        };
        let Some(app) = TestApp::with(app.kind, adjust).await else {
            return;
        };
        let token = app.add_card(UZCARD).await;
        let params = with(debit_params(UZCARD, &token, 500), json!({"extId": "a"}));
        let refused = [
            (json!({"amount": 0}), -32385),
            (json!({"amount": 99}), -32328),
            (json!({"amount": 10_001}), -32329),
            (
                json!({"token": "5f0c3a52-8a0b-4c5e-8a44-0d5c2f9e7a11"}),
                -32301,
            ),
            (json!({"terminalId": "1"}), -32362),
            (json!({"surplus": 1}), -32401),
        ];
        for (change, code) in refused {
            assert_eq!(
                app.error_code(DEBIT, with(params.clone(), change.clone()))
                    .await,
                code,
                "{change}"
            );
        }
        app.ordered(params).await;
        assert_eq!(app.moves().await, ["pay 500"]);
    }

    async fn each_partner_has_its_own(app: TestApp) {
        let stranger = app.add_partner("stranger", &["*"]).await;
        let (params, first, _) = ordered(&app, UZCARD, json!({"extId": "a"})).await;
        let token = app.add_card_as(&stranger, UZCARD).await;
        let reply = app
            .call_as(
                &stranger,
                DEBIT,
                with(debit_params(UZCARD, &token, 700), json!({"extId": "a"})),
            )
            .await;
        assert!(reply.get("result").is_some(), "{reply}");
        assert_eq!(app.call(DEBIT, params).await, first);
        assert_eq!(app.moves().await, ["pay 500", "pay 700"]);
    }

    async fn what_an_ext_id_may_be(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let params =
            |ext_id: Value| with(debit_params(UZCARD, &token, 500), json!({"extId": ext_id}));
        for bad in [
            json!("with space"),
            json!("ü"),
            json!("a/b"),
            json!("x".repeat(65)),
            json!(7),
            json!(["a"]),
        ] {
            let error = app.error(DEBIT, params(bad.clone())).await;
            assert_eq!(
                (&error["code"], &error["data"]["field"]),
                (&json!(-32401), &json!("extId")),
                "{bad}"
            );
        }
        assert_eq!(app.moves().await, [""; 0]);
        for good in [
            "x".repeat(64),
            "0".to_owned(),
            ".".to_owned(),
            "-_:.".to_owned(),
        ] {
            app.ordered(params(json!(good))).await;
        }
        // None is none: each call is an order of its own.
        app.ordered(params(Value::Null)).await;
        app.ordered(params(Value::Null)).await;
        assert_eq!(app.moves().await.len(), 6);
    }

    /// The whole table: every kind of order, at each network and in each direction, however far it has come.
    async fn in_every_state_before_and_after_a_restart_of_the_gateway(app: TestApp) {
        for order in ORDERS {
            let standings = STANDINGS.into_iter().filter(|standing| comes_to(order, *standing));
            let seen = join_all(standings.map(|standing| repeated(app.kind, order, standing))).await;
            for status in Status::iter().filter(|status| may_be(order, *status)) {
                assert!(seen.contains(&status), "{order:?}: no row of the table is {status:?}");
            }
        }
    }

    async fn after_a_restart_of_the_gateway(app: TestApp) {
        let (paid, paid_first, _) = ordered(&app, UZCARD, json!({})).await;
        let (held, held_first, _) = ordered(&app, HUMO, json!({"is_hold": true})).await;
        let (waiting, waiting_first, id) =
            ordered(&app, UZCARD_2, json!({"force_sms_confirmation": true})).await;
        let messages = app.messages(UZCARD_2.phone).await;
        let app = app.restarted().await;
        assert_eq!(app.call(DEBIT, paid).await, paid_first);
        assert_eq!(app.call(DEBIT, held).await, held_first);
        assert_eq!(app.call(DEBIT, waiting.clone()).await, waiting_first);
        assert_eq!(app.messages(UZCARD_2.phone).await, messages);
        assert_eq!(app.moves().await, ["pay 500", "hold 500"]);
        let confirmed = app.call(CONFIRM, right_code(id)).await;
        let app = app.restarted().await;
        assert_eq!(app.call(DEBIT, waiting).await, confirmed);
        assert_eq!(app.moves().await, ["pay 500", "hold 500", "pay 500"]);
    }

    async fn of_fifty_calls_at_once_one_acts(app: TestApp) {
        let Some(app) = TestApp::with(app.kind, patient).await else {
            return;
        };
        let other = if app.kind == DatabaseKind::Postgres {
            Some(app.another().await)
        } else {
            None
        };
        for card in [UZCARD, HUMO] {
            for hold in [false, true] {
                let before = app.moves().await.len();
                let token = app.add_card(card).await;
                let order = json!({"extId": format!("{}-{hold}", card.network()), "is_hold": hold});
                let params = with(debit_params(card, &token, 500), order);
                let replies = join_all((0..50).map(|n| {
                    let gateway = if n % 2 == 0 {
                        &app
                    } else {
                        other.as_ref().unwrap_or(&app)
                    };
                    gateway.call(DEBIT, params.clone())
                }))
                .await;
                let last = app.call(DEBIT, params).await;
                let id = last["result"]["transactionId"]
                    .as_i64()
                    .unwrap_or_else(|| panic!("{last}"));
                let busy = refusal(
                    -32364,
                    &json!({"reason": "processing", "transactionId": id, "retryable": true}),
                );
                assert!(
                    replies.iter().all(|reply| *reply == last || *reply == busy),
                    "{replies:?}"
                );
                assert!(replies.contains(&last));
                assert_eq!(app.moves().await.len(), before + 1);
            }
        }
        app.assert_settled().await;
    }

    async fn of_fifty_calls_at_once_with_a_code_one_sends_it(app: TestApp) {
        let Some(app) = TestApp::with(app.kind, patient).await else {
            return;
        };
        let token = app.add_card(UZCARD).await;
        let (rows, messages) = (
            app.transaction_count().await,
            app.messages(UZCARD.phone).await.len(),
        );
        let order = json!({"extId": "a", "force_sms_confirmation": true});
        let params = with(debit_params(UZCARD, &token, 500), order);
        let replies = join_all((0..50).map(|_| app.call(DEBIT, params.clone()))).await;
        assert!(
            replies.iter().all(|reply| *reply == replies[0]),
            "{replies:?}"
        );
        assert_eq!(replies[0]["result"]["phone"], UZCARD.phone);
        assert_eq!(app.transaction_count().await, rows + 1);
        assert_eq!(app.messages(UZCARD.phone).await.len(), messages + 1);
    }

    async fn of_fifty_calls_at_once_whose_outcome_is_unknown_one_acts(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let params = with(debit_params(UZCARD, &token, 500), json!({"extId": "a"}));
        app.fail_once(UZCARD, "pay", "drop_after").await;
        let replies = join_all((0..50).map(|_| app.call(DEBIT, params.clone()))).await;
        let id = app.row_of("a").await.id;
        let busy = refusal(
            -32364,
            &json!({"reason": "processing", "transactionId": id, "retryable": true}),
        );
        let allowed = [outcome_unknown(id), busy, in_process(id, "processing")];
        assert!(
            replies.iter().all(|reply| allowed.contains(reply)),
            "{replies:?}"
        );
        assert_eq!(
            replies.iter().filter(|reply| **reply == allowed[0]).count(),
            1
        );
        assert_eq!(app.moves().await, ["pay 500"]);
        app.assert_settled().await;
    }

    async fn one_unsettled_hold_a_card_of_uzcard(app: TestApp) {
        let stranger = app.add_partner("stranger", &["*"]).await;
        let (token, foreign) = (
            app.add_card(UZCARD).await,
            app.add_card_as(&stranger, UZCARD).await,
        );
        let (other, humo) = (app.add_card(UZCARD_2).await, app.add_card(HUMO).await);
        let hold =
            |card, token: &str| with(debit_params(card, token, 500), json!({"is_hold": true}));
        let waiting = app
            .ordered(with(
                hold(UZCARD, &token),
                json!({"force_sms_confirmation": true}),
            ))
            .await;

        app.fault(
            json!({"network": "UZCARD", "operation": "hold", "kind": "reset_after", "times": 2}),
        )
        .await;
        let first = app.call(DEBIT, hold(UZCARD, &token)).await;
        assert_eq!(first["error"]["code"], -32379);
        let rows = app.transaction_count().await;
        let busy = refusal(-32364, &json!({"retryable": true}));
        assert_eq!(app.call(DEBIT, hold(UZCARD, &token)).await, busy);
        assert_eq!(
            app.call(
                DEBIT,
                with(hold(UZCARD, &token), json!({"amount": 700, "extId": "a"}))
            )
            .await,
            busy
        );
        assert_eq!(
            app.call_as(&stranger, DEBIT, hold(UZCARD, &foreign)).await,
            busy
        );
        assert_eq!(app.transaction_count().await, rows);
        // The code of one that waits is not spent by it.
        assert_eq!(app.call(CONFIRM, right_code(waiting)).await, busy);
        assert_eq!(
            (app.status(waiting).await, app.row(waiting).await.code_tries),
            ("awaiting_code".to_owned(), 0)
        );

        // The rule is about holds on this card at this network; the second lost reply is the other card's.
        app.ordered(debit_params(UZCARD, &token, 500)).await;
        assert_eq!(app.error_code(DEBIT, hold(UZCARD_2, &other)).await, -32379);
        app.fail_once(HUMO, "hold", "reset_after").await;
        assert_eq!(app.error_code(DEBIT, hold(HUMO, &humo)).await, -32379);
        app.ordered(hold(HUMO, &humo)).await;
        assert_eq!(
            app.moves().await,
            ["hold 500", "pay 500", "hold 500", "hold 500", "hold 500"]
        );
        app.assert_settled().await;
    }

    async fn of_equal_holds_at_once_on_a_card_of_uzcard_none_is_confused(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let params = with(debit_params(UZCARD, &token, 500), json!({"is_hold": true}));
        let replies = join_all((0..20).map(|_| app.call(DEBIT, params.clone()))).await;
        let held = replies
            .iter()
            .filter(|reply| reply.get("result").is_some())
            .count();
        let busy = refusal(-32364, &json!({"retryable": true}));
        assert_eq!(
            replies.iter().filter(|reply| **reply == busy).count(),
            20 - held,
            "{replies:?}"
        );
        assert!(held >= 1);
        assert_eq!(app.moves().await.len(), held);
        app.assert_settled().await;
    }
}

#[rustfmt::skip] // A table: a kind of order a line.
const ORDERS: [Order; 8] = [
    Order::Debit(UZCARD), Order::Debit(HUMO),
    Order::Hold(UZCARD), Order::Hold(HUMO),
    Order::Transfer(UZCARD_TO_UZCARD), Order::Transfer(HUMO_TO_HUMO),
    Order::Transfer(UZCARD_TO_HUMO), Order::Transfer(HUMO_TO_UZCARD),
];

/// How far an order has come when it is repeated.
#[derive(Debug, Clone, Copy)]
enum Standing {
    AwaitingCode,
    CodeTimeOver,
    CodeTriesUsedUp,
    /// The intent is there, and whoever wrote it may still be working on it.
    Sent,
    /// Whoever wrote it is dead.
    LeftSent,
    Unknown,
    Manual,
    Done,
    Confirmed,
    Declined,
    DeclinedWhenConfirmed,
    /// The credit of a transfer is unknown.
    CreditUnknown,
    /// The credit of a transfer was refused, and its debit given back.
    GivenBack,
    Charged,
    ChargeUnknown,
    Cancelled,
    /// The time of a hold is over, and the gateway has released it.
    Released,
    Reversed,
    ReversalUnknown,
}

const STANDINGS: [Standing; 19] = [
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

/// A cell of the table: brings an order so far, and repeats it; the status that it has.
async fn repeated(kind: DatabaseKind, order: Order, standing: Standing) -> Status {
    let shown = format!("{order:?} {standing:?}");
    let app = TestApp::with(kind, |config| {
        patient(config);
        // A receipt that comes late would be in the second reply and not in the first.
        config.fiscal.timeout_ms = 15_000;
    });
    let app = app.await.unwrap();
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

fn may_be(order: Order, status: Status) -> bool {
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

fn comes_to(order: Order, standing: Standing) -> bool {
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

/// Params of an order that is to stand so.
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
    let id = || async { app.row_of("order").await.id };
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
            code_over
        }
        Standing::Sent | Standing::LeftSent => {
            // It dies when the intent is committed, and before the call.
            let doomed = Doomed::start(app, 2).await;
            assert_eq!(doomed.call(method, params).await, None);
            doomed.end().await;
            let id = id().await;
            assert_eq!(app.requests(id).await, [format!("{} sent", first_call)]);
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

/// The reply, which has a result.
#[track_caller]
fn succeeded(reply: Value) -> Value {
    assert!(reply.get("result").is_some(), "{reply}");
    reply
}

/// Orders with an `extId` of its own; the params, the whole reply and the transaction.
async fn ordered(app: &TestApp, card: TestCard, more: Value) -> (Value, Value, i64) {
    let token = app.add_card(card).await;
    let ext_id = format!("order-{}", app.transaction_count().await);
    let params = with(
        with(debit_params(card, &token, 500), json!({"extId": ext_id})),
        more,
    );
    let first = app.call(DEBIT, params.clone()).await;
    let id = first["result"]["transactionId"]
        .as_i64()
        .unwrap_or_else(|| panic!("{first}"));
    (params, first, id)
}
