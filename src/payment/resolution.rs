//! What is known of how a call ended, and from whom: the network's reply, a look-up, or an operator.

use std::fmt;

use entity::ids::ProcessingRequestId;
use entity::processing_request::{self, Action, SettledBy, State};
use entity::time::UnixMillis;
use rpc_schema::values::Network;
use sea_orm::ActiveEnum as _;

use crate::domain::call::{Call, CallResult};
use crate::domain::late_result::on_late_result;
use crate::domain::transition::{Route, Transition, on_result};

use super::intent::PendingCall;

/// The result of a call, with its source.
#[derive(Debug, Clone)]
pub(crate) struct Resolution {
    pub(super) result: CallResult,
    pub(super) source: SettledBy,
    /// It was found out when nobody waited for it any more, so whatever would need a further movement is undone
    /// instead.
    late: bool,
    /// It will not be looked up again.
    last_lookup: bool,
    /// When to look again, where that is known; UNIX milliseconds.
    pub(super) look_again_at: Option<UnixMillis>,
}

impl Resolution {
    /// The network's answer to the call, or that there was none.
    pub(super) fn by_reply(result: CallResult) -> Self {
        Self {
            result,
            source: SettledBy::Reply,
            late: false,
            last_lookup: false,
            look_again_at: None,
        }
    }

    /// What the network said when it was asked at once, as its answer had left the outcome open. Somebody still waits.
    pub(super) fn by_question(result: CallResult) -> Self {
        let source = match result {
            CallResult::Unknown(_) => SettledBy::Reply,
            CallResult::Approved(_)
            | CallResult::Blocked(_)
            | CallResult::Refused(_)
            | CallResult::Overtaken(_)
            | CallResult::NotExecuted(_)
            | CallResult::Untraceable(_) => SettledBy::LookUp,
        };
        Self {
            source,
            ..Self::by_reply(result)
        }
    }

    /// What a look-up found.
    pub(super) fn by_lookup(
        result: CallResult,
        last_lookup: bool,
        look_again_at: Option<UnixMillis>,
    ) -> Self {
        let source = match result {
            CallResult::NotExecuted(_) => SettledBy::NotFound,
            CallResult::Approved(_)
            | CallResult::Blocked(_)
            | CallResult::Refused(_)
            | CallResult::Overtaken(_)
            | CallResult::Untraceable(_)
            | CallResult::Unknown(_) => SettledBy::LookUp,
        };
        Self {
            result,
            source,
            late: true,
            last_lookup,
            look_again_at,
        }
    }

    /// What an operator found out.
    pub(super) fn by_operator(result: CallResult) -> Self {
        Self {
            result,
            source: SettledBy::Operator,
            late: true,
            last_lookup: false,
            look_again_at: None,
        }
    }

    /// The same result for a transaction that was given up before the reply arrived, so that nothing new is begun.
    /// `None` if the reply says nothing.
    pub(super) fn as_late(&self) -> Option<Self> {
        match self.result {
            CallResult::Unknown(_) => None,
            CallResult::Approved(_)
            | CallResult::Blocked(_)
            | CallResult::Refused(_)
            | CallResult::Overtaken(_)
            | CallResult::NotExecuted(_)
            | CallResult::Untraceable(_) => Some(Self {
                late: true,
                ..self.clone()
            }),
        }
    }

    /// Whether it says that the call may have been carried out, and no more.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.result, CallResult::Unknown(_))
    }

    /// Whether anything would be forgotten if it were not recorded: the network's own answer.
    pub(super) fn is_worth_keeping(&self) -> bool {
        self.is_reply() && (!self.is_open() || self.result.open_reply().is_some())
    }

    /// Whether it is the reply to a call for which somebody may still wait.
    pub(super) fn is_reply(&self) -> bool {
        !self.late
    }

    /// What follows from it.
    pub(super) fn transition(&self, network: Network, route: Route, call: &Call) -> Transition {
        if self.late {
            on_late_result(network, route, call, &self.result, self.last_lookup)
        } else {
            on_result(network, route, call, &self.result)
        }
    }

    /// The line in the transaction's history.
    pub(super) fn event(&self, action: Action, request_id: ProcessingRequestId) -> String {
        let how = match self.source {
            SettledBy::Reply => "",
            SettledBy::LookUp | SettledBy::NotFound => ", looked up",
            SettledBy::Operator => ", by an operator",
        };
        format!("{} of request {request_id}{how}", action.to_value())
    }

    /// How this contradicts the way in which a request was settled; `None` if it agrees, or says nothing.
    pub(super) fn contradiction_of(&self, settled: &processing_request::Model) -> Option<String> {
        let carried_out = match &self.result {
            CallResult::Approved(_) | CallResult::Blocked(_) => true,
            CallResult::Refused(_) | CallResult::Overtaken(_) | CallResult::NotExecuted(_) => false,
            CallResult::Unknown(_) | CallResult::Untraceable(_) => return None,
        };
        match (settled.state, carried_out) {
            (State::Declined, true) => Some(format!("carried out: {self}")),
            // Asked afterwards, a network also says so of what was carried out and undone since.
            (State::Approved, false) if self.source == SettledBy::LookUp => None,
            (State::Approved, false) => Some(format!("not carried out: {self}")),
            (State::Approved, true)
            | (State::Declined, false)
            | (State::Sent | State::Unknown, _) => None,
        }
    }

    /// Logs what was asked, and how it ended.
    pub(super) fn log(&self, pending: &PendingCall) {
        let (transaction_id, call_id) = (pending.transaction.id.0, pending.id.0);
        let network = pending.network().name();
        let action = pending.call.action().to_value();
        let (reference, by) = (&pending.reference, self.source.to_value());
        let (cause, code) = (self.result.cause(), self.result.processing_code());
        match &self.result {
            CallResult::Approved(receipt) | CallResult::Blocked(receipt) => {
                let (id, ref_num) = (&receipt.network_id, &receipt.ref_num);
                tracing::info!(
                    transaction_id,
                    call_id,
                    network,
                    action,
                    reference,
                    by,
                    id,
                    ref_num,
                    "approved"
                );
            }
            CallResult::Unknown(_) | CallResult::Untraceable(_) => tracing::warn!(
                transaction_id,
                call_id,
                network,
                action,
                reference,
                by,
                cause,
                code,
                "outcome unknown"
            ),
            CallResult::NotExecuted(_) if self.is_reply() => tracing::warn!(
                transaction_id,
                call_id,
                network,
                action,
                reference,
                by,
                cause,
                "not sent"
            ),
            CallResult::Refused(_) | CallResult::Overtaken(_) | CallResult::NotExecuted(_) => {
                tracing::info!(
                    transaction_id,
                    call_id,
                    network,
                    action,
                    reference,
                    by,
                    cause,
                    code,
                    "not carried out"
                );
            }
        }
    }
}

/// As an operator reads it: the source, and what it said.
impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "by {}", self.source.to_value())?;
        if let CallResult::Blocked(_) = self.result {
            write!(f, ", blocked and not taken yet")?;
        }
        if let Some(receipt) = self.result.receipt() {
            let named = [
                ("reference", &receipt.reference.0),
                ("id", &receipt.network_id),
                ("refNum", &receipt.ref_num),
                ("RRN", &receipt.rrn),
                ("approval code", &receipt.apr_code),
            ];
            for (name, value) in named.into_iter().filter(|(_, value)| !value.is_empty()) {
                write!(f, ", {name} {value}")?;
            }
        }
        if let Some(code) = self.result.processing_code() {
            write!(f, ", code {code}")?;
        }
        if let Some(cause) = self.result.cause() {
            write!(f, ", {cause}")?;
        }
        Ok(())
    }
}
