//! Fiscal receipts: the fee of a transfer is registered with the fiscal service. A failure there never fails the
//! transfer: the receipt is tried again until it is registered, or until the service has refused it so often that an
//! operator must act.

use entity::ids::TransactionId;
use entity::time::UnixMillis;
use entity::{transaction, transfer};

use crate::database::{Connection, Fetch as _, was_refused};
use crate::error::Error;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::processing::fiscal::{FiscalError, FiscalOperator, FiscalReceipt, Registered};
use crate::repository::{
    receipt_number as numbers, transaction as transactions, transfer as transfers,
};

/// How many receipts one run tries.
pub(crate) const BATCH: u64 = 100;

/// How long to wait after the first, second … failure, milliseconds. The last value holds for all further ones.
const PAUSES_MS: [i64; 5] = [30_000, 60_000, 300_000, 1_800_000, 3_600_000];

/// How long an attempt may take beyond the time-out of its exchange, until it is recorded, milliseconds.
const LEASE_MARGIN_MS: i64 = 15_000;

/// How long the longest pause is of a receipt for which all others of its terminal wait, milliseconds.
const OPEN_PAUSE_MS: i64 = 30_000;

/// The moments on two receipts of a terminal are at least so far apart, milliseconds.
const BETWEEN_MS: i64 = 1_000;

/// So far may the moment on a receipt be ahead of the clock, milliseconds: the operator allows five minutes.
const AHEAD_MS: i64 = 240_000;

/// What became of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tried {
    Registered,
    /// It failed, or another gateway tries it.
    Not,
    /// No receipt of the terminal can be sent now, or the operator cannot be reached.
    TerminalWaits,
}

/// What a receipt of a terminal is told by.
#[derive(Debug, Clone, Copy)]
struct Numbered {
    number: i64,
    /// The moment that is written on it.
    at: UnixMillis,
    /// It was sent before, and what became of it is not known.
    is_repeat: bool,
}

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
        let open = numbers::open(&*self.database).await?;
        let of_terminal = open.into_iter().find(|row| row.terminal == terminal);
        let Some((id, number)) = of_terminal.and_then(|row| Some((row.open_transfer?, row.last)))
        else {
            return Ok(None);
        };
        let open = transfers::find(&*self.database, id).await?;
        let open = open.filter(|side| side.fiscal == transfer::Fiscal::Due);
        if open.is_none() {
            // It was registered by another operator, or under another terminal, while the settings named that one.
            let tx = self.database.write().await?;
            numbers::settle(&*tx, terminal, (id, number)).await?;
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

    /// One gateway at a time tries a receipt. The fiscal service counts the same receipt once, so a lost answer does no
    /// harm.
    async fn register_receipt(
        &self,
        fiscal: &dyn FiscalOperator,
        side: &transfer::Model,
        transaction: &transaction::Model,
    ) -> Result<Tried, Error> {
        let transaction_id = side.transaction_id;
        let id = match &side.fiscal_receipt_id {
            Some(id) => id.clone(),
            None => self.receipt_id(side, transaction)?,
        };
        let tx = self.database.write().await?;
        let numbered = match fiscal.numbered_terminal() {
            None => None,
            Some(terminal) => match self.number_receipt(&*tx, terminal, transaction_id).await? {
                Some(numbered) => Some(numbered),
                None => return Ok(Tried::TerminalWaits),
            },
        };
        let lease_until = self.clock.now() + fiscal.longest_ms() + LEASE_MARGIN_MS;
        let taken = transfers::hold_receipt_lease(&tx, side, &id, lease_until).await;
        let taken = match tx.unless_refused(taken).await {
            Ok((tx, ())) => tx.commit().await,
            Err(error) => Err(error),
        };
        match taken {
            Ok(()) => {}
            Err(error) if was_refused(&error) => return Ok(Tried::Not),
            Err(error) => return Err(error.into()),
        }
        let receipt = FiscalReceipt {
            id,
            number: numbered.map(|numbered| numbered.number),
            amount: transaction.fee,
            merchant_id: transaction.merchant_id.clone().unwrap_or_default(),
            terminal_id: transaction.terminal_id.clone().unwrap_or_default(),
            taken_at: transaction.updated_at,
            at: numbered.map_or_else(|| self.clock.now(), |numbered| numbered.at),
        };
        let registered = fiscal.register(&receipt).await;
        let tx = self.database.write().await?;
        // What is refused when it is sent again under its number may be registered since the first time: the number stays its own.
        let is_open = match registered {
            Ok(_) => false,
            Err(FiscalError::Unavailable(_)) => true,
            Err(FiscalError::NotSent(_) | FiscalError::Refused(_)) => {
                numbered.is_some_and(|numbered| numbered.is_repeat)
            }
        };
        let was_sent = !matches!(registered, Err(FiscalError::NotSent(_)));
        if let (Some(terminal), Some(numbered), false) =
            (fiscal.numbered_terminal(), numbered, is_open)
        {
            let settled = (transaction_id, numbered.number);
            match was_sent {
                true => numbers::settle(&*tx, terminal, settled).await?,
                false => numbers::take_back(&*tx, terminal, settled).await?,
            }
        }
        let done = match registered {
            Ok(Registered { url, mark }) => {
                transfers::receipt_registered(&tx, transaction_id, url, mark).await?;
                Tried::Registered
            }
            Err(error) => {
                let count = |number: i32| usize::try_from(number).unwrap_or_default();
                let failures = count(side.fiscal_attempts);
                let is_refused = matches!(error, FiscalError::Refused(_));
                // An outage of the service says nothing about the receipt.
                let given_up =
                    is_refused && !is_open && count(side.fiscal_refusals) >= PAUSES_MS.len();
                if is_refused && is_open {
                    tracing::error!(
                        transaction_id = transaction_id.0,
                        number = numbered.map(|numbered| numbered.number),
                        %error,
                        "a fiscal receipt whose first answer was lost is refused under its number: ask the operator whether it is registered; all others of the terminal wait"
                    );
                } else if given_up {
                    tracing::error!(
                        transaction_id = transaction_id.0,
                        %error,
                        "the fiscal service refuses a receipt again and again; it is tried no more: see `aloqa-gateway receipts`"
                    );
                } else {
                    tracing::warn!(transaction_id = transaction_id.0, %error, "a fiscal receipt was not registered; trying again");
                }
                let pause = PAUSES_MS.get(failures).or(PAUSES_MS.last());
                let pause = pause.copied().unwrap_or_default();
                let terminal_waits = is_open && numbered.is_some();
                let pause = match terminal_waits {
                    true => pause.min(OPEN_PAUSE_MS),
                    false => pause,
                };
                let next_at = self.clock.now() + pause;
                let next_at = (!given_up).then_some(next_at);
                let cause = (error.to_string(), is_refused);
                transfers::receipt_failed(&tx, transaction_id, cause, next_at).await?;
                match terminal_waits || !was_sent {
                    true => Tried::TerminalWaits,
                    false => Tried::Not,
                }
            }
        };
        tx.commit().await?;
        Ok(done)
    }

    /// The number of a transfer's receipt and the moment that is written on it: a new number, or that of an attempt whose outcome is
    /// not known. `None`: another receipt of the terminal is under way, or the moments have run too far ahead.
    async fn number_receipt(
        &self,
        db: &impl Connection,
        terminal: &str,
        transfer: TransactionId,
    ) -> Result<Option<Numbered>, Error> {
        let row = numbers::locked(db, terminal).await?;
        let now = self.clock.now();
        let is_repeat = match row.open_transfer {
            Some(open) if open == transfer => true,
            Some(_) => return Ok(None),
            None => false,
        };
        // The same receipt again, in every word.
        let (number, at) = match is_repeat {
            true => (row.last, row.last_at),
            false => (
                self.first_receipt.max(row.last + 1),
                now.max(row.last_at + BETWEEN_MS),
            ),
        };
        if at > now + AHEAD_MS {
            return Ok(None);
        }
        numbers::give(db, terminal, number, at, transfer).await?;
        Ok(Some(Numbered {
            number,
            at,
            is_repeat,
        }))
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
