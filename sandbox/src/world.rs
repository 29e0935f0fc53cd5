//! The one lock around everything that the networks know, and how it changes.
//!
//! An operation first *decides* on what it sees, giving a [`Change`]; the change is written to the journal and then
//! applied. So a change that could not be written has not happened, and a restart replays just what was answered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    faults::Faults,
    journal::{Journal, NotWritten},
    state::{Change, Data},
};

/// UNIX milliseconds, handed in so that tests can set the time.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The state and where it is written.
#[derive(Debug)]
struct Store {
    data: Data,
    /// `None`: in memory only.
    journal: Option<Journal>,
}

impl Store {
    fn commit(&mut self, change: Change) -> Result<(), NotWritten> {
        if let Some(journal) = &mut self.journal {
            journal.append(&change)?;
        }
        self.data.apply(change);
        Ok(())
    }
}

/// Everything that the protocols act on.
pub(crate) struct World {
    clock: Clock,
    store: Mutex<Store>,
    faults: Mutex<Faults>,
}

impl World {
    pub(crate) fn new(clock: Clock, data: Data, journal: Option<Journal>) -> Self {
        Self {
            clock,
            store: Mutex::new(Store { data, journal }),
            faults: Mutex::default(),
        }
    }

    /// Looks without changing.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&Data) -> R) -> R {
        look(&self.current().0.data)
    }

    /// Decides, writes, applies; nobody else acts in between. `decide` also gets the time.
    pub(crate) fn change<R, E: From<NotWritten>>(
        &self,
        decide: impl FnOnce(&Data, i64) -> Result<(Change, R), E>,
    ) -> Result<R, E> {
        let (mut store, now) = self.current();
        let (change, result) = decide(&store.data, now)?;
        store.commit(change)?;
        Ok(result)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        // No caller panics with the lock in hand, and if one did, the queue would still be whole.
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state as of now, in which no hold has outlived its time.
    fn current(&self) -> (MutexGuard<'_, Store>, i64) {
        // A change is applied after it was decided, so a panic amid a decision leaves the state whole.
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        while let Some(change) = store.data.expiry(now) {
            if store.commit(change).is_err() {
                break;
            }
        }
        (store, now)
    }
}
