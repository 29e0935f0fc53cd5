//! How does a partner name an operation?

use serde::Serialize;
use serde_json::value::RawValue;

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
        Self::parse(&decode_string(raw, Rule::ExtId)?).ok_or(ValueFault::Format(Rule::ExtId))
    }
}

component!(ExtId as "ExtId": { "type": "string", "pattern": "^[A-Za-z0-9._:-]{1,64}$", "description": "Your own id of the operation, unique among yours: a repeat with the same id never moves money twice.", "examples": ["order-1042"] });

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::values::test_decode::decode_text;

    proptest! {
        #[test]
        fn an_ext_id_is_1_to_64_of_its_letters(text in "[A-Za-z0-9._:-]{0,70}") {
            let ext_id = decode_text::<ExtId>(&text);
            prop_assert_eq!(ext_id.is_ok(), (1..=64).contains(&text.len()));
            if let Ok(ext_id) = ext_id {
                prop_assert_eq!(ext_id.as_str(), text);
            }
        }

        #[test]
        fn another_letter_is_not_in_an_ext_id(before in "[A-Za-z0-9._:-]{0,20}", letter in "[^A-Za-z0-9._:-]", after in "[A-Za-z0-9._:-]{0,20}") {
            let text = format!("{before}{letter}{after}");
            prop_assert_eq!(decode_text::<ExtId>(&text), Err(ValueFault::Format(Rule::ExtId)));
        }
    }
}
