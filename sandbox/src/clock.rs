//! What time is it for the networks, and who goes forward with them?
//!
//! The simulated time is the machine's plus what scripts have moved it on by (`POST /sandbox/clock`). Time-outs of
//! connections stay on the machine's clock.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use serde::Serialize;
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, sleep},
};

/// Returns UNIX milliseconds. It is passed in so that tests can set the time.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Whatever goes wrong at the gateway.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A gateway whose clock goes forward with that of the networks.
#[async_trait]
pub trait Follower: Send + Sync {
    /// Does all that has come due.
    ///
    /// # Errors
    /// Something could not be done; its own log says what.
    async fn catch_up(&self) -> Result<(), BoxError>;

    /// What comes due next, one of each kind.
    ///
    /// # Errors
    /// It cannot tell.
    async fn due(&self) -> Result<Vec<Due>, BoxError>;
}

/// Something that happens by itself when its time has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    pub what: &'static str,
    /// UNIX milliseconds.
    pub at: i64,
}

/// The simulated time.
pub(crate) struct SimulatedClock {
    machine: Clock,
    /// Milliseconds by which it was moved on. A gateway reads it, too.
    advanced: Arc<AtomicI64>,
    delays: watch::Sender<Delays>,
    follower: OnceLock<Arc<dyn Follower>>,
    /// Held while a step is carried out.
    steps: Arc<Mutex<()>>,
}

impl SimulatedClock {
    /// The machine's clock, moved on by this many milliseconds.
    pub(crate) fn new(machine: Clock, advanced: i64) -> Self {
        Self {
            machine,
            advanced: Arc::new(AtomicI64::new(advanced)),
            delays: watch::Sender::default(),
            follower: OnceLock::new(),
            steps: Arc::default(),
        }
    }

    /// UNIX milliseconds.
    pub(crate) fn now(&self) -> i64 {
        (self.machine)().saturating_add(self.advanced())
    }

    /// Milliseconds by which it was moved on.
    pub(crate) fn advanced(&self) -> i64 {
        self.advanced.load(Ordering::SeqCst)
    }

    pub(crate) fn shared(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.advanced)
    }

    /// Whoever moves it on has written that down before.
    pub(crate) fn set_advanced(&self, millis: i64) {
        self.advanced.store(millis, Ordering::SeqCst);
        self.delays.send_modify(|_| {});
    }

    pub(crate) fn steps(&self) -> Arc<Mutex<()>> {
        Arc::clone(&self.steps)
    }

    pub(crate) fn follow(&self, follower: Arc<dyn Follower>) {
        // There is one embedding gateway, and it starts once.
        let _ = self.follower.set(follower);
    }

    pub(crate) fn follower(&self) -> Option<&Arc<dyn Follower>> {
        self.follower.get()
    }

    /// Registers a call that waits. It counts as waiting until the value is dropped.
    pub(crate) fn delay(self: Arc<Self>, delay: Duration) -> Delayed {
        let wait = Wait {
            since: Instant::now(),
            advanced: self.advanced(),
            delay,
        };
        let mut id = 0;
        self.delays.send_modify(|delays| {
            id = delays.next_id;
            delays.next_id += 1;
            delays.waiting.insert(id, wait);
        });
        Delayed {
            clock: self,
            id,
            wait,
        }
    }

    /// Until no call waits whose delay is over: what the networks had received is then carried out.
    pub(crate) async fn delayed_calls_are_done(&self) {
        let done = |delays: &Delays| {
            let mut waiting = delays.waiting.values();
            !waiting.any(|wait| wait.is_over(self.advanced()))
        };
        // The sender lives as long as this clock.
        let _ = self.delays.subscribe().wait_for(done).await;
    }
}

/// The calls that faults keep waiting.
#[derive(Debug, Default)]
struct Delays {
    next_id: u64,
    waiting: BTreeMap<u64, Wait>,
}

#[derive(Clone, Copy, Debug)]
struct Wait {
    since: Instant,
    /// By how much the clock had been moved on then, milliseconds.
    advanced: i64,
    delay: Duration,
}

impl Wait {
    /// Real time and time that was skipped both count.
    fn is_over(&self, advanced: i64) -> bool {
        let skipped = u64::try_from(advanced.saturating_sub(self.advanced)).unwrap_or_default();
        let passed = self.since.elapsed();
        passed.saturating_add(Duration::from_millis(skipped)) >= self.delay
    }
}

/// A call that waits.
pub(crate) struct Delayed {
    clock: Arc<SimulatedClock>,
    id: u64,
    wait: Wait,
}

impl Delayed {
    /// Until its delay is over.
    pub(crate) async fn is_over(&self) {
        let mut moved = self.clock.delays.subscribe();
        tokio::select! {
            () = sleep(self.wait.delay) => {}
            _ = moved.wait_for(|_| self.wait.is_over(self.clock.advanced())) => {}
        }
    }
}

impl Drop for Delayed {
    fn drop(&mut self) {
        self.clock.delays.send_modify(|delays| {
            delays.waiting.remove(&self.id);
        });
    }
}
