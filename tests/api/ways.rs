//! The way to the networks: what if there is a proxy on it, a certificate of their own, several addresses of ours?

use std::net::SocketAddr;

use aloqa_gateway::config::{CardInfoBy, Config, PeerTls, ProxyAddress, Route, TokenFrom};
use serde_json::{Value, json};

use test_support::orders::AMOUNT;
use test_support::proxy::{Proxy, Shape};
use test_support::tls_front::{Certificates, TlsFront};
use test_support::tunnel::{Manner, Spoken, Tunnel};
use test_support::*;

/// The ways to all addresses.
fn routes(config: &mut Config) -> [&mut Route; 5] {
    [
        &mut config.uzcard.route,
        &mut config.humo.payment_route,
        &mut config.humo.info_route,
        &mut config.sms.route,
        &mut config.fiscal.route,
    ]
}

fn tls(config: &mut Config) -> [&mut PeerTls; 5] {
    [
        &mut config.uzcard.tls,
        &mut config.humo.payment_tls,
        &mut config.humo.info_tls,
        &mut config.sms.tls,
        &mut config.fiscal.tls,
    ]
}

/// Sets all addresses to one server.
fn lead_to(config: &mut Config, server: &str) {
    config.uzcard.url = Some(format!("{server}/uzcard"));
    config.humo.payment_url = Some(format!("{server}/humo/payment"));
    config.humo.info_url = Some(format!("{server}/humo/json"));
    config.sms.url = Some(format!("{server}/sms/broker-api"));
    config.fiscal.url = Some(format!("{server}/fiscal"));
}

/// Sends everything through a proxy, on a connection of its own, so that each call meets it.
fn send_through(config: &mut Config, tunnel: &Tunnel) {
    for route in routes(config) {
        route.proxy = ProxyAddress::parse(&tunnel.url());
        route.idle_ms = 0;
    }
}

/// A partner at a gateway that takes its networks for real.
async fn shop(app: &TestApp) -> Credentials {
    let shop = app.add_partner("shop", &["*"]).await;
    app.disable_partner("demo").await;
    shop
}

/// One whose simulated networks answer to a name.
async fn named(app: &TestApp) -> TestApp {
    let hosts = ["networks.test", "127.0.0.1"].map(str::to_owned).into();
    let named = TestApp::with(app.kind, |config| config.server.hosts = hosts);
    named.await.unwrap()
}

/// Calls every address: cards are attached, a code is sent, money is moved at both networks, a fee is registered.
async fn walk(app: &TestApp, gateway: &TestApp, shop: &Credentials) {
    let receipts = app.receipts().await.len();
    let direction = HUMO_TO_UZCARD;
    let (payer, token) = (
        direction.from,
        gateway.add_card_as(shop, direction.from).await,
    );
    let uzcard = gateway.add_card_as(shop, UZCARD).await;
    let sent = app.messages(payer.phone).await.len();
    let coded = with(
        debit_params(payer, &token, 500),
        json!({"force_sms_confirmation": true}),
    );
    let begun = gateway.call_as(shop, "transactions.debit", coded).await;
    assert_eq!(begun["result"]["phone"], payer.phone, "{begun}");
    assert_eq!(app.messages(payer.phone).await.len(), sent + 1);
    for (card, token) in [(payer, &token), (UZCARD, &uzcard)] {
        let params = debit_params(card, token, 500);
        let reply = gateway.call_as(shop, "transactions.debit", params).await;
        let id = reply["result"]["transactionId"]
            .as_i64()
            .unwrap_or_else(|| panic!("{reply}"));
        assert_eq!(card.masked_result(reply), success(&card.taken(id)));
    }
    let params = direction.params(&token, AMOUNT);
    let done = gateway.call_as(shop, direction.method, params).await;
    let url = done["result"]["ofd_url"].as_str();
    assert!(url.is_some_and(|url| !url.is_empty()), "{done}");
    assert_eq!(app.receipts().await.len(), receipts + 1);
}

/// An `extId`.
fn name(card: TestCard, spoken: Spoken, manner: Manner) -> String {
    let manner = format!("{manner:?}").replace(['(', ')'], ".");
    format!("{}-{spoken:?}-{manner}", card.network())
}

/// What was not sent, said by the card's network.
fn unavailable(card: TestCard) -> Value {
    let code = if card.is_humo() { -32339 } else { -32338 };
    refusal(code, &json!({"network": card.network(), "retryable": true}))
}

mostly_on_sqlite! {
    async fn every_address_is_reached_through_a_proxy(app: TestApp) {
        let app = named(&app).await;
        let networks = app.running.sandbox_address.unwrap();
        for spoken in [Spoken::Connect, Spoken::Socks5] {
            for login in [None, Some(("aloqa", "p:ä%ss"))] {
                let tunnel = Tunnel::start(spoken).await;
                // Nobody but the proxy knows the name.
                tunnel.knows("networks.test", networks);
                if let Some((user, password)) = login {
                    tunnel.asks_for(user, password);
                }
                let gateway = app.another_with(|config| {
                    lead_to(config, "http://networks.test:8443");
                    send_through(config, &tunnel);
                    for route in routes(config) {
                        route.proxy_user = login.map(|(user, _)| user.to_owned());
                        route.proxy_password = login.map(|(_, password)| password.into());
                    }
                }).await;
                walk(&app, &gateway, &Credentials::demo()).await;
                let asked = tunnel.asked();
                assert!(asked.len() > 10, "{asked:?}");
                assert!(asked.iter().all(|place| place == "networks.test:8443"), "{asked:?}");
                gateway.running.stop().await;
            }
        }
    }

    async fn a_kept_connection_stands_in_the_proxy_too(app: TestApp) {
        for spoken in [Spoken::Connect, Spoken::Socks5] {
            let tunnel = Tunnel::start(spoken).await;
            let gateway = app.another_with(|config| {
                config.uzcard.route.proxy = ProxyAddress::parse(&tunnel.url());
            }).await;
            let token = gateway.add_card(UZCARD).await;
            for _ in 0..3 {
                gateway.ordered(debit_params(UZCARD, &token, 500)).await;
                // The connection's task may report a moment late that it is free.
                tokio::task::yield_now().await;
            }
            assert!(tunnel.asked().len() < 5);
            gateway.running.stop().await;
        }
    }

    async fn connections_come_from_the_address_that_is_set(app: TestApp) {
        let tunnel = Tunnel::start(Spoken::Socks5).await;
        let gateway = app.another_with(|config| {
            send_through(config, &tunnel);
            for (route, last) in routes(config).into_iter().zip(11..) {
                route.source_address = Some([127, 0, 0, last].into());
            }
        }).await;
        walk(&app, &gateway, &Credentials::demo()).await;
        let mut sources: Vec<String> = tunnel.sources().iter().map(ToString::to_string).collect();
        sources.sort();
        sources.dedup();
        assert_eq!(sources, ["127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14", "127.0.0.15"]);
        // An address that is not ours sends nothing.
        let nowhere = app.another_with(|config| {
            config.uzcard.route.source_address = Some([192, 0, 2, 1].into());
        }).await;
        let token = app.add_card(UZCARD).await;
        let reply = nowhere.call("transactions.debit", debit_params(UZCARD, &token, 500)).await;
        assert_eq!(reply, unavailable(UZCARD));
    }

    /// The roots, our certificate and the name in theirs are looked at inside the proxy's connection as on a direct one.
    async fn every_address_may_have_tls_of_its_own_behind_any_proxy(app: TestApp) {
        let Some(certificates) = Certificates::new() else { return };
        let app = named(&app).await;
        certificates.make("by-address", "IP:127.0.0.1");
        certificates.make("by-name", "DNS:networks.test");
        certificates.make("gateway", "DNS:gateway.test");
        let networks = app.running.sandbox_address.unwrap();
        // Behind this one, replies end with the connection, and TLS has no farewell.
        let old = Proxy::start(networks, 1).await;
        old.reshape("", Some(Shape::UntilClosed));
        let by_address = TlsFront::start(&certificates, "by-address", old.address).await;
        let by_name = TlsFront::start(&certificates, "by-name", networks).await;
        let shop = shop(&app).await;
        let (at_address, at_name) = (
            format!("https://{}", by_address.address),
            format!("https://{}", by_name.address),
        );
        let own = |config: &mut Config, expected: Option<&str>| {
            for tls in tls(config) {
                tls.ca_file = Some(certificates.pem("root"));
                tls.client_cert = Some(certificates.pem("gateway"));
                tls.client_key = Some(certificates.key("gateway"));
                tls.server_name = expected.map(str::to_owned);
            }
        };
        for spoken in [None, Some(Spoken::Connect), Some(Spoken::Socks5)] {
            let tunnel = match spoken {
                Some(spoken) => Some(Tunnel::start(spoken).await),
                None => None,
            };
            if let Some(tunnel) = &tunnel {
                tunnel.knows("networks.test", by_name.address);
            }
            for (server, expected) in [
                (&at_address, None),
                (&at_name, Some("networks.test")),
                (&"https://networks.test".to_owned(), None),
            ] {
                // A name that only the proxy knows.
                if tunnel.is_none() && server.ends_with(".test") {
                    continue;
                }
                let gateway = app.another_with(|config| {
                    lead_to(config, server);
                    own(config, expected);
                    if let Some(tunnel) = &tunnel {
                        send_through(config, tunnel);
                    }
                }).await;
                walk(&app, &gateway, &shop).await;
                gateway.running.stop().await;
            }
            // What does not fit is told nothing: another root, another name, none of ours.
            let token = app.add_card_as(&shop, UZCARD).await;
            let moves = app.moves().await;
            for (number, wrong) in ["root", "name", "certificate"].into_iter().enumerate() {
                let gateway = app.another_with(|config| {
                    lead_to(config, &at_name);
                    own(config, Some("networks.test"));
                    let tls = &mut config.uzcard.tls;
                    match number {
                        0 => tls.ca_file = Some(certificates.pem("by-address")),
                        1 => tls.server_name = None,
                        _ => (tls.client_cert, tls.client_key) = (None, None),
                    }
                    if let Some(tunnel) = &tunnel {
                        send_through(config, tunnel);
                    }
                }).await;
                let params = debit_params(UZCARD, &token, 500);
                let reply = gateway.call_as(&shop, "transactions.debit", params).await;
                match wrong {
                    // TLS 1.3 refuses a client once that may have spoken already.
                    "certificate" => {
                        let code = reply["error"]["code"].as_i64();
                        assert!(matches!(code, Some(-32379 | -32338)), "{reply}");
                    }
                    _ => assert_eq!(reply, unavailable(UZCARD), "{wrong}"),
                }
                assert_eq!(app.moves().await, moves, "{wrong}");
                gateway.running.stop().await;
            }
        }
    }

    /// Cards over SOAP, their histories and the login for those are behind one section of TLS.
    async fn each_server_that_tells_of_cards_may_have_a_name_of_its_own(app: TestApp) {
        let Some(certificates) = Certificates::new() else { return };
        certificates.make("gateway", "DNS:gateway.test");
        let networks = app.running.sandbox_address.unwrap();
        let mut fronts = Vec::new();
        for name in ["cards", "issuing", "access", "history"] {
            certificates.make(name, &format!("DNS:{name}.test"));
            fronts.push(TlsFront::start(&certificates, name, networks).await);
        }
        let shop = shop(&app).await;
        let over_soap = |config: &mut Config| {
            let humo = &mut config.humo;
            let named = |name: &str| Some(format!("{name}.test"));
            let at = |front: usize, path: &str| Some(format!("https://{}{path}", fronts[front].address));
            (humo.info, humo.auth) = (CardInfoBy::Soap, TokenFrom::Login);
            humo.login.token_member = "result.token".to_owned();
            humo.info_tls = PeerTls {
                ca_file: Some(certificates.pem("root")),
                client_cert: Some(certificates.pem("gateway")),
                client_key: Some(certificates.key("gateway")),
                server_name: named("cards"),
            };
            humo.soap_info.cards_url = at(0, "/humo/soap/iiacs");
            humo.soap_info.issuing_url = at(1, "/humo/soap/issuing");
            humo.soap_info.issuing_server_name = named("issuing");
            humo.soap_info.access_url = at(2, "/humo/soap/access");
            humo.soap_info.access_server_name = named("access");
            humo.history_url = at(3, "/humo/json");
            humo.history_server_name = named("history");
        };
        let gateway = app.another_with(over_soap).await;
        let token = gateway.add_card_as(&shop, HUMO).await;
        let today = json!({"tokens": [token], "from": "2026-11-21", "to": "2026-11-21"});
        let listed = gateway.call_as(&shop, "cards.monitoring", today).await;
        assert_eq!(listed["result"]["transactions"], json!([]), "{listed}");
        gateway.running.stop().await;
        // Without it, that of the section holds.
        let wrong = app.another_with(|config| {
            over_soap(config);
            config.humo.soap_info.cards_server_name = Some("other.test".to_owned());
        }).await;
        let params = json!({"pan": HUMO.pan, "expiry": "1230", "phone": HUMO.phone});
        let refused = wrong.call_as(&shop, "cards.add", params).await;
        assert_eq!(refused["error"]["code"], json!(-32339), "{refused}");
        wrong.running.stop().await;
    }
}

on_each_database! {
    /// Before the connection stands nothing can have been sent. Once it stands, nobody knows.
    async fn a_proxy_that_fails_leaves_open_only_what_can_have_left(app: TestApp) {
        use Manner as M;
        let refused_by_socks5 = [1, 2, 3, 4, 5, 6, 7, 8, 200].map(M::Refuses);
        let refused_by_http = [302, 403, 407, 500, 502, 503, 504].map(M::Refuses);
        let others = [M::Babbles, M::HangsUp, M::IsSilent];
        for card in [UZCARD, HUMO] {
            for spoken in [Spoken::Connect, Spoken::Socks5] {
                let tunnel = Tunnel::start(spoken).await;
                let token = app.add_card(card).await;
                let gateway = app.another_with(|config| {
                    send_through(config, &tunnel);
                    config.uzcard.connect_timeout_ms = 200;
                    config.humo.connect_timeout_ms = 200;
                }).await;
                let debit = |ext_id: &str| {
                    let params = with(debit_params(card, &token, AMOUNT), json!({"extId": ext_id}));
                    gateway.call("transactions.debit", params)
                };
                let not_sent = match spoken {
                    Spoken::Connect => [&refused_by_http[..], &others, &[M::ShowsPage]].concat(),
                    Spoken::Socks5 => [&refused_by_socks5[..], &others].concat(),
                };
                for manner in not_sent {
                    let shown = name(card, spoken, manner);
                    let (moves, balance) = (app.moves().await, app.balance(card).await);
                    tunnel.behaves(manner);
                    assert_eq!(debit(&shown).await, unavailable(card), "{shown}");
                    let row = app.row_of(&shown).await;
                    assert_eq!(app.status(row.id.0).await, "declined", "{shown}");
                    let calls = app.request_rows(row.id.0).await;
                    let cause = calls[0].cause.clone().unwrap_or_default();
                    assert!(cause.contains("the proxy"), "{shown}: {cause}");
                    assert_eq!(app.requests(row.id.0).await, ["pay declined"], "{shown}");
                    assert_eq!((app.moves().await, app.balance(card).await), (moves, balance), "{shown}");
                    // The same order goes through as soon as the proxy does.
                    tunnel.behaves(M::Opens);
                    let again = debit(&format!("{shown}-again")).await;
                    assert!(again.get("result").is_some(), "{shown}: {again}");
                }
                for (manner, executed) in [(M::Swallows, false), (M::LosesReply, true)] {
                    let shown = name(card, spoken, manner);
                    let balance = app.balance(card).await;
                    tunnel.behaves(manner);
                    let reply = debit(&shown).await;
                    let id = app.row_of(&shown).await.id.0;
                    assert_eq!(reply, outcome_unknown(id), "{shown}");
                    assert_eq!(app.status(id).await, "processing", "{shown}");
                    assert_eq!(app.requests(id).await, ["pay unknown"], "{shown}");
                    let taken = if executed { AMOUNT } else { 0 };
                    assert_eq!(app.balance(card).await, balance - taken, "{shown}");
                    tunnel.behaves(M::Opens);
                    // Found by its reference, through the same proxy.
                    app.clock.advance_ms(24 * 3_600_000);
                    gateway.recover_after_all().await;
                    gateway.recover_after_all().await;
                    // HUMO's money was only blocked, so it is freed; SVGate's was taken.
                    let (status, taken) = match (executed, card.is_humo()) {
                        (true, false) => ("succeeded", AMOUNT),
                        (true, true) | (false, _) => ("declined", 0),
                    };
                    assert_eq!(app.status(id).await, status, "{shown}");
                    assert_eq!(app.balance(card).await, balance - taken, "{shown}");
                }
                gateway.running.stop().await;
            }
        }
        app.assert_settled().await;
    }

    async fn a_proxy_that_is_not_there_or_wants_another_login_was_told_nothing(app: TestApp) {
        let token = app.add_card(UZCARD).await;
        for spoken in [Spoken::Connect, Spoken::Socks5] {
            for (number, login) in [None, Some(("aloqa", "wrong")), Some(("other", "right"))].into_iter().enumerate() {
                let tunnel = Tunnel::start(spoken).await;
                tunnel.asks_for("aloqa", "right");
                let gateway = app.another_with(|config| {
                    send_through(config, &tunnel);
                    config.uzcard.route.proxy_user = login.map(|(user, _)| user.to_owned());
                    config.uzcard.route.proxy_password = login.map(|(_, password)| password.into());
                }).await;
                let ext_id = format!("{spoken:?}-{number}");
                let params = with(debit_params(UZCARD, &token, AMOUNT), json!({"extId": ext_id}));
                assert_eq!(gateway.call("transactions.debit", params).await, unavailable(UZCARD), "{ext_id}");
                let id = app.row_of(&ext_id).await.id.0;
                let cause = app.request_rows(id).await[0].cause.clone().unwrap_or_default();
                assert!(!cause.contains("wrong") && cause.contains(&tunnel.address.to_string()), "{cause}");
                gateway.running.stop().await;
            }
        }
        let nobody: SocketAddr = closed_port();
        let gateway = app.another_with(|config| {
            config.uzcard.route.proxy = ProxyAddress::parse(&format!("http://{nobody}"));
        }).await;
        let params = debit_params(UZCARD, &token, AMOUNT);
        assert_eq!(gateway.call("transactions.debit", params).await, unavailable(UZCARD));
        assert_eq!(app.moves().await, [""; 0]);
        app.assert_settled().await;
    }
}
