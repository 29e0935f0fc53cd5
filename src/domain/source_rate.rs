//! How often may each source do something? Each has the same [`Rate`] of its own.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use entity::time::UnixMillis;

use super::rate::{Rate, Taken, micros};
use super::source::SourceKey;

/// No more sources are remembered. Above it, those that may do it again anyway are forgotten; if none may, a new one waits.
const REMEMBERED: usize = 65_536;

/// See the module.
#[derive(Debug)]
pub struct SourceRate {
    rate: Rate,
    /// Each source's theoretical arrival time, UNIX microseconds.
    arrivals: Mutex<HashMap<SourceKey, i64>>,
}

impl SourceRate {
    /// This rate for each source.
    pub fn of(rate: Rate) -> Self {
        Self {
            rate,
            arrivals: Mutex::default(),
        }
    }

    /// Whether this source may do it at this moment; if so, it is counted.
    pub fn allows(&self, source: SourceKey, now: UnixMillis) -> bool {
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        if arrivals.len() >= REMEMBERED && !arrivals.contains_key(&source) {
            arrivals.retain(|_, tat| *tat > micros(now));
            if arrivals.len() >= REMEMBERED {
                return false;
            }
        }
        match self.rate.take(arrivals.get(&source).copied(), 1, now) {
            Taken::Allowed { tat } => {
                arrivals.insert(source, tat);
                true
            }
            Taken::Refused { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Source;
    use super::*;

    #[test]
    fn each_source_has_its_own_rate() {
        let source = |last| Source::of([192, 0, 2, last].into()).key();
        let rate = SourceRate::of(Rate::of(5, 1));
        let at = |millis: i64| UnixMillis(1_700_000_000_000 + millis);
        for _ in 0..5 {
            assert!(rate.allows(source(1), at(0)));
        }
        assert!(!rate.allows(source(1), at(0)) && rate.allows(source(2), at(0)));
        assert!(!rate.allows(source(1), at(199)));
        assert!(rate.allows(source(1), at(200)) && !rate.allows(source(1), at(200)));
    }
}
