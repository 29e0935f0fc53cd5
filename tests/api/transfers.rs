//! Transfers from card to card: what they cost, the four directions at once and with a code, and what moved where.

mod ext_ids;
mod fees;
mod one_call;
mod refused_credit;

use aloqa_gateway::domain::tariff::Tariff;
use entity::processing_request::Action;
use entity::transaction::Status;
use rpc_schema::errors::Lang;
use serde_json::{Value, json};

use test_support::refused_calls::amount_too_large;
use test_support::*;

const AMOUNT: i64 = 500_000;
/// Half a percent.
const FEE: i64 = 2_500;

on_each_database! {
    async fn a_recipients_card_is_described_and_nothing_is_stored(app: TestApp) {
        let table = [
            (UZCARD, json!({"name": "TEST TESTOV", "vendor": "uzcard", "expiry": "3012"})),
            (UZCARD_2, json!({"name": "ALISHER KARIMOV", "vendor": "uzcard", "expiry": "3012"})),
            (HUMO, json!({"name": "ABDUSAMAD TURDIEV", "vendor": "humo", "expiry": "3012"})),
            (HUMO_2, json!({"name": "DILNOZA RAHIMOVA", "vendor": "humo", "expiry": "3012"})),
        ];
        for (card, described) in table {
            let reply = app.call("p2p.recipient-info", json!({"pan": card.pan})).await;
            assert_eq!(reply, success(&described));
        }
        // A card that can't be credited has a holder all the same.
        let blocked = TestCard::forcing(sandbox::Network::Uzcard, sandbox::Outcome::Blocked);
        let reply = app.call("p2p.recipient-info", json!({"pan": blocked.pan})).await;
        assert_eq!(reply, success(&json!({"name": "BOTIR BLOKOV", "vendor": "uzcard", "expiry": "3012"})));
        assert_eq!((app.cards_stored().await, app.transactions_stored().await), (0, 0));
    }

    async fn any_refusal_of_the_network_means_that_the_card_cannot_be_described(app: TestApp) {
        let table = [
            (UZCARD, "-200"), (UZCARD, "-205"), (UZCARD, "-199"), (UZCARD, "-777"),
            (HUMO, "404"), (HUMO, "400"), (HUMO, "281"), (HUMO, "777"),
        ];
        for (card, code) in table {
            app.refuse_once(card, "info", code).await;
            let data = json!({"network": card.network(), "processingCode": code});
            let reply = app.call("p2p.recipient-info", json!({"pan": card.pan})).await;
            assert_eq!(reply, refusal(-32302, &data), "{code}");
        }
        for (pan, network) in [("8600999999999999", "UZCARD"), ("9860999999999999", "HUMO")] {
            let error = app.error("p2p.recipient-info", json!({"pan": pan})).await;
            assert_eq!((&error["code"], &error["data"]["network"]), (&json!(-32302), &json!(network)));
        }
        let reply = app.call("p2p.recipient-info", json!({"pan": "4276010132441332"})).await;
        assert_eq!(reply["error"]["code"], -32374);
        for (card, code) in [(UZCARD, -32338), (HUMO, -32339)] {
            for kind in ["drop_before", "reset_before", "http_500_before", "garbage_after"] {
                app.fail_once(card, "info", kind).await;
                let data = json!({"network": card.network(), "retryable": true});
                let reply = app.call("p2p.recipient-info", json!({"pan": card.pan})).await;
                assert_eq!(reply, refusal(code, &data), "{kind}");
            }
        }
        assert_eq!((app.cards_stored().await, app.transactions_stored().await), (0, 0));
    }

    async fn the_documents_fee_is_known_with_the_networks_down(app: TestApp) {
        let alone = app.another_with(|config| config.sandbox.listen = closed_port()).await;
        for Direction { from, to, .. } in DIRECTIONS {
            for phone in ["998901234567", "+998901234567"] {
                let params = json!({"pan": from.pan, "pan2": to.pan, "phone": phone, "amount": 5_000});
                let reply = alone.call("p2p.fee-info", params).await;
                assert_eq!(reply, success(&json!({"fee": 25, "feeRate": "0.5", "amountTotal": 5_025})));
            }
        }
        assert_eq!(alone.error_code("p2p.recipient-info", json!({"pan": UZCARD.pan})).await, -32338);
    }

    async fn a_fee_has_its_refusals_too(app: TestApp) {
        let ask = |pan: &str, pan2: &str, amount: i64| {
            app.call("p2p.fee-info", json!({"pan": pan, "pan2": pan2, "phone": UZCARD.phone, "amount": amount}))
        };
        assert_eq!(ask(UZCARD.pan, UZCARD.pan, 500).await, refusal(-32387, &Value::Null));
        assert_eq!(ask("4276010132441332", UZCARD.pan, 500).await["error"]["code"], -32374);
        assert_eq!(ask(UZCARD.pan, "4276010132441332", 500).await["error"]["code"], -32374);
        assert_eq!(ask(UZCARD.pan, HUMO.pan, 100_000_000_001).await, amount_too_large(100_000_000_000));
        assert_eq!(ask(UZCARD.pan, HUMO.pan, 0).await["error"]["code"], -32385);
        // An unknown card has a tariff, too.
        assert!(ask("8600999999999999", "9860999999999999", 500).await["result"].is_object());
    }

    async fn every_direction_at_once(app: TestApp) {
        for direction in DIRECTIONS {
            let (from, to) = (app.balance(direction.from).await, app.balance(direction.to).await);
            let moved = app.moves().await.len();
            let messages = app.messages(direction.from.phone).await.len();
            let token = app.add_card(direction.from).await;
            let sent = app.messages(direction.from.phone).await.len();
            let reply = app.call(direction.method, direction.params(&token, AMOUNT)).await;
            let id = app.last_transaction().await.id.0;
            let url = if direction.has_receipt() { app.receipt_url(id).await } else { String::new() };
            let expected = direction.done(FEE, &url);
            check_references(&app, direction, id, &reply["result"]).await;
            assert_eq!(direction.masked_result(reply.clone()), success(&expected), "{}", direction.method);
            assert_eq!(app.moves().await[moved..], direction.moves(AMOUNT, FEE), "{}", direction.method);
            assert_eq!(app.balance(direction.from).await, from - AMOUNT - FEE, "{}", direction.method);
            assert_eq!(app.balance(direction.to).await, to + AMOUNT, "{}", direction.method);
            // No code was asked for: no message but that of the attachment.
            assert!(sent >= messages);
            assert_eq!(app.messages(direction.from.phone).await.len(), sent);

            let standing = app.standing(id).await;
            assert_eq!(standing, json!({
                "transactionId": id, "extId": null, "kind": "transfer", "status": "succeeded", "amount": AMOUNT,
                "fee": FEE, "capturedAmount": null, "reversedAmount": null, "reversals": [],
                "network": direction.from.network(), "createdAt": standing["createdAt"], "updatedAt": standing["updatedAt"], "result": reply["result"], "error": null,
            }), "{}", direction.method);
        }
        app.assert_settled().await;
    }

    async fn every_direction_with_a_code(app: TestApp) {
        for direction in DIRECTIONS {
            let (from, to) = (app.balance(direction.from).await, app.balance(direction.to).await);
            let moved = app.moves().await.len();
            let token = app.add_card(direction.from).await;
            let params = with(direction.params(&token, AMOUNT), json!({"force_sms_confirmation": true}));
            let begun = app.call(direction.method, params).await;
            let id = app.last_transaction().await.id.0;
            assert_eq!(begun, success(&json!({"phone": direction.from.phone, "transactionId": id})));
            assert_eq!(app.moves().await.len(), moved);
            let standing = app.standing(id).await;
            assert_eq!(
                [&standing["status"], &standing["kind"], &standing["result"]],
                [&json!("awaiting_code"), &json!("transfer"), &Value::Null]
            );

            let reply = app.call("p2p.confirm", right_code(id)).await;
            let url = if direction.has_receipt() { app.receipt_url(id).await } else { String::new() };
            check_references(&app, direction, id, &reply["result"]).await;
            assert_eq!(app.standing(id).await["result"], reply["result"]);
            assert_eq!(direction.masked_result(reply), success(&direction.done(FEE, &url)), "{}", direction.method);
            assert_eq!(app.moves().await[moved..], direction.moves(AMOUNT, FEE), "{}", direction.method);
            assert_eq!(app.balance(direction.from).await, from - AMOUNT - FEE, "{}", direction.method);
            assert_eq!(app.balance(direction.to).await, to + AMOUNT, "{}", direction.method);
        }
        app.assert_settled().await;
    }

    async fn a_transfer_conserves_the_sum(app: TestApp) {
        let before = app.totals().await;
        for direction in DIRECTIONS {
            let token = app.add_card(direction.from).await;
            app.result(direction.method, direction.params(&token, AMOUNT)).await;
        }
        let after = app.totals().await;
        assert_eq!(after["total"], before["total"]);
        assert_eq!(after["blocked"], 0);
        // Inside the networks the fee is theirs; between them it is part of what the merchant earns.
        assert_eq!(after["fees"], before["fees"].as_i64().unwrap() + 2 * FEE);
        assert_eq!(after["takings"], before["takings"].as_i64().unwrap() + 2 * FEE);
    }

    async fn every_movement_is_a_row_with_the_reference_that_the_network_saw(app: TestApp) {
        for direction in DIRECTIONS {
            let token = app.add_card(direction.from).await;
            let seen = app.ledger().await.len();
            let id = app.transferred(direction, direction.params(&token, AMOUNT)).await;
            let calls = app.calls(id).await;
            let actions: Vec<(Action, i64)> = calls.iter().map(|(action, _, amount)| (*action, *amount)).collect();
            let expected: &[(Action, i64)] = match direction.method {
                "p2p.humo2humo" => &[(Action::P2p, AMOUNT), (Action::Confirm, AMOUNT)],
                "p2p.humo2uzcard" =>
                    &[(Action::Pay, AMOUNT + FEE), (Action::Confirm, AMOUNT + FEE), (Action::Credit, AMOUNT)],
                "p2p.uzcard2humo" => &[(Action::Pay, AMOUNT + FEE), (Action::Credit, AMOUNT)],
                _ => &[(Action::P2p, AMOUNT)],
            };
            assert_eq!(actions, expected, "{}", direction.method);
            let reference = |wanted: Action| &calls.iter().find(|(action, ..)| *action == wanted).unwrap().1;
            let row = |card: TestCard, action: Action, name: &str, amount: i64| json!({
                "network": card.network(), "reference": reference(action), "action": name, "pan": card.pan,
                "amount": amount, "at": null,
            });
            let rows = if direction.is_across() {
                vec![
                    row(direction.from, Action::Pay, "pay", AMOUNT + FEE),
                    row(direction.to, Action::Credit, "credit", AMOUNT),
                ]
            } else {
                vec![row(direction.from, Action::P2p, "p2p", AMOUNT)]
            };
            let ledger = app.ledger().await.split_off(seen);
            let ledger: Vec<Value> = ledger.into_iter().map(|row| with(row, json!({"at": null}))).collect();
            assert_eq!(ledger, rows, "{}", direction.method);
        }
    }

    async fn a_credit_of_humo_is_never_confirmed(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        app.fault(json!({"network": "HUMO", "operation": "confirm", "kind": "reset_before", "times": 1})).await;
        let id = app.transferred(UZCARD_TO_HUMO, UZCARD_TO_HUMO.params(&token, AMOUNT)).await;
        assert_eq!(app.requests(id).await, ["pay approved", "credit approved"]);
        assert_eq!(app.take_scripted_calls().await, 1);
    }

    async fn what_was_quoted_is_charged(app: TestApp) {
        charge_as_quoted(&app, &[1, 99, 100, 101, 299, 300, 5_000, 123_457]).await;
    }

    async fn what_was_quoted_is_charged_with_other_tariffs_too(app: TestApp) {
        let app = TestApp::with(app.kind, |config| {
            let tariff = |rate_bp, min_fee, max_fee| Tariff { rate_bp, min_fee, max_fee, ..Tariff::default() };
            // HUMO has a tariff of its own for transfers inside it; the gateway's must be the same.
            config.transfers.humo2uzcard = tariff(125, 100, 2_000);
            config.transfers.uzcard2humo = tariff(100, 0, 1_000_000);
            config.transfers.uzcard2uzcard = tariff(0, 700, 700);
        }).await.unwrap();
        charge_as_quoted(&app, &[1, 8_000, 8_001, 160_000, 160_001, 1_000_000]).await;
        for (from, to, rate) in [(HUMO, UZCARD, "1.25"), (UZCARD, HUMO, "1"), (UZCARD, UZCARD_2, "0"), (HUMO, HUMO_2, "0.5")] {
            assert_eq!(quote(&app, from, to, 500).await["feeRate"], rate);
        }
    }

    async fn a_transfer_without_a_fee_has_no_fiscal_receipt(app: TestApp) {
        for direction in DIRECTIONS {
            let token = app.add_card(direction.from).await;
            let reply = app.call(direction.method, direction.params(&token, 99)).await;
            assert_eq!(direction.masked_result(reply), success(&direction.done(0, "")), "{}", direction.method);
        }
        assert_eq!(app.receipts().await, [Value::Null; 0]);
        assert_eq!(app.running.gateway.register_receipts().await.unwrap(), 0);
    }

    async fn the_fiscal_receipt_is_of_the_fee(app: TestApp) {
        for direction in DIRECTIONS {
            let seen = app.receipts().await.len();
            let token = app.add_card(direction.from).await;
            let id = app.transferred(direction, direction.params(&token, AMOUNT)).await;
            let row = app.row(id).await;
            let receipts = app.receipts().await.split_off(seen);
            if !direction.has_receipt() {
                assert_eq!(receipts, [Value::Null; 0]);
                continue;
            }
            let (merchant, terminal) = direction.terminal();
            assert_eq!(receipts, [json!({
                "receiptId": format!("aloqa-{id}-{}", row.created_at), "amount": FEE, "merchantId": merchant,
                "terminalId": terminal, "time": row.updated_at.0, "url": app.receipt_url(id).await,
            })]);
        }
    }

    async fn the_message_names_the_whole_sum_and_both_cards(app: TestApp) {
        for direction in DIRECTIONS {
            let Direction { method, from, to, .. } = direction;
            let token = app.add_card(from).await;
            let (own, other) = (from.mask(), to.mask());
            let table = [
                (&[][..], AMOUNT,
                    format!("AloqaGateway: код 111111 для перевода 5025.00 UZS с карты {own} на карту {other}.")),
                (&[("lang", "ru"), ("app-name", "Kundalik-dev")][..], 1,
                    format!("Kundalik: код 111111 для перевода 0.01 UZS с карты {own} на карту {other}.")),
                (&[("lang", "en"), ("app-name", "Kundalik-prod")][..], 1_250,
                    format!("Kundalik: code 111111 to transfer 12.56 UZS from the card {own} to the card {other}.")),
                (&[("lang", "uz"), ("app-name", "not a name")][..], AMOUNT,
                    format!("AloqaGateway: {own} kartasidan {other} kartasiga 5025.00 UZS o'tkazish kodi 111111.")),
            ];
            for (headers, amount, text) in table {
                let (before, others) = (app.messages(from.phone).await.len(), app.messages(to.phone).await.len());
                let params = with(direction.params(&token, amount), json!({"force_sms_confirmation": true}));
                let reply = app.call_with_headers(headers, method, params).await;
                assert_eq!(reply["result"]["phone"], from.phone, "{reply}");
                let messages = app.messages(from.phone).await;
                assert_eq!((messages.len(), app.messages(to.phone).await.len()), (before + 1, others));
                let last = messages.last().unwrap();
                assert!(last.starts_with(&text), "{last}");
                assert!(!last.contains(from.pan) && !last.contains(to.pan), "{last}");
            }
        }
    }

    async fn from_some_amount_on_a_code_is_needed(app: TestApp) {
        let app = TestApp::with(app.kind, |config| config.codes.required_from = Some(AMOUNT)).await.unwrap();
        for direction in DIRECTIONS {
            let token = app.add_card(direction.from).await;
            for (amount, needed) in [(AMOUNT - 1, false), (AMOUNT, true)] {
                let result = app.result(direction.method, direction.params(&token, amount)).await;
                assert_eq!(result["phone"] == direction.from.phone, needed, "{} {amount}", direction.method);
            }
        }
    }

    async fn a_confirmation_in_every_status(app: TestApp) {
        for direction in DIRECTIONS {
            every_status(&app, direction).await;
        }
        app.assert_settled().await;
    }

    async fn the_third_wrong_code_ends_a_transfer(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let params = with(UZCARD_TO_HUMO.params(&token, AMOUNT), json!({"force_sms_confirmation": true}));
        let id = app.transferred(UZCARD_TO_HUMO, params).await;
        let wrong = json!({"transactionId": id, "confirmedCode": "000000"});
        for reason in ["wrong_code", "wrong_code", "tries_used_up", "tries_used_up"] {
            assert_eq!(app.call("p2p.confirm", wrong.clone()).await, refusal(-32308, &json!({"reason": reason})));
        }
        assert_eq!(app.call("p2p.confirm", right_code(id)).await, refusal(-32308, &json!({"reason": "tries_used_up"})));
        let standing = app.standing(id).await;
        assert_eq!((&standing["status"], &standing["result"]), (&json!("expired"), &Value::Null));
        assert_eq!(app.moves().await, [""; 0]);
    }

    async fn of_twenty_right_codes_at_once_one_moves_the_money(app: TestApp) {
        for direction in DIRECTIONS {
            let moved = app.moves().await.len();
            let token = app.add_card(direction.from).await;
            let params = with(direction.params(&token, AMOUNT), json!({"force_sms_confirmation": true}));
            let id = app.transferred(direction, params).await;
            let replies = join_all((0..20).map(|_| app.call("p2p.confirm", right_code(id)))).await;
            let done = refusal(-32392, &json!({"reason": "succeeded"}));
            let busy = in_process(id, "processing");
            let (lost, won): (Vec<&Value>, Vec<&Value>) =
                replies.iter().partition(|reply| **reply == done || **reply == busy);
            assert_eq!((won.len(), lost.len()), (1, 19), "{replies:?}");
            assert!(won[0].get("result").is_some(), "{replies:?}");
            assert_eq!(app.moves().await[moved..], direction.moves(AMOUNT, FEE));
        }
        app.assert_settled().await;
    }

    async fn transfers_and_debits_are_of_different_kinds(app: TestApp) {
        let not_found = refusal(-32314, &Value::Null);
        let token = app.add_card(UZCARD).await;
        let order = |more: Value| with(debit_params(UZCARD, &token, 500), more);
        let mut others = vec![
            app.ordered(order(json!({}))).await,
            app.ordered(order(json!({"force_sms_confirmation": true}))).await,
            app.ordered(order(json!({"is_hold": true}))).await,
            app.ordered(order(json!({"is_hold": true, "force_sms_confirmation": true}))).await,
        ];
        let begun = app.result("cards.add", json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone})).await;
        others.push(begun["transactionId"].as_i64().unwrap());
        others.extend([0, -1, 900_000_000, i64::MAX]);
        let moves = app.moves().await;
        for id in others {
            for code in [CODE, "000000"] {
                let params = json!({"transactionId": id, "confirmedCode": code});
                assert_eq!(app.call("p2p.confirm", params).await, not_found, "{id}");
            }
        }
        for direction in [UZCARD_TO_UZCARD, UZCARD_TO_HUMO] {
            for force in [false, true] {
                let params = with(direction.params(&token, 500), json!({"force_sms_confirmation": force}));
                let id = app.transferred(direction, params).await;
                let standing = app.standing(id).await;
                for method in DEBIT_METHODS {
                    let params = match method {
                        "transactions.debit.confirm" => right_code(id),
                        _ => json!({"transactionId": id}),
                    };
                    assert_eq!(app.call(method, params).await, not_found, "{method}");
                }
                assert_eq!(app.call("cards.add-confirm", right_code(id)).await, not_found);
                assert_eq!(app.standing(id).await, standing);
            }
        }
        assert_eq!(app.moves().await[moves.len()..], ["p2p 500", "pay 503", "credit 500"]);
    }

    async fn numbers_of_recipients_are_encrypted(app: TestApp) {
        for direction in DIRECTIONS {
            let token = app.add_card(direction.from).await;
            let first = app.transferred(direction, direction.params(&token, AMOUNT)).await;
            let second = app.transferred(direction, direction.params(&token, AMOUNT)).await;
            let (first, second) = (app.transfer_row(first).await, app.transfer_row(second).await);
            // The same number twice gives one hash and two encrypted texts, neither of which shows it.
            assert_eq!(first.pan_hash, second.pan_hash);
            assert_ne!(first.pan_sealed, second.pan_sealed);
            let shown = format!("{first:?} {}", String::from_utf8_lossy(&first.pan_sealed));
            assert!(!shown.contains(direction.to.pan), "{shown}");
        }
    }
}

const DEBIT_METHODS: [&str; 4] = [
    "transactions.debit.confirm",
    "transactions.debit.reverse",
    "transactions.debit.hold.charge",
    "transactions.debit.hold.cancel",
];

async fn quote(app: &TestApp, from: TestCard, to: TestCard, amount: i64) -> Value {
    let params = json!({"pan": from.pan, "pan2": to.pan, "phone": from.phone, "amount": amount});
    app.result("p2p.fee-info", params).await
}

/// All directions: what `p2p.fee-info` says is what the result says, and what the sender pays besides the amount.
async fn charge_as_quoted(app: &TestApp, amounts: &[i64]) {
    for direction in DIRECTIONS {
        let Direction {
            method, from, to, ..
        } = direction;
        let token = app.add_card(from).await;
        for &amount in amounts {
            let quoted = quote(app, from, to, amount).await;
            let fee = quoted["fee"].as_i64().unwrap();
            assert_eq!(quoted["amountTotal"], amount + fee);
            let (before, after) = (app.balance(from).await, app.balance(to).await);
            let result = app.result(method, direction.params(&token, amount)).await;
            assert_eq!(result["fee"], fee.to_string(), "{method} {amount}");
            assert_eq!(
                app.balance(from).await,
                before - amount - fee,
                "{method} {amount}"
            );
            assert_eq!(app.balance(to).await, after + amount, "{method} {amount}");
        }
    }
}

/// What a result says of the networks is what they know it by.
async fn check_references(app: &TestApp, direction: Direction, id: i64, result: &Value) {
    if !direction.is_across() {
        return;
    }
    let calls = app.calls(id).await;
    let at_humo = if direction.from == HUMO {
        Action::Pay
    } else {
        Action::Credit
    };
    let call = calls
        .iter()
        .find(|(action, ..)| *action == at_humo)
        .unwrap();
    assert_eq!(result["paymentRef"], call.1, "{}", direction.method);
}

/// How a transfer stands, and what its confirmation is answered then.
async fn every_status(app: &TestApp, direction: Direction) {
    let token = app.add_card(direction.from).await;
    let waiting = with(
        direction.params(&token, 500),
        json!({"force_sms_confirmation": true}),
    );
    let confirm = async |id: i64, status: &str, expected: Value| {
        let shown = format!("{} {status}", direction.method);
        assert_eq!(app.status(id).await, status, "{shown}");
        let moves = app.moves().await;
        for code in [CODE, "000000"] {
            let params = json!({"transactionId": id, "confirmedCode": code});
            assert_eq!(app.call("p2p.confirm", params).await, expected, "{shown}");
        }
        assert_eq!(
            (app.status(id).await, app.moves().await),
            (status.to_owned(), moves),
            "{shown}"
        );
    };

    let done = app
        .transferred(direction, direction.params(&token, 500))
        .await;
    confirm(
        done,
        "succeeded",
        refusal(-32392, &json!({"reason": "succeeded"})),
    )
    .await;
    let confirmed = app.transferred(direction, waiting.clone()).await;
    app.result("p2p.confirm", right_code(confirmed)).await;
    confirm(
        confirmed,
        "succeeded",
        refusal(-32392, &json!({"reason": "succeeded"})),
    )
    .await;

    let declined = app.transferred(direction, waiting.clone()).await;
    let first = if direction.is_across() { "pay" } else { "p2p" };
    app.refuse_once(direction.from, first, direction.from.refusing_code().0)
        .await;
    assert_eq!(
        app.error_code("p2p.confirm", right_code(declined)).await,
        -32310
    );
    confirm(
        declined,
        "declined",
        refusal(-32313, &json!({"reason": "declined"})),
    )
    .await;

    let late = app.transferred(direction, waiting.clone()).await;
    app.clock.advance_ms(CODE_LIFETIME_MS - 1);
    assert_eq!(app.status(late).await, "awaiting_code");
    app.clock.advance_ms(1);
    confirm(
        late,
        "expired",
        refusal(-32308, &json!({"reason": "code_expired"})),
    )
    .await;

    let unknown = app.transferred(direction, waiting).await;
    app.fail_once(direction.from, first, "reset_before").await;
    assert_eq!(
        app.call("p2p.confirm", right_code(unknown)).await,
        outcome_unknown(unknown)
    );
    confirm(unknown, "processing", in_process(unknown, "processing")).await;

    for (status, name) in [
        (Status::Manual, "manual"),
        (Status::Reversed, "reversed"),
        (Status::Cancelled, "cancelled"),
    ] {
        let written = app
            .transferred(direction, direction.params(&token, 500))
            .await;
        app.write_status(written, status).await;
        let expected = if status == Status::Manual {
            in_process(written, "manual")
        } else {
            refusal(-32313, &json!({"reason": name}))
        };
        confirm(written, name, expected).await;
    }
}
