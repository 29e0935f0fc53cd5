//! What are the settings of each account? Those of its own, and what it does not say, as the settings outside have it.

use std::collections::BTreeMap;

use super::{Config, HoldStatuses, Humo, Profile, Transfers, Uzcard};
use crate::domain::account::Accounts;

/// The settings under which one account works.
type Of<Network> = (Network, Transfers);

impl Config {
    /// The settings of each account at UZCARD, as if there were only this one.
    pub fn uzcard_accounts(&self) -> Accounts<Of<Uzcard>> {
        let flat = Uzcard {
            accounts: BTreeMap::new(),
            hold_statuses: self.hold_statuses(),
            ..self.uzcard.clone()
        };
        let named = self.uzcard.accounts.iter().map(|(name, account)| {
            let own = account.clone();
            let network = Uzcard {
                user: own.user.unwrap_or_else(|| flat.user.clone()),
                password: own.password.unwrap_or_else(|| flat.password.clone()),
                port: own.port.unwrap_or_else(|| flat.port.clone()),
                p2p_to_humo: own.p2p_to_humo.unwrap_or(flat.p2p_to_humo),
                ..flat.clone()
            };
            let of_all = self.transfers.clone();
            let transfers = Transfers {
                // A terminal of the account's own serves its credits, too, rather than another account's.
                uzcard_credit_terminal: own
                    .credit_terminal
                    .or_else(|| own.transfer_terminal.clone())
                    .or(of_all.uzcard_credit_terminal),
                uzcard_terminal: own.transfer_terminal.unwrap_or(of_all.uzcard_terminal),
                uzcard2humo: own.uzcard2humo.unwrap_or(of_all.uzcard2humo),
                uzcard2uzcard: own.uzcard2uzcard.unwrap_or(of_all.uzcard2uzcard),
                ..of_all
            };
            (name.clone(), (network, transfers))
        });
        let named = named.collect();
        Accounts::new((flat, self.transfers.clone()), named)
    }

    /// What is not set, nobody knows, unless the network is the simulated one.
    fn hold_statuses(&self) -> HoldStatuses {
        let set = &self.uzcard.hold_statuses;
        match self.profile() {
            Profile::Production => set.clone(),
            Profile::Sandbox => set.or(&HoldStatuses::of_sandbox()),
        }
    }

    /// The settings of each account at HUMO, as if there were only this one.
    pub fn humo_accounts(&self) -> Accounts<Of<Humo>> {
        let flat = Humo {
            accounts: BTreeMap::new(),
            ..self.humo.clone()
        };
        let named = self.humo.accounts.iter().map(|(name, account)| {
            let own = account.clone();
            let network = Humo {
                // Whoever has a user of its own is its own originator.
                originator: own.originator.or_else(|| match own.user {
                    Some(_) => None,
                    None => flat.originator.clone(),
                }),
                user: own.user.unwrap_or_else(|| flat.user.clone()),
                password: own.password.unwrap_or_else(|| flat.password.clone()),
                point_code: own.point_code.unwrap_or_else(|| flat.point_code.clone()),
                centre_id: own.centre_id.unwrap_or_else(|| flat.centre_id.clone()),
                centre_id_by_bank: own.centre_id_by_bank.unwrap_or(flat.centre_id_by_bank),
                ..flat.clone()
            };
            let of_all = self.transfers.clone();
            let transfers = Transfers {
                humo_credit_terminal: own
                    .credit_terminal
                    .or_else(|| own.transfer_terminal.clone())
                    .or(of_all.humo_credit_terminal),
                humo_interbank_terminal: own
                    .interbank_terminal
                    .or_else(|| own.transfer_terminal.clone())
                    .or(of_all.humo_interbank_terminal),
                humo_terminal: own.transfer_terminal.unwrap_or(of_all.humo_terminal),
                switching_intrabank: own
                    .switching_intrabank
                    .unwrap_or(of_all.switching_intrabank),
                switching_interbank: own
                    .switching_interbank
                    .unwrap_or(of_all.switching_interbank),
                switching_cobadge: own.switching_cobadge.or(of_all.switching_cobadge),
                humo2humo: own.humo2humo.unwrap_or(of_all.humo2humo),
                humo2uzcard: own.humo2uzcard.unwrap_or(of_all.humo2uzcard),
                ..of_all
            };
            (name.clone(), (network, transfers))
        });
        let named = named.collect();
        Accounts::new((flat, self.transfers.clone()), named)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;
    use crate::config::{HumoAccount, TransferTerminal, UzcardAccount};

    fn terminal(id: &str) -> TransferTerminal {
        TransferTerminal {
            merchant_id: format!("m{id}"),
            terminal_id: id.to_owned(),
        }
    }

    #[test]
    fn an_account_has_of_the_flat_settings_what_it_does_not_say() {
        let mut config = Config::default();
        config.uzcard.user = "flat".to_owned();
        config.transfers.uzcard_credit_terminal = Some(terminal("9"));
        let own = UzcardAccount {
            user: Some("shop".to_owned()),
            password: Some("of the shop".into()),
            transfer_terminal: Some(terminal("1")),
            ..UzcardAccount::default()
        };
        let bare = UzcardAccount::default();
        config.uzcard.accounts = [("own".to_owned(), own), ("bare".to_owned(), bare)].into();
        let accounts = config.uzcard_accounts();
        let of = |name| {
            let (network, transfers) = accounts.of(name).unwrap();
            let credit = transfers.uzcard_credit_terminal.clone().unwrap();
            let password = network.password.expose_secret().to_owned();
            (network.user.clone(), password, credit.terminal_id)
        };
        let told = |user: &str, password: &str, terminal: &str| {
            (user.to_owned(), password.to_owned(), terminal.to_owned())
        };
        assert_eq!(of("default"), told("flat", "sandbox", "9"));
        assert_eq!(of("own"), told("shop", "of the shop", "1"));
        assert_eq!(of("bare"), told("flat", "sandbox", "9"));
    }

    #[test]
    fn an_accounts_own_terminal_serves_before_anothers() {
        let mut config = Config::default();
        config.transfers.humo_interbank_terminal = Some(terminal("9"));
        let with = |transfer: Option<&str>, interbank: Option<&str>| HumoAccount {
            transfer_terminal: transfer.map(terminal),
            interbank_terminal: interbank.map(terminal),
            ..HumoAccount::default()
        };
        config.humo.accounts = [
            ("bare".to_owned(), with(None, None)),
            ("one".to_owned(), with(Some("1"), None)),
            ("both".to_owned(), with(Some("1"), Some("2"))),
        ]
        .into();
        let accounts = config.humo_accounts();
        for (name, expected) in [("default", "9"), ("bare", "9"), ("one", "1"), ("both", "2")] {
            let (_, transfers) = accounts.of(name).unwrap();
            let interbank = transfers.humo_interbank_terminal.as_ref();
            assert_eq!(interbank.unwrap().terminal_id, expected, "{name}");
        }
    }

    #[test]
    fn only_of_the_sandbox_it_is_known_how_it_numbers_the_states_of_holds() {
        for (profile, unset) in [(Profile::Sandbox, Some(2)), (Profile::Production, None)] {
            let mut config = Config {
                profile: Some(profile),
                ..Config::default()
            };
            config.uzcard.hold_statuses.active = Some(7);
            let bare = UzcardAccount::default();
            config.uzcard.accounts = [("bare".to_owned(), bare)].into();
            let accounts = config.uzcard_accounts();
            for name in ["default", "bare"] {
                let statuses = &accounts.of(name).unwrap().0.hold_statuses;
                assert_eq!((statuses.active, statuses.dismissed), (Some(7), unset));
            }
        }
    }

    #[test]
    fn an_originator_goes_with_its_user() {
        let mut config = Config::default();
        config.humo.originator = Some("flat".to_owned());
        let with = |user: Option<&str>, originator: Option<&str>| HumoAccount {
            user: user.map(str::to_owned),
            originator: originator.map(str::to_owned),
            ..HumoAccount::default()
        };
        config.humo.accounts = [
            ("bare".to_owned(), with(None, None)),
            ("user".to_owned(), with(Some("u"), None)),
            ("both".to_owned(), with(Some("u"), Some("o"))),
        ]
        .into();
        let accounts = config.humo_accounts();
        let of = |name| accounts.of(name).unwrap().0.originator.clone();
        assert_eq!(of("bare").as_deref(), Some("flat"));
        assert_eq!(of("user"), None);
        assert_eq!(of("both").as_deref(), Some("o"));
    }
}
