//! TLS towards a server.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::error::SetupError;
use super::trust::Trust;
use crate::config::PeerTls;

/// What a TLS connection to one server needs.
pub(super) struct Tls {
    pub(super) connector: TlsConnector,
    pub(super) name: ServerName<'static>,
    pub(super) trust: Arc<Trust>,
}

/// TLS towards this host: it trusts what the settings' file has, else the system's roots, shows the settings' certificate, and
/// asks for the settings' name, else the host's.
///
/// # Errors
/// The files or the system's roots cannot be read, or the name cannot be used.
pub(super) fn tls(host: &str, peer: &PeerTls) -> Result<Tls, SetupError> {
    let (roots, named) = match &peer.ca_file {
        Some(path) => {
            let named = certificates(path)?;
            let mut roots = RootCertStore::empty();
            for certificate in &named {
                roots.add(certificate.clone())?;
            }
            (roots, named)
        }
        None => (system_roots()?, Vec::new()),
    };
    let host = peer.server_name.as_deref().unwrap_or(host);
    let name = ServerName::try_from(host.to_owned()).map_err(|_| SetupError::Name)?;
    let provider = Arc::new(ring::default_provider());
    let roots = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|error| rustls::Error::General(error.to_string()))?;
    let trust = Arc::new(Trust::new(roots, named));
    let judge: Arc<dyn ServerCertVerifier> = Arc::<Trust>::clone(&trust);
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(judge);
    let config = match (&peer.client_cert, &peer.client_key) {
        (Some(shown), Some(key)) => {
            let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
            builder.with_client_auth_cert(certificates(shown)?, key)?
        }
        (Some(_), None) | (None, Some(_)) | (None, None) => builder.with_no_client_auth(),
    };
    Ok(Tls {
        connector: TlsConnector::from(Arc::new(config)),
        name,
        trust,
    })
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let certificates: Vec<_> = read.map_err(unreadable(path))?;
    match certificates.is_empty() {
        true => Err(unreadable(path)(pem::Error::NoItemsFound)),
        false => Ok(certificates),
    }
}

/// The cause is left out: it could hold text of the file.
fn unreadable(path: &Path) -> impl Fn(pem::Error) -> SetupError + use<> {
    let path = path.to_owned();
    move |_| SetupError::Pem(path.clone())
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

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
