//! What operators do about fiscal receipts: they see which are not registered, have one tried again, and say what became of one
//! that its service does not tell.

use entity::ids::TransactionId;
use entity::time::UnixMillis;
use entity::transfer::{self, Fiscal};
use sea_orm::DbErr;

use crate::audit::Unrecorded;
use crate::database::Fetch as _;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::resolve::Statement;
use crate::processing::fiscal::{CheckError, Registered, registered_at};
use crate::repository::receipt_number::Use;
use crate::repository::transfer::Found;
use crate::repository::{receipt_number as numbers, transfer as transfers};

/// The names under which `audit` has receipts that were made due again, and those of which somebody has said what became of them.
const RETRY: &str = "receipts.retry";
const SETTLE: &str = "receipts.settle";

/// A receipt whose number may be registered or not: all others of its terminal wait for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenReceipt {
    pub side: transfer::Model,
    pub terminal: String,
    pub number: i64,
}

/// What the operator of fiscal data says of a receipt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Registered(Registered),
    NotRegistered,
}

/// Why it was not recorded what became of a receipt.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    #[error(
        "transfer {0} has no fiscal receipt: `aloqa-gateway receipts list` shows the one for which the others wait"
    )]
    None(TransactionId),
    #[error("the receipt of transfer {id} is registered already, at {url}: nothing to settle")]
    Registered { id: TransactionId, url: String },
    #[error(
        "the receipt of transfer {0} is refused, and no other waits for it: once the cause is removed, \
         `aloqa-gateway receipts retry {0}`"
    )]
    Refused(TransactionId),
    #[error(
        "the receipt of transfer {0} has no number that may be registered: it is tried by itself. `aloqa-gateway receipts list` \
         shows the one for which the others wait, if there is one"
    )]
    NotOpen(TransactionId),
    #[error(
        "a gateway may be sending the receipt of transfer {id} right now: try again in {seconds} s"
    )]
    UnderWay { id: TransactionId, seconds: i64 },
    #[error(
        "the receipt of transfer {0} was tried again or settled meanwhile; what you said is kept, and has changed nothing: look at \
         `aloqa-gateway receipts list`, and say it again if it still is open"
    )]
    Overtaken(TransactionId),
    #[error(transparent)]
    Check(#[from] CheckError),
    #[error(transparent)]
    Unrecorded(#[from] Unrecorded),
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl OpenReceipt {
    /// What is registered, if its check has this address.
    ///
    /// # Errors
    /// It is not the address of this receipt's check.
    pub fn registered_at(&self, url: &str) -> Result<Outcome, CheckError> {
        registered_at(url, &self.terminal, self.number).map(Outcome::Registered)
    }

    /// Whether it is only being sent for the first time, as every receipt is.
    fn is_sent_first(&self, now: UnixMillis) -> bool {
        self.side.fiscal_attempts == 0 && transfers::attempted_until(&self.side, now).is_some()
    }
}

impl Gateway {
    /// The fiscal receipts that the service refuses, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn refused_receipts(&self) -> Result<Vec<transfer::Model>, DbErr> {
        transfers::refused_receipts()
            .fetch_all(&*self.database)
            .await
    }

    /// The receipt for which all others of the terminal wait, once its first attempt is over.
    ///
    /// # Errors
    /// The database failed.
    pub async fn receipt_in_doubt(&self) -> Result<Option<OpenReceipt>, DbErr> {
        let open = self.open_at_terminal().await?;
        let now = self.clock.now();
        Ok(open.filter(|open| !open.is_sent_first(now)))
    }

    /// The receipt of this transfer, if it is open.
    ///
    /// # Errors
    /// It is not; the error says what to do instead.
    pub async fn open_receipt_of(&self, id: TransactionId) -> Result<OpenReceipt, ReceiptError> {
        let side = transfers::find(&*self.database, id).await?;
        let side = side.ok_or(ReceiptError::None(id))?;
        match side.fiscal {
            Fiscal::None => Err(ReceiptError::None(id)),
            Fiscal::Registered => Err(ReceiptError::Registered {
                id,
                url: side.fiscal_url.unwrap_or_default(),
            }),
            Fiscal::Refused => Err(ReceiptError::Refused(id)),
            Fiscal::Due => {
                let open = self.open_at_terminal().await?;
                let open = open.filter(|open| open.side.transaction_id == id);
                open.ok_or(ReceiptError::NotOpen(id))
            }
        }
    }

    async fn open_at_terminal(&self) -> Result<Option<OpenReceipt>, DbErr> {
        let db = &*self.database;
        let fiscal = self.fiscal.as_ref();
        let Some(terminal) = fiscal.and_then(|fiscal| fiscal.numbered_terminal()) else {
            return Ok(None);
        };
        let Some(row) = numbers::open(db, terminal).await? else {
            return Ok(None);
        };
        let side = match row.open_transfer {
            Some(id) => transfers::find(db, id).await?,
            None => None,
        };
        let side = side.filter(|side| side.fiscal == Fiscal::Due);
        Ok(side.map(|side| OpenReceipt {
            side,
            terminal: row.terminal,
            number: row.last,
        }))
    }

    /// Records what the operator of fiscal data says of an open receipt: it is registered, as if the service had said so itself, or
    /// it is tried anew at once. The others of its terminal wait no more. Who said so, and why, stays in `audit`.
    ///
    /// # Errors
    /// A gateway may be sending it, it is open no more, or it cannot be recorded.
    pub async fn settle_receipt(
        &self,
        open: &OpenReceipt,
        outcome: Outcome,
        statement: Statement<'_>,
    ) -> Result<(), ReceiptError> {
        let OpenReceipt {
            side,
            terminal,
            number,
        } = open;
        let id = side.transaction_id;
        let now = self.clock.now();
        if let Some(until) = transfers::attempted_until(side, now) {
            let seconds = (until - now + 999).div_euclid(1_000);
            return Err(ReceiptError::UnderWay { id, seconds });
        }
        let (found, words) = match outcome {
            Outcome::Registered(Registered { url, mark }) => {
                let words = format!("registered, {url}");
                (Found::Registered { url, mark }, words)
            }
            Outcome::NotRegistered => (Found::NotRegistered, "not registered".to_owned()),
        };
        // Before anything changes, so that nothing is settled unnoticed.
        let Statement { by, reason } = statement;
        let words = format!("number {number} of {terminal}: {words}: {reason}");
        self.audit.accept(SETTLE, id, by, words).await?;
        let tx = self.database.write().await?;
        // An attempt begins with the terminal's row, too: whoever has that, has the receipt. A number that is not registered is spent
        // all the same. It has left, and may arrive after the operator has looked; another receipt under it would then be taken for a
        // repeat of this one. Numbers have to grow, and may have gaps.
        let was_open = numbers::close(&*tx, terminal, (id, *number), Use::Spent).await?;
        let is_settled = was_open && transfers::settle_receipt(&*tx, id, found, now).await?;
        if !is_settled {
            tx.roll_back().await?;
            return Err(ReceiptError::Overtaken(id));
        }
        Ok(tx.commit().await?)
    }

    /// Makes a refused receipt due again. False: there is no such transfer, or its receipt is not refused.
    ///
    /// # Errors
    /// The database failed.
    pub async fn retry_receipt(
        &self,
        id: TransactionId,
        statement: Statement<'_>,
    ) -> Result<bool, Error> {
        let now = self.clock.now();
        let refused = self.refused_receipts().await?;
        if !refused.iter().any(|row| row.transaction_id == id) {
            return Ok(false);
        }
        let Statement { by, reason } = statement;
        self.audit.accept(RETRY, id, by, reason.to_owned()).await?;
        let tx = self.database.write().await?;
        let is_due = transfers::retry_receipt(&*tx, id, now).await?;
        tx.commit().await?;
        Ok(is_due)
    }
}
