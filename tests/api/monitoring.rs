//! The history of cards: `cards.monitoring` and `monitoring.get.entry`.

use aloqa_gateway::config::Config;
use entity::time::UnixMillis;
use rpc_schema::errors::ErrorCode;
use serde_json::{Value, json};

use test_support::*;

/// The day on which the test's clock stands.
const TODAY: &str = "2026-11-21";
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn query(tokens: &[&str], from: &str, to: &str) -> Value {
    json!({"tokens": tokens, "from": from, "to": to})
}

fn today(token: &str) -> Value {
    query(&[token], TODAY, TODAY)
}

/// What cannot be known of the networks beforehand: ids and numbers.
const NUMBERS: &[&str] = &["_id", "refNum", "sysNum", "refNumber"];

/// The members that list and entry have in common, for a debit of 500 at 10:00.
fn purchase(card: TestCard) -> Value {
    let common = json!({
        "_id": "*", "city": "TASHKENT", "utime": 100_000, "date": 1_795_237_200_000_i64, "amount": 500,
        "reversal": false, "currency": 860, "refNum": "*", "sysNum": "*", "refNumber": "*", "isCredit": false,
        "createdAt": "11/21/2026, 10:00:00 AM", "createdDate": 1_795_237_200_000_i64, "__v": 0,
    });
    if card == HUMO {
        with(
            common,
            json!({
                "pan": "986019***8366", "vendor": "humo", "type": "205", "description": "Оплата товаров и услуг",
                "merchant": "0040100000401CS", "terminal": "1965000A", "merchantName": "ZOOMRAD P2P",
                "aprCode": "*", "internalNumber": "*",
            }),
        )
    } else {
        with(
            common,
            json!({
                "pan": "860001***1332", "vendor": "uzcard", "type": "774", "description": "",
                "merchant": "90001", "terminal": "92400001", "merchantName": "ALOQA GATEWAY",
                "aprCode": "", "internalNumber": "",
            }),
        )
    }
}

fn masked_operation(card: TestCard, value: Value) -> Value {
    let value = masked(value, NUMBERS);
    if card == HUMO {
        masked(value, &["aprCode", "internalNumber"])
    } else {
        value
    }
}

fn ids(operations: &[Value]) -> Vec<&str> {
    operations
        .iter()
        .map(|operation| operation["_id"].as_str().unwrap())
        .collect()
}

fn sum(operations: &[Value], is_credit: bool) -> i64 {
    operations
        .iter()
        .filter(|operation| operation["isCredit"] == is_credit && operation["reversal"] == false)
        .map(|operation| operation["amount"].as_i64().unwrap())
        .sum()
}

on_each_database! {
    async fn a_debit_is_in_the_history_as_documented(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let debit = app.result("transactions.debit", debit_params(card, &token, 500)).await;
            let reply = app.call("cards.monitoring", today(&token)).await;
            let listed = reply["result"]["transactions"][0].clone();
            let in_list = json!({"udate": 20_261_121, "tagId": null, "tagName": null});
            assert_eq!(masked_operation(card, reply), success(&json!({
                "totalDebit": 500, "totalCredit": 0, "transactions": [with(purchase(card), in_list)],
            })));
            // The numbers are those that the debit was answered with.
            let same: &[(&str, &str)] = if card == HUMO {
                &[("auth_ref_number", "refNumber")]
            } else {
                &[("refNum", "refNum"), ("refNum", "refNumber")]
            };
            for (of_debit, of_history) in same {
                assert_eq!(debit[of_debit], listed[of_history], "{debit} {listed}");
            }

            let entry = app.call("monitoring.get.entry", json!({"id": listed["_id"]})).await;
            assert_eq!(entry["result"]["_id"], listed["_id"]);
            let in_entry = json!({"update": 20_261_121, "cardNumber": card.pan});
            assert_eq!(masked_operation(card, entry), success(&with(purchase(card), in_entry)));
        }
    }

    async fn the_whole_number_needs_its_permission_and_leaves_a_record(app: TestApp) {
        let shop = app.add_partner("shop", &["cards.*", "monitoring.*", "transactions.*"]).await;
        for card in [UZCARD, HUMO] {
            let token = app.add_card_as(&shop, card).await;
            app.call_as(&shop, "transactions.debit", debit_params(card, &token, 500)).await;
            let listed = app.call_as(&shop, "cards.monitoring", today(&token)).await;
            let id = listed["result"]["transactions"][0]["_id"].clone();
            let entry = app.call_as(&shop, "monitoring.get.entry", json!({"id": id})).await;
            assert!(!entry.to_string().contains(card.pan));
            let in_entry = json!({"update": 20_261_121});
            assert_eq!(masked_operation(card, entry), success(&with(purchase(card), in_entry)));
        }
        assert_eq!(app.audit_rows("pan.read").await, []);

        let reader = app.add_partner("reader", &["*", "pan.read"]).await;
        let token = app.add_card_as(&reader, UZCARD).await;
        let listed = app.call_as(&reader, "cards.monitoring", today(&token)).await;
        assert_eq!(app.audit_rows("pan.read").await, [], "the list shows no whole number");
        let id = listed["result"]["transactions"][0]["_id"].as_str().unwrap();
        for _ in 0..2 {
            let entry = app.call_as(&reader, "monitoring.get.entry", json!({"id": id})).await;
            assert_eq!(entry["result"]["cardNumber"], UZCARD.pan);
        }
        let records = app.audit_rows("pan.read").await;
        assert_eq!(records.len(), 2, "{records:?}");
        for record in records {
            assert_eq!((&*record.who, &*record.source), ("reader", "127.0.0.1"));
            assert_eq!((record.object, &*record.outcome), (format!("operation {id}"), "ok"));
            assert_eq!(record.at, UnixMillis(1_795_237_200_000));
            assert!(record.detail.starts_with("monitoring.get.entry "));
        }
    }

    /// Two cards, many pages: every operation once, newest first, the same again, and totals of the whole.
    async fn pages_hold_every_operation_once(app: TestApp) {
        let tokens = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
        for card in [UZCARD, HUMO] {
            app.fill_history(card, 130, "2026-10-01", "2026-10-30").await;
        }
        let params = query(&[&tokens[0], &tokens[1], &tokens[0]], "2026-10-01", "2026-10-31");
        let operations = app.all_pages(&params, 50).await;
        assert_eq!(operations.len(), 260);
        assert!(operations.is_sorted_by_key(|operation| -operation["date"].as_i64().unwrap()));
        let mut distinct = ids(&operations);
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 260);
        assert!(distinct.iter().all(|id| id.len() == 24));
        assert!(operations.iter().any(|operation| operation["reversal"] == true));
        for size in [1, 200] {
            let params = with(params.clone(), json!({"size": size}));
            let page = app.result("cards.monitoring", params).await;
            assert_eq!(page["transactions"].as_array().unwrap()[..], operations[..size]);
            assert_eq!(
                [&page["totalDebit"], &page["totalCredit"]],
                [&json!(sum(&operations, false)), &json!(sum(&operations, true))]
            );
        }
        assert_eq!(app.all_pages(&params, 33).await, operations);

        // One card alone, and a part of the period.
        let own: Vec<Value> =
            operations.iter().filter(|operation| operation["vendor"] == "humo").cloned().collect();
        assert_eq!(app.all_pages(&query(&[&tokens[1]], "2026-10-01", "2026-10-31"), 70).await, own);
        let days = 20_261_010..=20_261_019;
        let part: Vec<Value> = operations
            .iter()
            .filter(|operation| days.contains(&operation["udate"].as_i64().unwrap()))
            .cloned()
            .collect();
        assert!(part.len() > 50);
        let params = query(&[&tokens[0], &tokens[1]], "2026-10-10", "2026-10-19");
        assert_eq!(app.all_pages(&params, 50).await, part);
        let totals = app.result("cards.monitoring", params).await;
        assert_eq!(totals["totalDebit"], sum(&part, false));
        assert_eq!(totals["totalCredit"], sum(&part, true));
    }

    async fn days_that_are_over_are_fetched_once(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            app.fill_history(card, 60, "2026-11-01", TODAY).await;
            let month = || app.result("cards.monitoring", query(&[&token], "2026-11-01", TODAY));
            let (calls, first) = app.history_calls(card, month()).await;
            assert_eq!(calls, 1);
            // The current day is fresh, and a part of the period needs nothing.
            let (calls, again) = app.history_calls(card, month()).await;
            assert_eq!((calls, &again), (0, &first));
            app.clock.advance_ms(59_999);
            assert_eq!(app.history_calls(card, month()).await.0, 0);
            app.clock.advance_ms(1);
            let past = app.result("cards.monitoring", query(&[&token], "2026-11-03", "2026-11-20"));
            assert_eq!(app.history_calls(card, past).await.0, 0);
            let (calls, again) = app.history_calls(card, month()).await;
            assert_eq!((calls, &again), (1, &first), "{card:?}: ids are kept");
            // Days before are missing, so they alone are asked for.
            let longer = app.result("cards.monitoring", query(&[&token], "2026-10-20", TODAY));
            assert_eq!(app.history_calls(card, longer).await.0, 1);
            app.clock.advance_ms(-60_000);
        }
        assert_eq!(app.operations_stored().await, 120);
    }

    /// A day is final when it was fetched ten minutes after its end.
    async fn a_day_stays_open_for_a_while_after_its_end(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let call = || app.result("cards.monitoring", today(&token));
        // To 00:09:59 of the next day.
        app.clock.advance_ms(14 * 3_600_000 + 9 * 60_000 + 59_000);
        assert_eq!(app.history_calls(UZCARD, call()).await.0, 1);
        app.clock.advance_ms(60_000);
        assert_eq!(app.history_calls(UZCARD, call()).await.0, 1);
        app.clock.advance_ms(DAY_MS);
        assert_eq!(app.history_calls(UZCARD, call()).await.0, 0);
    }

    async fn a_network_that_is_down_is_needed_only_for_what_is_open(app: TestApp) {
        for (card, code) in [(UZCARD, ErrorCode::UzcardUnavailable), (HUMO, ErrorCode::HumoUnavailable)] {
            let token = app.add_card(card).await;
            app.fill_history(card, 20, "2026-11-10", TODAY).await;
            let call = |from: &str, to: &str| app.call("cards.monitoring", query(&[&token], from, to));
            let before = call("2026-11-10", TODAY).await;
            app.clock.advance_ms(60_000);
            app.fault(json!({"network": card.network(), "operation": "any", "kind": "reset_before", "times": 100})).await;
            let down = refused(code, json!({"network": card.network(), "retryable": true}));
            assert_eq!(call("2026-11-10", TODAY).await, down);
            assert_eq!(call(TODAY, TODAY).await, down);
            assert_eq!(call("2026-11-09", "2026-11-20").await, down);
            let served = call("2026-11-10", "2026-11-20").await;
            let expected: Vec<&Value> = before["result"]["transactions"].as_array().unwrap().iter()
                .filter(|operation| operation["udate"] != 20_261_121).collect();
            assert!(!expected.is_empty());
            assert_eq!(served["result"]["transactions"].as_array().unwrap().iter().collect::<Vec<_>>(), expected);
            app.take_scripted_calls().await;
            assert_eq!(call("2026-11-10", TODAY).await, before);

            // What the network refuses is not there either, and its code is told.
            app.clock.advance_ms(60_000);
            app.refuse_once(card, "info", if card == HUMO { "104" } else { "-205" }).await;
            let told = json!({"network": card.network(), "processingCode": if card == HUMO { "104" } else { "-205" }, "retryable": true});
            assert_eq!(call(TODAY, TODAY).await, refused(code, told));
            app.clock.advance_ms(-120_000);
        }
    }

    /// Nothing is stored of a history that broke off, and the next call gets all of it.
    async fn a_history_that_breaks_off_is_fetched_again(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            app.fill_history(card, 250, "2026-10-01", "2026-10-31").await;
            let params = query(&[&token], "2026-10-01", "2026-10-31");
            for kind in ["garbage_after", "drop_before", "http_500_after"] {
                app.fail_once(card, "info", kind).await;
                let code = app.error_code("cards.monitoring", params.clone()).await;
                assert_eq!(code, if card == HUMO { -32_339 } else { -32_338 }, "{kind}");
                assert_eq!(app.operations_stored().await, if card == HUMO { 250 } else { 0 });
            }
            assert_eq!(app.all_pages(&params, 100).await.len(), 250);
        }
    }

    async fn who_asks_at_the_same_time_waits_for_one_fetch(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            app.fill_history(card, 40, "2026-11-01", TODAY).await;
            let calls = (0..8).map(|_| app.call("cards.monitoring", query(&[&token], "2026-11-01", TODAY)));
            let (asked, replies) = app.history_calls(card, join_all(calls)).await;
            assert_eq!(asked, 1);
            assert!(replies.iter().all(|reply| *reply == replies[0]), "{replies:?}");
            assert_eq!(replies[0]["result"]["transactions"].as_array().unwrap().len(), 40);
        }
    }

    /// A caller that waited for a fetch that failed does not try again: otherwise each would wait for one time-out
    /// longer.
    async fn who_waits_for_a_fetch_that_fails_hears_of_its_failure(app: TestApp) {
        for (card, code) in [(UZCARD, ErrorCode::UzcardUnavailable), (HUMO, ErrorCode::HumoUnavailable)] {
            let token = app.add_card(card).await;
            app.fault(json!({"network": card.network(), "operation": "info", "kind": "drop_before", "times": 20})).await;
            let replies = join_all((0..6).map(|_| app.call("cards.monitoring", today(&token)))).await;
            let down = refused(code, json!({"network": card.network(), "retryable": true}));
            assert_eq!(replies, vec![down; 6]);
            assert_eq!(app.take_scripted_calls().await, 19);
        }
    }

    /// Each of two partners has its own operations of a card that both attached.
    async fn a_shared_card_shows_nothing_of_the_other_partner(app: TestApp) {
        let shop = app.add_partner("shop", &["*"]).await;
        for card in [UZCARD, HUMO] {
            let (own, others) = (app.add_card(card).await, app.add_card_as(&shop, card).await);
            app.result("transactions.debit", debit_params(card, &own, 500)).await;
            let mine = app.result("cards.monitoring", today(&own)).await["transactions"].clone();
            app.clock.advance_ms(7_000);
            let theirs = app.call_as(&shop, "cards.monitoring", today(&others)).await["result"]["transactions"].clone();
            assert_ne!(mine[0]["_id"], theirs[0]["_id"]);
            assert_eq!(theirs[0]["createdDate"], 1_795_237_207_000_i64);
            assert_eq!(mine[0]["refNumber"], theirs[0]["refNumber"]);

            let nothing = refused(ErrorCode::DataNotFound, Value::Null);
            for id in [&theirs[0]["_id"], &json!("64ec7acc25b4c526e83d0720"), &json!("x"), &json!("1")] {
                assert_eq!(app.call("monitoring.get.entry", json!({"id": id})).await, nothing, "{id}");
            }
            let unknown = refused(ErrorCode::CardNotRegistered, Value::Null);
            assert_eq!(app.call("cards.monitoring", today(&others)).await, unknown);
            assert_eq!(app.call("cards.monitoring", query(&[&own, &others], TODAY, TODAY)).await, unknown);
            let entry = app.call_as(&shop, "monitoring.get.entry", json!({"id": theirs[0]["_id"]})).await;
            assert_eq!(entry["result"]["createdDate"], 1_795_237_207_000_i64);
            app.clock.advance_ms(-7_000);
        }
        assert_eq!(app.audit_rows("pan.read").await.len(), 2, "only what was answered was read");
    }

    async fn what_was_reversed_counts_in_no_total(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let kept = app.ordered(debit_params(card, &token, 300)).await;
            let undone = app.ordered(debit_params(card, &token, 500)).await;
            assert_ne!(kept, undone);
            let before = app.result("cards.monitoring", today(&token)).await;
            assert_eq!((&before["totalDebit"], &before["totalCredit"]), (&json!(800), &json!(0)));
            app.result("transactions.debit.reverse", json!({"transactionId": undone})).await;
            app.clock.advance_ms(60_000);
            let after = app.result("cards.monitoring", today(&token)).await;
            assert_eq!((&after["totalDebit"], &after["totalCredit"]), (&json!(300), &json!(0)), "{after}");
            let reversed: Vec<(&Value, &Value)> = after["transactions"].as_array().unwrap().iter()
                .map(|operation| (&operation["amount"], &operation["reversal"])).collect();
            if card == HUMO {
                // HUMO shows the reversal as an operation of its own, with the time at which it was made.
                assert!(reversed.contains(&(&json!(300), &json!(false))));
                let pair = reversed.iter().filter(|told| **told == (&json!(500), &json!(true)));
                assert_eq!((reversed.len(), pair.count()), (3, 2));
            } else {
                let mut told = reversed.clone();
                told.sort_by_key(|(amount, _)| amount.as_i64());
                assert_eq!(told, [(&json!(300), &json!(false)), (&json!(500), &json!(true))]);
            }
            let known = ids(before["transactions"].as_array().unwrap()).into_iter().map(str::to_owned).collect::<Vec<_>>();
            let now = ids(after["transactions"].as_array().unwrap());
            assert!(known.iter().all(|id| now.contains(&id.as_str())));
            app.clock.advance_ms(-60_000);
        }
    }

    /// A debit of a day that is over is reversed later, and the day is right all the same. HUMO shows the reversal on
    /// its own day; SVGate shows it on the debit, whose day is fetched once more.
    async fn a_later_reversal_reaches_a_day_that_is_over(app: TestApp) {
        for (card, calls_after) in [(UZCARD, 1), (HUMO, 1)] {
            let token = app.add_card(card).await;
            let debit = app.ordered(debit_params(card, &token, 500)).await;
            app.clock.advance_ms(DAY_MS);
            let both = query(&[&token], TODAY, "2026-11-22");
            assert_eq!(app.result("cards.monitoring", both.clone()).await["totalDebit"], 500);
            app.result("transactions.debit.reverse", json!({"transactionId": debit})).await;
            app.clock.advance_ms(60_000);
            let (calls, after) = app.history_calls(card, app.result("cards.monitoring", both)).await;
            assert_eq!((calls, &after["totalDebit"], &after["totalCredit"]), (calls_after, &json!(0), &json!(0)));
            let (calls, first_day) = app.history_calls(card, app.result("cards.monitoring", today(&token))).await;
            assert_eq!((calls, &first_day["totalDebit"]), (0, &json!(0)));
            assert_eq!(first_day["transactions"][0]["reversal"], true);
            app.clock.advance_ms(-60_000 - DAY_MS);
        }
    }

    /// Who asks for the day of the payment alone hears of a reversal on a later day.
    async fn a_later_reversal_is_seen_by_who_asks_for_the_payments_day_alone(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let debit = app.ordered(debit_params(card, &token, 500)).await;
            assert_eq!(app.result("cards.monitoring", today(&token)).await["totalDebit"], 500);
            app.clock.advance_ms(2 * DAY_MS);
            assert_eq!(app.result("cards.monitoring", today(&token)).await["totalDebit"], 500);
            app.result("transactions.debit.reverse", json!({"transactionId": debit})).await;
            let told = app.result("cards.monitoring", today(&token)).await;
            let row = &told["transactions"][0];
            assert_eq!((&told["totalDebit"], &row["amount"], &row["reversal"]), (&json!(0), &json!(500), &json!(true)));
            app.clock.advance_ms(-2 * DAY_MS);
        }
    }

    /// What left the sender's card has the fee in it, inside a network as between them; the recipient's has not.
    async fn a_transfers_fee_is_in_the_senders_amount(app: TestApp) {
        for direction in DIRECTIONS {
            let app = TestApp::on(app.kind).await.unwrap();
            let (sender, recipient) = (app.add_card(direction.from).await, app.add_card(direction.to).await);
            app.result(direction.method, direction.params(&sender, 500_000)).await;
            for (token, member, amount) in [(&sender, "totalDebit", 502_500), (&recipient, "totalCredit", 500_000)] {
                let told = app.result("cards.monitoring", today(token)).await;
                assert_eq!((&told[member], &told["transactions"][0]["amount"]), (&json!(amount), &json!(amount)), "{}", direction.method);
            }
        }
    }

    async fn the_period_has_its_limits(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let call = |from: &str, to: &str| app.call("cards.monitoring", query(&[&token], from, to));
        let wrong = |reason: &str| refused(ErrorCode::WrongPeriod, json!({"reason": reason}));
        let empty = success(&json!({"totalDebit": 0, "totalCredit": 0, "transactions": []}));
        assert_eq!(call("2026-11-22", TODAY).await, wrong("from_after_to"));
        let hint = "Период может быть не длиннее 92 дн.";
        let too_long = refused(ErrorCode::WrongPeriod, json!({"reason": "too_long", "hint": hint}));
        assert_eq!(call("2026-08-21", TODAY).await, too_long);
        let (calls, reply) = app.history_calls(UZCARD, call("2026-08-22", TODAY)).await;
        assert_eq!((calls, &reply), (1, &empty), "92 days");
        // Days that have not begun are not asked for.
        let (calls, reply) = app.history_calls(UZCARD, call("2026-11-22", "2026-12-31")).await;
        assert_eq!((calls, &reply), (0, &empty));
        let page = with(today(&token), json!({"page": 4_294_967_295_i64, "size": 200}));
        assert_eq!(app.call("cards.monitoring", page).await, empty);
    }

    /// A second gateway on the same database takes what the first has fetched.
    async fn several_gateways_share_what_was_fetched(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        app.fill_history(UZCARD, 30, "2026-11-01", TODAY).await;
        let params = query(&[&token], "2026-11-01", TODAY);
        let first = app.result("cards.monitoring", params.clone()).await;
        let other = app.another_with(|_: &mut Config| {}).await;
        let (calls, second) = app.history_calls(UZCARD, other.result("cards.monitoring", params)).await;
        assert_eq!((calls, second), (0, first));
    }
}

/// HUMO has no pages: a history that is too long for one reply is asked for in halves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_very_long_history_of_humo_is_read_in_parts() {
    let app = TestApp::with(DatabaseKind::Sqlite, patient).await.unwrap();
    let token = app.add_card(HUMO).await;
    app.fill_history(HUMO, 20_000, "2026-11-14", TODAY).await;
    let month = app.result("cards.monitoring", query(&[&token], "2026-11-14", TODAY));
    let (calls, page) = app.history_calls(HUMO, month).await;
    // The whole, and its two halves.
    assert_eq!(calls, 3);
    assert_eq!(page["transactions"].as_array().unwrap().len(), 50);
    assert_eq!(app.operations_stored().await, 20_000);
}
