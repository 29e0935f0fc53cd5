//! How often may each source do something? Evenly, with a few at once (the generic cell rate algorithm).

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::source::SourceKey;

/// No more sources are remembered. Above it, those that may do it again anyway are forgotten; if none may, a new one waits.
const REMEMBERED: usize = 65_536;

/// See the module.
#[derive(Debug)]
pub struct Rate {
    each: Duration,
    /// How far ahead of the time a source may be.
    ahead: Duration,
    /// When each source has used up what it has used.
    used_until: Mutex<HashMap<SourceKey, Instant>>,
}

impl Rate {
    /// Once each `each`, and `at_once` at a time.
    pub fn new(each: Duration, at_once: u32) -> Self {
        Self {
            each,
            ahead: each * at_once,
            used_until: Mutex::default(),
        }
    }

    /// Whether this source may do it at this moment; if so, it is counted.
    pub fn allows(&self, source: SourceKey, now: Instant) -> bool {
        let mut sources = self
            .used_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if sources.len() >= REMEMBERED && !sources.contains_key(&source) {
            sources.retain(|_, until| *until > now);
            if sources.len() >= REMEMBERED {
                return false;
            }
        }
        let until = sources.get(&source).copied().unwrap_or(now).max(now) + self.each;
        let allowed = until <= now + self.ahead;
        if allowed {
            sources.insert(source, until);
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::source::Source;
    use super::*;

    fn source(last: u8) -> SourceKey {
        Source::of([192, 0, 2, last].into()).key()
    }

    #[test]
    fn each_source_has_its_own_rate() {
        let rate = Rate::new(Duration::from_millis(200), 5);
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        for _ in 0..5 {
            assert!(rate.allows(source(1), at(0)));
        }
        assert!(!rate.allows(source(1), at(0)) && rate.allows(source(2), at(0)));
        assert!(!rate.allows(source(1), at(199)));
        assert!(rate.allows(source(1), at(200)) && !rate.allows(source(1), at(200)));
    }

    proptest! {
        /// However they come, no more are allowed than the rate and what may be at once.
        #[test]
        fn no_more_than_the_rate_is_allowed(gaps in prop::collection::vec(0_u64..500, 1..200)) {
            let rate = Rate::new(Duration::from_millis(200), 5);
            let mut now = Instant::now();
            let (mut allowed, mut passed) = (0_u64, 0);
            for gap in gaps {
                now += Duration::from_millis(gap);
                passed += gap;
                allowed += u64::from(rate.allows(source(1), now));
                prop_assert!(allowed <= 5 + passed / 200);
            }
        }
    }
}
