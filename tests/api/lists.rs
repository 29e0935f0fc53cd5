//! `transactions.list` and `cards.list`: which entries, in which order, page by page.

use aloqa_gateway::database::Connection as _;
use aloqa_gateway::repository::served::Served;
use aloqa_gateway::repository::transaction_search::Walk;
use aloqa_gateway::repository::{
    card as cards, request as requests, transaction as transactions, transfer as transfers,
};
use entity::ids::TransactionId;
use entity::network::Network;
use entity::time::UnixMillis;
use entity::transaction::Status;
use rpc_schema::errors::ErrorCode::{CardNotRegistered, InvalidInput, WrongPeriod};
use sea_orm::{DbBackend, EntityTrait, QueryTrait as _, Select, Statement};
use serde_json::{Value, json};

use test_support::*;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// The ids of all pages of this size, one page after another.
async fn walk(app: &TestApp, params: &Value, size: u32) -> Vec<i64> {
    let mut ids = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let page = with(params.clone(), json!({"size": size, "cursor": cursor}));
        let page = app.result("transactions.list", page).await;
        let entries = page["transactions"].as_array().unwrap();
        assert!(entries.len() <= usize::try_from(size).unwrap());
        ids.extend(
            entries
                .iter()
                .map(|entry| entry["transactionId"].as_i64().unwrap()),
        );
        cursor = page["next"].clone();
        if cursor.is_null() {
            return ids;
        }
    }
}

on_each_database! {
    /// Each filter alone and two together; each entry is what `transactions.get` answers.
    async fn the_list_has_what_is_asked_for_as_transactions_get_shows_it(app: TestApp) {
        let (uzcard, humo) = (app.add_card(UZCARD).await, app.add_card(HUMO).await);
        let order = |card: TestCard, token: &str, more: Value| app.ordered(with(debit_params(card, token, 500), more));
        let code = json!({"force_sms_confirmation": true});
        let late = order(UZCARD, &uzcard, code.clone()).await;
        app.clock.advance_ms(CODE_LIFETIME_MS);
        let debit = order(UZCARD, &uzcard, json!({"extId": "a"})).await;
        let hold = order(HUMO, &humo, json!({"is_hold": true})).await;
        let awaiting = order(HUMO, &humo, code).await;
        app.fail_once(UZCARD, "pay", "drop_after").await;
        let lost = app.call("transactions.debit", debit_params(UZCARD, &uzcard, 500)).await;
        let lost = lost["error"]["data"]["transactionId"].as_i64().unwrap();
        app.clock.advance_ms(DAY_MS);
        let transfer = app.transferred(UZCARD_TO_HUMO, UZCARD_TO_HUMO.params(&uzcard, 500)).await;
        let declined = app.call("transactions.debit", debit_params(HUMO, &humo, 2 * FULL)).await;
        assert_eq!(declined["error"]["code"], -32309);
        let declined = app.last_transaction().await.id.0;

        let at = app.now();
        let (day, next_day) = (json!("2026-11-21"), json!("2026-11-22"));
        let all = vec![declined, transfer, lost, awaiting, hold, debit, late];
        for (params, expected) in [
            (json!({}), all.clone()),
            (json!({"status": "expired"}), vec![late]),
            (json!({"status": "awaiting_code"}), vec![]),
            (json!({"status": "held"}), vec![hold]),
            (json!({"status": "processing"}), vec![lost]),
            (json!({"status": "declined"}), vec![declined]),
            (json!({"kind": "hold"}), vec![hold]),
            (json!({"kind": "transfer"}), vec![transfer]),
            (json!({"kind": "debit"}), vec![declined, lost, awaiting, debit, late]),
            (json!({"token": humo}), vec![declined, awaiting, hold]),
            (json!({"token": uzcard, "kind": "debit"}), vec![lost, debit, late]),
            (json!({"from": next_day}), vec![declined, transfer]),
            (json!({"to": day}), vec![lost, awaiting, hold, debit, late]),
            (json!({"from": day, "to": next_day}), all),
            // The ends belong to the period, to the millisecond.
            (json!({"from": at, "to": at}), vec![declined, transfer]),
            (json!({"from": at + 1}), vec![]),
            (json!({"to": at - DAY_MS - 1}), vec![late]),
        ] {
            // The code of `awaiting` has run out meanwhile; before anybody asks, the row does not say so.
            let expected: Vec<i64> = match params["status"] == "expired" {
                true => vec![awaiting, late],
                false => expected,
            };
            for size in [1, 2, 200] {
                assert_eq!(walk(&app, &params, size).await, expected, "{params} {size}");
            }
        }
        let listed = app.result("transactions.list", json!({})).await;
        for entry in listed["transactions"].as_array().unwrap() {
            let id = json!({"transactionId": entry["transactionId"]});
            assert_eq!(*entry, app.result("transactions.get", id).await);
        }
    }

    /// Entries of one millisecond are told apart, and new ones do not move the pages.
    async fn a_walk_shows_each_entry_once_whatever_happens_meanwhile(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let order = async || app.ordered(debit_params(UZCARD, &token, 500)).await;
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(order().await);
        }
        ids.reverse();
        let first = app.result("transactions.list", json!({"size": 2})).await;
        order().await;
        app.result("transactions.debit.reverse", json!({"transactionId": ids[3]})).await;
        let second = json!({"size": 2, "cursor": first["next"]});
        let second = app.result("transactions.list", second).await;
        // The size may differ from page to page.
        let third = json!({"size": 100, "cursor": second["next"]});
        let third = app.result("transactions.list", third).await;
        let shown: Vec<i64> = [&first, &second, &third]
            .iter()
            .flat_map(|page| page["transactions"].as_array().unwrap())
            .map(|entry| entry["transactionId"].as_i64().unwrap())
            .collect();
        assert_eq!(shown, ids);
        assert_eq!(third["next"], Value::Null);
    }

    /// What the gateway asks for again and again: from the few rows that it is about, however many there are.
    async fn what_waits_is_read_from_its_own_index(app: TestApp) {
        let now = UnixMillis(app.now());
        let default = || vec!["default".to_owned()];
        let served = Served::new([(Network::Uzcard, default()), (Network::Humo, default())]);
        assert_walks(&app, requests::due(Network::Uzcard, &served, now, 8), "request_due").await;
        assert_reads(&app, requests::holds(&[0; 32]), "request_holds").await;
        assert_reads(&app, requests::contradicted(), "request_contradicted").await;
        for status in [Status::Processing, Status::Manual] {
            assert_reads(&app, transactions::open(status), "transaction_open").await;
            assert_reads(&app, requests::open(status, now), "transaction_open").await;
        }
        assert_reads(&app, transactions::ended_holds(&served, now, now, 8), "transaction_held").await;
        assert_walks(&app, transfers::due_receipts(now, 8), "transfer_fiscal_due").await;
        assert_walks(&app, transfers::refused_receipts(), "transfer_fiscal_refused").await;
    }

    /// A page is one walk along an index, with no sorting, whatever is asked for.
    async fn a_page_is_read_from_an_index(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        app.ordered(debit_params(UZCARD, &token, 500)).await;
        let row = app.last_transaction().await;
        let all = transactions::Filter {
            partner_id: row.partner_id,
            from: None,
            to: None,
            status: None,
            kind: None,
            card_id: None,
            now: row.created_at,
        };
        let period = transactions::Filter {
            from: Some(row.created_at),
            to: Some(row.created_at),
            status: Some(row.status),
            ..all.clone()
        };
        let of_card = transactions::Filter { card_id: row.card_id, ..period.clone() };
        let after = Some((row.created_at, row.id));
        for (page, index) in [
            (transactions::page(&all, None, 51), "transaction_list"),
            (transactions::page(&all, after, 51), "transaction_list"),
            (transactions::page(&period, after, 51), "transaction_list"),
            (transactions::page(&of_card, after, 51), "transaction_list_of_card"),
        ] {
            assert_walks(&app, page, index).await;
        }
        // What an operator looks through, of a partner or of all.
        let of_partner = Walk::OfPartner { partner_id: row.partner_id, from: row.created_at, before: (row.created_at, row.id) };
        assert_walks(&app, of_partner.step(250), "transaction_list").await;
        let key = if app.kind == DatabaseKind::Postgres { "transaction_pkey" } else { "PRIMARY" };
        for before in [row.id, TransactionId(i64::MAX)] {
            let of_all = Walk::OfAll { first: TransactionId(1), before };
            assert_walks(&app, of_all.step(250), key).await;
        }
        let after = Some((row.created_at, row.card_id.unwrap()));
        for after in [None, after] {
            assert_walks(&app, cards::page(row.partner_id, after, 51), "card_list").await;
        }
    }
}

/// The database reads the page from this index, in its order.
async fn assert_walks<E: EntityTrait>(app: &TestApp, page: Select<E>, index: &str) {
    let (sql, plan) = assert_reads(app, page, index).await;
    assert!(
        !plan.contains("Sort") && !plan.contains("TEMP B-TREE"),
        "{plan}"
    );
    // The place is found in the index, not passed on the way.
    assert!(
        !sql.contains("< (")
            || plan.contains("ROW(")
            || plan.contains("created_at<?")
            || plan.contains("(created_at,id)<(?,?)"),
        "{sql}\n{plan}"
    );
}

/// The database reads what is asked for from this index; the statement, and the plan.
async fn assert_reads<E: EntityTrait>(
    app: &TestApp,
    query: Select<E>,
    index: &str,
) -> (String, String) {
    let database = &app.running.gateway.database;
    let backend = database.backend();
    let (explain, column) = match backend == DbBackend::Postgres {
        true => ("EXPLAIN", "QUERY PLAN"),
        false => ("EXPLAIN QUERY PLAN", "detail"),
    };
    let connection = database.write().await.unwrap();
    if backend == DbBackend::Postgres {
        // On a handful of rows the planner would rather read all of them.
        for method in ["enable_seqscan", "enable_sort", "enable_bitmapscan"] {
            let off = format!("SET LOCAL {method} = off");
            connection.run_sql(&off).await.unwrap();
        }
    }
    let Statement { sql, values, .. } = query.build(backend);
    let statement = Statement {
        sql: format!("{explain} {sql}"),
        values,
        db_backend: backend,
    };
    let rows = connection.fetch_rows(statement).await.unwrap();
    let lines: Vec<String> = rows
        .into_iter()
        .map(|mut row| row.take(column).unwrap())
        .collect();
    let plan = lines.join("\n");
    let names: Vec<&str> = plan
        .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .collect();
    assert!(names.contains(&index), "{sql}\n{plan}");
    (sql, plan)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cards_are_listed_from_the_latest_without_asking_a_network() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let mut expected = Vec::new();
    for card in [UZCARD, HUMO, UZCARD_2] {
        let token = app.add_card(card).await;
        let network = card.network().to_lowercase();
        expected.insert(
            0,
            json!({
                "token": token,
                "vendor": network,
                "pan": format!("{}*****{}", &card.pan[..6], &card.pan[12..]),
                "expiry": "3012",
                "phone": card.phone,
                "currency": "860",
                "currencyCode": "UZS",
                "createdAt": app.now(),
            }),
        );
        app.clock.advance_ms(1);
    }
    for network in ["UZCARD", "HUMO"] {
        app.fault(
            json!({"network": network, "operation": "any", "kind": "reset_before", "times": 9}),
        )
        .await;
    }
    let whole = app.result("cards.list", json!({})).await;
    assert_eq!(whole, json!({"cards": expected, "next": null}));
    let first = app.result("cards.list", json!({"size": 2})).await;
    assert_eq!(first["cards"], json!(expected[..2]));
    let second = json!({"size": 2, "cursor": first["next"]});
    let second = app.result("cards.list", second).await;
    assert_eq!(second, json!({"cards": expected[2..], "next": null}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_belongs_to_one_list() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    for card in [UZCARD, UZCARD_2] {
        let token = app.add_card(card).await;
        app.ordered(debit_params(card, &token, 500)).await;
    }
    let period = json!({"from": "2026-11-21", "to": "2026-11-21", "size": 1});
    let page = app.result("transactions.list", period.clone()).await;
    let cursor = json!({"cursor": page["next"]});
    let cards = app.result("cards.list", json!({"size": 1})).await;
    // The same period in another spelling is the same list.
    let spelt = json!({"from": 1_795_201_200_000_i64, "to": 1_795_287_599_999_i64});
    let again = app
        .result("transactions.list", with(spelt, cursor.clone()))
        .await;
    assert_eq!(again["transactions"].as_array().unwrap().len(), 1);
    let mismatch = refused(
        InvalidInput,
        json!({"reason": "cursor_mismatch", "field": "cursor"}),
    );
    for (method, params) in [
        ("transactions.list", cursor.clone()),
        (
            "transactions.list",
            with(
                period.clone(),
                with(json!({"kind": "debit"}), cursor.clone()),
            ),
        ),
        ("transactions.list", json!({"cursor": cards["next"]})),
        ("transactions.list", json!({"cursor": "AQ"})),
        ("cards.list", cursor),
    ] {
        let reply = app.call(method, params).await;
        assert_listed(method, &reply);
        assert_eq!(reply, mismatch, "{method}");
    }
    for (params, expected) in [
        (
            json!({"from": "2026-11-22", "to": "2026-11-21"}),
            refused(WrongPeriod, json!({"reason": "from_after_to"})),
        ),
        (
            json!({"from": 2, "to": 1}),
            refused(WrongPeriod, json!({"reason": "from_after_to"})),
        ),
        (
            json!({"token": "nobody's"}),
            refused(CardNotRegistered, Value::Null),
        ),
    ] {
        assert_eq!(app.call("transactions.list", params).await, expected);
    }
}
