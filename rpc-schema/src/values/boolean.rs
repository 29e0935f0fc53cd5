//! What is a boolean?

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::Value;

impl Value for bool {
    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(Rule::Boolean))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "Boolean", "type": "boolean" })
    }
}
