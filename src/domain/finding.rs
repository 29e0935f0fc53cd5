//! What follows from what was found out afterwards about a call whose outcome was not known (design section 4).
//!
//! Recovery completes what a network already did, or undoes it; it never starts a forward movement. So these rules differ
//! from those of a reply ([`super::progress::after`]) in just the places where a reply would lead on.

use entity::processing_request::{Action, State};
use entity::transaction::Status;
use rpc_schema::values::Network;

use crate::domain::failure::Failure;
use crate::domain::progress::{Next, Plan, Progress, after};
use crate::processing::{Call, Doubt, Found, Outcome, Receipt, Refusal};

/// What was found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The network carried the call out.
    Executed(Receipt),
    /// HUMO: the payment was created and waits for its confirmation.
    Blocked(Receipt),
    /// The network refused, or has undone it.
    Refused(Refusal),
    /// The network does not have it, and it cannot come any more. The text says how that is known.
    NotExecuted(String),
    /// The network cannot tell whether it has it: a hold of UZCARD that is not among the card's.
    Untraceable(String),
    /// Not known yet.
    Open(Doubt),
}

impl Finding {
    /// What a look-up proves. While the call `may_still_come`, its absence proves nothing.
    pub fn of(network: Network, call: &Call, found: Found, may_still_come: bool) -> Self {
        let not_there = |said: &str| match may_still_come {
            true => Self::Open(Doubt {
                cause: format!("{said}; it may still come"),
                processing_code: None,
            }),
            false => Self::NotExecuted(format!("{said}, and it cannot come any more")),
        };
        match found {
            Found::Executed(receipt) => Self::Executed(receipt),
            Found::NotExecuted(refusal) => Self::Refused(refusal),
            Found::Unclear(doubt) => Self::Open(doubt),
            // The create has arrived; that a confirmation has not yet proves nothing.
            Found::Blocked(_) if matches!(call, Call::Confirm { .. }) => {
                not_there("the payment is created and not confirmed")
            }
            Found::Blocked(receipt) => Self::Blocked(receipt),
            // Without a reference of ours the network's list is no proof of absence.
            Found::Nothing
                if !may_still_come
                    && network == Network::Uzcard
                    && matches!(call, Call::Hold { .. }) =>
            {
                Self::Untraceable("no unclaimed hold of the card fits the call".to_owned())
            }
            Found::Nothing => not_there("the network does not know it"),
        }
    }
}

/// The rule for each call and finding. After the `last_try`, people must find out.
pub fn after_finding(
    network: Network,
    plan: Plan,
    action: Action,
    call: &Call,
    finding: &Finding,
    last_try: bool,
) -> Progress {
    let interrupted = || Failure::unavailable(network).because("interrupted");
    let give_back = |request, receipt: &Receipt| Progress {
        request,
        next: Next::GiveBack(receipt.clone(), interrupted()),
    };
    let manual = |cause: &str| Progress {
        request: State::Unknown,
        next: Next::Manual(cause.to_owned()),
    };
    // What undoes is made again until it is done: there is no other way out.
    let again = |why: &str| match last_try {
        true => manual(why),
        false => Progress {
            request: State::Declined,
            next: Next::Again,
        },
    };
    match finding {
        Finding::Executed(receipt) => match (call, plan) {
            // The credit would be a new movement.
            (Call::Pay { .. } | Call::Confirm { .. }, Plan::Across) => {
                give_back(State::Approved, receipt)
            }
            _ => after(
                network,
                plan,
                action,
                call,
                &Outcome::Approved(receipt.clone()),
            ),
        },
        Finding::Blocked(receipt) => match call {
            // Never confirmed late.
            Call::Pay { .. } | Call::P2p { .. } => Progress {
                request: State::Approved,
                next: Next::Cancel(receipt.clone(), interrupted()),
            },
            Call::Confirm { .. }
            | Call::Cancel { .. }
            | Call::Hold { .. }
            | Call::Capture { .. }
            | Call::Release { .. }
            | Call::Reverse { .. }
            | Call::Credit { .. } => after(
                network,
                plan,
                action,
                call,
                &Outcome::Blocked(receipt.clone()),
            ),
        },
        Finding::Refused(refusal) => match (call, plan) {
            // Too late to be cancelled: the confirmation was carried out after all.
            (Call::Cancel { payment, .. }, Plan::Debit | Plan::Within { .. }) if refusal.gone => {
                Progress {
                    request: State::Declined,
                    next: Next::Done(Status::Succeeded, payment.clone()),
                }
            }
            (Call::Cancel { payment, .. }, Plan::Across) if refusal.gone => {
                give_back(State::Declined, payment)
            }
            (Call::Cancel { .. }, _)
            | (Call::Reverse { .. }, Plan::Within { .. } | Plan::Across) => {
                again("the network refuses to undo it")
            }
            // It was charged: by somebody else, or we took its charge for one that never came. At HUMO the payment that
            // the hold is has all that can be known of it; at SVGate the charge is another one.
            (Call::Release { hold, .. }, _) if refusal.gone => match network {
                Network::Humo => Progress {
                    request: State::Declined,
                    next: Next::Done(Status::Succeeded, hold.clone()),
                },
                Network::Uzcard => manual("the hold was charged"),
            },
            _ => after(
                network,
                plan,
                action,
                call,
                &Outcome::Refused(refusal.clone()),
            ),
        },
        Finding::NotExecuted(how) => match (call, plan) {
            (Call::Cancel { .. }, _)
            | (Call::Reverse { .. }, Plan::Within { .. } | Plan::Across) => again(how),
            _ => after(network, plan, action, call, &Outcome::NotSent(how.clone())),
        },
        Finding::Untraceable(why) => manual(why),
        Finding::Open(doubt) if last_try => manual(&doubt.cause),
        Finding::Open(_) => Progress {
            request: State::Unknown,
            next: Next::Wait,
        },
    }
}

#[cfg(test)]
#[path = "finding_tests.rs"]
mod tests;
