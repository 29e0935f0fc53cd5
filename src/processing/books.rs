//! What a network's own books say about our payments. The comparison reads them; no money moves.
//!
//! [`LookupReply`](crate::domain::call::LookupReply) says what became of one call and leaves out whatever that call
//! does not need. Here the network's answer is kept complete, so that it can be compared with our rows.

use crate::domain::inquiry::AskError;

/// What a network's books have under one reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookEntry {
    pub state: BookState,
    /// Tiyin; `None` where the network gives no amount.
    pub amount: Option<i64>,
    /// The fee of a transfer, in tiyin; `None` where the network names none.
    pub fee: Option<i64>,
}

/// The state of a payment in a network's books.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookState {
    /// The network does not know the payment.
    Absent,
    /// The network refused the payment: SVGate `ERR`.
    Refused,
    /// HUMO's `active`: created and not confirmed. The money of a sale or a hold is blocked; a credit is done.
    Active,
    /// Carried out: SVGate `OK`; HUMO `finished`.
    Done,
    /// Carried out or blocked, then undone: SVGate `ROK`; HUMO `returned` and `cancelled`.
    Undone,
    /// The answer cannot be interpreted. The text says why and quotes nothing of it.
    Unclear(&'static str),
}

/// A row of a network's list of the payments that it carried out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListedPayment {
    /// When it was carried out, as the network writes it.
    pub at: String,
    /// Our reference, or that of someone else who uses the same access; may be empty.
    pub reference: String,
    /// The network's own number.
    pub network_id: String,
    /// Tiyin; `None` where the amount cannot be read.
    pub amount: Option<i64>,
}

/// What was read of a network's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub rows: Vec<ListedPayment>,
    /// Why it is not all of the list; `None`: it is.
    pub lacks: Option<AskError>,
}
