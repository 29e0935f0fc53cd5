//! How is a transaction numbered?

use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::Value;
use crate::components;

/// The number of a transaction, as an earlier call returned it.
pub type TransactionId = i64;

impl Value for TransactionId {
    type Component = components::TransactionId;

    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(Rule::Type))
    }
}
