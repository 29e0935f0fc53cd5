use serde_json::{Value, json};

use crate::support::{FULL, NOW, Server, UZCARD, UZCARD_PHONE};

#[tokio::test]
async fn a_card_is_attached_by_the_code_in_the_message() {
    let server = Server::start().await;
    let params = json!({
        "card": {"pan": UZCARD, "expiry": "3012"}, "serviceName": "Aloqa", "requestorPhone": UZCARD_PHONE,
    });
    let otp = server.result("cards.new.otp", params).await;
    assert_eq!(
        (&otp["phoneMask"], &otp["verified"]),
        (&json!("99890*****67"), &json!(false))
    );
    let token = otp["token"].as_str().unwrap();
    assert_eq!(token.len(), 32);
    assert_eq!(
        server.error("cards.get", json!({"ids": [token]})).await,
        -257,
        "not before the code"
    );

    let messages = server
        .get(&format!("/sandbox/messages?phone={UZCARD_PHONE}"))
        .await;
    assert_eq!(messages[0]["phone"], UZCARD_PHONE);
    assert_eq!(messages[0]["at"], NOW);
    assert!(
        messages[0]["text"]
            .as_str()
            .unwrap()
            .starts_with("Aloqa: 111111")
    );

    let verify = |code: &str| json!({"otp": {"id": otp["id"], "code": code}});
    assert_eq!(
        server.error("cards.new.verify", verify("222222")).await,
        -269
    );
    let card = server.result("cards.new.verify", verify("111111")).await;
    assert_eq!(card["id"], token);
    assert_eq!(card["username"], "gate");
    assert_eq!(card["pan"], "860001******1332");
    assert_eq!(
        (&card["status"], &card["fullName"]),
        (&json!(0), &json!("TEST TESTOV"))
    );
    assert_eq!(
        (&card["phone"], &card["balance"], &card["sms"]),
        (&json!(UZCARD_PHONE), &json!(FULL), &json!(true))
    );
    assert_eq!(
        server.error("cards.new.verify", verify("111111")).await,
        -314,
        "a code is for once"
    );

    let cards = server.result("cards.get", json!({"ids": [token]})).await;
    assert_eq!(cards, json!([card]));
    assert_eq!(
        server
            .error("cards.get", json!({"ids": vec![token; 6]}))
            .await,
        -379
    );
    assert_eq!(
        server.attach(UZCARD).await,
        token,
        "attaching again gives the same token"
    );
}

#[tokio::test]
async fn codes_are_refused_with_the_cards_code() {
    let server = Server::start().await;
    let otp = |pan: &str, expiry: &str, phone: Value| json!({"card": {"pan": pan, "expiry": expiry, "requestorPhone": phone}});
    for (params, code) in [
        (otp("8600999999999999", "3012", Value::Null), -200),
        (otp("9860190101578366", "3012", Value::Null), -200),
        (otp(UZCARD, "3011", Value::Null), -216),
        (otp(UZCARD, "3012", json!("998901234568")), -320),
        (otp("8600010000000206", "3012", Value::Null), -206),
        (otp("8600010000000258", "3012", Value::Null), -258),
        (json!({"card": {"pan": UZCARD}}), -103),
    ] {
        assert_eq!(
            server.error("cards.new.otp", params.clone()).await,
            code,
            "{params}"
        );
    }
    assert_eq!(
        server.get("/sandbox/messages").await,
        json!([]),
        "no code was sent"
    );

    let old = server
        .result("cards.new.otp", otp(UZCARD, "3012", Value::Null))
        .await;
    server.pass_seconds(300);
    let verify = json!({"otp": {"id": old["id"], "code": "000000"}});
    assert_eq!(server.error("cards.new.verify", verify).await, -269);
    server.pass_seconds(1);
    let verify = json!({"otp": {"id": old["id"], "code": "111111"}});
    assert_eq!(server.error("cards.new.verify", verify).await, -270);
    assert_eq!(
        server
            .error(
                "cards.new.verify",
                json!({"otp": {"id": 1, "code": "111111"}})
            )
            .await,
        -314
    );

    let otp = server
        .result(
            "cards.new.otp",
            otp("8600010000000281", "3012", Value::Null),
        )
        .await;
    let card = server
        .result(
            "cards.new.verify",
            json!({"otp": {"id": otp["id"], "code": "111111"}}),
        )
        .await;
    assert_eq!(card["status"], 12);
}
