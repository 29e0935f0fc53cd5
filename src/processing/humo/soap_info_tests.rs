use hyper::StatusCode;
use rpc_schema::errors::ErrorCode;

use super::super::card_info::{self, Info, Rules};
use super::*;
use crate::config::CardStatuses;
use crate::domain::call::CardAccess;
use crate::domain::inquiry::CardInfo;
use crate::domain::told_phone::ToldPhone;
use rpc_schema::values::Expiry;

const HOLDER: &str = "01578366-19";

fn pan() -> Pan {
    Pan::parse("9860190101578366").unwrap()
}

fn reply(status: u16, body: &str) -> Reply {
    Reply {
        status: StatusCode::from_u16(status).unwrap(),
        body: Bytes::from(format!(
            "<S:Envelope xmlns:S='s'><S:Body>{body}</S:Body></S:Envelope>"
        )),
    }
}

fn fault(exception: &str) -> String {
    format!("<S:Fault><faultcode>S:Server</faultcode><detail>{exception}</detail></S:Fault>")
}

/// The sample of docs/networks.md#humo-cards-over-soap.
fn sample() -> String {
    "<iiacs:getCardAccountsBalanceResponse><listSize>1</listSize><card><institutionId>00401</institutionId>\
     <primaryAccountNumber>9860190101578366</primaryAccountNumber><expiry>3012</expiry>\
     <nameOnCard>ABDUSAMAD TURDIEV</nameOnCard><bankC>19</bankC><pinTryCount>0</pinTryCount>\
     <statuses><item><type>user</type><actionCode>280</actionCode></item>\
     <item><type>card</type><actionCode>000</actionCode></item></statuses></card>\
     <account><currency>860</currency></account>\
     <balance><currency>860</currency><availableAmount>1000000000</availableAmount></balance>\
     </iiacs:getCardAccountsBalanceResponse>"
        .to_owned()
}

fn told(body: &str) -> Result<Map<String, Value>, AskError> {
    card(read(&reply(200, body), "getCardAccountsBalance")?)
}

/// The card of this reply, with this SMS banking.
fn card_of(body: &str, phone: Value) -> Result<CardInfo, AskError> {
    let expected = CardAccess {
        pan: pan(),
        expiry: Expiry::from_yymm("3012").unwrap(),
        network_token: None,
    };
    let rules = Rules {
        corporate_groups: vec!["CORP".to_owned()],
        statuses: CardStatuses::First,
    };
    card_info::card_info(Info::of(info(told(body)?, phone))?, &expected, &rules)
}

fn on() -> Value {
    json!({"state": "on", "phone": "+998977446066"})
}

fn code_of<T: std::fmt::Debug>(result: Result<T, AskError>) -> Option<ErrorCode> {
    match result {
        Err(AskError::Refused(refusal)) => Some(refusal.code),
        Err(AskError::Unavailable(_)) => None,
        Ok(told) => panic!("{told:?}"),
    }
}

#[test]
fn a_card_is_read_like_the_middlewares() {
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
    assert_eq!(card_of(&sample(), on()), Ok(expected.clone()));
    for (from, to) in [
        (
            "<item><type>user</type><actionCode>280</actionCode></item>",
            "",
        ),
        ("1000000000<", "1000000000.00<"),
        ("1000000000<", "1.0E9<"),
        ("<bankC>19</bankC>", ""),
        (
            "getCardAccountsBalanceResponse",
            "getCardAccountsBalanceResponse xmlns='x'",
        ),
    ] {
        let drifted = match from.starts_with("get") {
            true => sample().replacen(from, to, 1),
            false => sample().replace(from, to),
        };
        assert_ne!(drifted, sample());
        assert_eq!(card_of(&drifted, on()), Ok(expected.clone()), "{drifted}");
    }
    // Inside another element.
    let wrapped = sample()
        .replace("<listSize>", "<return><listSize>")
        .replace("</balance>", "</balance></return>");
    assert_eq!(card_of(&wrapped, on()), Ok(expected));
}

#[test]
fn a_card_that_cannot_be_used_says_why() {
    for (from, to, code) in [
        ("<actionCode>000", "<actionCode>104", ErrorCode::CardBlocked),
        (
            "<bankC>",
            "<commissionGroup>CORP</commissionGroup><bankC>",
            ErrorCode::CardTypeNotSupported,
        ),
    ] {
        let card = card_of(&sample().replace(from, to), on()).unwrap();
        assert_eq!(card.unusable.unwrap().code, code);
    }
    for state in ["no-customer", "off-card", "off-phone", "no-phone", "off"] {
        let card = card_of(&sample(), json!({"state": state})).unwrap();
        assert_eq!(card.unusable.unwrap().code, ErrorCode::SmsServiceOff);
    }
    // No item at all.
    let bare = sample();
    let (before, after) = (
        bare.find("<statuses>").unwrap(),
        bare.find("</card>").unwrap(),
    );
    for statuses in ["", "<statuses/>", "<statuses><item/></statuses>"] {
        let bare = format!("{}{statuses}{}", &bare[..before], &bare[after..]);
        let refusal = card_of(&bare, on()).unwrap().unusable.unwrap();
        assert_eq!(refusal.code, ErrorCode::DeclinedByNetwork, "{bare}");
        assert_eq!(refusal.processing_code, "100");
    }
}

#[test]
fn what_does_not_describe_the_card_is_no_answer() {
    let empty =
        "<getCardAccountsBalanceResponse><listSize>0</listSize></getCardAccountsBalanceResponse>";
    assert_eq!(code_of(told(empty)), Some(ErrorCode::CardNotFound));
    let exception = "<x:IIAException><error>118</error></x:IIAException>";
    assert_eq!(
        code_of(told(&fault(exception))),
        Some(ErrorCode::CardNotFound)
    );
    for body in [
        "",
        "<getCardAccountsBalanceResponse/>",
        "<listCustomersResponse><card/></listCustomersResponse>",
        &fault(""),
        &fault("<x><error>?</error></x>"),
    ] {
        assert_eq!(code_of(told(body)), None, "{body}");
    }
    let other = sample().replace("9860190101578366", "9860100123456789");
    assert_eq!(code_of(card_of(&other, on())), None);
    let failed = read(&reply(500, &sample()), "getCardAccountsBalance");
    assert_eq!(code_of(failed), None);
}

#[test]
fn the_owner_is_found_in_both_forms_of_axis() {
    let plain = "<listCustomersResponse><ResponseInfo><response_code>0</response_code></ResponseInfo><Details><row>\
                 <item><name>CLIENT</name><value>01578366</value></item>\
                 <item><name>PERSON_CODE</name><value>3</value></item></row></Details></listCustomersResponse>";
    let referring = "<listCustomersResponse><ResponseInfo href='#id1'/><Details href='#id2'/></listCustomersResponse>\
                     <multiRef id='id1'><response_code xsi:type='xsd:int'>0</response_code></multiRef>\
                     <multiRef id='id2'><row href='#id3'/></multiRef>\
                     <multiRef id='id4'><name>R_MOB_PHONE</name><value>998</value></multiRef>\
                     <multiRef id='id3'><name>CLIENT</name><value>01578366</value></multiRef>";
    let asked = |body: &str| client(read(&reply(200, body), "listCustomers")?);
    for body in [plain, referring] {
        assert_eq!(asked(body), Ok(Some("01578366".to_owned())));
        let none = body.replace("01578366", "");
        assert_eq!(asked(&none), Ok(None));
        let refused = body.replace(">0</response_code>", ">118</response_code>");
        assert_eq!(code_of(asked(&refused)), Some(ErrorCode::CardNotFound));
        let unreadable = body.replace(">0</response_code>", ">x</response_code>");
        assert_eq!(code_of(asked(&unreadable)), None);
    }
    // The code would go to somebody's phone: it must be clear whose.
    let twice = "<item><name>CLIENT</name><value>01578367</value></item></row>";
    assert_eq!(code_of(asked(&plain.replace("</row>", twice))), None);
}

#[test]
fn the_phone_is_the_one_that_is_on() {
    let export = |state: &str, more: &str| {
        format!(
            "<ag:exportResponse><cardholderID>{HOLDER}</cardholderID>{state}{more}</ag:exportResponse>"
        )
    };
    let number = |state: &str, phone: &str| {
        format!("<Phone><state>{state}</state><msisdn>+{phone}</msisdn></Phone>")
    };
    let own =
        |state: &str| format!("<Card><state>{state}</state><pan>9860190101578366</pan></Card>");
    let asked = |body: &str| phone(read(&reply(200, body), "export")?, HOLDER, &pan());
    let (is_on, off) = ("<state>ON</state>", "<state>off</state>");
    let mine = number("on", "998977446066");
    let told = on();
    for (body, expected) in [
        (export(is_on, &mine), &told),
        (export("", &mine), &told),
        (export(is_on, &mine.replace("<state>on</state>", "")), &told),
        (
            export(is_on, &(number("off", "998000000000") + &mine)),
            &told,
        ),
        (export(is_on, &(own("on") + &mine)), &told),
        // Another card of the same owner.
        (
            export(
                is_on,
                &("<Card><state>off</state><pan>9860190000000116</pan></Card>".to_owned() + &mine),
            ),
            &told,
        ),
        (
            export(is_on, &(own("Off") + &mine)),
            &json!({"state": "off-card"}),
        ),
        (export(off, &mine), &json!({"state": "off"})),
        (
            export(is_on, &number("off", "998977446066")),
            &json!({"state": "off-phone"}),
        ),
        (export(is_on, ""), &json!({"state": "no-phone"})),
    ] {
        assert_eq!(asked(&body).as_ref(), Ok(expected), "{body}");
    }
    let exception = |code: &str| {
        fault(&format!(
            "<ag:AccessGatewayException><code>{code}</code><description>d</description></ag:AccessGatewayException>"
        ))
    };
    assert_eq!(asked(&exception("-1")), Ok(json!({"state": "no-customer"})));
    assert_eq!(
        code_of(asked(&exception("403"))),
        Some(ErrorCode::HumoAccessDenied)
    );
    assert_eq!(code_of(asked(&exception("909"))), None);
    assert_eq!(
        code_of(asked(&export(is_on, &mine).replace(HOLDER, "01578367-19"))),
        None
    );
}

#[test]
fn numbers_of_java_are_written_out() {
    for (told, read) in [
        ("1.0E9", "1000000000"),
        ("1.23456789E8", "123456789"),
        ("1E3", "1000"),
        ("-1.5E7", "-15000000"),
        ("1.2345E2", "1.2345E2"),
        ("1.0E-5", "1.0E-5"),
        ("1.0E99", "1.0E99"),
        ("BEK TEST", "BEK TEST"),
        ("E", "E"),
        ("500.00", "500.00"),
    ] {
        assert_eq!(plain(told), read);
    }
}
