//! The audit log: who did what, when, from where, and with what outcome.
//!
//! Each process writes a chain of its own: rows numbered without a gap, each with a keyed hash over itself and the one
//! before. So nobody waits for another process, and whoever has the database but not the key file can neither change, remove,
//! insert nor reorder rows unnoticed. Every minute, and when the process stops, a row names where its own chain and the others
//! end; that is logged, too, for a copy outside the database. One task writes: what comes while it writes is its next batch.
//!
//! Who needs to know that a row lasts waits for its batch. What is refused is not waited for, and folded: of what comes
//! again and again within a minute, one row tells how often.

mod chain;
mod folds;
mod head;
mod machine;
mod record;
mod ticket;
mod verify;
mod writer;

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use entity::ids::TransactionId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use uuid::Uuid;

use self::folds::{Folds, Key};
pub use self::head::Head;
pub use self::machine::machine;
pub use self::record::Record;
pub use self::ticket::{AuditedCall, Kind, Ticket};
pub use self::verify::{Finding, Remark, Verification, Verify};
use self::writer::{Asked, What, Writer};
use crate::caller::Witness;
use crate::clock::Clock;
use crate::database::Database;
use crate::vault::Vault;

/// The row with which a chain begins.
const OPENED: &str = "audit.opened";
/// A row that names where chains end.
const ANCHOR: &str = "audit.anchor";
/// The row that covers what was recorded before there were chains.
const SEALED: &str = "audit.sealed";
/// What that row is about.
const BEFORE_CHAINS: &str = "chain 0";

/// The writer of the log is gone, so nothing can be recorded any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit log cannot be written any more")]
pub struct Unrecorded;

/// What the log of a process is made of.
pub struct Parts {
    pub database: Database,
    pub vault: Arc<Vault>,
    pub clock: Arc<dyn Clock>,
    /// Names this process's chain.
    pub chain: Uuid,
    /// How many rows may wait to be written.
    pub queue: usize,
}

/// The log, as one process writes it.
pub struct Audit {
    clock: Arc<dyn Clock>,
    chain: Uuid,
    source: String,
    queue: usize,
    places: Arc<Semaphore>,
    writer: mpsc::UnboundedSender<Asked>,
    folds: Mutex<Folds>,
    standing: Arc<Standing>,
    has_turned: AtomicBool,
}

/// Where the chain of this process stands.
#[derive(Debug, Default)]
struct Standing {
    /// The last row that lasts.
    seq: AtomicI64,
    /// The last row that names where chains end, and the beginning of its hash.
    anchor: AtomicI64,
    anchor_hash: AtomicU64,
    /// How often the database had to be tried again.
    failures: AtomicU64,
}

/// The figures of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    pub chain: Uuid,
    /// The number of the last row of the chain.
    pub seq: i64,
    /// Rows that wait to be written, and places that are kept for rows to come.
    pub waiting: usize,
    /// The number of the last anchor, and the first 12 hexadecimal digits of its hash as a number.
    pub anchor: (i64, u64),
    /// How often the database had to be tried again.
    pub failures: u64,
}

impl Audit {
    /// The log of this process. Its chain begins with the first row.
    pub fn start(parts: Parts) -> Arc<Self> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let standing = Arc::new(Standing::default());
        let source = machine();
        let writer = Writer::new(
            parts.database,
            parts.vault,
            parts.chain,
            source.clone(),
            Arc::clone(&standing),
        );
        tokio::spawn(writer.run(receiver));
        Arc::new(Self {
            clock: parts.clock,
            chain: parts.chain,
            source,
            queue: parts.queue,
            places: Arc::new(Semaphore::new(parts.queue)),
            writer: sender,
            folds: Mutex::default(),
            standing,
            has_turned: AtomicBool::new(false),
        })
    }

    /// Records something, and returns when it lasts.
    ///
    /// # Errors
    /// The writer is gone.
    pub async fn record(&self, record: Record) -> Result<(), Unrecorded> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| Unrecorded)?;
        let lasts = self.hand_over(What::Record(record), Some(place))?;
        lasts.await.map(drop).map_err(|_| Unrecorded)
    }

    /// A record of what this process does by itself, now.
    pub fn own(&self, action: &'static str) -> Record {
        Record {
            who: "gateway".to_owned(),
            source: self.source.clone(),
            ..Record::of(self.clock.now(), action)
        }
    }

    /// Hears of the movements of money that this process orders by itself.
    pub fn own_orders(self: &Arc<Self>, action: &'static str) -> Arc<dyn Witness> {
        Arc::new(OwnOrders {
            audit: Arc::clone(self),
            action,
        })
    }

    /// The places for the rows of a call, which is then recorded whatever happens. `None`: too many rows wait.
    pub fn ticket(self: &Arc<Self>, call: AuditedCall) -> Option<Ticket> {
        let rows = call.kind.rows();
        let places = Arc::clone(&self.places).try_acquire_many_owned(rows).ok()?;
        Some(Ticket::new(Arc::clone(self), call, places))
    }

    /// Records a refusal: at once, if it is the first of its kind within a minute, else in the count of that minute.
    /// `source` is what counts as one source.
    pub fn refused(&self, source: String, record: Record) {
        let key = Key {
            who: record.who.clone(),
            source,
            action: record.action.clone(),
            outcome: record.outcome.clone(),
        };
        let due = self.folds().add(key, record);
        for record in due {
            self.hand_over_if_there_is_room(record);
        }
    }

    /// Writes the counts of minutes that are over, and names where the chains end.
    ///
    /// # Errors
    /// The writer is gone.
    pub async fn turn(&self) -> Result<(), Unrecorded> {
        let due = self.folds().over(self.clock.now());
        for record in due {
            self.hand_over_if_there_is_room(record);
        }
        // A chain that has just begun has named the others.
        match self.has_turned.swap(true, Ordering::Relaxed) {
            false => Ok(()),
            true => self.anchor().await.map(drop),
        }
    }

    /// Writes everything that is left, and names where the chains end: for the end of the process.
    ///
    /// # Errors
    /// The writer is gone.
    pub async fn close(&self) -> Result<(), Unrecorded> {
        let left = self.folds().all();
        for record in left {
            self.hand_over_if_there_is_room(record);
        }
        self.record(Record {
            outcome: "ok".to_owned(),
            ..self.own("serve.stopped")
        })
        .await?;
        self.anchor().await.map(drop)
    }

    /// What operators see of it.
    pub fn figures(&self) -> Figures {
        let Standing {
            seq,
            anchor,
            anchor_hash,
            failures,
        } = &*self.standing;
        Figures {
            chain: self.chain,
            seq: seq.load(Ordering::Relaxed),
            waiting: self.queue - self.places.available_permits(),
            anchor: (
                anchor.load(Ordering::Relaxed),
                anchor_hash.load(Ordering::Relaxed),
            ),
            failures: failures.load(Ordering::Relaxed),
        }
    }

    async fn anchor(&self) -> Result<Head, Unrecorded> {
        let anchor = Record {
            outcome: "ok".to_owned(),
            ..self.own(ANCHOR)
        };
        let lasts = self.hand_over(What::Anchor(anchor), None)?;
        let head = lasts.await.map_err(|_| Unrecorded)?;
        tracing::info!(%head, "the audit log ends here: keep this line outside the database");
        Ok(head)
    }

    /// A refusal for which there is no room stays a count, and is tried again with it.
    fn hand_over_if_there_is_room(&self, record: Record) {
        match Arc::clone(&self.places).try_acquire_owned() {
            Ok(place) => {
                let _ = self.hand_over(What::Record(record), Some(place));
            }
            Err(_) => self.folds().put_back(record),
        }
    }

    fn hand_over(
        &self,
        what: What,
        place: Option<OwnedSemaphorePermit>,
    ) -> Result<oneshot::Receiver<Head>, Unrecorded> {
        let (done, lasts) = oneshot::channel();
        let asked = Asked {
            what,
            done,
            _place: place,
        };
        self.writer.send(asked).map_err(|_| Unrecorded)?;
        Ok(lasts)
    }

    fn folds(&self) -> MutexGuard<'_, Folds> {
        self.folds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct OwnOrders {
    audit: Arc<Audit>,
    action: &'static str,
}

impl Witness for OwnOrders {
    fn ordered(&self, transaction_id: TransactionId) {
        let record = Record {
            object: format!("transaction {transaction_id}"),
            outcome: "ordered".to_owned(),
            ..self.audit.own(self.action)
        };
        // There are few of them, and what undoes must not wait.
        let _ = self.audit.hand_over(What::Record(record), None);
    }
}

impl std::fmt::Debug for OwnOrders {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("OwnOrders").field(&self.action).finish()
    }
}
