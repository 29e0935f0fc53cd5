//! A POST over TLS: the certificate is the host's whose name was asked for, whatever address it is reached at.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ALL_VERSIONS, RootCertStore, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// Of `shop.example`, signed by itself, from 2020 to 2120. It was made for this test, and its key guards nothing.
pub(in super::super) const CERTIFICATE: [&str; 5] = [
    "MIIBdzCCAR2gAwIBAgIBATAKBggqhkjOPQQDAjAXMRUwEwYDVQQDDAxzaG9wLmV4YW1wbGUwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMD",
    "AwMDBaMBcxFTATBgNVBAMMDHNob3AuZXhhbXBsZTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCpN2Umv8r4U7xE3suXfcyb8xaiiD7QgH0IM",
    "ETJBTkOziryf6NGiiDRnlebx/cDRoR+i8zp5UFlso9Rda8BsLfKjWDBWMBcGA1UdEQQQMA6CDHNob3AuZXhhbXBsZTAMBgNVHRMBAf8EAjAAMA",
    "4GA1UdDwEB/wQEAwIHgDAdBgNVHQ4EFgQUo47w2dZnyA41g2Wgt88BRW8S7gowCgYIKoZIzj0EAwIDSAAwRQIgOZBiPsAqKr7BH8kGXEV604tV",
    "4pr6+tspvrrJYR6CY78CIQDJdfj2ZVO4eX+G/jwf1yQbA1h18+ZTrA/SJnSH04WE4w==",
];
pub(in super::super) const KEY: [&str; 2] = [
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggHL23gCehVEZKjvTMOhFp7hYt5Cc6ZdeZhArsQD4ySShRANCAAQqTdlJr/K+FO",
    "8RN7Ll33Mm/MWoog+0IB9CDBEyQU5Ds4q8n+jRoog0Z5Xm8f3A0aEfovM6eVBZbKPUXWvAbC3y",
];

pub(in super::super) fn decoded(lines: &[&str]) -> Vec<u8> {
    STANDARD.decode(lines.concat()).unwrap()
}

/// A server that answers one request for this host; its address.
async fn server(host: &'static str) -> SocketAddr {
    let certificate = CertificateDer::from(decoded(&CERTIFICATE));
    let key = PrivatePkcs8KeyDer::from(decoded(&KEY));
    showing(host, certificate, key.into(), ALL_VERSIONS).await
}

/// The same that shows this certificate, whether or not the key is the certificate's.
pub(in super::super) async fn showing(
    host: &'static str,
    certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
    versions: &[&'static SupportedProtocolVersion],
) -> SocketAddr {
    let key = any_supported_type(&key).unwrap();
    let shown = SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        // A client that does not trust it goes away.
        if let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await {
            let mut read = [0; 1_024];
            let read_bytes = stream.read(&mut read).await.unwrap();
            let head = String::from_utf8_lossy(&read[..read_bytes]).into_owned();
            let asked = format!("host: {host}");
            assert!(head.to_lowercase().contains(&asked), "{head}");
            let reply = b"HTTP/1.1 202 X\r\ncontent-length: 2\r\n\r\nok";
            stream.write_all(reply).await.unwrap();
        }
    });
    address
}

async fn posted(host: &str, trusted: bool) -> Result<DirectReply, DirectFailure> {
    let mut roots = RootCertStore::empty();
    if trusted {
        let certificate = CertificateDer::from(decoded(&CERTIFICATE));
        roots.add(certificate).unwrap();
    }
    let direct = Direct::default();
    assert!(direct.tls.set(client(roots).unwrap()).is_ok());
    let receiver = Receiver {
        https: true,
        host: host.to_owned(),
        port: 443,
        authority: HeaderValue::from_str(host).unwrap(),
        target: Uri::from_static("/hook"),
    };
    let body = Bytes::from_static(b"{}");
    direct
        .post(
            &receiver,
            &[server("shop.example").await],
            Vec::new(),
            body,
            1,
        )
        .await
}

#[tokio::test]
async fn a_certificate_must_be_trusted_and_the_hosts() {
    let reply = posted("shop.example", true).await.unwrap();
    let expected = DirectReply {
        status: 202,
        retry_after_s: None,
        excerpt: b"o".to_vec(),
    };
    assert_eq!(reply, expected);
    for (host, trusted) in [("shop.example", false), ("other.example", true)] {
        let failure = posted(host, trusted).await.unwrap_err().to_string();
        assert!(failure.starts_with("TLS: "), "{host}: {failure}");
    }
}
