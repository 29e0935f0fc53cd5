//! Whose turn it is to write, when more is ordered than the database can take.
//!
//! What has begun is recorded whatever comes: it goes straight to the writers. What begins waits in front of them, a few
//! at a time, and only as many as are served within `database.queue_ms`; who comes then is refused at once, before anything is
//! written. So neither a confirmation nor a result waits behind a thousand new orders, and those that are accepted are
//! answered in time. A slow disk makes the queue shorter by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sea_orm::{ConnAcquireErr, DbErr};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::waits::Level;

/// Bounds of the queue: a burst of callers is no overload, and whoever is far behind is answered too late.
const SHORTEST: usize = 32;
const LONGEST: usize = 400;

/// How many orders begin at the same time on SQLite: as many as share a COMMIT.
pub(super) const AT_ONCE_ON_SQLITE: usize = 64;

/// Whether what is written begins something, or goes on with what has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nothing is written of it yet. It may be refused.
    Begins,
    /// Something is written of it already. It is never refused.
    GoesOn,
}

/// Why nothing can be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Too many wait for their turn.
    #[error("too many calls wait for the database")]
    Crowded,
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// The queue of what begins.
#[derive(Debug)]
pub(super) struct Queue {
    at_once: usize,
    /// For how long the last one may wait.
    patience: Duration,
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    /// How long a turn takes at present, microseconds.
    takes: AtomicU64,
}

/// A turn; it ends when dropped.
#[derive(Debug)]
pub(super) struct BeginsNow {
    queue: Arc<Queue>,
    since: Instant,
    _permit: OwnedSemaphorePermit,
}

impl Queue {
    /// A queue from which `at_once` begin at the same time.
    pub(super) fn of(at_once: usize, patience: Duration) -> Arc<Self> {
        Arc::new(Self {
            at_once,
            patience,
            turns: Arc::new(Semaphore::new(at_once)),
            waiting: AtomicUsize::new(0),
            takes: AtomicU64::new(0),
        })
    }

    /// Whether whoever comes now is refused.
    pub(super) fn is_crowded(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) >= self.places()
    }

    /// How many wait, and how many may.
    pub(super) fn level(&self) -> Level {
        Level {
            now: self.waiting.load(Ordering::Relaxed),
            most: self.places(),
        }
    }

    /// Waits for a turn, at most for `limit`: the database stands still then.
    ///
    /// # Errors
    /// [`WriteError::Crowded`], and where the turn does not come.
    pub(super) async fn turn(self: &Arc<Self>, limit: Duration) -> Result<BeginsNow, WriteError> {
        let permit = match Arc::clone(&self.turns).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => self.wait(limit).await?,
        };
        Ok(BeginsNow {
            queue: Arc::clone(self),
            since: Instant::now(),
            _permit: permit,
        })
    }

    async fn wait(&self, limit: Duration) -> Result<OwnedSemaphorePermit, WriteError> {
        let places = self.places();
        let _waits = Waits::in_line(&self.waiting, places).ok_or(WriteError::Crowded)?;
        let turn = Arc::clone(&self.turns).acquire_owned();
        let turn = tokio::time::timeout(limit, turn).await;
        let turn = turn.map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        Ok(turn.map_err(|_| DbErr::Custom("the database was closed".to_owned()))?)
    }

    fn places(&self) -> usize {
        let takes = Duration::from_micros(self.takes.load(Ordering::Relaxed));
        places(self.at_once, self.patience, takes)
    }
}

/// How many may wait, so that the last one waits for `patience`.
fn places(at_once: usize, patience: Duration, takes: Duration) -> usize {
    let turns = patience.as_micros() / takes.as_micros().max(1);
    let waiting = usize::try_from(turns).unwrap_or(LONGEST);
    waiting.saturating_mul(at_once).clamp(SHORTEST, LONGEST)
}

impl Drop for BeginsNow {
    fn drop(&mut self) {
        let took = u64::try_from(self.since.elapsed().as_micros()).unwrap_or(u64::MAX);
        let takes = &self.queue.takes;
        // An average over the last eight or so. Of two that end together one may be lost, which does no harm.
        let before = takes.load(Ordering::Relaxed);
        let now = match before {
            0 => took,
            _ => before - before / 8 + took / 8,
        };
        takes.store(now.max(1), Ordering::Relaxed);
    }
}

/// A place in the queue; it is left when dropped, also by a caller who is gone.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn in_line(waiting: &'a AtomicUsize, places: usize) -> Option<Self> {
        let stands = Self(waiting);
        (waiting.fetch_add(1, Ordering::Relaxed) < places).then_some(stands)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FOREVER: Duration = Duration::from_secs(3600);
    const PATIENCE: Duration = Duration::from_millis(100);

    #[test]
    fn a_slow_disk_shortens_the_queue() {
        let places = |millis| places(4, PATIENCE, Duration::from_millis(millis));
        assert_eq!(places(0), LONGEST);
        assert_eq!(places(1), LONGEST);
        assert_eq!(places(5), 80);
        assert_eq!(places(10), 40);
        assert_eq!(places(1000), SHORTEST);
    }

    proptest! {
        #[test]
        fn the_last_one_waits_no_longer_than_is_promised(at_once in 1_usize..64, micros in 1_u64..1_000_000) {
            let takes = Duration::from_micros(micros);
            let places = places(at_once, PATIENCE, takes);
            prop_assert!((SHORTEST..=LONGEST).contains(&places));
            let turns = u32::try_from(places / at_once).unwrap();
            prop_assert!(places == SHORTEST || takes * turns <= PATIENCE);
        }
    }

    #[tokio::test]
    async fn who_finds_the_queue_full_is_refused_at_once() {
        let queue = Queue::of(1, PATIENCE);
        // Each turn takes long, so the queue is as short as can be.
        queue.takes.store(u64::MAX, Ordering::Relaxed);
        let now = queue.turn(FOREVER).await.unwrap();
        let waiting: Vec<_> = (0..SHORTEST)
            .map(|_| {
                let queue = Arc::clone(&queue);
                tokio::spawn(async move { queue.turn(FOREVER).await.map(drop) })
            })
            .collect();
        while !queue.is_crowded() {
            tokio::task::yield_now().await;
        }
        assert!(matches!(
            queue.turn(FOREVER).await,
            Err(WriteError::Crowded)
        ));
        // Callers who are gone leave their places.
        waiting[0].abort();
        while queue.is_crowded() {
            tokio::task::yield_now().await;
        }
        drop(now);
        for one in waiting.into_iter().skip(1) {
            one.await.unwrap().unwrap();
        }
        assert_eq!(queue.waiting.load(Ordering::Relaxed), 0);
    }
}
