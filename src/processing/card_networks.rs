//! The clients of the networks that ask, and move no money.

use rpc_schema::values::Network;

use super::absent::{self, Absent};
use super::books::BookEntry;
use super::card_network::CardNetwork;
use super::humo::HumoCards;
use super::uzcard::UzcardCards;
use crate::domain::account::Accounts;
use crate::domain::call::Reference;
use crate::domain::inquiry::AskError;

/// The clients of the networks that move no money, one for each account. `None`: the network is not configured.
#[derive(Debug)]
pub struct CardNetworks {
    pub uzcard: Option<Accounts<UzcardCards>>,
    pub humo: Option<Accounts<HumoCards>>,
}

impl CardNetworks {
    /// The client of this network under this account.
    pub fn of(&self, network: Network, account: &str) -> &dyn CardNetwork {
        match network {
            Network::Uzcard => match self.uzcard_under(account) {
                Some(uzcard) => uzcard,
                None => &Absent,
            },
            Network::Humo => match self.humo_under(account) {
                Some(humo) => humo,
                None => &Absent,
            },
        }
    }

    /// SVGate under this account.
    pub fn uzcard_under(&self, account: &str) -> Option<&UzcardCards> {
        self.uzcard.as_ref()?.of(account)
    }

    /// HUMO under this account.
    pub fn humo_under(&self, account: &str) -> Option<&HumoCards> {
        self.humo.as_ref()?.of(account)
    }

    /// What a network's books have under this reference of ours.
    ///
    /// # Errors
    /// The network, or this account there, is not configured; the network refuses the look-up, or gives no usable answer.
    pub async fn book_entry(
        &self,
        (network, account): (Network, &str),
        reference: &Reference,
    ) -> Result<BookEntry, AskError> {
        match network {
            Network::Uzcard => {
                let uzcard = self.uzcard_under(account);
                let uzcard = uzcard.ok_or_else(absent::unanswered)?;
                uzcard.book_entry(reference).await
            }
            Network::Humo => {
                let humo = self.humo_under(account);
                humo.ok_or_else(absent::unanswered)?
                    .book_entry(reference)
                    .await
            }
        }
    }

    /// What a network's books have of a hold: SVGate under its id, HUMO under our reference.
    ///
    /// # Errors
    /// As [`CardNetworks::book_entry`].
    pub async fn hold_entry(
        &self,
        (network, account): (Network, &str),
        (id, reference): (&str, &Reference),
    ) -> Result<BookEntry, AskError> {
        match network {
            Network::Uzcard => {
                let uzcard = self.uzcard_under(account);
                let uzcard = uzcard.ok_or_else(absent::unanswered)?;
                uzcard.hold_entry(id).await
            }
            Network::Humo => self.book_entry((network, account), reference).await,
        }
    }

    /// Whether this account at this network is configured.
    pub fn has(&self, network: Network, account: &str) -> bool {
        match network {
            Network::Uzcard => self.uzcard_under(account).is_some(),
            Network::Humo => self.humo_under(account).is_some(),
        }
    }

    /// The networks that are configured.
    pub fn configured(&self) -> impl Iterator<Item = Network> {
        let uzcard = self.uzcard.as_ref().map(|_| Network::Uzcard);
        let humo = self.humo.as_ref().map(|_| Network::Humo);
        uzcard.into_iter().chain(humo)
    }
}
