//! `cards.attach` and `cards.attach.confirm`: attaching a card the A family's way.

mod faults;

use rpc_schema::errors::ErrorCode::{
    self, AttachAlreadyAttached, AttachCardNotFound, AttachCodeExpired, AttachFailed,
    AttachVerifyFailed, CardNotRegistered, ValidationError,
};
use rpc_schema::errors::Lang;
use sandbox::{Network, Outcome};
use serde_json::{Value, json};

use test_support::*;

/// A code that no card was ever sent.
const WRONG: &str = "999999";
const MINUTE_MS: i64 = 60_000;
/// The `id` of the document's samples.
const ID: &str = "e20ba72f-bc54-449f-ae13-7458afef64c6";
/// A `cardId` that was never issued.
const UNKNOWN: &str = "b17d442d-19ad-4cce-babf-64f7cf6f5548";

fn network_of(card: TestCard) -> &'static str {
    if card.pan.starts_with("8600") {
        "UZCARD"
    } else {
        "HUMO"
    }
}

fn attach_params(card: TestCard) -> Value {
    json!({"pan": card.pan, "expiry": "3012", "processingType": network_of(card), "phoneNumber": card.phone})
}

fn confirm_params(card_id: &str, code: &str) -> Value {
    json!({"cardId": card_id, "otpCode": code})
}

/// Calls a method. If it answers with an error, its definition must list that error.
async fn call(app: &TestApp, method: &str, params: Value) -> Value {
    let reply = app.call(method, params).await;
    assert_listed(method, &reply);
    reply
}

async fn attach(app: &TestApp, card: TestCard) -> Value {
    call(app, "cards.attach", attach_params(card)).await
}

/// Begins to attach a card; its future id.
async fn begin(app: &TestApp, card: TestCard) -> String {
    let reply = attach(app, card).await;
    reply["result"]["cardId"]
        .as_str()
        .unwrap_or_else(|| panic!("{}: {reply}", card.pan))
        .to_owned()
}

async fn confirm(app: &TestApp, card_id: &str, code: &str) -> Value {
    call(app, "cards.attach.confirm", confirm_params(card_id, code)).await
}

fn attached() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "result": {"message": "Card is successfully attached"}})
}

/// A whole refusal, in English as the document has it.
fn failed(code: ErrorCode, data: Value) -> Value {
    refused_in(Lang::En, code, data)
}

fn wrong_code() -> Value {
    failed(AttachVerifyFailed, json!({"reason": "INVALID_CODE"}))
}

fn too_late() -> Value {
    failed(AttachCodeExpired, Value::Null)
}

fn invalid(message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "error": {"code": 4, "message": message}})
}

/// The documented envelope, posted as it is.
async fn post(app: &TestApp, body: &str) -> Value {
    app.post(body).await.json()
}

on_each_database! {
    async fn a_card_is_attached_in_two_steps(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let begun = attach(&app, card).await;
            let card_id = begun["result"]["cardId"].as_str().unwrap().to_owned();
            assert!(uuid::Uuid::try_parse(&card_id).is_ok());
            assert_eq!(begun, json!({"jsonrpc": "2.0", "id": 1, "result": {"cardId": card_id}}));
            assert_eq!(app.messages(card.phone).await.len(), 1);

            let unknown = app.call("transactions.debit", debit_params(card, &card_id, 500)).await;
            assert_eq!(unknown, refused(CardNotRegistered, Value::Null));

            assert_eq!(confirm(&app, &card_id, CODE).await, attached());
            app.result("transactions.debit", debit_params(card, &card_id, 500)).await;
        }
        assert_eq!(app.cards_stored().await, 2);
        assert_eq!(app.moves().await, ["pay 500", "pay 500"]);
    }

    async fn the_documented_envelope_is_answered_in_its_own_form(app: TestApp) {
        let body = json!({"id": ID, "method": "cards.attach", "params": attach_params(UZCARD)});
        let reply = post(&app, &body.to_string()).await;
        let card_id = reply["result"]["cardId"].as_str().unwrap().to_owned();
        assert_eq!(reply, json!({"id": ID, "result": {"cardId": card_id}, "error": null}));
        let body = json!({"id": ID, "method": "cards.attach.confirm", "params": confirm_params(&card_id, CODE)});
        assert_eq!(
            post(&app, &body.to_string()).await,
            json!({"id": ID, "result": {"message": "Card is successfully attached"}, "error": null})
        );
        assert_eq!(
            post(&app, &body.to_string()).await,
            json!({"id": ID, "result": null, "error": {"code": 1010, "message": "Card is already attached"}})
        );
    }

    async fn the_expiry_has_two_names(app: TestApp) {
        for (card, name) in [(UZCARD, "expiry"), (HUMO, "expiryDate")] {
            let params = json!({
                "pan": card.pan, name: "3012", "processingType": network_of(card), "phoneNumber": card.phone,
            });
            let reply = call(&app, "cards.attach", params).await;
            let card_id = reply["result"]["cardId"].as_str().unwrap_or_else(|| panic!("{reply}"));
            assert_eq!(confirm(&app, card_id, CODE).await, attached());
        }
    }

    async fn everything_else_that_goes_wrong_at_the_beginning_is_1006(app: TestApp) {
        let with_pan = |card: TestCard, pan: &str| with(attach_params(card), json!({"pan": pan}));
        let no_sms = |network| attach_params(TestCard::forcing(network, Outcome::NoSms));
        let corporate = |network| attach_params(TestCard::forcing(network, Outcome::Corporate));
        let inactive = attach_params(TestCard::forcing(Network::Humo, Outcome::Inactive));
        let other_phone = |card| with(attach_params(card), json!({"phoneNumber": "998909999999"}));
        let other_expiry = |card| with(attach_params(card), json!({"expiry": "3011"}));
        let network = |said| json!({"processingType": said});
        let rows = [
            (with_pan(UZCARD, "4276010132441332"), json!({"reason": "CARD_TYPE_NOT_SUPPORTED"})),
            (with(attach_params(UZCARD), network("HUMO")), json!({"reason": "CARD_TYPE_NOT_SUPPORTED"})),
            (with(attach_params(HUMO), network("UZCARD")), json!({"reason": "CARD_TYPE_NOT_SUPPORTED"})),
            (with_pan(UZCARD, "8600999999999999"), json!({"reason": "CARD_NOT_FOUND", "network": "UZCARD", "processingCode": "-200"})),
            (with_pan(HUMO, "9860999999999999"), json!({"reason": "CARD_NOT_FOUND", "network": "HUMO", "processingCode": "404"})),
            (other_expiry(UZCARD), json!({"reason": "INVALID_PAN_OR_EXPIRY", "network": "UZCARD", "processingCode": "-216"})),
            (other_expiry(HUMO), json!({"reason": "INVALID_PAN_OR_EXPIRY", "network": "HUMO", "processingCode": "expiry"})),
            (other_phone(UZCARD), json!({"reason": "PHONE_MISMATCH", "network": "UZCARD", "processingCode": "-320"})),
            (other_phone(HUMO), json!({"reason": "PHONE_MISMATCH"})),
            (no_sms(Network::Uzcard), json!({"reason": "SMS_SERVICE_OFF", "network": "UZCARD", "processingCode": "-206"})),
            (no_sms(Network::Humo), json!({"reason": "SMS_SERVICE_OFF", "network": "HUMO", "processingCode": "off"})),
            (corporate(Network::Uzcard), json!({"reason": "CARD_TYPE_NOT_SUPPORTED", "network": "UZCARD", "processingCode": "-258"})),
            (corporate(Network::Humo), json!({"reason": "CARD_TYPE_NOT_SUPPORTED", "network": "HUMO", "processingCode": "corporate"})),
            (inactive, json!({"reason": "CARD_STOPPED", "network": "HUMO", "processingCode": "281"})),
        ];
        for (params, data) in rows {
            assert_eq!(call(&app, "cards.attach", params.clone()).await, failed(AttachFailed, data), "{params}");
            assert_eq!(app.messages(params["phoneNumber"].as_str().unwrap()).await, [""; 0]);
        }
        for phone in [UZCARD.phone, HUMO.phone] {
            assert_eq!(app.messages(phone).await, [""; 0]);
        }
        assert_eq!(app.transactions_stored().await, 0);
    }

    async fn a_network_or_provider_that_is_down_is_1006(app: TestApp) {
        let rows = [
            (UZCARD, "UZCARD", "code", json!({"reason": "UZCARD_UNAVAILABLE", "network": "UZCARD", "retryable": true})),
            (HUMO, "HUMO", "info", json!({"reason": "HUMO_UNAVAILABLE", "network": "HUMO", "retryable": true})),
        ];
        for (card, network, operation, data) in rows {
            for kind in ["drop_before", "reset_before", "http_500_before", "garbage_before"] {
                app.fault(json!({"network": network, "operation": operation, "kind": kind, "times": 1})).await;
                assert_eq!(attach(&app, card).await, failed(AttachFailed, data.clone()), "{kind}");
            }
        }
        assert_eq!(app.transactions_stored().await, 0);
        app.fault(json!({"network": "SMS", "operation": "code", "kind": "decline", "code": 400, "times": 1})).await;
        let data = json!({"reason": "SMS_GATEWAY_UNAVAILABLE", "retryable": true});
        assert_eq!(attach(&app, HUMO).await, failed(AttachFailed, data));
    }

    async fn a_message_that_the_provider_did_not_acknowledge_counts_as_sent(app: TestApp) {
        app.fault(json!({"network": "SMS", "operation": "code", "kind": "drop_after", "times": 1})).await;
        let card_id = begin(&app, HUMO).await;
        assert_eq!(confirm(&app, &card_id, CODE).await, attached());
    }

    async fn an_unknown_card_id_is_1007(app: TestApp) {
        let not_found = failed(AttachCardNotFound, Value::Null);
        assert_eq!(confirm(&app, UNKNOWN, CODE).await, not_found);
        let other = app.add_partner("other", &["*"]).await;
        for card in [UZCARD, HUMO] {
            let card_id = begin(&app, card).await;
            for code in [CODE, WRONG, WRONG, WRONG] {
                let reply = app.call_as(&other, "cards.attach.confirm", confirm_params(&card_id, code)).await;
                assert_eq!(reply, not_found);
            }
            assert_eq!(confirm(&app, &card_id, CODE).await, attached());
        }
    }

    async fn a_wrong_code_is_1009_until_the_tries_are_used_up(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let card_id = begin(&app, card).await;
            assert_eq!(confirm(&app, &card_id, WRONG).await, wrong_code());
            assert_eq!(confirm(&app, &card_id, WRONG).await, wrong_code());
            for code in [WRONG, CODE, WRONG, CODE] {
                assert_eq!(confirm(&app, &card_id, code).await, too_late());
            }
        }
        assert_eq!(app.cards_stored().await, 0);
    }

    async fn a_code_lives_five_minutes(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let card_id = begin(&app, card).await;
            app.clock.advance_ms(5 * MINUTE_MS);
            for code in [CODE, WRONG, CODE] {
                assert_eq!(confirm(&app, &card_id, code).await, too_late());
            }
            let card_id = begin(&app, card).await;
            app.clock.advance_ms(5 * MINUTE_MS - 1);
            assert_eq!(confirm(&app, &card_id, CODE).await, attached());
        }
    }

    async fn a_code_that_is_not_six_digits_counts_no_try(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let card_id = begin(&app, card).await;
            for malformed in ["44512", "1111111", "11111a"] {
                let message = "Validation Error. Field: params.otpCode, message: Must contain only digits. Allowed length 6 characters";
                assert_eq!(confirm(&app, &card_id, malformed).await, invalid(message));
            }
            assert_eq!(confirm(&app, &card_id, CODE).await, attached());
        }
    }

    async fn what_else_goes_wrong_at_the_confirmation_is_1009(app: TestApp) {
        let inactive = begin(&app, TestCard::forcing(Network::Uzcard, Outcome::Inactive)).await;
        let data = json!({"reason": "CARD_STOPPED", "network": "UZCARD", "processingCode": "12"});
        assert_eq!(confirm(&app, &inactive, CODE).await, failed(AttachVerifyFailed, data));

        let rows = [
            (UZCARD, "UZCARD", "code", json!({"reason": "UZCARD_UNAVAILABLE", "network": "UZCARD", "retryable": true})),
            (HUMO, "HUMO", "info", json!({"reason": "HUMO_UNAVAILABLE", "network": "HUMO", "retryable": true})),
        ];
        for (card, network, operation, data) in rows {
            let card_id = begin(&app, card).await;
            app.fault(json!({"network": network, "operation": operation, "kind": "http_500_before", "times": 1})).await;
            assert_eq!(confirm(&app, &card_id, CODE).await, failed(AttachVerifyFailed, data));
            assert_eq!(confirm(&app, &card_id, CODE).await, attached());
        }
    }

    async fn an_attached_card_is_refused_before_any_network_is_asked(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let card_id = begin(&app, card).await;
            assert_eq!(confirm(&app, &card_id, CODE).await, attached());
            let (sent, stored) = (app.messages(card.phone).await.len(), app.transactions_stored().await);
            for network in ["UZCARD", "HUMO", "SMS"] {
                app.fault(json!({"network": network, "operation": "any", "kind": "reset_before", "times": 1})).await;
            }
            assert_eq!(attach(&app, card).await, failed(AttachAlreadyAttached, Value::Null));
            // A wrong phone or expiry does not matter: nobody was asked.
            let params = with(attach_params(card), json!({"expiry": "3111", "phoneNumber": "998909999999"}));
            let reply = call(&app, "cards.attach", params).await;
            assert_eq!(reply, failed(AttachAlreadyAttached, Value::Null));
            assert_eq!(app.take_scripted_calls().await, 3);
            assert_eq!(app.messages(card.phone).await.len(), sent);
            assert_eq!(app.transactions_stored().await, stored);
            for code in [CODE, WRONG] {
                assert_eq!(confirm(&app, &card_id, code).await, failed(AttachAlreadyAttached, Value::Null));
            }
        }
    }

    async fn a_card_that_the_b_family_added_is_attached(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let begun_before = begin(&app, card).await;
            app.add_card(card).await;
            assert_eq!(attach(&app, card).await, failed(AttachAlreadyAttached, Value::Null));
            let reply = confirm(&app, &begun_before, CODE).await;
            assert_eq!(reply, failed(AttachAlreadyAttached, Value::Null));
        }
        assert_eq!(app.cards_stored().await, 2);
    }

    async fn another_partner_attaches_the_same_card(app: TestApp) {
        let other = app.add_partner("other", &["*"]).await;
        for card in [UZCARD, HUMO] {
            let card_id = begin(&app, card).await;
            assert_eq!(confirm(&app, &card_id, CODE).await, attached());
            let begun = app.call_as(&other, "cards.attach", attach_params(card)).await;
            let theirs = begun["result"]["cardId"].as_str().unwrap_or_else(|| panic!("{begun}")).to_owned();
            assert_ne!(theirs, card_id);
            let reply = app.call_as(&other, "cards.attach.confirm", confirm_params(&theirs, CODE)).await;
            assert_eq!(reply, attached());
            let foreign = app.call("transactions.debit", debit_params(card, &theirs, 500)).await;
            assert_eq!(foreign, refused(CardNotRegistered, Value::Null));
        }
        assert_eq!(app.cards_stored().await, 4);
    }

    async fn of_parallel_right_codes_one_makes_the_card(app: TestApp) {
        for (count, card) in [(1, UZCARD), (2, HUMO)] {
            let card_id = begin(&app, card).await;
            let body = json!({
                "jsonrpc": "2.0", "id": 1, "method": "cards.attach.confirm", "params": confirm_params(&card_id, CODE),
            });
            let calls: Vec<_> = (0..20)
                .map(|_| {
                    let request = HttpRequest::post(body.to_string()).credentials(&Credentials::demo());
                    tokio::spawn(send(app.running.address, request))
                })
                .collect();
            let mut made = 0;
            for call in calls {
                let reply = call.await.unwrap().json();
                made += usize::from(reply == attached());
                // At UZCARD a right code that arrives together with the winner's finds the tries used up.
                let lost = [failed(AttachAlreadyAttached, Value::Null), too_late()];
                let lost = if card.pan == UZCARD.pan { &lost[..] } else { &lost[..1] };
                assert!(reply == attached() || lost.contains(&reply), "{reply}");
            }
            assert_eq!(made, 1);
            assert_eq!(app.cards_stored().await, count);
            let reply = confirm(&app, &card_id, CODE).await;
            assert_eq!(reply, failed(AttachAlreadyAttached, Value::Null));
        }
    }

    async fn a_card_that_two_attachments_confirm_at_once_is_attached_once(app: TestApp) {
        for (count, card) in [(1, UZCARD), (2, HUMO)] {
            let mut begun = Vec::new();
            for _ in 0..8 {
                begun.push(begin(&app, card).await);
            }
            let calls: Vec<_> = begun
                .iter()
                .map(|card_id| {
                    let body = json!({
                        "jsonrpc": "2.0", "id": 1, "method": "cards.attach.confirm", "params": confirm_params(card_id, CODE),
                    });
                    let request = HttpRequest::post(body.to_string()).credentials(&Credentials::demo());
                    tokio::spawn(send(app.running.address, request))
                })
                .collect();
            let mut made = 0;
            for call in calls {
                let reply = call.await.unwrap().json();
                if reply == attached() {
                    made += 1;
                } else {
                    assert_eq!(reply, failed(AttachAlreadyAttached, Value::Null));
                }
            }
            assert_eq!(made, 1);
            assert_eq!(app.cards_stored().await, count);
        }
    }
}

/// The day's limit of messages is 1006 too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_daily_limit_of_messages_is_1006() {
    let app = TestApp::with(DatabaseKind::Sqlite, |config| config.sms.daily_limit = 1)
        .await
        .unwrap();
    let hint = "A phone gets at most 1 SMS a day, by Tashkent's time.";
    let data = json!({"reason": "SMS_LIMIT_REACHED", "hint": hint, "retryable": true});
    for card in [UZCARD, HUMO] {
        begin(&app, card).await;
        assert_eq!(attach(&app, card).await, failed(AttachFailed, data.clone()));
        assert_eq!(app.messages(card.phone).await.len(), 1);
    }
    assert_eq!(app.transactions_stored().await, 2);
}
