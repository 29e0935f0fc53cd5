//! What keeps a network that hangs from slowing the other: each may keep so many calls waiting and no more, and one that
//! has stopped to answer is left alone for a while.
//!
//! A call that is turned away here has not left, so that it is refused at once instead of being in doubt.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// So many exchanges one after another have had no answer before the address is left alone.
const FAILURES: u32 = 20;
/// How long it is left alone, until one exchange may try.
const PAUSE: Duration = Duration::from_secs(5);
/// So many may wait for one network whatever the settings.
const LEAST: usize = 64;

/// Whether an exchange begins something, or goes on with what has begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A new movement, or a question.
    Begins,
    /// The second call of a movement, what undoes it, or its look-up: turned away, money would stay where it does not belong.
    GoesOn,
}

/// The calls that wait for one network, through whichever of its addresses.
#[derive(Debug, Clone)]
pub struct Lane {
    /// Of those that begin something.
    beginning: Arc<Semaphore>,
    /// Of all.
    all: Arc<Semaphore>,
}

impl Lane {
    /// Leaves two fifths of the gateway's calls to the other network, and a fourth more to what has begun.
    #[must_use]
    pub fn of(max_in_flight: usize) -> Self {
        let beginning = (max_in_flight / 5 * 3).max(LEAST);
        Self {
            beginning: Arc::new(Semaphore::new(beginning)),
            all: Arc::new(Semaphore::new(beginning + beginning / 4)),
        }
    }

    fn place(&self, stage: Stage) -> Option<Place> {
        let take = |places: &Arc<Semaphore>| Arc::clone(places).try_acquire_owned().ok();
        Some(Place {
            _beginning: match stage {
                Stage::Begins => Some(take(&self.beginning)?),
                Stage::GoesOn => None,
            },
            _of_all: take(&self.all)?,
        })
    }
}

/// What an exchange keeps as long as it lasts.
#[derive(Debug)]
struct Place {
    _beginning: Option<OwnedSemaphorePermit>,
    _of_all: OwnedSemaphorePermit,
}

/// Whether an address answers.
#[derive(Debug)]
pub struct Breaker {
    /// `None`: as many as come may wait.
    lane: Option<Lane>,
    standing: Mutex<Standing>,
}

#[derive(Debug, Clone, Copy)]
enum Standing {
    /// So many exchanges have failed since the last answer.
    Answers { failures: u32 },
    /// Left alone until then.
    Silent { until: Instant },
    /// One exchange tries.
    Tried,
}

/// Why an exchange must not begin; for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TurnedAway {
    #[error("too many calls wait for this network")]
    Full,
    #[error("the address has stopped to answer and is left alone for a moment")]
    Silent,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            lane: None,
            standing: Mutex::new(Standing::Answers { failures: 0 }),
        }
    }
}

impl Breaker {
    /// One of the addresses of a network.
    #[must_use]
    pub fn within(lane: &Lane) -> Self {
        Self {
            lane: Some(lane.clone()),
            ..Self::default()
        }
    }

    /// Lets an exchange begin.
    ///
    /// # Errors
    /// It must not, and not a byte may leave.
    pub fn admit(&self, stage: Stage) -> Result<Admitted<'_>, TurnedAway> {
        let place = match &self.lane {
            Some(lane) => Some(lane.place(stage).ok_or(TurnedAway::Full)?),
            None => None,
        };
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        match *standing {
            Standing::Answers { .. } => {}
            Standing::Silent { until } if until <= Instant::now() => *standing = Standing::Tried,
            Standing::Silent { .. } | Standing::Tried => return Err(TurnedAway::Silent),
        }
        drop(standing);
        Ok(Admitted {
            breaker: self,
            ended: false,
            _place: place,
        })
    }

    fn set(&self, change: impl FnOnce(Standing) -> Standing) {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        *standing = change(*standing);
    }
}

/// An exchange that has begun; whoever drops it without a word has learned nothing.
#[derive(Debug)]
pub struct Admitted<'a> {
    breaker: &'a Breaker,
    ended: bool,
    _place: Option<Place>,
}

impl Admitted<'_> {
    /// There was an answer, whatever it said.
    pub fn answered(mut self) {
        self.ended = true;
        self.breaker.set(|_| Standing::Answers { failures: 0 });
    }

    /// There was none.
    pub fn failed(mut self) {
        self.ended = true;
        self.breaker.set(|standing| match standing {
            Standing::Answers { failures } if failures + 1 < FAILURES => Standing::Answers {
                failures: failures + 1,
            },
            Standing::Answers { .. } | Standing::Tried => Standing::Silent {
                until: Instant::now() + PAUSE,
            },
            // One that began before the address was left alone.
            Standing::Silent { .. } => standing,
        });
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.breaker.set(|standing| match standing {
                Standing::Tried => Standing::Silent {
                    until: Instant::now(),
                },
                Standing::Answers { .. } | Standing::Silent { .. } => standing,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &Breaker, times: u32) {
        for _ in 0..times {
            breaker.admit(Stage::Begins).unwrap().failed();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_address_is_left_alone_and_then_tried_by_one() {
        let breaker = Breaker::default();
        fail(&breaker, FAILURES - 1);
        breaker.admit(Stage::Begins).unwrap().answered();
        fail(&breaker, FAILURES);
        assert_eq!(
            breaker.admit(Stage::Begins).unwrap_err(),
            TurnedAway::Silent
        );
        tokio::time::advance(PAUSE).await;

        let trying = breaker.admit(Stage::Begins).unwrap();
        assert_eq!(
            breaker.admit(Stage::Begins).unwrap_err(),
            TurnedAway::Silent
        );
        trying.failed();
        assert_eq!(
            breaker.admit(Stage::Begins).unwrap_err(),
            TurnedAway::Silent
        );
        tokio::time::advance(PAUSE).await;

        // Whoever gives up has learned nothing: the next one tries.
        drop(breaker.admit(Stage::Begins).unwrap());
        breaker.admit(Stage::Begins).unwrap().answered();
        fail(&breaker, FAILURES - 1);
        assert!(breaker.admit(Stage::Begins).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_failure_does_not_prolong_the_pause() {
        let breaker = Breaker::default();
        let early = breaker.admit(Stage::Begins).unwrap();
        fail(&breaker, FAILURES);
        tokio::time::advance(PAUSE / 2).await;
        early.failed();
        tokio::time::advance(PAUSE / 2).await;
        assert!(breaker.admit(Stage::Begins).is_ok());
    }

    #[test]
    fn all_addresses_of_a_network_share_its_places() {
        let lane = Lane::of(1_000);
        let (payments, history) = (Breaker::within(&lane), Breaker::within(&lane));
        let mut waiting: Vec<_> = (0..600)
            .map(|n| {
                if n % 2 == 0 {
                    payments.admit(Stage::Begins)
                } else {
                    history.admit(Stage::Begins)
                }
                .unwrap()
            })
            .collect();
        assert_eq!(payments.admit(Stage::Begins).unwrap_err(), TurnedAway::Full);
        assert_eq!(history.admit(Stage::Begins).unwrap_err(), TurnedAway::Full);
        // What has begun has room for a fourth more.
        let mut going_on: Vec<_> = (0..150)
            .map(|_| payments.admit(Stage::GoesOn).unwrap())
            .collect();
        assert_eq!(history.admit(Stage::GoesOn).unwrap_err(), TurnedAway::Full);
        going_on.pop();
        assert_eq!(payments.admit(Stage::Begins).unwrap_err(), TurnedAway::Full);
        waiting.pop();
        assert!(payments.admit(Stage::Begins).is_ok());
        // Not fewer than a small gateway takes at all.
        assert_eq!(Lane::of(50).beginning.available_permits(), LEAST);
    }
}
