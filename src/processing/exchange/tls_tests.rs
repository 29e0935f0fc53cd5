//! A network whose certificate is its own: trusted by a file, under the name that it has.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::super::direct::tests::{CERTIFICATE, KEY, server};
use super::super::endpoint::{Endpoint, Reply};
use super::super::error::Failure;
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

async fn posted(peer: &PeerTls) -> Result<Reply, Failure> {
    let port = server("127.0.0.1").await.port();
    let url = format!("https://127.0.0.1:{port}/");
    let endpoint = endpoint(&url, peer).unwrap();
    let body = bytes::Bytes::from_static(b"{}");
    endpoint
        .post(CallClass::New, "any", &[], "application/json", body)
        .await
}

#[tokio::test]
async fn only_the_right_name_signed_by_the_right_root_is_sent_anything() {
    let (_folder, peer) = fitting();
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
