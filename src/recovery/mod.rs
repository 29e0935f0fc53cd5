//! Finds out what became of calls whose outcome is not known, and brings their transactions to an end.
//!
//! A request left `sent` past its lease (its process died) or `unknown` (its reply was lost) is looked up at its network by
//! our reference, at the start and then on a schedule, until the network tells or the schedule is over ([`schedule`]). What
//! follows is one table, [`crate::domain::finding`]: recovery finishes or undoes, and starts nothing. What cannot be found
//! out becomes `manual`, for an operator.
//!
//! Several gateways work on one database: a request is looked up by whoever takes its lease, with one guarded update.

mod rebuild;
mod schedule;
mod steadiness;

use std::sync::Arc;

use entity::processing_request::{self, Action, SettledBy};
use rpc_schema::values::Network;
use sea_orm::DbErr;
use tokio::task::JoinSet;

use crate::causes::Causes;
use crate::domain::finding::Finding;
use crate::domain::network::to_stored;
use crate::gateway::{Departure, Error, Gateway};
use crate::processing::{Found, Receipt, Traces};
use crate::repository::{request, transaction as transactions};
use crate::service::{Intended, Learned, Recorded};
pub(crate) use schedule::pause_ms;
use steadiness::Readings;
pub use steadiness::Steadiness;

/// How many requests of one network are looked up at the same time. A network that hangs keeps only its own waiting.
pub(crate) const PARALLEL: u64 = 16;

/// How much a network's clock may be ahead of ours or behind it, milliseconds.
const CLOCK_SKEW_MS: i64 = 120_000;

impl Gateway {
    /// Looks up the requests of a network that are due, up to a number at the same time; how many.
    ///
    /// # Errors
    /// The database failed while they were looked for. What goes wrong with one request is logged, and it is looked up
    /// again when its lease is over.
    pub async fn recover_due(self: &Arc<Self>, network: Network) -> Result<u64, DbErr> {
        let mut looked_up = 0;
        let mut running = JoinSet::new();
        for row in self.claim_due(network).await? {
            looked_up += 1;
            let gateway = Arc::clone(self);
            running.spawn(async move {
                let (request_id, transaction_id) = (row.id, row.transaction_id);
                if let Err(error) = gateway.recover_one(network, row).await {
                    tracing::error!(
                        request_id,
                        transaction_id,
                        error = %Causes(&error),
                        "a look-up was not recorded; trying again"
                    );
                }
            });
        }
        while let Some(joined) = running.join_next().await {
            // One request that brings a look-up down must not end all others.
            if let Err(panic) = joined {
                tracing::error!(network = network.name(), %panic, "a look-up ended in a panic; trying again");
            }
        }
        Ok(looked_up)
    }

    /// Takes the leases of due requests; each of them by one process only.
    async fn claim_due(&self, network: Network) -> Result<Vec<processing_request::Model>, DbErr> {
        // At each turn, so that no setting of the clock goes unnoticed.
        self.compare_clock().await?;
        self.clock_holds();
        let now = self.clock.now();
        let mut due = request::due(&*self.database, to_stored(network), now, PARALLEL).await?;
        if due.is_empty() {
            return Ok(due);
        }
        // In one order for all processes, so that none waits for another that waits for it.
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
        &self,
        network: Network,
        row: processing_request::Model,
    ) -> Result<(), Error> {
        let stored = transactions::get(&*self.database, row.transaction_id).await?;
        let transaction = stored.ok_or_else(|| {
            Error::Corrupt(format!("processing_request {} has no transaction", row.id))
        })?;
        let mut intended = self.rebuild(&*self.database, transaction, row).await?;
        let traces = self.traces_of(&intended).await?;
        // Read before the look-up: a call may come between a network's answer and the moment from which on none comes.
        let now = self.clock.now();
        let counts_at = self.absence_counts_at(network, intended.sent_at, now);
        let found = self.network(network).look_up(&intended.call, &traces).await;
        let answered = !matches!(found, Found::Unclear(_));
        let finding = Finding::of(network, &intended.call, found, now < counts_at);
        // The network has said all that it can, and only our clock is in doubt: a gateway that starts over and over must not
        // use the look-ups up with that.
        let is_final = self.final_at(network, intended.sent_at) <= now;
        let again_at = match finding {
            Finding::Open(_) if answered && is_final => Some(counts_at),
            Finding::Open(_)
            | Finding::Executed(_)
            | Finding::Blocked(_)
            | Finding::Refused(_)
            | Finding::NotExecuted(_)
            | Finding::Untraceable(_) => None,
        };
        if again_at.is_some() {
            intended.look_ups -= 1;
        }
        let learned = Learned::Found {
            by: match finding {
                Finding::NotExecuted(_) => SettledBy::NotFound,
                Finding::Executed(_)
                | Finding::Blocked(_)
                | Finding::Refused(_)
                | Finding::Untraceable(_)
                | Finding::Open(_) => SettledBy::LookUp,
            },
            last_try: pause_ms(intended.look_ups, 0).is_none(),
            again_at,
            finding,
        };
        self.conclude(intended, learned).await
    }

    /// Records what was learned, and carries out what follows: never more than undoing.
    pub(crate) async fn conclude(&self, intended: Intended, learned: Learned) -> Result<(), Error> {
        learned.tell(&intended);
        match self.record_at_last(&intended, &learned).await? {
            Recorded::Settled(_) => Ok(()),
            Recorded::Next(next) => match self.carry_out(&Departure::default(), *next).await {
                // The transaction has its error, or is looked up again.
                Ok(_) | Err(Error::Refused(_)) => Ok(()),
                Err(error) => Err(error),
            },
        }
    }

    pub(crate) async fn traces_of(&self, intended: &Intended) -> Result<Traces, Error> {
        let receipts = match intended.action {
            Action::Hold => request::hold_receipts(&*self.database, &intended.pan_hash).await?,
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
        let from = intended.sent_at - CLOCK_SKEW_MS;
        let to = self.final_at(Network::Uzcard, intended.sent_at) + CLOCK_SKEW_MS;
        Ok(Traces {
            window: (from, to),
            claimed_holds,
        })
    }

    /// Compares our clock with that of the database, which all gateways share: whose differs by more than the clocks may
    /// begins nothing, and takes no absence for a proof.
    ///
    /// # Errors
    /// The database failed.
    pub async fn compare_clock(&self) -> Result<(), DbErr> {
        let earliest = self.clock.now();
        if let Some(theirs) = self.database.clock().await? {
            let ahead_ms = self.clock.ahead_of(theirs, (earliest, self.clock.now()));
            self.steadiness.compared(ahead_ms, self.rules.clock_skew_ms);
        }
        Ok(())
    }

    /// Whether the clock was not set within the time after which an absence counts.
    pub(crate) fn clock_holds(&self) -> bool {
        self.clock_doubted_for() == 0
    }

    /// When an absence counts as a proof: not before the call cannot come any more, by a clock that was not set.
    pub(crate) fn absence_counts_at(&self, network: Network, sent_at: i64, now: i64) -> i64 {
        let doubt_ends = now + self.clock_doubted_for();
        self.final_at(network, sent_at).max(doubt_ends)
    }

    /// Milliseconds.
    fn clock_doubted_for(&self) -> i64 {
        let readings = Readings {
            now: self.clock.now(),
            steady: self.clock.steady(),
        };
        let longest = self
            .final_at(Network::Uzcard, 0)
            .max(self.final_at(Network::Humo, 0));
        self.steadiness.doubted_for(readings, longest)
    }

    /// From when on a call that the network does not know cannot come any more: it left within its lease, and the network
    /// has had the longest time that it may take.
    pub(crate) fn final_at(&self, network: Network, sent_at: i64) -> i64 {
        sent_at
            + match network {
                Network::Uzcard => self.rules.final_after_uzcard_ms,
                Network::Humo => self.rules.final_after_humo_ms,
            }
    }
}
