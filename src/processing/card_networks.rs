//! The clients of both networks that ask, and move no money.

use rpc_schema::values::Network;

use super::card_network::CardNetwork;
use super::humo::HumoCards;
use super::uzcard::UzcardCards;

/// The clients of both networks that move no money.
#[derive(Debug)]
pub struct CardNetworks {
    pub uzcard: UzcardCards,
    pub humo: HumoCards,
}

impl CardNetworks {
    /// The client of this network.
    pub fn of(&self, network: Network) -> &dyn CardNetwork {
        match network {
            Network::Uzcard => &self.uzcard,
            Network::Humo => &self.humo,
        }
    }
}
