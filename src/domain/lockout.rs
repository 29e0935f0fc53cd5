//! Who tries secrets is refused for a while: a user name from one source, and a source whatever names it tries.
//!
//! The locked are refused whatever they send, the right secret included: otherwise a refusal would tell a wrong guess. A name
//! that exists and one that does not are counted alike. Other sources of the same name go on: a stranger can lock out only
//! himself.

use std::collections::HashMap;
use std::hash::Hash;

use entity::time::UnixMillis;

use super::source::SourceKey;

/// How many failures lock whom out, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct LockoutRules {
    /// Failures of a name from a source that lock this pair out.
    pub failures: i32,
    /// The time within which they count together, in milliseconds.
    pub window_ms: i64,
    /// How long the pair is locked out, in milliseconds.
    pub lock_ms: i64,
    /// Failures of a source in a second, whatever the names, after which it is refused unseen.
    pub source_per_second: i32,
    /// The same within the window.
    pub source_failures: i32,
}

/// A keyed hash of name and source.
pub type PairKey = [u8; 32];

/// What becomes of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    Right,
    /// Counted; `first` of its pair within the window.
    Wrong {
        first: bool,
    },
    /// Refused unseen until then.
    Locked {
        until: UnixMillis,
    },
}

/// How many pairs and sources are remembered. What is shared between gateways is in the database.
const MOST: usize = 65_536;

#[derive(Debug, Clone, Copy)]
struct Count {
    failures: i32,
    since: UnixMillis,
}

/// The failures that one gateway has seen.
#[derive(Debug)]
pub struct Lockout {
    rules: LockoutRules,
    pairs: HashMap<PairKey, Count>,
    locks: HashMap<PairKey, UnixMillis>,
    seconds: HashMap<SourceKey, Count>,
    windows: HashMap<SourceKey, Count>,
}

impl Lockout {
    /// Nobody has failed yet.
    pub fn new(rules: LockoutRules) -> Self {
        Self {
            rules,
            pairs: HashMap::new(),
            locks: HashMap::new(),
            seconds: HashMap::new(),
            windows: HashMap::new(),
        }
    }

    /// Judges a try whose credentials were `right` or not, and counts a wrong one. However many try at once, this sees them
    /// one after another.
    pub fn judge(
        &mut self,
        pair: PairKey,
        source: SourceKey,
        right: bool,
        now: UnixMillis,
    ) -> Judged {
        if let Some(until) = self.locked_until(pair, source, now) {
            return Judged::Locked { until };
        }
        if right {
            return Judged::Right;
        }
        let (window, lock) = (self.rules.window_ms, self.rules.lock_ms);
        count(&mut self.seconds, source, 1_000, now);
        count(&mut self.windows, source, window, now);
        let failures = count(&mut self.pairs, pair, window, now);
        if failures >= self.rules.failures {
            self.pairs.remove(&pair);
            self.lock(pair, now + lock, now);
        }
        Judged::Wrong {
            first: failures == 1,
        }
    }

    /// Locks a pair out: another gateway may have counted what this one has not.
    pub fn lock(&mut self, pair: PairKey, until: UnixMillis, now: UnixMillis) {
        if self.locks.len() >= MOST {
            self.locks.retain(|_, until| *until > now);
            if self.locks.len() > MOST / 2 {
                // The database has them, and the next failure brings them back.
                self.locks.clear();
            }
        }
        let held = self.locks.entry(pair).or_insert(until);
        *held = (*held).max(until);
    }

    fn locked_until(
        &self,
        pair: PairKey,
        source: SourceKey,
        now: UnixMillis,
    ) -> Option<UnixMillis> {
        let full = |counts: &HashMap<SourceKey, Count>, length_ms: i64, most: i32| {
            let count = counts.get(&source)?;
            let ends = count.since + length_ms;
            (count.failures >= most && ends > now).then_some(ends)
        };
        let locked = self.locks.get(&pair).copied().filter(|until| *until > now);
        let rules = &self.rules;
        locked
            .into_iter()
            .chain(full(&self.windows, rules.window_ms, rules.source_failures))
            .chain(full(&self.seconds, 1_000, rules.source_per_second))
            .max()
    }
}

/// Counts one more within the time that began with the first, and returns how many there are.
fn count<K: Hash + Eq>(
    counts: &mut HashMap<K, Count>,
    key: K,
    length_ms: i64,
    now: UnixMillis,
) -> i32 {
    let is_over = |count: &Count| count.since + length_ms <= now;
    if counts.len() >= MOST && !counts.contains_key(&key) {
        counts.retain(|_, count| !is_over(count));
        if counts.len() > MOST / 2 {
            // So seldom that it costs little. What is forgotten here is still counted in the database.
            counts.clear();
        }
    }
    let first = Count {
        failures: 0,
        since: now,
    };
    let count = counts.entry(key).or_insert(first);
    if is_over(count) {
        *count = first;
    }
    count.failures = count.failures.saturating_add(1);
    count.failures
}

#[cfg(test)]
#[path = "lockout_tests.rs"]
mod tests;
