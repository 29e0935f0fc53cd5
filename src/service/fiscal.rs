//! Fiscal receipts: the fee of a transfer is registered with the fiscal service. A failure there never fails the
//! transfer: the receipt is tried again until it is registered, or until the service has refused it so often that an
//! operator must act.

use entity::{transaction, transfer};

use crate::database::{Fetch as _, was_refused};
use crate::error::Error;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::processing::fiscal::{Fiscal, FiscalError, FiscalReceipt};
use crate::repository::{transaction as transactions, transfer as transfers};

/// How many receipts one run tries.
pub(crate) const BATCH: u64 = 100;

/// How long to wait after the first, second … failure, milliseconds. The last value holds for all further ones.
const PAUSES_MS: [i64; 5] = [30_000, 60_000, 300_000, 1_800_000, 3_600_000];

/// How long an attempt may take beyond the time-out of its exchange, until it is recorded, milliseconds.
const LEASE_MARGIN_MS: i64 = 15_000;

impl Gateway {
    /// Tries the receipts that are due, and returns how many were registered.
    ///
    /// # Errors
    /// The database failed.
    pub async fn register_receipts(&self) -> Result<u64, Error> {
        let Some(fiscal) = &self.fiscal else {
            return Ok(0);
        };
        let due = transfers::due_receipts(self.clock.now(), BATCH)
            .fetch_all(&*self.database)
            .await?;
        let mut registered = 0;
        for side in due {
            if self.stopping.is_cancelled() {
                break;
            }
            let id = side.transaction_id;
            let transaction = transactions::get(&*self.database, id).await?;
            let transaction = transaction
                .ok_or_else(|| Error::Corrupt(format!("transfer {id} has no transaction")))?;
            registered += u64::from(self.register_receipt(fiscal, &side, &transaction).await?);
        }
        Ok(registered)
    }

    /// Tries the receipt of a transfer that has just ended. A failure is tried again in the background.
    pub(super) async fn register_fee(&self, transaction: &transaction::Model) {
        let Some(fiscal) = &self.fiscal else {
            return;
        };
        let transaction_id = transaction.id;
        let tried = match transfers::find(&*self.database, transaction_id).await {
            Ok(Some(side)) if side.fiscal == transfer::Fiscal::Due => self
                .register_receipt(fiscal, &side, transaction)
                .await
                .map(drop),
            Ok(_) => Ok(()),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = tried {
            tracing::warn!(transaction_id = transaction_id.0, error = %ErrorChain(&error), "a fiscal receipt was not recorded; trying again");
        }
    }

    /// One gateway at a time tries a receipt. The fiscal service counts the same receipt once, so a lost answer does no
    /// harm.
    async fn register_receipt(
        &self,
        fiscal: &Fiscal,
        side: &transfer::Model,
        transaction: &transaction::Model,
    ) -> Result<bool, Error> {
        let transaction_id = side.transaction_id;
        let id = match &side.fiscal_receipt_id {
            Some(id) => id.clone(),
            None => self.receipt_id(side, transaction)?,
        };
        let tx = self.database.write().await?;
        let lease_until = self.clock.now() + fiscal.longest_ms() + LEASE_MARGIN_MS;
        let taken = transfers::hold_receipt_lease(&tx, side, &id, lease_until).await;
        let taken = match tx.unless_refused(taken).await {
            Ok((tx, ())) => tx.commit().await,
            Err(error) => Err(error),
        };
        match taken {
            Ok(()) => {}
            Err(error) if was_refused(&error) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        let receipt = FiscalReceipt {
            id,
            amount: transaction.fee,
            merchant_id: transaction.merchant_id.clone().unwrap_or_default(),
            terminal_id: transaction.terminal_id.clone().unwrap_or_default(),
            at: transaction.updated_at.0,
        };
        let registered = fiscal.register(&receipt).await;
        let tx = self.database.write().await?;
        let done = match registered {
            Ok(url) => {
                transfers::receipt_registered(&tx, transaction_id, url).await?;
                true
            }
            Err(error) => {
                let failures = usize::try_from(side.fiscal_attempts).unwrap_or_default();
                let given_up =
                    matches!(error, FiscalError::Refused(_)) && failures >= PAUSES_MS.len();
                if given_up {
                    tracing::error!(
                        transaction_id = transaction_id.0,
                        %error,
                        "the fiscal service refuses a receipt again and again; it is tried no more: see `aloqa-gateway receipts`"
                    );
                } else {
                    tracing::warn!(transaction_id = transaction_id.0, %error, "a fiscal receipt was not registered; trying again");
                }
                let pause = PAUSES_MS.get(failures).or(PAUSES_MS.last());
                let next_at = self.clock.now() + pause.copied().unwrap_or_default();
                let next_at = (!given_up).then_some(next_at);
                let cause = error.to_string();
                transfers::receipt_failed(&tx, transaction_id, cause, next_at).await?;
                false
            }
        };
        tx.commit().await?;
        Ok(done)
    }

    /// What a receipt is called. With an `extId` it follows from that, so that a restored database does not register it
    /// under another name.
    fn receipt_id(
        &self,
        side: &transfer::Model,
        transaction: &transaction::Model,
    ) -> Result<String, Error> {
        let by_row = || format!("aloqa-{}-{}", transaction.id, transaction.created_at);
        Ok(match &transaction.ext_id {
            // Of an earlier version: it may be registered under this name.
            Some(_) if side.fiscal_attempts > 0 => by_row(),
            Some(ext_id) => {
                let reference = self
                    .payments
                    .first_reference(transaction.partner_id, Some(ext_id))?;
                format!("aloqa-{}", reference.0)
            }
            None => by_row(),
        })
    }
}
