//! `[production]`: what the production profile refuses unless it is said here in words.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Production {
    /// Whether passwords, tokens and terminals may be those that this program has built in.
    pub allow_built_in_credentials: bool,
    /// Whether the networks may be called without TLS (`http://`).
    pub allow_http_networks: bool,
    /// Whether PostgreSQL on another machine may be used without `sslmode=verify-full`.
    pub allow_unverified_postgres: bool,
}
