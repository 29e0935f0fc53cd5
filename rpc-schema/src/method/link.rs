//! Which call comes next?

/// A call that usually follows a method, with where its params come from.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// What it does, in a word: `confirm`.
    pub name: &'static str,
    /// When it follows.
    pub description: &'static str,
    /// The method that follows.
    pub method: &'static str,
    /// Its params that are known by then, as runtime expressions of OpenRPC: `${result.transactionId}`,
    /// `${params.transactionId}`.
    pub params: &'static [(&'static str, &'static str)],
}

impl Link {
    /// After [`Link::of_result`]'s methods: what became of the transaction.
    pub const LOOK_UP_RESULT: Self = Self::of_result(
        "look up",
        "To see what became of it, whenever you like.",
        "transactions.get",
    );

    /// After [`Link::of_params`]'s methods: what became of the transaction.
    pub const LOOK_UP: Self = Self::of_params(
        "look up",
        "To see what became of it, and always after error -32379.",
        "transactions.get",
    );

    /// A call about the transaction that the result names.
    #[must_use]
    pub const fn of_result(
        name: &'static str,
        description: &'static str,
        method: &'static str,
    ) -> Self {
        Self {
            name,
            description,
            method,
            params: &[("transactionId", "${result.transactionId}")],
        }
    }

    /// A further call about the same transaction.
    #[must_use]
    pub const fn of_params(
        name: &'static str,
        description: &'static str,
        method: &'static str,
    ) -> Self {
        Self {
            name,
            description,
            method,
            params: &[("transactionId", "${params.transactionId}")],
        }
    }
}
