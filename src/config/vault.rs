//! `[vault]`: the keys that protect card numbers.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Vault {
    /// The key file. Required with real networks; the sandbox profile generates one beside the database.
    pub key_file: Option<PathBuf>,
}
