//! The shops where operations take place.

use crate::network::Network;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shop {
    pub(crate) merchant: &'static str,
    pub(crate) terminal: &'static str,
    pub(crate) name: &'static str,
    pub(crate) street: &'static str,
    pub(crate) city: &'static str,
    pub(crate) mcc: u16,
}

const fn shop(
    merchant: &'static str,
    terminal: &'static str,
    name: &'static str,
    street: &'static str,
    city: &'static str,
    mcc: u16,
) -> Shop {
    Shop {
        merchant,
        terminal,
        name,
        street,
        city,
        mcc,
    }
}

/// UZCARD's shops; the first is the demo partner's.
#[rustfmt::skip] // One shop per line.
static UZCARD: &[Shop] = &[
    shop("90001", "92400001", "ALOQA GATEWAY",      "AMIR TEMUR 4",   "TASHKENT",  4829),
    shop("90110", "92411001", "KORZINKA CHILANZAR", "BUNYODKOR 12",   "TASHKENT",  5411),
    shop("90110", "92411002", "KORZINKA REGISTAN",  "REGISTON 3",     "SAMARKAND", 5411),
    shop("90205", "92420501", "UZAVTO MOTORS GAZ",  "MUSTAQILLIK 40", "ANDIJAN",   5541),
    shop("90317", "92431701", "DORI-DARMON",        "BAHOUDDIN 7",    "BUKHARA",   5912),
    shop("90422", "92442201", "BEELINE",            "NAVOI 1",        "TASHKENT",  4814),
    shop("90533", "92453301", "CHOYXONA FARGONA",   "AL-FARGONIY 18", "FERGANA",   5812),
    shop("90648", "92464801", "MAKTAB 21 KUNDALIK", "UYCHI 5",        "NAMANGAN",  8211),
];

/// HUMO's shops; the first is the demo partner's, under the name in the sample of the partners' document.
#[rustfmt::skip] // One shop per line.
static HUMO: &[Shop] = &[
    shop("0040100000401CS", "1965000A", "ZOOMRAD P2P",      "AMIR TEMUR 4",      "TASHKENT",  4829),
    shop("0040100000407XK", "1965107A", "HAVAS MARKET",     "SHOTA RUSTAVELI 9", "TASHKENT",  5411),
    shop("0140100000512QS", "1971512B", "HAVAS QARSHI",     "ISLOM KARIMOV 2",   "KARSHI",    5411),
    shop("0120100000633NK", "1972633A", "NUKUS BENZIN",     "DOSNAZAROV 11",     "NUKUS",     5541),
    shop("0160100000714SM", "1973714C", "OXYMED SAMARQAND", "DAGBITSKAYA 30",    "SAMARKAND", 5912),
    shop("0100100000825TK", "1974825A", "UCELL",            "VOHIDOV 118",       "TASHKENT",  4814),
    shop("0170100000936BX", "1975936A", "LYABI HOUSE",      "NAQSHBAND 1",       "BUKHARA",   5812),
    shop("0090100001047AN", "1976047A", "KUNDALIK ANDIJON", "BOBUR 15",          "ANDIJAN",   8211),
];

/// Stands for every merchant that is not in the tables.
static OTHER: Shop = shop("", "", "SANDBOX", "AMIR TEMUR 1", "TASHKENT", 5999);

/// Where an operation took place: a shop of the tables, or a merchant and terminal that only the caller knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) shop: &'static Shop,
    /// The merchant and the terminal, if they are not in the tables.
    own: Option<Box<(String, String)>>,
}

impl Site {
    pub(super) fn of(network: Network, merchant: &str, terminal: &str) -> Self {
        let known = shops(network)
            .iter()
            .find(|shop| shop.merchant == merchant && shop.terminal == terminal);
        match known {
            Some(shop) => Self::at(shop),
            None => Self {
                shop: &OTHER,
                own: Some(Box::new((merchant.to_owned(), terminal.to_owned()))),
            },
        }
    }

    pub(super) fn at(shop: &'static Shop) -> Self {
        Self { shop, own: None }
    }

    pub(crate) fn merchant(&self) -> &str {
        self.own
            .as_ref()
            .map_or(self.shop.merchant, |own| own.0.as_str())
    }

    pub(crate) fn terminal(&self) -> &str {
        self.own
            .as_ref()
            .map_or(self.shop.terminal, |own| own.1.as_str())
    }
}

pub(super) fn shops(network: Network) -> &'static [Shop] {
    match network {
        Network::Uzcard => UZCARD,
        Network::Humo => HUMO,
        Network::Sms | Network::Fiscal => &[],
    }
}

/// Where transfers and credits take place: at the demo partner.
pub(super) fn transfers(network: Network) -> &'static Shop {
    shops(network).first().unwrap_or(&OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merchants_and_terminals_have_the_lengths_of_their_networks() {
        for shop in UZCARD {
            assert!(
                shop.merchant.len() <= 16 && shop.terminal.len() == 8,
                "{shop:?}"
            );
        }
        for shop in HUMO {
            assert!(
                shop.merchant.len() == 15 && shop.terminal.len() == 8,
                "{shop:?}"
            );
        }
    }

    #[test]
    fn only_a_terminal_in_the_table_has_its_name() {
        let demo = Site::of(Network::Humo, "0040100000401CS", "1965000A");
        assert_eq!((demo.shop.name, demo.own.as_ref()), ("ZOOMRAD P2P", None));
        let other = Site::of(Network::Uzcard, "0040100000401CS", "1965000A");
        assert_eq!(other.shop.name, "SANDBOX");
        assert_eq!(
            (other.merchant(), other.terminal()),
            ("0040100000401CS", "1965000A")
        );
    }
}
