//! `aloqa-gateway contour check` where HUMO describes its cards over SOAP.

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
    let found = check(directory.path(), &["--card"], &settings, CARD);
    assert_table(found, 0, "soap_card");
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
