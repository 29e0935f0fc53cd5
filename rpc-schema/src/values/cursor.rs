//! How does a partner go on in a list?

use serde::Serialize;
use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::{Value, decode_string};
use crate::components::component;

/// The `next` of an earlier page: 1 to 200 of `A-Za-z0-9_-`. What it means is the gateway's own business.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// The cursor as sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Value for Cursor {
    type Component = Self;
    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        let text = decode_string(raw, Rule::Cursor)?;
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        if (1..=200).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text))
        } else {
            Err(ValueFault::Format(Rule::Cursor))
        }
    }
}

component!(Cursor as "Cursor": { "type": "string", "pattern": "^[A-Za-z0-9_-]{1,200}$", "description": "Where a page begins: the `next` of the page before, unchanged. What is in it is the gateway's own business.", "examples": ["AQAAAYijTq8VAAAAAAAnBmfO2xJ9Qmv6Wg"] });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::test_decode::{decode, decode_text};

    #[test]
    fn a_cursor_is_1_to_200_of_its_letters() {
        let longest = "x".repeat(200);
        for text in ["A", "a-b_9", longest.as_str()] {
            assert_eq!(decode_text::<Cursor>(text).unwrap().as_str(), text);
        }
        let too_long = "x".repeat(201);
        for text in ["", "a b", "a=", "a+", "a/", "ж", too_long.as_str()] {
            let fault = Err(ValueFault::Format(Rule::Cursor));
            assert_eq!(decode_text::<Cursor>(text), fault, "{text}");
        }
        let fault = Err(ValueFault::WrongType(Rule::Cursor));
        assert_eq!(decode::<Cursor>("1"), fault);
    }
}
