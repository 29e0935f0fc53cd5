//! What became of calls whose result is not known, and how their transactions are brought to an end.
//!
//! A request left `sent` past its lease (its process died) or `unknown` (its reply was lost) is looked up at its
//! network by our reference, at the start and then on a [`schedule`](super::schedule), until the network gives an
//! answer or the schedule ends. What follows is one table, [`crate::domain::late_result`]: recovery finishes or undoes,
//! and starts nothing. What cannot be found out becomes `manual`, for an operator.
//!
//! Several gateways work on one database: a request is looked up by the one that takes its lease, with a guarded update.

use std::sync::Arc;

use entity::processing_request;
use rpc_schema::values::Network;
use sea_orm::DbErr;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use crate::caller::SendGate;
use crate::database::Fetch as _;
use crate::domain::call::{CallResult, LookupReply};
use crate::domain::network::to_stored;
use crate::error::Error;
use crate::error_chain::ErrorChain;
use crate::repository::{request, transaction as transactions};
use crate::spans;

use super::Payments;
use super::intent::PendingCall;
use super::record::Step;
use super::resolution::Resolution;
use super::schedule::pause_ms;

/// How many requests of one network are looked up at the same time. A network that hangs delays only its own.
pub(crate) const PARALLEL: u64 = 16;

impl Payments {
    /// Looks up the requests of a network that are due, a limited number at the same time, and returns how many.
    ///
    /// # Errors
    /// The database failed while they were looked for. What goes wrong with one request is logged, and it is looked up
    /// again when its lease is over.
    pub async fn recover_due(self: &Arc<Self>, network: Network) -> Result<u64, DbErr> {
        if !self.rules.connected.has(network) {
            // What is open there stays so, until its address is back or another gateway has asked. So does what is under an
            // account that is not there: its look-ups are not used up.
            return Ok(0);
        }
        let mut looked_up = 0;
        let mut running = JoinSet::new();
        for row in self.claim_due(network).await? {
            looked_up += 1;
            let payments = Arc::clone(self);
            running.spawn(async move {
                let (call_id, transaction_id) = (row.id.0, row.transaction_id.0);
                if let Err(error) = payments.recover_one(network, row).await {
                    tracing::error!(
                        call_id,
                        transaction_id,
                        error = %ErrorChain(&error),
                        "a look-up was not recorded; trying again"
                    );
                }
            });
        }
        while let Some(joined) = running.join_next().await {
            // A panic in one look-up must not end the others.
            if let Err(panic) = joined {
                tracing::error!(network = network.name(), %panic, "a look-up ended in a panic; trying again");
            }
        }
        Ok(looked_up)
    }

    /// Takes the leases of due requests. Only one process gets each of them.
    async fn claim_due(&self, network: Network) -> Result<Vec<processing_request::Model>, DbErr> {
        // At each turn, so that no setting of the clock goes unnoticed.
        self.compare_clock().await?;
        self.sample_clock();
        let now = self.clock.now();
        let mut due = request::due(to_stored(network), self.served(), now, PARALLEL)
            .fetch_all(&*self.database)
            .await?;
        if due.is_empty() {
            return Ok(due);
        }
        // In the same order in all processes, so that no two wait for each other.
        due.sort_by_key(|row| row.id);
        let tx = self.database.write().await?;
        let mut claimed = Vec::new();
        for row in due {
            if request::claim(&*tx, &row, self.process_id, now + self.rules.lease_ms).await? {
                claimed.push(processing_request::Model {
                    attempts: row.attempts + 1,
                    ..row
                });
            }
        }
        tx.commit().await?;
        Ok(claimed)
    }

    async fn recover_one(
        self: &Arc<Self>,
        network: Network,
        row: processing_request::Model,
    ) -> Result<(), Error> {
        let stored = transactions::get(&*self.database, row.transaction_id).await?;
        let transaction = stored.ok_or_else(|| {
            Error::Corrupt(format!("processing_request {} has no transaction", row.id))
        })?;
        let mut pending = self.rebuild(&*self.database, transaction, row).await?;
        // Read before the look-up: a call may arrive between a network's answer and the moment from which on none can.
        let now = self.clock.now();
        let counts_at = self.absence_counts_at(network, &pending, now);
        let span = spans::look_up(pending.transaction.id, pending.call.action());
        let reply = self.ask(network, &pending).instrument(span).await?;
        let tells = !matches!(reply, LookupReply::Unclear(_));
        pending.silence = pending.silence.after(now, reply.is_answered());
        let first_reply = pending.first_reply.as_ref();
        let result =
            CallResult::of_lookup(network, &pending.call, reply, first_reply, now < counts_at);
        // The network has said all that it can, and only our clock or its silence before is in doubt. That must not use
        // up the look-ups: a gateway may start again and again, a network be away for hours.
        let is_final = self.final_at(network, pending.sent_at) <= now;
        let is_open = matches!(result, CallResult::Unknown(_));
        let look_again_at = (is_open && tells && is_final).then_some(counts_at);
        if look_again_at.is_some() {
            pending.lookups -= 1;
        }
        let last_lookup = pause_ms(pending.lookups, 0).is_none();
        let resolution = Resolution::by_lookup(result, last_lookup, look_again_at);
        let gate = SendGate::default().witnessed_by(self.audit.own_orders("recovery"));
        self.conclude(&gate, pending, resolution).await
    }

    /// Records a late result, and carries out what follows: never more than undoing. `gate` is that of the caller who hears
    /// it in a reply, if there is one.
    pub(super) async fn conclude(
        self: &Arc<Self>,
        gate: &SendGate,
        pending: PendingCall,
        resolution: Resolution,
    ) -> Result<(), Error> {
        let (pending, resolution) = self.with_lost_credit(pending, resolution).await?;
        resolution.log(&pending);
        match self.record(gate, &pending, &resolution).await? {
            Step::Settled(_) => Ok(()),
            Step::Next(next) => match self.run(&gate.always_open(), *next).await {
                // The transaction has its error, or is looked up again.
                Ok(_) | Err(Error::Refused(_)) => Ok(()),
                Err(error) => Err(error),
            },
        }
    }
}
