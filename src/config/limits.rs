//! `[limits]`: how often who may ask, and how often may be guessed.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Failed logins of a user name from one source within `login_window_s` that lock this pair out.
    pub login_failures: i32,
    /// Seconds within which failed logins count together.
    pub login_window_s: i64,
    /// Seconds for which a user name is refused from a source that failed too often.
    pub login_lock_s: i64,
    /// Failed logins of a source in a second, whatever the user names, after which it is refused unseen.
    pub source_failures_per_second: i32,
    /// The same within `login_window_s`.
    pub source_failures: i32,
    /// Calls about a card that may wait for its network at the same time. Without it: 4; in the sandbox profile 1000.
    pub card_calls_at_once: Option<usize>,
    /// Lost calls about a card in a row after which it is left alone for half a minute. Without it: 5; in the sandbox profile
    /// 1000.
    pub card_lost_calls: Option<u32>,
    /// Calls of a partner in a second, over all gateways; each call of a batch counts. Without it: 100; in the sandbox profile without bounds.
    pub calls_per_second: Option<i64>,
    /// Calls of a partner that run at the same time at a gateway. Without it: 200; in the sandbox profile without bounds.
    pub calls_at_once: Option<i64>,
    /// Refused attachments of a card for one partner in an hour. Without it: 3; in the sandbox profile without bounds.
    pub refused_attachments_per_hour: Option<i64>,
    /// The same for all partners together. Without it: 10; in the sandbox profile without bounds.
    pub refused_attachments_of_all_per_hour: Option<i64>,
    /// Codes to a phone in ten minutes, over all partners. Without it: 3; in the sandbox profile without bounds.
    pub codes_per_10_minutes: Option<i64>,
    /// Codes to a phone in a day, over all partners. Without it: 10; in the sandbox profile without bounds.
    pub codes_per_day: Option<i64>,
    /// Wrong tries of the codes of a phone in an hour, over all partners and codes. Without it: 10; in the sandbox profile without bounds.
    pub wrong_codes_per_hour: Option<i64>,
    /// `p2p.recipient-info` of a partner in a minute. Without it: 30; in the sandbox profile without bounds.
    pub recipients_per_minute: Option<i64>,
    /// `p2p.recipient-info` about a card in an hour, over all partners. Without it: 10; in the sandbox profile without bounds.
    pub recipients_of_card_per_hour: Option<i64>,
    /// `cards.monitoring` of a partner in ten seconds. Without it: 10; in the sandbox profile without bounds.
    pub monitoring_per_10_seconds: Option<i64>,
    /// Debits, holds and transfers of a card in an hour, over all partners. Without it: 30; in the sandbox profile without bounds.
    pub debits_per_hour: Option<i64>,
    /// The same in a day of Tashkent. Without it: 100; in the sandbox profile without bounds.
    pub debits_per_day: Option<i64>,
    /// Their sum in an hour, in tiyin. Without it: 10000000000; in the sandbox profile without bounds.
    pub debited_per_hour: Option<i64>,
    /// Their sum in a day of Tashkent, in tiyin. Without it: 30000000000; in the sandbox profile without bounds.
    pub debited_per_day: Option<i64>,
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
            calls_per_second: None,
            calls_at_once: None,
            refused_attachments_per_hour: None,
            refused_attachments_of_all_per_hour: None,
            codes_per_10_minutes: None,
            codes_per_day: None,
            wrong_codes_per_hour: None,
            recipients_per_minute: None,
            recipients_of_card_per_hour: None,
            monitoring_per_10_seconds: None,
            debits_per_hour: None,
            debits_per_day: None,
            debited_per_hour: None,
            debited_per_day: None,
        }
    }
}
