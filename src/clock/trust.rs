//! Whether the clock can be trusted: it was not set lately, and it agrees with the database's. An absence is a proof only
//! once enough time has passed since the call, and a wrong clock may claim that too early.

use std::sync::{Mutex, PoisonError};

use entity::time::UnixMillis;

/// A correction up to this many milliseconds does not count as setting the clock.
const CORRECTION_MS: i64 = 2_000;

/// Compares the clock with one that nobody sets, and with the one that all gateways share.
#[derive(Debug, Default)]
pub struct ClockTrust(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The last readings of both.
    last: Option<Readings>,
    /// Until then, on the steady clock, the other one is in doubt.
    doubted_until: i64,
    /// How far it was ahead of the database's when they were last compared, if that was too far.
    off_by: Option<i64>,
}

/// Both clocks at a moment, milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Readings {
    pub now: UnixMillis,
    pub steady: i64,
}

impl ClockTrust {
    /// For how many more milliseconds the clock is in doubt: `doubt_ms` from the start, and from each time it is set. 0: it is
    /// trusted.
    pub(crate) fn doubted_for(&self, readings: Readings, doubt_ms: i64) -> i64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(last) = state.last.replace(readings) else {
            // It may have been set before this process started.
            state.doubted_until = readings.steady + doubt_ms;
            return doubt_ms;
        };
        let set_by = (readings.now - last.now) - (readings.steady - last.steady);
        if set_by.abs() > CORRECTION_MS {
            tracing::warn!(
                set_by_ms = set_by,
                "the clock was set: for a while, no call is taken for one that never arrived"
            );
            state.doubted_until = readings.steady + doubt_ms;
        }
        if state.off_by.is_some() {
            state.doubted_until = readings.steady + doubt_ms;
        }
        (state.doubted_until - readings.steady).max(0)
    }

    /// Keeps how far the clock is ahead of the database's, where they differ by more than they may.
    pub(crate) fn compared(&self, ahead_ms: i64, tolerance_ms: i64) {
        let off_by = (ahead_ms.abs() > tolerance_ms).then_some(ahead_ms);
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (state.off_by, off_by) {
            (None, Some(ahead_ms)) => tracing::error!(
                ahead_ms,
                "the clock differs from the database's: no call is begun, and none is taken for one that never arrived, until it is put right"
            ),
            (Some(_), None) => tracing::info!("the clock agrees with the database's again"),
            (None, None) | (Some(_), Some(_)) => {}
        }
        state.off_by = off_by;
    }

    /// How far the clock is ahead of the database's, if that is too far to begin anything; milliseconds.
    pub(crate) fn off_by(&self) -> Option<i64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).off_by
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_doubted_for_a_while() {
        let clock = ClockTrust::default();
        let doubted_for = |now, steady| {
            let now = UnixMillis(now);
            clock.doubted_for(Readings { now, steady }, 90_000)
        };
        let holds = |now, steady| doubted_for(now, steady) == 0;
        // Nobody knows what was before the start.
        assert!(!holds(1_000_000, 0));
        assert_eq!(doubted_for(1_060_000, 60_000), 30_000);
        // A correction.
        assert!(holds(1_121_500, 120_000));
        // An hour forward, and not trusted until ninety real seconds have passed.
        assert!(!holds(4_722_000, 121_000));
        assert!(!holds(4_810_000, 209_000));
        assert!(holds(4_812_000, 211_000));
        // An hour back.
        assert!(!holds(1_213_000, 212_000));
        assert!(holds(1_303_000, 302_000));
    }
}
