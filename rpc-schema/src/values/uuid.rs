//! What is a UUID?

use serde_json::value::RawValue;
use uuid::Uuid;

use super::rule::{Rule, ValueFault};
use super::value::{Value, decode_string};
use crate::components::CardId;

impl Value for Uuid {
    // The only UUIDs among the params are ids of cards that are being attached.
    type Component = CardId;

    const EMPTY: Option<&'static str> = Some("\"\"");

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        let text = decode_string(raw, Rule::Uuid)?;
        Self::try_parse(&text).map_err(|_| ValueFault::Format(Rule::Uuid))
    }
}
