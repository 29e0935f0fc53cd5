//! The settings, in the units in which they are used.

use crate::domain::address::Reachable;

/// See the module.
#[derive(Debug, Clone)]
pub struct Rules {
    pub allow_http: bool,
    pub reachable: Reachable,
    /// Milliseconds for one try.
    pub timeout_ms: u32,
    /// Milliseconds for which settled events are kept.
    pub keep_ms: i64,
}
