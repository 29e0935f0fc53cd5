//! `cards.add` and `cards.add-confirm`: attaching a card the B family's way.

mod at_once;
mod removed;

use aloqa_gateway::database::{Fetch as _, Run as _};
use entity::ids::TransactionId;
use entity::transaction::Status;
use rpc_schema::errors::ErrorCode::{
    self, AlreadyCancelled, AlreadyConfirmed, CardNotFound, CardNotRegistered, CardStopped,
    CardTypeNotSupported, HumoUnavailable, InvalidCode, InvalidPanOrExpiry, PhoneMismatch,
    SmsGatewayUnavailable, SmsServiceOff, TransactionNotFound, UzcardUnavailable,
};
use sandbox::{Network, Outcome, TEST_CARDS};
use sea_orm::{IntoActiveModel as _, Set};
use serde_json::{Value, json};

use test_support::refused_calls::sms_limit_reached;
use test_support::*;

/// A code that no card was ever sent.
const WRONG: &str = "999999";
const MINUTE_MS: i64 = 60_000;

fn add_params(card: TestCard) -> Value {
    json!({"pan": card.pan, "expiry": "1230", "phone": card.phone})
}

fn confirm_params(transaction_id: i64, code: &str) -> Value {
    json!({"transactionId": transaction_id, "confirmedCode": code})
}

/// Calls a method. If it answers with an error, its definition must list that error.
async fn call(app: &TestApp, method: &str, params: Value) -> Value {
    let reply = app.call(method, params).await;
    assert_listed(method, &reply);
    reply
}

async fn add(app: &TestApp, card: TestCard) -> Value {
    call(app, "cards.add", add_params(card)).await
}

/// Begins to attach a card; the transaction to confirm.
async fn begin(app: &TestApp, card: TestCard) -> i64 {
    let reply = add(app, card).await;
    reply["result"]["transactionId"]
        .as_i64()
        .unwrap_or_else(|| panic!("{}: {reply}", card.pan))
}

async fn confirm(app: &TestApp, transaction_id: i64, code: &str) -> Value {
    call(
        app,
        "cards.add-confirm",
        confirm_params(transaction_id, code),
    )
    .await
}

/// Confirms with the right code; the card's token.
async fn token_of(app: &TestApp, transaction_id: i64) -> String {
    let reply = confirm(app, transaction_id, CODE).await;
    reply["result"]["token"]
        .as_str()
        .unwrap_or_else(|| panic!("{reply}"))
        .to_owned()
}

fn wrong_code(reason: &str) -> Value {
    refused(InvalidCode, json!({"reason": reason}))
}

fn not_found() -> Value {
    refused(TransactionNotFound, Value::Null)
}

on_each_database! {
    async fn a_card_of_uzcard_is_added(app: TestApp) {
        let begun = add(&app, UZCARD).await;
        let id = begun["result"]["transactionId"].as_i64().unwrap();
        assert_eq!(
            begun,
            json!({"jsonrpc": "2.0", "id": 1, "result": {"phone": "998901234567", "transactionId": id}})
        );
        assert_eq!(app.messages(UZCARD.phone).await.len(), 1);
        assert_eq!(app.cards_stored().await, 0);
        assert_eq!(
            masked(confirm(&app, id, CODE).await, &["token"]),
            json!({"jsonrpc": "2.0", "id": 1, "result": {
                "token": "*", "sms": true, "pincnt": 0, "status": 0, "balance": 1_000_000_000, "cashbackAmount": 0,
                "filialCode": "", "vendor": "uzcard", "pan": "860001*****1332", "phone": "998901234567",
                "fullName": "TEST TESTOV", "cardtype": "UZCARD", "currency": "860", "currencyCode": "UZS",
                "isVirtual": false,
            }})
        );
        assert_eq!(app.cards_stored().await, 1);
        assert_eq!(app.messages(UZCARD.phone).await.len(), 1);
    }

    async fn a_card_of_humo_is_added(app: TestApp) {
        let begun = add(&app, HUMO).await;
        let id = begun["result"]["transactionId"].as_i64().unwrap();
        assert_eq!(
            begun,
            json!({"jsonrpc": "2.0", "id": 1, "result": {"phone": "998977446066", "transactionId": id}})
        );
        assert_eq!(
            app.messages(HUMO.phone).await,
            ["AloqaGateway: код 111111 для привязки карты 986019*****8366. Никому не сообщайте его."]
        );
        assert_eq!(app.cards_stored().await, 0);
        assert_eq!(
            masked(confirm(&app, id, CODE).await, &["token"]),
            json!({"jsonrpc": "2.0", "id": 1, "result": {
                "token": "*", "sms": true, "pincnt": 0, "status": 0, "balance": 1_000_000_000, "cashbackAmount": 0,
                "filialCode": "00401", "vendor": "humo", "pan": "986019*****8366", "phone": "998977446066",
                "fullName": "ABDUSAMAD TURDIEV", "cardtype": "private", "currency": "860", "currencyCode": "UZS",
                "isVirtual": false,
            }})
        );
        assert_eq!(app.cards_stored().await, 1);
    }

    async fn the_message_is_in_the_callers_language_and_names_the_application(app: TestApp) {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": "cards.add", "params": add_params(HUMO)}).to_string();
        for (lang, application, text) in [
            ("uz", "Kundalik-dev", "Kundalik: 986019*****8366 kartasini bog'lash kodi 111111. Uni hech kimga aytmang."),
            ("ru", "Kundalik-prod", "Kundalik: код 111111 для привязки карты 986019*****8366. Никому не сообщайте его."),
            ("en", "Kundalik", "AloqaGateway: code 111111 to attach the card 986019*****8366. Tell it to nobody."),
            ("de", "", "AloqaGateway: код 111111 для привязки карты 986019*****8366. Никому не сообщайте его."),
        ] {
            let request = HttpRequest::post(body.clone()).header("lang", lang).header("app-name", application);
            let reply = send(app.running.address, request.credentials(&Credentials::demo())).await.json();
            assert!(reply.get("result").is_some(), "{reply}");
            assert_eq!(app.messages(HUMO.phone).await.last().unwrap(), text);
        }
    }

    async fn a_phone_may_begin_with_plus(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let params = with(add_params(card), json!({"phone": format!("+{}", card.phone)}));
            let reply = call(&app, "cards.add", params).await;
            let id = reply["result"]["transactionId"].as_i64().unwrap();
            assert_eq!(
                reply,
                json!({"jsonrpc": "2.0", "id": 1, "result": {"phone": card.phone, "transactionId": id}})
            );
            assert_eq!(confirm(&app, id, CODE).await["result"]["phone"], card.phone);
        }
    }

    async fn a_phone_that_is_not_the_cards_is_sent_nothing(app: TestApp) {
        let expected = [
            (UZCARD, json!({"network": "UZCARD", "processingCode": "-320"})),
            (HUMO, Value::Null),
        ];
        for (card, data) in expected {
            let params = with(add_params(card), json!({"phone": "998909999999"}));
            assert_eq!(call(&app, "cards.add", params).await, refused(PhoneMismatch, data));
            assert_eq!(app.messages(card.phone).await, [""; 0]);
        }
        assert_eq!(app.messages("998909999999").await, [""; 0]);
        assert_eq!(app.transactions_stored().await, 0);
    }

    async fn the_third_wrong_code_ends_the_attachment(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let id = begin(&app, card).await;
            assert_eq!(confirm(&app, id, WRONG).await, wrong_code("wrong_code"));
            assert_eq!(confirm(&app, id, WRONG).await, wrong_code("wrong_code"));
            assert_eq!(confirm(&app, id, WRONG).await, wrong_code("tries_used_up"));
            for code in [CODE, WRONG] {
                assert_eq!(confirm(&app, id, code).await, wrong_code("tries_used_up"));
            }
        }
        assert_eq!(app.cards_stored().await, 0);
    }

    async fn the_right_code_after_two_wrong_ones_is_right(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let id = begin(&app, card).await;
            confirm(&app, id, WRONG).await;
            confirm(&app, id, WRONG).await;
            token_of(&app, id).await;
        }
    }

    async fn a_code_that_is_not_six_digits_counts_no_try(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let id = begin(&app, card).await;
            for malformed in ["11111", "1111111", "11111a", " 111111", "１１１１１１"] {
                assert_eq!(
                    confirm(&app, id, malformed).await,
                    refused(ErrorCode::InvalidInput, json!({"field": "confirmedCode", "reason": "bad_format", "hint": "6 цифр, в строке."}))
                );
            }
            token_of(&app, id).await;
        }
    }

    async fn a_code_lives_five_minutes(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let (in_time, late) = (begin(&app, card).await, begin(&app, card).await);
            app.clock.advance_ms(5 * MINUTE_MS - 1);
            token_of(&app, in_time).await;
            app.clock.advance_ms(1);
            for code in [CODE, WRONG, CODE] {
                assert_eq!(confirm(&app, late, code).await, wrong_code("code_expired"));
            }
        }
        assert_eq!(app.cards_stored().await, 2);
    }

    /// The code was right when it was checked; that the network took its time counts against nobody.
    async fn a_right_code_counts_though_the_network_answers_late(app: TestApp) {
        let id = begin(&app, HUMO).await;
        app.fault(json!({"network": "HUMO", "operation": "info", "kind": "delay", "delayMs": 200, "times": 1})).await;
        let late = async {
            app.faults_are_taken().await;
            app.clock.advance_ms(6 * MINUTE_MS);
        };
        let (token, ()) = tokio::join!(token_of(&app, id), late);
        assert!(!token.is_empty());
    }

    async fn a_card_is_confirmed_once(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let id = begin(&app, card).await;
            token_of(&app, id).await;
            for code in [CODE, WRONG] {
                assert_eq!(confirm(&app, id, code).await, refused(AlreadyConfirmed, Value::Null));
            }
            app.clock.advance_ms(10 * MINUTE_MS);
            assert_eq!(confirm(&app, id, CODE).await, refused(AlreadyConfirmed, Value::Null));
        }
    }

    async fn an_unknown_transaction_is_not_found(app: TestApp) {
        let id = begin(&app, HUMO).await;
        for unknown in [0, -1, id + 1, i64::MAX, i64::MIN] {
            assert_eq!(confirm(&app, unknown, CODE).await, not_found());
        }
        token_of(&app, id).await;
    }

    async fn the_transaction_of_another_partner_is_not_found_and_costs_no_try(app: TestApp) {
        let other = app.add_partner("other", &["*"]).await;
        for card in [UZCARD, HUMO] {
            let id = begin(&app, card).await;
            for code in [CODE, WRONG, WRONG, WRONG] {
                assert_eq!(app.call_as(&other, "cards.add-confirm", confirm_params(id, code)).await, not_found());
            }
            token_of(&app, id).await;
        }
        assert_eq!(app.cards_stored().await, 2);
    }

    async fn a_debit_is_no_attachment(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let token = app.add_card(card).await;
            let params = with(debit_params(card, &token, 500), json!({"force_sms_confirmation": true}));
            let debit = app.result("transactions.debit", params).await["transactionId"].as_i64().unwrap();
            assert_eq!(confirm(&app, debit, CODE).await, not_found());
        }
        assert_eq!(app.moves().await, [""; 0]);
    }

    async fn an_attachment_is_no_debit(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let id = begin(&app, card).await;
            for confirmed in [false, true] {
                if confirmed {
                    token_of(&app, id).await;
                }
                let confirm_as_debit = confirm_params(id, CODE);
                assert_eq!(call(&app, "transactions.debit.confirm", confirm_as_debit).await, not_found());
                for method in [
                    "transactions.debit.reverse",
                    "transactions.debit.hold.charge",
                    "transactions.debit.hold.cancel",
                    "transactions.get",
                ] {
                    assert_eq!(call(&app, method, json!({"transactionId": id})).await, not_found(), "{method}");
                }
            }
        }
    }

    async fn a_card_that_is_attached_again_keeps_its_token(app: TestApp) {
        for card in [UZCARD, HUMO] {
            let first = app.add_card(card).await;
            assert_eq!(app.add_card(card).await, first);
        }
        assert_eq!(app.cards_stored().await, 2);
    }

    async fn a_card_that_the_a_family_attached_keeps_its_token(app: TestApp) {
        for (card, network) in [(UZCARD, "UZCARD"), (HUMO, "HUMO")] {
            let params = json!({
                "pan": card.pan, "expiry": "3012", "processingType": network, "phoneNumber": card.phone,
            });
            let card_id = app.result("cards.attach", params).await["cardId"].take();
            app.result("cards.attach.confirm", json!({"cardId": card_id, "otpCode": CODE})).await;
            assert_eq!(app.add_card(card).await, card_id.as_str().unwrap());
        }
        assert_eq!(app.cards_stored().await, 2);
    }

    async fn each_partner_gets_a_token_of_its_own(app: TestApp) {
        let other = app.add_partner("other", &["*"]).await;
        for card in [UZCARD, HUMO] {
            let (ours, theirs) = (app.add_card(card).await, app.add_card_as(&other, card).await);
            assert_ne!(ours, theirs);
            let reply = app.call("transactions.debit", debit_params(card, &theirs, 500)).await;
            assert_eq!(reply, refused(CardNotRegistered, Value::Null));
            app.result("transactions.debit", debit_params(card, &ours, 500)).await;
        }
        assert_eq!(app.cards_stored().await, 4);
    }

    async fn a_card_is_unknown_until_it_is_confirmed(app: TestApp) {
        for card in [UZCARD, HUMO] {
            begin(&app, card).await;
            let card_id = {
                use sea_orm::EntityTrait as _;
                let id = app.last_transaction().await.id.0;
                let found = entity::attachment::Entity::find_by_id(TransactionId(id)).fetch_one(&*app.running.gateway.database).await;
                found.unwrap().unwrap().card_id.to_string()
            };
            let reply = app.call("transactions.debit", debit_params(card, &card_id, 500)).await;
            assert_eq!(reply, refused(CardNotRegistered, Value::Null));
        }
    }

    async fn cards_that_cannot_be_attached_are_refused_with_their_code(app: TestApp) {
        let refusals = [
            (Network::Uzcard, Outcome::NoSms, SmsServiceOff, "-206"),
            (Network::Uzcard, Outcome::Corporate, CardTypeNotSupported, "-258"),
            (Network::Humo, Outcome::NoSms, SmsServiceOff, "off"),
            (Network::Humo, Outcome::Corporate, CardTypeNotSupported, "corporate"),
            (Network::Humo, Outcome::Inactive, CardStopped, "281"),
        ];
        for (network, outcome, code, processing_code) in refusals {
            let card = TestCard::forcing(network, outcome);
            let data = json!({"network": network, "processingCode": processing_code});
            assert_eq!(add(&app, card).await, refused(code, data), "{network:?} {outcome:?}");
            assert_eq!(app.messages(card.phone).await, [""; 0]);
        }
        assert_eq!(app.transactions_stored().await, 0);

        // SVGate shows a card's status only to who has its code.
        let inactive = TestCard::forcing(Network::Uzcard, Outcome::Inactive);
        let id = begin(&app, inactive).await;
        let data = json!({"network": "UZCARD", "processingCode": "12"});
        assert_eq!(confirm(&app, id, CODE).await, refused(CardStopped, data));
        assert_eq!(app.cards_stored().await, 0);
    }

    async fn every_other_test_card_can_be_attached(app: TestApp) {
        for card in TEST_CARDS {
            let refused = [Outcome::NoSms, Outcome::Corporate, Outcome::Inactive];
            if !refused.contains(&card.outcome) {
                app.add_card(TestCard { pan: card.pan, phone: card.phone }).await;
            }
        }
    }

    async fn a_number_of_no_network_is_not_supported(app: TestApp) {
        for pan in ["4276010132441332", "8601010132441332", "0000000000000000"] {
            let params = with(add_params(UZCARD), json!({"pan": pan}));
            assert_eq!(call(&app, "cards.add", params).await, refused(CardTypeNotSupported, Value::Null));
        }
    }

    async fn a_card_that_its_network_does_not_know_is_not_found(app: TestApp) {
        for (network, pan, processing_code) in [("UZCARD", "8600999999999999", "-200"), ("HUMO", "9860999999999999", "404")] {
            let params = with(add_params(UZCARD), json!({"pan": pan}));
            let data = json!({"network": network, "processingCode": processing_code});
            assert_eq!(call(&app, "cards.add", params).await, refused(CardNotFound, data));
        }
        assert_eq!(app.transactions_stored().await, 0);
    }

    async fn a_wrong_expiry_is_refused_by_the_network(app: TestApp) {
        for (card, network, processing_code) in [(UZCARD, "UZCARD", "-216"), (HUMO, "HUMO", "expiry")] {
            // Each is a real month; 3012 read the other way round is none, which is reported earlier.
            for expiry in ["1130", "1229", "0120"] {
                let params = with(add_params(card), json!({"expiry": expiry}));
                let data = json!({"network": network, "processingCode": processing_code});
                assert_eq!(call(&app, "cards.add", params).await, refused(InvalidPanOrExpiry, data));
            }
            assert_eq!(app.messages(card.phone).await, [""; 0]);
        }
    }

    async fn uzcard_that_gives_no_usable_answer_is_unavailable(app: TestApp) {
        for kind in [
            "drop_before", "reset_before", "http_500_before", "garbage_before", "reset_after", "http_500_after",
            "garbage_after",
        ] {
            app.fault(json!({"network": "UZCARD", "operation": "code", "kind": kind, "times": 1})).await;
            let expected = refused(UzcardUnavailable, json!({"network": "UZCARD", "retryable": true}));
            assert_eq!(add(&app, UZCARD).await, expected, "{kind}");
        }
        assert_eq!(app.transactions_stored().await, 0);
        app.add_card(UZCARD).await;
    }

    async fn humo_that_gives_no_usable_answer_is_unavailable(app: TestApp) {
        for kind in [
            "drop_before", "reset_before", "http_500_before", "garbage_before", "reset_after", "http_500_after",
            "garbage_after",
        ] {
            app.fault(json!({"network": "HUMO", "operation": "info", "kind": kind, "times": 1})).await;
            let expected = refused(HumoUnavailable, json!({"network": "HUMO", "retryable": true}));
            assert_eq!(add(&app, HUMO).await, expected, "{kind}");
        }
        assert_eq!(app.messages(HUMO.phone).await, [""; 0]);
        assert_eq!(app.transactions_stored().await, 0);
        app.add_card(HUMO).await;
    }

    async fn a_network_that_is_down_at_the_confirmation_can_be_asked_again(app: TestApp) {
        for (card, network, operation, code) in
            [(UZCARD, "UZCARD", "code", UzcardUnavailable), (HUMO, "HUMO", "info", HumoUnavailable)]
        {
            let id = begin(&app, card).await;
            for kind in ["http_500_before", "garbage_before"] {
                app.fault(json!({"network": network, "operation": operation, "kind": kind, "times": 1})).await;
                let expected = refused(code, json!({"network": network, "retryable": true}));
                assert_eq!(confirm(&app, id, CODE).await, expected, "{kind}");
            }
            token_of(&app, id).await;
        }
    }

    async fn a_code_whose_check_svgate_did_not_answer_is_spent_there(app: TestApp) {
        let id = begin(&app, UZCARD).await;
        app.fault(json!({"network": "UZCARD", "operation": "code", "kind": "garbage_after", "times": 1})).await;
        let unavailable = refused(UzcardUnavailable, json!({"network": "UZCARD", "retryable": true}));
        assert_eq!(confirm(&app, id, CODE).await, unavailable);
        assert_eq!(confirm(&app, id, CODE).await, wrong_code("code_expired"));
        assert_eq!(app.cards_stored().await, 0);
        app.add_card(UZCARD).await;
    }

    async fn a_refusal_of_the_sms_provider_ends_the_attachment(app: TestApp) {
        for fault in [
            json!({"network": "SMS", "operation": "code", "kind": "decline", "code": 400, "times": 1}),
            json!({"network": "SMS", "operation": "code", "kind": "http_500_before", "times": 1}),
        ] {
            app.fault(fault).await;
            assert_eq!(add(&app, HUMO).await, refused(SmsGatewayUnavailable, json!({"retryable": true})));
            let attachment = app.last_transaction().await;
            assert_eq!(attachment.status, Status::Declined);
            let spent = refused(AlreadyCancelled, json!({"reason": "declined"}));
            assert_eq!(confirm(&app, attachment.id.0, CODE).await, spent);
        }
        assert_eq!(app.messages(HUMO.phone).await, [""; 0]);
        app.add_card(HUMO).await;
    }

    async fn a_message_that_the_provider_did_not_acknowledge_counts_as_sent(app: TestApp) {
        for kind in ["drop_after", "reset_after"] {
            app.fault(json!({"network": "SMS", "operation": "code", "kind": kind, "times": 1})).await;
            let id = begin(&app, HUMO).await;
            token_of(&app, id).await;
        }
        assert_eq!(app.messages(HUMO.phone).await.len(), 2);
    }

    async fn a_code_is_bound_to_its_transaction(app: TestApp) {
        let (first, second) = (begin(&app, HUMO).await, begin(&app, HUMO_2).await);
        let last = app.last_transaction().await;
        assert_eq!(last.id, TransactionId(second));
        // Whoever could copy one row's code to another one would gain nothing by it.
        let mut moved = last.clone().into_active_model();
        let other = {
            use sea_orm::EntityTrait as _;
            let found = entity::transaction::Entity::find_by_id(TransactionId(first)).fetch_one(&*app.running.gateway.database).await;
            found.unwrap().unwrap()
        };
        moved.code_mac = Set(other.code_mac);
        use sea_orm::EntityTrait as _;
        entity::transaction::Entity::update(moved).run(&*app.running.gateway.database).await.unwrap();
        assert_eq!(confirm(&app, second, CODE).await, wrong_code("wrong_code"));
        token_of(&app, first).await;
    }

}

/// How many codes one partner may have sent to one phone in one day.
mod the_daily_limit_of_messages {
    use super::*;

    async fn run(kind: DatabaseKind) {
        let Some(app) = TestApp::with(kind, |config| config.sms.daily_limit = 2).await else {
            return;
        };
        let limit = sms_limit_reached(2);
        for card in [UZCARD, HUMO] {
            begin(&app, card).await;
            begin(&app, card).await;
            assert_eq!(add(&app, card).await, limit);
            assert_eq!(app.messages(card.phone).await.len(), 2);
        }
        assert_eq!(app.transactions_stored().await, 4);

        // Another phone and another partner have messages of their own.
        begin(&app, HUMO_2).await;
        let other = app.add_partner("other", &["*"]).await;
        app.add_card_as(&other, HUMO).await;

        // It is ten o'clock: the last millisecond of the day, then the next day.
        app.clock.advance_ms(14 * 60 * MINUTE_MS - 1);
        for card in [UZCARD, HUMO] {
            assert_eq!(add(&app, card).await, limit);
        }
        app.clock.advance_ms(1);
        for card in [UZCARD, HUMO] {
            app.add_card(card).await;
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn sqlite() {
        run(DatabaseKind::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn postgres() {
        run(DatabaseKind::Postgres).await;
    }
}
