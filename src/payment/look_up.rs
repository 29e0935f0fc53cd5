//! How a network is asked what became of a call, and what is known beside our reference.

use entity::processing_request::Action;
use rpc_schema::values::Network;
use sea_orm::DbErr;

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
        let account = pending.account();
        let look_up = self.look_up((network, account), &pending.call, &traces);
        Ok(pending.behalf().during(look_up).await)
    }

    /// Asks the network whether what it has under this name is the call.
    pub(super) async fn ask_named(
        &self,
        network: Network,
        pending: &PendingCall,
        name: &str,
    ) -> Result<LookupReply, Error> {
        let traces = self.traces_of(pending).await?;
        let find = self.find_named((network, pending.account()), &pending.call, name, &traces);
        Ok(pending.behalf().during(find).await)
    }

    async fn traces_of(&self, pending: &PendingCall) -> Result<Traces, Error> {
        let claimed_holds = match pending.call.action() {
            Action::Hold => self.claimed_holds(&pending.pan_hash).await?,
            Action::Pay
            | Action::Confirm
            | Action::Cancel
            | Action::Capture
            | Action::Release
            | Action::Expire
            | Action::P2p
            | Action::Credit
            | Action::Reverse
            | Action::ReversePart => Vec::new(),
        };
        let from = pending.sent_at - CLOCK_SKEW_MS;
        let to = self.final_at(Network::Uzcard, pending.sent_at) + CLOCK_SKEW_MS;
        Ok(Traces {
            window: (from, to),
            claimed_holds,
        })
    }

    /// The network's ids of the holds on a card of UZCARD that are ours.
    pub(super) async fn claimed_holds(&self, pan_hash: &[u8]) -> Result<Vec<String>, DbErr> {
        let receipts = request::hold_receipts(&*self.database, pan_hash).await?;
        Ok(receipts
            .iter()
            .filter_map(|text| serde_json::from_str(text).ok())
            .map(|receipt: Receipt| receipt.network_id)
            .collect())
    }
}
