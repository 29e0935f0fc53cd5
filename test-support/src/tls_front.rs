//! TLS in front of the simulated networks, with a private root, as networks have it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

/// Certificates of one root, made by the program `openssl`: `NAME.pem` and `NAME.key`.
pub struct Certificates {
    folder: TempDir,
}

impl Certificates {
    /// A root, called `root`; `None` where `openssl` is missing.
    #[expect(clippy::print_stderr, reason = "a test that is left out must be seen")]
    pub fn new() -> Option<Self> {
        if let Err(error) = Command::new("openssl").arg("version").output() {
            eprintln!("SKIPPED: no openssl, so no test of TLS ({error})");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(
            folder.path().join("cnf"),
            "[req]\ndistinguished_name=dn\n[dn]\n",
        )
        .unwrap();
        let made = Self { folder };
        made.make_own("root", "root");
        Some(made)
    }

    /// One of this subject that signed itself, as `openssl` makes it where nothing is said: it may sign others, and has no
    /// subjectAltName.
    pub fn make_own(&self, name: &str, subject: &str) {
        let more = ["-addext", "basicConstraints=critical,CA:TRUE"];
        self.openssl(name, subject, &more);
    }

    /// A certificate for these names, such as `IP:127.0.0.1`, signed by the root.
    pub fn make(&self, name: &str, names: &str) {
        let names = format!("subjectAltName={names}");
        self.signed(name, &["-addext", names.as_str()]);
    }

    /// The same without a subjectAltName.
    pub fn make_nameless(&self, name: &str) {
        self.signed(name, &[]);
    }

    fn signed(&self, name: &str, more: &[&str]) {
        let (root, key) = (self.pem("root"), self.key("root"));
        let by = [
            "-addext",
            "basicConstraints=critical,CA:FALSE",
            "-CA",
            root.to_str().unwrap(),
            "-CAkey",
            key.to_str().unwrap(),
        ];
        self.openssl(name, name, &[more, &by].concat());
    }

    fn openssl(&self, name: &str, subject: &str, more: &[&str]) {
        let made = Command::new("openssl")
            .args(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90".split(' '),
            )
            .args(["-subj", &format!("/CN={subject}")])
            .args(more)
            .arg("-config")
            .arg(self.folder.path().join("cnf"))
            .arg("-keyout")
            .arg(self.key(name))
            .arg("-out")
            .arg(self.pem(name))
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "{errors}");
    }

    /// The file of a certificate.
    pub fn pem(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.pem"))
    }

    /// The file of its key.
    pub fn key(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.key"))
    }
}

/// A server that speaks TLS and passes on what it hears; it ends when dropped. It wants a certificate that the root has
/// signed, and ends connections without TLS's farewell, as old servers do.
pub struct TlsFront {
    /// Where it listens.
    pub address: SocketAddr,
    accepting: AbortHandle,
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl TlsFront {
    /// Listens in front of `upstream`, with the certificate of this name.
    pub async fn start(certificates: &Certificates, name: &str, upstream: SocketAddr) -> Self {
        let of = |file: &Path| CertificateDer::from_pem_file(file).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(of(&certificates.pem("root"))).unwrap();
        let provider = Arc::new(ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier.build().unwrap())
            .with_single_cert(
                vec![of(&certificates.pem(name))],
                PrivateKeyDer::from_pem_file(certificates.key(name)).unwrap(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else {
                        return;
                    };
                    let upstream = TcpStream::connect(upstream).await.unwrap();
                    let (mut from, mut to) = tokio::io::split(stream);
                    let (mut up_from, mut up_to) = upstream.into_split();
                    let back = async {
                        let mut buffer = vec![0; 64 * 1024];
                        while let Ok(read @ 1..) = up_from.read(&mut buffer).await {
                            if to.write_all(&buffer[..read]).await.is_err()
                                || to.flush().await.is_err()
                            {
                                break;
                            }
                        }
                    };
                    tokio::select! {
                        _ = tokio::io::copy(&mut from, &mut up_to) => {}
                        () = back => {}
                    }
                });
            }
        });
        Self {
            address,
            accepting: accepting.abort_handle(),
        }
    }
}
