//! What is a phone number?

use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::{Value, decode_string, is_digits};
use crate::components::component;

/// A phone: `998` and nine digits.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// `998` and nine digits, else `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (is_digits(text, 12) && text.starts_with("998")).then(|| Self(text.to_owned()))
    }

    /// The twelve digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    fn decode_digits(text: &str) -> Result<Self, ValueFault> {
        if !is_digits(text, 12) {
            return Err(ValueFault::Format(Rule::PhoneDigits));
        }
        Self::parse(text).ok_or(ValueFault::Format(Rule::PhonePrefix))
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "998*******{}", self.0.get(10..).unwrap_or_default())
    }
}

impl Value for Phone {
    type Component = Self;
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::decode_digits(&decode_string(raw, Rule::PhoneDigits)?)
    }
}

component!(Phone as "Phone": { "type": "string", "pattern": "^998[0-9]{9}$", "description": "Phone: `998` and nine digits.", "examples": ["998901234567"] });

/// A phone that may begin with `+`, as `cards.add` documents it: `+998` and nine digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct PlusPhone(pub Phone);

impl Value for PlusPhone {
    type Component = Self;
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        let text = decode_string(raw, Rule::PhoneDigits)?;
        Phone::decode_digits(text.strip_prefix('+').unwrap_or(&text)).map(Self)
    }
}

component!(PlusPhone as "PlusPhone": { "type": "string", "pattern": "^\\+?998[0-9]{9}$", "description": "Phone: `998` and nine digits, with or without a leading `+`.", "examples": ["+998901234567"] });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::test_decode::decode_text;

    #[test]
    fn phones_are_998_and_nine_digits_with_a_plus_where_it_is_documented() {
        let digits = ValueFault::Format(Rule::PhoneDigits);
        let prefix = ValueFault::Format(Rule::PhonePrefix);
        let bare = |phone: PlusPhone| phone.0;
        for (text, plain, with_plus) in [
            ("998901234567", None, None),
            ("+998901234567", Some(digits), None),
            ("997901234567", Some(prefix), Some(prefix)),
            ("+997901234567", Some(digits), Some(prefix)),
            ("++998901234567", Some(digits), Some(digits)),
            ("9989012345678", Some(digits), Some(digits)),
            ("99890123456", Some(digits), Some(digits)),
            ("99890123456x", Some(digits), Some(digits)),
            ("99890123456７", Some(digits), Some(digits)),
        ] {
            assert_eq!(decode_text::<Phone>(text).err(), plain, "{text}");
            assert_eq!(
                decode_text::<PlusPhone>(text).map(bare).err(),
                with_plus,
                "{text}"
            );
        }
        let with_plus = decode_text::<PlusPhone>("+998901234567").unwrap();
        assert_eq!(with_plus, decode_text("998901234567").unwrap());
        assert_eq!(with_plus.0.digits(), "998901234567");
    }

    #[test]
    fn a_phone_shows_only_its_ends() {
        let phone = Phone::parse("998901234567").unwrap();
        assert_eq!(format!("{phone:?}"), "998*******67");
    }
}
