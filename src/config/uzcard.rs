//! `[uzcard]`: SVGate, the API of UZCARD.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::peer_tls::PeerTls;
use super::route::Route;
use super::secret;

#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Uzcard {
    /// SVGate's JSON-RPC address. Without it the sandbox is used.
    pub url: Option<String>,
    /// TLS towards it.
    #[validate(nested)]
    pub tls: PeerTls,
    /// The way to it.
    #[validate(nested)]
    pub route: Route,
    pub user: String,
    #[serde(serialize_with = "secret::hidden")]
    pub password: SecretString,
    /// A file that holds the password, in place of `password`.
    pub password_file: Option<PathBuf>,
    /// Milliseconds to connect.
    pub connect_timeout_ms: u64,
    /// Milliseconds for the whole exchange.
    pub timeout_ms: u64,
    /// The longest, in seconds, that the network may take to execute a call it has received. Until then, a call that
    /// the network does not know may still arrive. Default: 600, or 30 in the sandbox profile.
    pub max_processing_s: Option<u32>,
    /// The legacy ISO field `port` of `hold.dismiss.charge`.
    pub port: String,
    /// `tran.purpose` of a payment.
    pub purpose: String,
    /// `serviceName` of `cards.new.otp`, 1 to 20 characters.
    pub service_name: String,
    pub hold_statuses: HoldStatuses,
    /// Further error codes that refuse a call that moves money for certain, for what the acquirer's contract promises.
    /// Any other code that is not known to be such a refusal is asked after (docs/networks.md#svgate-codes).
    pub certain_refusals: Vec<i64>,
    /// The values of `resp` that refuse a payment in status `ERR` for certain. 51, too little money, is the only one
    /// that was seen; the others are as in ISO 8583.
    pub refusing_resp: Vec<i64>,
}

/// The values of `status` in SVGate's list of holds. They are not published: the defaults are the sandbox's.
#[derive(Debug, Clone, Deserialize, Serialize)]
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
            tls: PeerTls::default(),
            route: Route::default(),
            user: "aloqa".to_owned(),
            password: "sandbox".into(),
            password_file: None,
            connect_timeout_ms: 2_000,
            timeout_ms: 15_000,
            max_processing_s: None,
            port: "123456".to_owned(),
            purpose: "payment".to_owned(),
            service_name: "AloqaGateway".to_owned(),
            hold_statuses: HoldStatuses::default(),
            certain_refusals: Vec::new(),
            refusing_resp: vec![14, 41, 43, 51, 54, 57, 58, 61, 62, 65, 75],
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
