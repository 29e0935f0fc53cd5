//! Where does the gateway's address stand in the page?

/// What the page shows in place of the address until a request names it. It is no valid host.
pub(crate) const PLACEHOLDER: &str = "@ADDRESS@";
