//! Every error that the networks bring about is listed by its method.

use super::*;

/// Debits, holds, transfers, confirmations and attachments with every test card: whatever goes wrong is in the method's
/// list.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_error_that_a_test_card_forces_is_listed() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let mut seen = BTreeSet::new();
    let mut look = |method: &'static str, reply: &Value| {
        assert_listed(method, reply);
        if let Some(code) = reply["error"]["code"].as_i64() {
            seen.insert((method, code));
        }
        reply["result"]["transactionId"].clone()
    };
    for card in TEST_CARDS {
        // Those that take long are the business of the tests of debits.
        if matches!(
            card.outcome,
            Outcome::Slow | Outcome::ReplyLost | Outcome::RequestLost
        ) {
            continue;
        }
        let test_card = TestCard {
            pan: card.pan,
            phone: card.phone,
        };
        let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
        let id = look("cards.add", &app.call("cards.add", params).await);
        let params = json!({"transactionId": id, "confirmedCode": CODE});
        let added = app.call("cards.add-confirm", params).await;
        look("cards.add-confirm", &added);
        let Some(token) = added["result"]["token"].as_str() else {
            continue;
        };
        for hold in [false, true] {
            let more = |code: bool| json!({"is_hold": hold, "force_sms_confirmation": code});
            let debit = debit_params(test_card, token, 5_000);
            look(
                "transactions.debit",
                &app.call("transactions.debit", with(debit.clone(), more(false)))
                    .await,
            );
            let id = look(
                "transactions.debit",
                &app.call("transactions.debit", with(debit, more(true)))
                    .await,
            );
            let params = json!({"transactionId": id, "confirmedCode": CODE});
            let reply = app.call("transactions.debit.confirm", params).await;
            look("transactions.debit.confirm", &reply);
            for method in [
                "transactions.debit.hold.charge",
                "transactions.debit.hold.cancel",
                "transactions.debit.reverse",
                "transactions.debit.reverse",
                "transactions.get",
            ] {
                look(
                    method,
                    &app.call(method, json!({"transactionId": id})).await,
                );
            }
        }
    }
    // As senders and as recipients of transfers.
    for direction in DIRECTIONS {
        for card in TEST_CARDS {
            if matches!(
                card.outcome,
                Outcome::Slow | Outcome::ReplyLost | Outcome::RequestLost
            ) {
                continue;
            }
            let test_card = TestCard {
                pan: card.pan,
                phone: card.phone,
            };
            let mut sides = Vec::new();
            if test_card.network() == direction.to.network() {
                sides.push(direction.to(test_card));
                let params = json!({"pan": card.pan});
                look(
                    "p2p.recipient-info",
                    &app.call("p2p.recipient-info", params).await,
                );
            }
            if test_card.network() == direction.from.network() {
                sides.push(direction.from(test_card));
            }
            for side in sides {
                let params =
                    json!({"pan": side.from.pan, "expiry": "1230", "phone": side.from.phone});
                let id = look("cards.add", &app.call("cards.add", params).await);
                let params = json!({"transactionId": id, "confirmedCode": CODE});
                let added = app.call("cards.add-confirm", params).await;
                let Some(token) = added["result"]["token"].as_str() else {
                    continue;
                };
                for code in [false, true] {
                    let params = with(
                        side.params(token, 5_000),
                        json!({"force_sms_confirmation": code}),
                    );
                    let id = look(side.method, &app.call(side.method, params).await);
                    let params = json!({"transactionId": id, "confirmedCode": CODE});
                    look("p2p.confirm", &app.call("p2p.confirm", params).await);
                }
                app.clock.advance_ms(60 * 60 * 1_000);
            }
        }
    }
    // The test cards do force the errors that they are there for.
    for code in [
        ErrorCode::InsufficientFunds,
        ErrorCode::CardBlocked,
        ErrorCode::CardExpired,
        ErrorCode::PinTriesExceeded,
        ErrorCode::OutcomeUnknown,
    ] {
        for method in ["transactions.debit", "transactions.debit.confirm"] {
            assert!(
                seen.contains(&(method, i64::from(code.code()))),
                "{method} {code}"
            );
        }
    }
    for code in [
        ErrorCode::InsufficientFunds,
        ErrorCode::CardBlocked,
        ErrorCode::CardExpired,
        ErrorCode::PinTriesExceeded,
        ErrorCode::RecipientRefuses,
        ErrorCode::RecipientCardBlocked,
        ErrorCode::RecipientCardExpired,
        ErrorCode::RecipientPinTriesExceeded,
        ErrorCode::OutcomeUnknown,
    ] {
        for method in ["p2p.uzcard2humo", "p2p.humo2uzcard"] {
            assert!(
                seen.contains(&(method, i64::from(code.code()))),
                "{method} {code}"
            );
        }
    }
}

/// The next call of this operation is refused with the network's own code.
async fn decline(app: &TestApp, card: TestCard, operation: &str, code: i64) {
    let network = if card.pan.starts_with("8600") {
        "UZCARD"
    } else {
        "HUMO"
    };
    app.fault(json!({"network": network, "operation": operation, "kind": "decline", "code": code, "times": 1})).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_of_a_debit_and_of_a_charge_is_listed() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let mut unlisted = Unlisted::default();
    for (card, codes) in [(UZCARD, SVGATE), (HUMO, HUMO_ACTIONS)] {
        let token = app.add_card(card).await;
        for code in codes {
            decline(&app, card, "pay", *code).await;
            let reply = app
                .call("transactions.debit", debit_params(card, &token, 500))
                .await;
            unlisted.look("transactions.debit", *code, &reply);
            let hold = with(debit_params(card, &token, 500), json!({"is_hold": true}));
            let id = app.result("transactions.debit", hold).await["transactionId"].take();
            decline(&app, card, "capture", *code).await;
            let reply = app
                .call(
                    "transactions.debit.hold.charge",
                    json!({"transactionId": id}),
                )
                .await;
            unlisted.look("transactions.debit.hold.charge", *code, &reply);
        }
    }
    assert_eq!(unlisted.0, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_of_a_card_is_listed() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let mut unlisted = Unlisted::default();
    let svgate = [
        -103, -199, -200, -201, -202, -203, -204, -205, -206, -212, -215, -216, -217, -218, -235,
        -256, -257, -258, -271, -292, -320, -321, -378, -777,
    ];
    let middleware = [
        400, 401, 403, 404, 101, 104, 106, 111, 118, 119, 125, 208, 280, 281, 777,
    ];
    // SVGate has less to say about a card that is already attached.
    let described = [-103, -199, -200, -204, -205, -256, -257, -777];
    for (card, operation, begun, asked) in [
        (UZCARD, "code", &svgate[..], &described[..]),
        (HUMO, "info", &middleware[..], &middleware[..]),
    ] {
        let token = app.add_card(card).await;
        let params = json!({"pan": card.pan, "expiry": "1230", "phone": card.phone});
        for code in begun {
            decline(&app, card, operation, *code).await;
            let reply = app.call("cards.add", params.clone()).await;
            unlisted.look("cards.add", *code, &reply);
        }
        for code in asked {
            // The network is asked about the card before the code of a debit is sent.
            decline(&app, card, "info", *code).await;
            let debit = with(
                debit_params(card, &token, 500),
                json!({"force_sms_confirmation": true}),
            );
            let reply = app.call("transactions.debit", debit).await;
            unlisted.look("transactions.debit", *code, &reply);
            decline(&app, card, "info", *code).await;
            let reply = app.call("cards.info", json!({"token": token})).await;
            unlisted.look("cards.info", *code, &reply);
        }
    }
    assert_eq!(unlisted.0, [""; 0]);
}

/// What can be refused in the course of a transfer: the question about the recipient, and each call that moves money.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refusal_of_a_transfer_is_listed() {
    let app = TestApp::on(DatabaseKind::Sqlite).await.unwrap();
    let mut unlisted = Unlisted::default();
    let described = |card: TestCard| match card.network() {
        "HUMO" => &[
            400, 401, 403, 404, 101, 104, 106, 111, 118, 119, 125, 208, 280, 281, 777,
        ][..],
        _ => &[
            -103, -199, -200, -202, -204, -205, -256, -257, -258, -300, -382, -777,
        ][..],
    };
    let moved = |card: TestCard| match card.network() {
        "HUMO" => HUMO_ACTIONS,
        _ => SVGATE,
    };
    for direction in DIRECTIONS {
        let Direction {
            method, from, to, ..
        } = direction;
        let token = app.add_card(from).await;
        let params = direction.params(&token, 500);
        let legs: &[(TestCard, &str)] = match method {
            "p2p.humo2humo" => &[(from, "p2p"), (from, "confirm")],
            "p2p.humo2uzcard" => &[(from, "pay"), (from, "confirm"), (to, "credit")],
            "p2p.uzcard2humo" => &[(from, "pay"), (to, "credit")],
            _ => &[(from, "p2p")],
        };
        for code in described(to) {
            decline(&app, to, "info", *code).await;
            unlisted.look(method, *code, &app.call(method, params.clone()).await);
            decline(&app, to, "info", *code).await;
            let asked = app.call("p2p.recipient-info", json!({"pan": to.pan})).await;
            unlisted.look("p2p.recipient-info", *code, &asked);
        }
        let with_code = with(params.clone(), json!({"force_sms_confirmation": true}));
        for code in described(from) {
            // The network is asked about the sender's card before the code is sent.
            decline(&app, from, "info", *code).await;
            unlisted.look(method, *code, &app.call(method, with_code.clone()).await);
        }
        for (number, (card, operation)) in legs.iter().enumerate() {
            let taken = moved(*card)
                .iter()
                .enumerate()
                .filter(|(place, _)| {
                    let share = OneIn {
                        sqlite: 3,
                        postgres: 1,
                    };
                    app.kind.takes(number + place, share)
                })
                .map(|(_, code)| code);
            for code in taken.clone() {
                decline(&app, *card, operation, *code).await;
                unlisted.look(method, *code, &app.call(method, params.clone()).await);
            }
            // Each confirmation needs a message, and only so many are allowed in a day.
            for code in taken {
                let id = app.result(method, with_code.clone()).await["transactionId"].take();
                decline(&app, *card, operation, *code).await;
                let params = json!({"transactionId": id, "confirmedCode": CODE});
                unlisted.look("p2p.confirm", *code, &app.call("p2p.confirm", params).await);
                app.clock.advance_ms(24 * 60 * 60 * 1_000 / 32);
            }
        }
    }
    unlisted.0.sort();
    unlisted.0.dedup();
    assert_eq!(unlisted.0, [""; 0]);
}
