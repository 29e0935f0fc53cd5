//! How is an operation of the history named?

use serde::Serialize;
use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::{Value, decode_string};
use crate::components::component;

/// The `_id` of an operation. A malformed id belongs to no operation, as with a card's token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OperationId(String);

impl OperationId {
    /// The id, if it has the form of one: 24 hexadecimal digits.
    #[must_use]
    pub fn digits(&self) -> Option<&str> {
        let hexadecimal = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (self.0.len() == 24 && self.0.bytes().all(hexadecimal)).then_some(&self.0)
    }
}

impl Value for OperationId {
    type Component = Self;
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        decode_string(raw, Rule::Type).map(Self)
    }
}

component!(OperationId as "OperationId": { "type": "string", "description": "The `_id` of an operation, from `cards.monitoring`.", "examples": ["64ec7acc25b4c526e83d0720"] });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::test_decode::decode_text;

    #[test]
    fn an_operation_id_is_24_hexadecimal_digits() {
        let digits = |text: &str| decode_text::<OperationId>(text).unwrap().digits().is_some();
        assert!(digits("64ec7acc25b4c526e83d0720"));
        for malformed in [
            "64ec7acc25b4c526e83d072",
            "64EC7ACC25B4C526E83D0720",
            "64ec7acc25b4c526e83d072g",
        ] {
            assert!(!digits(malformed), "{malformed}");
        }
    }
}
