//! How is a transaction numbered?

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::Value;

/// The number of a transaction, as an earlier call returned it.
pub type TransactionId = i64;

impl Value for TransactionId {
    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(Rule::WholeNumber))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "title": "TransactionId", "type": "integer", "description": "The number of the transaction.", "examples": [2_557_767] })
    }
}
