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
        match (network, &self.uzcard, &self.humo) {
            (Network::Uzcard, Some(uzcard), _) => uzcard,
            (Network::Humo, _, Some(humo)) => humo,
            (Network::Uzcard, None, _) | (Network::Humo, _, None) => &Absent,
        }
    }

    /// Those that are configured.
    pub fn configured(&self) -> impl Iterator<Item = Network> {
        let uzcard = self.uzcard.as_ref().map(|_| Network::Uzcard);
        let humo = self.humo.as_ref().map(|_| Network::Humo);
        uzcard.into_iter().chain(humo)
    }
}
