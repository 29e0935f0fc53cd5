//! A clock that stands still until a test moves it.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use aloqa_gateway::clock::Clock;
use entity::time::UnixMillis;

/// Begins on 2026-11-21 at 10:00 in Tashkent.
pub struct TestClock {
    now: AtomicI64,
    /// By how much it was set.
    set_by: AtomicI64,
    /// How far it is ahead of every other clock.
    ahead: AtomicI64,
    /// By how much a reading moves the time on.
    tick: AtomicI64,
    broken: AtomicBool,
    /// Readings that still work although it is broken.
    works: AtomicI64,
}

impl Default for TestClock {
    fn default() -> Self {
        Self {
            now: AtomicI64::new(1_795_237_200_000),
            set_by: AtomicI64::new(0),
            ahead: AtomicI64::new(0),
            tick: AtomicI64::new(0),
            broken: AtomicBool::new(false),
            works: AtomicI64::new(0),
        }
    }
}

impl TestClock {
    /// Moves the time on, or back.
    pub fn advance_ms(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::SeqCst);
    }

    /// Each reading moves the time on by so much, from now on.
    pub fn tick_ms(&self, millis: i64) {
        self.tick.store(millis, Ordering::SeqCst);
    }

    /// Sets it forward or back without any time passing.
    pub fn set_by_ms(&self, millis: i64) {
        self.set_by.fetch_add(millis, Ordering::SeqCst);
    }

    /// Sets how far it is ahead of the database's clock.
    pub fn set_ahead_ms(&self, millis: i64) {
        self.ahead.store(millis, Ordering::SeqCst);
    }

    /// Makes every reading of it panic, or stops doing so.
    pub fn set_broken(&self, broken: bool) {
        self.works.store(0, Ordering::SeqCst);
        self.broken.store(broken, Ordering::SeqCst);
    }

    /// Breaks it for the methods of the next request: who sends it, and how much of it, is judged before.
    pub fn break_for_methods(&self) {
        self.works.store(3, Ordering::SeqCst);
        self.broken.store(true, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> UnixMillis {
        assert!(
            !self.broken.load(Ordering::SeqCst) || self.works.fetch_sub(1, Ordering::SeqCst) > 0,
            "the test broke the clock"
        );
        let tick = self.tick.load(Ordering::SeqCst);
        UnixMillis(self.now.fetch_add(tick, Ordering::SeqCst) + self.set_by.load(Ordering::SeqCst))
    }

    fn steady(&self) -> i64 {
        self.now.load(Ordering::SeqCst)
    }

    fn ahead_of(&self, _: UnixMillis, _: (UnixMillis, UnixMillis)) -> i64 {
        self.ahead.load(Ordering::SeqCst)
    }
}
