//! Can a repeat of the same call help?

/// Whether a repeat of the same call can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// No: the call, the card or the agreement has to change first. Also said where a repeat would
    /// be dangerous.
    No,
    /// Yes, a little later, and without any danger of paying twice. A transaction that has ended
    /// with the error keeps its `extId`, so that the repeat needs a new one.
    Later,
}
