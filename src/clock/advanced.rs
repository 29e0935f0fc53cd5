//! A clock that goes forward with the sandbox's: to the gateway, the time that a script skips is time that has passed.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use entity::time::UnixMillis;

use super::{Clock, Readings};

/// The machine's clock, ahead by what the sandbox's was moved on.
pub struct AdvancedClock {
    machine: Arc<dyn Clock>,
    /// Milliseconds. It only grows.
    advanced: Arc<AtomicI64>,
}

impl AdvancedClock {
    /// A clock that is ahead of `machine` by `advanced` milliseconds, whatever that becomes.
    pub fn new(machine: Arc<dyn Clock>, advanced: Arc<AtomicI64>) -> Self {
        Self { machine, advanced }
    }
}

impl Clock for AdvancedClock {
    fn now(&self) -> UnixMillis {
        self.machine
            .now()
            .saturating_add(self.advanced.load(Ordering::SeqCst))
    }

    fn steady(&self) -> i64 {
        self.machine
            .steady()
            .saturating_add(self.advanced.load(Ordering::SeqCst))
    }

    /// Nobody has set it: both of its hands have skipped the same.
    fn readings(&self) -> Readings {
        let advanced = self.advanced.load(Ordering::SeqCst);
        let Readings { now, steady } = self.machine.readings();
        Readings {
            now: now.saturating_add(advanced),
            steady: steady.saturating_add(advanced),
        }
    }

    fn shared_now(&self) -> UnixMillis {
        self.machine.shared_now()
    }

    fn ahead_of(&self, other: UnixMillis, between: (UnixMillis, UnixMillis)) -> i64 {
        self.machine.ahead_of(other, between)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ClockTrust;

    struct Still(i64);

    impl Clock for Still {
        fn now(&self) -> UnixMillis {
            UnixMillis(self.0)
        }

        fn steady(&self) -> i64 {
            self.0
        }
    }

    #[test]
    fn time_that_is_skipped_has_passed_and_nobody_has_set_the_clock() {
        let advanced = Arc::new(AtomicI64::new(0));
        let clock = AdvancedClock::new(Arc::new(Still(1_000)), Arc::clone(&advanced));
        let trust = ClockTrust::default();
        assert_eq!(trust.doubted_for(clock.readings(), 90_000), 90_000);
        advanced.store(60_000, Ordering::SeqCst);
        assert_eq!((clock.now(), clock.steady()), (UnixMillis(61_000), 61_000));
        assert_eq!(trust.doubted_for(clock.readings(), 90_000), 30_000);
        // The database's clock was not moved on.
        let now = clock.shared_now();
        assert_eq!(clock.ahead_of(UnixMillis(1_000), (now, now)), 0);
        assert_eq!(clock.ahead_of(UnixMillis(400), (now, now)), 600);
    }
}
