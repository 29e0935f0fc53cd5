//! Is this one of the words that are allowed?

use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::decode_string;

/// Reads one of the words of an enum.
///
/// # Errors
/// Another type, or another word.
pub(crate) fn decode_choice<T: DeserializeOwned>(raw: &RawValue) -> Result<T, ValueFault> {
    let word = decode_string(raw, Rule::Choice)?;
    serde_json::from_value(Json::String(word)).map_err(|_| ValueFault::Format(Rule::Choice))
}
