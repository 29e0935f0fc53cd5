//! What follows from the outcome of a call: the rules of money (design sections 3 and 4) as one table, without I/O.

use entity::processing_request::{Action, State};
use entity::transaction::Status;
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::Network;

use crate::domain::failure::Failure;
use crate::processing::{Call, Outcome, Receipt};

/// What to record after a call, and what to do then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What is now known of the request.
    pub request: State,
    /// What the transaction does.
    pub next: Next,
}

/// See [`Progress::next`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Everything the partner asked for was carried out: the transaction's new status, and the receipt it answers with.
    Done(Status, Receipt),
    /// It was not, and no money has moved: the status, and the error.
    Failed(Status, Failure),
    /// HUMO has blocked the money of a sale: take it.
    Confirm(Receipt),
    /// The confirmation of a sale was refused or never left: free the money before the partner hears of it.
    Cancel(Receipt, Failure),
    /// The outcome is not known: the transaction stays as it is until recovery finds out.
    Wait,
}

/// The rule for each call and outcome.
pub fn after(network: Network, action: Action, call: &Call, outcome: &Outcome) -> Progress {
    match call {
        Call::Pay { .. } => after_pay(network, outcome),
        Call::Confirm { payment, .. } => after_confirm(network, payment, outcome),
        Call::Cancel { .. } => after_cancel(outcome),
        Call::Hold { .. } => match outcome {
            Outcome::Approved(receipt) => done(Status::Held, receipt),
            Outcome::Refused(refusal) => {
                failed(Status::Declined, Failure::refused(network, refusal))
            }
            Outcome::NotSent(_) => failed(Status::Declined, Failure::unavailable(network)),
            Outcome::Blocked(_) | Outcome::Unknown(_) => wait(),
        },
        Call::Capture { .. } => match outcome {
            Outcome::Approved(receipt) => done(Status::Succeeded, receipt),
            Outcome::Refused(refusal) => {
                let status = if refusal.gone {
                    Status::Expired
                } else {
                    Status::Held
                };
                failed(status, Failure::refused(network, refusal))
            }
            Outcome::NotSent(_) => failed(Status::Held, Failure::unavailable(network)),
            Outcome::Blocked(_) | Outcome::Unknown(_) => wait(),
        },
        Call::Release { .. } if action == Action::Expire => after_expire(network, outcome),
        Call::Release { .. } => undo(network, Status::Cancelled, Status::Held, outcome),
        Call::Reverse { .. } => undo(network, Status::Reversed, Status::Succeeded, outcome),
    }
}

fn after_pay(network: Network, outcome: &Outcome) -> Progress {
    match outcome {
        Outcome::Approved(receipt) => done(Status::Succeeded, receipt),
        Outcome::Blocked(receipt) => Progress {
            request: State::Approved,
            next: Next::Confirm(receipt.clone()),
        },
        Outcome::Refused(refusal) => failed(Status::Declined, Failure::refused(network, refusal)),
        Outcome::NotSent(_) => failed(Status::Declined, Failure::unavailable(network)),
        Outcome::Unknown(_) => wait(),
    }
}

fn after_confirm(network: Network, payment: &Receipt, outcome: &Outcome) -> Progress {
    let cancel = |failure| Progress {
        request: State::Declined,
        next: Next::Cancel(payment.clone(), failure),
    };
    match outcome {
        Outcome::Approved(receipt) => done(Status::Succeeded, receipt),
        Outcome::Refused(refusal) => cancel(Failure::refused(network, refusal)),
        Outcome::NotSent(_) => cancel(Failure::unavailable(network)),
        Outcome::Blocked(_) | Outcome::Unknown(_) => wait(),
    }
}

/// The error that a cancel answers is the one that made it necessary; the transaction keeps it until then.
fn after_cancel(outcome: &Outcome) -> Progress {
    match outcome {
        Outcome::Approved(receipt) => done(Status::Declined, receipt),
        // The money may still be blocked. The request stays unsettled, so that recovery asks HUMO and cancels again.
        Outcome::Refused(_) | Outcome::NotSent(_) | Outcome::Blocked(_) | Outcome::Unknown(_) => {
            wait()
        }
    }
}

/// A hold that the network has ended by itself has ended all the same.
fn after_expire(network: Network, outcome: &Outcome) -> Progress {
    match outcome {
        Outcome::Refused(refusal) if refusal.gone => failed(
            Status::Expired,
            Failure::new(ErrorCode::AlreadyCancelled).because("hold_expired"),
        ),
        Outcome::Approved(_)
        | Outcome::Blocked(_)
        | Outcome::Refused(_)
        | Outcome::NotSent(_)
        | Outcome::Unknown(_) => undo(network, Status::Expired, Status::Held, outcome),
    }
}

/// A release or a reversal: done, or the transaction is again what it was.
fn undo(network: Network, undone: Status, before: Status, outcome: &Outcome) -> Progress {
    match outcome {
        Outcome::Approved(receipt) => done(undone, receipt),
        Outcome::Refused(refusal) => failed(
            before,
            Failure::refused_as(ErrorCode::CancelFailed, network, refusal)
                .because("refused_by_network"),
        ),
        Outcome::NotSent(_) => failed(before, Failure::unavailable(network)),
        Outcome::Blocked(_) | Outcome::Unknown(_) => wait(),
    }
}

fn done(status: Status, receipt: &Receipt) -> Progress {
    Progress {
        request: State::Approved,
        next: Next::Done(status, receipt.clone()),
    }
}

fn failed(status: Status, failure: Failure) -> Progress {
    Progress {
        request: State::Declined,
        next: Next::Failed(status, failure),
    }
}

fn wait() -> Progress {
    Progress {
        request: State::Unknown,
        next: Next::Wait,
    }
}

impl Call {
    /// The action that its row records, unless the end of a hold's time makes a release an [`Action::Expire`].
    pub fn action(&self) -> Action {
        match self {
            Self::Pay { .. } => Action::Pay,
            Self::Confirm { .. } => Action::Confirm,
            Self::Cancel { .. } => Action::Cancel,
            Self::Hold { .. } => Action::Hold,
            Self::Capture { .. } => Action::Capture,
            Self::Release { .. } => Action::Release,
            Self::Reverse { .. } => Action::Reverse,
        }
    }
}
