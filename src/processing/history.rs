//! What the networks' histories have in common: an operation in our words.

use std::collections::HashMap;

/// The longest reply with operations that is read.
pub(super) const REPLY_LIMIT: usize = 8 * 1024 * 1024;

/// An operation as its network tells it, in the form of the documents. A text that the network does not give is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkOperation {
    /// What tells it from all others of the card, and stays the same when it is told again.
    pub reference: String,
    /// UNIX milliseconds.
    pub at: i64,
    /// The network's own type.
    pub kind: String,
    /// Tiyin, never below zero.
    pub amount: i64,
    /// Numeric code.
    pub currency: i32,
    pub is_credit: bool,
    /// Whether it was undone, or undoes another one.
    pub reversal: bool,
    /// The reference of the operation that this one undoes.
    pub reverses: Option<String>,
    pub ref_num: String,
    pub sys_num: String,
    pub apr_code: String,
    /// The retrieval reference number.
    pub ref_number: String,
    pub merchant: String,
    pub terminal: String,
    pub description: String,
    pub merchant_name: String,
    pub city: String,
    pub internal_number: String,
}

/// Takes away what was told twice, as happens when an operation comes in between two pages.
pub(super) fn without_repeats(operations: Vec<NetworkOperation>) -> Vec<NetworkOperation> {
    let mut seen = HashMap::with_capacity(operations.len());
    for operation in operations {
        // The later page is the newer truth.
        seen.insert(operation.reference.clone(), operation);
    }
    seen.into_values().collect()
}

/// The numeric code of a currency that is told as a number or in letters; nothing told is the networks' own, the sum.
pub(super) fn currency(text: &str) -> i32 {
    match text {
        "" | "UZS" => 860,
        "USD" => 840,
        "EUR" => 978,
        "RUB" => 643,
        "KZT" => 398,
        text => text.parse().unwrap_or(860),
    }
}
