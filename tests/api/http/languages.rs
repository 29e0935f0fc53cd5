//! The language of refusals and messages.

use super::*;
use aloqa_gateway::database::Connection as _;

mostly_on_sqlite! {
    /// Without `lang` in Russian, also for the A family; without a well-formed `app-name` in the gateway's name.
    async fn the_text_of_an_sms(app: TestApp) {
        let token = app.add_card(HUMO).await;
        let debit = with(debit_params(HUMO, &token, 123_456), json!({"force_sms_confirmation": true}));
        let add = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone});
        let attach =
            json!({"pan": HUMO_2.pan, "expiry": "3012", "processingType": "HUMO", "phoneNumber": HUMO_2.phone});
        let table = [
            ("cards.add", &add, HUMO, "", "Kundalik-dev",
                "Kundalik: код 111111 для привязки карты 986019*****8366. Никому не сообщайте его."),
            ("cards.add", &add, HUMO, "ru", "My-Shop-prod",
                "My-Shop: код 111111 для привязки карты 986019*****8366. Никому не сообщайте его."),
            ("cards.add", &add, HUMO, "uz", "Kundalik-staging",
                "Kundalik: 986019*****8366 kartasini bog'lash kodi 111111. Uni hech kimga aytmang."),
            ("cards.add", &add, HUMO, "en", "",
                "AloqaGateway: code 111111 to attach the card 986019*****8366. Tell it to nobody."),
            ("cards.attach", &attach, HUMO_2, "", "",
                "AloqaGateway: код 111111 для привязки карты 986010*****6789. Никому не сообщайте его."),
            ("cards.attach", &attach, HUMO_2, "EN", "Kundalik",
                "AloqaGateway: code 111111 to attach the card 986010*****6789. Tell it to nobody."),
            ("transactions.debit", &debit, HUMO, "", "Kundalik-test",
                "AloqaGateway: код 111111 для оплаты 1234.56 UZS картой 986019*****8366. Никому не сообщайте его."),
            ("transactions.debit", &debit, HUMO, "uz", "-dev",
                "AloqaGateway: 986019*****8366 kartasidan 1234.56 UZS to'lash kodi 111111. Uni hech kimga aytmang."),
            ("transactions.debit", &debit, HUMO, "en", "Kundalik-dev",
                "Kundalik: code 111111 to pay 1234.56 UZS with the card 986019*****8366. Tell it to nobody."),
        ];
        for (method, params, card, lang, app_name, text) in table {
            let before = app.messages(card.phone).await;
            let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
            let request = post(body.to_string()).header("lang", lang).header("app-name", app_name);
            let reply = send(app.running.address, request).await;
            let messages = app.messages(card.phone).await;
            assert_eq!(messages[before.len()..], [text], "{}", reply.body);
        }
    }

    async fn a_well_formed_app_name_is_kept_with_the_transaction(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        let headers = ["", "Kundalik-dev", "My Shop-prod", "Kundalik", "Kundalik-DEV", "-dev"];
        for (index, app_name) in headers.into_iter().enumerate() {
            let request = post(debit_body(&token, &index.to_string())).header("app-name", app_name);
            assert_debited(send(app.running.address, request).await.json());
        }
        let database = &app.running.gateway.database;
        let sql = r#"SELECT app_name FROM "transaction" WHERE ext_id IS NOT NULL ORDER BY id"#;
        let rows = database.fetch_rows(Statement::from_string(database.backend(), sql)).await.unwrap();
        let kept: Vec<Option<String>> = rows.into_iter().map(|mut row| row.take_option("app_name").unwrap()).collect();
        let name = |name: &str| Some(name.to_owned());
        assert_eq!(kept, [None, name("Kundalik-dev"), name("My Shop-prod"), None, None, None]);
    }
}

#[tokio::test]
async fn every_refusal_speaks_the_language_asked_for() {
    let app = stateless_with(|config| {
        config.server.body_limit_bytes = 1_000;
        config.server.batch_limit = 2;
    })
    .await;
    let invalid = |lang: &str| match lang.to_ascii_lowercase().as_str() {
        "uz" => "Noto‘g‘ri JSON-RPC obyekti yuborildi",
        "en" => "Invalid JSON-RPC object",
        _ => "Передан неправильный JSON-RPC объект",
    };
    let denied = |lang: &str| match lang.to_ascii_lowercase().as_str() {
        "uz" => "Metodni bajarish uchun huquqlar yetarli emas.",
        "en" => "Not enough privileges to call the method.",
        _ => "Недостаточно привилегий для выполнения метода.",
    };
    let parse = |lang: &str| match lang.to_ascii_lowercase().as_str() {
        "uz" => "JSONni o‘qishda xatolik. RPC so‘rovi yaroqli JSON obyekti emas.",
        "en" => "JSON parse error. The RPC request is not a valid JSON object.",
        _ => "Ошибка Парсинга JSON. RPC запрос является не валидным JSON объектом.",
    };
    // An unknown value counts as absent.
    for lang in ["", "ru", "uz", "en", "EN", "de", "uz-Latn", "en, ru"] {
        let table = [
            (post(CALL).path("/x"), 404, -32600, invalid(lang)),
            (post(CALL).method("PUT"), 405, -32600, invalid(lang)),
            (
                post(CALL).header("content-type", "text/plain"),
                415,
                -32600,
                invalid(lang),
            ),
            (post("x".repeat(1_001)), 413, -32600, invalid(lang)),
            (HttpRequest::post(CALL), 401, -32504, denied(lang)),
            (post("{"), 200, -32700, parse(lang)),
            (post("[]"), 200, -32600, invalid(lang)),
            (post("[1,2,3]"), 200, -32600, invalid(lang)),
            (post("1"), 200, -32600, invalid(lang)),
        ];
        for (request, status, code, message) in table {
            let reply = send(app.running.address, request.header("lang", lang)).await;
            let body = reply.json();
            let told = (
                &body["jsonrpc"],
                &body["id"],
                &body["error"]["code"],
                &body["error"]["message"],
            );
            assert_eq!(reply.status, status, "{lang}");
            // The hint is in the same language: Uzbek has no Cyrillic, English neither that nor its quotes.
            let hint = body["error"]["data"]["hint"].as_str().unwrap();
            let cyrillic = hint.chars().any(|sign| ('а'..='я').contains(&sign));
            let russian = !["uz", "en"].contains(&lang.to_ascii_lowercase().as_str());
            assert_eq!(cyrillic, russian, "{lang}: {hint}");
            assert!(body["error"]["data"]["reason"].is_string(), "{lang}");
            assert_eq!(
                told,
                (&json!("2.0"), &json!(null), &json!(code), &json!(message)),
                "{lang}"
            );
        }
    }
}

/// The A family's validation errors are documented in English alone.
#[tokio::test]
async fn errors_of_calls_speak_the_language_asked_for() {
    let app = stateless().await;
    let call = |method: &str, params: Value| {
        json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string()
    };
    let card = json!({"cardId": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "otpCode": "111111"});
    let table = [
        (
            call("transactions.get", json!({"transactionId": 1})),
            -32314,
            [
                "Транзакция не найдена",
                "Tranzaksiya topilmadi",
                "Transaction not found",
                "Транзакция не найдена",
            ],
        ),
        (
            call("no.such.method", json!({})),
            -32601,
            [
                "Запрашиваемый метод не найден.",
                "So‘ralgan metod topilmadi.",
                "The requested method was not found.",
                "Запрашиваемый метод не найден.",
            ],
        ),
        (
            call("cards.attach.confirm", card),
            1007,
            [
                ErrorCode::AttachCardNotFound.message(Lang::Ru),
                ErrorCode::AttachCardNotFound.message(Lang::Uz),
                ErrorCode::AttachCardNotFound.message(Lang::En),
                ErrorCode::AttachCardNotFound.message(Lang::En),
            ],
        ),
        (
            call("cards.attach", json!({})),
            4,
            ["Validation Error. Field: params.pan, message: Field must be not null"; 4],
        ),
    ];
    for (body, code, [ru, uz, en, default]) in table {
        for (lang, message) in [
            ("ru", ru),
            ("uz", uz),
            ("en", en),
            ("", default),
            ("RU", ru),
            ("En", en),
            ("fr", default),
        ] {
            let reply = send(app.running.address, post(body.clone()).header("lang", lang)).await;
            let expected =
                json!({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}});
            assert_eq!(reply.json(), expected, "{lang}");
        }
    }
}
