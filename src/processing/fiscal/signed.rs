//! How is a receipt signed? CMS, `SignedData` (RFC 5652), DER, with the receipt inside it and without certificates: the operator has
//! the taxpayer's.
//!
//! Of the whole of CMS a receipt needs one form, with one signer, so it is written here; the signature is that of the TLS
//! library.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use chrono::DateTime;
use entity::time::UnixMillis;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::SigningKey;
use rustls::{SignatureAlgorithm, SignatureScheme};
use sha2::{Digest as _, Sha256};
use x509_cert::Certificate;
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use crate::processing::exchange::SetupError;

// Object identifiers, as DER has them.
const DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const SIGNED_DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const CONTENT_TYPE: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
const MESSAGE_DIGEST: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];
const SIGNING_TIME: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 5];
const SHA_256: &[u8] = &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
const RSA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const ECDSA_SHA_256: &[u8] = &[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const NULL: &[u8] = &[5, 0];
const VERSION_1: &[u8] = &[2, 1, 1];

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OCTETS: u8 = 0x04;
const UTC_TIME: u8 = 0x17;
const EXPLICIT_0: u8 = 0xa0;

/// The taxpayer's key, and how the operator knows it.
pub(super) struct Signer {
    key: Arc<dyn SigningKey>,
    scheme: SignatureScheme,
    algorithm: Vec<u8>,
    /// Issuer and number of its certificate.
    name: Vec<u8>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    /// From PEM: the certificate, and its key (RSA, or ECDSA of P-256).
    ///
    /// # Errors
    /// The files cannot be read, the key is of another kind, or that of another certificate.
    pub(super) fn open(certificate_file: &Path, key_file: &Path) -> Result<Self, SetupError> {
        let unreadable = |path: &Path| SetupError::Pem(path.to_owned());
        let shown = CertificateDer::from_pem_file(certificate_file);
        let shown = shown.map_err(|_| unreadable(certificate_file))?;
        let certificate = Certificate::from_der(&shown);
        let certificate = certificate.map_err(|_| unreadable(certificate_file))?;
        let name = name_of(&certificate).ok_or_else(|| unreadable(certificate_file))?;
        let private = PrivateKeyDer::from_pem_file(key_file).map_err(|_| unreadable(key_file))?;
        let key = any_supported_type(&private)?;
        if !fits(&*key, &certificate) {
            return Err(SetupError::KeyOfAnother {
                key: key_file.to_owned(),
                certificate: certificate_file.to_owned(),
            });
        }
        let (scheme, algorithm) = if key.algorithm() == SignatureAlgorithm::RSA {
            let scheme = SignatureScheme::RSA_PKCS1_SHA256;
            (scheme, sequence(&[RSA, NULL]))
        } else {
            let scheme = SignatureScheme::ECDSA_NISTP256_SHA256;
            (scheme, sequence(&[ECDSA_SHA_256]))
        };
        if key.choose_scheme(&[scheme]).is_none() {
            return Err(SetupError::SigningKey);
        }
        Ok(Self {
            key,
            scheme,
            algorithm,
            name,
        })
    }

    /// The signed receipt; `None`: the key cannot sign.
    pub(super) fn sign(&self, content: &[u8], at: UnixMillis) -> Option<Vec<u8>> {
        let attributes = attributes(content, at);
        // What is signed are the attributes as a set; inside the message they have a tag of their own (RFC 5652, 5.4).
        let signed = tlv(SET, &[&attributes]);
        let signature = self.key.choose_scheme(&[self.scheme])?.sign(&signed).ok()?;
        let digest_algorithm = sequence(&[SHA_256]);
        let signer = sequence(&[
            VERSION_1,
            &self.name,
            &digest_algorithm,
            &tlv(EXPLICIT_0, &[&attributes]),
            &self.algorithm,
            &tlv(OCTETS, &[&signature]),
        ]);
        let inside = sequence(&[DATA, &tlv(EXPLICIT_0, &[&tlv(OCTETS, &[content])])]);
        let signed_data = sequence(&[
            VERSION_1,
            &tlv(SET, &[&digest_algorithm]),
            &inside,
            &tlv(SET, &[&signer]),
        ]);
        Some(sequence(&[SIGNED_DATA, &tlv(EXPLICIT_0, &[&signed_data])]))
    }
}

/// Whether the public half of the key is what the certificate is about.
fn fits(key: &dyn SigningKey, certificate: &Certificate) -> bool {
    let told = certificate.tbs_certificate().subject_public_key_info();
    let own = key.public_key();
    let own = own.and_then(|own| SubjectPublicKeyInfoOwned::from_der(own.as_ref()).ok());
    own.is_some_and(|own| own.subject_public_key == told.subject_public_key)
}

/// Issuer and number of a certificate.
fn name_of(certificate: &Certificate) -> Option<Vec<u8>> {
    let certificate = certificate.tbs_certificate();
    let issuer = certificate.issuer().to_der().ok()?;
    let number = certificate.serial_number().to_der().ok()?;
    Some(sequence(&[&issuer, &number]))
}

/// The attributes that are signed, in the order of DER: by their bytes.
fn attributes(content: &[u8], at: UnixMillis) -> Vec<u8> {
    let attribute = |name: &[u8], value: &[u8]| sequence(&[name, &tlv(SET, &[value])]);
    let time = DateTime::from_timestamp_millis(at.0).unwrap_or_default();
    let time = time.format("%y%m%d%H%M%SZ").to_string();
    let mut all = [
        attribute(CONTENT_TYPE, DATA),
        attribute(SIGNING_TIME, &tlv(UTC_TIME, &[time.as_bytes()])),
        attribute(MESSAGE_DIGEST, &tlv(OCTETS, &[&Sha256::digest(content)])),
    ];
    all.sort();
    all.concat()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(SEQUENCE, parts)
}

/// Tag, length and content.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut written = vec![tag];
    match (length.as_slice(), u8::try_from(length.len())) {
        ([], _) => written.push(0),
        ([short], _) if *short < 0x80 => written.push(*short),
        (long, Ok(count)) => {
            written.push(0x80 | count);
            written.extend(long);
        }
        (_, Err(_)) => unreachable!("a length has at most eight bytes"),
    }
    written.extend(content);
    written
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_length_is_as_short_as_it_can_be() {
        for (length, head) in [
            (0, vec![4, 0]),
            (0x7f, vec![4, 0x7f]),
            (0x80, vec![4, 0x81, 0x80]),
            (0x1234, vec![4, 0x82, 0x12, 0x34]),
        ] {
            let content = vec![7; length];
            let written = tlv(OCTETS, &[&content]);
            assert_eq!(written[..head.len()], head);
            assert_eq!(written[head.len()..], content);
        }
    }

    /// Whether the program `openssl` finds the receipt in what was signed with a key that it made itself.
    fn is_believed(kind: &[&str]) -> Option<bool> {
        let folder = tempfile::tempdir().unwrap();
        let run = |arguments: &[&str]| {
            let run = Command::new("openssl")
                .args(arguments)
                .current_dir(&folder)
                .output();
            run.ok().filter(|output| output.status.success())
        };
        run(&["version"])?;
        std::fs::write(
            folder.path().join("cnf"),
            "[req]\ndistinguished_name=dn\n[dn]\n",
        )
        .unwrap();
        let start = [
            "req",
            "-x509",
            "-config",
            "cnf",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=taxpayer",
        ];
        let files = ["-keyout", "key", "-out", "pem"];
        run(&[&start[..], kind, &files[..]].concat()).unwrap();
        let at = |file: &str| folder.path().join(file);
        let signer = Signer::open(&at("pem"), &at("key")).unwrap();
        // The key of another taxpayer, of the same kind.
        let other = ["-keyout", "other", "-out", "of-other"];
        run(&[&start[..], kind, &other[..]].concat()).unwrap();
        let refused = Signer::open(&at("pem"), &at("other"));
        assert!(matches!(
            refused,
            Err(SetupError::KeyOfAnother { key, certificate }) if key == at("other") && certificate == at("pem")
        ));
        let content = "{\"ReceiptSeq\":1}".repeat(40);
        let at = UnixMillis(1_764_000_000_000);
        let signed = signer.sign(content.as_bytes(), at).unwrap();
        std::fs::write(folder.path().join("signed"), signed).unwrap();
        let verify = [
            "cms",
            "-verify",
            "-inform",
            "DER",
            "-in",
            "signed",
            "-binary",
            "-certfile",
            "pem",
            "-CAfile",
            "pem",
        ];
        let verified = run(&[&verify[..], &["-purpose", "any", "-nointern"]].concat())?;
        Some(verified.stdout == content.as_bytes())
    }

    #[test]
    fn another_program_believes_the_signature() {
        if Command::new("openssl").arg("version").output().is_err() {
            return;
        }
        assert_eq!(is_believed(&["-newkey", "rsa:2048"]), Some(true));
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        assert_eq!(is_believed(&curve), Some(true));
    }

    #[test]
    fn a_key_of_another_kind_cannot_sign() {
        let folder = tempfile::tempdir().unwrap();
        let (pem, key) = (folder.path().join("pem"), folder.path().join("key"));
        std::fs::write(&pem, "x").unwrap();
        assert!(matches!(Signer::open(&pem, &key), Err(SetupError::Pem(path)) if path == pem));
    }
}
