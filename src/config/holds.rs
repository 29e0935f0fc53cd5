//! `[holds]`: how long money stays held.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Holds {
    /// Minutes until a hold expires, at most 30 days. The networks end it to the minute.
    pub lifetime_minutes: i64,
    /// Milliseconds between two searches for expired holds.
    pub release_period_ms: u64,
}

impl Default for Holds {
    fn default() -> Self {
        Self {
            lifetime_minutes: 7 * 24 * 60,
            release_period_ms: 20_000,
        }
    }
}
