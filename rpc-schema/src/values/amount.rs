//! What is an amount of money?

use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::Value;
use crate::components::component;

/// Money: a whole number of tiyin (1 UZS is 100 tiyin), above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Amount(i64);

impl Amount {
    /// Above zero, else `None`.
    #[must_use]
    pub fn new(tiyin: i64) -> Option<Self> {
        (tiyin > 0).then_some(Self(tiyin))
    }

    /// The number of tiyin.
    #[must_use]
    pub fn tiyin(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Value for Amount {
    type Component = Self;
    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        let tiyin =
            serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(Rule::Amount))?;
        Self::new(tiyin).ok_or(ValueFault::Format(Rule::Amount))
    }
}

component!(Amount as "Tiyin": { "type": "integer", "minimum": 1, "maximum": i64::MAX, "description": "Amount in tiyin (1 UZS is 100 tiyin).", "examples": [500_000] });

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::values::test_decode::decode;

    #[test]
    fn a_number_is_an_amount_only_as_a_whole_one_of_64_bits_above_zero() {
        for wrong in [
            "1.0",
            "1e3",
            "1E0",
            "0.5",
            "\"5\"",
            "true",
            "[1]",
            "{}",
            "9223372036854775808",
            "1e999",
            "-9223372036854775809",
        ] {
            let fault = ValueFault::WrongType(Rule::Amount);
            assert_eq!(decode::<Amount>(wrong), Err(fault), "{wrong}");
        }
        for too_small in ["0", "-1", "-9223372036854775808"] {
            let fault = ValueFault::Format(Rule::Amount);
            assert_eq!(decode::<Amount>(too_small), Err(fault), "{too_small}");
        }
        assert_eq!(decode::<Amount>("1").map(Amount::tiyin), Ok(1));
        assert_eq!(
            decode::<Amount>("9223372036854775807").map(Amount::tiyin),
            Ok(i64::MAX)
        );
    }

    proptest! {
        #[test]
        fn an_amount_is_every_number_above_zero(tiyin: i64) {
            let amount = Amount::new(tiyin);
            prop_assert_eq!(amount.map(Amount::tiyin), (tiyin > 0).then_some(tiyin));
            prop_assert_eq!(decode::<Amount>(&tiyin.to_string()).ok(), amount);
            if let Some(amount) = amount {
                prop_assert_eq!(amount.to_string(), tiyin.to_string());
                prop_assert_eq!(json!(amount), json!(tiyin));
            }
        }

        #[test]
        fn a_number_in_another_spelling_is_no_amount(tiyin in 1..i64::MAX, beyond in 1_u64 << 63..) {
            for text in [format!("{tiyin}.0"), format!("{tiyin}e0"), format!("\"{tiyin}\""), beyond.to_string()] {
                prop_assert_eq!(decode::<Amount>(&text), Err(ValueFault::WrongType(Rule::Amount)));
            }
        }
    }
}
