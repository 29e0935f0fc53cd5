//! What is connected: the card networks, the SMS provider and the fiscal service, real or simulated.

use std::net::SocketAddr;

use super::StartError;
use crate::config::{CardInfoBy, Config, Profile};
use crate::domain::account::{self, Accounts};
use crate::exchange_counts::ExchangeCounts;
use crate::notices::Notices;
use crate::payment;
use crate::processing::bulkhead::{Bulkhead, CardLimits};
use crate::processing::exchange::SetupError;
use crate::processing::fiscal::{self, FiscalOperator};
use crate::processing::humo::{CardAddress, SoapAddresses};
use crate::processing::sms::Sms;
use crate::processing::told_server::ToldServer;
use crate::processing::{CardNetworks, humo, uzcard};

/// The clients of all that is outside.
pub(super) struct Clients {
    /// They ask the networks, and move no money.
    pub(super) cards: CardNetworks,
    /// They move money.
    pub(super) payments: payment::Networks,
    pub(super) sms: Option<Sms>,
    pub(super) fiscal: Option<Box<dyn FiscalOperator>>,
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

/// Makes the clients of all that is configured; in the sandbox profile, of all there is in the sandbox.
///
/// # Errors
/// An address is malformed.
pub(super) fn connect(
    config: &Config,
    sandbox: Option<SocketAddr>,
    (notices, exchanges): (&Notices, &ExchangeCounts),
) -> Result<Clients, StartError> {
    let (cards, payments) = connect_networks(config, sandbox, (notices, exchanges))?;
    let told = |server| ToldServer::new(server, notices, exchanges);
    let fiscal = address_of(&config.fiscal.url, sandbox, "/fiscal")
        .map(|url| fiscal::connect(&config.fiscal, &url, told("fiscal")))
        .transpose()
        .map_err(wrong("fiscal.url"))?;
    let sms = address_of(&config.sms.url, sandbox, "/sms/broker-api")
        .map(|url| Sms::new(&config.sms, &url, told("sms")))
        .transpose()
        .map_err(wrong("sms.url"))?;
    Ok(Clients {
        cards,
        payments,
        sms,
        fiscal,
    })
}

/// Says in the log what the settings leave open of a real network.
pub(super) fn tell(config: &Config) {
    let unset = config
        .uzcard_accounts()
        .of(account::DEFAULT)
        .map(|(uzcard, _)| uzcard.hold_statuses.unset())
        .unwrap_or_default();
    if config.uzcard.url.is_some() && !unset.is_empty() {
        tracing::warn!(
            unset = unset.join(", "),
            "uzcard.hold_statuses has no number for these states of a hold: one that is lost, or its charge or release, stays open until \
             it has. Ask the acquirer"
        );
    }
}

fn connect_networks(
    config: &Config,
    sandbox: Option<SocketAddr>,
    (notices, exchanges): (&Notices, &ExchangeCounts),
) -> Result<(CardNetworks, payment::Networks), StartError> {
    // One each: calls that hang at one network leave room for the other.
    let bulkhead = |server| {
        let told = ToldServer::new(server, notices, exchanges);
        Bulkhead::of(config.server.max_in_flight, card_limits(config), told)
    };
    let uzcard = address_of(&config.uzcard.url, sandbox, "/uzcard").map(|url| {
        // A network that hangs or refuses does so whoever asks it.
        let bulkhead = bulkhead("uzcard");
        config.uzcard_accounts().try_map(|(uzcard, transfers)| {
            uzcard::connect(
                uzcard,
                &url,
                config.holds.lifetime_minutes,
                transfers,
                &config.history,
                &bulkhead,
            )
        })
    });
    let humo = humo_addresses(config, sandbox).map(|addresses| {
        let bulkhead = bulkhead("humo");
        let token = humo::token(&config.humo, &addresses, &bulkhead)?;
        config.humo_accounts().try_map(|(humo, transfers)| {
            humo::connect(
                humo,
                &addresses,
                transfers,
                &config.history,
                &token,
                &bulkhead,
            )
        })
    });
    let uzcard = uzcard.transpose().map_err(wrong("uzcard.url"))?;
    let humo = humo.transpose().map_err(wrong("humo.payment_url"))?;
    let (uzcard_cards, uzcard_payments) = uzcard.map(Accounts::unzip).unzip();
    let (humo_cards, humo_payments) = humo.map(Accounts::unzip).unzip();
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

/// `Config::check` requires the PaymentServer and the card information, or none of both.
fn humo_addresses(config: &Config, sandbox: Option<SocketAddr>) -> Option<humo::Addresses> {
    let (humo, soap) = (&config.humo, &config.humo.soap_info);
    let at = |configured: &Option<String>, path| address_of(configured, sandbox, path);
    let info = at(&humo.info_url, "/humo/json");
    let cards = match humo.info {
        CardInfoBy::V3 | CardInfoBy::V2 => CardAddress::Middleware(info.clone()?),
        CardInfoBy::Soap => CardAddress::Soap(SoapAddresses {
            cards: at(&soap.cards_url, "/humo/soap/iiacs")?,
            issuing: at(&soap.issuing_url, "/humo/soap/issuing")?,
            access: at(&soap.access_url, "/humo/soap/access")?,
        }),
    };
    Some(humo::Addresses {
        payment: at(&humo.payment_url, "/humo/payment")?,
        cards,
        history: humo.history_url.clone().or(info),
    })
}

fn wrong(key: &'static str) -> impl Fn(SetupError) -> StartError {
    move |source| StartError::Address { key, source }
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

/// The configured address, or the path at the sandbox. `None`: it is not configured.
pub(super) fn address_of(
    configured: &Option<String>,
    sandbox: Option<SocketAddr>,
    path: &str,
) -> Option<String> {
    let at_sandbox = || sandbox.map(|sandbox| format!("http://{sandbox}{path}"));
    configured.clone().or_else(at_sandbox)
}
