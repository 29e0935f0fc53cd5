//! What does the reference page tell of this gateway?

use std::net::SocketAddr;

use reference_page::Facts;
#[cfg(feature = "sandbox")]
use reference_page::{Sandbox, Terminal, TestCard};

use crate::config::Config;
#[cfg(feature = "sandbox")]
use crate::partners::{DEMO, DEMO_TERMINALS};

/// The facts of a gateway that listens at `address` and whose simulated networks listen at `sandbox`.
pub(super) fn facts(config: &Config, address: SocketAddr, sandbox: Option<SocketAddr>) -> Facts {
    Facts {
        listener: address.to_string(),
        body_limit_bytes: config.server.body_limit_bytes,
        batch_limit: config.server.batch_limit,
        call_timeout_s: config.server.call_timeout_ms / 1_000,
        sandbox: sandbox.and_then(|control| simulated(config, control)),
    }
}

#[cfg(feature = "sandbox")]
fn simulated(config: &Config, control: SocketAddr) -> Option<Sandbox> {
    use secrecy::ExposeSecret as _;
    let (user, secret) = DEMO;
    let fixed = config.codes.fixed.as_ref();
    Some(Sandbox {
        user: user.to_owned(),
        secret: secret.to_owned(),
        code: fixed
            .map_or(sandbox::FIXED_CODE, |code| code.expose_secret())
            .to_owned(),
        control: format!("http://{control}"),
        terminals: DEMO_TERMINALS
            .map(|(network, merchant, terminal)| Terminal {
                network: match network {
                    entity::network::Network::Uzcard => "UZCARD",
                    entity::network::Network::Humo => "HUMO",
                },
                merchant: merchant.to_owned(),
                terminal: terminal.to_owned(),
            })
            .into(),
        cards: test_cards(),
    })
}

/// A build without the simulated networks does not know their cards.
#[cfg(not(feature = "sandbox"))]
fn simulated(_: &Config, _: SocketAddr) -> Option<reference_page::Sandbox> {
    None
}

#[cfg(feature = "sandbox")]
fn test_cards() -> Vec<TestCard> {
    use sandbox::Network;
    let cards = sandbox::TEST_CARDS.iter();
    cards
        .filter_map(|card| {
            let network = match card.network {
                Network::Uzcard => "UZCARD",
                Network::Humo => "HUMO",
                Network::Sms | Network::Fiscal => return None,
            };
            let outcome = serde_json::to_value(card.outcome).ok()?;
            Some(TestCard {
                network,
                pan: card.pan.to_owned(),
                phone: card.phone.to_owned(),
                balance: card.balance,
                outcome: outcome.as_str()?.to_owned(),
            })
        })
        .collect()
}
