use bytes::Bytes;
use hyper::StatusCode;
use rpc_schema::values::Expiry;

use super::*;
use crate::processing::exchange::Reply;

fn expected() -> CardAccess {
    CardAccess {
        pan: Pan::parse("9860190101578366").unwrap(),
        expiry: Expiry::from_yymm("3012").unwrap(),
        network_token: None,
    }
}

fn rules(statuses: CardStatuses) -> Rules {
    Rules {
        corporate_groups: vec!["CORP".to_owned()],
        statuses,
    }
}

/// The sample of docs/networks.md#humo-card-information, as far as it is read.
fn sample() -> Value {
    json!({
        "listSize": 1,
        "card": {
            "institutionId": "00401", "primaryAccountNumber": "9860190101578366", "expiry": "3012",
            "nameOnCard": "ABDUSAMAD TURDIEV", "commissionGroup": "PRIV", "pinTryCount": 0,
            "statuses": {"item": [
                {"type": "user", "actionCode": "280"},
                {"type": "card", "actionCode": "000", "actionDescription": "Approved"},
            ]},
        },
        "account": [{"accountId": "1"}],
        "balance": {"currency": "860", "initialAmount": 1, "bonusAmount": 0, "availableAmount": 1_000_000_000},
        "mb": {"state": "on", "phone": "+998 97 744 60 66", "message": "OK"},
    })
}

/// The sample with one value replaced.
fn with(pointer: &str, value: Value) -> Value {
    let mut sample = sample();
    *sample.pointer_mut(pointer).unwrap() = value;
    sample
}

fn info(result: Value) -> Result<CardInfo, AskError> {
    let body = Bytes::from(json!({"id": "a1", "result": result}).to_string());
    let reply = Reply {
        status: StatusCode::OK,
        body,
    };
    card_info(
        read(&reply, "a1")?,
        &expected(),
        &rules(CardStatuses::First),
    )
}

fn error(status: u16, body: &str) -> AskError {
    let body = Bytes::copy_from_slice(body.as_bytes());
    read::<Info>(
        &Reply {
            status: StatusCode::from_u16(status).unwrap(),
            body,
        },
        "a1",
    )
    .unwrap_err()
}

fn unusable_code(result: Value) -> (ErrorCode, String) {
    let refusal = info(result).unwrap().unusable.unwrap();
    (refusal.code, refusal.processing_code)
}

#[test]
fn a_card_is_read() {
    let expected = CardInfo {
        network_token: None,
        full_name: "ABDUSAMAD TURDIEV".to_owned(),
        phone: ToldPhone::read("998977446066"),
        sms: true,
        pin_tries: 0,
        status: 0,
        balance: Some(1_000_000_000),
        currency: 860,
        cashback: 0,
        filial_code: "00401".to_owned(),
        card_type: "private".to_owned(),
        unusable: None,
    };
    assert_eq!(info(sample()), Ok(expected.clone()));
    let drifted = [
        with(
            "/card/statuses/item",
            json!({"type": "card", "actionCode": 0}),
        ),
        with(
            "/card/statuses/item",
            json!([{"type": "user", "actionCode": "000"}]),
        ),
        with("/balance/availableAmount", json!("1000000000.00")),
        with(
            "/card/primaryAccountNumber",
            json!(9_860_190_101_578_366_u64),
        ),
        with("/card/expiry", json!("2030-12")),
        with("/card/pinTryCount", json!("0")),
        with("/card/primaryAccountNumber", json!("986019******8366")),
        with("/card/primaryAccountNumber", json!("9860 1901 0157 8366")),
        with("/card/primaryAccountNumber", json!(null)),
        with("/mb/state", json!("ON")),
        with("/card/statuses/item/1/type", json!("CARD")),
        with("/card/statuses/item/1/actionCode", json!(0.0)),
        with("/card/statuses/item/1/actionCode", json!("0")),
        with("/mb/phone", json!("+998 (97) 744-60-66")),
        with("/mb/phone", json!("97\u{a0}744\u{a0}60\u{a0}66")),
        with("/mb/phone", json!(998_977_446_066_i64)),
        with("/account", json!(null)),
    ];
    for result in drifted {
        assert_eq!(info(result.clone()), Ok(expected.clone()), "{result}");
    }
}

#[test]
fn what_makes_a_card_unusable() {
    let status = |code: &str| unusable_code(with("/card/statuses/item/1/actionCode", json!(code)));
    assert_eq!(status("281"), (ErrorCode::CardStopped, "281".to_owned()));
    assert_eq!(
        status("106"),
        (ErrorCode::PinTriesExceeded, "106".to_owned())
    );
    assert_eq!(status("208"), (ErrorCode::CardBlocked, "208".to_owned()));
    assert_eq!(status("001").0, ErrorCode::DeclinedByNetwork);
    assert_eq!(status("911").0, ErrorCode::DeclinedByNetwork);
    assert_eq!(
        info(with("/card/statuses/item/1/actionCode", json!("281")))
            .unwrap()
            .status,
        281
    );
    for group in ["CORP", "corp", " Corp "] {
        assert_eq!(
            unusable_code(with("/card/commissionGroup", json!(group))).0,
            ErrorCode::CardTypeNotSupported
        );
    }
    assert_eq!(
        unusable_code(with("/mb", json!(null))).0,
        ErrorCode::SmsServiceOff
    );
    for state in ["off", "off-phone", "no-phone", "off-card", "no-customer"] {
        assert_eq!(
            unusable_code(with("/mb", json!({"state": state}))),
            (ErrorCode::SmsServiceOff, state.to_owned())
        );
    }
}

#[test]
fn another_card_or_expiry_is_no_answer() {
    for number in [
        "9860100123456789",
        "986010******6789",
        "9860 1001 2345 6789",
    ] {
        assert!(matches!(
            info(with("/card/primaryAccountNumber", json!(number))),
            Err(AskError::Unavailable(_))
        ));
    }
    let Err(AskError::Refused(refusal)) = info(with("/card/expiry", json!("3011"))) else {
        panic!()
    };
    assert_eq!(refusal.code, ErrorCode::InvalidPanOrExpiry);
    assert!(matches!(
        info(with("/card/statuses/item/1/actionCode", json!("?"))),
        Err(AskError::Unavailable(_))
    ));
}

#[test]
fn errors_count_with_any_http_status() {
    for status in [200, 404] {
        let AskError::Refused(refusal) = error(
            status,
            r#"{"id":"a1","error":{"code":404,"message":"Card not found"}}"#,
        ) else {
            panic!()
        };
        assert_eq!(
            (refusal.code, refusal.processing_code.as_str()),
            (ErrorCode::CardNotFound, "404")
        );
    }
    let code = |code: &str| error(200, &format!(r#"{{"id":"a1","error":{{"code":{code}}}}}"#));
    assert!(
        matches!(code("\"118\""), AskError::Refused(refusal) if refusal.code == ErrorCode::CardNotFound)
    );
    assert!(
        matches!(code("403"), AskError::Refused(refusal) if refusal.code == ErrorCode::HumoAccessDenied)
    );
    // A question moves no money, so any refusal is plain.
    for (refused, expected) in [
        ("-1", ErrorCode::ProcessingSystemError),
        ("904", ErrorCode::ProcessingSystemError),
        ("914", ErrorCode::DataNotFound),
        ("999", ErrorCode::DeclinedByNetwork),
    ] {
        assert!(
            matches!(code(refused), AskError::Refused(refusal) if refusal.code == expected),
            "{refused}"
        );
    }
    for ask_error in ["503", "911", "0", "499", "null", "\"x\""] {
        assert!(
            matches!(code(ask_error), AskError::Unavailable(_)),
            "{ask_error}"
        );
    }
}

#[test]
fn what_is_no_reply_to_us_is_no_answer() {
    for (status, body) in [
        (200, ""),
        (502, "<html>"),
        (200, r#"{"id":"a1"}"#),
        (200, r#"{"id":"a2","result":{}}"#),
        (500, r#"{"id":"a1","result":{}}"#),
    ] {
        assert!(
            matches!(error(status, body), AskError::Unavailable(_)),
            "{body}"
        );
    }
}

fn recipient_of(result: Value) -> Result<RecipientCard, AskError> {
    let body = Bytes::from(json!({"id": "a1", "result": result}).to_string());
    let reply = Reply {
        status: StatusCode::OK,
        body,
    };
    recipient_card(
        read(&reply, "a1")?,
        &expected().pan,
        &rules(CardStatuses::First),
    )
}

#[test]
fn a_recipient_is_read_without_an_expiry_to_compare() {
    let expected = RecipientCard {
        name: "ABDUSAMAD TURDIEV".to_owned(),
        expiry: Expiry::from_yymm("3012"),
        phone: ToldPhone::read("998977446066"),
        unusable: None,
    };
    assert_eq!(recipient_of(sample()), Ok(expected.clone()));
    let other = recipient_of(with("/card/expiry", json!("3011"))).unwrap();
    assert_eq!(other.expiry, Expiry::from_yymm("3011"));
    let unreadable = recipient_of(with("/card/expiry", json!("2030-12"))).unwrap();
    assert_eq!((unreadable.expiry, unreadable.unusable), (None, None));
    // No messages, no matter.
    let silent = recipient_of(with("/mb", json!({"state": "no-phone"}))).unwrap();
    assert_eq!(
        silent,
        RecipientCard {
            phone: None,
            ..expected
        }
    );
    assert!(
        recipient_of(with("/mb", json!(null)))
            .unwrap()
            .unusable
            .is_none()
    );
}

#[test]
fn what_makes_a_recipient_unusable() {
    let reason = |result| {
        let refusal = recipient_of(result).unwrap().unusable.unwrap();
        (refusal.code, refusal.processing_code)
    };
    for (status, code) in [
        ("101", ErrorCode::RecipientCardExpired),
        ("106", ErrorCode::RecipientPinTriesExceeded),
        ("208", ErrorCode::RecipientCardBlocked),
        ("281", ErrorCode::RecipientCardBlocked),
        ("119", ErrorCode::RecipientRefuses),
        ("001", ErrorCode::RecipientRefuses),
        ("911", ErrorCode::RecipientRefuses),
        ("118", ErrorCode::RecipientRefuses),
    ] {
        assert_eq!(
            reason(with("/card/statuses/item/1/actionCode", json!(status))),
            (code, status.to_owned())
        );
    }
    // Of several items of type `card`, any speaks against a recipient; a payer goes by the first.
    for (code, expected) in [
        ("104", ErrorCode::RecipientCardBlocked),
        ("101", ErrorCode::RecipientCardExpired),
    ] {
        let several = json!([
            {"type": "card", "actionCode": "000"}, {"type": "user", "actionCode": "000"},
            {"type": "card", "actionCode": code},
        ]);
        let several = with("/card/statuses/item", several);
        assert_eq!(reason(several.clone()), (expected, code.to_owned()));
        assert_eq!(info(several).unwrap().unusable, None);
    }
    assert_eq!(
        reason(with("/card/commissionGroup", json!("CORP"))),
        (ErrorCode::RecipientRefuses, "corporate".to_owned())
    );
}

#[test]
fn another_recipient_is_no_answer() {
    for broken in [
        with("/card/primaryAccountNumber", json!("9860100123456789")),
        with("/card/statuses/item/1/actionCode", json!("?")),
    ] {
        assert!(matches!(
            recipient_of(broken),
            Err(AskError::Unavailable(_))
        ));
    }
}

#[test]
fn a_balance_and_its_currency_are_read_or_not_there() {
    for (told, balance) in [
        (json!(5_000), Some(5_000)),
        (json!(5000.0), Some(5_000)),
        (json!("5000.00"), Some(5_000)),
        (json!(-5_000), Some(-5_000)),
        (json!("5000.50"), None),
        (json!(5000.5), None),
        (json!("5 000"), None),
        (json!("x"), None),
        (json!({}), None),
        (json!(null), None),
    ] {
        let card = info(with("/balance/availableAmount", told.clone())).unwrap();
        assert_eq!(card.balance, balance, "{told}");
        assert_eq!(card.unusable, None, "{told}");
    }
    for (currency, code) in [("840", 840), ("usd", 840), ("UZS", 860), ("", 860)] {
        let card = info(with("/balance/currency", json!(currency))).unwrap();
        assert_eq!(card.currency, code, "{currency}");
    }
    let mut by_account = with("/balance/currency", json!(null));
    by_account["account"][0]["currency"] = json!("840");
    assert_eq!(info(by_account).unwrap().currency, 840);
}

/// Of several items of type `card`, the first or all, by the settings; without any item a card is refused as clients do.
#[test]
fn several_statuses_and_none() {
    let items = |codes: &[&str]| {
        let item = |code: &&str| json!({"type": "Card", "actionCode": code});
        let items: Vec<Value> = codes.iter().map(item).collect();
        with("/card/statuses", json!({"item": items}))
    };
    let code = |result: Value, statuses| {
        let body = Bytes::from(json!({"id": "a1", "result": result}).to_string());
        let reply = Reply {
            status: StatusCode::OK,
            body,
        };
        let card = card_info(read(&reply, "a1").unwrap(), &expected(), &rules(statuses));
        card.unwrap()
            .unusable
            .map(|refusal| refusal.processing_code)
    };
    for (codes, first, all) in [
        (&["000", "000"][..], None, None),
        (&["000", "104", "125"], None, Some("104")),
        (&["280", "000"], Some("280"), Some("280")),
        (&["209", "208"], Some("209"), Some("209")),
        (&[], Some("100"), Some("100")),
    ] {
        for (which, expected) in [(CardStatuses::First, first), (CardStatuses::All, all)] {
            assert_eq!(code(items(codes), which).as_deref(), expected, "{codes:?}");
        }
    }
    let none = recipient_of(with("/card/statuses", json!(null))).unwrap();
    assert_eq!(none.unusable.unwrap().processing_code, "100");
}

/// SMS banking inside the card, and neither account nor balance.
#[test]
fn the_second_version_is_read_too() {
    let mut card = sample()["card"].clone();
    card["mb"] = sample()["mb"].clone();
    for prefix in [json!("98601901"), json!(98_601_901)] {
        card["prefixNumber"] = prefix;
        let read = info(json!({"card": card})).unwrap();
        let third = info(sample()).unwrap();
        assert_eq!(
            read,
            CardInfo {
                balance: None,
                ..third
            }
        );
        let recipient = recipient_of(json!({"card": card})).unwrap();
        assert_eq!(recipient.phone, ToldPhone::read("998977446066"));
    }
    card["mb"] = json!({"state": "off"});
    assert_eq!(
        unusable_code(json!({"card": card})).0,
        ErrorCode::SmsServiceOff
    );
}
