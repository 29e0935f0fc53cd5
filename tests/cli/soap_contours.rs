//! `aloqa-gateway contour check` where HUMO describes its cards over SOAP.

use std::fs;
use std::net::SocketAddr;

use test_support::tls_front::{Certificates, TlsFront};

use crate::contours::{CARD, Fake, Settings, assert_table, check, reply, with};
use crate::program::{FREE_PORTS, Serving};

/// The three services.
fn services(cards: &str, issuing: &str, access: &str, more: &[(&str, &str)]) -> Settings {
    let own = [
        ("HUMO__INFO", "soap"),
        ("HUMO__SOAP_INFO__CARDS_URL", cards),
        ("HUMO__SOAP_INFO__ISSUING_URL", issuing),
        ("HUMO__SOAP_INFO__ACCESS_URL", access),
    ];
    with(&[&own, more].concat())
}

/// With a card each is asked what the gateway asks, without one the login is proved.
#[test]
fn the_services_are_asked_for_a_card_and_without_one_for_nobody() {
    let sandbox = Serving::start(&["sandbox"], &FREE_PORTS, "simulated networks");
    let at = sandbox.url("the simulated networks");
    let settings = services(
        &format!("{at}/humo/soap/iiacs"),
        &format!("{at}/humo/soap/issuing"),
        &format!("{at}/humo/soap/access"),
        &[
            ("HUMO__PAYMENT_URL", &format!("{at}/humo/payment")),
            ("HUMO__HISTORY_URL", &format!("{at}/humo/json")),
        ],
    );
    let directory = tempfile::tempdir().unwrap();
    let found = check(
        directory.path(),
        &["--card", "--record", "kept"],
        &settings,
        CARD,
    );
    assert_table(found, 0, "soap_card");
    let asked = [
        "cards-getCardAccountsBalance",
        "issuing-listCustomers",
        "access-export",
    ];
    for (name, side) in asked
        .into_iter()
        .flat_map(|name| [(name, "request"), (name, "reply")])
    {
        let file = directory.path().join(format!("kept/HUMO-{name}.{side}"));
        let text = fs::read_to_string(file).unwrap();
        // The card, its owner at the bank, and the phone.
        for secret in [CARD, "01578366", "998977446066"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
    let found = check(directory.path(), &[], &settings, "");
    assert_table(found, 0, "soap");
}

/// The login is that of all three.
#[test]
fn a_login_that_one_service_does_not_take_is_not_tried_at_the_others() {
    let fake = Fake::start(|_| reply("401 Unauthorized", "", "text/plain", "Unauthorized"));
    let url = format!("http://{}", fake.address);
    let settings = services(&url, &url, &url, &[("HUMO__PAYMENT_URL", &url)]);
    let directory = tempfile::tempdir().unwrap();
    let found = check(directory.path(), &["--card"], &settings, CARD);
    assert_table(found, 1, "soap_wrong_password");
    // The other one is the PaymentServer's.
    assert_eq!(fake.asked().len(), 2);
}

/// A denial may have a code of the service's own, which says nothing of the login.
#[test]
fn a_denial_with_a_code_is_a_denial() {
    let fault = "<E><Body><Fault><faultcode>x</faultcode><detail><code>-1</code></detail></Fault></Body></E>";
    let fake = Fake::start(move |_| reply("401 Unauthorized", "", "text/xml", fault));
    let url = format!("http://{}", fake.address);
    let settings = services(&url, &url, &url, &[("HUMO__PAYMENT_URL", &url)]);
    let directory = tempfile::tempdir().unwrap();
    let (status, table) = check(directory.path(), &[], &settings, "");
    assert_eq!(status, 1);
    let denied: Vec<&str> = table
        .lines()
        .filter(|row| row.contains("HTTP 401"))
        .collect();
    assert_eq!(denied.len(), 2, "{table}");
    assert_eq!(fake.asked().len(), 2);
}

/// They share a section of TLS, but not the name in it.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_of_another_name_is_told_by_its_own_setting() {
    let Some(certificates) = Certificates::new() else {
        return;
    };
    certificates.make("humo", "DNS:humo.bank");
    let nobody: SocketAddr = "127.0.0.1:1".parse().unwrap();
    let front = TlsFront::start(&certificates, "humo", nobody).await;
    let (url, root) = (
        format!("https://{}/", front.address),
        certificates.pem("root"),
    );
    let more = [
        ("HUMO__PAYMENT_URL", "http://127.0.0.1:1/"),
        ("HUMO__HISTORY_URL", url.as_str()),
        ("HUMO__INFO_TLS__CA_FILE", root.to_str().unwrap()),
        ("HUMO__SOAP_INFO__ISSUING_SERVER_NAME", "humo.bank"),
    ];
    let directory = tempfile::tempdir().unwrap();
    let settings = services(&url, &url, &url, &more);
    let (_, table) = check(directory.path(), &[], &settings, "");
    let rows = table
        .lines()
        .filter(|row| row.contains(" | certificate | "));
    let advice: Vec<&str> = rows.map(|row| row.rsplit(" | ").next().unwrap()).collect();
    let named =
        |key: &str| format!("if the acquirer says that it is theirs: {key}, the name that it has");
    assert_eq!(
        advice,
        [
            named("humo.soap_info.cards_server_name"),
            "-".to_owned(),
            named("humo.soap_info.access_server_name"),
            named("humo.history_server_name"),
        ],
        "{table}"
    );
}
