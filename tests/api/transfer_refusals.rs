//! Transfers that are refused: before anything is stored by the gateway's own rules, and by what the networks say of
//! the sender and of the recipient.

use std::sync::Arc;

use aloqa_gateway::bans::{self, Subject};
use aloqa_gateway::config::{BankLimit, SenderDetails};
use aloqa_gateway::environment::Environment;
use aloqa_gateway::random::SystemRandom;
use rpc_schema::values::{Pan, Phone};
use sandbox::Network::{Humo, Uzcard};
use sandbox::Outcome as O;
use serde_json::{Value, json};

use test_support::refused_calls::{amount_too_large, amount_too_small, sender_details_required};
use test_support::*;

const AMOUNT: i64 = 500_000;

mostly_on_sqlite! {
    async fn a_method_takes_cards_of_its_own_networks(app: TestApp) {
        let (uzcard, humo) = (app.add_card(UZCARD).await, app.add_card(HUMO).await);
        let sender = refusal(-32374, &json!({"reason": "sender_network", "field": "token"}));
        let recipient = refusal(-32374, &json!({"reason": "recipient_network", "field": "pan"}));
        for direction in DIRECTIONS {
            let (right, wrong) = match direction.from.network() {
                "HUMO" => (&humo, &uzcard),
                _ => (&uzcard, &humo),
            };
            let other = match direction.to.network() {
                "HUMO" => direction.to(UZCARD_2),
                _ => direction.to(HUMO_2),
            };
            for force in [false, true] {
                let force = json!({"force_sms_confirmation": force, "extId": "x"});
                let ask = |direction: Direction, token: &str| {
                    app.call(direction.method, with(direction.params(token, AMOUNT), force.clone()))
                };
                assert_eq!(ask(direction, wrong).await, sender, "{}", direction.method);
                assert_eq!(ask(other, right).await, recipient, "{}", direction.method);
                // The sender is looked at first.
                assert_eq!(ask(other, wrong).await, sender, "{}", direction.method);
            }
            let nowhere = TestCard { pan: "4276010132441332", ..UZCARD };
            let error = app.error(direction.method, direction.to(nowhere).params(right, AMOUNT)).await;
            assert_eq!(error["code"], -32374, "{}", direction.method);
        }
        nothing_happened(&app, 2).await;
    }

    async fn from_a_card_to_itself(app: TestApp) {
        for direction in [HUMO_TO_HUMO, UZCARD_TO_UZCARD] {
            let token = app.add_card(direction.from).await;
            let params = direction.to(direction.from).params(&token, AMOUNT);
            for force in [false, true] {
                let params = with(params.clone(), json!({"force_sms_confirmation": force}));
                assert_eq!(app.call(direction.method, params).await, refusal(-32387, &Value::Null));
            }
        }
        nothing_happened(&app, 2).await;
    }

    async fn a_token_that_is_not_this_partners_is_unknown(app: TestApp) {
        let stranger = app.add_partner("stranger", &["*"]).await;
        let (uzcard, humo) = (app.add_card_as(&stranger, UZCARD).await, app.add_card_as(&stranger, HUMO).await);
        for direction in DIRECTIONS {
            for token in [uzcard.as_str(), humo.as_str(), "5f0c3a52-8a0b-4c5e-8a44-0d5c2f9e7a11", "no-uuid"] {
                let reply = app.call(direction.method, direction.params(token, AMOUNT)).await;
                assert_eq!(reply, refusal(-32301, &Value::Null), "{} {token}", direction.method);
            }
        }
        nothing_happened(&app, 2).await;
    }

    async fn amounts_are_limited_by_the_tariff_of_the_direction(app: TestApp) {
        let app = TestApp::with(app.kind, |config| {
            config.transfers.humo2humo.min_amount = 1_000;
            config.transfers.humo2humo.max_amount = 2_000;
            config.transfers.humo2uzcard.min_amount = 3_000;
            config.transfers.humo2uzcard.max_amount = 4_000;
            config.transfers.uzcard2humo.min_amount = 5_000;
            config.transfers.uzcard2humo.max_amount = 6_000;
            config.transfers.uzcard2uzcard.min_amount = 7_000;
            config.transfers.uzcard2uzcard.max_amount = 8_000;
        }).await.unwrap();
        for (direction, min) in DIRECTIONS.into_iter().zip([1_000, 3_000, 5_000, 7_000]) {
            let Direction { method, from, to, .. } = direction;
            let max = min + 1_000;
            let token = app.add_card(from).await;
            for (amount, code) in [(1, -32328), (min - 1, -32328), (max + 1, -32329), (i64::MAX, -32329)] {
                let refused = match code {
                    -32328 => amount_too_small(min),
                    _ => amount_too_large(max),
                };
                for force in [false, true] {
                    let params = with(direction.params(&token, amount), json!({"force_sms_confirmation": force}));
                    assert_eq!(app.call(method, params).await, refused, "{method} {amount}");
                }
                let params = json!({"pan": from.pan, "pan2": to.pan, "phone": from.phone, "amount": amount});
                assert_eq!(app.call("p2p.fee-info", params).await, refused, "{method} {amount}");
            }
            for amount in [min, max] {
                app.result(method, direction.params(&token, amount)).await;
            }
        }
    }

    async fn from_some_amount_on_a_credit_needs_the_senders_details(app: TestApp) {
        for details in [false, true] {
            let app = TestApp::with(app.kind, |config| {
                config.transfers.sender_required_from = 700_000;
                config.transfers.sender = details.then(sender);
            }).await.unwrap();
            for direction in DIRECTIONS {
                let Direction { method, from, .. } = direction;
                let token = app.add_card(from).await;
                let rows = app.transaction_count().await;
                app.result(method, direction.params(&token, 699_999)).await;
                for force in [false, true] {
                    let params = with(direction.params(&token, 700_000), json!({"force_sms_confirmation": force}));
                    let reply = app.call(method, params).await;
                    if direction.is_across() && !details {
                        assert_eq!(reply, sender_details_required(700_000), "{method}");
                    } else {
                        assert!(reply.get("result").is_some(), "{method}: {reply}");
                    }
                }
                let stored = if direction.is_across() && !details { 1 } else { 3 };
                assert_eq!(app.transaction_count().await, rows + stored, "{method}");
            }
        }
    }

    /// The networks' own limit is the one that is set, and they accept the details.
    async fn the_networks_own_limit_for_nameless_credits(app: TestApp) {
        for details in [false, true] {
            let app = TestApp::with(app.kind, |config| config.transfers.sender = details.then(sender)).await.unwrap();
            for (direction, rich) in [(UZCARD_TO_HUMO, UZCARD_TO_UZCARD), (HUMO_TO_UZCARD, HUMO_TO_HUMO)] {
                let Direction { method, from, .. } = direction;
                let second = app.add_card(rich.to).await;
                app.result(rich.method, rich.to(from).params(&second, 900_000_000)).await;
                let token = app.add_card(from).await;
                let above = direction.params(&token, 1_200_000_001);
                if details {
                    app.result(method, above).await;
                } else {
                    let missing = sender_details_required(1_200_000_001);
                    assert_eq!(app.call(method, above).await, missing, "{method}");
                    app.result(method, direction.params(&token, 1_200_000_000)).await;
                }
            }
        }
    }

    async fn the_senders_own_trouble(app: TestApp) {
        let table = [
            (Uzcard, O::InsufficientFunds, 101, -32309, "-240"),
            (Uzcard, O::DeclinedInResult, AMOUNT, -32309, "51"),
            (Uzcard, O::Blocked, AMOUNT, -32310, "-205"),
            (Uzcard, O::Expired, AMOUNT, -32336, "-201"),
            (Uzcard, O::PinTries, AMOUNT, -32341, "75"),
            (Humo, O::InsufficientFunds, 101, -32309, "116"),
            (Humo, O::Blocked, AMOUNT, -32310, "104"),
            (Humo, O::Expired, AMOUNT, -32336, "101"),
            (Humo, O::PinTries, AMOUNT, -32341, "106"),
        ];
        for (network, outcome, amount, code, processing_code) in table {
            let card = TestCard::forcing(network, outcome);
            let token = app.add_card(card).await;
            let data = json!({"network": card.network(), "processingCode": processing_code});
            for direction in DIRECTIONS.into_iter().filter(|direction| direction.from.network() == card.network()) {
                let direction = direction.from(card);
                let shown = format!("{} {outcome:?}", direction.method);
                let params = with(direction.params(&token, amount), json!({"extId": shown.replace(' ', "_")}));
                let refused = refusal(code, &data);
                assert_eq!(app.call(direction.method, params.clone()).await, refused, "{shown}");
                assert_eq!(app.call(direction.method, params).await, refused, "{shown}");
                let standing = app.standing(app.last_transaction().await.id.0).await;
                assert_eq!((&standing["status"], &standing["error"]), (&json!("declined"), &refused["error"]), "{shown}");

                let params = with(direction.params(&token, amount), json!({"force_sms_confirmation": true}));
                let begun = app.call(direction.method, params).await;
                if let Some(id) = begun["result"]["transactionId"].as_i64() {
                    let confirmed = app.call("p2p.confirm", right_code(id)).await;
                    assert_eq!(confirmed, refused, "{shown}");
                    let again = app.call("p2p.confirm", right_code(id)).await;
                    assert_eq!(again, refusal(-32313, &json!({"reason": "declined"})), "{shown}");
                } else {
                    // Told before the code is sent.
                    assert_eq!(begun["error"]["code"], code, "{shown}");
                }
            }
        }
        assert_eq!(app.moves().await, [""; 0]);
        app.assert_settled().await;
    }

    async fn fee_and_amount_together_must_be_there(app: TestApp) {
        // A sum of a hundred tiyin pays 99 and no fee, but not 100 and the fee of one.
        for (network, code) in [(Uzcard, "-240"), (Humo, "116")] {
            let poor = TestCard::forcing(network, O::InsufficientFunds);
            let token = app.add_card(poor).await;
            for direction in DIRECTIONS.into_iter().filter(|direction| direction.from.network() == poor.network()) {
                let reply = app.call(direction.method, direction.params(&token, 100)).await;
                let data = json!({"network": poor.network(), "processingCode": code});
                assert_eq!(reply, refusal(-32309, &data), "{}", direction.method);
            }
            assert_eq!(app.balance(poor).await, 100);
        }
        assert_eq!(app.moves().await, [""; 0]);
    }

    /// What `p2p.info` and the card information say of a recipient is reported before anything is stored.
    async fn a_recipient_that_is_known_to_refuse(app: TestApp) {
        let table = [
            (Uzcard, O::Blocked, -32408),
            (Uzcard, O::Expired, -32404),
            (Uzcard, O::PinTries, -32405),
            (Uzcard, O::Inactive, -32408),
            (Humo, O::Blocked, -32408),
            (Humo, O::Expired, -32404),
            (Humo, O::PinTries, -32405),
            (Humo, O::Corporate, -32390),
            (Humo, O::Inactive, -32408),
        ];
        let tokens = [app.add_card(UZCARD).await, app.add_card(HUMO).await];
        for (network, outcome, code) in table {
            for force in [false, true] {
                let card = TestCard::forcing(network, outcome);
                for direction in DIRECTIONS.into_iter().filter(|direction| direction.to.network() == card.network()) {
                    let token = &tokens[usize::from(direction.from == HUMO)];
                    let params = with(direction.to(card).params(token, AMOUNT), json!({
                        "force_sms_confirmation": force, "extId": "free",
                    }));
                    let error = app.error(direction.method, params).await;
                    let shown = format!("{} {outcome:?}: {error}", direction.method);
                    assert_eq!(error["code"], code, "{shown}");
                    assert_eq!(error["data"]["network"], card.network(), "{shown}");
                }
            }
        }
        nothing_happened(&app, 2).await;
    }

    /// HUMO's card information says nothing, and then HUMO refuses: of a credit it can only mean the recipient's card; of
    /// a transfer it does not say whose it means, and the recipient's was asked about before.
    async fn a_recipient_of_humo_that_is_refused_all_the_same(app: TestApp) {
        for (direction, operation, code, answered) in [
            (UZCARD_TO_HUMO, "credit", "104", -32408),
            (UZCARD_TO_HUMO, "credit", "101", -32404),
            (UZCARD_TO_HUMO, "credit", "106", -32405),
            (HUMO_TO_HUMO, "p2p", "104", -32310),
            (HUMO_TO_HUMO, "p2p", "101", -32336),
        ] {
            let token = app.add_card(direction.from).await;
            app.refuse_once(direction.to, operation, code).await;
            let reply = app.call(direction.method, direction.params(&token, AMOUNT)).await;
            let data = json!({"network": "HUMO", "processingCode": code});
            assert_eq!(reply, refusal(answered, &data), "{operation} {code}");
            assert_eq!((app.balance(direction.from).await, app.balance(direction.to).await), (FULL, FULL));
        }
        app.assert_settled().await;
    }

    /// What only the credit brings to light: between the networks the debit is reversed.
    async fn a_recipient_that_refuses_the_credit(app: TestApp) {
        let table = [
            (HUMO_TO_UZCARD, O::CreditRefused, -32390, "-291"),
            (HUMO_TO_UZCARD, O::Corporate, -32390, "-258"),
            (UZCARD_TO_HUMO, O::CreditRefused, -32390, "119"),
            (UZCARD_TO_UZCARD, O::CreditRefused, -32390, "-291"),
            (UZCARD_TO_UZCARD, O::Corporate, -32390, "-258"),
            (HUMO_TO_HUMO, O::CreditRefused, -32390, "119"),
        ];
        for (direction, outcome, code, processing_code) in table {
            let network = if direction.to.network() == "HUMO" { Humo } else { Uzcard };
            let card = TestCard::forcing(network, outcome);
            let direction = direction.to(card);
            let shown = format!("{} {outcome:?}", direction.method);
            let token = app.add_card(direction.from).await;
            let seen = app.moves().await.len();
            let refused = refusal(code, &json!({"network": card.network(), "processingCode": processing_code}));
            assert_eq!(app.call(direction.method, direction.params(&token, AMOUNT)).await, refused, "{shown}");
            let id = app.last_transaction().await.id.0;
            let standing = app.standing(id).await;
            assert_eq!(
                (&standing["status"], &standing["result"], &standing["error"]),
                (&json!("declined"), &Value::Null, &refused["error"]),
                "{shown}"
            );
            let moves = app.moves().await.split_off(seen);
            if direction.is_across() {
                assert_eq!(moves, ["pay 502500", "reverse 502500"], "{shown}");
            } else {
                assert_eq!(moves, [""; 0], "{shown}");
                assert_eq!(app.requests(id).await, ["p2p declined"], "{shown}");
            }
            assert_eq!((app.balance(direction.from).await, app.balance(card).await), (FULL, FULL), "{shown}");
        }
        assert_eq!(app.receipts().await, [Value::Null; 0]);
        app.assert_settled().await;
    }

    async fn the_recipients_expiry_must_be_the_cards(app: TestApp) {
        for direction in DIRECTIONS {
            let token = app.add_card(direction.from).await;
            let rows = app.transaction_count().await;
            for (expiry, force) in [("3011", false), ("2912", true), ("3101", false)] {
                let params = with(direction.params(&token, AMOUNT), json!({
                    "expiry": expiry, "force_sms_confirmation": force,
                }));
                let reply = app.call(direction.method, params).await;
                assert_eq!(reply, refusal(-32347, &json!({"field": "expiry"})), "{} {expiry}", direction.method);
            }
            assert_eq!(app.transaction_count().await, rows);
        }
        assert_eq!(app.moves().await, [""; 0]);
    }

    async fn a_recipient_that_nobody_knows(app: TestApp) {
        for direction in DIRECTIONS {
            let token = app.add_card(direction.from).await;
            let rows = app.transaction_count().await;
            let pan = match direction.to.network() {
                "HUMO" => "9860999999999999",
                _ => "8600999999999999",
            };
            let error = app.error(direction.method, direction.to(TestCard { pan, ..UZCARD }).params(&token, AMOUNT)).await;
            assert!(error["data"]["processingCode"].is_string(), "{}: {error}", direction.method);
            assert_listed(direction.method, &json!({"error": error}));
            assert_eq!(app.transaction_count().await, rows);
        }
        assert_eq!(app.moves().await, [""; 0]);
    }

    async fn a_recipients_network_that_cannot_be_asked(app: TestApp) {
        for direction in DIRECTIONS {
            let token = app.add_card(direction.from).await;
            let rows = app.transaction_count().await;
            let code = if direction.to.network() == "HUMO" { -32339 } else { -32338 };
            let refused = refusal(code, &json!({"network": direction.to.network(), "retryable": true}));
            let params = with(direction.params(&token, AMOUNT), json!({"extId": direction.method}));
            for kind in ["drop_before", "reset_before", "http_500_before", "garbage_after"] {
                app.fail_once(direction.to, "info", kind).await;
                assert_eq!(app.call(direction.method, params.clone()).await, refused, "{} {kind}", direction.method);
            }
            assert_eq!(app.transaction_count().await, rows);
            assert_eq!(app.moves().await.len(), 0);
        }
        // The refusals have left the ids free.
        let token = app.add_card(UZCARD).await;
        app.result("p2p.uzcard2uzcard", with(UZCARD_TO_UZCARD.params(&token, 5), json!({"extId": "p2p.uzcard2uzcard"}))).await;
    }

    async fn banned_cards_and_phones(app: TestApp) {
        let mut attached = Vec::new();
        for direction in DIRECTIONS {
            let Direction { method, from, to, .. } = direction;
            let token = app.add_card(from).await;
            attached.push(from.pan);
            // SVGate names no phone for a recipient's card, but the phone of one that is attached here is known.
            let is_attached = attached.contains(&to.pan);
            let person = |code: i32| (to.network() == "HUMO" || is_attached).then_some(code);
            let table: [(&[Subject], Option<i32>); 9] = [
                (&[card(from)], Some(-32388)),
                (&[phone(from)], Some(-32388)),
                (&[card(from), phone(from)], Some(-32388)),
                (&[card(to)], Some(-32402)),
                (&[phone(to)], person(-32399)),
                (&[card(to), phone(to)], person(-32398).or(Some(-32402))),
                // The sender comes first.
                (&[card(from), card(to), phone(to)], Some(-32388)),
                (&[phone(from), phone(to)], Some(-32388)),
                (&[], None),
            ];
            for (banned, code) in table {
                for subject in banned {
                    ban(&app, subject).await;
                }
                for force in [false, true] {
                    let (rows, moves) = (app.transaction_count().await, app.moves().await);
                    let params = with(direction.params(&token, 500), json!({"force_sms_confirmation": force}));
                    let reply = app.call(method, params).await;
                    match code {
                        Some(code) => {
                            assert_eq!(reply, refusal(code, &Value::Null), "{method} {banned:?}");
                            assert_eq!((app.transaction_count().await, app.moves().await), (rows, moves));
                        }
                        None => assert!(reply.get("result").is_some(), "{method} {banned:?}: {reply}"),
                    }
                }
                for subject in banned {
                    lift(&app, subject).await;
                }
            }
        }
    }

    /// Whoever attached the recipient's card: its phone is the same person's.
    async fn a_banned_phone_is_known_from_an_attachment_of_anybody(app: TestApp) {
        let stranger = app.add_partner("stranger", &["*"]).await;
        let token = app.add_card(UZCARD).await;
        let params = UZCARD_TO_UZCARD.params(&token, 500);
        ban(&app, &phone(UZCARD_2)).await;
        app.result("p2p.uzcard2uzcard", params.clone()).await;
        // Not before the attachment is confirmed.
        let begun = json!({"pan": UZCARD_2.pan, "expiry": "1230", "phone": UZCARD_2.phone});
        app.call_as(&stranger, "cards.add", begun).await;
        app.result("p2p.uzcard2uzcard", params.clone()).await;
        app.add_card_as(&stranger, UZCARD_2).await;
        assert_eq!(app.call("p2p.uzcard2uzcard", params.clone()).await, refusal(-32399, &Value::Null));
        ban(&app, &card(UZCARD_2)).await;
        assert_eq!(app.call("p2p.uzcard2uzcard", params.clone()).await, refusal(-32398, &Value::Null));
        lift(&app, &phone(UZCARD_2)).await;
        assert_eq!(app.call("p2p.uzcard2uzcard", params).await, refusal(-32402, &Value::Null));
    }

    async fn bans_are_for_transfers_only(app: TestApp) {
        for subject in [card(UZCARD), phone(UZCARD), card(UZCARD_2), phone(UZCARD_2)] {
            ban(&app, &subject).await;
        }
        let token = app.add_card(UZCARD).await;
        app.ordered(debit_params(UZCARD, &token, 500)).await;
        app.ordered(with(debit_params(UZCARD, &token, 500), json!({"is_hold": true}))).await;
        app.result("p2p.recipient-info", json!({"pan": UZCARD_2.pan})).await;
        assert_eq!(app.error_code("p2p.uzcard2uzcard", UZCARD_TO_UZCARD.params(&token, 500)).await, -32388);
    }

    async fn a_ban_twice_is_one_ban(app: TestApp) {
        let gateway = &app.running.gateway;
        for subject in [card(UZCARD), phone(UZCARD)] {
            ban(&app, &subject).await;
            ban(&app, &subject).await;
            assert!(bans::remove(&gateway.database, &gateway.vault, &subject).await.unwrap());
            assert!(!bans::remove(&gateway.database, &gateway.vault, &subject).await.unwrap());
        }
    }

    async fn the_days_messages_are_limited(app: TestApp) {
        let app = TestApp::with(app.kind, |config| config.sms.daily_limit = 3).await.unwrap();
        // Attaching a card of UZCARD sends the network's own message; for a card of HUMO the gateway's.
        let token = app.add_card(HUMO).await;
        let params = with(HUMO_TO_UZCARD.params(&token, AMOUNT), json!({"force_sms_confirmation": true}));
        let mut refused = 0;
        for _ in 0..4 {
            let rows = app.transaction_count().await;
            let reply = app.call("p2p.humo2uzcard", params.clone()).await;
            if reply.get("error").is_some() {
                refused += 1;
                assert_eq!(reply["error"]["code"], -32372, "{reply}");
                assert_eq!(app.transaction_count().await, rows);
            }
        }
        assert_eq!(refused, 2);
        // Without a code there is no message.
        app.result("p2p.humo2uzcard", HUMO_TO_UZCARD.params(&token, AMOUNT)).await;
    }

    async fn a_code_that_the_provider_does_not_take_ends_the_transfer(app: TestApp) {
        for direction in DIRECTIONS {
            let token = app.add_card(direction.from).await;
            app.fault(json!({"network": "SMS", "operation": "code", "kind": "decline", "code": 400, "times": 1})).await;
            let params = with(direction.params(&token, AMOUNT), json!({
                "force_sms_confirmation": true, "extId": direction.method,
            }));
            for _ in 0..2 {
                assert_eq!(app.call(direction.method, params.clone()).await["error"]["code"], -32349);
            }
            assert_eq!(app.row_of(direction.method).await.status, entity::transaction::Status::Declined);
        }
        assert_eq!(app.moves().await, [""; 0]);
        app.assert_settled().await;
    }

    /// What is checked before what (docs/contract.md#order-of-checks).
    async fn the_first_fault_is_told(app: TestApp) {
        let (uzcard, humo) = (app.add_card(UZCARD).await, app.add_card(HUMO).await);
        let blocked = TestCard::forcing(Uzcard, O::Blocked);
        ban(&app, &card(blocked)).await;
        ban(&app, &card(UZCARD)).await;
        let table = [
            // The card, before the pair.
            ("p2p.uzcard2uzcard", json!({"token": "x", "pan": HUMO.pan, "amount": i64::MAX}), -32301),
            // The pair, before the amount.
            ("p2p.uzcard2uzcard", json!({"token": humo, "pan": UZCARD_2.pan, "amount": i64::MAX}), -32374),
            ("p2p.uzcard2uzcard", json!({"token": uzcard, "pan": UZCARD.pan, "amount": i64::MAX}), -32387),
            // The amount, before the recipient and the lists.
            ("p2p.uzcard2uzcard", json!({"token": uzcard, "pan": blocked.pan, "amount": i64::MAX}), -32329),
            ("p2p.uzcard2uzcard", json!({"token": uzcard, "pan": UZCARD_2.pan, "amount": 500}), -32388),
        ];
        for (method, params, code) in table {
            let params = with(json!({"expiry": "3012"}), params);
            assert_eq!(app.error_code(method, params.clone()).await, code, "{params}");
        }
        nothing_happened(&app, 2).await;
    }
}

/// `attachments` are the only rows, and no money has moved.
async fn nothing_happened(app: &TestApp, attachments: usize) {
    assert_eq!(app.transaction_count().await, attachments);
    assert_eq!(app.moves().await, [""; 0]);
}

fn card(card: TestCard) -> Subject {
    Subject::Card(Pan::parse(card.pan).unwrap())
}

fn phone(card: TestCard) -> Subject {
    Subject::Phone(Phone::parse(card.phone).unwrap())
}

async fn ban(app: &TestApp, subject: &Subject) {
    let gateway = &app.running.gateway;
    let environment = Environment {
        clock: app.clock.clone(),
        random: Arc::new(SystemRandom),
        crash_points: None,
    };
    bans::add(
        &gateway.database,
        &gateway.vault,
        &environment,
        subject,
        "test".to_owned(),
    )
    .await
    .unwrap();
}

async fn lift(app: &TestApp, subject: &Subject) {
    let gateway = &app.running.gateway;
    let lifted = bans::remove(&gateway.database, &gateway.vault, subject)
        .await
        .unwrap();
    assert!(lifted, "{subject:?}");
}

pub(crate) fn sender() -> SenderDetails {
    let text = str::to_owned;
    SenderDetails {
        legal_id: text("1"),
        legal_name: text("Aloqa"),
        first_name: text("Anvar"),
        last_name: text("Karimov"),
        middle_name: text("Olimovich"),
        nationality: text("860"),
        document_type: text("006"),
        document_number: text("AA1234567"),
        document_valid_to: text("01012031"),
        birth_date: text("01011990"),
        pinfl: text("30101901234567"),
    }
}

on_each_database! {
    /// The limits of the recipient's bank, by the digits of its numbers.
    async fn to_a_bank_that_takes_less_or_nothing(app: TestApp) {
        let digits = |card: TestCard| card.pan[4..6].to_owned();
        let bank = |digits: String, network, enabled, max_amount| BankLimit { digits, network, enabled, max_amount };
        let app = app.another_with(|config| {
            config.transfers.banks = [
                ("closed".to_owned(), bank(digits(UZCARD_TO_UZCARD.to), Some(rpc_schema::values::Network::Uzcard), false, None)),
                ("low".to_owned(), bank(digits(HUMO_TO_HUMO.to), Some(rpc_schema::values::Network::Humo), true, Some(AMOUNT))),
            ].into();
            config.check().unwrap();
        }).await;
        let (uzcard, humo) = (app.add_card(UZCARD).await, app.add_card(HUMO).await);
        assert_eq!(
            app.call(UZCARD_TO_UZCARD.method, UZCARD_TO_UZCARD.params(&uzcard, AMOUNT)).await,
            refusal(-32354, &json!({"field": "pan", "network": "UZCARD"})),
        );
        assert_eq!(app.call(HUMO_TO_HUMO.method, HUMO_TO_HUMO.params(&humo, AMOUNT + 1)).await, amount_too_large(AMOUNT));
        // What a transfer would be refused for has no fee.
        let quote = |Direction { from, to, .. }: Direction, amount: i64| {
            json!({"pan": from.pan, "pan2": to.pan, "phone": from.phone, "amount": amount})
        };
        assert_eq!(
            app.call("p2p.fee-info", quote(UZCARD_TO_UZCARD, AMOUNT)).await,
            refusal(-32354, &json!({"field": "pan", "network": "UZCARD"})),
        );
        assert_eq!(app.call("p2p.fee-info", quote(HUMO_TO_HUMO, AMOUNT + 1)).await, amount_too_large(AMOUNT));
        app.result("p2p.fee-info", quote(HUMO_TO_HUMO, AMOUNT)).await;
        nothing_happened(&app, 2).await;
        app.result(HUMO_TO_HUMO.method, HUMO_TO_HUMO.params(&humo, AMOUNT)).await;
        app.running.stop().await;
    }
}
