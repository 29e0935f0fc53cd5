//! What is counted of the calls that move money: which, where, and what was known when they ended.

use entity::processing_request::Action;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use rpc_schema::values::Network;
use sea_orm::{ActiveEnum as _, Iterable as _};

use crate::domain::call::CallResult;
use crate::traffic::{Outcome, Traffic};

/// See the module. Clones share their figures.
#[derive(Debug, Clone, Default)]
pub struct CallCounts {
    ended: Family<Labels, Counter>,
    traffic: Traffic,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    network: &'static str,
    action: String,
    outcome: &'static str,
}

/// How a call can end, as the figures name it.
const OUTCOMES: [&str; 4] = ["approved", "declined", "unknown", "not_sent"];

impl CallCounts {
    /// They go on to `traffic`, too.
    pub(super) fn told_to(traffic: Traffic) -> Self {
        Self {
            traffic,
            ..Self::default()
        }
    }

    /// Names the figures for operators. All of them begin at 0: what is born at 1 shows no growth.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "network_calls",
            "Calls that move money, by network, action, and what was known when they ended: approved, declined, unknown, not_sent",
            self.ended.clone(),
        );
        for network in [Network::Uzcard, Network::Humo] {
            for action in Action::iter() {
                for outcome in OUTCOMES {
                    let _ = self.ended.get_or_create(&labels(network, &action, outcome));
                }
            }
        }
    }

    /// A call has ended.
    pub(super) fn ended(&self, network: Network, action: &Action, result: &CallResult) {
        let (outcome, told) = match result {
            CallResult::Approved(_) | CallResult::Blocked(_) => ("approved", Outcome::Approved),
            CallResult::Refused(_) | CallResult::Overtaken(_) => ("declined", Outcome::Declined),
            CallResult::Unknown(_) | CallResult::Untraceable(_) => ("unknown", Outcome::Unknown),
            CallResult::NotExecuted(_) => ("not_sent", Outcome::NotSent),
        };
        self.traffic.moved(network.name(), told);
        self.ended
            .get_or_create(&labels(network, action, outcome))
            .inc();
    }
}

fn labels(network: Network, action: &Action, outcome: &'static str) -> Labels {
    Labels {
        network: network.name(),
        action: action.to_value(),
        outcome,
    }
}
