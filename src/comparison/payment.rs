//! From the calls of a transaction to the payments that a network must have, if our rows are right.
//!
//! A payment is what a network keeps under one reference. Several of our rows may be about one payment. HUMO's sale is
//! created, confirmed, cancelled and returned under the reference of its creation; the rows of the later calls have
//! references that never leave the gateway. SVGate knows payments, captures, transfers and credits by our `ext`. A hold of
//! SVGate has no `ext`, so it is not a payment here until it is captured; the capture has a reference of its own.

use entity::ids::TransactionId;
use entity::network::Network;
use entity::processing_request::{Action, State};
use entity::time::UnixMillis;
use entity::transaction::Status;

use crate::domain::call::Receipt;
use crate::repository::calls_of_day::{CallRow, TransactionCalls};

/// What our rows say of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub transaction_id: TransactionId,
    /// The account under which it was made.
    pub account: String,
    /// The action of its first call.
    pub action: Action,
    /// The reference under which the network knows it; empty if the network has none of ours.
    pub reference: String,
    /// What was or will be taken or credited; for a hold that is not charged, what is held. Tiyin.
    pub amount: i64,
    /// What the sender of a transfer in one call paid on top, tiyin. `None` for anything else: of one in two legs the fee is
    /// part of the debit's amount.
    pub fee: Option<i64>,
    pub state: PaymentState,
    /// The network's own number (`refNum`, `paymentID`); empty if it is not known.
    pub network_id: String,
    /// When its first intent was made, UNIX milliseconds.
    pub sent_at: UnixMillis,
    /// When its first call was settled, UNIX milliseconds.
    pub settled_at: Option<UnixMillis>,
    /// Whether a reversal was tried, successfully or not.
    pub reversal_tried: bool,
}

/// The state of a payment by our rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentState {
    /// Refused, or never sent.
    Declined,
    /// The money was blocked and is free again: cancelled, released or expired.
    Freed,
    /// A hold that is not charged yet.
    Held,
    /// The money is taken.
    Done,
    /// A card was credited.
    Credited,
    /// The money was taken and given back.
    Reversed,
    /// The same, in parts. Each of them is a payment of its own here, too.
    ReversedInParts,
    /// A part of a payment was given back.
    GivenBack,
    /// A call is not settled.
    Unsettled {
        /// When its intent was made, UNIX milliseconds.
        since: UnixMillis,
        /// Recovery has given up; people have to find out.
        manual: bool,
    },
}

/// The payments of a transaction on a network.
pub fn payments(network: Network, calls: &TransactionCalls) -> Vec<Payment> {
    let holds = calls.calls.iter().any(|call| is_known_hold(network, call));
    calls
        .calls
        .iter()
        .filter(|call| begins(network, call))
        // They are part of their hold, where that is told of.
        .filter(|call| !holds || !matches!(call.action, Action::Release | Action::Expire))
        .map(|call| payment(network, calls, call))
        .collect()
}

/// Whether a call begins a payment. An unsettled hold of SVGate counts too, so that it is not forgotten.
fn begins(network: Network, call: &CallRow) -> bool {
    match (call.action, network) {
        (Action::Pay | Action::P2p | Action::Credit, _)
        | (Action::Hold, Network::Humo)
        | (Action::Capture | Action::ReversePart, Network::Uzcard) => true,
        (Action::Hold, Network::Uzcard) => !call.state.is_settled() || is_known_hold(network, call),
        (Action::Release | Action::Expire, Network::Uzcard) => !call.state.is_settled(),
        (
            Action::Release | Action::Expire | Action::Capture | Action::ReversePart,
            Network::Humo,
        )
        | (Action::Confirm | Action::Cancel | Action::Reverse, _) => false,
    }
}

/// Whether it made a hold of SVGate whose id we know: by that it is asked about.
fn is_known_hold(network: Network, call: &CallRow) -> bool {
    (network, call.action, call.state) == (Network::Uzcard, Action::Hold, State::Approved)
        && !name(network, call).is_empty()
}

fn payment(network: Network, calls: &TransactionCalls, first: &CallRow) -> Payment {
    let later: Vec<&CallRow> = calls
        .calls
        .iter()
        .filter(|call| continues(network, first, call))
        .collect();
    let of = |action: Action, state: State| {
        later
            .iter()
            .rev()
            .find(|call| call.action == action && call.state == state)
    };
    let approved = |action| of(action, State::Approved);
    let taken = approved(Action::Capture).or(approved(Action::Confirm));
    let amount = match taken {
        // SVGate goes on telling what was held.
        Some(taken) if !is_known_hold(network, first) => taken.amount,
        Some(_) | None => first.amount,
    };
    let in_parts: i64 = later
        .iter()
        .filter(|call| call.action == Action::ReversePart && call.state == State::Approved)
        .map(|call| call.amount)
        .sum();
    let unsettled = std::iter::once(&first)
        .chain(&later)
        .filter(|call| !call.state.is_settled())
        .map(|call| call.sent_at)
        .min();
    let state = match (unsettled, first.state) {
        (Some(since), _) => PaymentState::Unsettled {
            since,
            manual: calls.status == Status::Manual,
        },
        (None, State::Declined) => PaymentState::Declined,
        (None, State::Approved | State::Sent | State::Unknown) => {
            if approved(Action::Reverse).is_some() {
                PaymentState::Reversed
            } else if in_parts >= amount {
                PaymentState::ReversedInParts
            } else if taken.is_some() {
                PaymentState::Done
            } else if [Action::Cancel, Action::Release, Action::Expire]
                .into_iter()
                .any(|action| approved(action).is_some())
            {
                PaymentState::Freed
            } else {
                state_by_first_call(first, &later, calls.status)
            }
        }
    };
    Payment {
        transaction_id: calls.transaction_id,
        account: calls.account.clone(),
        action: first.action,
        reference: reference(network, first),
        amount,
        fee: (first.action == Action::P2p).then_some(calls.fee),
        state,
        network_id: name(network, first),
        sent_at: first.sent_at,
        settled_at: first.settled_at,
        reversal_tried: later
            .iter()
            .any(|call| matches!(call.action, Action::Reverse | Action::ReversePart)),
    }
}

/// The state of a payment whose first call was approved and no later one was.
fn state_by_first_call(first: &CallRow, later: &[&CallRow], status: Status) -> PaymentState {
    match first.action {
        Action::Credit => PaymentState::Credited,
        Action::ReversePart => PaymentState::GivenBack,
        // The network has ended it by itself. That shows when it refuses a charge or a release.
        Action::Hold if status == Status::Expired => PaymentState::Freed,
        // Someone else has charged it. That shows when the network refuses a release.
        Action::Hold if status == Status::Succeeded => PaymentState::Done,
        Action::Hold => PaymentState::Held,
        // HUMO's sale or transfer is done when it is created, unless a second call was due. If it was then neither
        // confirmed nor cancelled, no money may be taken, except when the cancellation came too late.
        Action::Pay | Action::P2p
            if status != Status::Succeeded
                && later.iter().any(|call| call.action == Action::Confirm) =>
        {
            PaymentState::Freed
        }
        Action::Pay
        | Action::P2p
        | Action::Capture
        | Action::Confirm
        | Action::Cancel
        | Action::Release
        | Action::Expire
        | Action::Reverse => PaymentState::Done,
    }
}

/// Whether a call is about the payment that `first` began.
fn continues(network: Network, first: &CallRow, call: &CallRow) -> bool {
    match (call.action, network) {
        (Action::Reverse | Action::ReversePart, _) => match first.action {
            Action::Pay | Action::P2p | Action::Credit => true,
            // At SVGate the charge is a payment of its own, and it is that one which is given back.
            Action::Hold => network == Network::Humo,
            // Of several captures of a hold, only the approved one can be reversed.
            Action::Capture => first.state == State::Approved,
            Action::Confirm
            | Action::Cancel
            | Action::Release
            | Action::Expire
            | Action::Reverse
            | Action::ReversePart => false,
        },
        (
            Action::Confirm | Action::Cancel | Action::Capture | Action::Release | Action::Expire,
            Network::Humo,
        ) => true,
        (Action::Capture | Action::Release | Action::Expire, Network::Uzcard) => {
            first.action == Action::Hold
        }
        (Action::Confirm | Action::Cancel, Network::Uzcard)
        | (Action::Pay | Action::P2p | Action::Credit | Action::Hold, _) => false,
    }
}

fn reference(network: Network, first: &CallRow) -> String {
    match (first.action, network) {
        (Action::Hold, Network::Uzcard) if is_known_hold(network, first) => first.reference.clone(),
        (Action::Hold | Action::Release | Action::Expire, Network::Uzcard) => String::new(),
        (
            Action::Pay
            | Action::P2p
            | Action::Credit
            | Action::Capture
            | Action::Confirm
            | Action::Cancel
            | Action::Reverse
            | Action::ReversePart
            | Action::Hold
            | Action::Release
            | Action::Expire,
            _,
        ) => first.reference.clone(),
    }
}

/// What the network calls it: SVGate's `refNum`, or the id of its hold; HUMO's `paymentID`.
fn name(network: Network, call: &CallRow) -> String {
    call.receipt
        .as_deref()
        .and_then(|receipt| serde_json::from_str::<Receipt>(receipt).ok())
        .map(|receipt| match (network, call.action) {
            (Network::Humo, _) | (Network::Uzcard, Action::Hold) => receipt.network_id,
            (
                Network::Uzcard,
                Action::Pay
                | Action::Confirm
                | Action::Cancel
                | Action::Capture
                | Action::Release
                | Action::Expire
                | Action::P2p
                | Action::Credit
                | Action::Reverse
                | Action::ReversePart,
            ) => receipt.ref_num,
        })
        .unwrap_or_default()
}

#[cfg(test)]
#[path = "payment_tests.rs"]
mod tests;
