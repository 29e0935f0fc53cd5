//! Which network a card belongs to.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{PoisonError, RwLock};

use entity::network::Network as Stored;
use entity::time::UnixMillis;
use rpc_schema::values::{CARD_PREFIXES, Network, Pan};
use serde::{Deserialize, Serialize};

/// One line of the prefix table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        self.of_digits(pan.digits())
    }

    fn of_digits(&self, digits: &str) -> Option<Network> {
        let mut entries = self.0.iter();
        let entry = entries.find(|entry| digits.starts_with(&entry.prefix))?;
        Some(entry.network)
    }
}

/// The prefixes in use: those of the settings, and what UZCARD says of its own cards.
#[derive(Debug)]
pub struct PrefixTable {
    settled: Prefixes,
    in_use: RwLock<Prefixes>,
    /// When UZCARD is to be asked next, UNIX milliseconds.
    next_at: AtomicI64,
}

/// What became of a list of UZCARD's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Learned {
    /// So many prefixes were in no table.
    pub added: usize,
    /// So many stay HUMO's, as the table says: SVGate may list cards to which it only transfers.
    pub left_to_humo: usize,
    /// So many cannot be read.
    pub unread: usize,
    /// Whether another table is in use now.
    pub changed: bool,
}

impl PrefixTable {
    /// The table of the settings.
    pub fn new(prefixes: Vec<Prefix>) -> Self {
        let settled = Prefixes::new(prefixes);
        Self {
            in_use: RwLock::new(settled.clone()),
            settled,
            next_at: AtomicI64::new(0),
        }
    }

    /// `None` for a number of neither network.
    pub fn network_of(&self, pan: &Pan) -> Option<Network> {
        let in_use = self.in_use.read().unwrap_or_else(PoisonError::into_inner);
        in_use.network_of(pan)
    }

    /// Whether UZCARD is to be asked: for a day it was not, or for an hour since it did not answer.
    pub fn is_old(&self, now: UnixMillis) -> bool {
        now.0 >= self.next_at.load(Ordering::Relaxed)
    }

    /// Notes that UZCARD has not answered.
    pub fn missed(&self, now: UnixMillis) {
        self.next_at
            .store(now.saturating_add(HOUR_MS).0, Ordering::Relaxed);
    }

    /// Puts UZCARD's list beside the table of the settings, which is right where both say something.
    pub fn learn(&self, bins: &[String], now: UnixMillis) -> Learned {
        let mut table = self.settled.0.clone();
        let (mut added, mut left_to_humo, mut unread) = (0, 0, 0);
        for bin in bins {
            if !is_prefix(bin) || bin.len() < LEAST_BIN {
                unread += 1;
                continue;
            }
            match self.settled.of_digits(bin) {
                Some(Network::Humo) => left_to_humo += 1,
                Some(Network::Uzcard) => {}
                None if table.iter().any(|entry| entry.prefix == *bin) => {}
                None => {
                    added += 1;
                    table.push(Prefix {
                        prefix: bin.clone(),
                        network: Network::Uzcard,
                    });
                }
            }
        }
        let table = Prefixes::new(table);
        let mut in_use = self.in_use.write().unwrap_or_else(PoisonError::into_inner);
        let changed = in_use.0 != table.0;
        *in_use = table;
        self.next_at
            .store(now.saturating_add(DAY_MS).0, Ordering::Relaxed);
        Learned {
            added,
            left_to_humo,
            unread,
            changed,
        }
    }
}

const DAY_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;
/// A shorter prefix says too much.
const LEAST_BIN: usize = 4;

/// Whether a card number can begin so.
pub fn is_prefix(text: &str) -> bool {
    (1..=16).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
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

/// The digits of a number that name its bank; `None` where it has two brands, and so none (docs/networks.md#card-prefixes).
pub fn bank_digits(pan: &Pan) -> Option<&str> {
    let names_bank = ["8600", "9860"]
        .iter()
        .any(|own| pan.digits().starts_with(own));
    pan.digits().get(4..6).filter(|_| names_bank)
}

/// Whether two numbers name the same bank; `None` where one of them names none.
pub fn are_of_one_bank(one: &Pan, other: &Pan) -> Option<bool> {
    Some(bank_digits(one)? == bank_digits(other)?)
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
    fn a_number_of_one_brand_names_its_bank() {
        let bank = |pan: &str| bank_digits(&Pan::parse(pan).unwrap()).map(str::to_owned);
        assert_eq!(bank("8600490000000000").as_deref(), Some("49"));
        assert_eq!(bank("9860190000000000").as_deref(), Some("19"));
        assert_eq!(bank("4008470000000000"), None);
        assert_eq!(bank("6262470000000000"), None);
    }

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

    #[test]
    fn uzcards_list_adds_to_the_table_and_takes_nothing_from_it() {
        let table = PrefixTable::new(default_prefixes());
        let network = |pan: &str| table.network_of(&Pan::parse(pan).unwrap());
        assert_eq!(network("5440550000000000"), None);
        let now = UnixMillis(1_764_000_000_000);
        assert!(table.is_old(now));
        let bins = ["860001", "5440", "986001", "5440", "544", "54x0", ""].map(str::to_owned);
        let learned = table.learn(&bins, now);
        let expected = Learned {
            added: 1,
            left_to_humo: 1,
            unread: 3,
            changed: true,
        };
        assert_eq!(learned, expected);
        assert!(!table.is_old(now + (DAY_MS - 1)));
        assert!(table.is_old(now + DAY_MS));
        for (pan, of) in [
            ("8600010000000000", Some(Network::Uzcard)),
            ("5440550000000000", Some(Network::Uzcard)),
            ("9860010000000000", Some(Network::Humo)),
            ("4276120000000000", None),
        ] {
            assert_eq!(network(pan), of, "{pan}");
        }
        table.missed(now);
        assert!(!table.is_old(now + (HOUR_MS - 1)));
        assert!(table.is_old(now + HOUR_MS));
        // The same again changes nothing; what is left out of it is forgotten.
        assert!(!table.learn(&bins, now).changed);
        assert!(table.learn(&[], now).changed);
        assert_eq!(network("5440550000000000"), None);
    }
}
