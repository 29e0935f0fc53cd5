//! The look at all servers outside, for `contour check`: at all of them at once, each as far as its time-outs let it.

use std::net::SocketAddr;

use entity::time::UnixMillis;
use rpc_schema::values::Pan;
use secrecy::{ExposeSecret as _, SecretString};

use super::networks::address_of;
use super::prefixes;
use super::ways::ways;
use crate::config::{CardInfoBy, Config, Profile};
use crate::domain::account::{self, Accounts};
use crate::environment::Environment;
use crate::processing::bulkhead::{Bulkhead, CardLimits};
use crate::processing::contour::{Around, Ended, Finding, Keys, Look, Record, Secrets};
use crate::processing::exchange::{Endpoint, SetupError, Way};
use crate::processing::humo::SoapService;
use crate::processing::humo::soap_contour::SoapLook;
use crate::processing::told_server::ToldServer;
use crate::processing::{humo, sms, uzcard};

/// The header `Date` has whole seconds, and proxies copy old ones: less than this is no finding.
const CLOCKS_MS: i64 = 30_000;

/// What an operator gives for it.
#[derive(Debug, Default)]
pub struct Given {
    /// A card of HUMO of their own.
    pub card: Option<Pan>,
    /// The id of a hold at SVGate.
    pub hold: Option<String>,
}

/// What was found of one server.
pub struct Looked {
    pub part: String,
    pub findings: Vec<Finding>,
    pub records: Vec<Record>,
    ended: Option<Ended>,
}

/// Looks at each. `say` is told what is done next.
pub async fn contour(
    config: &Config,
    environment: &Environment,
    given: &Given,
    say: &(dyn Fn(&str) + Sync),
) -> Vec<Looked> {
    let at = match config.profile() {
        Profile::Production => None,
        Profile::Sandbox => Some(config.sandbox.listen),
    };
    // A file that cannot be used stops a start, and `config check` says why.
    let config = &Config {
        prefixes: prefixes::open(config).unwrap_or_default(),
        ..config.clone()
    };
    let now = || -> UnixMillis { environment.clock.shared_now() };
    let secrets = secrets(config);
    let around = Around {
        now: &now,
        say,
        secrets: &secrets,
        clocks_ms: CLOCKS_MS.max(config.recovery.clock_skew_ms.into()),
    };
    let (uzcard, humo) = (&config.uzcard, &config.humo);
    let (sms, fiscal) = (&config.sms, &config.fiscal);
    let bulkhead = || {
        let cards = CardLimits {
            at_once: 1,
            lost: 1,
        };
        Bulkhead::of(config.server.max_in_flight, cards, ToldServer::default())
    };
    let (svgate, payments, info) = (bulkhead(), bulkhead(), bulkhead());
    let keys = Keys {
        url: "uzcard.url",
        tls: "uzcard.tls",
        server_name: "uzcard.tls.server_name",
        route: "uzcard.route",
        login: "uzcard.user and uzcard.password",
        timeout: ("uzcard.timeout_ms", uzcard.timeout_ms),
        whom: "the acquirer",
    };
    let uzcard_url = address_of(&uzcard.url, at, "/uzcard");
    let accounts = config.uzcard_accounts().map(|(uzcard, transfers)| Config {
        uzcard: uzcard.clone(),
        transfers: transfers.clone(),
        ..config.clone()
    });
    let logs_in = |name: &str| {
        let account = uzcard.accounts.get(name);
        account.is_some_and(|own| own.user.is_some())
    };
    let svgate_parts = of_accounts(
        NetworkPart {
            name: "UZCARD",
            section: "uzcard",
            accounts: &accounts,
            login: |config| (&config.uzcard.user, &config.uzcard.password),
            logs_in: &logs_in,
        },
        keys,
        uzcard_url,
        around,
        async |(own, account), url, look| {
            let hold = given.hold.as_deref();
            let hold = hold.filter(|_| account == account::DEFAULT);
            let has_terminal = uzcard
                .accounts
                .get(account)
                .is_some_and(|own| own.transfer_terminal.is_some());
            let terminal = match has_terminal {
                true => format!("uzcard.accounts.{account}.transfer_terminal"),
                false => "transfers.uzcard_terminal".to_owned(),
            };
            uzcard::contour::look(own, url, (hold, &terminal), &svgate, look).await?;
            if account == account::DEFAULT {
                uzcard::contour::look_at_hold_statuses(own, look);
            }
            Ok(())
        },
    );
    let keys = Keys {
        url: "humo.payment_url",
        tls: "humo.payment_tls",
        server_name: "humo.payment_tls.server_name",
        route: "humo.payment_route",
        login: "humo.user and humo.password",
        timeout: ("humo.timeout_ms", humo.timeout_ms),
        whom: "the acquirer",
    };
    let payment_url = address_of(&humo.payment_url, at, "/humo/payment");
    let humo_accounts = config.humo_accounts().map(|(humo, transfers)| Config {
        humo: humo.clone(),
        transfers: transfers.clone(),
        ..config.clone()
    });
    let humo_logs_in = |name: &str| {
        let account = humo.accounts.get(name);
        account.is_some_and(|own| own.user.is_some())
    };
    let humo_payments = of_accounts(
        NetworkPart {
            name: "HUMO payments",
            section: "humo",
            accounts: &humo_accounts,
            login: |config| (&config.humo.user, &config.humo.password),
            logs_in: &humo_logs_in,
        },
        keys,
        payment_url,
        around,
        async |(own, _), url, look| {
            humo::contour::look_at_payments(own, url, &payments, look).await
        },
    );
    let keys = Keys {
        url: "humo.info_url",
        tls: "humo.info_tls",
        server_name: "humo.info_tls.server_name",
        route: "humo.info_route",
        login: "humo.token",
        ..keys
    };
    let info_url = address_of(&humo.info_url, at, "/humo/json");
    let humo_cards = async {
        if humo.info == CardInfoBy::Soap {
            let keys = Keys {
                login: "humo.user and humo.password",
                ..keys
            };
            let card = given.card.as_ref();
            return soap_services(config, at, keys, card, &info, around).await;
        }
        let asked = async |url: &str, look: &mut Look<'_>| {
            humo::contour::look_at_cards(config, url, given.card.as_ref(), &info, look).await
        };
        vec![part(config, "HUMO cards", keys, info_url, around, asked).await]
    };
    let keys = Keys {
        url: "humo.history_url",
        server_name: "humo.history_server_name",
        ..keys
    };
    let histories = async {
        let url = humo.history_url.clone()?;
        let asked = async |url: &str, look: &mut Look<'_>| {
            let (connect, total) = (humo.connect_timeout_ms, config.history.timeout_ms);
            let tls = humo.history_tls();
            let way = Way::of(&tls, &humo.info_route, connect, total);
            look.connect(&Endpoint::new(url, way)?).await;
            Ok(())
        };
        Some(part(config, "HUMO histories", keys, Some(url), around, asked).await)
    };
    let keys = Keys {
        url: "sms.url",
        tls: "sms.tls",
        server_name: "sms.tls.server_name",
        route: "sms.route",
        login: "sms.user and sms.password",
        timeout: ("sms.timeout_ms", sms.timeout_ms),
        whom: "the provider",
    };
    let sms_url = address_of(&sms.url, at, "/sms/broker-api");
    let messages = part(config, "SMS", keys, sms_url, around, async |url, look| {
        sms::contour::look(sms, url, look).await
    });
    let keys = Keys {
        url: "fiscal.url",
        tls: "fiscal.tls",
        server_name: "fiscal.tls.server_name",
        route: "fiscal.route",
        login: "fiscal.user and fiscal.password",
        timeout: ("fiscal.timeout_ms", fiscal.timeout_ms),
        whom: "the fiscal service",
    };
    let fiscal_url = address_of(&fiscal.url, at, "/fiscal");
    // Whatever it is asked registers a receipt, so it is only connected.
    let receipts = part(
        config,
        "fiscal service",
        keys,
        fiscal_url,
        around,
        async |url, look| {
            let (connect, total) = (fiscal.connect_timeout_ms, fiscal.timeout_ms);
            let way = Way::of(&fiscal.tls, &fiscal.route, connect, total);
            look.connect(&Endpoint::new(url, way)?).await;
            Ok(())
        },
    );
    let all = tokio::join!(
        svgate_parts,
        humo_payments,
        humo_cards,
        histories,
        messages,
        receipts
    );
    let mut looked = all.0;
    looked.extend(all.1);
    looked.extend(all.2);
    looked.extend(all.3);
    looked.extend([all.4, all.5]);
    looked
}

/// A network of which each account is asked.
struct NetworkPart<'a> {
    /// What it is called.
    name: &'a str,
    /// The section of its settings.
    section: &'a str,
    /// The settings of each account as if there were only this one.
    accounts: &'a Accounts<Config>,
    /// The user and the password of such settings.
    login: fn(&Config) -> (&String, &SecretString),
    /// Whether this account has a login of its own.
    logs_in: &'a dyn Fn(&str) -> bool,
}

/// A network under each account, one after the other. What was wrong under one is not tried under others, be it the login or the
/// way, on which a proxy may want a login, too: servers lock out whoever is wrong again and again.
async fn of_accounts(
    network: NetworkPart<'_>,
    keys: Keys<'_>,
    url: Option<String>,
    around: Around<'_>,
    asked: impl AsyncFn((&Config, &str), &str, &mut Look<'_>) -> Result<(), SetupError>,
) -> Vec<Looked> {
    let NetworkPart {
        name,
        section,
        accounts,
        login: login_of,
        logs_in,
    } = network;
    let mut looked: Vec<Looked> = Vec::new();
    // Each with its settings, the keys of its login, and its part.
    let mut in_vain: Vec<(Ended, &Config, String, String)> = Vec::new();
    let is_same = |one: &Config, other: &Config| {
        let ((user, password), (other, others)) = (login_of(one), login_of(other));
        user == other && password.expose_secret() == others.expose_secret()
    };
    for account in accounts.names() {
        let own = accounts.or_default(account);
        let name = match account {
            account::DEFAULT => name.to_owned(),
            account => format!("{name}, account {account}"),
        };
        let login = match logs_in(account) {
            true => {
                let at = format!("{section}.accounts.{account}");
                format!("{at}.user and {at}.password_file")
            }
            false => keys.login.to_owned(),
        };
        let unasked = in_vain.iter().find_map(|(ended, other, login, part)| {
            let (check, found, wanted) = match ended {
                Ended::NotReached => {
                    let found = format!("not asked: {part} is not reached");
                    ("connection", found, "takes a connection")
                }
                Ended::Denied if is_same(own, other) => {
                    let found = format!("not asked: the login of {login} was not let in");
                    ("login", found, "is let in")
                }
                Ended::Denied | Ended::Unanswered => return None,
            };
            let advice = format!("see to {part} first");
            Some(Finding::wrong(check, found, wanted, advice))
        });
        if let Some(unasked) = unasked {
            looked.push(Looked {
                part: name,
                findings: vec![unasked],
                records: Vec::new(),
                ended: None,
            });
            continue;
        }
        let keys = Keys {
            login: &login,
            ..keys
        };
        let asked = async |url: &str, look: &mut Look<'_>| asked((own, account), url, look).await;
        let found = part(own, name, keys, url.clone(), around, asked).await;
        if let Some(ended) = found.ended {
            in_vain.push((ended, own, login, found.part.clone()));
        }
        looked.push(found);
    }
    looked
}

/// The SOAP services that describe the cards of HUMO, one after the other.
async fn soap_services(
    config: &Config,
    at: Option<SocketAddr>,
    keys: Keys<'_>,
    card: Option<&Pan>,
    bulkhead: &Bulkhead,
    around: Around<'_>,
) -> Vec<Looked> {
    let soap = &config.humo.soap_info;
    let mut so_far = SoapLook::with(card);
    let mut looked = Vec::new();
    for (service, name, (url, server_name), set, path) in [
        (
            SoapService::Cards,
            "HUMO cards",
            (
                "humo.soap_info.cards_url",
                "humo.soap_info.cards_server_name",
            ),
            &soap.cards_url,
            "/humo/soap/iiacs",
        ),
        (
            SoapService::Issuing,
            "HUMO issuing",
            (
                "humo.soap_info.issuing_url",
                "humo.soap_info.issuing_server_name",
            ),
            &soap.issuing_url,
            "/humo/soap/issuing",
        ),
        (
            SoapService::Access,
            "HUMO access",
            (
                "humo.soap_info.access_url",
                "humo.soap_info.access_server_name",
            ),
            &soap.access_url,
            "/humo/soap/access",
        ),
    ] {
        let asked = async |url: &str, look: &mut Look<'_>| {
            let asked = so_far.at(config, service, url, bulkhead, look);
            asked.await
        };
        let keys = Keys {
            url,
            server_name,
            ..keys
        };
        let url = address_of(set, at, path);
        looked.push(part(config, name, keys, url, around, asked).await);
    }
    looked
}

async fn part(
    config: &Config,
    name: impl Into<String>,
    keys: Keys<'_>,
    url: Option<String>,
    around: Around<'_>,
    asked: impl AsyncFnOnce(&str, &mut Look<'_>) -> Result<(), SetupError>,
) -> Looked {
    let name = name.into();
    let Some(url) = url else {
        let absent = format!("absent: {} is not set", keys.url);
        return Looked {
            part: name,
            findings: vec![Finding::right("route", absent, "as agreed")],
            records: Vec::new(),
            ended: None,
        };
    };
    let say = |words: &str| (around.say)(&format!("{name}: {words}"));
    let around = Around {
        say: &say,
        ..around
    };
    let way = ways(config).into_iter().find(|(key, _)| *key == keys.url);
    let way = way.map_or_else(|| format!("the sandbox, {url}"), |(_, way)| way);
    let mut look = Look::new(keys, way, around);
    if let Err(error) = asked(&url, &mut look).await {
        let advice = format!("look at {}, {} and their files", keys.url, keys.tls);
        let unusable = Finding::wrong("settings", error.to_string(), "can be used", advice);
        look.findings.push(unusable);
    }
    Looked {
        part: name.clone(),
        findings: look.findings,
        records: look.records,
        ended: look.ended,
    }
}

/// What must stand in no record.
fn secrets(config: &Config) -> Secrets {
    let (uzcard, humo) = (&config.uzcard, &config.humo);
    let (sms, fiscal) = (&config.sms, &config.fiscal);
    let mut secrets = vec![
        uzcard.password.clone(),
        humo.password.clone(),
        humo.token.clone(),
        humo.login.password.clone(),
        sms.password.clone(),
        fiscal.password.clone(),
    ];
    secrets.extend(
        uzcard
            .accounts
            .values()
            .filter_map(|own| own.password.clone()),
    );
    secrets.extend(
        humo.accounts
            .values()
            .filter_map(|own| own.password.clone()),
    );
    for route in [
        &uzcard.route,
        &humo.payment_route,
        &humo.info_route,
        &sms.route,
        &fiscal.route,
    ] {
        secrets.extend(route.proxy_password.clone());
    }
    Secrets(secrets)
}
