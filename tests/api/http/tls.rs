//! TLS of the endpoint (docs/operations.md#tls), with certificates made by the program `openssl`.

use std::path::Path;
use std::process::Command;

use aloqa_gateway::domain::fingerprint::Fingerprint;
use aloqa_gateway::partners::{self, DEMO};
use rustix::process::{Signal, getpid, kill_process};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsConnector;

use super::*;

/// Makes a certificate for `localhost` that signs itself: `NAME.pem` and `NAME.key`. False where `openssl` is missing.
#[expect(clippy::print_stderr, reason = "a test that is left out must be seen")]
fn make(folder: &Path, name: &str) -> bool {
    let file = |end: &str| folder.join(format!("{name}.{end}"));
    std::fs::write(file("cnf"), "[req]\ndistinguished_name=dn\n[dn]\n").unwrap();
    let made = Command::new("openssl")
        .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2".split(' '))
        .args(["-subj", "/CN=localhost"])
        .args(["-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-config")
        .arg(file("cnf"))
        .arg("-keyout")
        .arg(file("key"))
        .arg("-out")
        .arg(file("pem"))
        .output();
    match made {
        Ok(output) => {
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{errors}");
            true
        }
        Err(error) => {
            eprintln!("SKIPPED: no openssl, so no test of TLS ({error})");
            false
        }
    }
}

/// What is answered to a call over TLS by one who trusts this certificate, and shows another one.
async fn over_tls(
    address: SocketAddr,
    trusted: &Path,
    shown: Option<&Path>,
    request: &[u8],
) -> Option<String> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(trusted).unwrap())
        .unwrap();
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match shown {
        Some(shown) => {
            let certificate = CertificateDer::from_pem_file(shown).unwrap();
            let key = PrivateKeyDer::from_pem_file(shown.with_extension("key")).unwrap();
            builder
                .with_client_auth_cert(vec![certificate], key)
                .unwrap()
        }
        None => builder.with_no_client_auth(),
    };
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(name, stream).await.ok()?;
    stream.write_all(request).await.ok()?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.ok()?;
    Some(reply)
}

fn call() -> Vec<u8> {
    raw(
        &format!("Connection: close\r\nContent-Length: {}\r\n", CALL.len()),
        CALL,
    )
}

#[tokio::test]
async fn partners_call_over_tls_and_not_without() {
    let folder = tempfile::tempdir().unwrap();
    if !make(folder.path(), "server") {
        return;
    }
    let pem = folder.path().join("server.pem");
    let app = stateless_with(|config| {
        config.server.tls.cert_file = Some(pem.clone());
        config.server.tls.key_file = Some(folder.path().join("server.key"));
    })
    .await;
    let address = app.running.address;
    let reply = over_tls(address, &pem, None, &call()).await.unwrap();
    assert!(reply.ends_with(&not_found()), "{reply}");
    // Its own pages come from https, and name it so.
    let page = b"GET /openrpc.json HTTP/1.1\r\nHost: localhost:1\r\nOrigin: https://localhost:1\r\nConnection: close\r\n\r\n";
    let reply = over_tls(address, &pem, None, page).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 OK"), "{reply}");
    assert!(reply.contains("https://localhost:1/"), "{reply}");
    let page = String::from_utf8(page.to_vec())
        .unwrap()
        .replace("https:", "http:");
    let reply = over_tls(address, &pem, None, page.as_bytes())
        .await
        .unwrap();
    assert!(reply.starts_with("HTTP/1.1 403 Forbidden"), "{reply}");
    // Plain HTTP gets no HTTP.
    let mut plain = TcpStream::connect(address).await.unwrap();
    plain.write_all(&call()).await.unwrap();
    let mut answer = Vec::new();
    drop(plain.read_to_end(&mut answer).await);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    let metrics = send(app.running.ops_address, HttpRequest::get("/metrics")).await;
    let counted = r#"aloqa_cut_connections_total{cause="tls"} 1"#;
    assert!(metrics.body.contains(counted), "{}", metrics.body);
}

#[tokio::test]
async fn a_changed_certificate_is_used_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    if !["server", "new"]
        .iter()
        .all(|name| make(folder.path(), name))
    {
        return;
    }
    let file = |name: &str| folder.path().join(name);
    let first = std::fs::read(file("server.pem")).unwrap();
    std::fs::write(file("first.pem"), &first).unwrap();
    let app = stateless_with(|config| {
        config.server.tls.cert_file = Some(file("server.pem"));
        config.server.tls.key_file = Some(file("server.key"));
        config.server.tls.reload_period_ms = 10;
    })
    .await;
    let address = app.running.address;
    // The key does not fit the certificate: both stay as they were.
    std::fs::copy(file("new.key"), file("server.key")).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(
        over_tls(address, &file("first.pem"), None, &call())
            .await
            .is_some()
    );
    std::fs::copy(file("new.pem"), file("server.pem")).unwrap();
    for _ in 0..500 {
        if over_tls(address, &file("new.pem"), None, &call())
            .await
            .is_some()
        {
            assert!(
                over_tls(address, &file("first.pem"), None, &call())
                    .await
                    .is_none()
            );
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the new certificate is not used");
}

/// On SIGHUP the files are read at once, however seldom they are looked at.
#[tokio::test]
async fn a_signal_has_the_certificates_read_again() {
    let folder = tempfile::tempdir().unwrap();
    if !["server", "new"]
        .iter()
        .all(|name| make(folder.path(), name))
    {
        return;
    }
    let file = |name: &str| folder.path().join(name);
    std::fs::copy(file("server.pem"), file("first.pem")).unwrap();
    let app = stateless_with(|config| {
        config.server.tls.cert_file = Some(file("server.pem"));
        config.server.tls.key_file = Some(file("server.key"));
        config.server.tls.reload_period_ms = 3_600_000;
    })
    .await;
    let address = app.running.address;
    // Without a handler of its own, the first signal could end the test.
    let _handled = signal(SignalKind::hangup()).unwrap();
    let hang_up = || kill_process(getpid(), Signal::HUP).unwrap();
    let served = async |name: &str| {
        let reply = over_tls(address, &file(name), None, &call()).await;
        reply.is_some()
    };
    // A broken file, and one that does not fit: both are read, and the old ones stay.
    for broken in ["new.key", "server.pem"] {
        std::fs::write(file("server.key"), std::fs::read(file(broken)).unwrap()).unwrap();
        hang_up();
        let refused = figure_after(&app, "aloqa_certificate_reads_total", "refused", hang_up);
        assert!(refused.await > 0);
        assert!(served("first.pem").await);
    }
    std::fs::copy(file("new.key"), file("server.key")).unwrap();
    std::fs::copy(file("new.pem"), file("server.pem")).unwrap();
    let used = figure_after(&app, "aloqa_certificate_reads_total", "used", hang_up);
    assert!(used.await > 0);
    assert!(served("new.pem").await && !served("first.pem").await);
}

/// A figure with this outcome, once it is there. Until then the act is repeated.
async fn figure_after(app: &TestApp, name: &str, outcome: &str, act: impl Fn()) -> u64 {
    let start = format!("{name}{{outcome=\"{outcome}\"}} ");
    for _ in 0..500 {
        act();
        let page = send(app.running.ops_address, HttpRequest::get("/metrics")).await;
        let found = page
            .body
            .lines()
            .find_map(|line| line.strip_prefix(&start)?.parse().ok());
        // It is there from the start.
        if let Some(found @ 1..) = found {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no {start}")
}

/// Operators see when the certificates end: the endpoint's own, those of its callers' signers, and those for the networks.
#[tokio::test]
async fn the_ends_of_certificates_are_figures() {
    let folder = tempfile::tempdir().unwrap();
    if !make(folder.path(), "server") {
        return;
    }
    let file = |name: &str| Some(folder.path().join(name));
    let app = stateless_with(|config| {
        config.server.tls.cert_file = file("server.pem");
        config.server.tls.key_file = file("server.key");
        config.server.tls.client_ca_file = file("server.pem");
        config.uzcard.tls.ca_file = file("server.pem");
        config.humo.payment_tls.client_cert = file("server.pem");
        config.humo.payment_tls.client_key = file("server.key");
    })
    .await;
    let page = send(app.running.ops_address, HttpRequest::get("/metrics")).await;
    let end = |setting: &str| {
        let start = format!("aloqa_certificate_end_timestamp_seconds{{setting=\"{setting}\"}} ");
        let found = page.body.lines().find_map(|line| line.strip_prefix(&start));
        found.map(|seconds| seconds.parse::<u64>().unwrap())
    };
    let own = end("server.tls.cert_file").unwrap();
    let made = std::fs::metadata(folder.path().join("server.pem")).unwrap();
    let made = made.modified().unwrap();
    let made = made.duration_since(std::time::UNIX_EPOCH).unwrap();
    let expected = made.as_secs() + 2 * 24 * 60 * 60;
    assert!((expected - 600..=expected).contains(&own), "{own}");
    for setting in [
        "server.tls.client_ca_file",
        "uzcard.tls.ca_file",
        "humo.payment_tls.client_cert",
    ] {
        assert_eq!(end(setting), Some(own), "{setting}");
    }
    assert_eq!(end("sms.tls.ca_file"), None);
}

#[tokio::test]
async fn where_callers_need_a_certificate_nobody_connects_without() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["server", "shop", "other"];
    if !names.iter().all(|name| make(folder.path(), name)) {
        return;
    }
    let file = |name: &str| folder.path().join(name);
    let app = stateless_with(|config| {
        config.server.tls.cert_file = Some(file("server.pem"));
        config.server.tls.key_file = Some(file("server.key"));
        config.server.tls.client_ca_file = Some(file("shop.pem"));
    })
    .await;
    let (address, trusted) = (app.running.address, file("server.pem"));
    for (shown, served) in [
        (Some("shop.pem"), true),
        (Some("other.pem"), false),
        (None, false),
    ] {
        let shown = shown.map(file);
        let reply = over_tls(address, &trusted, shown.as_deref(), &call()).await;
        let is_served = reply.is_some_and(|reply| reply.ends_with(&not_found()));
        assert_eq!(is_served, served, "{shown:?}");
    }
}

#[tokio::test]
async fn a_partner_that_has_certificates_shows_one_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["server", "shop", "other", "foreign"];
    if !names.iter().all(|name| make(folder.path(), name)) {
        return;
    }
    let file = |name: &str| folder.path().join(name);
    let pem = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    std::fs::write(file("ca.pem"), pem("shop.pem") + &pem("other.pem")).unwrap();
    let app = stateless_with(|config| {
        config.server.tls.cert_file = Some(file("server.pem"));
        config.server.tls.key_file = Some(file("server.key"));
        config.server.tls.client_ca_file = Some(file("ca.pem"));
        config.server.tls.require_client_certificate = false;
        config.server.partner_cache_ms = 0;
    })
    .await;
    let (address, trusted) = (app.running.address, file("server.pem"));
    let ask = async |shown: Option<&str>| {
        let shown = shown.map(&file);
        let reply = over_tls(address, &trusted, shown.as_deref(), &call()).await;
        reply.map(|reply| reply.split(' ').nth(1).unwrap().to_owned())
    };
    let (served, denied) = (Some("200".to_owned()), Some("401".to_owned()));
    // One that has none registered needs none, and may show what it likes of the known authorities.
    assert_eq!(ask(None).await, served);
    assert_eq!(ask(Some("other.pem")).await, served);
    assert_eq!(ask(Some("foreign.pem")).await, None);

    let fingerprint = |name: &str| {
        let certificate = CertificateDer::from_pem_file(file(name)).unwrap();
        Fingerprint::of(&certificate).to_string()
    };
    let database = &app.running.gateway.database;
    let register = async |names: &[&str]| {
        let fingerprints: Vec<String> = names.iter().map(|name| fingerprint(name)).collect();
        partners::set_certificates(database, DEMO.0, &fingerprints)
            .await
            .unwrap();
    };
    register(&["shop.pem"]).await;
    assert_eq!(ask(Some("shop.pem")).await, served);
    assert_eq!(ask(Some("other.pem")).await, denied);
    assert_eq!(ask(None).await, denied);
    // While it is replaced, both are right.
    register(&["shop.pem", "other.pem"]).await;
    assert_eq!(ask(Some("shop.pem")).await, served);
    assert_eq!(ask(Some("other.pem")).await, served);
    register(&[]).await;
    assert_eq!(ask(None).await, served);
}
