//! What is counted of exchanges with the servers outside: how many, how they ended, and how long they took.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::traffic::Traffic;

/// Seconds, with edges where decisions fall: 2 to connect, 15 for an exchange, 50 for a call.
pub(crate) const SECONDS: [f64; 16] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 50.0,
];

/// See the module. Clones share their figures.
#[derive(Debug, Clone)]
pub struct ExchangeCounts {
    ended: Family<EndLabels, Counter>,
    seconds: Family<OperationLabels, Histogram>,
    waiting: Family<ServerLabel, Gauge>,
    most_waiting: Family<ServerLabel, Gauge>,
    /// The same minute by minute, for the console.
    pub traffic: Traffic,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ServerLabel {
    server: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndLabels {
    server: &'static str,
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OperationLabels {
    server: &'static str,
    operation: &'static str,
}

impl Default for ExchangeCounts {
    fn default() -> Self {
        Self {
            ended: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            waiting: Family::default(),
            most_waiting: Family::default(),
            traffic: Traffic::default(),
        }
    }
}

impl ExchangeCounts {
    /// Names the figures for operators.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "exchanges",
            "Exchanges with a network or another server, by its operation and by how they ended: answered, too_long, no_answer, not_sent",
            self.ended.clone(),
        );
        registry.register(
            "exchange_seconds",
            "How long exchanges took that were sent",
            self.seconds.clone(),
        );
        registry.register(
            "exchanges_waiting",
            "Exchanges with a network that wait for it now",
            self.waiting.clone(),
        );
        registry.register(
            "exchanges_waiting_limit",
            "How many may wait for a network at a time, those that settle something included",
            self.most_waiting.clone(),
        );
        // Born at 1 they would show no growth. Of the other servers each operation is known once it was made.
        for (server, operation) in [("sms", "send"), ("fiscal", "register")] {
            for outcome in ["answered", "too_long", "no_answer", "not_sent"] {
                drop(self.ended.get_or_create(&EndLabels {
                    server,
                    operation,
                    outcome,
                }));
            }
            drop(
                self.seconds
                    .get_or_create(&OperationLabels { server, operation }),
            );
        }
    }

    /// The figure of the exchanges that wait for a network, of which `most` may.
    pub(crate) fn waiting(&self, server: &'static str, most: usize) -> Gauge {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let label = ServerLabel { server };
        self.most_waiting.get_or_create(&label).set(most);
        self.waiting.get_or_create(&label).clone()
    }

    /// An exchange has ended; `took`: since when its first byte could leave, `None` if none did.
    pub(crate) fn ended(
        &self,
        server: &'static str,
        operation: &'static str,
        outcome: &'static str,
        took: Option<Duration>,
    ) {
        let labels = EndLabels {
            server,
            operation,
            outcome,
        };
        self.ended.get_or_create(&labels).inc();
        if let Some(took) = took {
            self.traffic.exchanged(server, took);
            let labels = OperationLabels { server, operation };
            self.seconds
                .get_or_create(&labels)
                .observe(took.as_secs_f64());
        }
    }
}
