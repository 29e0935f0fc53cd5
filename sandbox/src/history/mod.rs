//! The history of each card, as its network lists it.
//!
//! Only the orders to fill a history are stored. The rest follows from the ledger and the transaction or payment that each
//! entry refers to: every movement is an operation of each card involved. A hold becomes an operation when it is captured.
//! A reversal marks the operation on UZCARD and is an operation of its own on HUMO; so is one of a part on UZCARD.

mod fill;
mod operation;
mod shops;

use std::collections::HashMap;

use self::shops::Site;
pub(crate) use self::{
    fill::{Fill, FillRequest},
    operation::{CardOperation, OperationKind},
};
use crate::{
    cards::{TEST_CARDS, TestCard},
    network::Network,
    records::{Action, Biller, LedgerEntry, Payment, Tran, TranKind, credit_leg_id},
};

/// The operations of one card.
#[derive(Debug)]
struct CardHistory {
    card: &'static TestCard,
    /// All money on the card, including what is held.
    balance: i64,
    /// Oldest first.
    operations: Vec<CardOperation>,
    fills: u64,
}

impl CardHistory {
    fn add(&mut self, mut operation: CardOperation) {
        self.move_money(operation.kind.is_credit(), operation.amount_with_fee());
        operation.balance = self.balance;
        if self.find(operation.key()).is_ok() {
            operation.second = true;
        }
        let (Ok(at) | Err(at)) = self.find(operation.key());
        self.operations.insert(at, operation);
    }

    fn mark_reversed(&mut self, at: i64, id: u64) {
        let found = self.find((at, id, false)).ok();
        let Some(operation) = found.and_then(|found| self.operations.get_mut(found)) else {
            return;
        };
        operation.reversed = true;
        let (is_credit, moved) = (operation.kind.is_credit(), operation.amount_with_fee());
        self.move_money(!is_credit, moved);
    }

    fn move_money(&mut self, is_credit: bool, amount: i64) {
        self.balance = if is_credit {
            self.balance.saturating_add(amount)
        } else {
            self.balance.saturating_sub(amount)
        };
    }

    fn find(&self, key: (i64, u64, bool)) -> Result<usize, usize> {
        self.operations
            .binary_search_by_key(&key, CardOperation::key)
    }
}

/// What the history needs of a transaction or a payment.
struct Movement<'a> {
    network: Network,
    id: u64,
    at: i64,
    pan: &'a str,
    kind: OperationKind,
    recipient: Option<&'a str>,
    fee: i64,
    merchant: &'a str,
    terminal: &'a str,
}

impl<'a> Movement<'a> {
    fn of_tran(tran: &'a Tran) -> Self {
        let (kind, recipient, fee) = match &tran.kind {
            TranKind::Debit => (OperationKind::Purchase, None, 0),
            TranKind::Transfer { recipient } => (
                OperationKind::TransferOut,
                Some(recipient.as_str()),
                tran.commission.unwrap_or_default(),
            ),
            TranKind::Credit => (OperationKind::Credit, None, 0),
            TranKind::PartReversal => (OperationKind::DebitReversal, None, 0),
        };
        Self {
            network: Network::Uzcard,
            id: tran.id,
            at: tran.at,
            pan: &tran.pan,
            kind,
            recipient,
            fee,
            merchant: &tran.merchant_id,
            terminal: &tran.terminal_id,
        }
    }

    fn of_payment(payment: &'a Payment) -> Self {
        let item = |name: &str| payment.items.get(name).map_or("", String::as_str);
        Self {
            network: Network::Humo,
            id: payment.id,
            at: payment.at,
            pan: &payment.pan,
            kind: match payment.biller {
                // A reconciliation has no row in the ledger, and so none here.
                Biller::Sale | Biller::Hold | Biller::Reconciliation => OperationKind::Purchase,
                Biller::Transfer => OperationKind::TransferOut,
                Biller::Credit => OperationKind::Credit,
            },
            recipient: payment.recipient.as_deref(),
            fee: payment.fee,
            merchant: item("merchant_id"),
            terminal: item("terminal_id"),
        }
    }

    /// The cards involved, each with the kind, id and fee of its operation.
    fn legs(&self) -> impl Iterator<Item = (&'a str, OperationKind, u64, i64)> {
        let own = (self.pan, self.kind, self.id, self.fee);
        let other = self
            .recipient
            .map(|pan| (pan, OperationKind::TransferIn, credit_leg_id(self.id), 0));
        std::iter::once(own).chain(other)
    }
}

#[derive(Debug)]
pub(crate) struct History {
    cards: HashMap<&'static str, CardHistory>,
    fills: Vec<Fill>,
}

impl History {
    /// Empty histories of all test cards.
    pub(crate) fn new() -> Self {
        let empty = |card: &'static TestCard| CardHistory {
            card,
            balance: card.balance,
            operations: Vec::new(),
            fills: 0,
        };
        Self {
            cards: TEST_CARDS
                .iter()
                .map(|card| (card.pan, empty(card)))
                .collect(),
            fills: Vec::new(),
        }
    }

    /// The card's operations from the moment `from` to before `until` (UNIX milliseconds), oldest first.
    pub(crate) fn between(&self, pan: &str, from: i64, until: i64) -> &[CardOperation] {
        let all = self.all(pan);
        let start = all.partition_point(|operation| operation.at < from);
        let end = all.partition_point(|operation| operation.at < until);
        all.get(start..end).unwrap_or_default()
    }

    /// How many operations a card has.
    pub(crate) fn count(&self, pan: &str) -> usize {
        self.all(pan).len()
    }

    fn all(&self, pan: &str) -> &[CardOperation] {
        self.cards
            .get(pan)
            .map(|card| card.operations.as_slice())
            .unwrap_or_default()
    }

    pub(crate) fn fills(&self) -> &[Fill] {
        &self.fills
    }

    /// How many times the card's history was filled.
    pub(crate) fn fills_of(&self, pan: &str) -> u64 {
        self.cards.get(pan).map_or(0, |card| card.fills)
    }

    pub(crate) fn fill(&mut self, fill: Fill) {
        if let Some(card) = self.cards.get_mut(fill.pan.as_str()) {
            card.operations.extend(fill.operations(card.card));
            // The sort is stable, and fast on two parts that are already sorted.
            card.operations.sort_by_key(CardOperation::key);
            card.fills += 1;
        }
        self.fills.push(fill);
    }

    pub(crate) fn record_tran(&mut self, tran: &Tran, entry: &LedgerEntry) {
        self.record(&Movement::of_tran(tran), entry);
    }

    pub(crate) fn record_payment(&mut self, payment: &Payment, entry: &LedgerEntry) {
        self.record(&Movement::of_payment(payment), entry);
    }

    fn record(&mut self, movement: &Movement<'_>, entry: &LedgerEntry) {
        let reversed = match entry.action {
            Action::Pay | Action::Capture | Action::Credit | Action::P2p => false,
            // It is an operation of its own, and no other one is reversed.
            Action::Reverse if movement.kind == OperationKind::DebitReversal => false,
            Action::Reverse => true,
            Action::Hold | Action::Release => return,
        };
        for (pan, kind, id, fee) in movement.legs() {
            let Some(card) = self.cards.get_mut(pan) else {
                continue;
            };
            if reversed && movement.network == Network::Uzcard {
                card.mark_reversed(movement.at, id);
                continue;
            }
            card.add(CardOperation {
                id,
                at: entry.at,
                kind: if reversed { kind.reversal() } else { kind },
                amount: entry.amount,
                fee,
                balance: 0,
                reversed: false,
                second: reversed,
                site: Site::of(movement.network, movement.merchant, movement.terminal),
            });
        }
    }
}
