//! How does a partner name an operation?

use serde::Serialize;
use serde_json::value::RawValue;

use super::card_like::is_card_like;
use super::rule::{Rule, ValueFault};
use super::value::{Value, decode_string};
use crate::components::component;

/// The partner's own id of an operation: 1 to 64 of `A-Za-z0-9._:-`, unique per partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ExtId(String);

impl ExtId {
    /// 1 to 64 of `A-Za-z0-9._:-`, else `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        ((1..=64).contains(&text.len()) && text.bytes().all(allowed)).then(|| Self(text.to_owned()))
    }

    /// The id as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for ExtId {
    type Component = Self;
    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        let text = decode_string(raw, Rule::ExtId)?;
        if is_card_like(&text) {
            return Err(ValueFault::Format(Rule::NoCardNumber));
        }
        Self::parse(&text).ok_or(ValueFault::Format(Rule::ExtId))
    }
}

component!(ExtId as "ExtId": { "type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$", "description": "Your own id of the operation, unique among yours: a repeat with the same id never moves money twice. A number that looks like a card's is refused (-32401).", "examples": ["order-1042"] });

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::values::test_decode::decode_text;

    proptest! {
        #[test]
        fn an_ext_id_is_1_to_64_of_its_letters(text in "[A-Za-z._:][A-Za-z0-9._:-]{0,69}|") {
            let ext_id = decode_text::<ExtId>(&text);
            prop_assert_eq!(ext_id.is_ok(), (1..=64).contains(&text.len()));
            if let Ok(ext_id) = ext_id {
                prop_assert_eq!(ext_id.as_str(), text);
            }
        }

        #[test]
        fn a_card_number_is_no_ext_id(prefix in "8600|9860|6262", rest in "[0-9]{12}") {
            let fault = Err(ValueFault::Format(Rule::NoCardNumber));
            prop_assert_eq!(decode_text::<ExtId>(&format!("{prefix}{rest}")), fault);
        }

        #[test]
        fn up_to_twelve_digits_are_an_ext_id(digits in "[0-9]{1,12}") {
            prop_assert!(decode_text::<ExtId>(&digits).is_ok());
        }

        #[test]
        fn another_letter_is_not_in_an_ext_id(before in "[A-Za-z0-9._:-]{0,20}", letter in "[^A-Za-z0-9._:-]", after in "[A-Za-z0-9._:-]{0,20}") {
            let text = format!("{before}{letter}{after}");
            prop_assert_eq!(decode_text::<ExtId>(&text), Err(ValueFault::Format(Rule::ExtId)));
        }
    }
}
