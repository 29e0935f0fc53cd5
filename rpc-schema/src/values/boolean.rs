//! What is a boolean?

use serde_json::value::RawValue;

use super::rule::{Rule, ValueFault};
use super::value::Value;
use crate::components::Flag;

impl Value for bool {
    type Component = Flag;

    const EMPTY: Option<&'static str> = None;

    fn decode(raw: &RawValue) -> Result<Self, ValueFault> {
        serde_json::from_str(raw.get()).map_err(|_| ValueFault::WrongType(Rule::Type))
    }
}
