//! The end of holds: the gateway releases what nobody charged in time (docs/contract.md#holds).

use entity::transaction;
use sea_orm::DbErr;

use crate::caller::SendGate;
use crate::database::Fetch as _;
use crate::domain::operation::{Operation, allow};
use crate::error::Error;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::repository::transaction as transactions;

use super::operations::HoldOperation;

/// How many holds one run takes.
pub(crate) const BATCH: u64 = 100;

/// How long a hold whose release failed is left alone, milliseconds.
const PAUSE_MS: i64 = 60_000;

impl Gateway {
    /// Releases the holds whose time is over, and returns their number.
    ///
    /// # Errors
    /// The database failed while looking for them. What goes wrong with one hold is logged, and it is tried again.
    pub async fn expire_holds(&self) -> Result<u64, DbErr> {
        // A hold that is released too early cannot be restored.
        if !self.payments.sample_clock() {
            return Ok(0);
        }
        let now = self.clock.now();
        // Where a network or an account is absent, nobody could release them, and each try would be a row.
        let accounts = self.payments.served();
        let ended = transactions::ended_holds(accounts, now, now - PAUSE_MS, BATCH)
            .fetch_all(&*self.database)
            .await?;
        let mut expired = 0;
        for hold in ended {
            if self.stopping.is_cancelled() {
                break;
            }
            match self.expire_hold(&hold).await {
                Ok(()) => expired += 1,
                Err(error) => {
                    tracing::warn!(
                        transaction_id = hold.id.0,
                        error = %ErrorChain(&error),
                        "an ended hold was not released; trying again"
                    );
                }
            }
        }
        Ok(expired)
    }

    async fn expire_hold(&self, hold: &transaction::Model) -> Result<(), Error> {
        let tx = self.database.write().await?;
        let Some(hold) = transactions::find_locked(&*tx, hold.partner_id, hold.id).await? else {
            return Ok(());
        };
        // Charge, cancel and expiry exclude one another: the first one wins.
        if allow(Operation::Expire, &hold, self.clock.now()).is_err() {
            return Ok(());
        }
        let pending = self
            .intend_operation(&tx, hold, HoldOperation::Expire)
            .await?;
        self.payments.commit_intent(tx, &pending).await?;
        let gate = SendGate::default().witnessed_by(self.audit.own_orders("holds.expire"));
        self.payments.run(&gate, pending).await.map(drop)
    }
}
