//! What operators look at: the transactions that ask for somebody, and everything about one.

use clap::ValueEnum;
use entity::ids::TransactionId;
use entity::processing_request::{self, State};
use entity::time::UnixMillis;
use entity::transaction::{self, Status};
use entity::{audit, transaction_event, transfer};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::audit::Record;
use crate::error::Error;
use crate::gateway::Gateway;
use crate::payment::resolve::Statement;
use crate::repository::{
    audit as audits, card as cards, partner as partners, request, transaction as transactions,
    transfer as transfers,
};
use crate::vault::Owner;

/// Which transactions to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Open {
    /// The outcome of their call is not known, and still looked up.
    Unknown,
    /// Given up: no look-up follows, and you must settle them.
    Manual,
    /// Settled, but a late answer said the opposite, and nobody has acknowledged it yet.
    Contradicted,
}

/// A transaction that asks for somebody, with the call for which it does.
#[derive(Debug)]
pub struct Listed {
    pub transaction: transaction::Model,
    pub call: processing_request::Model,
    pub whose: Whose,
}

/// Whose a transaction is, as people know it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whose {
    /// The partner's name.
    pub partner: String,
    /// The mask of the card that pays; `None` where it cannot be read.
    pub card: Option<String>,
}

/// Everything that is known of a transaction.
#[derive(Debug)]
pub struct Shown {
    pub transaction: transaction::Model,
    pub whose: Whose,
    pub calls: Vec<processing_request::Model>,
    pub events: Vec<transaction_event::Model>,
    /// What operators said of it, oldest first.
    pub said: Vec<audit::Model>,
}

impl Gateway {
    /// The open transactions, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_transactions(&self, which: Open) -> Result<Vec<Listed>, DbErr> {
        let db = &*self.database;
        let status = match which {
            Open::Unknown => Status::Processing,
            Open::Manual => Status::Manual,
            Open::Contradicted => return self.contradicted_transactions().await,
        };
        let now = self.clock.now();
        let mut listed = Vec::new();
        for transaction in transactions::with_status(db, status).await? {
            let calls = request::of_transaction(db, transaction.id).await?;
            let open = calls.into_iter().find(|call| is_unknown(call, now));
            if let Some(call) = open {
                listed.push(self.listed(transaction, call).await?);
            }
        }
        Ok(listed)
    }

    async fn contradicted_transactions(&self) -> Result<Vec<Listed>, DbErr> {
        let db = &*self.database;
        let mut listed = Vec::new();
        for call in request::contradicted(db).await? {
            if let Some(transaction) = transactions::get(db, call.transaction_id).await? {
                listed.push(self.listed(transaction, call).await?);
            }
        }
        Ok(listed)
    }

    async fn listed(
        &self,
        transaction: transaction::Model,
        call: processing_request::Model,
    ) -> Result<Listed, DbErr> {
        Ok(Listed {
            whose: self.whose(&transaction).await?,
            transaction,
            call,
        })
    }

    async fn whose(&self, transaction: &transaction::Model) -> Result<Whose, DbErr> {
        let db = &*self.database;
        let partner = partners::name(db, transaction.partner_id).await?;
        let card = match transaction.card_id {
            Some(card) => self.mask(transaction.partner_id, card).await?,
            None => None,
        };
        Ok(Whose {
            partner: partner.unwrap_or_default(),
            card,
        })
    }

    async fn mask(&self, partner_id: Uuid, card_id: Uuid) -> Result<Option<String>, DbErr> {
        let card = cards::find_ordered_with(&*self.database, partner_id, card_id).await?;
        Ok(card.and_then(|card| {
            let owner = Owner::card(partner_id, card_id);
            let pan = self
                .vault
                .open_pan(owner, &card.pan_key_id, &card.pan_sealed);
            // Whoever lists what is open wants to see it even so.
            pan.ok().map(|pan| pan.mask())
        }))
    }

    /// Everything about a transaction, its history included; `None` if there is none.
    ///
    /// # Errors
    /// The database failed.
    pub async fn whole_transaction(&self, id: TransactionId) -> Result<Option<Shown>, DbErr> {
        let db = &*self.database;
        let Some(transaction) = transactions::get(db, id).await? else {
            return Ok(None);
        };
        Ok(Some(Shown {
            whose: self.whose(&transaction).await?,
            transaction,
            calls: request::of_transaction(db, id).await?,
            events: transactions::events(db, id).await?,
            said: audits::stated(db, &format!("transaction {id}"), None).await?,
        }))
    }
}

/// The name under which `audit` has receipts that were made due again.
const RETRY_RECEIPT: &str = "receipts.retry";

impl Gateway {
    /// The fiscal receipts that the service refuses, oldest first.
    ///
    /// # Errors
    /// The database failed.
    pub async fn refused_receipts(&self) -> Result<Vec<transfer::Model>, DbErr> {
        transfers::refused_receipts(&*self.database).await
    }

    /// Makes a refused receipt due again. False: there is no such transfer, or its receipt is not refused.
    ///
    /// # Errors
    /// The database failed.
    pub async fn retry_receipt(
        &self,
        id: TransactionId,
        Statement { by, reason }: Statement<'_>,
    ) -> Result<bool, Error> {
        let now = self.clock.now();
        let refused = self.refused_receipts().await?;
        if !refused.iter().any(|row| row.transaction_id == id) {
            return Ok(false);
        }
        let record = Record {
            who: by.to_owned(),
            object: format!("transaction {id}"),
            outcome: "accepted".to_owned(),
            detail: reason.to_owned(),
            ..self.audit.own(RETRY_RECEIPT)
        };
        self.audit.record(record).await?;
        let tx = self.database.write().await?;
        let is_due = transfers::retry_receipt(&*tx, id, now).await?;
        tx.commit().await?;
        Ok(is_due)
    }
}

/// Whether nobody knows how it ended: not while its own process still waits for the answer.
fn is_unknown(call: &processing_request::Model, now: UnixMillis) -> bool {
    match call.state {
        State::Unknown => true,
        State::Sent => call.lease_until.is_none_or(|until| until <= now),
        State::Approved | State::Declined => false,
    }
}
