//! What is a UUID?

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::rule::{Rule, ValueFault};
use super::value::{Value, decode_string};

impl Value for Uuid {
    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        let text = decode_string(raw, Rule::Uuid)?;
        Self::try_parse(&text).map_err(|_| ValueFault::Format(Rule::Uuid))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "Uuid", "type": "string", "format": "uuid", "description": "A UUID.", "examples": ["87a490f5-831e-4751-86c0-008fc3dfe695"] })
    }
}
