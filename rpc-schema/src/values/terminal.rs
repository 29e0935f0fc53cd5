//! How are merchants and terminals named?

use serde::Serialize;
use serde_json::value::RawValue;

use super::card_like::is_card_like;
use super::rule::{Rule, ValueFault};
use super::value::{Value, decode_string};
use crate::components::TerminalId;

/// The id of a merchant or of a terminal at a network. Any text will do, since only registered pairs are served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TerminalText(pub String);

impl Value for TerminalText {
    // A param says which of the two ids it is: `required TerminalText as MerchantId`.
    type Component = TerminalId;

    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        let text = decode_string(raw, Rule::Terminal)?;
        if is_card_like(&text) {
            return Err(ValueFault::Format(Rule::NoCardNumber));
        }
        // Only registered pairs are served, so the networks' own lengths need no check here.
        if (1..=64).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
            Ok(Self(text))
        } else {
            Err(ValueFault::Format(Rule::Terminal))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::test_decode::decode_text;

    #[test]
    fn terminals_are_short_and_printable() {
        for good in ["90001", "0040100000401CS", "ÖÄ", &"x".repeat(64)] {
            assert!(decode_text::<TerminalText>(good).is_ok(), "{good}");
        }
        for card in [
            "8600010132441332",
            "8600 0101 3244 1332",
            "4111-1111-1111-1111",
        ] {
            assert_eq!(
                decode_text::<TerminalText>(card),
                Err(ValueFault::Format(Rule::NoCardNumber)),
                "{card:?}"
            );
        }
        for bad in [&"x".repeat(65), "a\u{0}b", "a\n", "\u{7f}"] {
            assert_eq!(
                decode_text::<TerminalText>(bad),
                Err(ValueFault::Format(Rule::Terminal)),
                "{bad:?}"
            );
        }
    }
}
