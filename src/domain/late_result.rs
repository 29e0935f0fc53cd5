//! What follows from what was found out afterwards about a call whose result was not known
//! (docs/contract.md#what-recovery-may-do).
//!
//! Recovery completes what a network already did, or undoes it; it never starts a forward movement. So these rules
//! differ from those of a reply ([`super::transition`]) in just the places where a reply would lead on.

use entity::processing_request::State;
use rpc_schema::reason::Reason;
use rpc_schema::values::Network;

use crate::domain::call::{Call, CallResult, Receipt};
use crate::domain::failure::Failure;
use crate::domain::transition::{Next, Route, Transition, on_result};

/// The rule for each call and result. After the `last_lookup`, an operator must find out.
pub fn on_late_result(
    network: Network,
    route: Route,
    call: &Call,
    result: &CallResult,
    last_lookup: bool,
) -> Transition {
    let interrupted = || Failure::unavailable(network).because(Reason::Interrupted);
    let give_back = |request, debit: &Receipt| Transition {
        request,
        next: Next::GiveBack {
            debit: Some(debit.clone()),
            failure: interrupted(),
        },
    };
    let manual = |cause: &str| Transition {
        request: State::Unknown,
        next: Next::Manual(cause.to_owned()),
    };
    // What undoes is made again until it is done: there is no other way out.
    let retry = |why: &str| match last_lookup {
        true => manual(why),
        false => Transition {
            request: State::Declined,
            next: Next::Retry,
        },
    };
    let as_replied = || on_result(network, route, call, result);
    match result {
        CallResult::Approved(receipt) => match (call, route) {
            // The credit would be a new movement.
            (Call::Pay(_) | Call::Confirm(_), Route::TwoLegs) => {
                give_back(State::Approved, receipt)
            }
            _ => as_replied(),
        },
        CallResult::Blocked(receipt) => match call {
            // Never confirmed late.
            Call::Pay(_) | Call::P2p(_) => Transition {
                request: State::Approved,
                next: Next::Cancel(receipt.clone(), interrupted()),
            },
            Call::Confirm(_)
            | Call::Cancel(_)
            | Call::Hold(_)
            | Call::Capture(_)
            | Call::Release(_)
            | Call::Expire(_)
            | Call::Reverse(_)
            | Call::ReversePart(_)
            | Call::Credit(_) => as_replied(),
        },
        CallResult::Refused(_) => match (call, route) {
            (Call::Cancel(_), _) | (Call::Reverse(_), Route::OneLeg { .. } | Route::TwoLegs) => {
                retry("the network refuses to undo it")
            }
            _ => as_replied(),
        },
        CallResult::Overtaken(_) => as_replied(),
        CallResult::NotExecuted(absence) => match (call, route) {
            (Call::Cancel(_), _) | (Call::Reverse(_), Route::OneLeg { .. } | Route::TwoLegs) => {
                retry(&absence.how)
            }
            _ => as_replied(),
        },
        CallResult::Untraceable(why) => manual(why),
        CallResult::Unknown(doubt) if last_lookup => manual(&doubt.cause),
        CallResult::Unknown(_) => Transition {
            request: State::Unknown,
            next: Next::Wait,
        },
    }
}

#[cfg(test)]
#[path = "late_result_tests.rs"]
mod tests;
