//! Which accounts at the networks has this gateway? Settings reach one gateway after another: what is under an account that this
//! one lacks is left to those that have it.

use entity::network::Network;
use entity::transaction;
use entity::transfer::{self, Legs};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition};

/// The accounts at each network that is connected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Served(Vec<(Network, Vec<String>)>);

impl Served {
    /// These accounts at these networks; a network without any is not connected.
    pub fn new(networks: impl IntoIterator<Item = (Network, Vec<String>)>) -> Self {
        let networks = networks.into_iter();
        Self(networks.filter(|(_, names)| !names.is_empty()).collect())
    }

    /// The accounts at a network; none where it is not connected.
    pub fn at(&self, network: Network) -> &[String] {
        let mut networks = self.0.iter();
        let found = networks.find(|(other, _)| *other == network);
        found.map_or(&[], |(_, names)| names)
    }

    /// Whether the network is connected, and this account is missing there.
    pub fn lacks(&self, network: Network, account: &str) -> bool {
        let names = self.at(network);
        !names.is_empty() && !names.iter().any(|name| name == account)
    }

    /// Of `transaction`: its own account, that of its first leg, is there, and its network, too.
    pub(super) fn transactions(&self) -> Condition {
        let none = Condition::any().add(Expr::cust("1 = 0"));
        self.0.iter().fold(none, |any, (network, names)| {
            let here = Condition::all()
                .add(transaction::Column::Network.eq(*network))
                .add(transaction::Column::Account.is_in(names));
            any.add(here)
        })
    }

    /// Of `transaction`: its own account is missing at a network that is connected.
    pub(super) fn transactions_elsewhere(&self) -> Condition {
        self.elsewhere(transaction::Column::Network, transaction::Column::Account)
    }

    /// Of `transfer`: the account of its credit is missing at a network that is connected.
    pub(super) fn credits_elsewhere(&self) -> Condition {
        Condition::all()
            .add(has_credit())
            .add(self.elsewhere(transfer::Column::ToNetwork, transfer::Column::Account))
    }

    fn elsewhere<C: ColumnTrait>(&self, network_of: C, account_of: C) -> Condition {
        let none = Condition::any().add(Expr::cust("1 = 0"));
        self.0.iter().fold(none, |any, (network, names)| {
            let elsewhere = Condition::all()
                .add(network_of.eq(*network))
                .add(account_of.is_not_in(names));
            any.add(elsewhere)
        })
    }
}

/// Of `transfer`: it may have a credit. Those of earlier versions do not say so; they are under the account that all had then.
pub(super) fn has_credit() -> Condition {
    Condition::any()
        .add(transfer::Column::Legs.is_null())
        .add(transfer::Column::Legs.eq(Legs::Two))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_lacking_only_where_its_network_is_connected() {
        let own = vec!["default".to_owned()];
        let served = Served::new([(Network::Humo, own), (Network::Uzcard, Vec::new())]);
        assert!(served.lacks(Network::Humo, "bank2"));
        assert!(!served.lacks(Network::Humo, "default"));
        assert!(!served.lacks(Network::Uzcard, "bank2"));
    }
}
