//! TLS of the endpoint: with which certificate, and with which others' certificates? The files are read again when they
//! change, while the gateway runs.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::certificate_ends::CertificateEnds;
use crate::error_chain::ErrorChain;

/// The files of `server.tls`, as PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The certificate, then those between it and its root.
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Who signs callers' certificates.
    pub client_ca: Option<PathBuf>,
    /// Whether nobody connects without one.
    pub client_certificate_required: bool,
}

/// Why the files cannot be used. No text of them is told.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{path} cannot be read as PEM")]
    Pem { path: PathBuf, source: pem::Error },
    #[error("{path} has no certificate")]
    Empty { path: PathBuf },
    #[error("the certificate and the key do not fit together, or cannot be used")]
    Unusable(#[from] rustls::Error),
    #[error("the certificates of {path} cannot be used")]
    ClientCa {
        path: PathBuf,
        source: VerifierBuilderError,
    },
}

/// The certificates in use.
pub struct Certificates {
    files: TlsFiles,
    current: RwLock<Arc<ServerConfig>>,
    ends: CertificateEnds,
}

/// What shows that a file has changed.
type Stamp = Vec<Option<(SystemTime, u64)>>;

impl Certificates {
    /// Reads the files.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub fn open(files: TlsFiles, ends: CertificateEnds) -> Result<Self, TlsError> {
        let current = RwLock::new(configured(&files, &ends)?);
        Ok(Self {
            files,
            current,
            ends,
        })
    }

    /// Takes connections with the certificates of this moment.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&current))
    }

    /// Reads the files again whenever they have changed, and on SIGHUP, until `stop`. What cannot be used is told in the log,
    /// and the certificates stay as they were.
    ///
    /// # Errors
    /// The signal cannot be awaited.
    pub async fn follow(&self, period: Duration, stop: CancellationToken) -> io::Result<()> {
        let mut hang_up = signal(SignalKind::hangup())?;
        let (mut used, mut seen) = (self.stamp(), self.stamp());
        loop {
            let asked = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                signal = hang_up.recv() => signal.is_some(),
                () = tokio::time::sleep(period) => false,
            };
            let now = self.stamp();
            // A file that is still being written changes again.
            let is_settled = now == seen;
            seen = now;
            if asked || (is_settled && seen != used) {
                used.clone_from(&seen);
                self.read_again();
            }
        }
    }

    fn read_again(&self) {
        let configured = configured(&self.files, &self.ends);
        self.ends.read_again(configured.is_ok());
        match configured {
            Ok(config) => {
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = config;
                tracing::info!("the certificates of server.tls were read again");
            }
            Err(error) => {
                tracing::error!(error = %ErrorChain(&error), "the new certificates of server.tls cannot be used; the old ones stay");
            }
        }
    }

    fn stamp(&self) -> Stamp {
        let files = [Some(&self.files.certificate), Some(&self.files.key)];
        let files = files.into_iter().chain([self.files.client_ca.as_ref()]);
        let changed = |metadata: Metadata| Some((metadata.modified().ok()?, metadata.len()));
        files
            .flatten()
            .map(|file| fs::metadata(file).ok().and_then(changed))
            .collect()
    }
}

/// What the files make together. Only then is it noted when their certificates end.
fn configured(files: &TlsFiles, ends: &CertificateEnds) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?;
    let client_ca = files.client_ca.as_deref().map(certificates).transpose()?;
    let builder = match (&files.client_ca, &client_ca) {
        (Some(path), Some(signers)) => {
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(signers.iter().cloned());
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = match files.client_certificate_required {
                true => verifier,
                false => verifier.allow_unauthenticated(),
            };
            verifier
                .build()
                .map(|verifier| builder.with_client_cert_verifier(verifier))
                .map_err(|source| TlsError::ClientCa {
                    path: path.clone(),
                    source,
                })?
        }
        (None, _) | (_, None) => builder.with_no_client_auth(),
    };
    let path = &files.key;
    let key = PrivateKeyDer::from_pem_file(path).map_err(|source| TlsError::Pem {
        path: path.clone(),
        source,
    })?;
    let shown = certificates(&files.certificate)?;
    let mut config = builder.with_single_cert(shown.clone(), key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if files.client_ca.is_some() {
        // A session that goes on would keep its certificate without it being checked again.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    ends.note("server.tls.cert_file", &shown);
    if let Some(signers) = &client_ca {
        ends.note("server.tls.client_ca_file", signers);
    }
    Ok(Arc::new(config))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let certificates: Vec<_> = read.map_err(|source| TlsError::Pem {
        path: path.to_owned(),
        source,
    })?;
    match certificates.is_empty() {
        true => Err(TlsError::Empty {
            path: path.to_owned(),
        }),
        false => Ok(certificates),
    }
}
