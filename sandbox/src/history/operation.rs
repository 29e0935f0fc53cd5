//! One operation in the history of a card.

use super::shops::Site;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum OperationKind {
    /// From the card to a merchant.
    Purchase,
    /// From the card to another card.
    TransferOut,
    /// From another card to this one.
    TransferIn,
    /// From the merchants to the card.
    Credit,
    /// Gives a purchase or a transfer back: at HUMO all of it, at UZCARD a part of a purchase.
    DebitReversal,
    /// HUMO only: takes a transfer back from its recipient.
    CreditReversal,
}

impl OperationKind {
    pub(crate) fn is_credit(self) -> bool {
        match self {
            Self::TransferIn | Self::Credit | Self::DebitReversal => true,
            Self::Purchase | Self::TransferOut | Self::CreditReversal => false,
        }
    }

    pub(super) fn reversal(self) -> Self {
        if self.is_credit() {
            Self::CreditReversal
        } else {
            Self::DebitReversal
        }
    }
}

/// One movement of a card's money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CardOperation {
    /// The network's id of the movement; for the recipient of a transfer, of its credit leg.
    pub(crate) id: u64,
    /// UNIX milliseconds.
    pub(crate) at: i64,
    pub(crate) kind: OperationKind,
    /// In tiyin, without the fee.
    pub(crate) amount: i64,
    /// The fee that the sender of a transfer pays on top, in tiyin.
    pub(crate) fee: i64,
    /// All money on the card afterwards, including what is held.
    pub(crate) balance: i64,
    /// Undone by a reversal. UZCARD only.
    pub(crate) reversed: bool,
    /// The second operation with this id: a reversal on HUMO, or the repeated credit.
    pub(crate) second: bool,
    pub(crate) site: Site,
}

impl CardOperation {
    /// The total that left the card or arrived on it.
    pub(crate) fn amount_with_fee(&self) -> i64 {
        self.amount.saturating_add(self.fee)
    }

    /// The sort key of a history.
    pub(super) fn key(&self) -> (i64, u64, bool) {
        (self.at, self.id, self.second)
    }
}
