//! The records by the keys that the checks need.

use std::collections::HashMap;

use aloqa_gateway::domain::call::Receipt;
use entity::network::Network;
use entity::processing_request::{self, Action, State};
use entity::transaction::{self, Kind, Status};
use entity::transfer::{self, Legs};
use entity::{card, reversal, transaction_event};
use sea_orm::ActiveEnum as _;
use sea_orm::prelude::Uuid;

use crate::journal::Exchange;
use crate::records::{Movement, Records};

/// See the module.
pub(super) struct Index<'a> {
    pub(super) records: &'a Records,
    transactions: HashMap<i64, &'a transaction::Model>,
    by_ext_id: HashMap<(Uuid, &'a str), &'a transaction::Model>,
    requests: HashMap<i64, Vec<&'a processing_request::Model>>,
    reversals: HashMap<(Uuid, &'a str), &'a reversal::Model>,
    events: HashMap<i64, Vec<&'a transaction_event::Model>>,
    transfers: HashMap<i64, &'a transfer::Model>,
    cards: HashMap<Uuid, &'a card::Model>,
    partners: HashMap<&'a str, Uuid>,
}

impl<'a> Index<'a> {
    pub(super) fn of(records: &'a Records) -> Self {
        let stored = &records.gateway;
        let mut requests: HashMap<i64, Vec<_>> = HashMap::new();
        for row in &stored.requests {
            requests.entry(row.transaction_id.0).or_default().push(row);
        }
        let mut events: HashMap<i64, Vec<_>> = HashMap::new();
        for row in &stored.events {
            events.entry(row.transaction_id.0).or_default().push(row);
        }
        Self {
            records,
            transactions: stored
                .transactions
                .iter()
                .map(|row| (row.id.0, row))
                .collect(),
            by_ext_id: stored
                .transactions
                .iter()
                .filter_map(|row| Some(((row.partner_id, row.ext_id.as_deref()?), row)))
                .collect(),
            requests,
            reversals: stored
                .reversals
                .iter()
                .map(|row| ((row.partner_id, row.ext_id.as_str()), row))
                .collect(),
            events,
            transfers: stored
                .transfers
                .iter()
                .map(|row| (row.transaction_id.0, row))
                .collect(),
            cards: stored.cards.iter().map(|row| (row.id, row)).collect(),
            partners: stored
                .partners
                .iter()
                .map(|row| (row.name.as_str(), row.id))
                .collect(),
        }
    }

    pub(super) fn transactions(&self) -> &'a [transaction::Model] {
        &self.records.gateway.transactions
    }

    pub(super) fn journal(&self) -> &'a [Exchange] {
        &self.records.journal
    }

    pub(super) fn transaction(&self, id: i64) -> Option<&'a transaction::Model> {
        self.transactions.get(&id).copied()
    }

    /// The transaction that a partner ordered under this id of its own.
    pub(super) fn ordered(&self, partner: Uuid, ext_id: &'a str) -> Option<&'a transaction::Model> {
        self.by_ext_id.get(&(partner, ext_id)).copied()
    }

    /// The reversal that a partner asked for under this id of its own.
    pub(super) fn reversal(&self, partner: Uuid, ext_id: &str) -> Option<&'a reversal::Model> {
        self.reversals.get(&(partner, ext_id)).copied()
    }

    /// The call of a reversal.
    pub(super) fn request_of(
        &self,
        reversal: &reversal::Model,
    ) -> Option<&'a processing_request::Model> {
        let mut requests = self.requests(reversal.transaction_id.0).iter().copied();
        requests.find(|request| request.id == reversal.request_id)
    }

    /// The reversals of a debit or hold that were asked for, however they ended.
    pub(super) fn reversals_of(
        &self,
        transaction: &transaction::Model,
    ) -> Vec<&'a processing_request::Model> {
        let requests = self.requests(transaction.id.0).iter().copied();
        requests
            .filter(|request| transaction.kind != Kind::Transfer && gives_back(request.action))
            .collect()
    }

    /// The requests of a transaction, oldest first.
    pub(super) fn requests(&self, transaction_id: i64) -> &[&'a processing_request::Model] {
        self.requests
            .get(&transaction_id)
            .map_or(&[], Vec::as_slice)
    }

    /// The events of a transaction, by their numbers.
    pub(super) fn events(&self, transaction_id: i64) -> &[&'a transaction_event::Model] {
        self.events.get(&transaction_id).map_or(&[], Vec::as_slice)
    }

    pub(super) fn transfer(&self, transaction_id: i64) -> Option<&'a transfer::Model> {
        self.transfers.get(&transaction_id).copied()
    }

    pub(super) fn card(&self, id: Uuid) -> Option<&'a card::Model> {
        self.cards.get(&id).copied()
    }

    /// Whether others did this to a transaction, beside the gateway; under which reference.
    pub(super) fn others(&self, transaction_id: i64, movement: Movement) -> Option<&'a str> {
        self.records
            .others
            .iter()
            .find(|deed| (deed.transaction_id, deed.movement) == (transaction_id, movement))
            .map(|deed| deed.reference.as_str())
    }

    /// Who made a call.
    pub(super) fn partner(&self, exchange: &Exchange) -> Option<Uuid> {
        self.partners.get(exchange.asked.partner.as_str()).copied()
    }

    /// The number of the card that pays.
    pub(super) fn payer(&self, transaction: &transaction::Model) -> Option<&'static str> {
        let card = self.card(transaction.card_id?)?;
        self.pan(&card.pan_hash)
    }

    /// The number of the card that a transfer goes to.
    pub(super) fn recipient(&self, transaction_id: i64) -> Option<&'static str> {
        self.pan(&self.transfer(transaction_id)?.pan_hash)
    }

    pub(super) fn pan(&self, hash: &[u8]) -> Option<&'static str> {
        self.records.gateway.pans.get(hash).copied()
    }

    /// Whether a transfer is a debit at one network and a credit at the other; the other network.
    pub(super) fn across(&self, transaction: &transaction::Model) -> Option<Network> {
        let side = self.transfer(transaction.id.0)?;
        let is_across = match side.legs {
            Some(Legs::One) => false,
            Some(Legs::Two) => true,
            None => side.to_network != transaction.network,
        };
        is_across.then_some(side.to_network)
    }

    /// Whether the transaction ever had this status.
    pub(super) fn was(&self, transaction_id: i64, status: Status) -> bool {
        let word = status.to_value();
        self.events(transaction_id)
            .iter()
            .any(|event| event.to_status == word)
    }

    /// Whether the transaction waited for a code.
    pub(super) fn had_code(&self, transaction_id: i64) -> bool {
        self.was(transaction_id, Status::AwaitingCode)
    }
}

/// Whether this action is where money first moves: everything later in the transaction is about it.
pub(super) fn is_forward(action: Action) -> bool {
    matches!(action, Action::Pay | Action::Hold | Action::P2p)
}

pub(super) fn gives_back(action: Action) -> bool {
    matches!(action, Action::Reverse | Action::ReversePart)
}

/// What was taken of a debit or hold, once it was.
pub(super) fn captured(transaction: &transaction::Model) -> i64 {
    transaction.captured.unwrap_or(transaction.amount)
}

pub(super) fn is_unsettled(request: &processing_request::Model) -> bool {
    matches!(request.state, State::Sent | State::Unknown)
}

/// Whether the outcome of a transaction is still open.
pub(super) fn is_open(status: Status) -> bool {
    matches!(status, Status::Processing | Status::Manual)
}

/// Whether the status can never change again.
pub(super) fn is_final(status: Status) -> bool {
    matches!(
        status,
        Status::Declined | Status::Cancelled | Status::Reversed | Status::Expired
    )
}

pub(super) fn receipt(stored: Option<&String>) -> Option<Receipt> {
    serde_json::from_str(stored?).ok()
}

pub(super) fn shown(transaction: &transaction::Model) -> String {
    let transaction::Model {
        id,
        kind,
        status,
        network,
        amount,
        fee,
        ..
    } = transaction;
    let ext_id = transaction.ext_id.as_deref().unwrap_or("-");
    format!("transaction {id} ({network:?} {kind:?} {ext_id} of {amount}+{fee}, {status:?})")
}

pub(super) fn request_shown(request: &processing_request::Model) -> String {
    let processing_request::Model {
        id,
        transaction_id,
        network,
        action,
        reference,
        amount,
        state,
        ..
    } = request;
    format!(
        "request {id} of transaction {transaction_id} ({network:?} {action:?} {reference} of {amount}, {state:?})"
    )
}

/// Attachments have neither cards nor money.
pub(super) fn moves_money(transaction: &transaction::Model) -> bool {
    transaction.kind != Kind::Attachment
}
