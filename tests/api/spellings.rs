//! Networks that spell things in another way: phones, encodings, words, moments, amounts. What decides nothing must not
//! make a reply unreadable, and what decides must not be misread.

use rpc_schema::errors::ErrorCode;
use serde_json::{Value, json};

use test_support::proxy::Proxy;
use test_support::*;

fn add_params(card: TestCard) -> Value {
    json!({"pan": card.pan, "expiry": "1230", "phone": card.phone})
}

/// A gateway on the same database, behind a proxy that changes replies.
async fn behind_a_proxy(app: &TestApp) -> (Proxy, TestApp) {
    let proxy = Proxy::start(app.running.sandbox_address.unwrap(), 1).await;
    let behind = app.behind(&proxy).await;
    (proxy, behind)
}

/// A whole attachment of the B family; the card as it is confirmed, without its token.
async fn attached(app: &TestApp, card: TestCard) -> Value {
    let begun = app.call("cards.add", add_params(card)).await;
    let id = begun["result"]["transactionId"].as_i64();
    let id = id.unwrap_or_else(|| panic!("{begun}"));
    assert_eq!(begun["result"]["phone"], card.phone, "{begun}");
    let confirmed = app.call("cards.add-confirm", right_code(id)).await;
    assert!(confirmed.get("result").is_some(), "{confirmed}");
    masked(confirmed, &["token"])
}

mod phones {
    use super::*;

    /// What SVGate answers to each question about a card, and HUMO to its only one.
    const CALLS: [&str; 3] = ["cards.new.verify", "cards.get", "primaryAccountNumber"];

    fn spelled(card: TestCard) -> Vec<String> {
        let (code, rest) = (&card.phone[3..5], &card.phone[5..]);
        let (a, b, c) = (&rest[..3], &rest[3..5], &rest[5..]);
        vec![
            format!("+998 ({code}) {a}-{b}-{c}"),
            format!("+998\u{a0}{code}\u{a0}{a}\u{202f}{b}\u{202f}{c}"),
            format!("00998{code}{rest}"),
            format!("{code}{rest}"),
            format!("{code} {a}-{b}-{c}"),
        ]
    }

    mostly_on_sqlite! {
        async fn a_phone_in_any_spelling_attaches_the_card_and_gets_its_codes(app: TestApp) {
            for card in [UZCARD, HUMO] {
                let plain = attached(&app, card).await;
                for phone in spelled(card) {
                    let (proxy, behind) = behind_a_proxy(&app).await;
                    for call in CALLS {
                        proxy.rewrite(call, &format!("+{}", card.phone), &phone);
                        proxy.rewrite(call, &format!("\"{}\"", card.phone), format!("\"{phone}\""));
                    }
                    assert_eq!(attached(&behind, card).await, plain, "{phone}");
                    let token = app.add_card(card).await;
                    let sent = app.messages(card.phone).await.len();
                    let params = with(debit_params(card, &token, 500), json!({"force_sms_confirmation": true}));
                    let begun = behind.result("transactions.debit", params).await;
                    assert_eq!(begun["phone"], card.phone, "{phone}");
                    assert_eq!(app.messages(card.phone).await.len(), sent + 1, "{phone}");
                    behind.running.stop().await;
                }
            }
        }

        /// SVGate's mask is compared with what the caller says; the gateway itself sends a code only to a whole phone.
        async fn a_masked_phone_is_compared_digit_by_digit(app: TestApp) {
            let plain = attached(&app, UZCARD).await;
            for (mask, fits) in [
                ("+998 (90) ***-**-67", true),
                ("99890\u{a0}***\u{a0}**\u{a0}67", true),
                ("********4567", true),
                ("90*****67", true),
                ("99890*****68", false),
                ("+998 91 *** ** 67", false),
                ("********4568", false),
            ] {
                let (proxy, behind) = behind_a_proxy(&app).await;
                proxy.rewrite("cards.new.otp", "99890*****67", mask);
                if fits {
                    assert_eq!(attached(&behind, UZCARD).await, plain, "{mask}");
                } else {
                    let reply = behind.call("cards.add", add_params(UZCARD)).await;
                    assert_eq!(reply, refused(ErrorCode::PhoneMismatch, Value::Null), "{mask}");
                }
                // The code goes to the phone that SVGate took when the card was attached, if that can be the one.
                proxy.rewrite("cards.get", "998901234567", mask);
                let token = app.add_card(UZCARD).await;
                let params = with(debit_params(UZCARD, &token, 500), json!({"force_sms_confirmation": true}));
                let reply = behind.call("transactions.debit", params).await;
                if fits {
                    assert_eq!(reply["result"]["phone"], UZCARD.phone, "{mask} {reply}");
                } else {
                    assert_eq!(reply, refused(ErrorCode::SmsServiceOff, Value::Null), "{mask}");
                }
                behind.running.stop().await;
            }
            let (proxy, behind) = behind_a_proxy(&app).await;
            proxy.rewrite("primaryAccountNumber", "+998977446066", "99897*****66");
            let reply = behind.call("cards.add", add_params(HUMO)).await;
            assert_eq!(reply, refused(ErrorCode::PhoneMismatch, Value::Null));
            behind.running.stop().await;
        }
    }
}

mod encodings {
    use super::*;

    /// A byte-order mark, a line break inside a string, a name in windows-1251, a name that was cut inside a letter, and a
    /// zero at the end.
    const NAMES: [(&[u8], &str); 5] = [
        (b"TEST\nTESTOV", "TEST TESTOV"),
        (b"TEST\x01TESTOV", "TEST\u{fffd}TESTOV"),
        (b"\xd2\xe5\xf1\xf2 \xa1\xed", "Тест Ўн"),
        (b"\xd0\x90\xd0\xbd\xd0\xb2\xd0", "Анв\u{fffd}"),
        (b"TEST\\u0000TESTOV", "TEST\u{fffd}TESTOV"),
    ];
    /// How replies of the two begin.
    const BEGINS: [&str; 2] = ["{\"jsonrpc\":", "{\"id\":\""];

    fn mark_bytes(proxy: &Proxy, card: TestCard, call: &'static str) {
        let begins = BEGINS[usize::from(card == HUMO)];
        proxy.rewrite(call, begins, format!("\u{feff}{begins}"));
    }

    mostly_on_sqlite! {
        async fn a_name_in_another_encoding_makes_no_card_unreadable(app: TestApp) {
            for (card, owner, calls) in [
                (UZCARD, "TEST TESTOV", ["cards.new.verify", "p2p.info"]),
                (HUMO, "ABDUSAMAD TURDIEV", ["primaryAccountNumber", "primaryAccountNumber"]),
            ] {
                let plain = attached(&app, card).await;
                for (bytes, name) in NAMES {
                    let (proxy, behind) = behind_a_proxy(&app).await;
                    for call in calls {
                        proxy.rewrite(call, owner, bytes);
                        mark_bytes(&proxy, card, call);
                    }
                    let mut expected = plain.clone();
                    expected["result"]["fullName"] = json!(name);
                    assert_eq!(attached(&behind, card).await, expected);
                    let told = behind.result("p2p.recipient-info", json!({"pan": card.pan})).await;
                    assert_eq!(told["name"], name);
                    behind.running.stop().await;
                }
            }
        }

        /// The text of a reply about money is for people: it decides nothing. Its reference and its amount do.
        async fn a_message_in_another_encoding_leaves_no_outcome_open(app: TestApp) {
            let token = app.add_card(UZCARD).await;
            let debit = debit_params(UZCARD, &token, 500);
            for text in [&b"\xd3\xf1\xef\xe5\xf8\xed\xee"[..], b"Successful\r\ntransaction", b"\0"] {
                let (proxy, behind) = behind_a_proxy(&app).await;
                proxy.rewrite("trans.pay.purpose", "Successful transaction", text);
                mark_bytes(&proxy, UZCARD, "trans.pay.purpose");
                let reply = behind.call("transactions.debit", debit.clone()).await;
                let id = app.last_transaction().await.id.0;
                assert_eq!(UZCARD.masked_result(reply), success(&UZCARD.taken(id)));
                proxy.rewrite("trans.pay.purpose", "\"amount\":500", b"\"amount\":\"500\x01\"");
                let reply = behind.call("transactions.debit", debit.clone()).await;
                assert_eq!(reply, outcome_unknown(app.last_transaction().await.id.0));
                behind.running.stop().await;
            }
            // A refusal is one in any encoding.
            let poor = TestCard::forcing(sandbox::Network::Uzcard, sandbox::Outcome::InsufficientFunds);
            let token = app.add_card(poor).await;
            let (proxy, behind) = behind_a_proxy(&app).await;
            proxy.rewrite("trans.pay.purpose", "\"message\":\"", b"\"message\":\"\xcd\xe5\xf2 \xe4\xe5\xed\xe5\xe3\n");
            let reply = behind.call("transactions.debit", debit_params(poor, &token, 500)).await;
            let data = json!({"network": "UZCARD", "processingCode": "-240"});
            assert_eq!(reply, refused(ErrorCode::InsufficientFunds, data));
            behind.running.stop().await;
        }
    }
}

mod words {
    use super::*;

    mostly_on_sqlite! {
        async fn words_in_capitals_and_numbers_in_quotes_say_the_same(app: TestApp) {
            let expected = [attached(&app, UZCARD).await, attached(&app, HUMO).await];
            let (proxy, behind) = behind_a_proxy(&app).await;
            for (call, from, to) in [
                ("primaryAccountNumber", "\"state\":\"on\"", "\"state\":\"ON\""),
                ("primaryAccountNumber", "\"type\":\"card\"", "\"type\":\"Card\""),
                ("primaryAccountNumber", "\"actionCode\":\"000\"", "\"actionCode\":0.0"),
                ("primaryAccountNumber", "\"pinTryCount\":0", "\"pinTryCount\":\"0\""),
                ("cards.new.verify", "\"status\":0", "\"status\":\"00\""),
                ("cards.new.verify", "\"sms\":true", "\"sms\":\"YES\""),
                ("cards.new.verify", "\"pincnt\":0", "\"pincnt\":\"0.0\""),
                ("trans.history", "\"isCredit\":false", "\"isCredit\":\"False\""),
                ("trans.history", "\"reversal\":false", "\"reversal\":\"NO\""),
                ("dateFrom", "\"860\"", "\"uzs\""),
            ] {
                proxy.rewrite(call, from, to);
            }
            for (card, plain) in [UZCARD, HUMO].into_iter().zip(expected) {
                assert_eq!(attached(&behind, card).await, plain);
                let token = app.add_card(card).await;
                app.result("transactions.debit", debit_params(card, &token, 500)).await;
                let today = json!({"tokens": [token], "from": "2026-11-21", "to": "2026-11-21"});
                let told = behind.result("cards.monitoring", today).await;
                assert_eq!((&told["totalDebit"], &told["totalCredit"]), (&json!(500), &json!(0)), "{told}");
                assert_eq!(told["transactions"][0]["currency"], 860);
            }
            behind.running.stop().await;
        }
    }
}

mod histories {
    use super::*;

    const TODAY: &str = "2026-11-21";

    fn today(token: &str) -> Value {
        json!({"tokens": [token], "from": TODAY, "to": TODAY})
    }

    mostly_on_sqlite! {
        async fn a_moment_in_any_form_is_the_same_moment(app: TestApp) {
            let forms: [(TestCard, &[(&str, &str)]); 8] = [
                (HUMO, &[("2026-11-21T10:00:00", "2026-11-21T10:00:00+0500")]),
                (HUMO, &[("2026-11-21T10:00:00", "2026-11-21T05:00:00Z")]),
                (HUMO, &[("2026-11-21T10:00:00", "20261121T100000")]),
                (HUMO, &[("2026-11-21T10:00:00", "21.11.2026 10:00:00")]),
                (HUMO, &[("2026-11-21T10:00:00", "2026-11-21 10:00:00.000 +05")]),
                (UZCARD, &[("\"utime\":100000", "\"utime\":\"100000.0\"")]),
                (UZCARD, &[("\"udate\":20261121", "\"udate\":\"21.11.2026 10:00:00\""), ("\"utime\":100000,", "")]),
                (UZCARD, &[("\"isCredit\":false,", ""), ("\"credit\":false", "\"credit\":\"False\"")]),
            ];
            for card in [UZCARD, HUMO] {
                let token = app.add_card(card).await;
                app.result("transactions.debit", debit_params(card, &token, 500)).await;
            }
            for (number, (card, rewrites)) in forms.into_iter().enumerate() {
                // Each partner has a history of its own.
                let partner = app.add_partner(&format!("p{number}"), &["*"]).await;
                let token = app.add_card_as(&partner, card).await;
                let (proxy, behind) = behind_a_proxy(&app).await;
                for (from, to) in rewrites {
                    proxy.rewrite(if card == HUMO { "dateFrom" } else { "trans.history" }, from, to);
                }
                let told = behind.call_as(&partner, "cards.monitoring", today(&token)).await;
                let row = &told["result"]["transactions"][0];
                assert_eq!(
                    (&row["date"], &row["udate"], &row["utime"], &row["isCredit"], &told["result"]["totalDebit"]),
                    (&json!(1_795_237_200_000_i64), &json!(20_261_121), &json!(100_000), &json!(false), &json!(500)),
                    "{rewrites:?} {told}"
                );
                behind.running.stop().await;
            }
        }
    }
}

mod money {
    use super::*;

    mostly_on_sqlite! {
        async fn a_balance_is_read_with_decimals_that_are_none(app: TestApp) {
            for (card, call) in [(UZCARD, "cards.new.verify"), (HUMO, "primaryAccountNumber")] {
                let plain = attached(&app, card).await;
                let member = if card == HUMO { "availableAmount" } else { "balance" };
                for (told, balance) in [("1000000000.00", FULL), ("\"1000000000.0\"", FULL), ("\"x\"", 0), ("1.5", 0)] {
                    let (proxy, behind) = behind_a_proxy(&app).await;
                    proxy.rewrite(call, &format!("\"{member}\":{FULL}"), format!("\"{member}\":{told}"));
                    let mut expected = plain.clone();
                    expected["result"]["balance"] = json!(balance);
                    assert_eq!(attached(&behind, card).await, expected, "{told}");
                    let page = send(behind.running.ops_address, HttpRequest::get("/metrics")).await.body;
                    let counted = format!("aloqa_unread_balances_total{{network=\"{}\"}} 1", card.network());
                    assert_eq!(page.contains(&counted), balance == 0, "{told}");
                    behind.running.stop().await;
                }
            }
        }

        /// It is shown as what it is, pays nothing, and is in no total.
        async fn a_card_in_another_currency_is_not_debited(app: TestApp) {
            let refused = refused(ErrorCode::CurrencyCardNotAllowed, Value::Null);
            for (card, call, from, to) in [
                (UZCARD, "cards.new.verify", "\"pincnt\":0", "\"pincnt\":0,\"currency\":840"),
                (HUMO, "primaryAccountNumber", "\"currency\":\"860\"", "\"currency\":\"USD\""),
            ] {
                let mut expected = attached(&app, card).await;
                let token = app.add_card(card).await;
                app.result("transactions.debit", debit_params(card, &token, 500)).await;
                let (proxy, behind) = behind_a_proxy(&app).await;
                proxy.rewrite(call, from, to);
                (expected["result"]["currency"], expected["result"]["currencyCode"]) = (json!("840"), json!("USD"));
                expected["result"]["balance"] = json!(FULL - 500);
                assert_eq!(attached(&behind, card).await, expected);
                let moves = app.moves().await;
                for more in [json!({}), json!({"is_hold": true}), json!({"force_sms_confirmation": true})] {
                    let reply = behind.call("transactions.debit", with(debit_params(card, &token, 500), more)).await;
                    assert_eq!(reply, refused);
                    assert_listed("transactions.debit", &reply);
                }
                for direction in DIRECTIONS.into_iter().filter(|direction| direction.from == card) {
                    let reply = behind.call(direction.method, direction.params(&token, 500)).await;
                    assert_eq!(reply, refused);
                    assert_listed(direction.method, &reply);
                }
                assert_eq!(app.moves().await, moves);
                let today = json!({"tokens": [token], "from": "2026-11-21", "to": "2026-11-21"});
                let told = behind.result("cards.monitoring", today).await;
                let rows = told["transactions"].as_array().unwrap().len();
                assert_eq!((rows, &told["totalDebit"], &told["totalCredit"]), (1, &json!(0), &json!(0)));
                behind.running.stop().await;
            }
        }
    }
}

mod money_replies {
    use super::*;

    mostly_on_sqlite! {
        /// Numbers are numbers, and words are read without regard to case.
        async fn a_payment_is_approved_however_its_reply_is_spelled(app: TestApp) {
            let (proxy, behind) = behind_a_proxy(&app).await;
            for (card, call, from, to) in [
                (UZCARD, "trans.pay.purpose", "\"OK\"", "\"Ok\""),
                (UZCARD, "trans.pay.purpose", "\"amount\":500", "\"amount\":\"500.00\""),
                (HUMO, "<amount", "<value>500</value>", "<value>500.00</value>"),
                (HUMO, "ebppif1:Payment>", "<value>500</value>", "<value>000500</value>"),
                (HUMO, "ebppif1:Payment>", "<action>4</action>", "<action>04</action>"),
                (HUMO, "ebppif1:Payment>", "<action>10</action>", "<action>010</action>"),
            ] {
                let token = app.add_card(card).await;
                proxy.rewrite(call, from, to);
                let reply = behind.call("transactions.debit", debit_params(card, &token, 500)).await;
                proxy.rewrite_nothing();
                assert!(reply.get("result").is_some(), "{to}: {reply}");
            }
            app.assert_settled().await;
        }

        async fn a_status_is_read_in_capitals_and_in_american(app: TestApp) {
            let (proxy, behind) = behind_a_proxy(&app).await;
            let token = app.add_card(HUMO).await;
            for (word, spelled) in [("finished", "FINISHED"), ("cancelled", "CANCELED")] {
                let ext_id = json!({"extId": word, "is_hold": word == "cancelled"});
                let id = app.ordered(with(debit_params(HUMO, &token, 500), ext_id)).await;
                let (operation, method) = match word {
                    "cancelled" => ("release", "transactions.debit.hold.cancel"),
                    _ => ("reverse", "transactions.debit.reverse"),
                };
                app.contradict_once(HUMO, operation, "909").await;
                proxy.rewrite("GetPayment>", word, spelled);
                proxy.rewrite("GetPayment>", "returned", "Returned");
                let reply = behind.call(method, json!({"transactionId": id})).await;
                proxy.rewrite_nothing();
                assert_eq!(reply, success(&json!(true)), "{spelled}");
            }
            app.assert_settled().await;
        }

        async fn a_fee_that_humo_does_not_name_is_the_quoted_one(app: TestApp) {
            let (proxy, behind) = behind_a_proxy(&app).await;
            let strict = app.another_with(|config| {
                config.sandbox.listen = proxy.address;
                config.humo.fee_from = aloqa_gateway::config::FeeFrom::Network;
            }).await;
            let token = app.add_card(HUMO).await;
            let params = HUMO_TO_HUMO.params(&token, 500_000);
            let named = "<name>amount_fee</name><value>2500</value>";
            for (told, by_tariff, by_network) in [
                ("<name>amount_fee</name><value>2500.00</value>", 0, 0),
                ("<name>amount_fee</name><value></value>", 0, -32406),
                ("<name>amount_fee</name><value>2501</value>", -32406, -32406),
                ("<name>amount_fee</name><value>?</value>", -32406, -32406),
            ] {
                proxy.rewrite("ebppif1:Request>", named, told);
                for (gateway, expected) in [(&behind, by_tariff), (&strict, by_network)] {
                    let reply = gateway.call(HUMO_TO_HUMO.method, params.clone()).await;
                    let code = reply["error"]["code"].as_i64().unwrap_or_default();
                    assert_eq!(code, expected, "{told}: {reply}");
                }
                proxy.rewrite_nothing();
            }
            app.assert_settled().await;
        }
    }
}
