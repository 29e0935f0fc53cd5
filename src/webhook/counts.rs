//! How many tries has this process made, and with which outcome?

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// What this process has tried.
#[derive(Debug, Default)]
pub struct TryCounts(Family<OutcomeLabel, Counter>);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

impl TryCounts {
    /// Shows them in the metrics.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "webhook_tries",
            "Tries of this gateway to deliver a webhook's event, by outcome",
            self.0.clone(),
        );
        for outcome in ["delivered", "failed"] {
            drop(self.0.get_or_create(&OutcomeLabel { outcome }));
        }
    }

    pub(super) fn count(&self, is_delivered: bool) {
        let outcome = if is_delivered { "delivered" } else { "failed" };
        self.0.get_or_create(&OutcomeLabel { outcome }).inc();
    }
}
