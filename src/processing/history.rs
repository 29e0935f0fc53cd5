//! What the histories of both networks have in common.

use std::collections::HashMap;

use entity::time::UnixMillis;

use crate::domain::inquiry::AskError;

/// The longest reply of a history or a list that is read, in bytes.
pub(super) const REPLY_LIMIT: usize = 8 * 1024 * 1024;

/// What a network tells of a card's operations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetworkHistory {
    pub operations: Vec<NetworkOperation>,
    /// How many rows could not be read, and are left out.
    pub skipped: u64,
    /// Why the first of them could not be read.
    pub cause: Option<&'static str>,
}

impl NetworkHistory {
    /// Adds a row, or counts it where it cannot be read.
    pub(super) fn take(&mut self, row: Result<NetworkOperation, &'static str>) {
        match row {
            Ok(operation) => self.operations.push(operation),
            Err(cause) => {
                self.skipped += 1;
                self.cause = self.cause.or(Some(cause));
            }
        }
    }

    /// The history, if it can be used: one odd row hides no others, but where none can be read the network writes rows
    /// in a way that is not known, and an empty history would be a lie.
    pub(super) fn usable(self) -> Result<Self, AskError> {
        match (self.operations.is_empty(), self.cause) {
            (true, Some(cause)) => Err(AskError::unreadable(cause)),
            (true | false, _) => Ok(self),
        }
    }
}

/// Why a row cannot be read that is not even an object.
pub(super) const NO_ROW: &str = "a row that is no operation";

/// An operation on a card as its network reports it, in the documented form. A text that the network does not give is
/// empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkOperation {
    /// Unique among the operations of the card, and the same each time the network reports the operation.
    pub reference: String,
    /// UNIX milliseconds.
    pub at: UnixMillis,
    /// The network's own type of operation.
    pub kind: String,
    /// Tiyin, never negative.
    pub amount: i64,
    /// The numeric currency code.
    pub currency: i32,
    pub is_credit: bool,
    /// Whether it was reversed, or reverses another one.
    pub reversal: bool,
    /// The reference of the operation that this one reverses.
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

/// Removes duplicates. They occur when an operation is added while the pages are read.
pub(super) fn without_repeats(operations: Vec<NetworkOperation>) -> Vec<NetworkOperation> {
    let mut seen = HashMap::with_capacity(operations.len());
    for operation in operations {
        // The later page is more recent.
        seen.insert(operation.reference.clone(), operation);
    }
    seen.into_values().collect()
}
