//! Params are read in their order, and no text surprises the reader.

use proptest::prelude::*;
use serde_json::value::RawValue;

use super::*;
use crate::errors::ErrorCode;
use crate::methods::cards::{AttachConfirmParams, AttachParams};
use crate::methods::discover::DiscoverParams;
use crate::methods::p2p::TransferParams;
use crate::methods::transactions::{DebitParams, DebitReverseParams, GetParams};
use crate::values::{Rule, ValueFault};

const DEBIT: &str = r#"{"token":"t","amount":5,"merchantId":"m","terminalId":"t"}"#;

fn read<P: Params>(text: &str) -> Result<P, Fault> {
    P::read(Some(&RawValue::from_string(text.to_owned()).unwrap()))
}

fn fault<P: Params>(text: &str) -> Fault {
    read::<P>(text)
        .err()
        .unwrap_or_else(|| panic!("{text} has no fault"))
}

fn at(field: &str, kind: FaultKind) -> Fault {
    Fault {
        field: Some(field.to_owned()),
        kind,
    }
}

#[test]
fn absent_members_have_their_defaults() {
    let debit = read::<DebitParams>(DEBIT).unwrap();
    assert_eq!(debit.amount.tiyin(), 5);
    assert_eq!(
        (debit.is_hold, debit.force_sms_confirmation, debit.ext_id),
        (false, false, None)
    );
}

#[test]
fn the_members_that_were_sent_are_told() {
    for (more, expected) in [
        ("", &["token", "amount", "merchantId", "terminalId"][..]),
        (
            r#","extId":null,"is_hold":false"#,
            &["token", "amount", "merchantId", "terminalId", "is_hold"],
        ),
    ] {
        let text = DEBIT.replace('}', &format!("{more}}}"));
        let raw = RawValue::from_string(text).unwrap();
        let (_, sent) = DebitParams::read_sent(Some(&raw)).unwrap();
        assert_eq!(sent, expected);
    }
}

#[test]
fn a_call_without_params_names_the_first_required_member() {
    for params in [None, Some("null")] {
        let raw = params.map(|text| RawValue::from_string(text.to_owned()).unwrap());
        let missing = DebitParams::read(raw.as_deref()).unwrap_err();
        assert_eq!(missing, at("token", FaultKind::ParamsMissing));
        assert_eq!(missing.code(), ErrorCode::MissingParams);
        let missing = AttachParams::read(raw.as_deref()).unwrap_err();
        assert_eq!(
            missing.attach_message(),
            "Validation Error. Field: params, message: Field must be not null"
        );
        // These methods require nothing.
        assert!(GetParams::read(raw.as_deref()).is_ok());
        assert!(DiscoverParams::read(raw.as_deref()).is_ok());
    }
    assert_eq!(fault::<DebitParams>("{}"), at("token", FaultKind::Missing));
}

#[test]
fn params_are_by_name() {
    for text in ["[]", "[1]", "1", "\"x\"", "true"] {
        let by_position = fault::<DebitParams>(text);
        assert_eq!(
            by_position,
            Fault {
                field: None,
                kind: FaultKind::NotByName
            }
        );
        assert_eq!(
            by_position.attach_message(),
            "Validation Error. Field: params, message: Accepts only object"
        );
    }
}

#[test]
fn faults_are_told_in_their_order() {
    let wrong = FaultKind::Value(ValueFault::WrongType(Rule::Amount));
    let below = FaultKind::Value(ValueFault::Format(Rule::Amount));
    for (params, expected) in [
        // Unknown and duplicate members first, as they come.
        (
            r#"{"x":1,"token":"t","token":"t"}"#,
            at("x", FaultKind::Unknown),
        ),
        (
            r#"{"token":"t","token":"t","x":1}"#,
            at("token", FaultKind::Duplicate),
        ),
        (
            r#"{"amount":null,"amount":1}"#,
            at("amount", FaultKind::Duplicate),
        ),
        (r#"{"amount":"","x":1}"#, at("x", FaultKind::Unknown)),
        // Then missing ones, then the others, in the document's order.
        (
            r#"{"terminalId":"","amount":0}"#,
            at("token", FaultKind::Missing),
        ),
        (
            r#"{"terminalId":"","amount":0,"merchantId":"m","token":"t"}"#,
            at("terminalId", FaultKind::Missing),
        ),
        (
            r#"{"terminalId":1,"amount":0,"merchantId":"m","token":"t"}"#,
            at("amount", below),
        ),
        (
            r#"{"is_hold":1,"terminalId":1,"amount":1.0,"merchantId":1,"token":"t"}"#,
            at("amount", wrong),
        ),
    ] {
        assert_eq!(fault::<DebitParams>(params), expected, "{params}");
    }
}

#[test]
fn names_are_compared_as_texts() {
    let escaped = r#"{"c\u0061rdId":"x","otpCode":"x"}"#;
    let no_uuid = FaultKind::Value(ValueFault::Format(Rule::Uuid));
    assert_eq!(fault::<AttachConfirmParams>(escaped), at("cardId", no_uuid));
    // Half of a surrogate pair is not text.
    assert_eq!(
        fault::<AttachConfirmParams>(r#"{"\ud800":1}"#),
        Fault {
            field: None,
            kind: FaultKind::Unknown
        }
    );
}

#[test]
fn a_param_may_be_required_by_another_one() {
    let missing = at("extId", FaultKind::Missing);
    for params in [
        r#"{"transactionId":7,"amount":5}"#,
        r#"{"transactionId":7,"amount":5,"extId":null}"#,
        r#"{"amount":"five","transactionId":"x"}"#,
    ] {
        assert_eq!(fault::<DebitReverseParams>(params), missing, "{params}");
    }
    assert_eq!(
        fault::<DebitReverseParams>(r#"{"amount":5}"#),
        at("transactionId", FaultKind::Missing)
    );
    for params in [
        r#"{"transactionId":7}"#,
        r#"{"transactionId":7,"amount":null}"#,
        r#"{"transactionId":7,"extId":"a"}"#,
        r#"{"transactionId":7,"amount":5,"extId":"a"}"#,
    ] {
        assert!(read::<DebitReverseParams>(params).is_ok(), "{params}");
    }
}

fn transfer_from(sender: &str) -> String {
    let params = r#"{"token":"t","pan":"8600010132441332","expiry":"3012","amount":5,"sender":"#;
    format!("{params}{sender}}}")
}

#[test]
fn an_object_is_read_as_params_are_and_a_fault_has_its_path() {
    let wrong_type = FaultKind::Value(ValueFault::WrongType(Rule::Object));
    for (sender, expected) in [
        ("7", at("sender", wrong_type)),
        ("[]", at("sender", wrong_type)),
        (r#"{"\ud800":1}"#, at("sender", FaultKind::Unknown)),
        (r#"{"x":1}"#, at("sender.x", FaultKind::Unknown)),
        ("{}", at("sender.firstName", FaultKind::Missing)),
        (
            r#"{"firstName":"A","firstName":"A"}"#,
            at("sender.firstName", FaultKind::Duplicate),
        ),
    ] {
        assert_eq!(
            fault::<TransferParams>(&transfer_from(sender)),
            expected,
            "{sender}"
        );
    }
    let none = read::<TransferParams>(&transfer_from("null")).unwrap();
    assert!(none.sender.is_none());
}

#[test]
fn a_person_is_not_shown() {
    let sender = r#"{"firstName":"Canary","lastName":"Canary","birthDate":"1990-02-01","pinfl":"30102901234567",
        "documentType":"006","documentNumber":"AA1234567","documentValidTo":"2035-12-31"}"#;
    let params = read::<TransferParams>(&transfer_from(sender)).unwrap();
    let shown = format!("{params:?}");
    assert!(shown.contains("TransferSender(***)"), "{shown}");
    for secret in ["Canary", "1990", "30102901234567", "AA1234567", "2035"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// JSON texts, good and bad, for any member; the long ones can be recognised in a fault.
fn any_value() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        Just(r#""""#.to_owned()),
        Just("true".to_owned()),
        Just("[]".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        "[1-9][0-9]{0,25}(\\.[0-9]{1,3})?".prop_map(|number| number),
        "[A-Za-z0-9]{9,40}".prop_map(|text| format!("\"{text}\"")),
    ]
}

/// Some of the members of `transactions.debit` and one that it does not have, with any values, in any order.
fn any_members() -> impl Strategy<Value = Vec<(String, String)>> {
    let names: Vec<String> = DebitParams::FIELDS
        .iter()
        .map(|field| field.name.to_owned())
        .collect();
    let count = names.len();
    (
        prop::sample::subsequence(names, 0..=count),
        prop::bool::weighted(0.1),
    )
        .prop_flat_map(|(mut names, with_unknown)| {
            if with_unknown {
                names.push("unknown".to_owned());
            }
            let values = prop::collection::vec(any_value(), names.len());
            values
                .prop_map(move |values| names.iter().cloned().zip(values).collect::<Vec<_>>())
                .prop_shuffle()
        })
}

fn object(members: &[(String, String)]) -> String {
    let members: Vec<String> = members
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

proptest! {
    #[test]
    fn the_callers_order_does_not_matter(members in any_members(), turn in 0_usize..8) {
        let mut turned = members.clone();
        turned.rotate_left(turn.min(members.len()));
        let (one, other) = (read::<DebitParams>(&object(&members)), read::<DebitParams>(&object(&turned)));
        match (one, other) {
            (Ok(one), Ok(other)) => prop_assert_eq!(serde_json::to_value(one).unwrap(), serde_json::to_value(other).unwrap()),
            (one, other) => prop_assert_eq!(one.err(), other.err()),
        }
    }

    #[test]
    fn a_fault_repeats_no_value(members in any_members()) {
        if let Err(fault) = read::<DebitParams>(&object(&members)) {
            let told = format!("{fault:?} {} {:?}", fault.attach_message(), fault.reason());
            for (_, value) in members.iter().filter(|(_, value)| value.len() > 6) {
                prop_assert!(!told.contains(value.trim_matches('"')), "{}", told);
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,30}", name in "\\PC{0,12}") {
        let value = serde_json::Value::from(text).to_string();
        let name = serde_json::Value::from(name).to_string();
        let _ = read::<AttachParams>(&format!("{{{name}:{value},\"pan\":{value},{name}:null}}"));
    }
}
