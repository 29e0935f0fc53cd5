//! What the gateway's rows say was moved, in the words of the networks' ledger.

use entity::network::Network;
use entity::processing_request::{Action, Model};

/// The ledger's word for a call, which is one of `calls`; `None` if it moves nothing yet, or releases what was blocked
/// for it.
pub(crate) fn word(call: &Model, calls: &[Model]) -> Option<&'static str> {
    match (call.action, call.network) {
        (Action::Pay, Network::Uzcard) => Some("pay"),
        (Action::P2p, Network::Uzcard) => Some("p2p"),
        (Action::Confirm, _) => {
            let mut same = calls
                .iter()
                .filter(|other| other.transaction_id == call.transaction_id);
            let transfer = same.any(|other| other.action == Action::P2p);
            Some(if transfer { "p2p" } else { "pay" })
        }
        (Action::Hold, _) => Some("hold"),
        (Action::Capture, _) => Some("capture"),
        (Action::Release | Action::Expire, _) => Some("release"),
        (Action::Credit, _) => Some("credit"),
        (Action::Reverse | Action::ReversePart, _) => Some("reverse"),
        (Action::Pay | Action::P2p, Network::Humo) | (Action::Cancel, _) => None,
    }
}
