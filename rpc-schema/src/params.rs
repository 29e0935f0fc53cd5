//! Takes the `params` of a call apart: the one mechanism behind all methods.
//!
//! serde stops at the first error in the caller's order, so the members are first sorted into the method's known
//! fields, undecoded, and only then decoded in the order in which the document lists them. The order of faults is that
//! of design section 1: unknown or duplicate members, then missing ones, then formats.

use std::fmt;

use schemars::{Schema, SchemaGenerator};
use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::errors::{ErrorCode, Family};
use crate::values::{Rule, Value, ValueFault};

/// One member of a method's params.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name on the wire.
    pub name: &'static str,
    /// Another name that the document uses for it.
    pub alias: Option<&'static str>,
    /// Whether it must be there.
    pub required: bool,
    /// The text that counts as missing, besides `null`.
    pub empty: Option<&'static str>,
    /// What it means, for the partner's developer.
    pub doc: &'static str,
    /// Its JSON Schema.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

/// The params of one method: its fields, and how they become values.
pub trait Params: Sized + Send {
    /// The fields in the document's order.
    const FIELDS: &'static [Field];

    /// Decodes taken-apart members, in the order of [`Params::FIELDS`].
    ///
    /// # Errors
    /// The first field whose value breaks its rule.
    fn decode(members: &Members<'_>) -> Result<Self, Fault>;

    /// Reads the `params` member of a call; `None` where it is missing or `null`.
    ///
    /// # Errors
    /// The first fault in the order of the design: unknown and duplicate members, missing ones, formats.
    fn read(params: Option<&RawValue>) -> Result<Self, Fault> {
        Self::decode(&Members::take_apart(params, Self::FIELDS)?)
    }
}

/// What is wrong with the params of a call. Holds no value that the caller sent, only names of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The member; `None` for the params as a whole.
    pub field: Option<String>,
    /// What is wrong with it.
    pub kind: FaultKind,
}

/// See [`Fault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// `params` is no object.
    NotByName,
    /// The method has no such member.
    Unknown,
    /// The member stands twice.
    Duplicate,
    /// A required member is absent, `null` or empty.
    Missing,
    /// There are no params at all, though the method requires some; the field is the first of these.
    ParamsMissing,
    /// The member's value breaks its rule.
    Value(ValueFault),
    /// Two members that exclude each other are both there.
    Exclusive,
}

impl Fault {
    /// The B family's code for this fault (design section 3).
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self.kind {
            FaultKind::Missing | FaultKind::ParamsMissing => ErrorCode::MissingParams,
            FaultKind::NotByName
            | FaultKind::Unknown
            | FaultKind::Duplicate
            | FaultKind::Exclusive => ErrorCode::InvalidInput,
            FaultKind::Value(ValueFault::WrongType(_)) => ErrorCode::InvalidInput,
            FaultKind::Value(ValueFault::Format(rule)) => match rule {
                Rule::Pan => ErrorCode::InvalidPan,
                Rule::Expiry => ErrorCode::InvalidExpiry,
                Rule::PhoneDigits | Rule::PhonePrefix => ErrorCode::InvalidPhone,
                Rule::Amount => ErrorCode::InvalidAmount,
                Rule::Uuid
                | Rule::Code
                | Rule::Network
                | Rule::Type
                | Rule::ExtId
                | Rule::Date
                | Rule::Range
                | Rule::Tokens => ErrorCode::InvalidInput,
            },
        }
    }

    /// `data.reason`, where the code alone does not tell what is wrong.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        match self.kind {
            FaultKind::NotByName => Some("params_by_name_only"),
            FaultKind::Unknown => Some("unknown_member"),
            FaultKind::Duplicate => Some("duplicate_member"),
            FaultKind::Exclusive => Some("exactly_one_of"),
            FaultKind::Missing | FaultKind::ParamsMissing => None,
            FaultKind::Value(ValueFault::WrongType(_)) => Some("wrong_type"),
            FaultKind::Value(ValueFault::Format(rule)) => match rule {
                Rule::Pan | Rule::Expiry | Rule::PhoneDigits | Rule::PhonePrefix | Rule::Amount => {
                    None
                }
                Rule::Uuid
                | Rule::Code
                | Rule::Network
                | Rule::Type
                | Rule::ExtId
                | Rule::Date
                | Rule::Range
                | Rule::Tokens => Some("bad_format"),
            },
        }
    }

    /// The A family's message: `Validation Error. Field: <path>, message: <text>` (document, "Привязка карт").
    #[must_use]
    pub fn attach_message(&self) -> String {
        let path = match &self.field {
            Some(field) if self.kind != FaultKind::ParamsMissing => format!("params.{field}"),
            Some(_) | None => "params".to_owned(),
        };
        attach_message(&path, self.attach_text())
    }

    fn attach_text(&self) -> &'static str {
        match self.kind {
            FaultKind::Missing | FaultKind::ParamsMissing => "Field must be not null",
            FaultKind::NotByName => "Accepts only object",
            FaultKind::Unknown => "Unknown field",
            FaultKind::Duplicate | FaultKind::Exclusive => "Duplicate field",
            FaultKind::Value(ValueFault::WrongType(rule) | ValueFault::Format(rule)) => {
                match rule {
                    Rule::Pan => "Must contain only digits. Allowed length 16 characters",
                    Rule::Expiry => "Only valid dates (yyMM)",
                    Rule::PhoneDigits => "Must contain only digits. Allowed length 12 characters",
                    Rule::PhonePrefix => "Number must start with 998",
                    Rule::Uuid => "Accepts only uuid",
                    Rule::Code => "Must contain only digits. Allowed length 6 characters",
                    Rule::Network => "Accepts only constants (UZCARD, HUMO)",
                    // No method of the A family has a field of these rules.
                    Rule::Amount
                    | Rule::Type
                    | Rule::ExtId
                    | Rule::Date
                    | Rule::Range
                    | Rule::Tokens => "Wrong type",
                }
            }
        }
    }
}

/// The text of the A family's code 4 for the field at `path`.
#[must_use]
pub fn attach_message(path: &str, text: &str) -> String {
    format!("Validation Error. Field: {path}, message: {text}")
}

/// The code that `family` gives a params fault.
#[must_use]
pub fn fault_code(fault: &Fault, family: Family) -> ErrorCode {
    match family {
        Family::Attach => ErrorCode::ValidationError,
        Family::Gateway => fault.code(),
    }
}

/// The members of `params`, sorted into the fields of a method and not yet decoded.
#[derive(Debug)]
pub struct Members<'a> {
    fields: &'static [Field],
    values: Vec<Option<&'a RawValue>>,
}

impl<'a> Members<'a> {
    fn take_apart(params: Option<&'a RawValue>, fields: &'static [Field]) -> Result<Self, Fault> {
        let mut members = Self {
            fields,
            values: vec![None; fields.len()],
        };
        match params.filter(|params| params.get() != "null") {
            Some(params) if params.get().starts_with('{') => members.sort(params)?,
            Some(_) => {
                return Err(Fault {
                    field: None,
                    kind: FaultKind::NotByName,
                });
            }
            None => {
                if let Some(first) = fields.iter().find(|field| field.required) {
                    return Err(Fault {
                        field: Some(first.name.to_owned()),
                        kind: FaultKind::ParamsMissing,
                    });
                }
            }
        }
        members.drop_empty();
        for (field, value) in fields.iter().zip(&members.values) {
            if field.required && value.is_none() {
                return Err(Fault {
                    field: Some(field.name.to_owned()),
                    kind: FaultKind::Missing,
                });
            }
        }
        Ok(members)
    }

    fn sort(&mut self, params: &'a RawValue) -> Result<(), Fault> {
        serde_json::Deserializer::from_str(params.get())
            .deserialize_map(Sorter { members: self })
            // The text was parsed as JSON before; what can still fail here is a name that is no Unicode text.
            .unwrap_or(Err(Fault {
                field: None,
                kind: FaultKind::Unknown,
            }))
    }

    /// Duplicates are found first, so that `{"amount": null, "amount": 1}` is one.
    fn drop_empty(&mut self) {
        for (field, value) in self.fields.iter().zip(&mut self.values) {
            let empty = |raw: &&RawValue| {
                let text = raw.get();
                text == "null"
                    || (field.required && field.empty.is_some_and(|empty| is_empty(text, empty)))
            };
            if value.as_ref().is_some_and(empty) {
                *value = None;
            }
        }
    }

    /// The value of the field at `index`, `None` where it is absent or `null`.
    ///
    /// # Errors
    /// The rule that the value breaks.
    pub fn get<V: Value>(&self, index: usize) -> Result<Option<V>, Fault> {
        let Some(raw) = self.values.get(index).copied().flatten() else {
            return Ok(None);
        };
        V::decode(raw)
            .map(Some)
            .map_err(|fault| self.fault(index, FaultKind::Value(fault)))
    }

    /// The value of the required field at `index`.
    ///
    /// # Errors
    /// The rule that the value breaks.
    pub fn require<V: Value>(&self, index: usize) -> Result<V, Fault> {
        self.get(index)?
            .ok_or_else(|| self.fault(index, FaultKind::Missing))
    }

    fn fault(&self, index: usize, kind: FaultKind) -> Fault {
        Fault {
            field: self.fields.get(index).map(|field| field.name.to_owned()),
            kind,
        }
    }

    fn put(&mut self, name: &str, value: &'a RawValue) -> Result<(), FaultKind> {
        let index = self
            .fields
            .iter()
            .position(|field| field.name == name || field.alias == Some(name));
        let slot = index
            .and_then(|index| self.values.get_mut(index))
            .ok_or(FaultKind::Unknown)?;
        match slot.replace(value) {
            Some(_) => Err(FaultKind::Duplicate),
            None => Ok(()),
        }
    }
}

/// Whether `text` is `""`, or an array of nothing, blanks inside it or not. Blanks inside a string are its value.
fn is_empty(text: &str, empty: &str) -> bool {
    match empty {
        "[]" => text.starts_with('[') && text.split_whitespace().collect::<String>() == empty,
        _ => text == empty,
    }
}

struct Sorter<'m, 'a> {
    members: &'m mut Members<'a>,
}

impl<'a> Visitor<'a> for Sorter<'_, 'a> {
    /// The outer error is serde's, the inner one ours.
    type Value = Result<(), Fault>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut first = Ok(());
        while let Some((name, value)) = map.next_entry::<Name<'a>, &'a RawValue>()? {
            if let (Ok(()), Err(kind)) = (&first, self.members.put(&name.0, value)) {
                first = Err(Fault {
                    field: Some(printable(&name.0)),
                    kind,
                });
            }
        }
        Ok(first)
    }
}

#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] std::borrow::Cow<'a, str>);

/// A member's name as it may be repeated in an error: short, and no place to smuggle a card number or a code into a log.
fn printable(name: &str) -> String {
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    let plain = (1..=40).contains(&name.len())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-.$".contains(c));
    if plain && digits < 6 {
        name.to_owned()
    } else {
        "?".to_owned()
    }
}

/// Defines the params of a method: one struct with its documentation, and from it the field table, the order of
/// faults and the JSON Schema.
///
/// Each field is written `rust_name "wireName" or "alias": need Type;`, `need` being `required`, `optional`
/// (`Option<Type>`) or `flag` (a boolean that is false when absent).
macro_rules! params {
    (
        $(#[doc = $struct_doc:literal])*
        $name:ident {
            $( $(#[doc = $doc:literal])* $field:ident $wire:literal $(or $alias:literal)? : $need:ident $type:ty; )*
        }
    ) => {
        $(#[doc = $struct_doc])*
        #[derive(Debug, Clone, serde::Serialize)]
        pub struct $name {
            $(
                $(#[doc = $doc])*
                #[serde(rename = $wire)]
                pub $field: params!(@member $need $type),
            )*
        }

        impl $crate::params::Params for $name {
            const FIELDS: &'static [$crate::params::Field] = &[
                $( $crate::params::Field {
                    name: $wire,
                    alias: params!(@alias $($alias)?),
                    required: params!(@required $need),
                    empty: <$type as $crate::values::Value>::EMPTY,
                    doc: concat!($($doc, "\n"),*),
                    schema: <$type as $crate::values::Value>::schema,
                }, )*
            ];

            fn decode(members: &$crate::params::Members<'_>) -> Result<Self, $crate::params::Fault> {
                let mut index = 0..;
                let mut next = || index.next().unwrap_or_default();
                // Fields of a struct expression are evaluated in the order in which they are written.
                Ok(Self { $( $field: params!(@decode $need members, next()), )* })
            }
        }
    };
    (@member required $type:ty) => { $type };
    (@member optional $type:ty) => { Option<$type> };
    (@member flag $type:ty) => { $type };
    (@required required) => { true };
    (@required optional) => { false };
    (@required flag) => { false };
    (@alias) => { None };
    (@alias $alias:literal) => { Some($alias) };
    (@decode required $members:expr, $index:expr) => { $members.require($index)? };
    (@decode optional $members:expr, $index:expr) => { $members.get($index)? };
    (@decode flag $members:expr, $index:expr) => { $members.get($index)?.unwrap_or(false) };
}
pub(crate) use params;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::methods::cards::{AttachConfirmParams, AttachParams};
    use crate::methods::discover::DiscoverParams;
    use crate::methods::transactions::{DebitParams, GetParams};

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
            // Nothing of these is required.
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
        // Half of a pair is no text.
        assert_eq!(
            fault::<AttachConfirmParams>(r#"{"\ud800":1}"#),
            Fault {
                field: None,
                kind: FaultKind::Unknown
            }
        );
    }

    #[test]
    fn only_nothing_is_empty() {
        for (text, empty, expected) in [
            (r#""""#, r#""""#, true),
            (r#"" ""#, r#""""#, false),
            ("[]", r#""""#, false),
            ("[]", "[]", true),
            ("[ \n]", "[]", true),
            (r#"[""]"#, "[]", false),
            (r#""[]""#, "[]", false),
        ] {
            assert_eq!(is_empty(text, empty), expected, "{text}");
        }
    }

    #[test]
    fn a_name_is_repeated_only_if_it_can_be_no_secret() {
        for name in ["x", "merchant_id", "PAN", "a.b-c$d", "pan2", "field12345"] {
            assert_eq!(printable(name), name);
        }
        let long = "x".repeat(41);
        for name in [
            "",
            "8600010132441332",
            "8600-0101-3244-1332",
            "code111111",
            "a b",
            "карта",
            "<b>",
            "a\n",
            &long,
        ] {
            assert_eq!(printable(name), "?", "{name}");
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
            (Rule::Expiry, InvalidExpiry, None, "Only valid dates (yyMM)"),
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
                Some("bad_format"),
                "Accepts only uuid",
            ),
            (
                Rule::Code,
                InvalidInput,
                Some("bad_format"),
                "Must contain only digits. Allowed length 6 characters",
            ),
            (
                Rule::Network,
                InvalidInput,
                Some("bad_format"),
                "Accepts only constants (UZCARD, HUMO)",
            ),
            (Rule::Type, InvalidInput, Some("bad_format"), "Wrong type"),
            (Rule::ExtId, InvalidInput, Some("bad_format"), "Wrong type"),
        ] {
            let message = format!("Validation Error. Field: params.x, message: {text}");
            let format = at("x", FaultKind::Value(ValueFault::Format(rule)));
            assert_eq!((format.code(), format.reason()), (code, reason), "{rule:?}");
            assert_eq!(format.attach_message(), message);
            let mistyped = at("x", FaultKind::Value(ValueFault::WrongType(rule)));
            assert_eq!(
                (mistyped.code(), mistyped.reason()),
                (InvalidInput, Some("wrong_type")),
                "{rule:?}"
            );
            assert_eq!(mistyped.attach_message(), message);
            assert_eq!(fault_code(&format, Family::Gateway), code);
            assert_eq!(
                fault_code(&format, Family::Attach),
                ErrorCode::ValidationError
            );
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
}
