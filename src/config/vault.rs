//! `[vault]`: the keys that protect card numbers.

use std::path::PathBuf;

use serde::Deserialize;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Vault {
    /// The key file. Required with real networks; the sandbox profile generates one beside the database.
    pub key_file: Option<PathBuf>,
}
