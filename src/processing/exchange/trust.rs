//! Which certificates of a server are trusted?

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

/// One that a root has signed, under the right name; and one that the settings' file holds itself, as servers show them that
/// made their own: without a root and without a name, as long as it lasts. Its key is proved in any case.
#[derive(Debug)]
pub(super) struct Trust {
    roots: Arc<WebPkiServerVerifier>,
    named: Vec<Named>,
}

/// A certificate of the settings' file.
#[derive(Debug)]
struct Named {
    certificate: CertificateDer<'static>,
    /// From when until when.
    dates: (UnixTime, UnixTime),
}

impl Trust {
    /// Trusts these roots, and these certificates themselves.
    pub(super) fn new(
        roots: Arc<WebPkiServerVerifier>,
        certificates: Vec<CertificateDer<'static>>,
    ) -> Self {
        // One of version 1 can be a root alone: nothing here verifies what its key has signed. So can one whose end is not known.
        let can_be_shown = |one: &CertificateDer<'_>| ParsedCertificate::try_from(one).is_ok();
        let named = certificates.into_iter().filter(can_be_shown);
        let named = named.filter_map(|certificate| {
            Some(Named {
                dates: dates(&certificate)?,
                certificate,
            })
        });
        Self {
            roots,
            named: named.collect(),
        }
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let is_shown = |named: &&Named| named.certificate.as_ref() == certificate.as_ref();
        let named = self.named.iter().find(is_shown);
        let Some(Named { dates, .. }) = named else {
            let roots = &self.roots;
            return roots.verify_server_cert(certificate, chain, name, ocsp, now);
        };
        match *dates {
            (not_before, _) if now < not_before => Err(CertificateError::NotValidYetContext {
                time: now,
                not_before,
            }
            .into()),
            (_, not_after) if now > not_after => Err(CertificateError::ExpiredContext {
                time: now,
                not_after,
            }
            .into()),
            _ => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.roots
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.roots
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.roots.supported_verify_schemes()
    }
}

fn dates(certificate: &CertificateDer<'_>) -> Option<(UnixTime, UnixTime)> {
    let read = Certificate::from_der(certificate).ok()?;
    let validity = read.tbs_certificate().validity();
    let [from, until] = [&validity.not_before, &validity.not_after]
        .map(|time| UnixTime::since_unix_epoch(time.to_unix_duration()));
    Some((from, until))
}
