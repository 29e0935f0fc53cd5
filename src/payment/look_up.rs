//! How a network is asked what became of a call, and what is known beside our reference.

use entity::processing_request::Action;
use rpc_schema::values::Network;

use crate::domain::call::{LookupReply, Receipt, Traces};
use crate::error::Error;
use crate::repository::request;

use super::Payments;
use super::intent::PendingCall;

/// How much a network's clock may be ahead of ours or behind it, milliseconds.
const CLOCK_SKEW_MS: i64 = 120_000;

impl Payments {
    /// Asks the network what became of a call.
    pub(super) async fn ask(
        &self,
        network: Network,
        pending: &PendingCall,
    ) -> Result<LookupReply, Error> {
        let traces = self.traces_of(pending).await?;
        Ok(self.look_up(network, &pending.call, &traces).await)
    }

    async fn traces_of(&self, pending: &PendingCall) -> Result<Traces, Error> {
        let receipts = match pending.call.action() {
            Action::Hold => request::hold_receipts(&*self.database, &pending.pan_hash).await?,
            Action::Pay
            | Action::Confirm
            | Action::Cancel
            | Action::Capture
            | Action::Release
            | Action::Expire
            | Action::P2p
            | Action::Credit
            | Action::Reverse => Vec::new(),
        };
        let claimed_holds = receipts
            .iter()
            .filter_map(|text| serde_json::from_str(text).ok())
            .map(|receipt: Receipt| receipt.network_id)
            .collect();
        let from = pending.sent_at - CLOCK_SKEW_MS;
        let to = self.final_at(Network::Uzcard, pending.sent_at) + CLOCK_SKEW_MS;
        Ok(Traces {
            window: (from, to),
            claimed_holds,
        })
    }
}
