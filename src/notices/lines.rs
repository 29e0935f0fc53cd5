//! When is something told that happens again and again? The first time at once, then once a minute, with how often.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// The least time between two lines about the same.
pub(super) const QUIET: Duration = Duration::from_secs(60);

/// What has happened of each kind, and when it was told.
#[derive(Debug)]
pub(super) struct Lines<K>(HashMap<K, Folded>);

#[derive(Debug, Default)]
struct Folded {
    told_at: Option<Instant>,
    untold: u64,
}

impl Folded {
    /// How many a line now tells of, if there is to be one.
    fn told(&mut self, now: Instant) -> Option<u64> {
        let is_due = self
            .told_at
            .is_none_or(|told| now.saturating_duration_since(told) >= QUIET);
        (is_due && self.untold > 0).then(|| {
            self.told_at = Some(now);
            std::mem::take(&mut self.untold)
        })
    }
}

impl<K> Default for Lines<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Copy + Eq + Hash> Lines<K> {
    /// Another one of this kind: how many a line now tells of, if there is to be one.
    pub(super) fn add(&mut self, kind: K, now: Instant) -> Option<u64> {
        let folded = self.0.entry(kind).or_default();
        folded.untold += 1;
        folded.told(now)
    }

    /// What happened since the last line of its kind, if that is long enough ago.
    pub(super) fn rest(&mut self, now: Instant) -> Vec<(K, u64)> {
        let kinds = self.0.iter_mut();
        kinds
            .filter_map(|(kind, folded)| Some((*kind, folded.told(now)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_of_a_kind_are_one_line_a_minute() {
        let mut lines = Lines::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(lines.add("a", at(0)), Some(1));
        for second in 1..60 {
            assert_eq!(lines.add("a", at(second)), None);
        }
        assert_eq!(lines.add("b", at(59)), Some(1), "another kind has its own");
        assert_eq!(lines.add("a", at(60)), Some(60));
        assert_eq!(lines.add("a", at(61)), None);
        assert_eq!(lines.add("a", at(500)), Some(2));
    }

    #[test]
    fn what_no_line_has_told_is_told_when_its_minute_is_over() {
        let mut lines = Lines::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        for second in 0..10 {
            lines.add("a", at(second));
        }
        lines.add("b", at(0));
        assert_eq!(lines.rest(at(59)), []);
        assert_eq!(lines.rest(at(60)), [("a", 9)]);
        assert_eq!(lines.rest(at(200)), []);
        assert_eq!(lines.add("a", at(200)), Some(1));
    }
}
