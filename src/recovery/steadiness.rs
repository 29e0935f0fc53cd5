//! Whether the clock was set lately. An absence is a proof once enough time has passed since the call; a clock that is set
//! forward only says so.

use std::sync::{Mutex, PoisonError};

/// What a clock may be corrected by without being taken for set, milliseconds.
const CORRECTION_MS: i64 = 2_000;

/// Compares the clock with one that nobody sets.
#[derive(Debug, Default)]
pub struct Steadiness(Mutex<Standing>);

#[derive(Debug, Default)]
struct Standing {
    /// The last readings of both.
    last: Option<Readings>,
    /// Until then, on the steady clock, the other one proves nothing.
    doubted_until: Option<i64>,
}

/// Both clocks at a moment, milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Readings {
    pub(super) now: i64,
    pub(super) steady: i64,
}

impl Steadiness {
    /// Whether what the clock says may be relied upon: it was not set within the last `doubt_ms`.
    pub(super) fn holds(&self, readings: Readings, doubt_ms: i64) -> bool {
        let mut standing = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(last) = standing.last.replace(readings) else {
            // It may have been set while this process did not live.
            standing.doubted_until = Some(readings.steady + doubt_ms);
            return false;
        };
        let set_by = (readings.now - last.now) - (readings.steady - last.steady);
        if set_by.abs() > CORRECTION_MS {
            tracing::warn!(
                set_by_ms = set_by,
                "the clock was set; until enough time has passed, no call is taken for one that never came"
            );
            standing.doubted_until = Some(readings.steady + doubt_ms);
        }
        standing
            .doubted_until
            .is_none_or(|until| until <= readings.steady)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_doubted_for_a_while() {
        let clock = Steadiness::default();
        let holds = |now, steady| clock.holds(Readings { now, steady }, 90_000);
        // Nobody knows what was before the start.
        assert!(!holds(1_000_000, 0));
        assert!(!holds(1_060_000, 60_000));
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
