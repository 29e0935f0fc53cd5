//! `[server.tls]`: the certificate of the partners' listener.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::fault::fault;

#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
#[validate(schema(function = "is_whole"))]
pub struct Tls {
    /// PEM: the certificate, then those between it and its root. With it, the listener speaks nothing but TLS.
    pub cert_file: Option<PathBuf>,
    /// PEM: its key.
    pub key_file: Option<PathBuf>,
    /// PEM: who signs the certificates of callers. `partner set-certificates` says whose they are.
    pub client_ca_file: Option<PathBuf>,
    /// With `client_ca_file`, whether nobody connects without a certificate. Otherwise only partners who have one need it.
    pub require_client_certificate: bool,
    /// Milliseconds between two looks at the files; those that have changed are read again.
    #[validate(range(min = 1))]
    pub reload_period_ms: u64,
}

impl Default for Tls {
    fn default() -> Self {
        Self {
            cert_file: None,
            key_file: None,
            client_ca_file: None,
            require_client_certificate: true,
            reload_period_ms: 10_000,
        }
    }
}

fn is_whole(tls: &Tls) -> Result<(), ValidationError> {
    match (&tls.cert_file, &tls.key_file, &tls.client_ca_file) {
        (Some(_), None, _) => Err(fault("key_file", "must be set, because cert_file is")),
        (None, Some(_), _) => Err(fault("cert_file", "must be set, because key_file is")),
        (None, None, Some(_)) => Err(fault("cert_file", "must be set, because client_ca_file is")),
        (Some(_), Some(_), _) | (None, None, None) => Ok(()),
    }
}
