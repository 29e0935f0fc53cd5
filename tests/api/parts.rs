//! What of a hold can be taken, and what of a payment can be given back, in parts? The amounts around each limit, repeats,
//! what `transactions.get` shows, and who else may have given something back.

use aloqa_gateway::environment::CrashPoint;
use aloqa_gateway::payment::resolve::{Statement, Verdict};
use entity::ids::TransactionId;
use rpc_schema::errors::ErrorCode;
use serde_json::{Value, json};

use test_support::orders::{
    AMOUNT, CANCEL, CHARGE, DEBIT, PART, REST, REVERSE, being_worked_on, part_of, the,
};
use test_support::*;

const BOTH: [TestCard; 2] = [UZCARD, HUMO];

async fn paid(app: &TestApp, card: TestCard) -> i64 {
    let token = app.add_card(card).await;
    app.ordered(debit_params(card, &token, AMOUNT)).await
}

async fn held(app: &TestApp, card: TestCard) -> i64 {
    let token = app.add_card(card).await;
    let params = debit_params(card, &token, AMOUNT);
    app.ordered(with(params, json!({"is_hold": true}))).await
}

fn some(id: i64, amount: impl Into<Value>) -> Value {
    json!({"transactionId": id, "amount": amount.into()})
}

fn part(id: i64, amount: impl Into<Value>, ext_id: &str) -> Value {
    with(some(id, amount), json!({"extId": ext_id}))
}

fn exceeds_rest() -> Value {
    refusal(
        -32330,
        &json!({"reason": "amount_exceeds_rest", "field": "amount"}),
    )
}

fn invalid_amount() -> Value {
    let hint = "Целое число тийинов больше нуля; без кавычек, дробной части и порядка.";
    refusal(-32385, &json!({"field": "amount", "hint": hint}))
}

fn reused(ext_id: &str) -> Value {
    let data = json!({"reason": "ext_id_reused", "field": "extId", "extId": ext_id});
    refusal(-32401, &data)
}

fn done() -> Value {
    success(&json!(true))
}

/// What `transactions.get` shows of the money.
async fn money(app: &TestApp, id: i64) -> Value {
    let mut found = app.standing(id).await;
    json!([
        found["status"].take(),
        found["amount"].take(),
        found["capturedAmount"].take(),
        found["reversedAmount"].take()
    ])
}

async fn reversals(app: &TestApp, id: i64) -> Vec<Value> {
    let found = app.standing(id).await;
    let reversals = found["reversals"].as_array().unwrap().iter();
    reversals
        .map(|one| json!([one["extId"], one["amount"], one["status"]]))
        .collect()
}

on_each_database! {
    async fn each_amount_around_what_is_left_to_be_given_back(app: TestApp) {
        let id = paid(&app, UZCARD).await;
        // The amount, what it is answered, and what is given back in all by then.
        let table = [
            (0, invalid_amount(), 0),
            (-1, invalid_amount(), 0),
            (i64::MIN, invalid_amount(), 0),
            (AMOUNT + 1, exceeds_rest(), 0),
            (i64::MAX, exceeds_rest(), 0),
            (1, done(), 1),
            (AMOUNT, exceeds_rest(), 1),
            (PART, done(), PART + 1),
            (REST, exceeds_rest(), PART + 1),
            (REST - 2, done(), AMOUNT - 1),
            (2, exceeds_rest(), AMOUNT - 1),
        ];
        for (n, (amount, answer, given_back)) in table.into_iter().enumerate() {
            let reply = app.call(REVERSE, part(id, amount, &format!("{n}"))).await;
            assert_eq!(reply, answer, "{amount}");
            assert_eq!(money(&app, id).await, json!(["succeeded", AMOUNT, AMOUNT, given_back]), "{amount}");
            assert_eq!(app.balance(UZCARD).await, FULL - AMOUNT + given_back, "{amount}");
        }
        // Exactly the rest.
        assert_eq!(app.call(REVERSE, part(id, 1, "last")).await, done());
        assert_eq!(money(&app, id).await, json!(["reversed", AMOUNT, AMOUNT, AMOUNT]));
        let over = refusal(-32313, &json!({"reason": "reversed"}));
        assert_eq!(app.call(REVERSE, part(id, 1, "more")).await, over);
        assert_eq!(app.call(REVERSE, the(id)).await, over);
        assert_eq!(
            app.moves().await,
            ["pay 500000", "reverse 1", "reverse 200000", "reverse 299998", "reverse 1"]
        );
        assert_eq!(app.balance(UZCARD).await, FULL);
        app.assert_settled().await;
        app.assert_nothing_claimed().await;
    }

    async fn each_amount_around_what_is_held(app: TestApp) {
        for card in BOTH {
            let seen = app.moves().await.len();
            let id = held(&app, card).await;
            for amount in [0, -1, i64::MIN] {
                assert_eq!(app.call(CHARGE, some(id, amount)).await, invalid_amount(), "{amount}");
            }
            for amount in [AMOUNT + 1, i64::MAX] {
                assert_eq!(app.call(CHARGE, some(id, amount)).await, exceeds_rest(), "{amount}");
            }
            assert_eq!(money(&app, id).await, json!(["held", AMOUNT, null, null]));
            assert_eq!(app.requests(id).await, ["hold approved"]);
            let reply = app.call(CHARGE, some(id, PART)).await;
            assert_eq!(card.masked_result(reply), success(&card.taken(id)));
            assert_eq!(money(&app, id).await, json!(["succeeded", AMOUNT, PART, 0]));
            // The rest is free, and the hold is over.
            assert_eq!(app.balance(card).await, FULL - PART);
            let over = refusal(-32312, &json!({"reason": "succeeded"}));
            for (method, params) in [(CHARGE, some(id, 1)), (CHARGE, the(id)), (CANCEL, the(id))] {
                assert_eq!(app.call(method, params).await, over, "{method}");
            }
            // Its time passes, and nothing more happens.
            app.end_time_of(id).await;
            assert_eq!(app.running.gateway.expire_holds().await.unwrap(), 0);
            // What was taken can be given back, and no more.
            assert_eq!(app.call(REVERSE, part(id, PART + 1, "more")).await, exceeds_rest());
            assert_eq!(app.call(REVERSE, the(id)).await, done());
            assert_eq!(money(&app, id).await, json!(["reversed", AMOUNT, PART, PART]));
            assert_eq!(app.balance(card).await, FULL);
            assert_eq!(app.moves().await[seen..], ["hold 500000", "capture 200000", "reverse 200000"]);

            // All of it, and one tiyin.
            for amount in [AMOUNT, 1] {
                let id = held(&app, card).await;
                let reply = app.call(CHARGE, some(id, amount)).await;
                assert_eq!(card.masked_result(reply), success(&card.taken(id)), "{amount}");
                assert_eq!(money(&app, id).await, json!(["succeeded", AMOUNT, amount, 0]));
            }
            assert_eq!(app.balance(card).await, FULL - AMOUNT - 1);
        }
        app.assert_settled().await;
    }

    async fn humo_gives_back_only_the_whole(app: TestApp) {
        for charged in [AMOUNT, PART] {
            let id = held(&app, HUMO).await;
            app.result(CHARGE, some(id, charged)).await;
            let calls = app.requests(id).await;
            let refused = refusal(-32401, &json!({"reason": "partial_not_supported", "field": "amount"}));
            for amount in [1, charged - 1] {
                let params = part(id, amount, "part");
                assert_eq!(app.call(REVERSE, params).await, refused, "{amount}");
            }
            assert_eq!(app.call(REVERSE, part(id, charged + 1, "part")).await, exceeds_rest());
            // Nothing was asked of it, and the id is free.
            assert_eq!(app.requests(id).await, calls);
            assert_eq!(reversals(&app, id).await, Vec::<Value>::new());
            assert_eq!(app.call(REVERSE, part(id, charged, &format!("part-{charged}"))).await, done());
            assert_eq!(money(&app, id).await, json!(["reversed", AMOUNT, charged, charged]));
        }
        assert_eq!(app.balance(HUMO).await, FULL);
        app.assert_settled().await;
        app.assert_nothing_claimed().await;
    }

    async fn a_repeat_gives_nothing_back_twice(app: TestApp) {
        let id = paid(&app, UZCARD).await;
        let other = paid(&app, UZCARD).await;
        let params = part(id, PART, "refund");
        for _ in 0..3 {
            assert_eq!(app.call(REVERSE, params.clone()).await, done());
        }
        // Something else under the same id.
        for changed in [
            part(id, PART + 1, "refund"),
            part(other, PART, "refund"),
            with(the(id), json!({"extId": "refund"})),
        ] {
            assert_eq!(app.call(REVERSE, changed).await, reused("refund"));
        }
        let token = app.add_card(UZCARD).await;
        let debit = |ext_id: &str| with(debit_params(UZCARD, &token, 700), json!({"extId": ext_id}));
        assert_eq!(app.call(DEBIT, debit("refund")).await, reused("refund"));
        app.result(DEBIT, debit("order")).await;
        assert_eq!(app.call(REVERSE, part(id, 1, "order")).await, reused("order"));
        // Another partner's ids are others.
        let shop = app.add_partner("shop", &["*"]).await;
        let foreign = app.add_card_as(&shop, UZCARD).await;
        let params_of_shop = with(debit_params(UZCARD, &foreign, 700), json!({"extId": "refund"}));
        let paid = app.call_as(&shop, DEBIT, params_of_shop).await;
        let theirs = paid["result"]["transactionId"].as_i64().unwrap();
        let not_found = refused(ErrorCode::TransactionNotFound, Value::Null);
        assert_eq!(app.call_as(&shop, REVERSE, part(id, 1, "mine")).await, not_found);
        assert_eq!(app.call_as(&shop, REVERSE, part(theirs, 1, "mine")).await, done());

        // What was refused before its intent leaves the id free.
        assert_eq!(app.call(REVERSE, part(id, REST + 1, "next")).await, exceeds_rest());
        assert_eq!(app.call(REVERSE, part(id, REST, "next")).await, done());
        assert_eq!(app.status(id).await, "reversed");
        // A repeat is still one when nothing is left.
        assert_eq!(app.call(REVERSE, params).await, done());
        assert_eq!(
            app.moves().await,
            [
                "pay 500000", "pay 500000", "reverse 200000", "pay 700", "pay 700", "reverse 1",
                "reverse 300000",
            ]
        );
        app.assert_settled().await;
        app.assert_nothing_claimed().await;
    }

    async fn a_reversal_of_all_may_have_an_id_too(app: TestApp) {
        for card in BOTH {
            let id = paid(&app, card).await;
            let params = with(the(id), json!({"extId": card.network()}));
            for _ in 0..2 {
                assert_eq!(app.call(REVERSE, params.clone()).await, done());
            }
            assert_eq!(reversals(&app, id).await, [json!([card.network(), AMOUNT, "succeeded"])]);
            // Without one, it is another reversal of what is over.
            let over = refusal(-32313, &json!({"reason": "reversed"}));
            assert_eq!(app.call(REVERSE, the(id)).await, over);
        }
        app.assert_settled().await;
    }

    async fn a_part_needs_an_id(app: TestApp) {
        let id = paid(&app, UZCARD).await;
        let missing = refusal(-32300, &json!({"field": "extId"}));
        for params in [
            some(id, PART),
            with(some(id, PART), json!({"extId": null})),
            // What is missing is told before what is malformed.
            some(id, 0),
            some(id, "5"),
        ] {
            assert_eq!(app.call(REVERSE, params.clone()).await, missing, "{params}");
        }
        let hint = "От 1 до 64 знаков из A-Za-z0-9._:-, в строке.";
        let refused = refusal(-32401, &json!({"reason": "bad_format", "field": "extId", "hint": hint}));
        assert_eq!(app.call(REVERSE, part(id, PART, "a b")).await, refused);
        assert_eq!(app.requests(id).await, ["pay approved"]);
    }

    async fn a_repeat_while_the_first_is_worked_on_or_unknown(app: TestApp) {
        let id = paid(&app, UZCARD).await;
        let params = part(id, PART, "refund");
        app.moments.hold(CrashPoint::BeforeCall, 1);
        let (first, ()) = tokio::join!(app.call(REVERSE, params.clone()), async {
            app.moments.until_held().await;
            assert_eq!(app.call(REVERSE, params.clone()).await, being_worked_on(id));
            // Another one has to wait.
            assert_eq!(app.call(REVERSE, part(id, 1, "other")).await, in_process(id, "processing"));
            assert_eq!(reversals(&app, id).await, [json!(["refund", PART, "processing"])]);
            assert_eq!(money(&app, id).await, json!(["processing", AMOUNT, AMOUNT, 0]));
            app.moments.release();
        });
        assert_eq!(first, done());

        app.fail_once(UZCARD, "reverse", "reset_after").await;
        let lost = part(id, 7, "lost");
        assert_eq!(app.call(REVERSE, lost.clone()).await, outcome_unknown(id));
        assert_eq!(app.call(REVERSE, lost.clone()).await, in_process(id, "processing"));
        assert_eq!(app.row(id).await.reversing, 7);
        app.recover_after_lease().await;
        assert_eq!(app.call(REVERSE, lost).await, done());
        assert_eq!(money(&app, id).await, json!(["succeeded", AMOUNT, AMOUNT, PART + 7]));
        assert_eq!(app.moves().await, ["pay 500000", "reverse 200000", "reverse 7"]);
        app.assert_settled().await;
    }

    async fn a_refusal_frees_what_was_reserved_and_is_told_again(app: TestApp) {
        let id = paid(&app, UZCARD).await;
        let params = part(id, AMOUNT - 1, "refused");
        app.refuse_once(UZCARD, "reverse", "-246").await;
        let data = json!({"network": "UZCARD", "processingCode": "-246", "reason": "refused_by_network"});
        for _ in 0..2 {
            assert_eq!(app.call(REVERSE, params.clone()).await, refusal(-32330, &data));
        }
        assert_eq!(reversals(&app, id).await, [json!(["refused", AMOUNT - 1, "declined"])]);
        assert_eq!(money(&app, id).await, json!(["succeeded", AMOUNT, AMOUNT, 0]));
        assert_eq!(app.call(REVERSE, part(id, AMOUNT - 1, "next")).await, done());
        assert_eq!(app.moves().await, ["pay 500000", "reverse 499999"]);
        app.assert_settled().await;
    }

    async fn what_is_shown_of_a_payment_and_its_reversals(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let params = json!({"is_hold": true, "extId": "order"});
        let id = app.ordered(with(debit_params(UZCARD, &token, AMOUNT), params)).await;
        let held_at = app.now();
        app.clock.advance_ms(1_000);
        let ordered = app.standing(id).await;
        app.result(CHARGE, some(id, REST)).await;
        app.clock.advance_ms(1_000);
        let refunded_at = app.now();
        app.result(REVERSE, part_of(id, "refund")).await;
        app.clock.advance_ms(1_000);
        app.refuse_once(UZCARD, "reverse", "-246").await;
        app.error(REVERSE, part(id, 5, "refused")).await;
        let refused_at = app.now();
        let found = app.standing(id).await;
        let result = success(&found["result"]);
        assert_eq!(UZCARD.masked_result(result), success(&UZCARD.taken(id)));
        assert_eq!(
            with(found.clone(), json!({"result": "*"})),
            json!({
                "transactionId": id, "extId": "order", "kind": "hold", "status": "succeeded", "amount": AMOUNT, "fee": 0,
                "capturedAmount": REST, "reversedAmount": PART,
                "reversals": [
                    {"extId": "refund", "amount": PART, "status": "succeeded", "at": refunded_at},
                    {"extId": "refused", "amount": 5, "status": "declined", "at": refused_at},
                ],
                "network": "UZCARD", "createdAt": held_at, "updatedAt": refused_at, "result": "*", "error": null,
            })
        );
        // By each of its ids, and by those of its reversals.
        for ext_id in ["order", "refund", "refused"] {
            assert_eq!(app.result("transactions.get", json!({"extId": ext_id})).await, found);
        }
        let shop = app.add_partner("shop", &["*"]).await;
        let by_stranger = app.call_as(&shop, "transactions.get", json!({"extId": "refund"})).await;
        assert_eq!(by_stranger, refused(ErrorCode::TransactionNotFound, Value::Null));
        // Nothing was taken of what is only held.
        for (member, value) in [
            ("capturedAmount", Value::Null), ("reversedAmount", Value::Null), ("reversals", json!([])),
        ] {
            assert_eq!(ordered[member], value, "{member}");
        }
        // A transfer is neither charged nor reversed by its partner, even where it is given back.
        let direction = UZCARD_TO_HUMO;
        app.refuse_once(direction.to, "credit", "104").await;
        app.error(direction.method, with(direction.params(&token, AMOUNT), json!({"extId": "sent"}))).await;
        let sent = app.result("transactions.get", json!({"extId": "sent"})).await;
        for (member, value) in [
            ("capturedAmount", Value::Null), ("reversedAmount", Value::Null), ("reversals", json!([])),
        ] {
            assert_eq!(sent[member], value, "{member}");
        }
        app.assert_settled().await;
    }

    /// SVGate may say of a payment that it is reversed where a part of it was. What of it is left is not guessed.
    async fn a_payment_that_its_bank_has_reversed_is_for_people(app: TestApp) {
        let id = paid(&app, UZCARD).await;
        app.reverse_past_the_gateway(UZCARD, id).await;
        let params = part(id, PART, "refund");
        assert_eq!(app.call(REVERSE, params.clone()).await, outcome_unknown(id));
        for _ in 0..60 {
            app.clock.advance_ms(2 * 3_600_000);
            app.recover().await;
        }
        assert_eq!(app.status(id).await, "manual");
        assert_eq!(app.call(REVERSE, params.clone()).await, in_process(id, "manual"));
        assert_eq!(reversals(&app, id).await, [json!(["refund", PART, "manual"])]);
        assert_eq!(app.row(id).await.reversing, PART);
        resolve(&app, id, Verdict::Failed).await;
        assert_eq!(reversals(&app, id).await, [json!(["refund", PART, "declined"])]);
        assert_eq!(app.error_code(REVERSE, params).await, -32338);
        // All of it is: as SVGate says.
        assert_eq!(app.call(REVERSE, the(id)).await, done());
        assert_eq!(money(&app, id).await, json!(["reversed", AMOUNT, AMOUNT, AMOUNT]));
        assert_eq!(app.moves().await, ["pay 500000", "reverse 500000"]);
        app.assert_settled().await;
    }

    /// Somebody else has charged all of the hold, while our charge of a part was in doubt. HUMO tells that all was taken,
    /// and may say so of the part.
    async fn a_part_of_a_hold_that_was_charged_past_us_is_settled_by_an_operator(app: TestApp) {
        let id = held(&app, HUMO).await;
        app.fail_once(HUMO, "capture", "reset_before").await;
        assert_eq!(app.call(CHARGE, some(id, PART)).await, outcome_unknown(id));
        app.charge_past_the_gateway(HUMO, id).await;
        app.recover_after_all().await;
        assert_eq!(app.status(id).await, "processing");
        resolve(&app, id, Verdict::Failed).await;
        assert_eq!(app.status(id).await, "held");
        app.clock.advance_ms(HOLD_LIFETIME_MS + 1);
        app.running.gateway.expire_holds().await.unwrap();
        assert_eq!(money(&app, id).await, json!(["succeeded", AMOUNT, AMOUNT, 0]));
        assert_eq!(app.moves().await, ["hold 500000", "capture 500000"]);
    }

    /// More is asked for than the network has left, as somebody else has given a part back there.
    async fn a_part_that_was_given_back_past_us_is_not_given_back_again(app: TestApp) {
        let id = paid(&app, UZCARD).await;
        app.reverse_part_past_the_gateway(id, PART, "stranger").await;
        for (params, code) in [(part(id, REST + 1, "more"), "-381"), (the(id), "-389")] {
            let data = json!({"network": "UZCARD", "processingCode": code, "reason": "refused_by_network"});
            assert_eq!(app.call(REVERSE, params).await, refusal(-32330, &data));
        }
        assert_eq!(app.call(REVERSE, part(id, REST, "rest")).await, done());
        assert_eq!(app.moves().await, ["pay 500000", "reverse 200000", "reverse 300000"]);
        assert_eq!(app.balance(UZCARD).await, FULL);
        app.assert_settled().await;
    }

    /// An operator names the reversal by its own number, which the lists of SVGate have.
    async fn an_operator_settles_a_part_that_no_look_up_finds(app: TestApp) {
        for (how, executed) in [("reset_after", true), ("reset_before", false)] {
            let id = paid(&app, UZCARD).await;
            app.fail_once(UZCARD, "reverse", how).await;
            let params = part(id, PART, how);
            assert_eq!(app.call(REVERSE, params.clone()).await, outcome_unknown(id));
            app.let_all_time_pass();
            let row = app.request_rows(id).await.pop().unwrap();
            let expected = match executed {
                true => {
                    let name = app.name_at_network(UZCARD, &row.reference).await.unwrap();
                    resolve(&app, id, Verdict::Succeeded(name)).await;
                    done()
                }
                false => {
                    resolve(&app, id, Verdict::Failed).await;
                    refusal(-32338, &json!({"network": "UZCARD", "retryable": true}))
                }
            };
            assert_eq!(app.call(REVERSE, params).await, expected, "{how}");
            let given_back = if executed { PART } else { 0 };
            assert_eq!(money(&app, id).await, json!(["succeeded", AMOUNT, AMOUNT, given_back]), "{how}");
        }
        app.assert_settled().await;
    }
}

async fn resolve(app: &TestApp, id: i64, verdict: Verdict) {
    let statement = Statement {
        by: "anna",
        reason: "ticket 77 of the network's support",
    };
    let payments = &app.running.gateway.payments;
    payments
        .resolve(TransactionId(id), verdict, statement)
        .await
        .unwrap();
}
