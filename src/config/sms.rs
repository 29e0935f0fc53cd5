//! `[sms]`: the SMS provider's broker API, which delivers confirmation codes.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::peer_tls::PeerTls;
use super::route::Route;
use super::secret;

#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Sms {
    /// The provider's address. Without it the sandbox is used.
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
    /// The sender that the phone shows.
    pub originator: String,
    /// Milliseconds to connect.
    pub connect_timeout_ms: u64,
    /// Milliseconds for the whole exchange.
    pub timeout_ms: u64,
    /// Codes that one partner may have sent to one phone in a day (Tashkent time).
    pub daily_limit: i64,
}

impl Default for Sms {
    fn default() -> Self {
        Self {
            url: None,
            tls: PeerTls::default(),
            route: Route::default(),
            user: "aloqa".to_owned(),
            password: "sandbox".into(),
            password_file: None,
            originator: "3700".to_owned(),
            connect_timeout_ms: 2_000,
            timeout_ms: 10_000,
            daily_limit: 50,
        }
    }
}
