//! What the listeners refuse, counted, and told in the log: the first at once, then one line a minute with how many there
//! were. An attack fills neither the log nor the disk.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::domain::source::SourceKey;

/// The least time between two lines about the same.
const QUIET: Duration = Duration::from_secs(60);

/// See the module.
#[derive(Debug, Default)]
pub struct Refusals {
    requests: Family<ReasonLabel, Counter>,
    connections: Family<CauseLabel, Counter>,
    lines: Mutex<HashMap<&'static str, Folded>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CauseLabel {
    cause: &'static str,
}

/// Events of a kind since the last line about them.
#[derive(Debug, Default)]
struct Folded {
    told_at: Option<Instant>,
    untold: u64,
}

impl Folded {
    /// Another one: how many a line now tells of, if there is to be one.
    fn add(&mut self, now: Instant) -> Option<u64> {
        self.untold += 1;
        let is_due = self
            .told_at
            .is_none_or(|told| now.saturating_duration_since(told) >= QUIET);
        is_due.then(|| {
            self.told_at = Some(now);
            std::mem::take(&mut self.untold)
        })
    }
}

impl Refusals {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register(
            "refused_requests",
            "Requests and calls that were refused before any method, by data.reason",
            self.requests.clone(),
        );
        registry.register(
            "cut_connections",
            "Connections that were not accepted, or ended by the gateway before their other end did, by cause",
            self.connections.clone(),
        );
    }

    /// A request or a call that was refused; `reason` is the word of `data.reason`.
    pub fn count(&self, reason: &'static str) {
        self.requests.get_or_create(&ReasonLabel { reason }).inc();
        if let Some(times) = self.fold(reason) {
            tracing::warn!(reason, times, "refused requests");
        }
    }

    /// A connection that was cut.
    pub fn cut(&self, cause: &'static str, source: SourceKey) {
        self.connections.get_or_create(&CauseLabel { cause }).inc();
        if let Some(times) = self.fold(cause) {
            tracing::warn!(cause, times, last = %source, "cut connections");
        }
    }

    fn fold(&self, kind: &'static str) -> Option<u64> {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.entry(kind).or_default().add(Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_of_a_kind_are_one_line_a_minute() {
        let mut folded = Folded::default();
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(folded.add(at(0)), Some(1));
        for second in 1..60 {
            assert_eq!(folded.add(at(second)), None);
        }
        assert_eq!(folded.add(at(60)), Some(60));
        assert_eq!(folded.add(at(61)), None);
        assert_eq!(folded.add(at(500)), Some(2));
    }
}
