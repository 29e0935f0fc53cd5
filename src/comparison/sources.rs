//! Where both sides of the comparison are read.

use std::collections::HashSet;

use entity::ids::TransactionId;
use entity::processing_request::Action;
use rpc_schema::values::Network;

use super::error::CompareError;
use super::payment::{Payment, payments};
use crate::clock::Clock;
use crate::database::Database;
use crate::domain::call::Reference;
use crate::domain::day::Day;
use crate::domain::inquiry::AskError;
use crate::domain::network::to_stored;
use crate::processing::books::{BookEntry, ListedPayment, Listing};
use crate::processing::{CardNetworks, absent};
use crate::repository::calls_of_day;

/// The database, the networks, and what else a comparison needs.
pub struct Sources<'a> {
    pub database: &'a Database,
    pub networks: &'a CardNetworks,
    pub clock: &'a dyn Clock,
    /// Called with a sentence about the progress.
    pub progress: &'a (dyn Fn(&str) + Sync),
}

impl Sources<'_> {
    /// The payments of these transactions on a network, by our rows.
    pub(super) async fn payments(
        &self,
        network: Network,
        transactions: &[TransactionId],
    ) -> Result<Vec<Payment>, CompareError> {
        let network = to_stored(network);
        let calls = calls_of_day::calls(&**self.database, network, transactions).await?;
        Ok(calls
            .iter()
            .flat_map(|calls| payments(network, calls))
            .collect())
    }

    /// SVGate's list of a day.
    pub(super) async fn day_list(&self, day: Day) -> Result<Vec<ListedPayment>, CompareError> {
        let progress = |rows: usize| {
            let day = day.iso();
            (self.progress)(&format!("UZCARD: read {rows} rows of the list of {day}"));
        };
        let failed = |error| CompareError::Network {
            network: Network::Uzcard,
            error,
        };
        let accounts = self.networks.uzcard.as_ref();
        let accounts = accounts.ok_or_else(|| failed(absent::unanswered()))?;
        let mut list = Vec::new();
        for uzcard in accounts.each() {
            let own = uzcard.day_list(day, &progress).await.map_err(failed)?;
            // Two accounts may share a login, and so a list.
            let known: HashSet<ListedPayment> = list.iter().cloned().collect();
            list.extend(own.into_iter().filter(|row| !known.contains(row)));
        }
        Ok(list)
    }

    /// HUMO's list of a day, as far as it can be had; `None`: by the settings it has none. Accounts of one originator have one
    /// list.
    pub(super) async fn humo_list(&self, day: Day) -> Option<Listing> {
        let progress = |rows: usize| {
            let day = day.iso();
            (self.progress)(&format!("HUMO: read {rows} rows of the list of {day}"));
        };
        let (mut asked, mut rows, mut lacks) = (HashSet::new(), HashSet::new(), None);
        for humo in self.networks.humo.as_ref()?.each() {
            if asked.insert(humo.originator()) {
                let own = humo.day_list(day, &progress).await?;
                rows.extend(own.rows);
                lacks = lacks.or(own.lacks);
            }
        }
        let rows = rows.into_iter().collect();
        Some(Listing { rows, lacks })
    }

    /// What a network's books have of a payment: under our reference; of a hold of SVGate under its id.
    pub(super) async fn book_entry(
        &self,
        network: Network,
        payment: &Payment,
    ) -> Result<BookEntry, AskError> {
        let reference = Reference(payment.reference.clone());
        let at = (network, payment.account.as_str());
        match payment.action {
            Action::Hold => {
                let hold = (payment.network_id.as_str(), &reference);
                self.networks.hold_entry(at, hold).await
            }
            Action::Pay
            | Action::Confirm
            | Action::Cancel
            | Action::Capture
            | Action::Release
            | Action::Expire
            | Action::P2p
            | Action::Credit
            | Action::Reverse
            | Action::ReversePart => self.networks.book_entry(at, &reference).await,
        }
    }
}
