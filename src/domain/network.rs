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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_names_the_network() {
        use Network::{Humo, Uzcard};
        let table = Prefixes::new(default_prefixes());
        let cases = [
            ("8600", Some(Uzcard)),
            ("5614", Some(Uzcard)),
            ("626247", Some(Uzcard)),
            ("626418", Some(Uzcard)),
            ("626425", Some(Uzcard)),
            ("626419", None),
            ("544081", Some(Uzcard)),
            ("544082", None),
            ("9860", Some(Humo)),
            ("400847", Some(Humo)),
            ("407342", Some(Humo)),
            ("418783", Some(Humo)),
            ("429434", Some(Humo)),
            ("555536", Some(Humo)),
            ("427612", None),
        ];
        for (prefix, network) in cases {
            let pan = Pan::parse(&format!("{prefix:0<16}")).unwrap();
            assert_eq!(table.network_of(&pan), network, "{prefix}");
        }
        // An entry of its own beats a shorter one, wherever it stands.
        let own = |prefix: &str, network| Prefix {
            prefix: prefix.to_owned(),
            network,
        };
        let table = Prefixes::new(vec![own("8600", Uzcard), own("860055", Humo)]);
        let network = |pan: &str| table.network_of(&Pan::parse(pan).unwrap());
        assert_eq!(network("8600550000000000"), Some(Humo));
        assert_eq!(network("8600560000000000"), Some(Uzcard));
    }
}
