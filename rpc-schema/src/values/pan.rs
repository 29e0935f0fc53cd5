//! What is a card number, and how is it masked?

use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::{Value, decode_string, is_digits};
use crate::components::component;

/// A card number: sixteen digits. `Debug` shows it masked; only [`Pan::digits`] gives the whole number.
///
/// There is no Luhn check: a documented sample fails it (docs/contract.md#how-the-documents-are-read).
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Pan(String);

impl Pan {
    /// Sixteen digits, else `None`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_digits(text, 16).then(|| Self(text.to_owned()))
    }

    /// The whole number: only for the networks, the vault and partners with the permission `pan.read`.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// Mask of card results: `986019*****8366` (document, `cards.add-confirm`).
    #[must_use]
    pub fn mask(&self) -> String {
        self.masked("*****")
    }

    /// Mask of operations: `986019***8366` (document, `cards.monitoring`).
    #[must_use]
    pub fn short_mask(&self) -> String {
        self.masked("***")
    }

    fn masked(&self, stars: &str) -> String {
        let head = self.0.get(..6).unwrap_or_default();
        let tail = self.0.get(12..).unwrap_or_default();
        format!("{head}{stars}{tail}")
    }
}

impl fmt::Debug for Pan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.mask())
    }
}

impl Value for Pan {
    type Component = Self;
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        Self::parse(&decode_string(raw, Rule::Pan)?).ok_or(ValueFault::Format(Rule::Pan))
    }
}

component!(Pan as "Pan": { "type": "string", "pattern": "^[0-9]{16}$", "description": "Card number, 16 digits.", "examples": ["8600010132441332"] });

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::values::test_decode::decode_text;

    #[test]
    fn the_documented_masks() {
        let pan = Pan::parse("9860190101578366").unwrap();
        assert_eq!(pan.mask(), "986019*****8366");
        assert_eq!(pan.short_mask(), "986019***8366");
        assert_eq!(format!("{pan:?}"), "986019*****8366");
    }

    proptest! {
        #[test]
        fn a_mask_shows_the_first_six_and_the_last_four_digits(digits in "[0-9]{16}") {
            let pan = decode_text::<Pan>(&digits).unwrap();
            prop_assert_eq!(pan.digits(), &digits);
            prop_assert_eq!(pan.mask(), format!("{}*****{}", &digits[..6], &digits[12..]));
            prop_assert_eq!(pan.short_mask(), format!("{}***{}", &digits[..6], &digits[12..]));
            prop_assert_eq!(format!("{pan:?}"), pan.mask());
        }

        #[test]
        fn nothing_but_sixteen_digits_is_a_card_number(text in "[0-9]{0,15}|[0-9]{17,20}|[0-9]{8}[^0-9][0-9]{7}|\\PC{16}") {
            let good = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit());
            prop_assert_eq!(Pan::parse(&text).is_some(), good);
        }
    }
}
