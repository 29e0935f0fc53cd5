//! Who calls, what they may do, and whether anything of their call has left for a network.

use std::sync::{Arc, OnceLock};

use entity::ids::TransactionId;
use entity::partner_terminal;
use rpc_schema::errors::Lang;
use uuid::Uuid;

use crate::domain::app_name::AppName;

/// The partner on whose behalf a call runs.
#[derive(Debug, Clone)]
pub struct Partner {
    pub id: Uuid,
    pub name: String,
    pub permissions: Permissions,
    /// From this amount (tiyin) on, this partner's debits need a code.
    pub code_required_from: Option<i64>,
    pub terminals: Vec<partner_terminal::Model>,
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
            address,
            gate: SendGate::default(),
        }
    }
}

/// The gate between a call and the networks. It is opened or closed once, and stays so.
///
/// Opened, whatever goes wrong in the call is an unknown outcome (-32379), never a failure. Closed, because the caller's
/// time is over and they were told so, nothing may leave any more.
#[derive(Debug, Default)]
pub struct SendGate(OnceLock<Option<TransactionId>>);

impl SendGate {
    /// Lets the call of a transaction leave. False: the gate is closed.
    pub fn open(&self, transaction_id: TransactionId) -> bool {
        self.0.get_or_init(|| Some(transaction_id)).is_some()
    }

    /// Closes the gate. The transaction's number, if it was opened before.
    pub fn close(&self) -> Option<TransactionId> {
        *self.0.get_or_init(|| None)
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.0.get().is_some_and(Option::is_none)
    }

    /// The transaction for which the gate was opened.
    pub fn opened_for(&self) -> Option<TransactionId> {
        self.0.get().copied().flatten()
    }
}
