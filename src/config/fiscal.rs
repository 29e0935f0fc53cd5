//! `[fiscal]`: the fiscal service, where the fees of transfers are registered.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use validator::Validate;

use super::peer_tls::PeerTls;
use super::route::Route;
use super::secret;

#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Fiscal {
    /// The service's address. Without it the sandbox is used.
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
    /// Milliseconds for the whole exchange; the longest that the caller of a transfer waits for its receipt.
    pub timeout_ms: u64,
}

impl Default for Fiscal {
    fn default() -> Self {
        Self {
            url: None,
            tls: PeerTls::default(),
            route: Route::default(),
            user: "aloqa".to_owned(),
            password: "sandbox".into(),
            password_file: None,
            connect_timeout_ms: 1_000,
            timeout_ms: 3_000,
        }
    }
}
