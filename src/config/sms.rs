//! `[sms]`: the SMS provider, which delivers confirmation codes.

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
    /// Whose interface the provider has.
    pub provider: SmsProvider,
    /// The provider's address: before `/send` at Play Mobile, before `/auth/login` and `/message/sms/send` at Eskiz. Without it,
    /// there is none; in the sandbox profile, the simulated one.
    pub url: Option<String>,
    /// TLS towards it.
    #[validate(nested)]
    pub tls: PeerTls,
    /// The way to it.
    #[validate(nested)]
    pub route: Route,
    /// The user; at Eskiz the e-mail address.
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
    /// Play Mobile's `priority`: `low`, `normal`, `high` or `realtime`. Without it, the account's own.
    pub priority: Option<String>,
    /// How long Play Mobile tries to deliver a message, in seconds. Without it, as long as its account says.
    pub ttl_s: Option<u32>,
    /// A file with the texts of the messages, in the form of `src/domain/code_texts.toml`. Without it, those are used.
    pub texts_file: Option<PathBuf>,
}

/// Whose interface an SMS provider has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SmsProvider {
    PlayMobile,
    Eskiz,
}

impl Default for Sms {
    fn default() -> Self {
        Self {
            provider: SmsProvider::PlayMobile,
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
            priority: None,
            ttl_s: None,
            texts_file: None,
        }
    }
}
