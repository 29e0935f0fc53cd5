//! The one task that writes: it numbers and seals rows in the order in which they come, and writes what has come while it
//! wrote as one commit. A commit that fails is tried again, with the same rows under the same numbers, until it lasts.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use entity::audit::Model;
use entity::time::UnixMillis;
use sea_orm::DbErr;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};
use uuid::Uuid;

use super::chain::{ANCHOR, BEFORE_CHAINS, Chain, OPENED, SEALED, anchored};
use super::head::Head;
use super::record::Record;
use super::seal::Seal;
use super::standing::Standing;
use crate::database::Database;
use crate::error_chain::ErrorChain;
use crate::repository::audit::{self as audits, Rows};
use crate::vault::Vault;

/// The most rows of one commit.
const BATCH: usize = 256;
/// How many other chains an anchor names: those that were written last.
const NAMED: u64 = 64;
/// The pauses between two tries at the database.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// Short, as answers wait for it.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Something to be written.
pub(super) struct Asked {
    pub(super) what: What,
    /// Hears where the row stands, once it lasts.
    pub(super) done: oneshot::Sender<Head>,
    pub(super) _place: Option<OwnedSemaphorePermit>,
}

/// See [`Asked`].
pub(super) enum What {
    Record(Record),
    /// A record that is to name where the chains end.
    Anchor(Record),
}

pub(super) struct Writer {
    database: Database,
    vault: Arc<Vault>,
    chain: Chain,
    source: String,
    standing: Arc<Standing>,
    /// Where the other chains ended when this one named them.
    named: HashMap<Uuid, i64>,
}

impl Writer {
    pub(super) fn new(
        database: Database,
        vault: Arc<Vault>,
        chain: Uuid,
        source: String,
        standing: Arc<Standing>,
    ) -> Self {
        Self {
            database,
            vault,
            chain: Chain::new(chain),
            source,
            standing,
            named: HashMap::new(),
        }
    }

    /// Writes until nobody can ask any more.
    pub(super) async fn run(mut self, mut asked: mpsc::UnboundedReceiver<Asked>) {
        let mut batch = Vec::with_capacity(BATCH);
        while asked.recv_many(&mut batch, BATCH).await > 0 {
            let mut rows = Vec::with_capacity(batch.len() + 2);
            let mut told = Vec::with_capacity(batch.len());
            for Asked { what, done, _place } in batch.drain(..) {
                let (What::Record(record) | What::Anchor(record)) = &what;
                if !self.chain.is_opened() {
                    self.open(record.at, &mut rows).await;
                }
                let record = match what {
                    What::Record(record) => record,
                    What::Anchor(record) => self.anchor(record).await,
                };
                let row = self.chain.seal(&self.vault, record);
                told.push((Head::of(row.chain, row.seq, &row.mac), done, _place));
                rows.push(row);
            }
            self.write(&rows).await;
            self.show(&rows);
            for (head, done, place) in told {
                drop(place);
                self.standing.waiting.fetch_sub(1, Ordering::Relaxed);
                // Not everybody waits.
                let _ = done.send(head);
            }
        }
    }

    /// The rows with which the chain begins: the first one names where the other chains end, and what was recorded before
    /// there were chains is sealed by whoever comes first.
    async fn open(&mut self, at: UnixMillis, rows: &mut Vec<Model>) {
        let opened = Record {
            who: "gateway".to_owned(),
            source: self.source.clone(),
            outcome: "ok".to_owned(),
            ..Record::of(at, OPENED)
        };
        let opened = self.anchor(opened).await;
        rows.push(self.chain.seal(&self.vault, opened));
        if let Some(seal) = self.again_and_again(Self::unsealed).await {
            let sealed = Record {
                who: "gateway".to_owned(),
                source: self.source.clone(),
                object: BEFORE_CHAINS.to_owned(),
                outcome: "ok".to_owned(),
                detail: seal.to_string(),
                ..Record::of(at, SEALED)
            };
            rows.push(self.chain.seal(&self.vault, sealed));
        }
    }

    /// The last row from before there were chains, and the hash over all up to it; `None`: that is sealed.
    async fn unsealed(&self) -> Result<Option<Seal>, DbErr> {
        let db = &*self.database;
        let sealed = audits::stated(db, BEFORE_CHAINS, Some(SEALED)).await?;
        let sealed = sealed.iter().filter_map(|row| row.detail.parse().ok());
        let sealed = sealed.map(|seal: Seal| seal.last).max().unwrap_or_default();
        if audits::before(db, sealed, 1).await?.is_empty() {
            return Ok(None);
        }
        let mut seal = Seal::default();
        loop {
            let page = audits::before(db, seal.last, 1_000).await?;
            if page.is_empty() {
                return Ok(Some(seal));
            }
            page.iter().for_each(|row| seal.add(&self.vault, row));
        }
    }

    /// The record with where the other chains end, as far as this one has not named it yet.
    async fn anchor(&mut self, record: Record) -> Record {
        let ends = self.again_and_again(Self::ends).await;
        let mut others = Vec::new();
        for end in ends {
            if end.id != self.chain.id() && self.named.insert(end.id, end.seq) != Some(end.seq) {
                others.push((Head::of(end.id, end.seq, &end.mac), end.at));
            }
        }
        Record {
            detail: anchored(self.chain.previous(), &others),
            ..record
        }
    }

    async fn ends(&self) -> Result<Vec<entity::audit_chain::Model>, DbErr> {
        audits::ends(&*self.database, Some(NAMED)).await
    }

    /// Reads something, as long as it takes.
    async fn again_and_again<T>(&self, read: impl AsyncFn(&Self) -> Result<T, DbErr>) -> T {
        let mut pause = FIRST_PAUSE;
        loop {
            match read(self).await {
                Ok(read) => return read,
                Err(error) => pause = self.pause(&error, pause).await,
            }
        }
    }

    async fn write(&self, rows: &[Model]) {
        let Some(last) = rows.last() else { return };
        let rows = Rows {
            json: json(rows),
            end: self.chain.end(&self.vault, last),
        };
        let mut pause = FIRST_PAUSE;
        loop {
            let error = match self.add(&rows).await {
                Ok(()) => return,
                Err(error) => error,
            };
            // The answer may be all that was lost.
            match self.confirm(last, &rows).await {
                Ok(true) => return,
                Ok(false) | Err(_) => pause = self.pause(&error, pause).await,
            }
        }
    }

    async fn add(&self, rows: &Rows) -> Result<(), DbErr> {
        if self.database.is_shared() {
            return audits::add(&*self.database, rows).await;
        }
        let tx = self.database.write().await?;
        audits::add(&*tx, rows).await?;
        tx.commit().await
    }

    /// Whether the rows are there after all. Their end is written once more, since what can be read may not have reached a
    /// standby that must have it.
    async fn confirm(&self, last: &Model, rows: &Rows) -> Result<bool, DbErr> {
        let found = audits::find(&*self.database, last.chain, last.seq).await?;
        if found.as_ref() != Some(last) {
            return Ok(false);
        }
        let again = Rows {
            json: "[]".to_owned(),
            end: rows.end.clone(),
        };
        self.add(&again).await.map(|()| true)
    }

    async fn pause(&self, error: &DbErr, pause: Duration) -> Duration {
        // The first time, and then about once a minute while it goes on.
        let failures = self.standing.failures.fetch_add(1, Ordering::Relaxed);
        if failures.is_multiple_of(120) {
            tracing::error!(
                error = %ErrorChain(error),
                "the audit log cannot be written; it is tried again, and no call that must be recorded is answered meanwhile"
            );
        }
        tokio::time::sleep(pause).await;
        (pause * 2).min(LONGEST_PAUSE)
    }

    fn show(&self, rows: &[Model]) {
        if let Some(last) = rows.last() {
            self.standing.seq.store(last.seq, Ordering::Relaxed);
        }
        let is_anchor = |row: &&Model| row.action == ANCHOR || row.action == OPENED;
        if let Some(row) = rows.iter().rev().find(is_anchor) {
            let head = Head::of(row.chain, row.seq, &row.mac);
            self.standing.anchor.store(head.seq, Ordering::Relaxed);
            let figure = head.figure();
            self.standing.anchor_hash.store(figure, Ordering::Relaxed);
        }
    }
}

fn json(rows: &[Model]) -> String {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            let mac = hex::encode(&row.mac);
            json!([
                row.seq,
                row.at.0,
                row.who,
                row.source,
                row.action,
                row.object,
                row.outcome,
                row.detail,
                mac
            ])
        })
        .collect();
    serde_json::Value::from(rows).to_string()
}
