//! What the copy does not have, and cannot be written again yet, is not told as refused: the partner would order it anew.

use super::*;

const DEBIT: &str = "transactions.debit";
const REVERSE: &str = "transactions.debit.reverse";
const CHARGE: &str = "transactions.debit.hold.charge";

fn held_back(ext_id: &str) -> Value {
    refusal(
        -32365,
        &json!({"reason": "restored", "extId": ext_id, "retryable": true}),
    )
}

on_each_database! {
    /// The card was attached in the lost period, and paid then.
    async fn an_order_of_a_card_that_was_lost_waits_until_the_card_is_attached_anew(app: TestApp) {
        let lost = Lost::from_now_on(app).await;
        let tokens = [lost.app.add_card(UZCARD).await, lost.app.add_card(HUMO).await];
        let token_of = |order: Order, tokens: &[String; 2]| tokens[usize::from(order.payer() == HUMO)].clone();
        let mut answers = Vec::new();
        for (n, order) in orders().into_iter().enumerate() {
            let params = order.params(&token_of(order, &tokens), &format!("lost-{n}"));
            answers.push((n, order, lost.app.call(order.method().unwrap(), params).await));
        }
        let moved = lost.app.moves().await;
        let (app, _) = lost.restored().await;
        // Its call may still be under way.
        let new = Order::Debit(HUMO).params(&tokens[1], "new");
        assert_eq!(app.call(DEBIT, new.clone()).await, held_back("new"));
        app.let_all_time_pass();
        for (n, order, _) in &answers {
            let ext_id = format!("lost-{n}");
            let params = order.params(&token_of(*order, &tokens), &ext_id);
            assert_eq!(app.call(order.method().unwrap(), params).await, held_back(&ext_id), "{order:?}");
        }
        // What no network knows is refused; of a hold of UZCARD nobody can tell without its card.
        let unknown = app.call(DEBIT, new).await;
        assert_eq!(unknown["error"]["code"], -32301, "{unknown}");
        for direction in DIRECTIONS {
            let order = Order::Transfer(direction);
            let params = order.params(&token_of(order, &tokens), "new");
            assert_eq!(app.error_code(order.method().unwrap(), params).await, -32301, "{order:?}");
        }
        let hold = Order::Hold(HUMO).params(&tokens[1], "new");
        assert_eq!(app.call(DEBIT, hold).await, held_back("new"));
        // Attached anew, it is the same order.
        let anew = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
        for (n, order, answer) in &answers {
            let params = order.params(&token_of(*order, &anew), &format!("lost-{n}"));
            let told = app.call(order.method().unwrap(), params).await;
            assert_eq!(but_for_id(&told), but_for_id(answer), "{order:?}");
        }
        assert_eq!(app.moves().await, moved);
        app.assert_settled().await;
    }

    /// The hold was charged in the lost period, and that given back.
    async fn a_reversal_of_what_went_on_in_the_lost_period_is_not_refused(app: TestApp) {
        let tokens = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
        let mut holds = Vec::new();
        for (network, token) in [(UZCARD, &tokens[0]), (HUMO, &tokens[1])] {
            for ext_id in ["gone", "stands"] {
                let params = Order::Hold(network).params(token, &format!("{ext_id}-{}", network.network()));
                holds.push((ext_id, app.ordered(params).await));
            }
        }
        let lost = Lost::from_now_on(app).await;
        let reversal = |id: i64| json!({"transactionId": id, "extId": format!("back-{id}")});
        for (_, id) in holds.iter().filter(|(is, _)| *is == "gone") {
            lost.app.result(CHARGE, json!({"transactionId": id})).await;
            lost.app.result(REVERSE, reversal(*id)).await;
        }
        let moved = lost.app.moves().await;
        let (app, _) = lost.restored().await;
        app.let_all_time_pass();
        for (is, id) in &holds {
            // With an id of its own, or without.
            for params in [reversal(*id), json!({"transactionId": id})] {
                let told = app.call(REVERSE, params).await;
                match *is {
                    "gone" => assert_eq!((&told["error"]["code"], &told["error"]["data"]["reason"]), (&json!(-32365), &json!("restored")), "{told}"),
                    // It is held, as it was.
                    _ => assert_eq!(told, refusal(-32330, &json!({"reason": "held"}))),
                }
            }
        }
        assert_eq!(app.moves().await, moved);
    }

    /// Orders waited for their codes in the copy. Some were confirmed in the lost period.
    async fn what_may_have_been_confirmed_is_neither_refused_nor_made_again(app: TestApp) {
        const CONFIRM: &str = "transactions.debit.confirm";
        let tokens = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
        let coded = |order: Order, ext_id: &str| {
            let token = &tokens[usize::from(order.payer() == HUMO)];
            with(order.params(token, ext_id), json!({"force_sms_confirmation": true}))
        };
        let mut ids = Vec::new();
        for (order, ext_id) in [
            (Order::Debit(HUMO), "confirmed"),
            (Order::Debit(UZCARD), "not confirmed"),
            (Order::Hold(UZCARD), "a hold"),
            (Order::Transfer(UZCARD_TO_HUMO), "a transfer"),
            (Order::Debit(UZCARD), ""),
        ] {
            let ext_id = ext_id.replace(' ', "-");
            let params = match ext_id.as_str() {
                "" => with(coded(order, "x"), json!({"extId": null})),
                ext_id => coded(order, ext_id),
            };
            let id = app.result(order.method().unwrap(), params.clone()).await["transactionId"].as_i64().unwrap();
            assert_eq!(app.status(id).await, "awaiting_code");
            ids.push((order, ext_id, params, id));
        }
        let confirm = |order: Order, id: i64| {
            let method = if order.direction().is_some() { "p2p.confirm" } else { CONFIRM };
            (method, json!({"transactionId": id, "confirmedCode": "111111"}))
        };
        let lost = Lost::from_now_on(app).await;
        for (order, ext_id, _, id) in &ids {
            if ext_id != "not-confirmed" {
                let (method, params) = confirm(*order, *id);
                lost.app.result(method, params).await;
            }
        }
        let moved = lost.app.moves().await;
        let (app, _) = lost.restored().await;
        app.let_all_time_pass();
        let held_back = |ext_id: &str, id: i64| {
            let mut data = json!({"reason": "restored", "transactionId": id, "retryable": true});
            if !ext_id.is_empty() {
                data["extId"] = ext_id.into();
            }
            refusal(-32365, &data)
        };
        for (order, ext_id, params, id) in &ids {
            let found = app.result("transactions.get", json!({"transactionId": id})).await;
            let is_told = if ext_id == "not-confirmed" { "awaiting_code" } else { "processing" };
            assert_eq!(found["status"], is_told, "{ext_id}");
            if !ext_id.is_empty() && ext_id != "not-confirmed" {
                let told = app.call(order.method().unwrap(), params.clone()).await;
                assert_eq!(told, held_back(ext_id, *id), "{ext_id}");
            }
            let (method, params) = confirm(*order, *id);
            let told = app.call(method, params).await;
            match ext_id.as_str() {
                "not-confirmed" => assert_eq!(told.get("error"), None, "{told}"),
                _ => assert_eq!(told, held_back(ext_id, *id), "{ext_id}"),
            }
        }
        assert_eq!(app.moves().await.len(), moved.len() + 1);
        // Nor once the codes have run out.
        app.clock.advance_ms(86_400_000);
        for (_, ext_id, _, id) in &ids {
            let found = app.result("transactions.get", json!({"transactionId": id})).await;
            let is_told = if ext_id == "not-confirmed" { "succeeded" } else { "processing" };
            assert_eq!(found["status"], is_told, "{ext_id}");
        }
        for (order, ext_id, params, id) in &ids {
            if ext_id == "not-confirmed" {
                continue;
            }
            if !ext_id.is_empty() {
                let told = app.call(order.method().unwrap(), params.clone()).await;
                assert_eq!(told, held_back(ext_id, *id), "{ext_id}");
            }
            if order.direction().is_some() {
                // A transfer is never reversed.
                assert_eq!(app.error_code(REVERSE, json!({"transactionId": id})).await, -32314);
                continue;
            }
            assert_eq!(app.call(REVERSE, json!({"transactionId": id})).await, held_back(ext_id, *id), "{ext_id}");
            if *order == Order::Hold(UZCARD) {
                for method in [CHARGE, "transactions.debit.hold.cancel"] {
                    let told = app.call(method, json!({"transactionId": id})).await;
                    assert_eq!(told, held_back(ext_id, *id), "{method}");
                }
            }
        }
        let (database, now) = (&app.running.gateway.database, UnixMillis(app.now()));
        restore::close(database, now, 1, "anna: all have compared").await.unwrap();
        let (_, _, params, _) = &ids[0];
        assert_eq!(app.error_code(DEBIT, params.clone()).await, -32308);
    }

    /// The hold was looked for and charged in the lost period, and the copy does not know how its call ended.
    async fn a_hold_that_has_ended_since_is_not_told_as_declined(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        app.fail_once(UZCARD, "hold", "reset_after").await;
        app.error(DEBIT, Order::Hold(UZCARD).params(&token, "open")).await;
        let id = app.last_transaction().await.id.0;
        let lost = Lost::from_now_on(app).await;
        lost.app.let_all_time_pass();
        lost.app.recover().await;
        lost.app.result(CHARGE, json!({"transactionId": id})).await;
        let moved = lost.app.moves().await;
        let (app, _) = lost.restored().await;
        app.let_all_time_pass();
        app.recover().await;
        assert_eq!(app.status(id).await, "processing");
        assert_eq!(app.moves().await, moved);
    }

    /// A part was given back, then all that was left, which was another part.
    async fn what_was_left_then_is_not_all_that_is_left_now(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let id = app.ordered(debit_params(UZCARD, &token, AMOUNT)).await;
        let lost = Lost::from_now_on(app).await;
        let part = json!({"transactionId": id, "amount": 200_000, "extId": "part"});
        let rest = json!({"transactionId": id, "extId": "rest"});
        for params in [&part, &rest] {
            lost.app.result(REVERSE, params.clone()).await;
        }
        let moved = lost.app.moves().await;
        let (app, _) = lost.restored().await;
        app.let_all_time_pass();
        assert_eq!(app.call(REVERSE, rest.clone()).await, held_back("rest"));
        for params in [&part, &rest, &part, &rest] {
            assert_eq!(app.call(REVERSE, params.clone()).await, success(&json!(true)), "{params}");
        }
        assert_eq!(app.moves().await, moved);
        let found = app.standing(id).await;
        assert_eq!((&found["status"], &found["reversals"][1]["amount"]), (&json!("reversed"), &json!(AMOUNT - 200_000)));
        app.assert_settled().await;
    }
}
