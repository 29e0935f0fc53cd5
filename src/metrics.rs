//! Figures for the operators, in the text format of Prometheus.

use std::time::Instant;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::rpc::envelope::Reply;

/// All figures.
pub struct Metrics {
    registry: Registry,
    calls: Family<CallLabels, Counter>,
    durations: Family<MethodLabel, Histogram>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    method: &'static str,
    /// `ok`, or the code of the error.
    outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MethodLabel {
    method: &'static str,
}

/// Seconds, from a call without I/O to a network's time-out.
const BUCKETS: [f64; 10] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 30.0];

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("aloqa");
        let calls = Family::default();
        let durations =
            Family::<MethodLabel, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        registry.register("calls", "Calls by method and outcome", calls.clone());
        registry.register(
            "call_seconds",
            "Duration of calls by method",
            durations.clone(),
        );
        Self {
            registry,
            calls,
            durations,
        }
    }
}

impl Metrics {
    /// Counts an answered call.
    pub fn count_call(&self, method: &'static str, reply: &Reply, started: Instant) {
        let outcome = reply.outcome().to_owned();
        self.calls
            .get_or_create(&CallLabels { method, outcome })
            .inc();
        self.durations
            .get_or_create(&MethodLabel { method })
            .observe(started.elapsed().as_secs_f64());
    }

    /// The page.
    pub fn page(&self) -> String {
        let mut page = String::new();
        match encode(&mut page, &self.registry) {
            Ok(()) => page,
            Err(error) => format!("# {error}\n"),
        }
    }
}
