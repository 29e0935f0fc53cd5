//! The log, as one process writes it: what is handed over to the writer, and who waits for it.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use entity::ids::TransactionId;
use entity::time::UnixMillis;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use uuid::Uuid;

use super::chain::ANCHOR;
use super::folds::{Folds, Key};
use super::head::Head;
use super::machine::machine;
use super::record::Record;
use super::standing::{Figures, Standing};
use super::writer::{Asked, What, Writer};
use crate::caller::Witness;
use crate::clock::Clock;
use crate::database::Database;
use crate::vault::Vault;

/// Why something is not known to be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unrecorded {
    /// The writer of the log is gone.
    #[error("the audit log cannot be written any more")]
    Gone,
    /// It will be, once the database can be written; nobody waits for that any longer.
    #[error("the audit log was not written in time")]
    Late,
}

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
        let place = place.map_err(|_| Unrecorded::Gone)?;
        let lasts = self.hand_over(What::Record(record), Some(place))?;
        lasts.await.map(drop).map_err(|_| Unrecorded::Gone)
    }

    /// A record of what this process does by itself, now.
    pub fn own(&self, action: &'static str) -> Record {
        Record {
            who: "gateway".to_owned(),
            source: self.source.clone(),
            ..Record::of(self.clock.now(), action)
        }
    }

    /// Records what somebody says of a transaction, before it counts, and returns when that lasts. `detail`: what is said, and why.
    ///
    /// # Errors
    /// The writer is gone.
    pub async fn accept(
        &self,
        action: &'static str,
        id: TransactionId,
        who: &str,
        detail: String,
    ) -> Result<(), Unrecorded> {
        let record = Record {
            who: who.to_owned(),
            object: format!("transaction {id}"),
            outcome: "accepted".to_owned(),
            detail,
            ..self.own(action)
        };
        self.record(record).await
    }

    /// Hears of the movements of money that this process orders by itself.
    pub fn own_orders(self: &Arc<Self>, action: &'static str) -> Arc<dyn Witness> {
        Arc::new(OwnOrders {
            audit: Arc::clone(self),
            action,
        })
    }

    /// Places for so many rows. `None`: too many wait.
    pub(super) fn places(&self, rows: u32) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_many_owned(rows).ok()
    }

    /// The time.
    pub(super) fn now(&self) -> UnixMillis {
        self.clock.now()
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
            waiting,
        } = &*self.standing;
        Figures {
            chain: self.chain,
            seq: seq.load(Ordering::Relaxed),
            waiting: waiting.load(Ordering::Relaxed),
            places_taken: self.queue - self.places.available_permits(),
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
        let head = lasts.await.map_err(|_| Unrecorded::Gone)?;
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

    pub(super) fn hand_over(
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
        self.standing.waiting.fetch_add(1, Ordering::Relaxed);
        self.writer.send(asked).map_err(|_| Unrecorded::Gone)?;
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

impl fmt::Debug for OwnOrders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OwnOrders").field(&self.action).finish()
    }
}
