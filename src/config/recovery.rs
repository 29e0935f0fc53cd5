//! `[recovery]`: how calls with an unknown outcome are looked up.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Recovery {
    /// Milliseconds between two searches for calls that are due for a look-up.
    pub period_ms: u64,
    /// Milliseconds that a call may need beyond the longer of the networks' time-outs, from its intent to the record of
    /// its outcome. After both together, recovery takes its process to be dead.
    pub lease_margin_ms: u64,
    /// Milliseconds by which the clocks of the gateways on one database may differ.
    pub clock_skew_ms: u32,
}

impl Default for Recovery {
    fn default() -> Self {
        Self {
            period_ms: 1_000,
            lease_margin_ms: 15_000,
            clock_skew_ms: 10_000,
        }
    }
}
