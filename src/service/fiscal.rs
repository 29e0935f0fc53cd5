//! Fiscal receipts: the fee of a transfer is registered with the fiscal service. A failure there never fails the
//! transfer: the receipt is tried again until it is registered, or until the service has refused it so often that an
//! operator must act. Here: which are tried, and in which order; `fiscal/attempt.rs` tries one.

mod attempt;

use entity::{transaction, transfer};

use self::attempt::Tried;
use crate::database::Fetch as _;
use crate::error::Error;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::processing::fiscal::FiscalOperator;
use crate::repository::receipt_number::Use;
use crate::repository::{
    receipt_number as numbers, transaction as transactions, transfer as transfers,
};

/// How many receipts one run tries.
pub(crate) const BATCH: u64 = 100;

impl Gateway {
    /// Tries the receipts that are due, and returns how many were registered.
    ///
    /// # Errors
    /// The database failed.
    pub async fn register_receipts(&self) -> Result<u64, Error> {
        let Some(fiscal) = &self.fiscal else {
            return Ok(0);
        };
        let mut due = transfers::due_receipts(self.clock.now(), BATCH)
            .fetch_all(&*self.database)
            .await?;
        // The index has no order among those of one moment.
        due.sort_by_key(|side| (side.fiscal_next_at, side.transaction_id));
        if let Some(open) = self.open_receipt(&**fiscal).await? {
            if open.fiscal_next_at.is_none_or(|at| at > self.clock.now()) {
                return Ok(0);
            }
            due.retain(|side| side.transaction_id != open.transaction_id);
            due.insert(0, open);
        }
        let mut registered = 0;
        for side in due {
            if self.stopping.is_cancelled() {
                break;
            }
            let id = side.transaction_id;
            let transaction = transactions::get(&*self.database, id).await?;
            let transaction = transaction
                .ok_or_else(|| Error::Corrupt(format!("transfer {id} has no transaction")))?;
            match self
                .register_receipt(&**fiscal, &side, &transaction)
                .await?
            {
                Tried::Registered => registered += 1,
                Tried::Not => {}
                Tried::TerminalWaits => break,
            }
        }
        Ok(registered)
    }

    /// The transfer whose receipt has the terminal's last number, while it is not known what became of it: all others wait for
    /// it, however long they have been due.
    async fn open_receipt(
        &self,
        fiscal: &dyn FiscalOperator,
    ) -> Result<Option<transfer::Model>, Error> {
        let Some(terminal) = fiscal.numbered_terminal() else {
            return Ok(None);
        };
        let open = numbers::open(&*self.database, terminal).await?;
        let Some((id, number)) = open.and_then(|row| Some((row.open_transfer?, row.last))) else {
            return Ok(None);
        };
        let open = transfers::find(&*self.database, id).await?;
        let open = open.filter(|side| side.fiscal == transfer::Fiscal::Due);
        if open.is_none() {
            // It was registered by another operator, or under another terminal, while the settings named that one.
            let tx = self.database.write().await?;
            numbers::close(&*tx, terminal, (id, number), Use::Spent).await?;
            tx.commit().await?;
        }
        Ok(open)
    }

    /// Tries the receipt of a transfer that has just ended. A failure is tried again in the background.
    pub(super) async fn register_fee(&self, transaction: &transaction::Model) {
        let Some(fiscal) = &self.fiscal else {
            return;
        };
        let transaction_id = transaction.id;
        let tried = match transfers::find(&*self.database, transaction_id).await {
            Ok(Some(side)) if side.fiscal == transfer::Fiscal::Due => self
                .register_receipt(&**fiscal, &side, transaction)
                .await
                .map(drop),
            Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = tried {
            tracing::warn!(transaction_id = transaction_id.0, error = %ErrorChain(&error), "a fiscal receipt was not recorded; trying again");
        }
    }
}
