//! What does a network need to know of a card?

use std::fmt;

use rpc_schema::values::{Expiry, Pan};

/// A card as a network needs to know it.
#[derive(Clone)]
pub struct CardAccess {
    /// HUMO is addressed by number and expiry.
    pub pan: Pan,
    /// See [`CardAccess::pan`].
    pub expiry: Expiry,
    /// UZCARD is addressed by the token that SVGate gave when the card was attached.
    pub network_token: Option<String>,
}

/// Without the token, which pays.
impl fmt::Debug for CardAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CardAccess")
            .field("pan", &self.pan)
            .field("has_token", &self.network_token.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_number_nor_token_is_shown() {
        let card = CardAccess {
            pan: Pan::parse("8600010132441332").unwrap(),
            expiry: Expiry::from_yymm("3012").unwrap(),
            network_token: Some("3F2A7CC2".to_owned()),
        };
        let shown = format!("{card:?}");
        assert!(shown.contains("860001*****1332"), "{shown}");
        assert!(
            !shown.contains("8600010132441332") && !shown.contains("3F2A"),
            "{shown}"
        );
    }
}
