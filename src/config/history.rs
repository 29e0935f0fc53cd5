//! `[history]`: how the operations of cards are fetched from the networks.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct History {
    /// The longest period of one call, in days; above it: -32350.
    pub max_days: i64,
    /// Seconds after which a day that can still change is fetched again.
    pub refresh_s: i64,
    /// Seconds for which a day can still change after it has ended.
    pub lag_s: i64,
    /// Milliseconds that a network has for one reply: the whole history of a card at HUMO, one page of it at SVGate.
    /// When the caller's time is over first, fetching continues for the next call.
    pub timeout_ms: u64,
    /// Operations per page at SVGate.
    pub page_size: u32,
}

impl Default for History {
    fn default() -> Self {
        Self {
            max_days: 92,
            refresh_s: 60,
            lag_s: 600,
            timeout_ms: 20_000,
            page_size: 100,
        }
    }
}
