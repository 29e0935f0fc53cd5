//! What was learned of a call: from the network's reply, by looking afterwards, or from an operator.

use entity::processing_request::{self, Action, SettledBy, State};
use rpc_schema::values::Network;

use crate::domain::finding::{Finding, after_finding};
use crate::domain::progress::{self, Plan, Progress};
use crate::processing::{Call, Doubt, Outcome, Receipt};

use super::execution::{Intended, network_of};

/// What was learned of a call, and from whom.
#[derive(Debug, Clone)]
pub(crate) enum Learned {
    /// The network's answer to the call, or the want of one.
    Reply(Outcome),
    /// What was found out afterwards.
    Found {
        finding: Finding,
        by: SettledBy,
        /// It will not be looked up again.
        last_try: bool,
        /// When to look again, where that is known; UNIX milliseconds.
        again_at: Option<i64>,
    },
}

impl Learned {
    pub(super) fn progress(
        &self,
        network: Network,
        plan: Plan,
        action: Action,
        call: &Call,
    ) -> Progress {
        match self {
            Self::Reply(outcome) => progress::after(network, plan, action, call, outcome),
            Self::Found {
                finding, last_try, ..
            } => after_finding(network, plan, action, call, finding, *last_try),
        }
    }

    pub(super) fn receipt(&self) -> Option<&Receipt> {
        match self {
            Self::Reply(Outcome::Approved(receipt) | Outcome::Blocked(receipt))
            | Self::Found {
                finding: Finding::Executed(receipt) | Finding::Blocked(receipt),
                ..
            } => Some(receipt),
            Self::Reply(Outcome::Refused(_) | Outcome::NotSent(_) | Outcome::Unknown(_))
            | Self::Found {
                finding:
                    Finding::Refused(_)
                    | Finding::NotExecuted(_)
                    | Finding::Untraceable(_)
                    | Finding::Open(_),
                ..
            } => None,
        }
    }

    pub(super) fn processing_code(&self) -> Option<String> {
        match self {
            Self::Reply(Outcome::Refused(refusal))
            | Self::Found {
                finding: Finding::Refused(refusal),
                ..
            } => Some(refusal.processing_code.clone()),
            Self::Reply(Outcome::Unknown(doubt))
            | Self::Found {
                finding: Finding::Open(doubt),
                ..
            } => doubt.processing_code.clone(),
            Self::Reply(Outcome::Approved(_) | Outcome::Blocked(_) | Outcome::NotSent(_))
            | Self::Found {
                finding:
                    Finding::Executed(_)
                    | Finding::Blocked(_)
                    | Finding::NotExecuted(_)
                    | Finding::Untraceable(_),
                ..
            } => None,
        }
    }

    pub(super) fn cause(&self) -> Option<String> {
        match self {
            Self::Reply(Outcome::NotSent(cause) | Outcome::Unknown(Doubt { cause, .. }))
            | Self::Found {
                finding:
                    Finding::NotExecuted(cause)
                    | Finding::Untraceable(cause)
                    | Finding::Open(Doubt { cause, .. }),
                ..
            } => Some(cause.clone()),
            Self::Reply(Outcome::Approved(_) | Outcome::Blocked(_) | Outcome::Refused(_))
            | Self::Found {
                finding: Finding::Executed(_) | Finding::Blocked(_) | Finding::Refused(_),
                ..
            } => None,
        }
    }

    /// When to look again, where that is known.
    pub(super) fn again_at(&self) -> Option<i64> {
        match self {
            Self::Reply(_) => None,
            Self::Found { again_at, .. } => *again_at,
        }
    }

    pub(super) fn by(&self) -> SettledBy {
        match self {
            Self::Reply(_) => SettledBy::Reply,
            Self::Found { by, .. } => *by,
        }
    }

    /// What the transaction's history says.
    pub(super) fn event(&self, action: Action, request_id: i64) -> String {
        let how = match self.by() {
            SettledBy::Reply => "",
            SettledBy::LookUp | SettledBy::NotFound => ", looked up",
            SettledBy::Operator => ", by an operator",
        };
        let action = format!("{action:?}").to_lowercase();
        format!("{action} of request {request_id}{how}")
    }

    /// What a reply says of a transaction that was given up before it came: as if it had been found out, so that nothing
    /// new is begun. `None` where it says nothing.
    pub(super) fn in_hindsight(&self) -> Option<Self> {
        let finding = match self {
            Self::Reply(Outcome::Approved(receipt)) => Finding::Executed(receipt.clone()),
            Self::Reply(Outcome::Blocked(receipt)) => Finding::Blocked(receipt.clone()),
            Self::Reply(Outcome::Refused(refusal)) => Finding::Refused(refusal.clone()),
            Self::Reply(Outcome::NotSent(cause)) => Finding::NotExecuted(cause.clone()),
            Self::Reply(Outcome::Unknown(_)) => return None,
            Self::Found { finding, .. } => finding.clone(),
        };
        Some(Self::Found {
            finding,
            by: self.by(),
            last_try: false,
            again_at: None,
        })
    }

    /// What this says against how a request was settled; `None` where it agrees, or says nothing.
    pub(super) fn contradiction_of(&self, settled: &processing_request::Model) -> Option<String> {
        let carried_out = match self {
            Self::Reply(Outcome::Approved(_) | Outcome::Blocked(_))
            | Self::Found {
                finding: Finding::Executed(_) | Finding::Blocked(_),
                ..
            } => true,
            Self::Reply(Outcome::Refused(_) | Outcome::NotSent(_))
            | Self::Found {
                finding: Finding::Refused(_) | Finding::NotExecuted(_),
                ..
            } => false,
            // It left, and may have been carried out after it was taken for one that never comes.
            Self::Reply(Outcome::Unknown(_)) => {
                let absent = settled.settled_by == Some(SettledBy::NotFound);
                return absent.then(|| format!("it left, late: {self:?}"));
            }
            Self::Found {
                finding: Finding::Untraceable(_) | Finding::Open(_),
                ..
            } => return None,
        };
        match (settled.state, carried_out) {
            (State::Declined, true) => Some(format!("carried out: {self:?}")),
            (State::Approved, false) => Some(format!("not carried out: {self:?}")),
            (State::Approved, true)
            | (State::Declined, false)
            | (State::Sent | State::Unknown, _) => None,
        }
    }

    /// The log of a call: what was asked, and what came of it.
    pub(crate) fn tell(&self, intended: &Intended) {
        let transaction_id = intended.transaction.id;
        let network = network_of(&intended.transaction, &intended.call).name();
        let action = format!("{:?}", intended.action).to_lowercase();
        let reference = &intended.reference;
        let by = match self.by() {
            SettledBy::Reply => "reply",
            SettledBy::LookUp => "look-up",
            SettledBy::NotFound => "not found",
            SettledBy::Operator => "operator",
        };
        if let Some(receipt) = self.receipt() {
            if let (Call::P2p { fee: quoted, .. }, Some(taken)) = (&intended.call, receipt.fee)
                && *quoted != taken
            {
                tracing::error!(
                    transaction_id,
                    quoted,
                    taken,
                    "the network names another fee than was quoted; where it is finished, it was taken"
                );
            }
            let (id, ref_num) = (&receipt.network_id, &receipt.ref_num);
            tracing::info!(
                transaction_id,
                network,
                action,
                reference,
                by,
                id,
                ref_num,
                "approved"
            );
            return;
        }
        let (cause, code) = (self.cause(), self.processing_code());
        match self {
            Self::Reply(Outcome::Unknown(_))
            | Self::Found {
                finding: Finding::Open(_) | Finding::Untraceable(_),
                ..
            } => tracing::warn!(
                transaction_id,
                network,
                action,
                reference,
                by,
                cause,
                code,
                "outcome unknown"
            ),
            Self::Reply(Outcome::NotSent(_)) => tracing::warn!(
                transaction_id,
                network,
                action,
                reference,
                by,
                cause,
                "not sent"
            ),
            Self::Reply(_) | Self::Found { .. } => tracing::info!(
                transaction_id,
                network,
                action,
                reference,
                by,
                cause,
                code,
                "not carried out"
            ),
        }
    }
}
