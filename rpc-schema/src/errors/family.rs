//! Which of the two documents does something come from?

/// The document that a code comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// The A family: card attachment, codes 4 and 1006 to 1010.
    Attach,
    /// The B family: all of the gateway's other methods, and JSON-RPC's own errors.
    Gateway,
}
