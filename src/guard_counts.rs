//! What is counted of callers who were kept out or held back.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

/// See the module. Clones share their figures.
#[derive(Debug, Clone, Default)]
pub struct GuardCounts {
    logins: Family<OutcomeLabel, Counter>,
    limited: Family<LimitLabel, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct LimitLabel {
    limit: &'static str,
}

/// What became of a login that did not succeed.
#[derive(Debug, Clone, Copy)]
pub enum Login {
    /// An unknown user or a wrong secret.
    Wrong,
    /// It was the last failure: its pair is locked out now.
    Locked,
    /// Refused unseen, as its pair or its source is locked out.
    Refused,
}

impl GuardCounts {
    /// Names the figures for operators.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "failed_logins",
            "Logins that failed (wrong), that locked a user name out from a source (locked), that were refused unseen (refused)",
            self.logins.clone(),
        );
        registry.register(
            "limited_calls",
            "Calls refused by one of the limits of [limits]",
            self.limited.clone(),
        );
    }

    /// A login that did not succeed.
    pub fn login(&self, login: Login) {
        let outcome = match login {
            Login::Wrong => "wrong",
            Login::Locked => "locked",
            Login::Refused => "refused",
        };
        self.logins.get_or_create(&OutcomeLabel { outcome }).inc();
    }

    /// A call that one of the limits has refused.
    pub fn limited(&self, limit: &'static str) {
        self.limited.get_or_create(&LimitLabel { limit }).inc();
    }
}
