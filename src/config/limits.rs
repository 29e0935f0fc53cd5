//! `[limits]`: how often who may ask, and how often may be guessed.

use serde::Deserialize;
use validator::Validate;

#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Failed logins of a user name from one source within `login_window_s` that lock this pair out.
    #[validate(range(min = 3, max = 1_000_000))]
    pub login_failures: i32,
    /// Seconds within which failed logins count together.
    #[validate(range(min = 1, max = 86_400))]
    pub login_window_s: i64,
    /// Seconds for which a user name is refused from a source that failed too often.
    #[validate(range(min = 1, max = 86_400))]
    pub login_lock_s: i64,
    /// Failed logins of a source in a second, whatever the user names, after which it is refused unseen.
    #[validate(range(min = 3, max = 1_000_000))]
    pub source_failures_per_second: i32,
    /// The same within `login_window_s`.
    #[validate(range(min = 3, max = 1_000_000))]
    pub source_failures: i32,
    /// Calls about a card that may wait for its network at the same time. Without it: 4; in the sandbox profile 1000.
    #[validate(range(min = 1, max = 100_000))]
    pub card_calls_at_once: Option<usize>,
    /// Lost calls about a card in a row after which it is left alone for half a minute. Without it: 5; in the sandbox profile
    /// 1000.
    #[validate(range(min = 1, max = 100_000))]
    pub card_lost_calls: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            login_failures: 10,
            login_window_s: 600,
            login_lock_s: 1_800,
            source_failures_per_second: 20,
            source_failures: 300,
            card_calls_at_once: None,
            card_lost_calls: None,
        }
    }
}
