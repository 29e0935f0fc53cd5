//! Values from JSON texts, for the tests.

use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::rule::ValueFault;
use super::value::Value;

/// The value of a JSON text.
pub(super) fn decode<V: Value>(text: &str) -> Result<V, ValueFault> {
    V::decode(&RawValue::from_string(text.to_owned()).unwrap())
}

/// The value of a JSON string with this content.
pub(super) fn decode_text<V: Value>(text: &str) -> Result<V, ValueFault> {
    decode(&Json::from(text).to_string())
}
