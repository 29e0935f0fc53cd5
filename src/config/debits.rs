//! `[debits]`: how much may be debited at once.

use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::fault::fault;

#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
#[validate(schema(function = "limits_are_in_order"))]
pub struct Debits {
    /// The smallest amount in tiyin; below it: -32328.
    pub min_amount: i64,
    /// The largest amount in tiyin; above it: -32329.
    pub max_amount: i64,
}

impl Default for Debits {
    fn default() -> Self {
        // One tiyin to a billion UZS: the banks' own limits are far lower.
        Self {
            min_amount: 1,
            max_amount: 100_000_000_000,
        }
    }
}

fn limits_are_in_order(debits: &Debits) -> Result<(), ValidationError> {
    if debits.max_amount < debits.min_amount {
        return Err(fault(
            "max_amount",
            "must not be below debits.min_amount; raise it or lower the other",
        ));
    }
    Ok(())
}
