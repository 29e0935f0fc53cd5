//! The history of the cards: what each network tells of the movements of their money.
//!
//! Nothing of it is written down but the orders to fill it. The rest follows from the ledger's rows, together with the
//! transaction or payment that each names: every movement is an operation of each card concerned, a hold is none before it
//! is captured. What undoes a movement is a mark on the operation on UZCARD, and an operation of its own on HUMO.

mod fill;
mod shops;

use std::collections::HashMap;

pub(crate) use self::fill::{Fill, Request};
use self::shops::Site;
use crate::{
    cards::{TEST_CARDS, TestCard},
    network::Network,
    records::{Action, Biller, Execution, Payment, Tran, TranKind, credit_leg},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// From the card to a merchant.
    Purchase,
    /// From the card to another.
    TransferOut,
    /// From another card to this.
    TransferIn,
    /// From the merchants to the card.
    Credit,
    /// HUMO's: gives a purchase or a transfer back.
    DebitReversal,
    /// HUMO's: takes a transfer back from its recipient.
    CreditReversal,
}

impl Kind {
    pub(crate) fn is_credit(self) -> bool {
        match self {
            Self::TransferIn | Self::Credit | Self::DebitReversal => true,
            Self::Purchase | Self::TransferOut | Self::CreditReversal => false,
        }
    }

    fn reversal(self) -> Self {
        if self.is_credit() {
            Self::CreditReversal
        } else {
            Self::DebitReversal
        }
    }
}

/// A movement of one card's money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operation {
    /// The network's number of the movement, or of its second leg for the recipient of a transfer.
    pub(crate) id: u64,
    /// UNIX milliseconds.
    pub(crate) at: i64,
    pub(crate) kind: Kind,
    /// In tiyin, without the fee.
    pub(crate) amount: i64,
    /// What the sender of a transfer pays on top.
    pub(crate) fee: i64,
    /// All money on the card after it, held or not.
    pub(crate) balance: i64,
    /// Undone by a reversal; UZCARD's only.
    pub(crate) reversed: bool,
    /// Not the first operation of its number: a reversal of HUMO's, or the credit that is given once more.
    pub(crate) second: bool,
    pub(crate) site: Site,
}

impl Operation {
    /// What left the card or came to it.
    pub(crate) fn moved(&self) -> i64 {
        self.amount.saturating_add(self.fee)
    }

    /// By this a history is sorted.
    fn key(&self) -> (i64, u64, bool) {
        (self.at, self.id, self.second)
    }
}

/// The operations of one card.
#[derive(Debug)]
struct Book {
    card: &'static TestCard,
    /// All money on the card, held or not.
    balance: i64,
    /// Oldest first.
    operations: Vec<Operation>,
    fills: u64,
}

impl Book {
    fn add(&mut self, mut operation: Operation) {
        self.move_money(operation.kind.is_credit(), operation.moved());
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
        let (is_credit, moved) = (operation.kind.is_credit(), operation.moved());
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
        self.operations.binary_search_by_key(&key, Operation::key)
    }
}

/// A transaction or a payment as the history sees it.
struct Movement<'a> {
    network: Network,
    id: u64,
    at: i64,
    pan: &'a str,
    kind: Kind,
    recipient: Option<&'a str>,
    fee: i64,
    merchant: &'a str,
    terminal: &'a str,
}

impl<'a> Movement<'a> {
    fn of_tran(tran: &'a Tran) -> Self {
        let (kind, recipient, fee) = match &tran.kind {
            TranKind::Debit => (Kind::Purchase, None, 0),
            TranKind::Transfer { recipient } => (
                Kind::TransferOut,
                Some(recipient.as_str()),
                tran.commission.unwrap_or_default(),
            ),
            TranKind::Credit => (Kind::Credit, None, 0),
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
                Biller::Sale | Biller::Hold => Kind::Purchase,
                Biller::Transfer => Kind::TransferOut,
                Biller::Credit => Kind::Credit,
            },
            recipient: payment.recipient.as_deref(),
            fee: payment.fee,
            merchant: item("merchant_id"),
            terminal: item("terminal_id"),
        }
    }

    /// The cards concerned, each with the kind, the number and the fee of its operation.
    fn legs(&self) -> impl Iterator<Item = (&'a str, Kind, u64, i64)> {
        let own = (self.pan, self.kind, self.id, self.fee);
        let other = self
            .recipient
            .map(|pan| (pan, Kind::TransferIn, credit_leg(self.id), 0));
        std::iter::once(own).chain(other)
    }
}

#[derive(Debug)]
pub(crate) struct History {
    books: HashMap<&'static str, Book>,
    fills: Vec<Fill>,
}

impl History {
    /// That of all test cards, with nothing in it.
    pub(crate) fn new() -> Self {
        let book = |card: &'static TestCard| Book {
            card,
            balance: card.balance,
            operations: Vec::new(),
            fills: 0,
        };
        Self {
            books: TEST_CARDS
                .iter()
                .map(|card| (card.pan, book(card)))
                .collect(),
            fills: Vec::new(),
        }
    }

    /// The operations of a card in a time that ends before `until`, oldest first.
    pub(crate) fn between(&self, pan: &str, from: i64, until: i64) -> &[Operation] {
        let all = self.all(pan);
        let start = all.partition_point(|operation| operation.at < from);
        let end = all.partition_point(|operation| operation.at < until);
        all.get(start..end).unwrap_or_default()
    }

    /// How many operations a card has.
    pub(crate) fn count(&self, pan: &str) -> usize {
        self.all(pan).len()
    }

    fn all(&self, pan: &str) -> &[Operation] {
        self.books
            .get(pan)
            .map(|book| book.operations.as_slice())
            .unwrap_or_default()
    }

    pub(crate) fn fills(&self) -> &[Fill] {
        &self.fills
    }

    /// How often a card was filled.
    pub(crate) fn fills_of(&self, pan: &str) -> u64 {
        self.books.get(pan).map_or(0, |book| book.fills)
    }

    pub(crate) fn fill(&mut self, fill: Fill) {
        if let Some(book) = self.books.get_mut(fill.pan.as_str()) {
            book.operations.extend(fill.operations(book.card));
            // Stable, and quick on what is two sorted parts.
            book.operations.sort_by_key(Operation::key);
            book.fills += 1;
        }
        self.fills.push(fill);
    }

    pub(crate) fn tran_moved(&mut self, tran: &Tran, execution: &Execution) {
        self.moved(&Movement::of_tran(tran), execution);
    }

    pub(crate) fn payment_moved(&mut self, payment: &Payment, execution: &Execution) {
        self.moved(&Movement::of_payment(payment), execution);
    }

    fn moved(&mut self, movement: &Movement<'_>, execution: &Execution) {
        let reversed = match execution.action {
            Action::Pay | Action::Capture | Action::Credit | Action::P2p => false,
            Action::Reverse => true,
            Action::Hold | Action::Release => return,
        };
        for (pan, kind, id, fee) in movement.legs() {
            let Some(book) = self.books.get_mut(pan) else {
                continue;
            };
            if reversed && movement.network == Network::Uzcard {
                book.mark_reversed(movement.at, id);
                continue;
            }
            book.add(Operation {
                id,
                at: execution.at,
                kind: if reversed { kind.reversal() } else { kind },
                amount: execution.amount,
                fee,
                balance: 0,
                reversed: false,
                second: reversed,
                site: Site::of(movement.network, movement.merchant, movement.terminal),
            });
        }
    }
}
