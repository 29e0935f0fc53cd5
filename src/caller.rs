//! Who calls, what they may do, whether anything of their call has left for a network, and who hears how it ended.

mod pending_reply;

use std::fmt;
use std::sync::{Arc, OnceLock};

use entity::ids::TransactionId;
use entity::partner_terminal;
use entity::time::UnixMillis;
use rpc_schema::errors::Lang;
use rpc_schema::values::Network;
use uuid::Uuid;

pub use self::pending_reply::{Ended, EndedReplies, Hearer, PendingReply};
use crate::domain::app_name::ANY;
use crate::domain::app_name::AppName;
use crate::domain::source::Source;

/// The partner on whose behalf a call runs.
#[derive(Debug, Clone)]
pub struct Partner {
    pub id: Uuid,
    pub name: String,
    pub permissions: Permissions,
    /// From this amount (tiyin) on, this partner's debits need a code.
    pub code_required_from: Option<i64>,
    pub terminals: Vec<partner_terminal::Model>,
    /// Its account at UZCARD.
    pub uzcard_account: String,
    /// Its account at HUMO.
    pub humo_account: String,
    /// The applications that it may name in SMS texts; [`ANY`] stands for all.
    pub applications: Vec<String>,
    /// Whether it hears by webhook what it was not told in a reply.
    pub has_webhook: bool,
}

impl Partner {
    /// The account at a network under which it attaches cards, and pays.
    pub fn account(&self, network: Network) -> &str {
        match network {
            Network::Uzcard => &self.uzcard_account,
            Network::Humo => &self.humo_account,
        }
    }

    /// Whether the holder of a card may read this application's name as the sender.
    pub fn may_name(&self, application: &str) -> bool {
        self.applications
            .iter()
            .any(|own| own == application || own == ANY)
    }
}

/// What a partner may do: names of methods, `namespace.*`, `*`, and `pan.read`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions(Vec<String>);

impl Permissions {
    /// From the words of the table, separated by blanks.
    pub fn parse(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_owned).collect())
    }

    /// Whether `name` is among them.
    pub fn allow(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|permission| match permission.strip_suffix('*') {
                Some(prefix) => name.starts_with(prefix),
                None => permission == name,
            })
    }
}

/// Who calls, and how: what a method knows besides its params.
#[derive(Debug)]
pub struct Caller {
    pub partner: Arc<Partner>,
    /// The header `lang`; each use has its own default.
    pub lang: Option<Lang>,
    pub app_name: Option<AppName>,
    /// Under which the log has the call, and the partner its reply.
    pub request_id: Uuid,
    /// From where it came, and when.
    pub arrival: Arrival,
    /// The URL under which the caller sees the gateway.
    pub address: Arc<str>,
    /// Whether a byte of this call may have left for a network.
    pub gate: SendGate,
}

impl Caller {
    /// A caller of which nothing has left yet.
    pub fn new(
        partner: Arc<Partner>,
        lang: Option<Lang>,
        app_name: Option<AppName>,
        request_id: Uuid,
        address: Arc<str>,
    ) -> Self {
        Self {
            partner,
            lang,
            app_name,
            request_id,
            arrival: Arrival::default(),
            address,
            gate: SendGate::default(),
        }
    }

    /// The same, which came so.
    #[must_use]
    pub fn arrived(self, arrival: Arrival) -> Self {
        Self { arrival, ..self }
    }

    /// The same, whose reply may tell how the call ends.
    #[must_use]
    pub fn heard_by(self, hearer: Hearer) -> Self {
        Self {
            gate: SendGate::heard_by(hearer),
            ..self
        }
    }

    /// The same, whose orders this witness hears of.
    #[must_use]
    pub fn witnessed_by(self, witness: Arc<dyn Witness>) -> Self {
        let gate = self.gate.witnessed_by(witness);
        Self { gate, ..self }
    }
}

/// How a request came: from where, and when.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    pub source: Source,
    pub at: UnixMillis,
}

impl Default for Arrival {
    /// From this machine, at no time: of what no request asks for.
    fn default() -> Self {
        Self {
            source: Source::default(),
            at: UnixMillis(0),
        }
    }
}

/// Hears that a movement of money is ordered: its intent is durable, and nothing of it has left.
pub trait Witness: fmt::Debug + Send + Sync {
    /// Hears of this transaction's order. It does not wait.
    fn ordered(&self, transaction_id: TransactionId);
}

/// The gate between a call and the networks. It is opened or closed once, and stays so.
///
/// Opened, whatever goes wrong in the call is an unknown outcome (-32379), never a failure. Closed, because the caller's
/// time is over and they were told so, nothing may leave any more.
///
/// By default it is that of a call that the gateway makes by itself.
#[derive(Debug, Default)]
pub struct SendGate {
    opened: OnceLock<Option<TransactionId>>,
    hearer: Hearer,
    witness: Option<Arc<dyn Witness>>,
}

impl SendGate {
    /// The gate of a call whose end this one hears.
    pub fn heard_by(hearer: Hearer) -> Self {
        Self {
            opened: OnceLock::new(),
            hearer,
            witness: None,
        }
    }

    /// The same, whose opening this witness hears of.
    #[must_use]
    pub fn witnessed_by(self, witness: Arc<dyn Witness>) -> Self {
        Self {
            witness: Some(witness),
            ..self
        }
    }

    /// A gate that lets everything leave and whose end the same caller hears: for what must be made, whoever waits.
    #[must_use]
    pub fn always_open(&self) -> Self {
        Self {
            witness: self.witness.clone(),
            ..Self::heard_by(self.hearer.clone())
        }
    }

    /// Who hears in a reply how the call ends.
    pub fn hearer(&self) -> &Hearer {
        &self.hearer
    }

    /// Lets the call of a transaction leave. False: the gate is closed.
    pub fn open(&self, transaction_id: TransactionId) -> bool {
        let opened = self.opened.get_or_init(|| {
            if let Some(witness) = &self.witness {
                witness.ordered(transaction_id);
            }
            Some(transaction_id)
        });
        opened.is_some()
    }

    /// Closes the gate. The transaction's number, if it was opened before.
    pub fn close(&self) -> Option<TransactionId> {
        *self.opened.get_or_init(|| None)
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.opened.get().is_some_and(Option::is_none)
    }

    /// The transaction for which the gate was opened.
    pub fn opened_for(&self) -> Option<TransactionId> {
        self.opened.get().copied().flatten()
    }
}
