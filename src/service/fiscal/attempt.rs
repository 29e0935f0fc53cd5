//! One attempt to register a receipt: it gets its name, its number and a lease, is sent, and what became of it is recorded.

use entity::ids::TransactionId;
use entity::time::UnixMillis;
use entity::{transaction, transfer};

use crate::database::{Connection, Statements, was_refused};
use crate::error::Error;
use crate::gateway::Gateway;
use crate::processing::fiscal::{FiscalError, FiscalOperator, FiscalReceipt, Registered};
use crate::repository::receipt_number::Use;
use crate::repository::{receipt_number as numbers, transfer as transfers};

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
pub(super) enum Tried {
    Registered,
    /// It failed, or another gateway tries it.
    Not,
    /// No receipt of the terminal can be sent now, or the operator cannot be reached.
    TerminalWaits,
}

/// An attempt that has begun: nobody else tries the receipt.
#[derive(Debug)]
struct Begun {
    receipt: FiscalReceipt,
    numbered: Option<Numbered>,
    /// Until then nobody else tries it.
    lease_until: UnixMillis,
}

/// What a receipt of a terminal is told by.
#[derive(Debug, Clone)]
struct Numbered {
    terminal: String,
    number: i64,
    /// The moment that is written on it.
    at: UnixMillis,
    /// It was sent before, and what became of it is not known.
    is_repeat: bool,
}

impl Gateway {
    /// One gateway at a time tries a receipt. The fiscal service counts the same receipt once, so a lost answer does no
    /// harm.
    pub(super) async fn register_receipt(
        &self,
        fiscal: &dyn FiscalOperator,
        side: &transfer::Model,
        transaction: &transaction::Model,
    ) -> Result<Tried, Error> {
        let begun = match self.begin_attempt(fiscal, side, transaction).await? {
            Ok(begun) => begun,
            Err(not_now) => return Ok(not_now),
        };
        let answer = fiscal.register(&begun.receipt).await;
        self.record_attempt(side, begun, answer).await
    }

    /// Numbers the receipt and takes it for an attempt, in one commit. Else: why not now.
    async fn begin_attempt(
        &self,
        fiscal: &dyn FiscalOperator,
        side: &transfer::Model,
        transaction: &transaction::Model,
    ) -> Result<Result<Begun, Tried>, Error> {
        let id = match &side.fiscal_receipt_id {
            Some(id) => id.clone(),
            None => self.receipt_id(side, transaction)?,
        };
        let tx = self.database.write().await?;
        let numbered = match fiscal.numbered_terminal() {
            None => None,
            Some(terminal) => {
                let numbered = self.number_receipt(&*tx, terminal, side.transaction_id);
                match numbered.await? {
                    Some(numbered) => Some(numbered),
                    None => return Ok(Err(Tried::TerminalWaits)),
                }
            }
        };
        let lease_until = self.clock.now() + fiscal.longest_ms() + LEASE_MARGIN_MS;
        let taken = transfers::hold_receipt_lease(&tx, side, &id, lease_until).await;
        let taken = match tx.unless_refused(taken).await {
            Ok((tx, ())) => tx.commit().await,
            Err(error) => Err(error),
        };
        match taken {
            Ok(()) => {}
            Err(error) if was_refused(&error) => return Ok(Err(Tried::Not)),
            Err(error) => return Err(error.into()),
        }
        let receipt = FiscalReceipt {
            id,
            number: numbered.as_ref().map(|numbered| numbered.number),
            amount: transaction.fee,
            merchant_id: transaction.merchant_id.clone().unwrap_or_default(),
            terminal_id: transaction.terminal_id.clone().unwrap_or_default(),
            taken_at: transaction.updated_at,
            at: match &numbered {
                Some(numbered) => numbered.at,
                None => self.clock.now(),
            },
        };
        Ok(Ok(Begun {
            receipt,
            numbered,
            lease_until,
        }))
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
            terminal: row.terminal,
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

    /// Records what became of an attempt, and of its number.
    async fn record_attempt(
        &self,
        side: &transfer::Model,
        begun: Begun,
        answer: Result<Registered, FiscalError>,
    ) -> Result<Tried, Error> {
        let Begun {
            numbered,
            lease_until,
            receipt: _,
        } = begun;
        let transaction_id = side.transaction_id;
        let tx = self.database.write().await?;
        if answer.is_err() {
            // In the order in which an attempt begins.
            if let Some(numbered) = &numbered {
                numbers::locked(&*tx, &numbered.terminal).await?;
            }
            if !transfers::holds_lease(&*tx, transaction_id, lease_until).await? {
                // It comes too late: another attempt may have the number now.
                tx.roll_back().await?;
                return Ok(Tried::Not);
            }
        }
        // What is refused when it is sent again under its number may be registered since the first time: the number stays its own.
        let used = match &answer {
            Ok(_) => Some(Use::Spent),
            Err(FiscalError::Unavailable(_)) => None,
            Err(FiscalError::NotSent(_) | FiscalError::Refused(_))
                if numbered.as_ref().is_some_and(|numbered| numbered.is_repeat) =>
            {
                None
            }
            Err(FiscalError::NotSent(_)) => Some(Use::Unsent),
            Err(FiscalError::Refused(_)) => Some(Use::Spent),
        };
        if let (Some(numbered), Some(used)) = (&numbered, used) {
            let number = (transaction_id, numbered.number);
            numbers::close(&*tx, &numbered.terminal, number, used).await?;
        }
        let tried = match answer {
            Ok(Registered { url, mark }) => {
                transfers::receipt_registered(&tx, transaction_id, url, mark).await?;
                Tried::Registered
            }
            Err(error) => {
                let open = numbered.filter(|_| used.is_none());
                self.record_failure(&tx, side, open, error).await?
            }
        };
        tx.commit().await?;
        Ok(tried)
    }

    /// When the next attempt is made, or that an operator must act. `open`: the number, if it is not known whether it is registered.
    async fn record_failure(
        &self,
        tx: &Statements,
        side: &transfer::Model,
        open: Option<Numbered>,
        error: FiscalError,
    ) -> Result<Tried, Error> {
        let transaction_id = side.transaction_id;
        let count = |number: i32| usize::try_from(number).unwrap_or_default();
        let is_refused = matches!(error, FiscalError::Refused(_));
        // An outage of the service says nothing about the receipt.
        let given_up =
            is_refused && open.is_none() && count(side.fiscal_refusals) >= PAUSES_MS.len();
        match &open {
            Some(open) if is_refused => tracing::error!(
                transaction_id = transaction_id.0,
                number = open.number,
                %error,
                "a fiscal receipt whose first answer was lost is refused under its number; all others of the terminal wait: ask the \
                 operator of fiscal data whether it is registered, and say so by `aloqa-gateway receipts settle`"
            ),
            None if given_up => tracing::error!(
                transaction_id = transaction_id.0,
                %error,
                "the fiscal service refuses a receipt again and again; it is tried no more: see `aloqa-gateway receipts`"
            ),
            Some(_) | None => tracing::warn!(
                transaction_id = transaction_id.0,
                %error,
                "a fiscal receipt was not registered; trying again"
            ),
        }
        let pause = PAUSES_MS.get(count(side.fiscal_attempts));
        let pause = pause.or(PAUSES_MS.last()).copied().unwrap_or_default();
        let pause = match open {
            Some(_) => pause.min(OPEN_PAUSE_MS),
            None => pause,
        };
        let next_at = (!given_up).then_some(self.clock.now() + pause);
        let cause = (error.to_string(), is_refused);
        transfers::receipt_failed(tx, transaction_id, cause, next_at).await?;
        Ok(match error {
            FiscalError::NotSent(_) => Tried::TerminalWaits,
            FiscalError::Refused(_) | FiscalError::Unavailable(_) => match open {
                Some(_) => Tried::TerminalWaits,
                None => Tried::Not,
            },
        })
    }
}
