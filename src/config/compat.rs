//! `[compat]`: what partners may use who program against the documents as they are.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Compat {
    /// True: each documented method is also served at its documented path, such as `POST /cards/add`, with the documented
    /// body and reply. False: such a path is a 404 that names the method.
    pub http_paths: bool,
}
