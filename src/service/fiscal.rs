//! Fiscal receipts: the fee of a transfer is registered with the fiscal service. A failure there never fails the
//! transfer; the receipt is tried again until it is registered.

use entity::ids::TransactionId;
use entity::transfer;

use crate::error::Error;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::processing::fiscal::FiscalReceipt;
use crate::repository::{transaction as transactions, transfer as transfers};

/// How many receipts one run tries.
pub(crate) const BATCH: u64 = 100;

/// How long to wait after the first, second … failure, milliseconds. The last value holds for all further ones.
const PAUSES_MS: [i64; 5] = [30_000, 60_000, 300_000, 1_800_000, 3_600_000];

impl Gateway {
    /// Tries the receipts that are due, and returns how many were registered.
    ///
    /// # Errors
    /// The database failed.
    pub async fn register_receipts(&self) -> Result<u64, Error> {
        let due = transfers::due_receipts(&*self.database, self.clock.now(), BATCH).await?;
        let mut registered = 0;
        for side in due {
            if self.stopping.is_cancelled() {
                break;
            }
            registered += u64::from(self.register_receipt(&side).await?);
        }
        Ok(registered)
    }

    /// Tries the receipt of a transfer that has just ended. A failure is tried again in the background.
    pub(super) async fn register_fee(&self, transaction_id: TransactionId) {
        let tried = match transfers::find(&*self.database, transaction_id).await {
            Ok(Some(side)) if side.fiscal == transfer::Fiscal::Due => {
                self.register_receipt(&side).await.map(drop)
            }
            Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = tried {
            tracing::warn!(transaction_id = transaction_id.0, error = %ErrorChain(&error), "a fiscal receipt was not recorded; trying again");
        }
    }

    /// The fiscal service counts the same receipt once, so a lost answer does no harm.
    async fn register_receipt(&self, side: &transfer::Model) -> Result<bool, Error> {
        let transaction_id = side.transaction_id;
        let transaction = transactions::get(&*self.database, transaction_id).await?;
        let transaction = transaction.ok_or_else(|| {
            Error::Corrupt(format!("transfer {transaction_id} has no transaction"))
        })?;
        let receipt = FiscalReceipt {
            id: format!("aloqa-{transaction_id}-{}", transaction.created_at),
            amount: transaction.fee,
            merchant_id: transaction.merchant_id.unwrap_or_default(),
            terminal_id: transaction.terminal_id.unwrap_or_default(),
            at: transaction.updated_at.0,
        };
        let registered = self.fiscal.register(&receipt).await;
        let tx = self.database.write().await?;
        let done = match registered {
            Ok(url) => {
                transfers::receipt_registered(&*tx, transaction_id, url).await?;
                true
            }
            Err(error) => {
                tracing::warn!(transaction_id = transaction_id.0, %error, "a fiscal receipt was not registered; trying again");
                let failures = usize::try_from(side.fiscal_attempts).unwrap_or_default();
                let pause = PAUSES_MS.get(failures).or(PAUSES_MS.last());
                let next_at = self.clock.now() + pause.copied().unwrap_or_default();
                transfers::receipt_failed(&*tx, transaction_id, next_at).await?;
                false
            }
        };
        tx.commit().await?;
        Ok(done)
    }
}
