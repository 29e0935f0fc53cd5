//! `[database]`: where everything is stored.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::secret;

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// `sqlite:FILE` or `postgres://user:password@host/database`; the URL alone chooses the kind.
    #[serde(serialize_with = "secret::hidden_in_address")]
    pub url: SecretString,
    /// A file that holds the password of the URL, which then has none.
    pub password_file: Option<PathBuf>,
    /// Connections to PostgreSQL. SQLite has one that writes and two that read.
    pub max_connections: u32,
    /// Milliseconds to wait for a free connection; with SQLite for the turn to write, and for another process's lock.
    pub acquire_timeout_ms: u64,
    /// Milliseconds for which a new order may wait for its turn to write, as far as can be told when it comes; one that would
    /// wait longer is refused at once. 32 to 400 may wait in any case.
    pub queue_ms: u64,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            url: "sqlite:aloqa-gateway.sqlite".into(),
            password_file: None,
            max_connections: 16,
            acquire_timeout_ms: 5_000,
            queue_ms: 100,
        }
    }
}
