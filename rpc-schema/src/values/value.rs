//! How does a member of `params` become a value?

use schemars::JsonSchema;
use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};

/// A value that can be a member of `params`.
pub trait Value: Sized {
    /// The component of the OpenRPC document that describes the value.
    type Component: JsonSchema;

    /// The JSON text, without blanks, that counts as missing in a required member, as `null` does.
    const EMPTY: Option<&'static str>;

    /// Reads the value from its JSON text.
    ///
    /// # Errors
    /// The rule that the text breaks. The text itself is never repeated.
    fn decode(raw: &RawValue) -> Result<Self, ValueFault>;
}

/// The string of a JSON text.
///
/// # Errors
/// The text is not a string.
pub(super) fn decode_string(raw: &RawValue, rule: Rule) -> Result<String, ValueFault> {
    serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(rule))
}

/// Whether `text` is exactly `length` ASCII digits.
pub(super) fn is_digits(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit())
}
