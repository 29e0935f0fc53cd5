//! TLS towards a server.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::error::SetupError;

/// What a TLS connection to one server needs.
pub(super) struct Tls {
    pub(super) connector: TlsConnector,
    pub(super) name: ServerName<'static>,
}

/// TLS that trusts the system's root certificates. To trust a network's private certificate, add its root to the system's.
///
/// # Errors
/// The root certificates cannot be read, or the host's name cannot be used.
pub(super) fn tls(host: &str) -> Result<Tls, SetupError> {
    tls_trusting(system_roots()?, host)
}

/// The system's root certificates.
///
/// # Errors
/// They cannot be read, or there are none.
pub(super) fn system_roots() -> Result<RootCertStore, SetupError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        let cause = found
            .errors
            .first()
            .map_or_else(|| "none were found".to_owned(), ToString::to_string);
        return Err(SetupError::Roots(cause));
    }
    Ok(roots)
}

pub(super) fn tls_trusting(roots: RootCertStore, host: &str) -> Result<Tls, SetupError> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| SetupError::Url)?;
    Ok(Tls {
        connector: TlsConnector::from(client(roots)?),
        name,
    })
}

/// A client that trusts these roots.
///
/// # Errors
/// TLS cannot be set up.
pub(super) fn client(roots: RootCertStore) -> Result<Arc<ClientConfig>, SetupError> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
