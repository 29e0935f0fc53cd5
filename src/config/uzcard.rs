//! `[uzcard]`: SVGate, the API of UZCARD.

use secrecy::SecretString;
use serde::Deserialize;
use validator::Validate;

#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Uzcard {
    /// SVGate's JSON-RPC address. Without it the sandbox is used.
    pub url: Option<String>,
    pub user: String,
    pub password: SecretString,
    /// Milliseconds to connect.
    pub connect_timeout_ms: u64,
    /// Milliseconds for the whole exchange.
    pub timeout_ms: u64,
    /// The longest, in seconds, that the network may take to execute a call it has received. Until then, a call that
    /// the network does not know may still arrive. Default: 600, or 30 in the sandbox profile.
    #[validate(range(min = 1))]
    pub max_processing_s: Option<u32>,
    /// The legacy ISO field `port` of `hold.dismiss.charge`.
    pub port: String,
    /// `tran.purpose` of a payment.
    pub purpose: String,
    /// `serviceName` of `cards.new.otp`, 1 to 20 characters.
    pub service_name: String,
    pub hold_statuses: HoldStatuses,
}

/// The values of `status` in SVGate's list of holds. They are not published: the defaults are the sandbox's.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HoldStatuses {
    pub active: i64,
    pub captured: i64,
    pub dismissed: i64,
    pub expired: i64,
}

impl Default for Uzcard {
    fn default() -> Self {
        Self {
            url: None,
            user: "aloqa".to_owned(),
            password: "sandbox".into(),
            connect_timeout_ms: 2_000,
            timeout_ms: 15_000,
            max_processing_s: None,
            port: "123456".to_owned(),
            purpose: "payment".to_owned(),
            service_name: "AloqaGateway".to_owned(),
            hold_statuses: HoldStatuses::default(),
        }
    }
}

impl Default for HoldStatuses {
    fn default() -> Self {
        Self {
            active: 0,
            captured: 1,
            dismissed: 2,
            expired: 3,
        }
    }
}
