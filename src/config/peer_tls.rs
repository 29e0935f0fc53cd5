//! `[uzcard.tls]` and its like: TLS towards one address.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::fault::fault;

#[derive(Debug, Clone, Default, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
#[validate(schema(function = "is_whole"))]
pub struct PeerTls {
    /// PEM: the only roots that are trusted for this address, instead of the system's. The server's own certificate may stand
    /// there, too: then it needs neither a root nor a name.
    pub ca_file: Option<PathBuf>,
    /// PEM: the certificate that the gateway shows, with those between it and its root.
    pub client_cert: Option<PathBuf>,
    /// PEM: its key.
    pub client_key: Option<PathBuf>,
    /// The name that the other end's certificate must have, where it is not the URL's host.
    pub server_name: Option<String>,
}

impl PeerTls {
    /// The same towards a server of another name, where it has one.
    #[must_use]
    pub fn towards(&self, server_name: Option<&String>) -> Self {
        Self {
            server_name: server_name.or(self.server_name.as_ref()).cloned(),
            ..self.clone()
        }
    }
}

fn is_whole(tls: &PeerTls) -> Result<(), ValidationError> {
    match (&tls.client_cert, &tls.client_key) {
        (Some(_), None) => Err(fault("client_key", "must be set, because client_cert is")),
        (None, Some(_)) => Err(fault("client_cert", "must be set, because client_key is")),
        (Some(_), Some(_)) | (None, None) => Ok(()),
    }
}
