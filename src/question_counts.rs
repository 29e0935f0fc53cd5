//! What is counted of questions to the networks: those that got no answer, and what could not be read in the answers.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use rpc_schema::values::Network;

/// See the module. Clones share their figures.
#[derive(Debug, Clone, Default)]
pub struct QuestionCounts {
    unanswered: Family<UnansweredLabels, Counter>,
    skipped_rows: Family<NetworkLabel, Counter>,
    unread_balances: Family<NetworkLabel, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UnansweredLabels {
    network: &'static str,
    cause: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NetworkLabel {
    network: &'static str,
}

impl QuestionCounts {
    /// Names the figures for operators.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "unanswered_questions",
            "Questions about cards and histories that a network did not answer, by the kind of cause",
            self.unanswered.clone(),
        );
        registry.register(
            "skipped_history_rows",
            "Rows of histories that could not be read and are in no list and no total",
            self.skipped_rows.clone(),
        );
        registry.register(
            "unread_balances",
            "Balances of cards that could not be read and were told as 0",
            self.unread_balances.clone(),
        );
        // Born at 1 they would show no growth.
        for network in [Network::Uzcard, Network::Humo].map(Network::name) {
            drop(self.skipped_rows.get_or_create(&NetworkLabel { network }));
            drop(
                self.unread_balances
                    .get_or_create(&NetworkLabel { network }),
            );
            for cause in [
                "not_reached",
                "no_answer",
                "http_status",
                "unreadable",
                "code",
                "access",
            ] {
                let labels = UnansweredLabels { network, cause };
                drop(self.unanswered.get_or_create(&labels));
            }
        }
    }

    /// A question that a network did not answer.
    pub fn unanswered(&self, network: Network, cause: &'static str) {
        let network = network.name();
        let labels = UnansweredLabels { network, cause };
        self.unanswered.get_or_create(&labels).inc();
    }

    /// Rows of a history that could not be read.
    pub fn skipped_rows(&self, network: Network, rows: u64) {
        let network = network.name();
        let label = NetworkLabel { network };
        self.skipped_rows.get_or_create(&label).inc_by(rows);
    }

    /// A card whose balance could not be read.
    pub fn unread_balance(&self, network: Network) {
        let network = network.name();
        let label = NetworkLabel { network };
        self.unread_balances.get_or_create(&label).inc();
    }
}
