//! `[log]`: what is logged to the standard error, and how.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// A tracing filter, for example `info,aloqa_gateway=debug`.
    pub filter: String,
    /// One JSON object per line instead of text; unset, where the standard error is no terminal.
    pub json: Option<bool>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info".to_owned(),
            json: None,
        }
    }
}
