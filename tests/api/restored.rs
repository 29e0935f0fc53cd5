//! An older copy of the database is restored: no id names two transactions, and no order that was made since is made twice.

use aloqa_gateway::config::{Config, HumoAccount, P2pToHumo, TransferTerminal, UzcardAccount};
use aloqa_gateway::database::Database;
use aloqa_gateway::partners::{self, PartnerAccounts, PartnerChange};
use aloqa_gateway::restore::{self, Mark, RestoreError};
use entity::time::UnixMillis;
use sea_orm::ConnectionTrait as _;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use test_support::orders::{AMOUNT, Order};
use test_support::*;

mod unknown;

/// A copy of the database of a gateway that does not run.
async fn copied(config: &Config) -> String {
    let url = config.database.url.expose_secret();
    match url.strip_prefix("sqlite:") {
        Some(file) => {
            let copy = format!("{file}.copy");
            let database = sea_orm::Database::connect(url).await.unwrap();
            let taken = format!("VACUUM INTO '{copy}'");
            database.execute_unprepared(&taken).await.unwrap();
            database.close().await.unwrap();
            format!("sqlite:{copy}")
        }
        None => postgres::copy_of_database(url).await,
    }
}

/// The copy in the place of the database, and the period that it lacks marked, as an operator does both.
async fn restored(config: &mut Config, copy: String, [since, until]: [i64; 2]) -> i64 {
    config.database.url = copy.into();
    let database = Database::open(&config.database).await.unwrap();
    database.migrate().await.unwrap();
    let mark = Mark {
        since: UnixMillis(since),
        until: UnixMillis(until),
        highest_id: None,
        by: "anna: ticket 79",
    };
    let marked = restore::mark(&database, UnixMillis(until), mark)
        .await
        .unwrap();
    drop(database);
    marked.first_id.0
}

/// Makes of a copy one that was taken while the debit of its only transfer was under way; it is looked up at this moment.
async fn rewound_to_its_debit(copy: &str, looked_up_at: i64) {
    let database = sea_orm::Database::connect(copy).await.unwrap();
    let sent = format!(
        "UPDATE processing_request SET state = 'sent', receipt = NULL, settled_at = NULL, settled_by = NULL, next_check_at = \
         {looked_up_at} WHERE id = (SELECT max(id) FROM processing_request)"
    );
    for rewind in [
        "DELETE FROM processing_request WHERE action = 'credit'",
        &sent,
        "DELETE FROM transaction_event WHERE to_status = 'succeeded' AND transaction_id = \
         (SELECT max(transaction_id) FROM transfer)",
        "UPDATE \"transaction\" SET status = 'processing', version = version - 1, receipt = NULL WHERE id = \
         (SELECT max(transaction_id) FROM transfer)",
        "UPDATE transfer SET credit_receipt = NULL, fiscal = 'none', fiscal_url = NULL, fiscal_next_at = NULL",
    ] {
        database.execute_unprepared(rewind).await.unwrap();
    }
    database.close().await.unwrap();
}

/// A gateway, and what it has answered since a copy of its database was taken.
struct Lost {
    app: TestApp,
    copy: String,
    since: i64,
}

impl Lost {
    /// Takes a copy; what is ordered from now on will be lost.
    async fn from_now_on(app: TestApp) -> Self {
        let mut copy = String::new();
        let since = app.now();
        let app = app
            .restarted_after(async |config| copy = copied(config).await)
            .await;
        app.clock.advance_ms(1_000);
        Self { app, copy, since }
    }

    /// The same gateway on the copy; and the first id that it gives.
    async fn restored(self) -> (TestApp, i64) {
        let Self { app, copy, since } = self;
        app.clock.advance_ms(1_000);
        let period = [since, app.now()];
        let mut first = 0;
        let app = app
            .restarted_after(async |config| first = restored(config, copy, period).await)
            .await;
        (app, first)
    }
}

fn orders() -> Vec<Order> {
    let mut orders = Vec::from(DIRECTIONS.map(Order::Transfer));
    orders.extend([
        Order::Debit(UZCARD),
        Order::Debit(HUMO),
        Order::Hold(UZCARD),
        Order::Hold(HUMO),
    ]);
    orders
}

on_each_database! {
    async fn an_order_that_was_lost_is_found_and_answered_and_not_made_again(app: TestApp) {
        let tokens = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
        let token = |order: Order| if order.payer() == HUMO { &tokens[1] } else { &tokens[0] };
        let kept = app.call("transactions.debit", Order::Debit(UZCARD).params(&tokens[0], "kept")).await;
        let last_id = app.last_transaction().await.id.0;
        let lost = Lost::from_now_on(app).await;
        // Under load: all at once.
        let answers = join_all(orders().into_iter().enumerate().map(|(n, order)| {
            let app = &lost.app;
            let params = order.params(token(order), &format!("lost-{n}"));
            async move {
                let answer = app.call(order.method().unwrap(), params.clone()).await;
                assert_eq!(answer.get("error"), None, "{order:?}: {answer}");
                (order, params, answer)
            }
        })).await;
        let (moved, totals) = (lost.app.moves().await, lost.app.totals().await);
        // Not each id between them: PostgreSQL's are taken some at a time.
        let mut old_ids = lost.app.transaction_ids().await;
        old_ids.retain(|id| *id > last_id);
        assert_eq!(old_ids.len(), answers.len());
        let (app, first_id) = lost.restored().await;

        // Until nothing of them can arrive any more, nobody can tell an order that is new from one that is lost.
        let new = || Order::Debit(UZCARD).params(&tokens[0], "new");
        let held_back = json!({"reason": "restored", "extId": "new", "retryable": true});
        assert_eq!(app.call("transactions.debit", new()).await, refusal(-32365, &held_back));
        app.let_all_time_pass();

        for id in &old_ids {
            assert_eq!(app.error_code("transactions.get", json!({"transactionId": id})).await, -32314);
            assert_eq!(app.error_code("transactions.debit.reverse", json!({"transactionId": id})).await, -32314);
        }
        for round in ["first", "second"] {
            // At once: only one of two repeats writes the rows.
            let repeats = answers.iter().flat_map(|(order, params, _)| [(*order, params), (*order, params)]);
            let told = join_all(repeats.map(|(order, params)| app.call(order.method().unwrap(), params.clone()))).await;
            for (n, now) in told.iter().enumerate() {
                let (order, _, before) = &answers[n / 2];
                let is_under_way = matches!(now["error"]["code"].as_i64(), Some(-32364 | -32365));
                if round == "first" && is_under_way {
                    continue;
                }
                assert_eq!(but_for_id(now), but_for_id(before), "{order:?}");
            }
        }
        assert_eq!(app.moves().await, moved);
        assert_eq!(app.totals().await, totals);
        assert!(app.last_transaction().await.id.0 >= first_id);
        assert_eq!(app.transaction_count().await, usize::try_from(last_id).unwrap() + orders().len());

        // What is in the copy is answered from it, and what is new is made.
        let again = app.call("transactions.debit", Order::Debit(UZCARD).params(&tokens[0], "kept")).await;
        assert_eq!(again, kept);
        assert_eq!(app.call("transactions.debit", new()).await.get("error"), None);
        assert_eq!(app.moves().await.len(), moved.len() + 1);
        app.assert_settled().await;
    }

    /// A reversal with an id of its own is looked up before it is made, a part by its own reference.
    /// What was carried out is not told as refused, so that nobody pays in another way too, whatever has changed since.
    async fn an_order_that_was_lost_is_found_before_anything_refuses_it(app: TestApp) {
        let tokens = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
        let token = |order: Order| if order.payer() == HUMO { &tokens[1] } else { &tokens[0] };
        let lost = Lost::from_now_on(app).await;
        let mut told = Vec::new();
        for (n, order) in orders().into_iter().enumerate() {
            let params = order.params(token(order), &format!("lost-{n}"));
            let answer = lost.app.call(order.method().unwrap(), params.clone()).await;
            assert_eq!(answer.get("error"), None, "{order:?}: {answer}");
            told.push((order, params, answer));
        }
        let moved = lost.app.moves().await;
        let (app, _) = lost.restored().await;
        // Each is refused as new: its amount is too small, its sender is missing, its card is not there.
        let mut url = String::new();
        let app = app.restarted_after(async |config| {
            url = config.database.url.expose_secret().to_owned();
            config.transfers.sender_required_from = 1;
            config.transfers.humo2humo.min_amount = AMOUNT + 1;
            config.transfers.uzcard2uzcard.min_amount = AMOUNT + 1;
            config.debits.min_amount = AMOUNT + 1;
        }).await;
        app.let_all_time_pass();
        for (n, (order, params, answer)) in told.iter().enumerate() {
            if n == told.len() / 2 {
                let gone = format!("UPDATE card SET removed_at = {}", app.now());
                let database = sea_orm::Database::connect(&url).await.unwrap();
                database.execute_unprepared(&gone).await.unwrap();
                database.close().await.unwrap();
            }
            let now = app.call(order.method().unwrap(), params.clone()).await;
            assert_eq!(but_for_id(&now), but_for_id(answer), "{order:?}");
            let new = with(params.clone(), json!({"extId": format!("new-{n}")}));
            let refused = app.error_code(order.method().unwrap(), new).await;
            assert_ne!(refused, -32365, "{order:?}");
        }
        assert_eq!(app.moves().await, moved);
        app.assert_settled().await;
    }

    async fn a_reversal_that_was_lost_is_found_and_not_made_again(app: TestApp) {
        const REVERSE: &str = "transactions.debit.reverse";
        let (uzcard, humo) = (app.add_card(UZCARD).await, app.add_card(HUMO).await);
        let parted = app.ordered(debit_params(UZCARD, &uzcard, AMOUNT)).await;
        let whole = app.ordered(debit_params(HUMO, &humo, AMOUNT)).await;
        let part = |ext_id: &str, amount: i64| json!({"transactionId": parted, "amount": amount, "extId": ext_id});
        let orders = [part("part", 200_000), json!({"transactionId": whole, "extId": "whole"})];
        let lost = Lost::from_now_on(app).await;
        for params in &orders {
            lost.app.result(REVERSE, params.clone()).await;
        }
        let moved = lost.app.moves().await;
        let (app, _) = lost.restored().await;
        assert_eq!(app.standing(parted).await["reversals"], json!([]));
        let new = part("new", 300_000);
        let held_back = json!({"reason": "restored", "extId": "new", "retryable": true});
        assert_eq!(app.call(REVERSE, new.clone()).await, refusal(-32365, &held_back));
        app.let_all_time_pass();
        for params in orders.iter().chain(&orders) {
            assert_eq!(app.call(REVERSE, params.clone()).await, success(&json!(true)), "{params}");
        }
        assert_eq!(app.moves().await, moved);
        let found = app.standing(parted).await;
        assert_eq!((&found["status"], &found["reversedAmount"]), (&json!("succeeded"), &json!(200_000)));
        assert_eq!(app.status(whole).await, "reversed");
        // What is new is made.
        assert_eq!(app.call(REVERSE, new).await, success(&json!(true)));
        assert_eq!(app.status(parted).await, "reversed");
        assert_eq!(app.moves().await.len(), moved.len() + 1);
        app.assert_settled().await;
    }

    /// What had not come to its end is brought to it, as by any look-up: finished or undone, and nothing begun.
    async fn an_order_that_was_under_way_is_ended_when_it_is_repeated(app: TestApp) {
        let tokens = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
        let token = |order: Order| if order.payer() == HUMO { &tokens[1] } else { &tokens[0] };
        let lost = Lost::from_now_on(app).await;
        let across = Order::Transfer(UZCARD_TO_HUMO);
        let orders = [
            // Refused; debited and not credited; created and not confirmed; debited and given back.
            (Order::Debit(UZCARD), "refused", "declined", 0),
            (across, "uncredited", "declined", 2),
            (Order::Debit(HUMO), "unconfirmed", "declined", 0),
            (Order::Debit(UZCARD), "reversed", "declined", 2),
        ];
        for (order, ext_id, _, _) in orders {
            match ext_id {
                "refused" => lost.app.refuse_once(UZCARD, "pay", UZCARD.refusing_code().0).await,
                "uncredited" => lost.app.fail_once(HUMO, "credit", "reset_before").await,
                "unconfirmed" => lost.app.fail_once(HUMO, "confirm", "reset_before").await,
                _ => {}
            }
            lost.app.call(order.method().unwrap(), order.params(token(order), ext_id)).await;
            if ext_id == "reversed" {
                let id = lost.app.row_of(ext_id).await.id.0;
                lost.app.result("transactions.debit.reverse", json!({"transactionId": id})).await;
            }
        }
        let (app, _) = lost.restored().await;
        app.let_all_time_pass();
        for (order, ext_id, status, _) in orders {
            app.call(order.method().unwrap(), order.params(token(order), ext_id)).await;
            if ext_id == "refused" {
                // SVGate keeps nothing of what it refused before it began: it is a new order.
                assert_eq!(app.row_of(ext_id).await.status, entity::transaction::Status::Succeeded);
                continue;
            }
            app.recover_after_all().await;
            let found = app.result("transactions.get", json!({"extId": ext_id})).await;
            assert_eq!(found["status"], status, "{ext_id}: {found}");
        }
        assert_eq!(app.balance(HUMO).await, FULL);
        assert_eq!(app.balance(UZCARD).await, FULL - AMOUNT);
        app.assert_settled().await;
    }

    /// The copy has the debit of a transfer under way; its credit was made since.
    async fn a_debit_whose_credit_was_lost_is_not_given_back(app: TestApp) {
        let kind = app.kind;
        drop(app);
        for direction in [UZCARD_TO_HUMO, HUMO_TO_UZCARD] {
            let app = TestApp::on(kind).await.unwrap();
            let token = app.add_card(direction.from).await;
            let params = Order::Transfer(direction).params(&token, "under-way");
            let told = app.call(direction.method, params.clone()).await;
            let moved = app.moves().await;
            let lost = Lost::from_now_on(app).await;
            // Not by the start itself.
            rewound_to_its_debit(&lost.copy, lost.app.now() + 10_000).await;
            let (app, _) = lost.restored().await;
            // It cannot be asked about at first.
            app.fail_once(direction.to, "lookup", "http_500_before").await;
            app.recover_after_all().await;
            assert_eq!(app.row_of("under-way").await.status, entity::transaction::Status::Processing, "{told}");
            app.recover_after_all().await;
            assert_eq!(but_for_id(&app.call(direction.method, params).await), but_for_id(&told));
            assert_eq!(app.moves().await, moved);
            app.assert_settled().await;
        }
    }

    async fn an_order_waits_while_its_network_does_not_tell_and_costs_nothing_once_the_period_is_closed(app: TestApp) {
        let [uzcard, humo] = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
        let lost = Lost::from_now_on(app).await;
        // A hold that was charged since, and one that looks like another.
        let charged = lost.app.ordered(Order::Hold(UZCARD).params(&uzcard, "charged")).await;
        lost.app.result("transactions.debit.hold.charge", json!({"transactionId": charged})).await;
        let (app, _) = lost.restored().await;
        app.let_all_time_pass();
        let moved = app.moves().await;
        let held_back = |ext_id: &str| refusal(-32365, &json!({"reason": "restored", "extId": ext_id, "retryable": true}));
        let repeat = Order::Hold(UZCARD).params(&uzcard, "charged");
        assert_eq!(app.call("transactions.debit", repeat).await, held_back("charged"));
        for (card, token) in [(UZCARD, &uzcard), (HUMO, &humo)] {
            app.fail_once(card, "lookup", "http_500_before").await;
            let order = Order::Debit(card).params(token, card.network());
            assert_eq!(app.call("transactions.debit", order).await, held_back(card.network()));
        }
        assert_eq!(app.moves().await, moved);
        // Without an extId nothing can be repeated, so nothing is asked.
        app.fault(json!({"network": "UZCARD", "operation": "lookup", "kind": "http_500_before", "times": 9})).await;
        app.ordered(debit_params(UZCARD, &uzcard, AMOUNT)).await;
        assert_eq!(app.take_scripted_calls().await, 9);

        let database = &app.running.gateway.database;
        let now = UnixMillis(app.now());
        restore::close(database, now, 1, "anna: all have compared").await.unwrap();
        let again = restore::close(database, now, 1, "anna: again").await.unwrap_err();
        assert!(matches!(again, RestoreError::NotOpen(1)), "{again}");
        app.fault(json!({"network": "UZCARD", "operation": "lookup", "kind": "http_500_before", "times": 9})).await;
        app.ordered(Order::Debit(UZCARD).params(&uzcard, "closed")).await;
        assert_eq!(app.take_scripted_calls().await, 9);
    }

    async fn a_period_that_cannot_be_one_is_refused(app: TestApp) {
        let database = &app.running.gateway.database;
        let now = UnixMillis(app.now());
        for (since, until, why) in [(now, now - 1, "before it begins"), (now, now + 1, "in the future")] {
            let mark = Mark { since, until, highest_id: None, by: "anna" };
            let refused = restore::mark(database, now, mark).await.unwrap_err().to_string();
            assert!(refused.contains(why), "{refused}");
        }
        let token = app.add_card(UZCARD).await;
        assert!(app.ordered(debit_params(UZCARD, &token, AMOUNT)).await < 10);
        let mark = Mark { since: now, until: now, highest_id: Some(5_000_000), by: "anna" };
        let marked = restore::mark(database, now, mark).await.unwrap();
        assert_eq!(marked.first_id.0, 7_000_001);
        let mark = Mark { highest_id: None, ..mark };
        assert_eq!(restore::mark(database, now, mark).await.unwrap().first_id.0, 9_000_001);
        app.let_all_time_pass();
        assert_eq!(app.ordered(debit_params(UZCARD, &token, AMOUNT)).await, 9_000_001);
        assert!(app.request_rows(9_000_001).await[0].id.0 > 9_000_000);
    }
}

/// An answer without the transaction's own id, which is another one after a restore.
fn but_for_id(answer: &Value) -> Value {
    let mut answer = answer.clone();
    if let Some(result) = answer["result"].as_object_mut() {
        result.remove("transactionId");
        // A fiscal receipt is registered again under the new id, in the background.
        result.remove("ofd_url");
        result.remove("has_fiskal_check");
    }
    answer
}

/// The gateway with a second account at UZCARD.
async fn with_bank2(app: TestApp) -> TestApp {
    app.restarted_after(async |config| {
        let bank2 = UzcardAccount {
            user: Some("gate2".to_owned()),
            password_file: Some("/nowhere".into()),
            password: Some("of gate2".into()),
            ..UzcardAccount::default()
        };
        config.uzcard.accounts = [("bank2".to_owned(), bank2)].into();
    })
    .await
}

/// Puts the partner under it.
async fn move_to_bank2(app: &TestApp) {
    let moved = PartnerChange {
        accounts: PartnerAccounts {
            uzcard: Some("bank2".to_owned()),
            humo: None,
        },
        ..PartnerChange::default()
    };
    partners::set(&app.running.gateway.database, "demo", moved)
        .await
        .unwrap();
}

/// Puts the partner under an account at HUMO.
async fn put_under(app: &TestApp, account: &str) {
    let moved = PartnerChange {
        accounts: PartnerAccounts {
            uzcard: None,
            humo: Some(account.to_owned()),
        },
        ..PartnerChange::default()
    };
    partners::set(&app.running.gateway.database, "demo", moved)
        .await
        .unwrap();
}

on_each_database! {
    /// After the copy was restored, the card was attached anew under another account: its holds are among those of both.
    async fn a_hold_that_was_lost_is_found_under_a_former_account_of_its_card(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let lost = Lost::from_now_on(with_bank2(app).await).await;
        let order = Order::Hold(UZCARD);
        lost.app.result("transactions.debit", order.params(&token, "lost")).await;
        let moves = lost.app.moves().await;
        let (app, _) = lost.restored().await;
        app.let_all_time_pass();
        move_to_bank2(&app).await;
        assert_eq!(app.add_card(UZCARD).await, token);
        let found = app.result("transactions.debit", order.params(&token, "lost")).await;
        assert_eq!(app.moves().await, moves);
        let row = app.last_transaction().await;
        assert_eq!((row.account.as_str(), row.status), ("default", entity::transaction::Status::Held));
        app.result("transactions.debit.hold.charge", json!({"transactionId": found["transactionId"]})).await;
        // What neither has is new.
        app.result("transactions.debit", order.params(&token, "new")).await;
        assert_eq!(app.last_transaction().await.account, "bank2");
        app.assert_settled().await;
    }

    /// In the lost period the card was attached under another account, too: its token there is lost, so nobody can tell.
    async fn a_hold_waits_while_the_token_of_its_card_under_an_account_is_not_known(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let lost = Lost::from_now_on(with_bank2(app).await).await;
        move_to_bank2(&lost.app).await;
        lost.app.add_card(UZCARD).await;
        let order = Order::Hold(UZCARD).params(&token, "lost");
        lost.app.result("transactions.debit", order.clone()).await;
        let moves = lost.app.moves().await;
        let (app, _) = lost.restored().await;
        app.let_all_time_pass();
        let held_back = json!({"reason": "restored", "extId": "lost", "retryable": true});
        assert_eq!(app.call("transactions.debit", order.clone()).await, refusal(-32365, &held_back));
        assert_eq!(app.moves().await, moves);
        // Attached there again, by whichever partner, it is known.
        move_to_bank2(&app).await;
        app.add_card(UZCARD).await;
        app.result("transactions.debit", order).await;
        assert_eq!(app.moves().await, moves);
        assert_eq!(app.last_transaction().await.account, "bank2");
    }

    /// In the lost period its partner was put under another account, and the card attached there.
    async fn an_order_that_was_lost_is_found_under_the_account_that_made_it(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let lost = Lost::from_now_on(with_bank2(app).await).await;
        move_to_bank2(&lost.app).await;
        lost.app.add_card(UZCARD).await;
        let order = Order::Debit(UZCARD);
        let made = lost.app.result("transactions.debit", order.params(&token, "lost")).await;
        assert_eq!(lost.app.last_transaction().await.account, "bank2");
        let moves = lost.app.moves().await;
        let (app, _) = lost.restored().await;
        app.let_all_time_pass();
        let found = app.result("transactions.debit", order.params(&token, "lost")).await;
        assert_eq!(UZCARD.masked_result(found.clone())["status"], UZCARD.masked_result(made)["status"]);
        assert_eq!(app.moves().await, moves);
        assert_eq!(app.last_transaction().await.account, "bank2");
        app.result("transactions.debit.reverse", json!({"transactionId": found["transactionId"]})).await;
        app.assert_settled().await;
    }

    /// Without a fee, only their references tell a debit from a transfer in one call.
    async fn a_lost_transfer_is_found_in_the_way_in_which_it_was_made(app: TestApp) {
        use P2pToHumo::{Pan, TwoLegs};
        for (made, since) in [(Pan, Pan), (Pan, TwoLegs), (TwoLegs, Pan)] {
            let app = TestApp::with(app.kind, |config| {
                config.uzcard.p2p_to_humo = made;
                config.transfers.uzcard2humo.rate_bp = 0;
            }).await.unwrap();
            let token = app.add_card(UZCARD).await;
            let lost = Lost::from_now_on(app).await;
            let order = |ext_id: &str| Order::Transfer(UZCARD_TO_HUMO).params(&token, ext_id);
            let told = lost.app.call("p2p.uzcard2humo", order("done")).await;
            let id = lost.app.last_transaction().await.id.0;
            let (legs, calls) = (lost.app.transfer_row(id).await.legs, lost.app.requests(id).await);
            let first = if made == Pan { "p2p" } else { "pay" };
            lost.app.fail_once(UZCARD, first, "reset_after").await;
            lost.app.error("p2p.uzcard2humo", order("open")).await;
            let moved = lost.app.moves().await;
            let (app, _) = lost.restored().await;
            let app = app.restarted_after(async |config| config.uzcard.p2p_to_humo = since).await;
            app.let_all_time_pass();
            assert_eq!(but_for_id(&app.call("p2p.uzcard2humo", order("done")).await), but_for_id(&told), "{made:?} {since:?}");
            let id = app.last_transaction().await.id.0;
            assert_eq!((app.transfer_row(id).await.legs, app.requests(id).await), (legs, calls), "{made:?} {since:?}");
            assert_eq!(app.moves().await, moved);
            // One that was open is ended as what it was.
            app.call("p2p.uzcard2humo", order("open")).await;
            app.recover_after_all().await;
            let (status, undone): (_, &[&str]) = match made {
                Pan => ("succeeded", &[]),
                TwoLegs => ("declined", &["reverse 500000"]),
            };
            let found = app.result("transactions.get", json!({"extId": "open"})).await;
            assert_eq!(found["status"], status, "{made:?} {since:?}");
            assert_eq!(app.moves().await[moved.len()..], *undone);
            // Neither way is taken for what is new.
            app.result("p2p.uzcard2humo", order("new")).await;
            app.assert_settled().await;
        }
    }

    /// It is in the totals of the terminal under which it ran.
    async fn a_lost_transfer_between_banks_is_found_with_its_terminal(app: TestApp) {
        let between = TransferTerminal { merchant_id: "m".to_owned(), terminal_id: "between".to_owned() };
        let app = app.restarted_after(async |config| config.transfers.humo_interbank_terminal = Some(between)).await;
        let token = app.add_card(HUMO).await;
        let lost = Lost::from_now_on(app).await;
        let order = Order::Transfer(HUMO_TO_HUMO).params(&token, "lost");
        let told = lost.app.call("p2p.humo2humo", order.clone()).await;
        let moved = lost.app.moves().await;
        let (app, _) = lost.restored().await;
        app.let_all_time_pass();
        assert_eq!(but_for_id(&app.call("p2p.humo2humo", order).await), but_for_id(&told));
        assert_eq!(app.last_transaction().await.terminal_id.as_deref(), Some("between"));
        assert_eq!(app.moves().await, moved);
        app.assert_settled().await;
    }

    /// An account that has left the settings cannot be asked, and what was made under it would be made again.
    async fn an_order_waits_where_an_account_that_may_have_made_it_is_gone(app: TestApp) {
        let with_soap2 = app.restarted_after(async |config| {
            let bank2 = HumoAccount {
                user: Some("soap2".to_owned()),
                password_file: Some("/nowhere".into()),
                password: Some("of soap2".into()),
                ..HumoAccount::default()
            };
            config.humo.accounts = [("bank2".to_owned(), bank2)].into();
        });
        let app = with_soap2.await;
        let tokens = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
        put_under(&app, "bank2").await;
        // So the copy knows that the partner paid under it.
        app.result("transactions.debit", Order::Debit(HUMO).params(&tokens[1], "kept")).await;
        let (app, _) = Lost::from_now_on(app).await.restored().await;
        put_under(&app, "default").await;
        let app = app.restarted_after(async |config| config.humo.accounts.clear()).await;
        app.let_all_time_pass();
        app.result("transactions.debit", Order::Debit(UZCARD).params(&tokens[0], "elsewhere")).await;
        let moved = app.moves().await;
        let orders = [Order::Debit(HUMO), Order::Hold(HUMO), Order::Transfer(HUMO_TO_UZCARD)];
        for (n, order) in orders.into_iter().enumerate() {
            let ext_id = format!("order-{n}");
            let held_back = json!({"reason": "restored", "extId": ext_id, "retryable": true});
            let reply = app.call(order.method().unwrap(), order.params(&tokens[1], &ext_id)).await;
            assert_eq!(reply, refusal(-32365, &held_back), "{order:?}");
        }
        assert_eq!(app.moves().await, moved);
        let now = UnixMillis(app.now());
        restore::close(&app.running.gateway.database, now, 1, "anna: all have compared").await.unwrap();
        for (n, order) in orders.into_iter().enumerate() {
            app.result(order.method().unwrap(), order.params(&tokens[1], &format!("order-{n}"))).await;
        }
        app.assert_settled().await;
    }
}
