//! The clients of the networks that ask, and move no money.

use rpc_schema::values::Network;

use super::absent::Absent;
use super::card_network::CardNetwork;
use super::humo::HumoCards;
use super::uzcard::UzcardCards;

/// The clients of the networks that move no money. `None`: the network is not configured.
#[derive(Debug)]
pub struct CardNetworks {
    pub uzcard: Option<UzcardCards>,
    pub humo: Option<HumoCards>,
}

impl CardNetworks {
    /// The client of this network.
    pub fn of(&self, network: Network) -> &dyn CardNetwork {
        let client: Option<&dyn CardNetwork> = match network {
            Network::Uzcard => self.uzcard.as_ref().map(|client| client as _),
            Network::Humo => self.humo.as_ref().map(|client| client as _),
        };
        client.unwrap_or(&Absent)
    }

    /// Those that are configured.
    pub fn configured(&self) -> impl Iterator<Item = Network> {
        let uzcard = self.uzcard.as_ref().map(|_| Network::Uzcard);
        let humo = self.humo.as_ref().map(|_| Network::Humo);
        uzcard.into_iter().chain(humo)
    }
}
