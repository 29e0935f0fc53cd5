//! Operators settle what look-ups could not: the transaction follows their decision, and the decision is stored.

use aloqa_gateway::operator::{Open, Part};
use aloqa_gateway::payment::LateAnswers;
use aloqa_gateway::payment::resolve::{Statement, Verdict};
use entity::ids::TransactionId;
use entity::processing_request::SettledBy;
use entity::time::UnixMillis;
use serde_json::{Value, json};

use test_support::*;

mod references;

const AMOUNT: i64 = 500_000;
const REASON: &str = "ticket 77 of the network's support";
const STATEMENT: Statement<'static> = Statement {
    by: "anna",
    reason: REASON,
};

const ALL: Part = Part {
    most: None,
    newest_first: false,
};

on_each_database! {
    /// The one hold that recovery cannot settle by itself.
    async fn a_lost_hold_of_uzcard_is_failed_and_its_card_is_free_again(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let hold = |ext_id: &str| with(debit_params(UZCARD, &token, AMOUNT), json!({"is_hold": true, "extId": ext_id}));
        app.fail_once(UZCARD, "hold", "reset_before").await;
        app.error("transactions.debit", hold("lost")).await;
        let id = app.row_of("lost").await.id.0;
        assert_eq!(app.open(Open::Unknown).await, [(id, "hold unknown".to_owned())]);
        assert_eq!(app.open(Open::Manual).await, []);
        app.recover_after_all().await;
        assert_eq!(app.open(Open::Unknown).await, []);
        assert_eq!(app.open(Open::Manual).await, [(id, "hold unknown".to_owned())]);
        assert_eq!(app.error_code("transactions.debit", hold("next")).await, -32364);

        app.resolve(id, Verdict::Failed).await.unwrap();
        let declined = refusal(-32338, &json!({"network": "UZCARD", "retryable": true}));
        assert_eq!(app.call("transactions.debit", hold("lost")).await, declined);
        assert_eq!(app.status(id).await, "declined");
        app.result("transactions.debit", hold("next")).await;
        assert_eq!(app.moves().await, ["hold 500000"]);
        assert_eq!(app.open(Open::Manual).await, []);

        let shown = app.running.gateway.whole_transaction(TransactionId(id)).await.unwrap().unwrap();
        assert_eq!(shown.calls[0].settled_by, Some(SettledBy::Operator));
        let said: Vec<&str> = shown.said.iter().map(|record| record.detail.as_str()).collect();
        assert_eq!(said, [format!("request {}: failed: {REASON}", shown.calls[0].id)]);
        let history: Vec<String> = shown.events.iter().map(|event| format!("{} {}", event.to_status, event.cause)).collect();
        let call = format!("hold of request {}", shown.calls[0].id);
        assert_eq!(
            history,
            ["processing ordered".to_owned(), format!("manual {call}, looked up"), format!("declined {call}, by an operator")]
        );
        app.assert_settled().await;
    }

    async fn a_lost_hold_of_uzcard_that_was_made_can_be_charged(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        app.fail_once(UZCARD, "hold", "reset_after").await;
        let params = with(debit_params(UZCARD, &token, AMOUNT), json!({"is_hold": true, "extId": "lost"}));
        app.error("transactions.debit", params.clone()).await;
        let id = app.row_of("lost").await.id.0;
        let hold = app.ledger().await[0]["reference"].as_str().unwrap().to_owned();
        app.resolve(id, Verdict::Succeeded(hold)).await.unwrap();
        assert_eq!(app.result("transactions.debit", params).await, json!({"transactionId": id}));
        app.result("transactions.debit.hold.charge", json!({"transactionId": id})).await;
        assert_eq!(app.moves().await, ["hold 500000", "capture 500000"]);
        app.assert_settled().await;
    }

    /// What depends on the open call follows from the operator's word about it.
    async fn a_failed_credit_gives_the_debit_back(app: TestApp) {
        for direction in [UZCARD_TO_HUMO, HUMO_TO_UZCARD] {
            let token = app.add_card(direction.from).await;
            for (ext_id, executed) in [("failed", false), ("succeeded", true)] {
                let shown = format!("{} {ext_id}", direction.method);
                let seen = app.moves().await.len();
                let kind = if executed { "reset_after" } else { "reset_before" };
                app.fail_once(direction.to, "credit", kind).await;
                let ext_id = format!("{}-{ext_id}", direction.method);
                let params = with(direction.params(&token, AMOUNT), json!({"extId": ext_id}));
                app.error(direction.method, params.clone()).await;
                let id = app.row_of(&ext_id).await.id.0;
                if executed {
                    let reference = app.request_rows(id).await.last().unwrap().reference.clone();
                    let name = app.name_at_network(direction.to, &reference).await.unwrap();
                    app.resolve(id, Verdict::Succeeded(name)).await.unwrap();
                } else {
                    app.let_all_time_pass();
                    // While the network cannot be asked, nobody's word is enough; and it may have been at its door until now.
                    app.fail_once(direction.to, "lookup", "http_500_before").await;
                    let refused = app.resolve(id, Verdict::Failed).await.unwrap_err();
                    assert!(refused.contains("does not tell what became of"), "{refused}");
                    let early = app.resolve(id, Verdict::Failed).await.unwrap_err();
                    assert!(early.contains("can still arrive"), "{early}");
                    app.let_all_time_pass();
                    app.resolve(id, Verdict::Failed).await.unwrap();
                }
                let reply = app.call(direction.method, params).await;
                if executed {
                    assert_eq!(reply["result"]["fee"], "2500", "{shown}: {reply}");
                    assert_eq!(app.moves().await[seen..], ["pay 502500", "credit 500000"], "{shown}");
                } else {
                    let code = if direction.to == HUMO { -32339 } else { -32338 };
                    let declined = refusal(code, &json!({"network": direction.to.network(), "retryable": true}));
                    assert_eq!(reply, declined, "{shown}");
                    assert_eq!(app.moves().await[seen..], ["pay 502500", "reverse 502500"], "{shown}");
                }
            }
        }
        app.assert_settled().await;
    }

    /// HUMO has the payment, as the operator says; only a cancel can tell whether it is confirmed.
    async fn a_lost_sale_of_humo_that_is_only_created_is_cancelled(app: TestApp) {
        let token = app.add_card(HUMO).await;
        app.fail_once(HUMO, "pay", "reset_after").await;
        let params = with(debit_params(HUMO, &token, AMOUNT), json!({"extId": "lost"}));
        app.error("transactions.debit", params).await;
        let id = app.row_of("lost").await.id.0;
        assert_eq!(app.balance(HUMO).await, FULL - AMOUNT);
        app.write_status(id, entity::transaction::Status::Manual).await;
        app.resolve(id, Verdict::Succeeded("100001".to_owned())).await.unwrap();
        app.recover_after_lease().await;
        assert_eq!(app.status(id).await, "declined");
        assert_eq!(app.balance(HUMO).await, FULL);
        app.assert_settled().await;
    }

    /// An undo must be done: it is made again, and looked up again for as long as any other call.
    async fn an_undoing_that_was_given_up_and_has_failed_is_begun_anew(app: TestApp) {
        let token = app.add_card(HUMO).await;
        app.refuse_once(HUMO, "confirm", "116").await;
        app.fail_once(HUMO, "release", "reset_before").await;
        app.error("transactions.debit", with(debit_params(HUMO, &token, AMOUNT), json!({"extId": "sale"}))).await;
        let id = app.row_of("sale").await.id.0;
        app.fault(json!({"network": "HUMO", "operation": "lookup", "kind": "http_500_before", "times": 1_000})).await;
        while app.status(id).await == "processing" {
            app.recover_after_lease().await;
            app.clock.advance_ms(4_000_000);
        }
        assert_eq!(app.status(id).await, "manual");
        app.clear_faults().await;
        app.refuse_once(HUMO, "release", "902").await;
        // It has not answered until now.
        let early = app.resolve(id, Verdict::Failed).await.unwrap_err();
        assert!(early.contains("can still arrive"), "{early}");
        app.let_all_time_pass();
        app.resolve(id, Verdict::Failed).await.unwrap();
        assert_eq!(app.status(id).await, "processing");
        app.recover_after_all().await;
        assert_eq!(app.status(id).await, "declined");
        assert_eq!(app.balance(HUMO).await, FULL);
        app.assert_settled().await;
    }

    async fn a_reversal_that_was_given_up_is_settled_either_way(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            for (executed, status) in [(true, "reversed"), (false, "succeeded")] {
                let id = app.ordered(debit_params(card, &token, AMOUNT)).await;
                let kind = if executed { "reset_after" } else { "reset_before" };
                app.fail_once(card, "reverse", kind).await;
                app.error("transactions.debit.reverse", json!({"transactionId": id})).await;
                app.write_status(id, entity::transaction::Status::Manual).await;
                let receipt: Value = serde_json::from_str(&app.row(id).await.receipt.unwrap()).unwrap();
                let name = receipt[if card == HUMO { "network_id" } else { "ref_num" }].as_str().unwrap();
                if executed {
                    app.resolve(id, Verdict::Succeeded(name.to_owned())).await.unwrap();
                } else {
                    let denied = app.resolve(id, Verdict::Succeeded(name.to_owned())).await.unwrap_err();
                    assert!(denied.contains("nothing at"), "{denied}");
                    app.let_all_time_pass();
                    app.resolve(id, Verdict::Failed).await.unwrap();
                }
                assert_eq!(app.status(id).await, status);
                assert_ne!(app.standing(id).await["result"], Value::Null);
            }
        }
        app.assert_settled().await;
    }

    async fn what_is_open_is_in_the_metrics(app: TestApp) {
        let figures = |unknown: [i64; 2], oldest: [i64; 2], manual: i64| {
            let line = |name: &str, network: &str, value: i64| format!("aloqa_{name}{{network=\"{network}\"}} {value}");
            [
                line("unknown_requests", "UZCARD", unknown[0]), line("unknown_requests", "HUMO", unknown[1]),
                line("oldest_unknown_request_seconds", "UZCARD", oldest[0]),
                line("oldest_unknown_request_seconds", "HUMO", oldest[1]),
                format!("aloqa_manual_transactions {manual}"), "aloqa_contradicted_requests 0".to_owned(),
            ]
        };
        app.assert_metrics(&figures([0, 0], [0, 0], 0)).await;
        let (uzcard, humo) = (app.add_card(UZCARD).await, app.add_card(HUMO).await);
        for (card, token, operation, more) in [
            (UZCARD, &uzcard, "hold", json!({"is_hold": true})),
            (UZCARD, &uzcard, "pay", json!({})),
            (HUMO, &humo, "pay", json!({})),
        ] {
            app.fail_once(card, operation, "reset_before").await;
            app.error("transactions.debit", with(debit_params(card, token, AMOUNT), more)).await;
            app.clock.advance_ms(1_000);
        }
        app.assert_metrics(&figures([2, 1], [3, 1], 0)).await;
        app.recover_after_all().await;
        let seconds = (app.running.gateway.rules.final_after_uzcard_ms + 3_000) / 1_000;
        app.assert_metrics(&figures([1, 0], [seconds, 0], 1)).await;
    }

    /// A slip of the pen must not reverse somebody else's payment, or one that was never taken.
    async fn the_networks_own_word_goes_before_an_operators(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let reference = |receipt: &Value| match card == HUMO {
                true => receipt["paymentId"].as_str().unwrap().to_owned(),
                false => receipt["refNum"].as_str().unwrap().to_owned(),
            };
            let other = app.result("transactions.debit", debit_params(card, &token, AMOUNT)).await;
            app.fail_once(card, "pay", "reset_after").await;
            if card == HUMO {
                // Created, and never confirmed.
                app.fail_once(card, "lookup", "http_500_before").await;
            }
            app.error("transactions.debit", with(debit_params(card, &token, AMOUNT), json!({"extId": card.network()}))).await;
            let id = app.row_of(card.network()).await.id.0;
            app.clear_faults().await;
            let seen = app.moves().await.len();
            let network = card.network();
            let other = reference(&other);
            let refused = app.resolve(id, Verdict::Succeeded(other.clone())).await.unwrap_err();
            assert!(refused.starts_with(&format!("{other} belongs to transaction {} already", id - 1)), "{refused}");
            let refused = app.resolve(id, Verdict::Succeeded("77".to_owned())).await.unwrap_err();
            assert!(refused.starts_with(&format!("{network} says that the open call of transaction {id} is known")), "{refused}");
            assert!(refused.contains("not under 77"), "{refused}");
            if card == UZCARD {
                let refused = app.resolve(id, Verdict::Failed).await.unwrap_err();
                assert!(refused.contains("was carried out, under 0"), "{refused}");
            }
            assert_eq!(app.status(id).await, "processing");
            let shown = app.running.gateway.whole_transaction(TransactionId(id)).await.unwrap().unwrap();
            assert_eq!(shown.said, []);
            if card == HUMO {
                // A created payment is cancelled even when the operator says that it failed.
                assert_eq!(app.balance(HUMO).await, FULL - 2 * AMOUNT);
                app.resolve(id, Verdict::Failed).await.unwrap();
                assert_eq!(app.status(id).await, "declined");
                assert_eq!(app.balance(HUMO).await, FULL - AMOUNT);
            }
            app.recover_after_lease().await;
            assert_eq!(app.moves().await.len(), seen);
        }
        app.assert_settled().await;
    }

    /// No operator's word can confirm what HUMO says is not confirmed.
    async fn a_payment_that_is_only_created_was_not_confirmed(app: TestApp) {
        let token = app.add_card(HUMO).await;
        app.fail_once(HUMO, "confirm", "reset_before").await;
        app.error("transactions.debit", with(debit_params(HUMO, &token, AMOUNT), json!({"extId": "lost"}))).await;
        let id = app.row_of("lost").await.id.0;
        let requests = app.requests(id).await;
        let refused = app.resolve(id, Verdict::Succeeded("100001".to_owned())).await.unwrap_err();
        assert!(refused.contains("the payment is created and not confirmed"), "{refused}");
        assert_eq!((app.status(id).await.as_str(), app.requests(id).await), ("processing", requests));
        let early = app.resolve(id, Verdict::Failed).await.unwrap_err();
        assert!(early.contains("can still arrive at HUMO until 2026-11-21T10:00:55+05:00"), "{early}");
        app.let_all_time_pass();
        app.resolve(id, Verdict::Failed).await.unwrap();
        assert_eq!(app.status(id).await, "declined");
        assert_eq!(app.balance(HUMO).await, FULL);
        app.assert_settled().await;
    }

    async fn a_word_that_came_too_late_is_not_taken_for_a_resolution(app: TestApp) {
        let app = TestApp::with(app.kind, patient).await.unwrap();
        let token = app.add_card(UZCARD).await;
        app.fail_once(UZCARD, "pay", "reset_before").await;
        app.error("transactions.debit", with(debit_params(UZCARD, &token, AMOUNT), json!({"extId": "lost"}))).await;
        let id = app.row_of("lost").await.id.0;
        app.let_all_time_pass();
        app.fault(json!({"network": "UZCARD", "operation": "lookup", "kind": "delay", "delayMs": 2_500, "times": 1})).await;
        let settled = async {
            app.faults_are_taken().await;
            // A gateway trusts no clock before it has seen it for a while.
            app.recover().await;
            app.recover_after_all().await;
            assert_eq!(app.status(id).await, "declined");
        };
        let (overtaken, ()) = tokio::join!(app.resolve(id, Verdict::Failed), settled);
        assert!(overtaken.unwrap_err().contains("settled by a gateway meanwhile"));
        let shown = app.running.gateway.whole_transaction(TransactionId(id)).await.unwrap().unwrap();
        assert_eq!(shown.calls[0].settled_by, Some(SettledBy::NotFound));
        assert_eq!(shown.said[0].detail, format!("request {}: failed: {REASON}", shown.calls[0].id));
        app.assert_settled().await;
    }

    /// A process stood still, or its clock was wrong, so the answer comes when the call was already given up as lost.
    /// It rewrites nothing; until somebody takes note of it, it raises a warning and can be found.
    async fn a_late_answer_is_kept_and_warns_until_somebody_takes_note(app: TestApp) {
        let app = TestApp::with(app.kind, patient).await.unwrap();
        let token = app.add_card(UZCARD).await;
        app.fault(json!({"network": "UZCARD", "operation": "pay", "kind": "delay", "delayMs": 2_500, "times": 1})).await;
        let params = with(debit_params(UZCARD, &token, AMOUNT), json!({"extId": "slow"}));
        let recovered = async {
            app.faults_are_taken().await;
            app.recover_after_all().await;
            assert_eq!(app.row_of("slow").await.status, entity::transaction::Status::Declined);
        };
        let (reply, ()) = tokio::join!(app.call("transactions.debit", params.clone()), recovered);
        let id = app.row_of("slow").await.id.0;
        assert_eq!(reply, outcome_unknown(id));
        let declined = refusal(-32338, &json!({"network": "UZCARD", "retryable": true}));
        assert_eq!(app.call("transactions.debit", params).await, declined);
        assert_eq!(app.open(Open::Contradicted).await, [(id, "pay declined".to_owned())]);
        app.assert_metrics(&["aloqa_contradicted_requests 1".to_owned()]).await;

        let gateway = &app.running.gateway;
        let shown = gateway.whole_transaction(TransactionId(id)).await.unwrap().unwrap();
        let mark = LateAnswers::of(&shown.calls).mark();
        let unseen = LateAnswers::of(&[]).mark();
        let unread = gateway.payments.acknowledge(TransactionId(id), &unseen, STATEMENT).await.unwrap_err().to_string();
        assert!(unread.contains("no longer those that you have read"), "{unread}");
        assert_eq!(app.open(Open::Contradicted).await.len(), 1);
        gateway.payments.acknowledge(TransactionId(id), &mark, STATEMENT).await.unwrap();
        assert_eq!(app.open(Open::Contradicted).await, []);
        app.assert_metrics(&["aloqa_contradicted_requests 0".to_owned()]).await;
        let shown = gateway.whole_transaction(TransactionId(id)).await.unwrap().unwrap();
        let said = shown.calls[0].contradiction.clone().unwrap();
        assert!(said.starts_with("carried out"), "{said}");
        assert_eq!(shown.calls[0].settled_by, Some(SettledBy::NotFound));
        assert_eq!(shown.calls[0].acknowledged_at, Some(UnixMillis(app.now())));
        assert_eq!(shown.said[0].detail, format!("noted: {REASON}"));
        let again = gateway.payments.acknowledge(TransactionId(id), &mark, STATEMENT).await.unwrap_err().to_string();
        assert!(again.contains("has taken note of it already"), "{again}");
        let absent = gateway.payments.acknowledge(TransactionId(999), &mark, STATEMENT).await.unwrap_err().to_string();
        assert!(absent.contains("no transaction 999"), "{absent}");
        app.assert_settled().await;
    }

    /// Its process stood still for so long that the hold was given up; but the answer that it got still counts.
    async fn a_late_answer_settles_what_was_given_up(app: TestApp) {
        let app = TestApp::with(app.kind, |config| {
            patient(config);
            config.uzcard.timeout_ms = 5_000;
        }).await.unwrap();
        let token = app.add_card(UZCARD).await;
        let hold = |ext_id: &str| with(debit_params(UZCARD, &token, AMOUNT), json!({"is_hold": true, "extId": ext_id}));
        app.fault(json!({"network": "UZCARD", "operation": "hold", "kind": "delay", "delayMs": 2_500, "times": 1})).await;
        let given_up = async {
            app.faults_are_taken().await;
            app.recover_after_all().await;
            assert_eq!(app.row_of("slow").await.status, entity::transaction::Status::Manual);
        };
        let (reply, ()) = tokio::join!(app.call("transactions.debit", hold("slow")), given_up);
        let id = app.row_of("slow").await.id.0;
        assert_eq!(reply, success(&json!({"transactionId": id})));
        assert_eq!(app.open(Open::Manual).await, []);
        app.result("transactions.debit.hold.charge", json!({"transactionId": id})).await;

        // An answer that says nothing leaves it to the operator.
        app.fault(json!({"network": "UZCARD", "operation": "hold", "kind": "drop_before", "times": 1})).await;
        let given_up = async {
            app.faults_are_taken().await;
            app.recover_after_all().await;
            assert_eq!(app.row_of("lost").await.status, entity::transaction::Status::Manual);
        };
        let (reply, ()) = tokio::join!(app.call("transactions.debit", hold("lost")), given_up);
        let id = app.row_of("lost").await.id.0;
        assert_eq!(reply, outcome_unknown(id));
        assert_eq!(app.open(Open::Manual).await, [(id, "hold unknown".to_owned())]);
        app.resolve(id, Verdict::Failed).await.unwrap();
        assert_eq!(app.moves().await, ["hold 500000", "capture 500000"]);
        app.assert_settled().await;
    }

    async fn only_what_is_open_is_resolved(app: TestApp) {
        let app = TestApp::with(app.kind, patient).await.unwrap();
        let token = app.add_card(HUMO).await;
        let id = app.ordered(debit_params(HUMO, &token, AMOUNT)).await;
        let settled = app.resolve(id, Verdict::Failed).await.unwrap_err();
        assert!(settled.contains("nothing to resolve"), "{settled}");
        let absent = app.resolve(999, Verdict::Failed).await.unwrap_err();
        assert!(absent.contains("no transaction 999"), "{absent}");
        assert!(app.running.gateway.whole_transaction(TransactionId(999)).await.unwrap().is_none());

        // A gateway is still waiting for the answer, which counts more than an operator's decision.
        app.fault(json!({"network": "HUMO", "operation": "pay", "kind": "delay", "delayMs": 2_500, "times": 1})).await;
        let params = with(debit_params(HUMO, &token, AMOUNT), json!({"extId": "slow"}));
        let early = async {
            app.faults_are_taken().await;
            let id = app.row_of("slow").await.id.0;
            assert_eq!(app.open(Open::Unknown).await, []);
            app.resolve(id, Verdict::Failed).await.unwrap_err()
        };
        let (reply, refused) = tokio::join!(app.call("transactions.debit", params), early);
        assert!(refused.contains("working on transaction"), "{refused}");
        assert_eq!(reply.get("error"), None, "{reply}");
        assert_eq!(app.moves().await, ["pay 500000", "pay 500000"]);
        app.assert_settled().await;
    }
}

/// What the tests of the operator ask of a gateway.
trait Operated {
    /// The open transactions, each with its open call as `ACTION STATE`.
    async fn open(&self, which: Open) -> Vec<(i64, String)>;

    /// The metrics page has all these lines.
    async fn assert_metrics(&self, lines: &[String]);

    async fn resolve(&self, id: i64, verdict: Verdict) -> Result<(), String>;
}

impl Operated for TestApp {
    async fn open(&self, which: Open) -> Vec<(i64, String)> {
        use sea_orm::ActiveEnum as _;
        let listed = self
            .running
            .gateway
            .open_transactions(which, ALL)
            .await
            .unwrap()
            .rows;
        let shown = |row: &aloqa_gateway::operator::Listed| {
            let (action, state) = (row.call.action.to_value(), row.call.state.to_value());
            (row.transaction.id.0, format!("{action} {state}"))
        };
        listed.iter().map(shown).collect()
    }

    async fn assert_metrics(&self, lines: &[String]) {
        let page = send(self.running.ops_address, HttpRequest::get("/metrics"))
            .await
            .body;
        for line in lines {
            assert!(page.lines().any(|found| found == line), "{line}: {page}");
        }
    }

    async fn resolve(&self, id: i64, verdict: Verdict) -> Result<(), String> {
        let resolved = self
            .running
            .gateway
            .payments
            .resolve(TransactionId(id), verdict, STATEMENT)
            .await;
        resolved.map(drop).map_err(|error| error.to_string())
    }
}
