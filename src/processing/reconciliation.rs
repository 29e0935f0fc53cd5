//! What a network tells of a terminal's totals when a period ends. It moves no money.

/// The totals of a terminal since its last reconciliation, as far as the network names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// The answer's action code: 500 in balance, 501 to 504 not.
    pub code: Option<String>,
    pub debits: Option<Total>,
    pub reversals: Option<Total>,
}

/// How many payments, and their sum in tiyin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    pub number: i64,
    pub amount: i64,
}

/// How far a reconciliation is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The network does not know it.
    Absent,
    /// It is created, under this number of the network, and waits to be confirmed: the period goes on.
    Created(String),
    /// The period has ended.
    Done(Totals),
}
