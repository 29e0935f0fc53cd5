//! The state, the lock around it, and how it changes.
//!
//! An operation reads the state and decides on a [`Change`]. The change is written to the journal and then applied. So a
//! change that could not be written has not happened, and a restart replays exactly what was answered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{
    clock::{Clock, SimulatedClock},
    faults::FaultQueue,
    journal::{Journal, NotWritten},
    state::{Change, State},
};

/// The state and the journal that keeps it.
#[derive(Debug)]
struct Store {
    state: State,
    /// `None`: in memory only.
    journal: Option<Journal>,
}

impl Store {
    fn commit(&mut self, change: Change) -> Result<(), NotWritten> {
        if let Some(journal) = &mut self.journal {
            journal.append(&change)?;
        }
        self.state.apply(change);
        Ok(())
    }
}

/// What every protocol works on.
pub(crate) struct Simulator {
    clock: Arc<SimulatedClock>,
    store: Mutex<Store>,
    faults: Mutex<FaultQueue>,
}

impl Simulator {
    pub(crate) fn new(machine: Clock, state: State, journal: Option<Journal>) -> Self {
        Self {
            clock: Arc::new(SimulatedClock::new(machine, state.advanced())),
            store: Mutex::new(Store { state, journal }),
            faults: Mutex::default(),
        }
    }

    /// Reads the state.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        look(&self.current().0.state)
    }

    /// Decides, writes and applies a change under one lock. `decide` gets the state and the current time.
    pub(crate) fn change<R, E: From<NotWritten>>(
        &self,
        decide: impl FnOnce(&State, i64) -> Result<(Change, R), E>,
    ) -> Result<R, E> {
        let (mut store, now) = self.current();
        let (change, result) = decide(&store.state, now)?;
        store.commit(change)?;
        Ok(result)
    }

    pub(crate) fn clock(&self) -> &Arc<SimulatedClock> {
        &self.clock
    }

    /// Moves the time on by this many milliseconds.
    pub(crate) fn advance(&self, millis: i64) -> Result<(), NotWritten> {
        let (mut store, _) = self.current();
        let advanced = store.state.advanced().saturating_add(millis);
        store.commit(Change {
            advanced: Some(advanced),
            ..Change::default()
        })?;
        self.clock.set_advanced(advanced);
        Ok(())
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, FaultQueue> {
        // No caller panics while it holds the lock; even then the queue would be intact.
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state as of now: holds whose time is up have ended.
    fn current(&self) -> (MutexGuard<'_, Store>, i64) {
        // Decisions never change the state, so a panic during one leaves it intact.
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        while let Some(change) = store.state.next_expiry(now) {
            if store.commit(change).is_err() {
                break;
            }
        }
        (store, now)
    }
}
