//! Which methods belong together?

/// A group of methods. A method may be in several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// Attaching cards, and what is attached.
    Cards,
    /// Debits, at once or with a code, and giving the money back.
    Debits,
    /// Holding money, then taking or releasing it.
    Holds,
    /// Transfers from card to card.
    Transfers,
    /// The history of cards.
    History,
    /// What became of a payment.
    Transactions,
    /// The gateway's description of itself.
    Discovery,
}

impl Tag {
    /// All of them, in the order of the document.
    pub const ALL: &'static [Self] = &[
        Self::Cards,
        Self::Debits,
        Self::Holds,
        Self::Transfers,
        Self::History,
        Self::Transactions,
        Self::Discovery,
    ];

    /// Its name in the document.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cards => "cards",
            Self::Debits => "debits",
            Self::Holds => "holds",
            Self::Transfers => "transfers",
            Self::History => "history",
            Self::Transactions => "transactions",
            Self::Discovery => "discovery",
        }
    }

    /// What its methods are for.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Cards => "Attach a card by the code that its holder receives.",
            Self::Debits => "Debit a card, at once or with a code, and give the money back.",
            Self::Holds => "Hold money on a card, then take or release it.",
            Self::Transfers => "Transfer money from card to card.",
            Self::History => "Read the history of cards.",
            Self::Transactions => "Find out what became of a payment.",
            Self::Discovery => "Get this document.",
        }
    }
}
