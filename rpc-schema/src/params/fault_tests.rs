//! Every rule has its code, reason and text.

use super::*;
use crate::errors::ErrorCode;
use crate::hint::Hint;
use crate::reason::Reason;
use crate::values::{Rule, ValueFault};

fn at(field: &str, kind: FaultKind) -> Fault {
    Fault {
        field: Some(field.to_owned()),
        kind,
    }
}

/// Every rule, with the code and reason of the B family and the text of the A family.
#[test]
fn each_rule_has_its_code_and_its_text() {
    use ErrorCode::{InvalidAmount, InvalidExpiry, InvalidInput, InvalidPan, InvalidPhone};
    for (rule, code, reason, text) in [
        (
            Rule::Pan,
            InvalidPan,
            None,
            "Must contain only digits. Allowed length 16 characters",
        ),
        (
            Rule::ExpiryYymm,
            InvalidExpiry,
            None,
            "Only valid dates (yyMM)",
        ),
        (
            Rule::ExpiryMmyy,
            InvalidExpiry,
            None,
            "Only valid dates (yyMM)",
        ),
        (
            Rule::PhoneDigits,
            InvalidPhone,
            None,
            "Must contain only digits. Allowed length 12 characters",
        ),
        (
            Rule::PhonePrefix,
            InvalidPhone,
            None,
            "Number must start with 998",
        ),
        (Rule::Amount, InvalidAmount, None, "Wrong type"),
        (
            Rule::Uuid,
            InvalidInput,
            Some(Reason::BadFormat),
            "Accepts only uuid",
        ),
        (
            Rule::Code,
            InvalidInput,
            Some(Reason::BadFormat),
            "Must contain only digits. Allowed length 6 characters",
        ),
        (
            Rule::Network,
            InvalidInput,
            Some(Reason::BadFormat),
            "Accepts only constants (UZCARD, HUMO)",
        ),
        (
            Rule::Terminal,
            InvalidInput,
            Some(Reason::BadFormat),
            "Wrong type",
        ),
        (
            Rule::ExtId,
            InvalidInput,
            Some(Reason::BadFormat),
            "Wrong type",
        ),
        (
            Rule::NoCardNumber,
            InvalidInput,
            Some(Reason::BadFormat),
            "Wrong type",
        ),
    ] {
        let message = format!("Validation Error. Field: params.x, message: {text}");
        let format = at("x", FaultKind::Value(ValueFault::Format(rule)));
        assert_eq!((format.code(), format.reason()), (code, reason), "{rule:?}");
        assert_eq!(format.attach_message(), message);
        assert_eq!(format.hint(), Some(Hint::Rule(rule)));
        let mistyped = at("x", FaultKind::Value(ValueFault::WrongType(rule)));
        assert_eq!(
            (mistyped.code(), mistyped.reason()),
            (InvalidInput, Some(Reason::WrongType)),
            "{rule:?}"
        );
        assert_eq!(mistyped.attach_message(), message);
    }
}
