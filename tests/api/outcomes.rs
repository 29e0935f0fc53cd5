//! Every call that moves money × every way in which it can end: what the partner hears, what the transaction becomes,
//! and that the money moved at most once.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use test_support::orders::{AMOUNT, ENDINGS, Ending, fail};
use test_support::*;

/// A call to a network that moves money.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Pay,
    /// HUMO's second call of a sale.
    Confirm,
    Hold,
    Capture,
    Release,
    Reverse,
}

#[rustfmt::skip] // A table: one line.
const STEPS_OF_UZCARD: [Step; 5] = [Step::Pay, Step::Hold, Step::Capture, Step::Release, Step::Reverse];
#[rustfmt::skip] // A table: one line.
const STEPS_OF_HUMO: [Step; 6] = [Step::Pay, Step::Confirm, Step::Hold, Step::Capture, Step::Release, Step::Reverse];

on_each_database! {
    async fn every_call_to_uzcard_with_every_ending(app: TestApp) {
        all_endings(app.kind, UZCARD, &STEPS_OF_UZCARD).await;
    }

    async fn every_call_to_humo_with_every_ending(app: TestApp) {
        all_endings(app.kind, HUMO, &STEPS_OF_HUMO).await;
    }

    async fn cards_whose_outcome_stays_unknown(app: TestApp) {
        use sandbox::Network::{Humo, Uzcard};
        use sandbox::Outcome as O;
        let table = [
            (O::ReplyLost, true),
            (O::RequestLost, false),
            (O::Http500, false),
            (O::Garbage, true),
        ];
        join_all(
            [Uzcard, Humo]
                .into_iter()
                .flat_map(|network| table.map(|row| (network, row)))
                .map(|row| {
                    let app = &app;
                    async move {
                        let (network, (outcome, executed)) = row;
                        let card = TestCard::forcing(network, outcome);
                        let token = app.add_card(card).await;
                        for (n, hold) in [false, true].into_iter().enumerate() {
                            let shown = format!("{network:?} {outcome:?} hold {hold}");
                            let params =
                                with(debit_params(card, &token, AMOUNT), json!({"is_hold": hold}));
                            let reply = app.call("transactions.debit", params).await;
                            let id = reply["error"]["data"]["transactionId"]
                                .as_i64()
                                .unwrap_or_else(|| panic!("{shown}: {reply}"));
                            assert_eq!(reply, outcome_unknown(id), "{shown}");
                            assert_eq!(app.status(id).await, "processing", "{shown}");
                            let taken = if executed {
                                AMOUNT * (i64::try_from(n).unwrap() + 1)
                            } else {
                                0
                            };
                            assert_eq!(app.balance(card).await, FULL - taken, "{shown}");
                        }
                    }
                }),
        )
        .await;
        app.assert_settled().await;
    }

    async fn a_sale_that_humo_does_not_confirm_is_cancelled_before_the_refusal(app: TestApp) {
        let token = app.add_card(HUMO).await;
        for (code, mapped) in [
            ("116", -32309),
            ("104", -32310),
            ("121", -32382),
        ] {
            fail(&app, HUMO, "confirm", Ending::Refused, code).await;
            let params = with(debit_params(HUMO, &token, AMOUNT), json!({"extId": code}));
            let refused = refusal(mapped, &json!({"network": "HUMO", "processingCode": code}));
            assert_eq!(
                app.call("transactions.debit", params.clone()).await,
                refused,
                "{code}"
            );
            // By the time the caller hears of it, the money is free.
            assert_eq!(app.balance(HUMO).await, FULL, "{code}");
            let found = app.result("transactions.get", json!({"extId": code})).await;
            assert_eq!(
                (&found["status"], &found["error"]),
                (&json!("declined"), &refused["error"]),
                "{code}"
            );
            let id = found["transactionId"].as_i64().unwrap();
            assert_eq!(
                app.requests(id).await,
                ["pay approved", "confirm declined", "cancel approved"],
                "{code}"
            );
            assert_eq!(
                app.call("transactions.debit", params).await,
                refused,
                "{code}"
            );
        }
        assert_eq!(app.moves().await, [""; 0]);
        app.assert_settled().await;
    }

    async fn a_cancel_of_unknown_outcome_leaves_the_sale_unknown(app: TestApp) {
        let token = app.add_card(HUMO).await;
        let mut blocked = 0;
        for ending in ENDINGS {
            fail(&app, HUMO, "confirm", Ending::Refused, "116").await;
            // A refused cancel also leaves the money where it is: blocked.
            fail(
                &app,
                HUMO,
                "release",
                ending,
                if ending == Ending::Refused {
                    "902"
                } else {
                    "909"
                },
            )
            .await;
            let reply = app
                .call("transactions.debit", debit_params(HUMO, &token, AMOUNT))
                .await;
            let id = reply["error"]["data"]["transactionId"]
                .as_i64()
                .unwrap_or_else(|| panic!("{ending:?}: {reply}"));
            assert_eq!(reply, outcome_unknown(id), "{ending:?}");
            let standing = app.standing(id).await;
            assert_eq!(standing["status"], "processing", "{ending:?}");
            assert_eq!(
                (&standing["result"], &standing["error"]),
                (&Value::Null, &Value::Null),
                "{ending:?}"
            );
            assert_eq!(
                app.requests(id).await,
                ["pay approved", "confirm declined", "cancel unknown"],
                "{ending:?}"
            );
            if !ending.is_executed() {
                blocked += AMOUNT;
            }
            assert_eq!(app.balance(HUMO).await, FULL - blocked, "{ending:?}");
        }
        assert_eq!(app.moves().await, [""; 0]);
        app.assert_settled().await;
    }

    async fn humos_own_check_of_the_input_refuses_only_what_creates(app: TestApp) {
        // EBPP -1 on a create is a refused input; elsewhere "already confirmed" may look the same.
        let refused = refusal(
            -32406,
            &json!({"network": "HUMO", "processingCode": "-1", "retryable": true}),
        );
        for step in STEPS_OF_HUMO {
            let case = Case::prepared(&app, HUMO, step).await;
            fail(&app, HUMO, step.fault(), Ending::Refused, "-1").await;
            let (reply, id) = case.run(&app).await;
            match step {
                Step::Pay | Step::Hold => {
                    assert_eq!(reply, refused, "{step:?}");
                    assert_eq!(app.status(id).await, "declined", "{step:?}");
                }
                Step::Confirm | Step::Capture | Step::Release | Step::Reverse => {
                    assert_eq!(reply, outcome_unknown(id), "{step:?}");
                    assert_eq!(app.status(id).await, "processing", "{step:?}");
                }
            }
        }
        app.assert_settled().await;
    }

    async fn a_network_that_is_not_reached_declines_what_was_not_begun(app: TestApp) {
        for (card, code) in [(UZCARD, -32338), (HUMO, -32339)] {
            let token = app.add_card(card).await;
            let unavailable = refusal(code, &json!({"network": card.network(), "retryable": true}));
            let order = |more: Value| with(debit_params(card, &token, AMOUNT), more);
            let held = app.ordered(order(json!({"is_hold": true}))).await;
            let paid = app.ordered(order(json!({}))).await;
            let waiting = app
                .ordered(order(json!({"force_sms_confirmation": true})))
                .await;
            let (moves, balance) = (app.moves().await, app.balance(card).await);
            let dead = app
                .another_with(|config| config.sandbox.listen = closed_port())
                .await;

            for hold in [false, true] {
                let ext_id = format!("{}-{hold}", card.network());
                let reply = dead
                    .call(
                        "transactions.debit",
                        order(json!({"is_hold": hold, "extId": ext_id})),
                    )
                    .await;
                assert_eq!(reply, unavailable);
                let found = dead
                    .result("transactions.get", json!({"extId": ext_id}))
                    .await;
                assert_eq!(
                    (&found["status"], &found["error"]),
                    (&json!("declined"), &unavailable["error"])
                );
                let request = if hold {
                    "hold declined"
                } else {
                    "pay declined"
                };
                assert_eq!(
                    app.requests(found["transactionId"].as_i64().unwrap()).await,
                    [request]
                );
            }
            // Without the phone on file there is no code, and no row.
            let rows = app.transaction_count().await;
            let reply = dead
                .call(
                    "transactions.debit",
                    order(json!({"force_sms_confirmation": true})),
                )
                .await;
            assert_eq!(reply, unavailable);
            assert_eq!(app.transaction_count().await, rows);

            let table = [
                ("transactions.debit.hold.charge", held, "held"),
                ("transactions.debit.hold.cancel", held, "held"),
                ("transactions.debit.reverse", paid, "succeeded"),
            ];
            for (method, id, status) in table {
                assert_eq!(
                    dead.call(method, json!({"transactionId": id})).await,
                    unavailable,
                    "{method}"
                );
                assert_eq!(app.status(id).await, status, "{method}");
            }
            let params = json!({"transactionId": waiting, "confirmedCode": CODE});
            assert_eq!(
                dead.call("transactions.debit.confirm", params).await,
                unavailable
            );
            assert_eq!(app.status(waiting).await, "declined");

            assert_eq!(app.moves().await, moves);
            assert_eq!(app.balance(card).await, balance);
            // What was not sent may be tried again.
            app.result(
                "transactions.debit.hold.charge",
                json!({"transactionId": held}),
            )
            .await;
            app.result("transactions.debit.reverse", json!({"transactionId": paid}))
                .await;
        }
        app.assert_settled().await;
    }

    async fn a_sale_that_humo_finished_at_once_is_not_confirmed_again(app: TestApp) {
        let humo = PaymentServer::answering("10").await;
        let (finishing, shop) = with_payment_server(&app, &humo).await;
        let token = app.add_card_as(&shop, HUMO).await;
        let reply = finishing
            .call_as(
                &shop,
                "transactions.debit",
                debit_params(HUMO, &token, AMOUNT),
            )
            .await;
        let id = reply["result"]["transactionId"]
            .as_i64()
            .unwrap_or_else(|| panic!("{reply}"));
        assert_eq!(HUMO.masked_result(reply), success(&HUMO.taken(id)));
        assert_eq!(app.requests(id).await, ["pay approved"]);
        assert_eq!(humo.calls.load(Ordering::SeqCst), 1);
        app.assert_settled().await;
    }

    async fn a_sale_whose_confirmation_cannot_be_sent_stays_unknown(app: TestApp) {
        // It takes one call, and then it is gone.
        let humo = PaymentServer::answering("4").await;
        let (leaving, shop) = with_payment_server(&app, &humo).await;
        let token = app.add_card_as(&shop, HUMO).await;
        let reply = leaving
            .call_as(
                &shop,
                "transactions.debit",
                debit_params(HUMO, &token, AMOUNT),
            )
            .await;
        let id = reply["error"]["data"]["transactionId"]
            .as_i64()
            .unwrap_or_else(|| panic!("{reply}"));
        assert_eq!(reply, outcome_unknown(id));
        assert_eq!(
            app.requests(id).await,
            ["pay approved", "confirm declined", "cancel unknown"]
        );
        assert_eq!(humo.calls.load(Ordering::SeqCst), 1);
        app.assert_settled().await;
    }
}

impl Step {
    /// The word by which the simulated networks know the call.
    fn fault(self) -> &'static str {
        match self {
            Self::Pay => "pay",
            Self::Confirm => "confirm",
            Self::Hold => "hold",
            Self::Capture => "capture",
            Self::Release => "release",
            Self::Reverse => "reverse",
        }
    }

    /// The method, what the transaction was before (empty: it did not exist), and what has moved by then.
    fn begins(self) -> (&'static str, &'static str, &'static [&'static str]) {
        match self {
            Self::Pay | Self::Confirm | Self::Hold => ("transactions.debit", "", &[]),
            Self::Capture => ("transactions.debit.hold.charge", "held", &["hold 500000"]),
            Self::Release => ("transactions.debit.hold.cancel", "held", &["hold 500000"]),
            Self::Reverse => ("transactions.debit.reverse", "succeeded", &["pay 500000"]),
        }
    }

    /// What is added to the ledger, and how much less the card has, once the network has carried the call out.
    fn executed(self, humo: bool) -> (Option<&'static str>, i64) {
        match self {
            // The ledger shows a sale of HUMO at its confirmation; until then the money is blocked.
            Self::Pay if humo => (None, AMOUNT),
            Self::Pay | Self::Confirm => (Some("pay 500000"), AMOUNT),
            Self::Hold => (Some("hold 500000"), AMOUNT),
            Self::Capture => (Some("capture 500000"), AMOUNT),
            Self::Release => (Some("release 500000"), 0),
            Self::Reverse => (Some("reverse 500000"), 0),
        }
    }

    /// How much less the card has before the call.
    fn missing_before(self) -> i64 {
        match self {
            Self::Pay | Self::Hold => 0,
            // The create has blocked it.
            Self::Confirm => AMOUNT,
            Self::Capture | Self::Release | Self::Reverse => AMOUNT,
        }
    }
}

/// A step that can be run: its method and params, and the transaction where there is one before.
struct Case {
    method: &'static str,
    params: Value,
}

impl Case {
    async fn prepared(app: &TestApp, card: TestCard, step: Step) -> Self {
        let token = app.add_card(card).await;
        let (method, ..) = step.begins();
        let order = debit_params(card, &token, AMOUNT);
        let params = match step {
            Step::Pay | Step::Confirm => order,
            Step::Hold => with(order, json!({"is_hold": true})),
            Step::Capture | Step::Release => {
                json!({"transactionId": app.ordered(with(order, json!({"is_hold": true}))).await})
            }
            Step::Reverse => json!({"transactionId": app.ordered(order).await}),
        };
        let params = match step {
            Step::Pay | Step::Confirm | Step::Hold => {
                with(params, json!({"extId": format!("{step:?}")}))
            }
            Step::Capture | Step::Release | Step::Reverse => params,
        };
        Self { method, params }
    }

    /// The reply, and the transaction that it is about.
    async fn run(&self, app: &TestApp) -> (Value, i64) {
        let reply = app.call(self.method, self.params.clone()).await;
        let id = match self.params.get("extId") {
            Some(ext_id) => {
                let found = app
                    .result("transactions.get", json!({"extId": ext_id}))
                    .await;
                found["transactionId"].as_i64().unwrap()
            }
            None => self.params["transactionId"].as_i64().unwrap(),
        };
        (reply, id)
    }
}

/// All combinations, each on a gateway and networks of its own, the endings of one step at the same time.
async fn all_endings(kind: DatabaseKind, card: TestCard, steps: &[Step]) {
    for (number, step) in steps.iter().enumerate() {
        let endings = ENDINGS.into_iter().enumerate().filter(|(ending, _)| {
            kind.takes(
                number + ending,
                OneIn {
                    sqlite: 1,
                    postgres: 4,
                },
            )
        });
        join_all(endings.map(|(_, ending)| async move {
            let app = TestApp::with(kind, lone_caller).await.unwrap();
            check(&app, card, *step, ending).await;
            app.running.stop().await;
        }))
        .await;
    }
}

async fn check(app: &TestApp, card: TestCard, step: Step, ending: Ending) {
    let shown = format!("{} {step:?} {ending:?}", card.network());
    let (_, before, moves_before) = step.begins();
    let case = Case::prepared(app, card, step).await;
    let result_before = match before {
        "" => Value::Null,
        _ => app
            .standing(case.params["transactionId"].as_i64().unwrap())
            .await["result"]
            .take(),
    };
    let (refusing, mapped) = card.refusing_code();
    let code = if ending == Ending::Refused {
        refusing
    } else {
        card.unclear_code()
    };
    fail(app, card, step.fault(), ending, code).await;

    let (reply, id) = case.run(app).await;
    let standing = app.standing(id).await;

    let (moved, missing) = step.executed(card == HUMO);
    let executed = ending.is_executed();
    let mut moves = moves_before.to_vec();
    moves.extend(moved.filter(|_| executed));
    let mut missing = if executed {
        missing
    } else {
        step.missing_before()
    };

    if ending == Ending::Refused {
        let of_network = json!({"network": card.network(), "processingCode": code});
        let (expected, status) = match step {
            Step::Pay | Step::Confirm | Step::Hold => (refusal(mapped, &of_network), "declined"),
            Step::Capture => (refusal(mapped, &of_network), "held"),
            Step::Release | Step::Reverse => (
                refusal(
                    -32330,
                    &with(of_network, json!({"reason": "refused_by_network"})),
                ),
                before,
            ),
        };
        assert_eq!(reply, expected, "{shown}");
        assert_eq!(standing["status"], status, "{shown}");
        let error = if status == "declined" {
            &expected["error"]
        } else {
            &Value::Null
        };
        assert_eq!(&standing["error"], error, "{shown}");
        if step == Step::Confirm {
            // What the create had blocked was freed.
            missing = 0;
        }
    } else {
        assert_eq!(reply, outcome_unknown(id), "{shown}");
        assert_eq!(standing["status"], "processing", "{shown}");
        assert_eq!(standing["error"], Value::Null, "{shown}");
        for method in ["transactions.debit.confirm", "transactions.debit.reverse"] {
            let params = match method {
                "transactions.debit.confirm" => json!({"transactionId": id, "confirmedCode": CODE}),
                _ => json!({"transactionId": id}),
            };
            assert_eq!(
                app.call(method, params).await,
                in_process(id, "processing"),
                "{shown} {method}"
            );
        }
    }
    assert_eq!(standing["result"], result_before, "{shown}");
    assert_eq!(app.moves().await, moves, "{shown}");
    assert_eq!(app.balance(card).await, FULL - missing, "{shown}");
    app.assert_settled().await;
}

/// A payment server of HUMO that takes one call and is gone.
struct PaymentServer {
    url: String,
    calls: Arc<AtomicUsize>,
}

impl PaymentServer {
    /// The one call is answered with this action.
    async fn answering(action: &str) -> Self {
        let reply = format!(
            "<S:Envelope xmlns:S='http://schemas.xmlsoap.org/soap/envelope/'><S:Body><PaymentResponse>\
             <paymentID>77</paymentID><details><item><name>auth_ref_number</name><value>000000000077</value></item>\
             </details><action>{action}</action></PaymentResponse></S:Body></S:Envelope>"
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let answer = move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            let reply = hyper::Response::new(Full::new(Bytes::from(reply.clone())));
            async { Ok::<_, Infallible>(reply) }
        };
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            drop(listener);
            let mut server = hyper::server::conn::http1::Builder::new();
            server.keep_alive(false);
            server
                .serve_connection(TokioIo::new(stream), service_fn(answer))
                .await
                .unwrap();
        });
        Self { url, calls }
    }
}

/// A gateway whose networks are real, as far as it knows, with this payment server and a partner for it.
async fn with_payment_server(app: &TestApp, humo: &PaymentServer) -> (TestApp, Credentials) {
    let shop = app.add_partner("shop", &["*"]).await;
    app.disable_partner("demo").await;
    let networks = app.running.sandbox_address.unwrap();
    let gateway = app
        .another_with(|config| {
            config.uzcard.url = Some(format!("http://{networks}/uzcard"));
            config.humo.payment_url = Some(humo.url.clone());
            config.humo.info_url = Some(format!("http://{networks}/humo/json"));
            config.sms.url = Some(format!("http://{networks}/sms/broker-api"));
            config.fiscal.url = Some(format!("http://{networks}/fiscal"));
        })
        .await;
    (gateway, shop)
}
