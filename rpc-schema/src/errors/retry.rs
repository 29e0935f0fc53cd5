//! Can a repeat of the same call help?

/// Whether a repeat of the same call can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// No: the call, the card or the agreement has to change first, or a repeat would be dangerous.
    No,
    /// Yes, a little later, without any danger of paying twice. A transaction that has ended with the error keeps its
    /// `extId`, so the repeat needs a new one.
    Later,
}
