//! A network whose certificate is its own: trusted by a file, under the name that it has, or as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustls::SupportedProtocolVersion;
use rustls::pki_types::{PrivatePkcs8KeyDer, UnixTime};
use rustls::version::{TLS12, TLS13};
use tempfile::TempDir;
use test_support::tls_front::Certificates;

use super::super::direct::tests::{CERTIFICATE, KEY, decoded, showing};
use super::super::endpoint::{Endpoint, Reply};
use super::super::error::Failure;
use super::super::probe::Distrust;
use super::super::way::Way;
use super::*;
use crate::config::Route;
use crate::processing::bulkhead::CallClass;

const LONG: Duration = Duration::from_secs(10);

fn pem(folder: &Path, name: &str, kind: &str, lines: &[&str]) -> PathBuf {
    let file = folder.join(name);
    let text = format!(
        "-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n",
        lines.concat()
    );
    fs::write(&file, text).unwrap();
    file
}

/// The settings that fit the test's server, in a folder of their own.
fn fitting() -> (TempDir, PeerTls) {
    let folder = tempfile::tempdir().unwrap();
    let certificate = pem(folder.path(), "ca.pem", "CERTIFICATE", &CERTIFICATE);
    let key = pem(folder.path(), "key.pem", "PRIVATE KEY", &KEY);
    let peer = PeerTls {
        ca_file: Some(certificate.clone()),
        client_cert: Some(certificate),
        client_key: Some(key),
        server_name: Some("shop.example".to_owned()),
    };
    (folder, peer)
}

fn endpoint(url: &str, tls: &PeerTls) -> Result<Endpoint, SetupError> {
    let way = Way {
        tls,
        route: &Route::default(),
        connect_timeout: LONG,
        total_timeout: LONG,
    };
    Endpoint::new(url, way)
}

/// What comes of a request to a server with the certificate and the key of these names.
async fn posted(
    certificates: &Certificates,
    [certificate, key]: [&str; 2],
    version: &'static SupportedProtocolVersion,
    peer: &PeerTls,
) -> Result<Reply, Failure> {
    let certificate = CertificateDer::from_pem_file(certificates.pem(certificate)).unwrap();
    let key = PrivateKeyDer::from_pem_file(certificates.key(key)).unwrap();
    let address = showing("127.0.0.1", certificate, key, &[version]).await;
    let endpoint = endpoint(&format!("https://{address}/"), peer).unwrap();
    let body = bytes::Bytes::from_static(b"{}");
    endpoint
        .post(CallClass::New, "any", &[], "application/json", body)
        .await
}

#[tokio::test]
async fn only_the_right_name_signed_by_the_right_root_is_sent_anything() {
    let Some(certificates) = Certificates::new() else {
        return;
    };
    certificates.make("shop", "DNS:shop.example");
    let (_folder, mut peer) = fitting();
    peer.ca_file = Some(certificates.pem("root"));
    let posted = async |peer: &PeerTls| posted(&certificates, ["shop"; 2], &TLS13, peer).await;
    assert_eq!(posted(&peer).await.unwrap().status, 202);
    let other_name = PeerTls {
        server_name: Some("other.example".to_owned()),
        ..peer.clone()
    };
    let by_address = PeerTls {
        server_name: None,
        ..peer.clone()
    };
    // A file replaces the system's roots, and without it this root is unknown.
    let systems_roots = PeerTls {
        ca_file: None,
        ..peer
    };
    for peer in [other_name, by_address, systems_roots] {
        let result = posted(&peer).await;
        assert!(matches!(result, Err(Failure::NotSent(_))), "{result:?}");
    }
}

#[tokio::test]
async fn one_that_signed_itself_is_taken_of_its_own_server_where_the_file_has_it() {
    let Some(certificates) = Certificates::new() else {
        return;
    };
    certificates.make_own("own", "svgate");
    certificates.make_own("other", "svgate");
    let peer = PeerTls {
        ca_file: Some(certificates.pem("own")),
        ..PeerTls::default()
    };
    for version in [&TLS12, &TLS13] {
        for (shown, is_taken) in [
            (["own", "own"], true),
            // Another one of the same name, and a server that has it but not its key.
            (["other", "other"], false),
            (["own", "other"], false),
        ] {
            match posted(&certificates, shown, version, &peer).await {
                Ok(reply) => assert!(is_taken, "{shown:?} {version:?} {reply:?}"),
                Err(Failure::NotSent(cause)) => assert!(!is_taken, "{shown:?} {version:?} {cause}"),
                Err(other) => panic!("{shown:?} {version:?} {other}"),
            }
        }
    }
}

/// What is thought of this certificate where the file has it, in the middle of this year.
fn judged(certificate: &[&str], year: u64) -> Result<(), rustls::Error> {
    let folder = tempfile::tempdir().unwrap();
    let peer = PeerTls {
        ca_file: Some(pem(folder.path(), "ca.pem", "CERTIFICATE", certificate)),
        ..PeerTls::default()
    };
    let tls = tls("127.0.0.1", &peer).unwrap();
    let now =
        UnixTime::since_unix_epoch(Duration::from_secs((year - 1970) * 31_557_600 + 15_000_000));
    let certificate = CertificateDer::from(decoded(certificate));
    let judged = tls
        .trust
        .verify_server_cert(&certificate, &[], &tls.name, &[], now);
    judged.map(drop)
}

#[test]
fn the_dates_of_one_in_the_file_count_and_its_name_does_not() {
    for (year, expected) in [
        (2019, Some("not valid yet")),
        (2020, None),
        (2119, None),
        (2120, Some("expired")),
    ] {
        let told = judged(&CERTIFICATE, year)
            .err()
            .map(|error| error.to_string());
        let fits = match (&told, expected) {
            (Some(told), Some(expected)) => told.contains(expected),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        assert!(fits, "{year}: {told:?}");
    }
}

/// Its key could not be proved.
#[tokio::test]
async fn one_of_version_1_is_no_servers_and_the_check_says_so() {
    let told = judged(&VERSION_1, 2030).unwrap_err().to_string();
    assert!(told.contains("UnsupportedCertVersion"), "{told}");
    let certificate = CertificateDer::from(decoded(&VERSION_1));
    let key = PrivatePkcs8KeyDer::from(decoded(&KEY));
    let address = showing("127.0.0.1", certificate, key.into(), &[&TLS13]).await;
    let (_folder, peer) = fitting();
    let endpoint = endpoint(&format!("https://{address}/"), &peer).unwrap();
    let seen = endpoint.probe(None).await.tls.unwrap();
    let told = "it is of X.509 version 1, and only version 3 can be used";
    assert_eq!(seen.distrust, Some(Distrust::Other(told.to_owned())));
}

/// Of `old.example`, signed by itself, from 2026 to 2126.
const VERSION_1: [&str; 4] = [
    "MIIBKTCBzwIUaWR0WE0Gq6MWsXNDqQjrJl545r8wCgYIKoZIzj0EAwIwFjEUMBIGA1UEAwwLb2xkLmV4YW1wbGUwIBcNMjYxMTI4MTM1NjI5WhgPMjEyNjExMDQxMzU2",
    "MjlaMBYxFDASBgNVBAMMC29sZC5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEk/26Vu4a45/4zBYe27c+43uXInoMkCXgwu9Fq64HwbfRj/CJ4l1MINOt",
    "VCjVJRHToijNByL5YLcvgv7ixvoopjAKBggqhkjOPQQDAgNJADBGAiEA791SNnQfW0vOhcG5C9OQA4oEMqzlN4HzYazbjewaaP4CIQDkMwrL5elTZtGEFcSy51AmHDxW",
    "kw73sXnlkoxj2ajLeg==",
];

#[test]
fn files_that_cannot_be_used_are_found_at_the_start() {
    let (folder, peer) = fitting();
    let refused = |peer: &PeerTls| {
        let made = endpoint("https://127.0.0.1:1/", peer);
        made.unwrap_err().to_string()
    };
    let missing = PeerTls {
        ca_file: Some(folder.path().join("none.pem")),
        ..peer.clone()
    };
    assert!(
        refused(&missing).contains("none.pem"),
        "{}",
        refused(&missing)
    );
    let empty = PeerTls {
        ca_file: peer.client_key.clone(),
        ..peer.clone()
    };
    assert!(refused(&empty).contains("key.pem"), "{}", refused(&empty));
    let no_key = PeerTls {
        client_key: peer.client_cert.clone(),
        ..peer
    };
    assert!(!refused(&no_key).contains("MIIB"), "{}", refused(&no_key));
}
