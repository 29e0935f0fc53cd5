//! What must a network have, if our rows are right? From the calls of a transaction to the payments that a network knows.
//!
//! A payment is what a network keeps under one reference. Several of our rows may be about one: HUMO's sale is created,
//! confirmed, cancelled and returned under the reference of its creation, and the rows of those later calls carry
//! references that never leave the gateway. SVGate knows payments, captures, transfers and credits by our `ext`; a hold
//! of SVGate carries none and is no payment here, until it is captured under a reference of the capture's own.

use entity::network::Network;
use entity::processing_request::{Action, State};
use entity::transaction::Status;

use crate::domain::call::Receipt;
use crate::repository::of_day::{Call, Calls};

/// What our rows say of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub transaction_id: i64,
    /// What began it.
    pub action: Action,
    /// Under which its network knows it; empty where the network knows it by none of ours.
    pub reference: String,
    /// What was taken or credited, or is to be; of a hold that is not charged, what is held. Tiyin.
    pub amount: i64,
    pub position: Position,
    /// The network's own number (`refNum`); empty where it is not known.
    pub network_id: String,
    /// When its first intent was made, UNIX milliseconds.
    pub sent_at: i64,
    /// When its first call was settled, UNIX milliseconds.
    pub settled_at: Option<i64>,
    /// Whether it was to be given back, with whatever success.
    pub undoing: bool,
}

/// Where a payment stands by our rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Refused, or never sent.
    Declined,
    /// The money was blocked and is free again: cancelled, released, or its time was over.
    Freed,
    /// A hold that is not charged.
    Held,
    /// The money is taken.
    Done,
    /// A card has got the money.
    Credited,
    /// The money was taken and given back.
    Reversed,
    /// A call is not settled.
    Unsettled {
        /// When its intent was made, UNIX milliseconds.
        since: i64,
        /// Recovery has given up: people are to find out.
        manual: bool,
    },
}

/// The payments of a transaction on a network.
pub fn payments(network: Network, calls: &Calls) -> Vec<Payment> {
    calls
        .calls
        .iter()
        .filter(|call| begins(network, call))
        .map(|call| payment(network, calls, call))
        .collect()
}

/// Whether a call begins a payment. An unsettled hold of SVGate is one too, so that it is not forgotten.
fn begins(network: Network, call: &Call) -> bool {
    match (call.action, network) {
        (Action::Pay | Action::P2p | Action::Credit, _)
        | (Action::Hold, Network::Humo)
        | (Action::Capture, Network::Uzcard) => true,
        (Action::Hold | Action::Release | Action::Expire, Network::Uzcard) => {
            !call.state.is_settled()
        }
        (Action::Release | Action::Expire | Action::Capture, Network::Humo)
        | (Action::Confirm | Action::Cancel | Action::Reverse, _) => false,
    }
}

fn payment(network: Network, calls: &Calls, first: &Call) -> Payment {
    let later: Vec<&Call> = calls
        .calls
        .iter()
        .filter(|call| goes_on(network, first, call))
        .collect();
    let of = |action: Action, state: State| {
        later
            .iter()
            .rev()
            .find(|call| call.action == action && call.state == state)
    };
    let approved = |action| of(action, State::Approved);
    let taken = approved(Action::Capture).or(approved(Action::Confirm));
    let unsettled = std::iter::once(&first)
        .chain(&later)
        .filter(|call| !call.state.is_settled())
        .map(|call| call.sent_at)
        .min();
    let position = match (unsettled, first.state) {
        (Some(since), _) => Position::Unsettled {
            since,
            manual: calls.status == Status::Manual,
        },
        (None, State::Declined) => Position::Declined,
        (None, State::Approved | State::Sent | State::Unknown) => {
            if approved(Action::Reverse).is_some() {
                Position::Reversed
            } else if taken.is_some() {
                Position::Done
            } else if [Action::Cancel, Action::Release, Action::Expire]
                .into_iter()
                .any(|action| approved(action).is_some())
            {
                Position::Freed
            } else {
                untouched(first, &later, calls.status)
            }
        }
    };
    Payment {
        transaction_id: calls.transaction_id,
        action: first.action,
        reference: reference(network, first),
        amount: taken.map_or(first.amount, |call| call.amount),
        position,
        network_id: ref_num(first),
        sent_at: first.sent_at,
        settled_at: first.settled_at,
        undoing: later.iter().any(|call| call.action == Action::Reverse),
    }
}

/// Where an approved call stands of which no later one was approved.
fn untouched(first: &Call, later: &[&Call], status: Status) -> Position {
    match first.action {
        Action::Credit => Position::Credited,
        // The network has ended it by itself, which is how a charge or a release was refused.
        Action::Hold if status == Status::Expired => Position::Freed,
        // It was charged by somebody else, which is how a release was refused.
        Action::Hold if status == Status::Succeeded => Position::Done,
        Action::Hold => Position::Held,
        // HUMO's sale and transfer are done at their creation only where no second call was due. One that was not
        // confirmed and not cancelled has no right to any money, unless its cancel came too late.
        Action::Pay | Action::P2p
            if status != Status::Succeeded
                && later.iter().any(|call| call.action == Action::Confirm) =>
        {
            Position::Freed
        }
        Action::Pay
        | Action::P2p
        | Action::Capture
        | Action::Confirm
        | Action::Cancel
        | Action::Release
        | Action::Expire
        | Action::Reverse => Position::Done,
    }
}

/// Whether a call is about the payment that another one began.
fn goes_on(network: Network, first: &Call, call: &Call) -> bool {
    match (call.action, network) {
        (Action::Reverse, _) => match first.action {
            Action::Pay | Action::P2p | Action::Credit | Action::Hold => true,
            // Of several captures of a hold only the one that was approved can be given back.
            Action::Capture => first.state == State::Approved,
            Action::Confirm
            | Action::Cancel
            | Action::Release
            | Action::Expire
            | Action::Reverse => false,
        },
        (
            Action::Confirm | Action::Cancel | Action::Capture | Action::Release | Action::Expire,
            Network::Humo,
        ) => true,
        (
            Action::Confirm | Action::Cancel | Action::Capture | Action::Release | Action::Expire,
            Network::Uzcard,
        )
        | (Action::Pay | Action::P2p | Action::Credit | Action::Hold, _) => false,
    }
}

fn reference(network: Network, first: &Call) -> String {
    match (first.action, network) {
        (Action::Hold | Action::Release | Action::Expire, Network::Uzcard) => String::new(),
        (
            Action::Pay
            | Action::P2p
            | Action::Credit
            | Action::Capture
            | Action::Confirm
            | Action::Cancel
            | Action::Reverse
            | Action::Hold
            | Action::Release
            | Action::Expire,
            _,
        ) => first.reference.clone(),
    }
}

fn ref_num(call: &Call) -> String {
    call.receipt
        .as_deref()
        .and_then(|receipt| serde_json::from_str::<Receipt>(receipt).ok())
        .map(|receipt| receipt.ref_num)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use Action::{Cancel, Capture, Confirm, Credit, Expire, Hold, P2p, Pay, Release, Reverse};
    use State::{Approved, Declined, Sent, Unknown};

    use super::*;

    /// Calls of one transaction, a second apart, each a tiyin dearer than the one before.
    fn calls(status: Status, calls: &[(Action, State)]) -> Calls {
        let call = |(place, (action, state)): (i64, &(Action, State))| Call {
            id: place,
            transaction_id: 7,
            action: *action,
            reference: format!("r{place}"),
            amount: 100 + place,
            state: *state,
            receipt: None,
            sent_at: place * 1_000,
            settled_at: None,
        };
        Calls {
            transaction_id: 7,
            status,
            calls: (0..).zip(calls).map(call).collect(),
        }
    }

    /// Each payment as its reference, amount and position.
    fn read(
        network: Network,
        status: Status,
        rows: &[(Action, State)],
    ) -> Vec<(String, i64, Position)> {
        payments(network, &calls(status, rows))
            .into_iter()
            .map(|payment| (payment.reference, payment.amount, payment.position))
            .collect()
    }

    #[track_caller]
    fn check(
        network: Network,
        status: Status,
        rows: &[(Action, State)],
        expected: &[(&str, i64, Position)],
    ) {
        let expected: Vec<(String, i64, Position)> = expected
            .iter()
            .map(|(reference, amount, position)| ((*reference).to_owned(), *amount, *position))
            .collect();
        assert_eq!(
            read(network, status, rows),
            expected,
            "{network:?} {rows:?}"
        );
    }

    fn open(since: i64) -> Position {
        Position::Unsettled {
            since,
            manual: false,
        }
    }

    #[test]
    fn a_payment_of_uzcard_has_a_reference_a_call() {
        let of = |rows: &[(Action, State)], expected: &[(&str, i64, Position)]| {
            check(Network::Uzcard, Status::Succeeded, rows, expected);
        };
        for (action, position) in [
            (Pay, Position::Done),
            (P2p, Position::Done),
            (Capture, Position::Done),
            (Credit, Position::Credited),
        ] {
            of(&[(action, Approved)], &[("r0", 100, position)]);
            of(&[(action, Declined)], &[("r0", 100, Position::Declined)]);
            of(&[(action, Sent)], &[("r0", 100, open(0))]);
            of(&[(action, Unknown)], &[("r0", 100, open(0))]);
            of(
                &[(action, Approved), (Reverse, Approved)],
                &[("r0", 100, Position::Reversed)],
            );
            of(
                &[(action, Approved), (Reverse, Declined)],
                &[("r0", 100, position)],
            );
            of(
                &[(action, Approved), (Reverse, Declined), (Reverse, Unknown)],
                &[("r0", 100, open(2_000))],
            );
        }
        // A charge that was refused, one that was not, and its reversal.
        of(
            &[
                (Hold, Approved),
                (Capture, Declined),
                (Capture, Approved),
                (Reverse, Approved),
            ],
            &[
                ("r1", 101, Position::Declined),
                ("r2", 102, Position::Reversed),
            ],
        );
    }

    #[test]
    fn a_hold_of_uzcard_is_seen_only_while_it_is_unsettled() {
        let of = |rows: &[(Action, State)], expected: &[(&str, i64, Position)]| {
            check(Network::Uzcard, Status::Held, rows, expected);
        };
        of(&[(Hold, Approved)], &[]);
        of(&[(Hold, Declined)], &[]);
        of(&[(Hold, Approved), (Release, Approved)], &[]);
        of(&[(Hold, Unknown)], &[("", 100, open(0))]);
        of(
            &[(Hold, Approved), (Expire, Sent)],
            &[("", 101, open(1_000))],
        );
    }

    #[test]
    fn a_sale_of_humo_is_one_payment_whatever_is_done_with_it() {
        for first in [Pay, P2p] {
            let of = |rows: &[(Action, State)], amount: i64, position: Position| {
                let rows = [&[(first, Approved)], rows].concat();
                let expected = [("r0", amount, position)];
                check(Network::Humo, Status::Succeeded, &rows, &expected);
            };
            // Finished at its creation.
            of(&[], 100, Position::Done);
            of(&[(Confirm, Approved)], 101, Position::Done);
            of(&[(Confirm, Unknown)], 100, open(1_000));
            of(&[(Cancel, Approved)], 100, Position::Freed);
            of(
                &[(Confirm, Declined), (Cancel, Approved)],
                100,
                Position::Freed,
            );
            of(&[(Confirm, Declined), (Cancel, Unknown)], 100, open(2_000));
            // Carried out after all, so that it could not be cancelled.
            of(
                &[(Confirm, Declined), (Cancel, Declined)],
                100,
                Position::Done,
            );
            let rows = [(first, Approved), (Confirm, Declined)];
            let expected = [("r0", 100, Position::Freed)];
            check(Network::Humo, Status::Declined, &rows, &expected);
            of(
                &[(Confirm, Approved), (Reverse, Approved)],
                101,
                Position::Reversed,
            );
            of(
                &[(Confirm, Approved), (Reverse, Declined)],
                101,
                Position::Done,
            );
            of(&[(Confirm, Approved), (Reverse, Sent)], 101, open(2_000));
        }
    }

    #[test]
    fn a_hold_of_humo_is_one_payment_for_what_was_charged() {
        let of = |status: Status, rows: &[(Action, State)], amount: i64, position: Position| {
            let rows = [&[(Hold, Approved)], rows].concat();
            check(Network::Humo, status, &rows, &[("r0", amount, position)]);
        };
        of(Status::Held, &[], 100, Position::Held);
        of(Status::Held, &[(Capture, Declined)], 100, Position::Held);
        of(Status::Held, &[(Release, Declined)], 100, Position::Held);
        of(
            Status::Succeeded,
            &[(Capture, Approved)],
            101,
            Position::Done,
        );
        of(Status::Processing, &[(Capture, Unknown)], 100, open(1_000));
        of(
            Status::Cancelled,
            &[(Release, Approved)],
            100,
            Position::Freed,
        );
        of(Status::Expired, &[(Expire, Approved)], 100, Position::Freed);
        // Somebody else has charged it.
        of(
            Status::Succeeded,
            &[(Release, Declined)],
            100,
            Position::Done,
        );
        // The network says that there is no such hold any more.
        of(
            Status::Expired,
            &[(Capture, Declined)],
            100,
            Position::Freed,
        );
        of(
            Status::Reversed,
            &[(Capture, Approved), (Reverse, Approved)],
            101,
            Position::Reversed,
        );
    }

    #[test]
    fn what_was_refused_and_what_people_find_out() {
        for action in [Pay, P2p, Credit, Hold] {
            let declined = [("r0", 100, Position::Declined)];
            check(
                Network::Humo,
                Status::Declined,
                &[(action, Declined)],
                &declined,
            );
            let manual = Position::Unsettled {
                since: 0,
                manual: true,
            };
            check(
                Network::Humo,
                Status::Manual,
                &[(action, Unknown)],
                &[("r0", 100, manual)],
            );
        }
        check(
            Network::Humo,
            Status::Succeeded,
            &[(Credit, Approved)],
            &[("r0", 100, Position::Credited)],
        );
    }

    #[test]
    fn the_receipt_names_the_networks_number() {
        let receipt = Receipt {
            ref_num: "000000000009".to_owned(),
            ..Receipt::of(&crate::domain::call::Reference("r0".to_owned()))
        };
        let mut one = calls(Status::Reversed, &[(Pay, Approved), (Reverse, Approved)]);
        one.calls[0].receipt = Some(serde_json::to_string(&receipt).unwrap());
        let [payment] = payments(Network::Uzcard, &one).try_into().unwrap();
        assert_eq!(
            (payment.network_id.as_str(), payment.undoing),
            ("000000000009", true)
        );
    }
}
