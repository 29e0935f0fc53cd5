//! Time as an argument, so that tests set it.

mod advanced;
mod trust;

use std::sync::OnceLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use entity::time::UnixMillis;

use crate::domain::day::Day;
pub use advanced::AdvancedClock;
pub use trust::{ClockTrust, Readings};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// UNIX milliseconds.
    fn now(&self) -> UnixMillis;

    /// Milliseconds since some moment, on a clock that nobody sets: only differences mean something.
    fn steady(&self) -> i64;

    /// Both hands at one moment.
    fn readings(&self) -> Readings {
        Readings {
            now: self.now(),
            steady: self.steady(),
        }
    }

    /// The time that others should see, too: [`Clock::now`] without what a sandbox was moved on by.
    fn shared_now(&self) -> UnixMillis {
        self.now()
    }

    /// How far this clock is ahead of another one that said `other` at some time between two readings of [`Clock::shared_now`],
    /// milliseconds; behind it: less than 0; 0: they may agree.
    fn ahead_of(&self, other: UnixMillis, between: (UnixMillis, UnixMillis)) -> i64 {
        let (earliest, latest) = between;
        match other {
            _ if other < earliest => earliest - other,
            _ if other > latest => latest - other,
            _ => 0,
        }
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the machine's clock is read"
    )]
    fn now(&self) -> UnixMillis {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UnixMillis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn steady(&self) -> i64 {
        static BEGUN: OnceLock<Instant> = OnceLock::new();
        let since = BEGUN.get_or_init(Instant::now).elapsed();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// The day in Tashkent as `YYYYMMDD`.
pub fn tashkent_day(moment: UnixMillis) -> i32 {
    Day::of(moment).number()
}

#[cfg(test)]
mod tests {
    use entity::time::UnixMillis;

    use super::tashkent_day;

    #[test]
    fn the_day_begins_at_midnight_in_tashkent() {
        let midnight = UnixMillis(1_693_162_800_000); // 2023-08-28 00:00 in Tashkent, 19:00 UTC of the day before
        assert_eq!(tashkent_day(midnight - 1), 20_230_827);
        assert_eq!(tashkent_day(midnight), 20_230_828);
    }
}
