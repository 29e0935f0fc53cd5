//! What is connected: the card networks, the SMS provider and the fiscal service, real or simulated.

use std::net::SocketAddr;

use super::StartError;
use crate::config::{Config, Profile};
use crate::exchange_counts::ExchangeCounts;
use crate::notices::Notices;
use crate::payment;
use crate::processing::bulkhead::{Bulkhead, CardLimits};
use crate::processing::fiscal::Fiscal;
use crate::processing::sms::Sms;
use crate::processing::told_server::ToldServer;
use crate::processing::{CardNetworks, humo, uzcard};

/// The clients of all that is outside.
pub(super) struct Clients {
    /// They ask the networks, and move no money.
    pub(super) cards: CardNetworks,
    /// They move money.
    pub(super) payments: payment::Networks,
    pub(super) sms: Sms,
    pub(super) fiscal: Fiscal,
}

/// The clients that ask the card networks, for a command that does not serve. In the sandbox profile they connect to the
/// simulated networks of a process that does.
///
/// # Errors
/// An address is malformed.
pub fn card_networks(config: &Config) -> Result<CardNetworks, StartError> {
    let sandbox = match config.profile() {
        Profile::Production => None,
        Profile::Sandbox => Some(config.sandbox.listen),
    };
    let told = (&Notices::default(), &ExchangeCounts::default());
    Ok(connect_networks(config, sandbox, told)?.0)
}

/// Makes all clients. Without a configured address they connect to the sandbox.
///
/// # Errors
/// An address is malformed.
pub(super) fn connect(
    config: &Config,
    sandbox: Option<SocketAddr>,
    (notices, exchanges): (&Notices, &ExchangeCounts),
) -> Result<Clients, StartError> {
    let url = |configured: &Option<String>, path: &str| address_of(configured, sandbox, path);
    let wrong = |key| move |source| StartError::Address { key, source };
    let (cards, payments) = connect_networks(config, sandbox, (notices, exchanges))?;
    let fiscal = Fiscal::new(
        &config.fiscal,
        &url(&config.fiscal.url, "/fiscal"),
        ToldServer::new("fiscal", notices, exchanges),
    )
    .map_err(wrong("fiscal.url"))?;
    let sms = Sms::new(
        &config.sms,
        &url(&config.sms.url, "/sms/broker-api"),
        ToldServer::new("sms", notices, exchanges),
    )
    .map_err(wrong("sms.url"))?;
    Ok(Clients {
        cards,
        payments,
        sms,
        fiscal,
    })
}

fn connect_networks(
    config: &Config,
    sandbox: Option<SocketAddr>,
    (notices, exchanges): (&Notices, &ExchangeCounts),
) -> Result<(CardNetworks, payment::Networks), StartError> {
    let url = |configured: &Option<String>, path: &str| address_of(configured, sandbox, path);
    let wrong = |key| move |source| StartError::Address { key, source };
    // One each: calls that hang at one network leave room for the other.
    let bulkhead = |server| {
        let told = ToldServer::new(server, notices, exchanges);
        Bulkhead::of(config.server.max_in_flight, card_limits(config), told)
    };
    let (uzcard_cards, uzcard_payments) = uzcard::connect(
        &config.uzcard,
        &url(&config.uzcard.url, "/uzcard"),
        config.holds.lifetime_minutes,
        &config.transfers,
        &config.history,
        &bulkhead("uzcard"),
    )
    .map_err(wrong("uzcard.url"))?;
    let (humo_cards, humo_payments) = humo::connect(
        &config.humo,
        &url(&config.humo.payment_url, "/humo/payment"),
        &url(&config.humo.info_url, "/humo/json"),
        &config.transfers,
        &config.history,
        &bulkhead("humo"),
    )
    .map_err(wrong("humo.payment_url"))?;
    let cards = CardNetworks {
        uzcard: uzcard_cards,
        humo: humo_cards,
    };
    let payments = payment::Networks {
        uzcard: uzcard_payments,
        humo: humo_payments,
    };
    Ok((cards, payments))
}

/// What a card may cost its network. In the sandbox profile a few test cards are everybody's.
fn card_limits(config: &Config) -> CardLimits {
    let (at_once, lost) = match config.profile() {
        Profile::Production => (4, 5),
        Profile::Sandbox => (1_000, 1_000),
    };
    CardLimits {
        at_once: config.limits.card_calls_at_once.unwrap_or(at_once),
        lost: config.limits.card_lost_calls.unwrap_or(lost),
    }
}

/// The configured address, or the path at the sandbox.
fn address_of(configured: &Option<String>, sandbox: Option<SocketAddr>, path: &str) -> String {
    match (configured, sandbox) {
        (Some(url), _) => url.clone(),
        (None, Some(sandbox)) => format!("http://{sandbox}{path}"),
        // `Config::check` requires all addresses in production.
        (None, None) => String::new(),
    }
}
