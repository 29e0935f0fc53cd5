//! Which connections wait to be used again?

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::sqlx::postgres::PgConnection;

/// A connection that is older is replaced: the server's memory for it grows, and its name may lead elsewhere by now.
const OLDEST: Duration = Duration::from_secs(30 * 60);
/// One that was not needed for so long is closed.
const NOT_NEEDED: Duration = Duration::from_secs(10 * 60);

/// The connections that nobody uses.
#[derive(Debug, Default)]
pub(super) struct Idle(Mutex<VecDeque<Resting>>);

/// A connection, and since when it is open and unused.
#[derive(Debug)]
pub(super) struct Resting {
    pub(super) session: PgConnection,
    pub(super) opened: Instant,
    pub(super) since: Instant,
}

impl Idle {
    /// The one that was used last, so that those which are not needed can be told.
    pub(super) fn take(&self) -> Option<Resting> {
        self.resting().pop_back()
    }

    /// Puts one back that has no answer outstanding.
    pub(super) fn put(&self, session: PgConnection, opened: Instant) {
        if opened.elapsed() > OLDEST {
            return;
        }
        let mut resting = self.resting();
        let not_needed = resting.pop_front_if(|longest| longest.since.elapsed() > NOT_NEEDED);
        resting.push_back(Resting {
            session,
            opened,
            since: Instant::now(),
        });
        drop(resting);
        drop(not_needed);
    }

    /// Takes all.
    pub(super) fn take_all(&self) -> VecDeque<Resting> {
        std::mem::take(&mut *self.resting())
    }

    fn resting(&self) -> MutexGuard<'_, VecDeque<Resting>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
