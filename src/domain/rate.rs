//! A rate: so many at once, and then one each time that one is due again (the generic cell rate algorithm). One number says how
//! far somebody is ahead: the theoretical arrival time (TAT) of the next unit.

use entity::time::UnixMillis;

/// So many in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Microseconds until one more is due.
    each_us: i64,
    burst: i64,
}

/// Whether it was in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// The TAT is now this.
    Allowed { tat: i64 },
    /// Nothing was counted; so many milliseconds later it would be allowed.
    Refused { wait_ms: i64 },
}

impl Rate {
    /// `most` within `seconds`, all of them at once if need be.
    pub fn of(most: i64, seconds: i64) -> Self {
        let most = most.max(1);
        Self {
            each_us: (seconds.saturating_mul(1_000_000) / most).max(1),
            burst: most,
        }
    }

    /// How many may come at once.
    pub fn burst(self) -> i64 {
        self.burst
    }

    /// What `cost` units take, in microseconds.
    pub fn costs_us(self, cost: i64) -> i64 {
        self.each_us.saturating_mul(cost)
    }

    /// How far the TAT may be ahead, in microseconds.
    pub fn ahead_us(self) -> i64 {
        self.each_us.saturating_mul(self.burst)
    }

    /// Takes `cost` units at `now`, after `tat`.
    pub fn take(self, tat: Option<i64>, cost: i64, now: UnixMillis) -> Taken {
        let now_us = micros(now);
        // One that is further ahead is of a clock that was set back since.
        let known = tat.filter(|tat| *tat <= now_us.saturating_add(self.ahead_us()));
        let begin = known.map_or(now_us, |tat| tat.max(now_us));
        let after = begin.saturating_add(self.costs_us(cost));
        if after.saturating_sub(now_us) <= self.ahead_us() {
            Taken::Allowed { tat: after }
        } else {
            Taken::Refused {
                wait_ms: self.wait_ms(begin, cost, now),
            }
        }
    }

    /// How long after `now` `cost` units would be allowed after this TAT.
    pub fn wait_ms(self, tat: i64, cost: i64, now: UnixMillis) -> i64 {
        let after = tat.max(micros(now)).saturating_add(self.costs_us(cost));
        let wait_us = after - micros(now) - self.ahead_us();
        wait_us.max(0).saturating_add(999) / 1_000
    }
}

/// UNIX microseconds.
pub fn micros(at: UnixMillis) -> i64 {
    at.0.saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AT: UnixMillis = UnixMillis(1_700_000_000_000);

    #[test]
    fn three_at_once_and_then_one_each_twenty_minutes() {
        let rate = Rate::of(3, 3_600);
        let mut tat = None;
        let mut allowed = |after_ms: i64| match rate.take(tat, 1, AT + after_ms) {
            Taken::Allowed { tat: now } => {
                tat = Some(now);
                0
            }
            Taken::Refused { wait_ms } => wait_ms,
        };
        assert_eq!([allowed(0), allowed(0), allowed(0)], [0; 3]);
        assert_eq!(allowed(0), 1_200_000);
        assert_eq!(allowed(1_199_000), 1_000);
        assert_eq!(allowed(1_200_000), 0);
        assert_eq!(allowed(1_200_000), 1_200_000);
    }

    proptest! {
        /// In any period no more is allowed than the burst and what has become due, and a wait that is told is long enough.
        #[test]
        fn nobody_gets_ahead(
            most in 1_i64..50,
            seconds in 1_i64..100,
            pauses in proptest::collection::vec(0_i64..3_000, 1..200),
        ) {
            let rate = Rate::of(most, seconds);
            let (mut now, mut tat, mut times) = (AT, None, Vec::new());
            for pause in pauses {
                now = now + pause;
                match rate.take(tat, 1, now) {
                    Taken::Allowed { tat: after } => {
                        tat = Some(after);
                        times.push(now);
                    }
                    Taken::Refused { wait_ms } => {
                        let later = rate.take(tat, 1, now + wait_ms);
                        let is_allowed = matches!(later, Taken::Allowed { .. });
                        prop_assert!(is_allowed);
                    }
                }
            }
            for (first, from) in times.iter().enumerate() {
                for (last, to) in times.iter().enumerate().skip(first) {
                    let due = (to.0 - from.0) * 1_000 / rate.each_us;
                    let got = i64::try_from(last - first).unwrap() + 1;
                    prop_assert!(got <= most + due + 1);
                }
            }
        }
    }
}
