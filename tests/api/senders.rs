//! Who sends a transfer: which person a credit names, when one is required, what is refused, and what is kept of it.

use aloqa_gateway::config::SenderDetails;
use serde_json::{Value, json};

use test_support::proxy::Proxy;
use test_support::refused_calls::sender_details_required;
use test_support::*;

const AMOUNT: i64 = 500_000;
const ACROSS: [Direction; 2] = [UZCARD_TO_HUMO, HUMO_TO_UZCARD];

fn sender() -> Value {
    json!({
        "firstName": "Gulnora", "lastName": "O‘ktamova", "middleName": "Baxtiyor qizi", "birthDate": "1996-02-29",
        "pinfl": "42902960000017", "documentType": "006", "documentNumber": "AD7654321", "documentValidTo": "2031-05-04",
    })
}

/// The same person, as both networks are told; then the organisation, where the settings name one.
fn told() -> Vec<(&'static str, &'static str)> {
    vec![
        ("first", "Gulnora"),
        ("last", "O‘ktamova"),
        ("middle", "Baxtiyor qizi"),
        ("birth", "29021996"),
        ("pinfl", "42902960000017"),
        ("type", "006"),
        ("document", "AD7654321"),
        ("valid", "04052031"),
        ("nationality", "860"),
    ]
}

fn fixed() -> SenderDetails {
    let text = str::to_owned;
    SenderDetails {
        legal_id: text("300000001"),
        legal_name: text("ALOQA MCHJ"),
        first_name: text("Anvar"),
        last_name: text("Karimov"),
        middle_name: String::new(),
        nationality: text("860"),
        document_type: text("001"),
        document_number: text("AA1234567"),
        document_valid_to: text("01012031"),
        birth_date: text("01011990"),
        pinfl: text("30101901234567"),
    }
}

/// A gateway on the same database, behind a proxy that hears its calls.
async fn heard(app: &TestApp, details: Option<SenderDetails>) -> (Proxy, TestApp) {
    let proxy = Proxy::start(app.running.sandbox_address.unwrap(), 1).await;
    let address = proxy.address;
    let behind = app.another_with(|config| {
        config.sandbox.listen = address;
        config.transfers.sender = details;
    });
    let behind = behind.await;
    proxy.heard();
    (proxy, behind)
}

/// The person in the one credit that was heard, in the words of [`told`]; what is not there is left out.
fn credited(proxy: &Proxy) -> Vec<(&'static str, String)> {
    let calls = proxy.heard();
    let mut credits = calls.iter().map(|(_, body)| body).filter(|body| {
        body.contains("p2p.universal.credit") || body.contains("<billerRef>SOAP_TOCARD_2<")
    });
    let body = credits.next().expect("a credit");
    assert!(credits.next().is_none(), "one credit");
    let found = match serde_json::from_str::<Value>(body) {
        Ok(call) => of_svgate(&call["params"]["credit"]["sender"]),
        Err(_) => of_humo(body),
    };
    let found = found.into_iter();
    found
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn of_svgate(sender: &Value) -> Vec<(&'static str, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let doc = &sender["doc"];
    vec![
        ("first", text(&sender["firstName"])),
        ("last", text(&sender["lastName"])),
        ("middle", text(&sender["middleName"])),
        ("birth", text(&doc["birthDate"])),
        ("pinfl", text(&doc["mrz"])),
        ("type", text(&doc["type"])),
        ("document", text(&doc["seriesNumber"])),
        ("valid", text(&doc["validTo"])),
        ("nationality", text(&doc["nationality"])),
    ]
}

fn of_humo(body: &str) -> Vec<(&'static str, Option<String>)> {
    let item = |name: &str| {
        let (_, rest) = body.split_once(&format!("<name>sender_{name}</name><value>"))?;
        Some(rest.split_once("</value>")?.0.to_owned())
    };
    let document = item("serial_no").zip(item("id_card"));
    vec![
        ("first", item("first_name")),
        ("last", item("surname")),
        ("middle", item("middle_name")),
        ("birth", item("birth_date")),
        ("pinfl", item("person_code")),
        ("type", item("doc_type")),
        (
            "document",
            document.map(|(series, number)| series + &number),
        ),
        ("valid", item("doc_validthrough")),
        ("nationality", item("nationality")),
    ]
}

fn owned(told: Vec<(&'static str, &str)>) -> Vec<(&'static str, String)> {
    let told = told.into_iter();
    told.map(|(name, value)| (name, value.to_owned())).collect()
}

fn with_sender(direction: Direction, token: &str, more: Value) -> Value {
    let params = with(direction.params(token, AMOUNT), json!({"sender": sender()}));
    with(params, more)
}

on_each_database! {
    /// At once, and with a code that a gateway confirms which did not take the order.
    async fn the_credit_names_who_sends_it_to_either_network(app: TestApp) {
        for details in [None, Some(fixed())] {
            let (proxy, behind) = heard(&app, details).await;
            for direction in ACROSS {
                let token = app.add_card(direction.from).await;
                behind.result(direction.method, with_sender(direction, &token, json!({}))).await;
                assert_eq!(credited(&proxy), owned(told()), "{}", direction.method);

                let forced = with_sender(direction, &token, json!({"force_sms_confirmation": true}));
                let begun = app.result(direction.method, forced).await;
                let id = begun["transactionId"].as_i64().unwrap();
                behind.result("p2p.confirm", right_code(id)).await;
                assert_eq!(credited(&proxy), owned(told()), "{} with a code", direction.method);
            }
            behind.running.stop().await;
        }
    }

    /// Without a sender, the person of the settings is named; without that, nobody.
    async fn whom_a_credit_names_where_the_partner_names_nobody(app: TestApp) {
        for details in [None, Some(fixed())] {
            let (proxy, behind) = heard(&app, details.clone()).await;
            for direction in ACROSS {
                let token = app.add_card(direction.from).await;
                behind.result(direction.method, with(direction.params(&token, AMOUNT), json!({"sender": null}))).await;
                let named: Vec<String> = credited(&proxy).into_iter().map(|(_, value)| value).collect();
                let is_humo = direction.to.is_humo();
                let expected: &[&str] = match (&details, is_humo) {
                    (None, true) => &[],
                    // SVGate leaves no name out.
                    (None, false) => &["-", "-", "-"],
                    (Some(_), true) => &["Anvar", "Karimov", "01011990", "30101901234567", "001", "AA1234567", "01012031", "860"],
                    (Some(_), false) => &["Anvar", "Karimov", "-", "01011990", "30101901234567", "001", "AA1234567", "01012031", "860"],
                };
                assert_eq!(named, expected, "{}", direction.method);
            }
            behind.running.stop().await;
        }
    }

    /// Before any money moves and before a code is sent; what is given is enough, and so is the person of the settings.
    async fn from_some_amount_on_a_sender_is_required_between_the_networks(app: TestApp) {
        let app = TestApp::with(app.kind, |config| config.transfers.sender_required_from = AMOUNT).await.unwrap();
        for direction in DIRECTIONS {
            let token = app.add_card(direction.from).await;
            let rows = app.transaction_count().await;
            let messages = app.messages(direction.from.phone).await.len();
            app.result(direction.method, direction.params(&token, AMOUNT - 1)).await;
            for force in [false, true] {
                let more = json!({"force_sms_confirmation": force});
                let reply = app.call(direction.method, with(direction.params(&token, AMOUNT), more.clone())).await;
                if direction.is_across() {
                    assert_eq!(reply, sender_details_required(AMOUNT), "{}", direction.method);
                } else {
                    assert!(reply.get("result").is_some(), "{reply}");
                }
                app.result(direction.method, with_sender(direction, &token, more)).await;
            }
            let (stored, sent) = if direction.is_across() { (3, 1) } else { (5, 2) };
            assert_eq!(app.transaction_count().await, rows + stored, "{}", direction.method);
            assert_eq!(app.messages(direction.from.phone).await.len(), messages + sent, "{}", direction.method);
        }
    }

    /// What the form allows, and the person cannot be. Each is one reply, and nothing is stored.
    async fn a_person_who_cannot_be(app: TestApp) {
        let past = "День календаря раньше сегодняшнего, YYYY-MM-DD.";
        let pinfl = "ПИНФЛ: 14 цифр в строке; первые семь должны соответствовать birthDate.";
        let document = "Серия и номер документа без пробелов, A-Z и 0-9, от 4 до 20 знаков, хотя бы одна цифра; при гражданстве 860 — 2 буквы и 7 цифр.";
        let coming = "Сегодняшний или более поздний день календаря, YYYY-MM-DD.";
        let days = |days: i64| {
            let at = app.now() + days * 86_400_000;
            let number = aloqa_gateway::clock::tashkent_day(entity::time::UnixMillis(at));
            format!("{:04}-{:02}-{:02}", number / 10_000, number / 100 % 100, number % 100)
        };
        let mut ledger = app.moves().await;
        let rows = [
            (json!({"birthDate": days(0)}), "birthDate", past),
            (json!({"birthDate": "9999-12-31"}), "birthDate", past),
            (json!({"birthDate": "1996-02-28"}), "pinfl", pinfl),
            (json!({"birthDate": "1896-02-29"}), "pinfl", pinfl),
            (json!({"documentNumber": "AD765432"}), "documentNumber", document),
            (json!({"documentNumber": "AD765432", "nationality": "860"}), "documentNumber", document),
            (json!({"documentValidTo": days(-1)}), "documentValidTo", coming),
        ];
        for direction in DIRECTIONS {
            let token = app.add_card(direction.from).await;
            let before = app.transaction_count().await;
            for (change, member, hint) in &rows {
                let field = format!("sender.{member}");
                let refused = refusal(-32401, &json!({"reason": "bad_format", "field": field, "hint": hint}));
                let params = with_sender(direction, &token, json!({"sender": with(sender(), change.clone())}));
                assert_eq!(app.call(direction.method, params).await, refused, "{} {change}", direction.method);
            }
            let nameless = refusal(-32300, &json!({"field": "sender.pinfl"}));
            for change in [json!({"pinfl": null}), json!({"pinfl": null, "nationality": "860"})] {
                let params = with_sender(direction, &token, json!({"sender": with(sender(), change)}));
                assert_eq!(app.call(direction.method, params).await, nameless, "{}", direction.method);
            }
            assert_eq!(app.transaction_count().await, before, "{}", direction.method);
            for change in [
                json!({"documentValidTo": days(0)}),
                json!({"documentNumber": "N12345678", "nationality": "398"}),
                json!({"middleName": null, "nationality": null}),
                json!({"pinfl": null, "nationality": "398"}),
            ] {
                let params = with_sender(direction, &token, json!({"sender": with(sender(), change)}));
                app.result(direction.method, params).await;
                ledger.extend(direction.moves(AMOUNT, app.last_transaction().await.fee));
            }
        }
        assert_eq!(app.moves().await, ledger);
    }

    /// HUMO requires a series, so a document without one is refused where HUMO is credited, before money moves; and nowhere else.
    async fn a_document_without_a_series(app: TestApp) {
        let hint = "Для перевода на карту HUMO документ начинается с серии из букв A-Z, затем номер.";
        let refused = refusal(-32401, &json!({"reason": "bad_format", "field": "sender.documentNumber", "hint": hint}));
        let of_digits = json!({"documentNumber": "4510123456", "nationality": "643", "pinfl": null});
        for direction in DIRECTIONS.into_iter().chain([UZCARD_TO_HUMO_IN_ONE_CALL]) {
            let behind = app.another_with(|config| direction.adjust(config)).await;
            let token = behind.add_card(direction.from).await;
            let (before, moves) = (behind.transaction_count().await, behind.moves().await.len());
            let params = with_sender(direction, &token, json!({"sender": with(sender(), of_digits.clone())}));
            let reply = behind.call(direction.method, params).await;
            if direction == UZCARD_TO_HUMO {
                assert_eq!(reply, refused);
                assert_eq!(behind.transaction_count().await, before);
                assert_eq!(behind.moves().await.len(), moves);
            } else {
                assert!(reply.get("result").is_some(), "{} {reply}", direction.method);
            }
            behind.running.stop().await;
        }
    }

    /// A foreigner without a PINFL is named without it.
    async fn a_foreigner_without_a_pinfl(app: TestApp) {
        let (proxy, behind) = heard(&app, Some(fixed())).await;
        let foreigner = json!({"documentNumber": "N12345678", "nationality": "398", "pinfl": null});
        for direction in ACROSS {
            let token = app.add_card(direction.from).await;
            behind.result(direction.method, with_sender(direction, &token, json!({"sender": with(sender(), foreigner.clone())}))).await;
            let mut expected = owned(told());
            expected.retain(|(name, _)| *name != "pinfl");
            for (name, value) in &mut expected {
                match *name {
                    "document" => *value = "N12345678".to_owned(),
                    "nationality" => *value = "398".to_owned(),
                    _ => {}
                }
            }
            assert_eq!(credited(&proxy), expected, "{}", direction.method);
        }
        behind.running.stop().await;
    }

    /// The same person in another spelling of the same JSON is the same order; another person is another one.
    async fn a_repeat_names_the_same_person(app: TestApp) {
        for direction in DIRECTIONS {
            let token = app.add_card(direction.from).await;
            let ext_id = format!("order-{}", direction.method);
            let params = with_sender(direction, &token, json!({"extId": ext_id}));
            let first = app.call(direction.method, params.clone()).await;
            assert!(first.get("result").is_some(), "{first}");
            let moves = app.moves().await;
            assert_eq!(app.call(direction.method, params.clone()).await, first);
            let spelled = with(params.clone(), json!({"sender": with(sender(), json!({"nationality": null}))}));
            assert_eq!(app.call(direction.method, spelled).await, first);
            let reused = refusal(-32401, &json!({"reason": "ext_id_reused", "field": "extId", "extId": ext_id}));
            for other in [
                json!({"sender": null}),
                json!({"sender": with(sender(), json!({"firstName": "Gulnara"}))}),
                json!({"sender": with(sender(), json!({"middleName": null}))}),
            ] {
                assert_eq!(app.call(direction.method, with(params.clone(), other)).await, reused);
            }
            assert_eq!(app.moves().await, moves);
        }
        // A document that has ended since changes nothing: the order was made.
        let direction = UZCARD_TO_HUMO;
        let token = app.add_card(direction.from).await;
        let params = with_sender(direction, &token, json!({"extId": "late"}));
        let first = app.call(direction.method, params.clone()).await;
        app.clock.advance_ms(10 * 366 * 86_400_000);
        assert_eq!(app.call(direction.method, params).await, first);
    }

    /// Between the networks it is kept, encrypted; inside one, or in one call, where nobody is told, it is not.
    async fn a_sender_is_kept_where_a_credit_needs_it(app: TestApp) {
        for direction in DIRECTIONS.into_iter().chain([UZCARD_TO_HUMO_IN_ONE_CALL]) {
            let app = app.another_with(|config| direction.adjust(config)).await;
            let token = app.add_card(direction.from).await;
            let id = app.transferred(direction, with_sender(direction, &token, json!({}))).await;
            let row = app.transfer_row(id).await;
            assert_eq!(row.sender_sealed.is_some(), direction.is_across(), "{}", direction.method);
            assert_eq!(row.sender_key_id.is_some(), direction.is_across(), "{}", direction.method);
            let id = app.transferred(direction, direction.params(&token, AMOUNT)).await;
            assert_eq!(app.transfer_row(id).await.sender_sealed, None);
            app.running.stop().await;
        }
    }

    /// The gateway is killed while its credit is on the way; the next one finds it by its row.
    async fn recovery_finds_the_credit_of_a_person(app: TestApp) {
        let (paid, given_back): (&[&str], &[&str]) = (&["pay 502500", "credit 500000"], &["pay 502500", "reverse 502500"]);
        for (direction, kind, ends, moves) in [
            (UZCARD_TO_HUMO, "reset_after", "succeeded", paid),
            (HUMO_TO_UZCARD, "reset_after", "succeeded", paid),
            (UZCARD_TO_HUMO, "reset_before", "declined", given_back),
            (HUMO_TO_UZCARD, "reset_before", "declined", given_back),
        ] {
            let token = app.add_card(direction.from).await;
            let before = app.moves().await.len();
            app.fail_once(direction.to, "credit", kind).await;
            let reply = app.call(direction.method, with_sender(direction, &token, json!({}))).await;
            assert_eq!(reply["error"]["code"], -32379, "{reply}");
            let id = app.last_transaction().await.id.0;
            let next = app.another().await;
            next.let_all_time_pass();
            next.recover().await;
            assert_eq!(next.status(id).await, ends, "{} {kind}", direction.method);
            let moved = next.moves().await.split_off(before);
            assert_eq!(moved, moves, "{} {kind}", direction.method);
            next.running.stop().await;
        }
        app.assert_settled().await;
    }
}
