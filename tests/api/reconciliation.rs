//! Once a day HUMO tells the totals of its terminals, and `compare` holds them against ours.

use aloqa_gateway::comparison::Sources;
use aloqa_gateway::comparison::reconciliations::{Reconciliations, reconciliations};
use aloqa_gateway::config::TransferTerminal;
use aloqa_gateway::database::Fetch as _;
use aloqa_gateway::domain::day::Day;
use aloqa_gateway::partners::{NewPartner, PartnerAccounts};
use aloqa_gateway::repository::reconciliation as repository;
use entity::network::Network;
use entity::reconciliation::{self, Model, State};
use entity::time::UnixMillis;
use sea_orm::{EntityTrait as _, QueryOrder as _};
use serde_json::json;

use test_support::*;

const AMOUNT: i64 = 500_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// A gateway that reconciles from noon on. It is ten o'clock.
async fn reconciling(app: TestApp) -> TestApp {
    app.restarted_after(async |config| config.humo.reconciliation_hour = Some(12))
        .await
}

async fn reconcile(app: &TestApp) {
    app.running.gateway.reconcile_terminals().await.unwrap();
}

async fn rows(app: &TestApp) -> Vec<Model> {
    let all = reconciliation::Entity::find().order_by_asc(reconciliation::Column::Id);
    all.fetch_all(&*app.running.gateway.database).await.unwrap()
}

async fn last(app: &TestApp) -> Model {
    rows(app).await.pop().unwrap()
}

async fn compared(app: &TestApp, day: &str) -> Reconciliations {
    let gateway = &app.running.gateway;
    let sources = Sources {
        database: &gateway.database,
        networks: &gateway.networks,
        clock: app.clock.as_ref(),
        progress: &|_| {},
    };
    reconciliations(&sources, Day::from_iso(day).unwrap())
        .await
        .unwrap()
}

fn text(found: &Reconciliations) -> String {
    let mut out = Vec::new();
    found.write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Two debits, one of which is given back, a hold of which a part is charged, and a refusal.
async fn trade(app: &TestApp, token: &str) {
    for _ in 0..2 {
        app.ordered(debit_params(HUMO, token, AMOUNT)).await;
    }
    let id = app.last_transaction().await.id.0;
    app.result("transactions.debit.reverse", json!({"transactionId": id}))
        .await;
    let hold = with(debit_params(HUMO, token, AMOUNT), json!({"is_hold": true}));
    let held = app.ordered(hold).await;
    let part = json!({"transactionId": held, "amount": AMOUNT / 2});
    app.result("transactions.debit.hold.charge", part).await;
    app.refuse_once(HUMO, "pay", "116").await;
    app.error("transactions.debit", debit_params(HUMO, token, AMOUNT))
        .await;
}

async fn fault(app: &TestApp, operation: &str, kind: &str) {
    app.fault(json!({"network": "HUMO", "operation": operation, "kind": kind, "times": 1}))
        .await;
}

on_each_database! {
    async fn each_day_has_its_totals(app: TestApp) {
        let app = reconciling(app).await;
        let token = app.add_card(HUMO).await;
        trade(&app, &token).await;
        // Not before noon, and then once.
        reconcile(&app).await;
        assert_eq!(rows(&app).await, Vec::new());
        app.clock.advance_ms(120 * MINUTE);
        for _ in 0..3 {
            reconcile(&app).await;
        }
        let first = last(&app).await;
        assert_eq!(rows(&app).await.len(), 1);
        assert_eq!((first.state, first.tries, first.code.as_deref()), (State::Done, 1, Some("500")));
        assert_eq!((first.debits, first.debited), (Some(3), Some(2 * AMOUNT + AMOUNT / 2)));
        assert_eq!((first.reversals, first.reversed), (Some(1), Some(AMOUNT)));
        // There is none before it, so nobody knows what HUMO's period began with.
        let told = text(&compared(&app, "2026-11-21").await);
        assert!(told.contains("debits=3/1250000,? reversals=1/500000,?"), "{told}");
        assert!(told.contains("1 done, 0 of them differing"), "{told}");

        // What comes after it is the next day's, whatever the day it was ordered on.
        app.clock.advance_ms(MINUTE);
        trade(&app, &token).await;
        app.transferred(HUMO_TO_HUMO, HUMO_TO_HUMO.params(&token, AMOUNT)).await;
        app.clock.advance_ms(DAY);
        trade(&app, &token).await;
        app.clock.advance_ms(MINUTE);
        reconcile(&app).await;
        let told = text(&compared(&app, "2026-11-22").await);
        assert!(told.contains("debits=7/3000000,7/3000000 reversals=2/1000000,2/1000000\n"), "{told}");

        // A day without anything; and what others did beside us.
        app.clock.advance_ms(DAY);
        reconcile(&app).await;
        let told = text(&compared(&app, "2026-11-23").await);
        assert!(told.contains("debits=0/0,0/0 reversals=0/0,0/0\n"), "{told}");
        app.clock.advance_ms(MINUTE);
        let id = app.ordered(debit_params(HUMO, &token, AMOUNT)).await;
        app.clock.advance_ms(DAY);
        app.reverse_past_the_gateway(HUMO, id).await;
        reconcile(&app).await;
        let found = compared(&app, "2026-11-24").await;
        let told = text(&found);
        assert!(told.contains("reversals=1/500000,0/0 differs=reversals\n"), "{told}");
        assert!(found.rows[0].is_finding());
    }

    /// A create whose answer is lost ends nothing: another one is made.
    async fn a_lost_create_is_made_anew(app: TestApp) {
        let app = reconciling(app).await;
        app.clock.advance_ms(120 * MINUTE);
        for kind in ["drop_before", "reset_after", "http_500_after"] {
            fault(&app, "reconcile", kind).await;
            reconcile(&app).await;
            let row = last(&app).await;
            assert_eq!((row.state, row.confirm_sent_at), (State::Open, None), "{kind}");
            assert!(row.why.unwrap().starts_with("the create: "));
            // Not at once.
            reconcile(&app).await;
            assert_eq!(last(&app).await.tries, row.tries);
            app.clock.advance_ms(10 * MINUTE);
        }
        reconcile(&app).await;
        let row = last(&app).await;
        assert_eq!((row.state, row.tries, row.why), (State::Done, 4, None));
    }

    /// A confirmation whose answer is lost has ended the period, or has not: HUMO says which, and nothing is confirmed unseen.
    async fn a_lost_confirmation_is_asked_about(app: TestApp) {
        let app = reconciling(app).await;
        let token = app.add_card(HUMO).await;
        trade(&app, &token).await;
        app.clock.advance_ms(120 * MINUTE);
        for (kind, lost_look_up) in [("reset_after", true), ("reset_before", false)] {
            fault(&app, "confirm", kind).await;
            reconcile(&app).await;
            let begun = last(&app).await;
            assert_eq!(begun.state, State::Open);
            assert!(begun.why.unwrap().starts_with("the confirmation: "));
            let (sent_at, tries) = (begun.confirm_sent_at, begun.tries);
            assert!(sent_at.is_some());
            if lost_look_up {
                app.clock.advance_ms(10 * MINUTE);
                fault(&app, "lookup", "reset_before").await;
                reconcile(&app).await;
                assert!(last(&app).await.why.unwrap().starts_with("the look-up: "));
            }
            // Meanwhile more is paid: on which side of the end, only HUMO knows.
            app.ordered(debit_params(HUMO, &token, AMOUNT)).await;
            app.clock.advance_ms(10 * MINUTE);
            reconcile(&app).await;
            let done = last(&app).await;
            assert_eq!((done.state, done.confirm_sent_at), (State::Done, sent_at), "{kind}");
            assert_eq!(done.tries, tries + 1 + i32::from(lost_look_up));
            app.clock.advance_ms(DAY);
        }
        let [first, second] = rows(&app).await.try_into().unwrap();
        assert_eq!((first.debits, second.debits), (Some(3), Some(2)));
        let found = compared(&app, "2026-11-22").await;
        let told = text(&found);
        assert!(told.contains("debits=2/1000000,0/0+2/1000000 reversals=0/0,0/0\n"), "{told}");
        assert!(!found.rows[0].is_finding());
    }

    /// What is not done when the next day's begins is given up: the period went on, or nobody knows its totals.
    async fn what_was_not_done_in_a_day_is_given_up(app: TestApp) {
        let app = reconciling(app).await;
        let token = app.add_card(HUMO).await;
        app.clock.advance_ms(120 * MINUTE);
        reconcile(&app).await;
        app.clock.advance_ms(MINUTE);
        trade(&app, &token).await;
        app.clock.advance_ms(DAY);
        app.fault(json!({"network": "HUMO", "operation": "reconcile", "kind": "decline", "code": 120, "times": 1})).await;
        reconcile(&app).await;
        app.clock.advance_ms(DAY);
        fault(&app, "confirm", "reset_after").await;
        reconcile(&app).await;
        let states = async || rows(&app).await.iter().map(|row| row.state).collect::<Vec<_>>();
        assert_eq!(states().await, [State::Done, State::Failed, State::Open]);
        assert_eq!(rows(&app).await[1].confirm_sent_at, None);
        app.ordered(debit_params(HUMO, &token, AMOUNT)).await;
        app.clock.advance_ms(DAY);
        reconcile(&app).await;
        assert_eq!(states().await, [State::Done, State::Failed, State::Lost, State::Done]);
        for day in ["2026-11-22", "2026-11-23"] {
            assert!(compared(&app, day).await.rows[0].is_finding(), "{day}");
        }
        // Its period begins somewhere in the day before.
        let told = text(&compared(&app, "2026-11-24").await);
        assert!(told.contains("debits=1/500000,0/0+1/500000 reversals=0/0,0/0\n"), "{told}");
    }

    /// HUMO does not know the confirmation that was lost, so another one is made: its totals may be a part of the period's.
    async fn a_confirmation_that_is_lost_for_good_leaves_no_totals(app: TestApp) {
        let app = reconciling(app).await;
        let token = app.add_card(HUMO).await;
        app.clock.advance_ms(120 * MINUTE);
        reconcile(&app).await;
        app.clock.advance_ms(MINUTE);
        trade(&app, &token).await;
        app.clock.advance_ms(DAY);
        fault(&app, "confirm", "reset_after").await;
        reconcile(&app).await;
        app.clock.advance_ms(10 * MINUTE);
        app.refuse_once(HUMO, "lookup", "914").await;
        // The one that follows is not made at once.
        fault(&app, "reconcile", "reset_before").await;
        reconcile(&app).await;
        app.clock.advance_ms(10 * MINUTE);
        reconcile(&app).await;
        let row = last(&app).await;
        assert_eq!((row.state, row.debits, row.reversals), (State::Lost, None, None));
        assert!(row.why.unwrap().starts_with("HUMO does not know the first confirmation"));
        let found = compared(&app, "2026-11-22").await;
        assert!(found.rows[0].is_finding() && found.rows[0].differences().is_empty());
        // The next period begins where that one has ended.
        app.clock.advance_ms(MINUTE);
        trade(&app, &token).await;
        app.clock.advance_ms(DAY);
        reconcile(&app).await;
        let told = text(&compared(&app, "2026-11-23").await);
        assert!(told.contains("debits=3/1250000,3/1250000 reversals=1/500000,1/500000\n"), "{told}");
    }

    /// Who confirms has as much time for it as a try has.
    async fn while_it_is_confirmed_nobody_else_begins_the_same(app: TestApp) {
        let app = app.restarted_after(async |config| {
            config.humo.reconciliation_hour = Some(12);
            config.humo.timeout_ms = 60_000;
        }).await;
        app.clock.advance_ms(120 * MINUTE);
        app.fault(json!({"network": "HUMO", "operation": "confirm", "kind": "delay", "delayMs": 50_000, "times": 1})).await;
        app.clock.tick_ms(1_000);
        let gateway = app.running.gateway.clone();
        let confirming = tokio::spawn(async move { gateway.reconcile_terminals().await });
        app.faults_are_taken().await;
        confirming.abort();
        let row = last(&app).await;
        let rules = app.running.gateway.rules.reconciliation.unwrap();
        assert_eq!(row.due_at, row.confirm_sent_at.unwrap() + rules.lease_ms);
        app.clock.tick_ms(0);
    }

    /// Transfers that are not inside one bank may have a terminal of their own, with totals of its own.
    async fn transfers_between_banks_may_run_under_another_terminal(app: TestApp) {
        let app = app.restarted_after(async |config| {
            config.humo.reconciliation_hour = Some(12);
            config.transfers.humo_interbank_terminal = Some(TransferTerminal {
                merchant_id: "m".to_owned(),
                terminal_id: "between".to_owned(),
            });
        }).await;
        app.clock.advance_ms(120 * MINUTE);
        reconcile(&app).await;
        app.clock.advance_ms(MINUTE);
        let token = app.add_card(HUMO).await;
        let of_one_bank = TestCard::forcing(sandbox::Network::Humo, sandbox::Outcome::InsufficientFunds);
        for (direction, amount, terminal) in [
            (HUMO_TO_HUMO.to(of_one_bank), 300_000, "1965000A"),
            (HUMO_TO_HUMO, AMOUNT, "between"),
            (HUMO_TO_UZCARD, 700_000, "1965000A"),
        ] {
            app.result(direction.method, direction.params(&token, amount)).await;
            let row = app.last_transaction().await;
            assert_eq!(row.terminal_id.as_deref(), Some(terminal), "{}", direction.method);
        }
        // One with a code keeps its terminal until that was entered.
        let coded = with(HUMO_TO_HUMO.params(&token, AMOUNT), json!({"force_sms_confirmation": true}));
        let id = app.result(HUMO_TO_HUMO.method, coded).await["transactionId"].as_i64().unwrap();
        app.result("p2p.confirm", right_code(id)).await;
        app.clock.advance_ms(DAY);
        reconcile(&app).await;
        let told = text(&compared(&app, "2026-11-22").await);
        for (terminal, totals) in [
            ("1965000A", "code=500 debits=2/1003500,2/1003500 reversals=0/0,0/0"),
            ("between", "code=500 debits=2/1000000,2/1000000 reversals=0/0,0/0"),
        ] {
            let line = told.lines().find(|line| line.contains(&format!("terminal={terminal} "))).unwrap();
            assert!(line.ends_with(totals), "{told}");
        }
    }

    /// Terminals of an account that the settings lack: the gateways that have it reconcile them, if there are any.
    async fn terminals_of_an_account_that_is_not_there_are_left_alone(app: TestApp) {
        let app = reconciling(app).await;
        app.clock.advance_ms(120 * MINUTE);
        app.add_new_partner(NewPartner {
            name: "shop".to_owned(),
            permissions: vec!["*".to_owned()],
            terminals: vec![(Network::Humo, "m".to_owned(), "of bank2".to_owned())],
            code_required_from: None,
            addresses: Vec::new(),
            certificates: Vec::new(),
            applications: Vec::new(),
            accounts: PartnerAccounts { uzcard: None, humo: Some("bank2".to_owned()) },
        })
        .await;
        let today = Day::of(UnixMillis(app.now())).number();
        let database = &app.running.gateway.database;
        let now = UnixMillis(app.now());
        repository::intend(&**database, ("begun elsewhere", "bank2"), today, now).await.unwrap();
        reconcile(&app).await;
        let rows = rows(&app).await;
        let found: Vec<_> = rows.iter().map(|row| (row.terminal_id.as_str(), row.state, row.tries)).collect();
        assert_eq!(found, [("begun elsewhere", State::Open, 0), ("1965000A", State::Done, 1)]);
    }

    async fn of_two_gateways_one_reconciles(app: TestApp) {
        let app = reconciling(app).await;
        if app.kind == DatabaseKind::Sqlite {
            return;
        }
        let other = app.another().await;
        app.clock.advance_ms(120 * MINUTE);
        // Slow, so that both have seen that it is due.
        app.fault(json!({"network": "HUMO", "operation": "any", "kind": "delay", "delayMs": 100, "times": 9})).await;
        let gateways = [&app, &other].map(|app| app.running.gateway.clone());
        for ended in join_all(gateways.iter().map(|gateway| gateway.reconcile_terminals())).await {
            ended.unwrap();
        }
        assert_eq!(app.take_scripted_calls().await, 7, "both have asked");
        let row = last(&app).await;
        assert_eq!((row.state, row.tries), (State::Done, 1));
    }
}
