//! Every call of a transfer × every way in which it can end: what the partner hears, what the transaction becomes, and
//! where the money is. Also the fiscal receipt, which never decides how a transfer ends.

use aloqa_gateway::repository::request::of_transaction;
use entity::ids::TransactionId;
use serde_json::{Value, json};

use test_support::orders::{AMOUNT, ENDINGS, Ending, FEE, GIVEN_BACK, Order, TOTAL, fail, lost};
use test_support::*;

/// A call of a transfer: its direction, and the word by which the simulated networks know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Leg {
    direction: Direction,
    operation: &'static str,
}

#[rustfmt::skip] // One line.
const fn leg(direction: Direction, operation: &'static str) -> Leg {
    Leg { direction, operation }
}

const LEGS: [Leg; 9] = [
    leg(UZCARD_TO_UZCARD, "p2p"),
    leg(UZCARD_TO_HUMO_IN_ONE_CALL, "p2p"),
    leg(HUMO_TO_HUMO, "p2p"),
    leg(HUMO_TO_HUMO, "confirm"),
    leg(UZCARD_TO_HUMO, "pay"),
    leg(UZCARD_TO_HUMO, "credit"),
    leg(HUMO_TO_UZCARD, "pay"),
    leg(HUMO_TO_UZCARD, "confirm"),
    leg(HUMO_TO_UZCARD, "credit"),
];

/// Where the money has gone: how much less the sender has, how much more the recipient, and the ledger's rows.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Money {
    missing: i64,
    received: i64,
    moves: Vec<String>,
}

impl Money {
    fn add(&mut self, other: &Self) {
        self.missing += other.missing;
        self.received += other.received;
        self.moves.extend_from_slice(&other.moves);
    }

    async fn of(app: &TestApp, direction: Direction) -> Self {
        Self {
            missing: FULL - app.balance(direction.from).await,
            received: app.balance(direction.to).await - FULL,
            moves: app.moves().await,
        }
    }
}

fn money(missing: i64, received: i64, moves: &[&str]) -> Money {
    Money {
        missing,
        received,
        moves: moves.iter().map(|&row| row.to_owned()).collect(),
    }
}

impl Leg {
    /// The card of the network that is called.
    fn card(self) -> TestCard {
        if self.operation == "credit" {
            self.direction.to
        } else {
            self.direction.from
        }
    }

    /// The rows of the calls before it; all are approved.
    fn before(self) -> &'static [&'static str] {
        match (self.direction.method, self.operation) {
            ("p2p.humo2humo", "confirm") => &["p2p approved"],
            ("p2p.humo2uzcard", "confirm") | ("p2p.uzcard2humo", "credit") => &["pay approved"],
            ("p2p.humo2uzcard", "credit") => &["pay approved", "confirm approved"],
            _ => &[],
        }
    }

    /// Where the money is when the call is due.
    fn money_before(self) -> Money {
        match self.operation {
            // Blocked.
            "confirm" => money(TOTAL, 0, &[]),
            "credit" => money(TOTAL, 0, &["pay 502500"]),
            _ => Money::default(),
        }
    }

    /// Where it is once the network has carried the call out.
    fn money_after(self) -> Money {
        match (self.direction.method, self.operation) {
            ("p2p.uzcard2uzcard" | "p2p.uzcard2humo", "p2p") | ("p2p.humo2humo", "confirm") => {
                money(TOTAL, AMOUNT, &["p2p 500000"])
            }
            // HUMO's create only blocks.
            ("p2p.humo2humo", "p2p") | ("p2p.humo2uzcard", "pay") => money(TOTAL, 0, &[]),
            (_, "credit") => money(TOTAL, AMOUNT, &["pay 502500", "credit 500000"]),
            _ => money(TOTAL, 0, &["pay 502500"]),
        }
    }

    /// The rows after a refusal, and what the ledger then has: nobody has lost anything.
    fn refused(self) -> (Vec<String>, Money) {
        let mut rows: Vec<String> = self.before().iter().map(|&row| row.to_owned()).collect();
        rows.push(format!("{} declined", self.operation));
        let undone = match self.operation {
            "confirm" => {
                rows.push("cancel approved".to_owned());
                Money::default()
            }
            "credit" => {
                rows.push("reverse approved".to_owned());
                money(0, 0, GIVEN_BACK)
            }
            _ => Money::default(),
        };
        (rows, undone)
    }

    /// What a network's "blocked" is mapped to: it is about the card that is called.
    fn mapped(self) -> i32 {
        if self.operation == "credit" {
            -32408
        } else {
            -32310
        }
    }
}

#[rustfmt::skip] // One line.
const SHARE: OneIn = OneIn { sqlite: 1, postgres: 3 };

on_each_database! {
    async fn every_call_with_every_ending(app: TestApp) {
        let kind = app.kind;
        join_all(LEGS.map(|leg| async move {
            let app = TestApp::with(kind, Order::Transfer(leg.direction).with(lone_caller)).await.unwrap();
            every_ending(&app, leg).await;
            app.assert_settled().await;
        })).await;
    }

    /// A credit that is refused, and then the reversal of the debit.
    async fn a_debit_that_cannot_be_given_back_is_kept(app: TestApp) {
        let kind = app.kind;
        join_all([UZCARD_TO_HUMO, HUMO_TO_UZCARD].map(|direction| async move {
            let app = TestApp::with(kind, lone_caller).await.unwrap();
            every_ending_of_the_reversal(&app, direction).await;
            app.assert_settled().await;
        })).await;
    }

    async fn a_cancel_of_unknown_outcome_leaves_the_transfer_unknown(app: TestApp) {
        for direction in [HUMO_TO_HUMO, HUMO_TO_UZCARD] {
            let token = app.add_card(HUMO).await;
            for (ending, blocked) in [(lost("reset_before", false), TOTAL), (lost("reset_after", true), 0), (Ending::Refused, TOTAL)] {
                let before = app.balance(HUMO).await;
                app.refuse_once(HUMO, "confirm", "116").await;
                fail(&app, HUMO, "release", ending, "902").await;
                let reply = app.call(direction.method, direction.params(&token, AMOUNT)).await;
                let id = app.last_transaction().await.id.0;
                assert_eq!(reply, outcome_unknown(id), "{} {ending:?}", direction.method);
                assert_eq!(app.requests(id).await[1..], ["confirm declined", "cancel unknown"]);
                // What is released is what was blocked, fee and all.
                let rows = of_transaction(&*app.running.gateway.database, TransactionId(id)).await.unwrap();
                assert!(rows.iter().all(|row| row.amount == rows[0].amount), "{rows:?}");
                assert_eq!(app.status(id).await, "processing");
                assert_eq!(app.balance(HUMO).await, before - blocked, "{ending:?}");
            }
        }
        assert_eq!(app.moves().await, [""; 0]);
        app.assert_settled().await;
    }

    async fn each_call_is_a_row_before_it_is_made(app: TestApp) {
        let kind = app.kind;
        join_all(LEGS.map(|leg| async move {
            let app = TestApp::with(kind, Order::Transfer(leg.direction).with(patient)).await.unwrap();
            let Leg { direction, operation } = leg;
            let token = app.add_card(direction.from).await;
            app.fault(json!({"network": leg.card().network(), "operation": operation, "kind": "delay", "delayMs": 2_000, "times": 1})).await;
            let params = with(direction.params(&token, AMOUNT), json!({"extId": "slow"}));
            let look = async {
                app.faults_are_taken().await;
                let id = app.row_of("slow").await.id.0;
                let mut rows: Vec<String> = leg.before().iter().map(|&row| row.to_owned()).collect();
                rows.push(format!("{operation} sent"));
                assert_eq!(app.requests(id).await, rows, "{} {operation}", direction.method);
                let standing = app.standing(id).await;
                assert_eq!((&standing["status"], &standing["result"], &standing["error"]),
                    (&json!("processing"), &Value::Null, &Value::Null), "{} {operation}", direction.method);
                let busy = json!({"reason": "processing", "transactionId": id, "retryable": true});
                assert_eq!(app.call(direction.method, params.clone()).await, refusal(-32364, &busy));
                assert_eq!(app.call("p2p.confirm", right_code(id)).await, in_process(id, "processing"));
            };
            let (reply, ()) = tokio::join!(app.call(direction.method, params.clone()), look);
            assert!(reply.get("result").is_some(), "{reply}");
            assert_eq!(app.moves().await, direction.moves(AMOUNT, FEE));
        })).await;
    }

    /// The caller hears that the outcome is not known; what was begun goes on, and so does its undo.
    async fn a_caller_whose_time_is_over_interrupts_nothing(app: TestApp) {
        let kind = app.kind;
        let cases = [UZCARD_TO_HUMO, HUMO_TO_UZCARD].into_iter().flat_map(|direction| [(direction, false), (direction, true)]);
        join_all(cases.map(|(direction, undone)| async move {
            let app = TestApp::with(kind, |config| {
                patient(config);
                config.server.call_timeout_ms = 1_500;
            }).await.unwrap();
            let Direction { method, from, to, .. } = direction;
            let token = app.add_card(from).await;
            let (card, operation) = if undone { (from, "reverse") } else { (to, "credit") };
            if undone {
                app.refuse_once(to, "credit", to.refusing_code().0).await;
            }
            app.fault(json!({
                "network": card.network(), "operation": operation, "kind": "delay", "delayMs": 2_000, "times": 1,
            })).await;
            let reply = app.call(method, with(direction.params(&token, AMOUNT), json!({"extId": "slow"}))).await;
            let id = app.row_of("slow").await.id.0;
            assert_eq!(reply, outcome_unknown(id), "{method}");
            assert_eq!(app.moves().await, ["pay 502500"], "{method}");
            if undone {
                app.until_status("slow", "declined").await;
                assert_eq!(app.moves().await, ["pay 502500", "reverse 502500"], "{method}");
            } else {
                let ended = app.until_status("slow", "succeeded").await;
                assert_eq!(direction.masked_result(ended["result"].clone())["fee"], FEE.to_string());
                assert_eq!(app.moves().await, direction.moves(AMOUNT, FEE), "{method}");
            }
            app.assert_settled().await;
        })).await;
    }

    /// HUMO has a tariff of its own; what it would take must be what was quoted.
    async fn a_fee_of_humo_that_differs_from_the_quote_is_not_taken(app: TestApp) {
        for rate_bp in [0, 49, 51, 100] {
            let app = TestApp::with(app.kind, |config| config.transfers.humo2humo.rate_bp = rate_bp).await.unwrap();
            let token = app.add_card(HUMO).await;
            let differs = refusal(-32406, &json!({"reason": "fee_differs", "retryable": true}));
            let params = with(HUMO_TO_HUMO.params(&token, AMOUNT), json!({"extId": "a"}));
            for _ in 0..2 {
                assert_eq!(app.call("p2p.humo2humo", params.clone()).await, differs, "{rate_bp}");
            }
            let id = app.row_of("a").await.id.0;
            assert_eq!(app.requests(id).await, ["p2p approved", "cancel approved"]);
            let standing = app.standing(id).await;
            assert_eq!((&standing["status"], &standing["error"]), (&json!("declined"), &differs["error"]));

            let params = with(HUMO_TO_HUMO.params(&token, AMOUNT), json!({"force_sms_confirmation": true}));
            let id = app.transferred(HUMO_TO_HUMO, params).await;
            assert_eq!(app.call("p2p.confirm", right_code(id)).await, differs, "{rate_bp}");
            assert_eq!(Money::of(&app, HUMO_TO_HUMO).await, Money::default(), "{rate_bp}");
            assert_eq!(app.totals().await["blocked"], 0);
            app.assert_settled().await;
        }
    }

    /// Nothing was sent: the debit is reversed, and the caller hears that the recipient's network was not reached.
    async fn a_credit_that_cannot_be_sent(app: TestApp) {
        let shop = app.add_partner("shop", &["*"]).await;
        app.disable_partner("demo").await;
        for (direction, code) in [(UZCARD_TO_HUMO, -32339), (HUMO_TO_UZCARD, -32338)] {
            let token = app.add_card_as(&shop, direction.from).await;
            let params = with(direction.params(&token, AMOUNT), json!({"force_sms_confirmation": true}));
            let begun = app.call_as(&shop, direction.method, params).await;
            let id = begun["result"]["transactionId"].as_i64().unwrap_or_else(|| panic!("{begun}"));
            let seen = app.moves().await.len();
            let half = gateway_without(&app, direction.to == UZCARD, direction.to == HUMO).await;
            let reply = half.call_as(&shop, "p2p.confirm", right_code(id)).await;
            let unavailable = refusal(code, &json!({"network": direction.to.network(), "retryable": true}));
            assert_eq!(reply, unavailable, "{}", direction.method);
            let rows = app.requests(id).await;
            assert_eq!(rows[rows.len() - 2..], ["credit declined", "reverse approved"]);
            assert_eq!(app.moves().await[seen..], ["pay 502500", "reverse 502500"]);
            let standing = app.call_as(&shop, "transactions.get", json!({"transactionId": id})).await;
            assert_eq!(standing["result"]["status"], "declined");
            assert_eq!(standing["result"]["error"], unavailable["error"]);
        }
        assert_eq!(Money::of(&app, UZCARD_TO_HUMO).await.missing, 0);
        app.assert_settled().await;
    }

    async fn a_first_call_that_cannot_be_sent(app: TestApp) {
        let dead = app.another_with(|config| config.sandbox.listen = closed_port()).await;
        for direction in DIRECTIONS {
            let token = app.add_card(direction.from).await;
            let params = with(direction.params(&token, AMOUNT), json!({"force_sms_confirmation": true}));
            let id = app.transferred(direction, params).await;
            let code = if direction.from == HUMO { -32339 } else { -32338 };
            let unavailable = refusal(code, &json!({"network": direction.from.network(), "retryable": true}));
            assert_eq!(dead.call("p2p.confirm", right_code(id)).await, unavailable, "{}", direction.method);
            assert_eq!(app.status(id).await, "declined", "{}", direction.method);
            let first = if direction.is_across() { "pay declined" } else { "p2p declined" };
            assert_eq!(app.requests(id).await, [first], "{}", direction.method);
        }
        assert_eq!(app.moves().await, [""; 0]);
        app.assert_settled().await;
    }

    /// The recipient's card brings the trouble with it.
    async fn a_recipient_whose_credit_stays_unknown(app: TestApp) {
        use sandbox::Network::{Humo, Uzcard};
        use sandbox::Outcome as O;
        let table = [(O::ReplyLost, true), (O::RequestLost, false), (O::Http500, false), (O::Garbage, true)];
        for (direction, network) in [(UZCARD_TO_HUMO, Humo), (HUMO_TO_UZCARD, Uzcard)] {
            let token = app.add_card(direction.from).await;
            for (outcome, executed) in table {
                let direction = direction.to(TestCard::forcing(network, outcome));
                let (before, seen) = (app.balance(direction.from).await, app.moves().await.len());
                let reply = app.call(direction.method, direction.params(&token, AMOUNT)).await;
                let id = app.last_transaction().await.id.0;
                assert_eq!(reply, outcome_unknown(id), "{outcome:?}");
                assert_eq!(app.status(id).await, "processing", "{outcome:?}");
                // Nothing is reversed: the recipient may have the money.
                assert_eq!(app.requests(id).await.last().unwrap(), "credit unknown", "{outcome:?}");
                assert_eq!(app.balance(direction.from).await, before - TOTAL, "{outcome:?}");
                let received = if executed { AMOUNT } else { 0 };
                assert_eq!(app.balance(direction.to).await, FULL + received, "{outcome:?}");
                let moves = app.moves().await.split_off(seen);
                assert_eq!(moves.first().map(String::as_str), Some("pay 502500"));
                assert_eq!(moves.len(), if executed { 2 } else { 1 }, "{moves:?}");
            }
        }
        app.assert_settled().await;
    }

    async fn a_receipt_that_is_not_registered_never_fails_the_transfer(app: TestApp) {
        for (n, ending) in ENDINGS.into_iter().enumerate() {
            if ending == Ending::Unclear || !app.kind.takes(n, SHARE) {
                continue;
            }
            for direction in DIRECTIONS.into_iter().filter(|direction| direction.has_receipt()) {
                for &with_code in turns(n, ending) {
                    let shown = format!("{} {ending:?}", direction.method);
                    let seen = app.receipts().await.len();
                    let token = app.add_card(direction.from).await;
                    let params = with(direction.params(&token, AMOUNT), json!({"force_sms_confirmation": with_code}));
                    fiscal_fault(&app, ending).await;
                    let reply = if with_code {
                        let id = app.transferred(direction, params).await;
                        app.call("p2p.confirm", right_code(id)).await
                    } else {
                        app.call(direction.method, params).await
                    };
                    let id = app.last_transaction().await.id.0;
                    assert_eq!(direction.masked_result(reply.clone()), success(&direction.done(FEE, "")), "{shown}");
                    let standing = app.standing(id).await;
                    assert_eq!((&standing["status"], &standing["result"]), (&json!("succeeded"), &reply["result"]));

                    // Not before its time; then once, under the same number.
                    let gateway = &app.running.gateway;
                    app.clock.advance_ms(29_999);
                    assert_eq!(gateway.register_receipts().await.unwrap(), 0, "{shown}");
                    app.clock.advance_ms(1);
                    assert_eq!(gateway.register_receipts().await.unwrap(), 1, "{shown}");
                    assert_eq!(gateway.register_receipts().await.unwrap(), 0, "{shown}");
                    let url = app.receipt_url(id).await;
                    let standing = app.standing(id).await;
                    assert_eq!(direction.masked_result(standing["result"].clone()), direction.done(FEE, &url), "{shown}");
                    let receipts = app.receipts().await.split_off(seen);
                    assert_eq!(receipts.len(), 1, "{shown}: {receipts:?}");
                    assert_eq!((&receipts[0]["url"], &receipts[0]["amount"]), (&json!(url), &json!(FEE)), "{shown}");
                }
                app.clock.advance_ms(24 * 60 * 60 * 1_000);
            }
        }
        app.assert_settled().await;
    }

    async fn a_receipt_is_tried_until_it_is_registered_with_growing_pauses(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let tries = 7;
        app.fault(json!({"network": "FISCAL", "operation": "any", "kind": "http_500_before", "times": tries + 1})).await;
        let params = with(UZCARD_TO_UZCARD.params(&token, AMOUNT), json!({"extId": "a"}));
        let first = app.call("p2p.uzcard2uzcard", params.clone()).await;
        let id = app.row_of("a").await.id.0;
        let gateway = &app.running.gateway;
        for pause in [30_000, 60_000, 300_000, 1_800_000, 3_600_000, 3_600_000, 3_600_000] {
            app.clock.advance_ms(pause - 1);
            assert_eq!(gateway.register_receipts().await.unwrap(), 0);
            let attempts = app.transfer_row(id).await.fiscal_attempts;
            app.clock.advance_ms(1);
            assert_eq!(gateway.register_receipts().await.unwrap(), 0);
            assert_eq!(app.transfer_row(id).await.fiscal_attempts, attempts + 1, "{pause}");
            assert_eq!(app.call("p2p.uzcard2uzcard", params.clone()).await, first);
        }
        assert_eq!(app.take_scripted_calls().await, 0);
        app.clock.advance_ms(3_600_000);
        assert_eq!(gateway.register_receipts().await.unwrap(), 1);
        let url = app.receipt_url(id).await;
        let repeated = app.call("p2p.uzcard2uzcard", params).await;
        assert_eq!(UZCARD_TO_UZCARD.masked_result(repeated), success(&UZCARD_TO_UZCARD.done(FEE, &url)));
        assert_eq!(app.moves().await, ["p2p 500000"]);
    }

    async fn receipts_that_are_due_survive_a_restart(app: TestApp) {
        let token = app.add_card(HUMO).await;
        app.fault(json!({"network": "FISCAL", "operation": "any", "kind": "reset_before", "times": 1})).await;
        let id = app.transferred(HUMO_TO_UZCARD, HUMO_TO_UZCARD.params(&token, AMOUNT)).await;
        app.clock.advance_ms(30_000);
        let app = app.restarted().await;
        // The gateway looks for them itself; whoever is first registers it, and once.
        app.running.gateway.register_receipts().await.unwrap();
        assert_eq!(app.standing(id).await["result"]["ofd_url"], app.receipt_url(id).await);
        assert_eq!(app.receipts().await.len(), 1);
    }

    async fn what_was_not_carried_out_has_no_receipt(app: TestApp) {
        for leg in LEGS.into_iter().filter(|leg| !leg.direction.in_one_call) {
            let token = app.add_card(leg.direction.from).await;
            let params = leg.direction.params(&token, AMOUNT);
            for kind in ["reset_after", "decline"] {
                let ending = if kind == "decline" { Ending::Refused } else { lost(kind, true) };
                fail(&app, leg.card(), leg.operation, ending, leg.card().refusing_code().0).await;
                app.error(leg.direction.method, params.clone()).await;
            }
        }
        app.clock.advance_ms(24 * 60 * 60 * 1_000);
        assert_eq!(app.running.gateway.register_receipts().await.unwrap(), 0);
        assert_eq!(app.receipts().await, [Value::Null; 0]);
    }
}

async fn fiscal_fault(app: &TestApp, ending: Ending) {
    let fault = match ending {
        Ending::Lost { kind, .. } => json!({"kind": kind}),
        Ending::Refused | Ending::Unclear => json!({"kind": "decline", "code": 1}),
    };
    app.fault(with(
        fault,
        json!({"network": "FISCAL", "operation": "any", "times": 1}),
    ))
    .await;
}

/// At once, and after a code. Waiting for an answer that never comes takes long: those endings have one turn each.
fn turns(n: usize, ending: Ending) -> &'static [bool] {
    match ending {
        Ending::Lost {
            kind: "drop_before" | "drop_after",
            ..
        } => {
            if n.is_multiple_of(2) {
                &[true]
            } else {
                &[false]
            }
        }
        Ending::Lost { .. } | Ending::Refused | Ending::Unclear => &[false, true],
    }
}

/// All endings of one call, one after another, at once and after a code.
async fn every_ending(app: &TestApp, leg: Leg) {
    let (direction, operation) = (leg.direction, leg.operation);
    let token = app.add_card(direction.from).await;
    let mut expected = Money::default();
    for (n, ending) in ENDINGS.into_iter().enumerate() {
        if !app.kind.takes(n, SHARE) {
            continue;
        }
        for &with_code in turns(n, ending) {
            let shown = format!("{} {operation} {ending:?} {with_code}", direction.method);
            let code = match ending {
                Ending::Unclear => leg.card().unclear_code(),
                Ending::Lost { .. } | Ending::Refused => leg.card().refusing_code().0,
            };
            let order =
                json!({"force_sms_confirmation": with_code, "extId": format!("{n}-{with_code}")});
            let params = with(direction.params(&token, AMOUNT), order);
            let reply = if with_code {
                let id = app.transferred(direction, params.clone()).await;
                fail(app, leg.card(), operation, ending, code).await;
                app.call("p2p.confirm", right_code(id)).await
            } else {
                fail(app, leg.card(), operation, ending, code).await;
                app.call(direction.method, params.clone()).await
            };
            let id = app.last_transaction().await.id.0;
            let standing = app.standing(id).await;
            let again = app.call(direction.method, params).await;
            let rows = app.requests(id).await;
            assert_eq!(standing["result"], Value::Null, "{shown}");
            if ending == Ending::Refused {
                let data = json!({"network": leg.card().network(), "processingCode": code});
                let refused = refusal(leg.mapped(), &data);
                let (rows_after, money) = leg.refused();
                assert_eq!(reply, refused, "{shown}");
                assert_eq!(again, refused, "{shown}");
                assert_eq!(standing["status"], "declined", "{shown}");
                assert_eq!(standing["error"], refused["error"], "{shown}");
                assert_eq!(rows, rows_after, "{shown}");
                expected.add(&money);
            } else {
                assert_eq!(reply, outcome_unknown(id), "{shown}");
                assert_eq!(again, in_process(id, "processing"), "{shown}");
                assert_eq!(standing["status"], "processing", "{shown}");
                assert_eq!(standing["error"], Value::Null, "{shown}");
                let mut rows_after = leg.before().to_vec();
                let unknown = format!("{operation} unknown");
                rows_after.push(&unknown);
                assert_eq!(rows, rows_after, "{shown}");
                let executed = matches!(ending, Ending::Lost { executed: true, .. });
                expected.add(&if executed {
                    leg.money_after()
                } else {
                    leg.money_before()
                });
            }
            assert_eq!(Money::of(app, direction).await, expected, "{shown}");
        }
    }
}

async fn every_ending_of_the_reversal(app: &TestApp, direction: Direction) {
    let Direction {
        method, from, to, ..
    } = direction;
    let token = app.add_card(from).await;
    let mut expected = Money::default();
    for (n, ending) in ENDINGS.into_iter().enumerate() {
        for &with_code in turns(n, ending) {
            let shown = format!("{method} {ending:?} {with_code}");
            let order =
                json!({"force_sms_confirmation": with_code, "extId": format!("{n}-{with_code}")});
            let params = with(direction.params(&token, AMOUNT), order);
            let id = match with_code {
                true => app.transferred(direction, params.clone()).await,
                false => 0,
            };
            app.refuse_once(to, "credit", to.refusing_code().0).await;
            let code = match (ending, from == HUMO) {
                (Ending::Unclear, _) => from.unclear_code(),
                (_, true) => "902",
                (_, false) => "-199",
            };
            fail(app, from, "reverse", ending, code).await;
            let reply = if with_code {
                app.call("p2p.confirm", right_code(id)).await
            } else {
                app.call(method, params.clone()).await
            };
            let id = app.last_transaction().await.id.0;
            assert_eq!(reply, outcome_unknown(id), "{shown}");
            let rows = app.requests(id).await;
            assert_eq!(
                rows[rows.len() - 2..],
                ["credit declined", "reverse unknown"],
                "{shown}"
            );
            // The reason is not given before the outcome is known.
            let standing = app.standing(id).await;
            assert_eq!(standing["status"], "processing", "{shown}");
            assert_eq!(
                (&standing["result"], &standing["error"]),
                (&Value::Null, &Value::Null),
                "{shown}"
            );
            assert_eq!(
                app.call(method, params).await,
                in_process(id, "processing"),
                "{shown}"
            );
            expected.add(&match ending {
                Ending::Lost { executed: true, .. } => money(0, 0, GIVEN_BACK),
                Ending::Lost { .. } | Ending::Refused | Ending::Unclear => {
                    money(TOTAL, 0, &["pay 502500"])
                }
            });
            assert_eq!(Money::of(app, direction).await, expected, "{shown}");
        }
    }
}

/// A gateway on the same database for which one of the networks cannot be reached for movements of money.
async fn gateway_without(app: &TestApp, uzcard: bool, humo: bool) -> TestApp {
    let networks = app.running.sandbox_address.unwrap();
    let url = |dead: bool, path: &str| match dead {
        true => format!("http://{}{path}", closed_port()),
        false => format!("http://{networks}{path}"),
    };
    app.another_with(|config| {
        config.uzcard.url = Some(url(uzcard, "/uzcard"));
        config.humo.payment_url = Some(url(humo, "/humo/payment"));
        config.humo.info_url = Some(url(false, "/humo/json"));
        config.sms.url = Some(url(false, "/sms/broker-api"));
        config.fiscal.url = Some(url(false, "/fiscal"));
    })
    .await
}
