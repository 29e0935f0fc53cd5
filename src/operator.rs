//! What operators look at: the transactions that ask for somebody, and everything about one.

use std::collections::HashMap;

use clap::ValueEnum;
use entity::ids::TransactionId;
use entity::processing_request;
use entity::transaction::{self, Status};
use entity::{audit, transaction_event};
use sea_orm::{DbErr, Order};
use uuid::Uuid;

use crate::database::Fetch as _;
use crate::gateway::Gateway;
use crate::repository::{
    audit as audits, partner as partners, request, transaction as transactions,
    transaction_search as search,
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

/// How many of the open transactions are listed, and from which end.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// At most so many; `None`: all.
    pub most: Option<u64>,
    pub newest_first: bool,
}

/// The open transactions, or a part of them.
#[derive(Debug)]
pub struct Listing {
    pub rows: Vec<Listed>,
    /// How many there are in all.
    pub count: u64,
}

/// So many rows are looked up at once.
const BATCH: usize = 250;

impl Gateway {
    /// The open transactions, or the oldest or newest of them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_transactions(&self, which: Open, part: Part) -> Result<Listing, DbErr> {
        let db = &*self.database;
        let now = self.clock.now();
        let open = match which {
            Open::Unknown => request::open(Status::Processing, now),
            Open::Manual => request::open(Status::Manual, now),
            Open::Contradicted => request::contradicted(),
        };
        let order = match part.newest_first {
            true => Order::Desc,
            false => Order::Asc,
        };
        let calls = request::part(db, open.clone(), order, part.most).await?;
        let listed = u64::try_from(calls.len()).unwrap_or(u64::MAX);
        let count = match part.most {
            Some(most) if listed >= most => open.fetch_count(db).await?,
            Some(_) | None => listed,
        };
        let mut rows = Vec::with_capacity(calls.len());
        for batch in calls.chunks(BATCH) {
            let ids: Vec<_> = batch.iter().map(|call| call.transaction_id).collect();
            let transactions = transactions::these(db, &ids).await?;
            let whose = self.whose(&transactions).await?;
            let found: HashMap<_, _> = transactions
                .into_iter()
                .zip(whose)
                .map(|(transaction, whose)| (transaction.id, (transaction, whose)))
                .collect();
            rows.extend(batch.iter().filter_map(|call| {
                let (transaction, whose) = found.get(&call.transaction_id)?.clone();
                let call = call.clone();
                Some(Listed {
                    transaction,
                    call,
                    whose,
                })
            }));
        }
        Ok(Listing { rows, count })
    }

    /// Whose these transactions are, in their order.
    async fn whose(&self, rows: &[transaction::Model]) -> Result<Vec<Whose>, DbErr> {
        let db = &*self.database;
        let mut partner_ids: Vec<Uuid> = rows.iter().map(|row| row.partner_id).collect();
        let mut card_ids: Vec<Uuid> = rows.iter().filter_map(|row| row.card_id).collect();
        for ids in [&mut partner_ids, &mut card_ids] {
            ids.sort_unstable();
            ids.dedup();
        }
        let names = partners::names(db, &partner_ids).await?;
        let masks: HashMap<Uuid, String> = search::cards(db, &card_ids)
            .await?
            .into_iter()
            .filter_map(|card| {
                let owner = Owner::card(card.partner_id, card.id);
                let opened = self
                    .vault
                    .open_pan(owner, &card.pan_key_id, &card.pan_sealed);
                // Whoever lists what is open wants to see it even so.
                opened.ok().map(|pan| (card.id, pan.mask()))
            })
            .collect();
        let whose = rows.iter().map(|row| Whose {
            partner: names.get(&row.partner_id).cloned().unwrap_or_default(),
            card: row.card_id.and_then(|id| masks.get(&id).cloned()),
        });
        Ok(whose.collect())
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
        let whose = self.whose(std::slice::from_ref(&transaction)).await?;
        Ok(Some(Shown {
            whose: whose.into_iter().next().unwrap_or_default(),
            transaction,
            calls: request::of_transaction(db, id).await?,
            events: transactions::events(db, id).await?,
            said: audits::stated(db, &format!("transaction {id}"), None).await?,
        }))
    }
}
