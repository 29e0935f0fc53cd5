//! Which network a card belongs to.

use entity::network::Network as Stored;
use rpc_schema::values::{CARD_PREFIXES, Network, Pan};
use serde::{Deserialize, Serialize};

/// One line of the prefix table.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prefix {
    pub prefix: String,
    pub network: Network,
}

/// The prefix table: the longest prefix of a number decides.
#[derive(Debug, Clone)]
pub struct Prefixes(Vec<Prefix>);

impl Prefixes {
    /// Orders the table once, longest prefix first.
    pub fn new(mut prefixes: Vec<Prefix>) -> Self {
        prefixes.sort_by_key(|entry| std::cmp::Reverse(entry.prefix.len()));
        Self(prefixes)
    }

    /// `None` for a number of neither network.
    pub fn network_of(&self, pan: &Pan) -> Option<Network> {
        let entry = self
            .0
            .iter()
            .find(|entry| pan.digits().starts_with(&entry.prefix))?;
        Some(entry.network)
    }
}

/// The prefixes that nearly all public clients use (docs/networks.md#card-prefixes).
pub fn default_prefixes() -> Vec<Prefix> {
    CARD_PREFIXES
        .map(|(prefix, network)| Prefix {
            prefix: prefix.to_owned(),
            network,
        })
        .into()
}

/// The network as a column has it.
pub fn to_stored(network: Network) -> Stored {
    match network {
        Network::Uzcard => Stored::Uzcard,
        Network::Humo => Stored::Humo,
    }
}

/// The network from a column.
pub fn from_stored(network: Stored) -> Network {
    match network {
        Stored::Uzcard => Network::Uzcard,
        Stored::Humo => Network::Humo,
    }
}
