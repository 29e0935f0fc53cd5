//! `[audit]`: the audit log.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audit {
    /// Milliseconds between two rows that name where the chains end, which are logged too.
    pub anchor_period_ms: u64,
    /// How many rows may wait to be written. A call that moves money keeps two places until it is answered, one that is
    /// about a card one; where there is no place, it is refused with -32343.
    pub queue_rows: u32,
}

impl Default for Audit {
    fn default() -> Self {
        Self {
            anchor_period_ms: 60_000,
            queue_rows: 8_192,
        }
    }
}
