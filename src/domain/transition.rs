//! What follows from the reply to a call: the rules of money (docs/contract.md#money) as one table, without I/O.
//!
//! What was found out afterwards is another table, [`super::late_result`].

use entity::processing_request::State;
use entity::transaction::Status;
use rpc_schema::errors::ErrorCode;
use rpc_schema::reason::Reason;
use rpc_schema::values::Network;

use crate::domain::call::{Absence, Call, CallResult, Ended, Overtaken, Receipt};
use crate::domain::failure::Failure;

/// The way that the money of a transaction takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// A debit or a hold.
    Debit,
    /// A transfer that the sender's network carries out by itself, with this fee quoted (tiyin).
    OneLeg { fee: i64 },
    /// A transfer between the networks: a debit on one, then a credit on the other.
    TwoLegs,
}

/// What to record after a call, and what to do then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transition {
    /// What is now known of the request.
    pub request: State,
    /// What happens to the transaction.
    pub next: Next,
}

/// See [`Transition::next`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// What was asked for is done: the transaction's new status, and the receipt that it answers with.
    Done(Status, Receipt),
    /// What had been done is undone: the transaction is declined with the error that it keeps.
    Undone,
    /// It was not done, and no money has moved: the status, and the error.
    Failed(Status, Failure),
    /// It was not done, as the money was taken before: the transaction has `succeeded` with this receipt. The caller
    /// hears the error.
    TakenBefore(Receipt, Failure),
    /// HUMO has blocked the money of a sale: take it.
    Confirm(Receipt),
    /// The confirmation of a sale was refused or never sent: free the money before the partner hears of it.
    Cancel(Receipt, Failure),
    /// The sender of a transfer is debited: credit the recipient on the other network.
    Credit(Receipt),
    /// The recipient of a transfer is not credited: give the sender the debit back before the partner hears of it.
    GiveBack {
        /// The debit's receipt, if the transaction does not keep it yet.
        debit: Option<Receipt>,
        failure: Failure,
    },
    /// What was to undo was not carried out: make the call again, as a request of its own.
    Retry,
    /// No look-up can find out: an operator must. The text says why.
    Manual(String),
    /// The result is not known: the transaction stays as it is until recovery finds out.
    Wait,
}

/// The rule for each call and the result that its reply brought.
pub fn on_result(network: Network, route: Route, call: &Call, result: &CallResult) -> Transition {
    match call {
        Call::Pay(_) => on_pay(network, route, result),
        Call::P2p(_) => on_p2p(network, route, result),
        Call::Confirm(created) => on_confirm(network, route, &created.payment, result),
        Call::Cancel(created) => on_cancel(network, route, &created.payment, result),
        Call::Credit(_) => on_credit(network, result),
        Call::Hold(_) => on_hold(network, result),
        Call::Capture(_) => on_capture(network, result),
        Call::Release(_) => on_undoing(network, Status::Cancelled, Status::Held, result),
        Call::Expire(_) => on_expire(network, result),
        Call::Reverse(_) => match route {
            Route::Debit => on_undoing(network, Status::Reversed, Status::Succeeded, result),
            // Partners do not reverse transfers: this one gives back what could not be credited.
            Route::OneLeg { .. } | Route::TwoLegs => undone_and_declined(result),
        },
        // The payment is reversed once nothing of it is left.
        Call::ReversePart(part) => {
            let undone = match part.is_last {
                true => Status::Reversed,
                false => Status::Succeeded,
            };
            on_undoing(network, undone, Status::Succeeded, result)
        }
    }
}

fn on_pay(network: Network, route: Route, result: &CallResult) -> Transition {
    match result {
        CallResult::Approved(receipt) => taken(route, receipt),
        CallResult::Blocked(receipt) => Transition {
            request: State::Approved,
            next: Next::Confirm(receipt.clone()),
        },
        CallResult::Refused(refusal) => {
            failed(Status::Declined, Failure::refused(network, refusal))
        }
        CallResult::NotExecuted(absence) => {
            failed(Status::Declined, not_executed(network, absence))
        }
        CallResult::Overtaken(_) | CallResult::Untraceable(_) | CallResult::Unknown(_) => wait(),
    }
}

/// The error of a call that was not carried out: what the network had answered to it, or that it was not reached.
fn not_executed(network: Network, absence: &Absence) -> Failure {
    match &absence.first_reply {
        Some(refusal) => Failure::refused(network, refusal),
        None => Failure::unavailable(network),
    }
}

/// HUMO has a tariff of its own; for another fee than the quoted one nothing is taken (-32406, docs/contract.md#transfers),
/// unless the transfer is finished already.
fn on_p2p(network: Network, route: Route, result: &CallResult) -> Transition {
    match result {
        CallResult::Blocked(receipt)
            if Some(route) != receipt.fee.map(|fee| Route::OneLeg { fee }) =>
        {
            let differs =
                Failure::new(ErrorCode::ProcessingSystemError).because(Reason::FeeDiffers);
            Transition {
                request: State::Approved,
                next: Next::Cancel(receipt.clone(), differs),
            }
        }
        CallResult::Approved(_)
        | CallResult::Blocked(_)
        | CallResult::Refused(_)
        | CallResult::Overtaken(_)
        | CallResult::NotExecuted(_)
        | CallResult::Untraceable(_)
        | CallResult::Unknown(_) => on_pay(network, route, result),
    }
}

fn on_confirm(
    network: Network,
    route: Route,
    payment: &Receipt,
    result: &CallResult,
) -> Transition {
    let cancel = |failure| Transition {
        request: State::Declined,
        next: Next::Cancel(payment.clone(), failure),
    };
    match result {
        CallResult::Approved(receipt) => taken(route, receipt),
        CallResult::Refused(refusal) => cancel(Failure::refused(network, refusal)),
        CallResult::NotExecuted(absence) => cancel(not_executed(network, absence)),
        CallResult::Blocked(_)
        | CallResult::Overtaken(_)
        | CallResult::Untraceable(_)
        | CallResult::Unknown(_) => wait(),
    }
}

/// The money is taken from the card that pays.
fn taken(route: Route, receipt: &Receipt) -> Transition {
    match route {
        Route::Debit | Route::OneLeg { .. } => done(Status::Succeeded, receipt),
        Route::TwoLegs => Transition {
            request: State::Approved,
            next: Next::Credit(receipt.clone()),
        },
    }
}

/// An unknown credit is resolved before any reversal: to reverse early would make money.
fn on_credit(network: Network, result: &CallResult) -> Transition {
    let give_back = |failure| Transition {
        request: State::Declined,
        next: Next::GiveBack {
            debit: None,
            failure,
        },
    };
    match result {
        // HUMO's `SOAP_TOCARD_2` credits at once, whichever action it answers.
        CallResult::Approved(receipt) | CallResult::Blocked(receipt) => {
            done(Status::Succeeded, receipt)
        }
        CallResult::Refused(refusal) => give_back(Failure::refused(network, refusal)),
        CallResult::NotExecuted(absence) => give_back(not_executed(network, absence)),
        CallResult::Overtaken(_) | CallResult::Untraceable(_) | CallResult::Unknown(_) => wait(),
    }
}

fn on_hold(network: Network, result: &CallResult) -> Transition {
    match result {
        CallResult::Approved(receipt) => done(Status::Held, receipt),
        CallResult::Refused(refusal) => {
            failed(Status::Declined, Failure::refused(network, refusal))
        }
        CallResult::NotExecuted(absence) => {
            failed(Status::Declined, not_executed(network, absence))
        }
        CallResult::Blocked(_)
        | CallResult::Overtaken(_)
        | CallResult::Untraceable(_)
        | CallResult::Unknown(_) => wait(),
    }
}

fn on_capture(network: Network, result: &CallResult) -> Transition {
    match result {
        CallResult::Approved(receipt) => done(Status::Succeeded, receipt),
        CallResult::Refused(refusal) => failed(Status::Held, Failure::refused(network, refusal)),
        CallResult::Overtaken(Overtaken {
            ended,
            receipt,
            refusal,
        }) => match ended {
            Ended::Freed => failed(Status::Expired, Failure::refused(network, refusal)),
            Ended::Taken => {
                let before = Failure::refused_as(ErrorCode::AlreadyCarriedOut, network, refusal);
                taken_before(receipt, before)
            }
        },
        CallResult::NotExecuted(absence) => failed(Status::Held, not_executed(network, absence)),
        CallResult::Blocked(_) | CallResult::Untraceable(_) | CallResult::Unknown(_) => wait(),
    }
}

/// What waits for its confirmation is cancelled, unless it turns out that it was confirmed after all.
fn on_cancel(network: Network, route: Route, payment: &Receipt, result: &CallResult) -> Transition {
    let ended = match result {
        CallResult::Overtaken(overtaken) => Some(overtaken.ended),
        CallResult::Approved(_)
        | CallResult::Blocked(_)
        | CallResult::Refused(_)
        | CallResult::NotExecuted(_)
        | CallResult::Untraceable(_)
        | CallResult::Unknown(_) => None,
    };
    match (ended, route) {
        (Some(Ended::Taken), Route::Debit | Route::OneLeg { .. }) => Transition {
            request: State::Declined,
            next: Next::Done(Status::Succeeded, payment.clone()),
        },
        // The partner has waited long enough: the credit would be a new movement.
        (Some(Ended::Taken), Route::TwoLegs) => Transition {
            request: State::Declined,
            next: Next::GiveBack {
                debit: Some(payment.clone()),
                failure: Failure::unavailable(network).because(Reason::Interrupted),
            },
        },
        (Some(Ended::Freed) | None, _) => undone_and_declined(result),
    }
}

/// A sale that is cancelled, or a debit that is given back. The partner hears the error that made it necessary; the
/// transaction keeps it until then.
fn undone_and_declined(result: &CallResult) -> Transition {
    match result {
        CallResult::Approved(_) => Transition {
            request: State::Approved,
            next: Next::Undone,
        },
        // The money may still be blocked or taken. The request stays open, so that recovery asks the network and undoes
        // it again.
        CallResult::Refused(_)
        | CallResult::Overtaken(_)
        | CallResult::NotExecuted(_)
        | CallResult::Blocked(_)
        | CallResult::Untraceable(_)
        | CallResult::Unknown(_) => wait(),
    }
}

/// A refusal to end a hold whose time is over says nothing: the network may have ended it by itself. So it is asked where
/// the hold stands; a guess could make the gateway release it for ever.
fn on_expire(network: Network, result: &CallResult) -> Transition {
    match result {
        CallResult::Refused(_) => wait(),
        CallResult::Approved(_)
        | CallResult::Blocked(_)
        | CallResult::Overtaken(_)
        | CallResult::NotExecuted(_)
        | CallResult::Untraceable(_)
        | CallResult::Unknown(_) => on_undoing(network, Status::Expired, Status::Held, result),
    }
}

/// A release or a reversal: done, or the transaction is again what it was.
fn on_undoing(network: Network, undone: Status, before: Status, result: &CallResult) -> Transition {
    let refused = |refusal| {
        Failure::refused_as(ErrorCode::CancelFailed, network, refusal)
            .because(Reason::RefusedByNetwork)
    };
    match result {
        CallResult::Approved(receipt) => done(undone, receipt),
        CallResult::Refused(refusal) => failed(before, refused(refusal)),
        CallResult::Overtaken(Overtaken {
            ended: Ended::Taken,
            receipt,
            refusal,
        }) => taken_before(receipt, refused(refusal)),
        CallResult::NotExecuted(absence) => match &absence.first_reply {
            Some(refusal) => failed(before, refused(refusal)),
            None => failed(before, Failure::unavailable(network)),
        },
        CallResult::Overtaken(Overtaken {
            ended: Ended::Freed,
            ..
        })
        | CallResult::Blocked(_)
        | CallResult::Untraceable(_)
        | CallResult::Unknown(_) => wait(),
    }
}

fn taken_before(receipt: &Receipt, failure: Failure) -> Transition {
    Transition {
        request: State::Declined,
        next: Next::TakenBefore(receipt.clone(), failure),
    }
}

fn done(status: Status, receipt: &Receipt) -> Transition {
    Transition {
        request: State::Approved,
        next: Next::Done(status, receipt.clone()),
    }
}

fn failed(status: Status, failure: Failure) -> Transition {
    Transition {
        request: State::Declined,
        next: Next::Failed(status, failure),
    }
}

fn wait() -> Transition {
    Transition {
        request: State::Unknown,
        next: Next::Wait,
    }
}

#[cfg(test)]
#[path = "transition_tests.rs"]
mod tests;
