//! What a network has under our references, by its own books: for those who compare, and move nothing.
//!
//! [`LookupReply`](super::LookupReply) answers what became of one call and leaves out what that call does not need. Here the network's
//! word is kept as it stands, so that it can be held against ours.

/// What a network has under one reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub stage: Stage,
    /// Tiyin; `None` where the network names none.
    pub amount: Option<i64>,
}

/// How far a payment has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// The network does not know it.
    Absent,
    /// It is known and was refused: SVGate `ERR`.
    Refused,
    /// HUMO's `active`: created and not confirmed. The money of a sale or a hold is blocked; a credit is done.
    Active,
    /// Carried out: SVGate `OK`; HUMO `finished`.
    Done,
    /// Carried out or blocked once, and undone: SVGate `ROK`; HUMO `returned` and `cancelled`.
    Undone,
    /// Something that nobody can make out; the text says why, and quotes nothing.
    Unclear(&'static str),
}

/// A row of a network's list of what it carried out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Listed {
    /// When, as the network writes it.
    pub at: String,
    /// Ours, or that of whoever else uses the same access; may be empty.
    pub reference: String,
    /// The network's own number.
    pub network_id: String,
    /// Tiyin; `None` where it cannot be read.
    pub amount: Option<i64>,
}
