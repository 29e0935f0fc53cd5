//! `aloqa-gateway contour check` against servers whose certificates nobody else has signed, or that have no name.

use std::net::TcpListener;
use std::path::PathBuf;

use test_support::tls_front::{Certificates, TlsFront};

use crate::contours::{assert_table, check, with};

#[tokio::test(flavor = "multi_thread")]
async fn one_that_no_root_and_no_name_make_right_is_to_be_named_itself() {
    let Some(certificates) = Certificates::new() else {
        return;
    };
    certificates.make_own("own", "svgate");
    certificates.make_nameless("nameless");
    certificates.make("us", "DNS:aloqa");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let behind = silent.local_addr().unwrap();
    let own = TlsFront::start(&certificates, "own", behind).await;
    let nameless = TlsFront::start(&certificates, "nameless", behind).await;
    let url = |front: &TlsFront| format!("https://{}/", front.address);
    let file = |path: PathBuf| path.to_str().unwrap().to_owned();
    let (root, itself) = (
        file(certificates.pem("root")),
        file(certificates.pem("own")),
    );
    let settings = with(&[
        ("UZCARD__URL", &url(&own)),
        ("UZCARD__TLS__CA_FILE", &root),
        ("SMS__URL", &url(&nameless)),
        ("SMS__TLS__CA_FILE", &root),
        // What the first is told to do.
        ("FISCAL__URL", &url(&own)),
        ("FISCAL__TLS__CA_FILE", &itself),
        ("FISCAL__TLS__CLIENT_CERT", &file(certificates.pem("us"))),
        ("FISCAL__TLS__CLIENT_KEY", &file(certificates.key("us"))),
    ]);
    let directory = tempfile::tempdir().unwrap();
    let (status, table) = check(directory.path(), &[], &settings, "");
    let table = table.replace(&root, "ROOT").replace(&itself, "ITSELF");
    assert_table((status, table), 1, "own_certificates");
}
