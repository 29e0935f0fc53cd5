//! Whether the clock can be relied upon: it was not set lately, and it agrees with the database's. An absence is a proof once
//! enough time has passed since the call; a clock that is wrong only says so.

use std::sync::{Mutex, PoisonError};

/// What a clock may be corrected by without being taken for set, milliseconds.
const CORRECTION_MS: i64 = 2_000;

/// Compares the clock with one that nobody sets, and with the one that all gateways share.
#[derive(Debug, Default)]
pub struct Steadiness(Mutex<Standing>);

#[derive(Debug, Default)]
struct Standing {
    /// The last readings of both.
    last: Option<Readings>,
    /// Until then, on the steady clock, the other one proves nothing.
    doubted_until: i64,
    /// How far it was ahead of the database's when they were last compared, if that was too far.
    wrong_by: Option<i64>,
}

/// Both clocks at a moment, milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Readings {
    pub(super) now: i64,
    pub(super) steady: i64,
}

impl Steadiness {
    /// For how many milliseconds from now on what the clock says may not be relied upon: `doubt_ms` after it was set, and
    /// after the start. 0: it may.
    pub(super) fn doubted_for(&self, readings: Readings, doubt_ms: i64) -> i64 {
        let mut standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(last) = standing.last.replace(readings) else {
            // It may have been set while this process did not live.
            standing.doubted_until = readings.steady + doubt_ms;
            return doubt_ms;
        };
        let set_by = (readings.now - last.now) - (readings.steady - last.steady);
        if set_by.abs() > CORRECTION_MS {
            tracing::warn!(
                set_by_ms = set_by,
                "the clock was set; until enough time has passed, no call is taken for one that never came"
            );
            standing.doubted_until = readings.steady + doubt_ms;
        }
        if standing.wrong_by.is_some() {
            standing.doubted_until = readings.steady + doubt_ms;
        }
        (standing.doubted_until - readings.steady).max(0)
    }

    /// Takes notice of how far the clock is ahead of the database's; they may differ by so much.
    pub(super) fn compared(&self, ahead_ms: i64, may_differ_by: i64) {
        let wrong_by = (ahead_ms.abs() > may_differ_by).then_some(ahead_ms);
        let mut standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (standing.wrong_by, wrong_by) {
            (None, Some(ahead_ms)) => tracing::error!(
                ahead_ms,
                "the clock is not the database's; nothing is begun, and no call is taken for one that never came"
            ),
            (Some(_), None) => tracing::info!("the clock agrees with the database's again"),
            (None, None) | (Some(_), Some(_)) => {}
        }
        standing.wrong_by = wrong_by;
    }

    /// How far the clock is ahead of the database's, if that is too far to begin anything; milliseconds.
    pub fn wrong_by(&self) -> Option<i64> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .wrong_by
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_doubted_for_a_while() {
        let clock = Steadiness::default();
        let doubted_for = |now, steady| clock.doubted_for(Readings { now, steady }, 90_000);
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
