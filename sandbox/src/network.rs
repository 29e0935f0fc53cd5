//! The networks, and the limits and fees that they are known for.

use serde::{Deserialize, Serialize};

/// Which network a call, a card or a movement of money belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Network {
    Uzcard,
    Humo,
    /// The SMS provider.
    Sms,
    /// The fiscal service.
    Fiscal,
}

/// The fee that HUMO charges the sender of a transfer between its cards, in basis points of the amount. It is rounded
/// half up to a tiyin and has no minimum or maximum.
pub const HUMO_P2P_FEE_BP: i64 = 50;

/// The largest credit, in tiyin, that either network accepts without the sender's document. Clients report limits
/// between 9 999 999 and 12 000 000 sum (docs/networks.md#humo-transfers-and-credits).
pub const UNNAMED_CREDIT_MAX: i64 = 1_200_000_000;
