use Action::{
    Cancel, Capture, Confirm, Credit, Expire, Hold, P2p, Pay, Release, Reverse, ReversePart,
};
use State::{Approved, Declined, Sent, Unknown};
use entity::ids::{ProcessingRequestId, TransactionId};
use entity::time::UnixMillis;

use super::*;

/// The calls of one transaction, a second apart, each a tiyin more than the one before.
fn calls(status: Status, calls: &[(Action, State)]) -> TransactionCalls {
    let call = |(place, (action, state)): (i64, &(Action, State))| CallRow {
        id: ProcessingRequestId(place),
        transaction_id: TransactionId(7),
        action: *action,
        reference: format!("r{place}"),
        amount: 100 + place,
        state: *state,
        receipt: None,
        sent_at: UnixMillis(place * 1_000),
        settled_at: None,
    };
    TransactionCalls {
        account: "default".to_owned(),
        transaction_id: TransactionId(7),
        status,
        fee: 25,
        calls: (0..).zip(calls).map(call).collect(),
    }
}

/// Inside the network the fee is the network's; between the networks it is part of the debit.
#[test]
fn only_a_transfer_inside_the_network_has_a_fee() {
    for (action, fee) in [(Pay, None), (Hold, None), (Credit, None), (P2p, Some(25))] {
        for network in [Network::Uzcard, Network::Humo] {
            let rows = calls(Status::Succeeded, &[(action, Sent)]);
            let found = payments(network, &rows);
            let fees: Vec<Option<i64>> = found.iter().map(|payment| payment.fee).collect();
            assert_eq!(fees, [fee], "{network:?} {action:?}");
        }
    }
}

/// The reference, amount and state of each payment.
fn read(
    network: Network,
    status: Status,
    rows: &[(Action, State)],
) -> Vec<(String, i64, PaymentState)> {
    payments(network, &calls(status, rows))
        .into_iter()
        .map(|payment| (payment.reference, payment.amount, payment.state))
        .collect()
}

#[track_caller]
fn check(
    network: Network,
    status: Status,
    rows: &[(Action, State)],
    expected: &[(&str, i64, PaymentState)],
) {
    let expected: Vec<(String, i64, PaymentState)> = expected
        .iter()
        .map(|(reference, amount, payment_state)| {
            ((*reference).to_owned(), *amount, *payment_state)
        })
        .collect();
    assert_eq!(
        read(network, status, rows),
        expected,
        "{network:?} {rows:?}"
    );
}

fn open(since: i64) -> PaymentState {
    PaymentState::Unsettled {
        since: UnixMillis(since),
        manual: false,
    }
}

#[test]
fn a_payment_of_uzcard_has_one_reference_per_call() {
    let of = |rows: &[(Action, State)], expected: &[(&str, i64, PaymentState)]| {
        check(Network::Uzcard, Status::Succeeded, rows, expected);
    };
    for (action, payment_state) in [
        (Pay, PaymentState::Done),
        (P2p, PaymentState::Done),
        (Capture, PaymentState::Done),
        (Credit, PaymentState::Credited),
    ] {
        of(&[(action, Approved)], &[("r0", 100, payment_state)]);
        of(
            &[(action, Declined)],
            &[("r0", 100, PaymentState::Declined)],
        );
        of(&[(action, Sent)], &[("r0", 100, open(0))]);
        of(&[(action, Unknown)], &[("r0", 100, open(0))]);
        of(
            &[(action, Approved), (Reverse, Approved)],
            &[("r0", 100, PaymentState::Reversed)],
        );
        of(
            &[(action, Approved), (Reverse, Declined)],
            &[("r0", 100, payment_state)],
        );
        of(
            &[(action, Approved), (Reverse, Declined), (Reverse, Unknown)],
            &[("r0", 100, open(2_000))],
        );
    }
    // A charge that was refused, one that was approved, and its reversal.
    of(
        &[
            (Hold, Approved),
            (Capture, Declined),
            (Capture, Approved),
            (Reverse, Approved),
        ],
        &[
            ("r1", 101, PaymentState::Declined),
            ("r2", 102, PaymentState::Reversed),
        ],
    );
}

/// A part that is given back has a reference of its own, and is told of beside the payment.
#[test]
fn a_payment_of_uzcard_that_is_given_back_in_parts() {
    let of = |rows: &[(Action, State)], expected: &[(&str, i64, PaymentState)]| {
        check(Network::Uzcard, Status::Succeeded, rows, expected);
    };
    let (part, declined) = (PaymentState::GivenBack, PaymentState::Declined);
    of(
        &[(Pay, Approved), (ReversePart, Declined)],
        &[("r0", 100, PaymentState::Done), ("r1", 101, declined)],
    );
    of(
        &[(Pay, Approved), (ReversePart, Unknown)],
        &[("r0", 100, open(1_000)), ("r1", 101, open(1_000))],
    );
    // The part is a tiyin more than all of it.
    of(
        &[
            (Hold, Declined),
            (Capture, Approved),
            (ReversePart, Approved),
        ],
        &[
            ("r1", 101, PaymentState::ReversedInParts),
            ("r2", 102, part),
        ],
    );
    let mut small = calls(
        Status::Succeeded,
        &[(Pay, Approved), (ReversePart, Approved)],
    );
    small.calls[1].amount = 99;
    let found: Vec<PaymentState> = payments(Network::Uzcard, &small)
        .iter()
        .map(|payment| payment.state)
        .collect();
    assert_eq!(found, [PaymentState::Done, part]);
}

#[test]
fn a_hold_of_uzcard_is_a_payment_only_while_it_is_unsettled() {
    let of = |rows: &[(Action, State)], expected: &[(&str, i64, PaymentState)]| {
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
fn a_sale_of_humo_is_one_payment_whatever_calls_follow() {
    for first in [Pay, P2p] {
        let of = |rows: &[(Action, State)], amount: i64, state: PaymentState| {
            let rows = [&[(first, Approved)], rows].concat();
            let expected = [("r0", amount, state)];
            check(Network::Humo, Status::Succeeded, &rows, &expected);
        };
        // Finished when it was created.
        of(&[], 100, PaymentState::Done);
        of(&[(Confirm, Approved)], 101, PaymentState::Done);
        of(&[(Confirm, Unknown)], 100, open(1_000));
        of(&[(Cancel, Approved)], 100, PaymentState::Freed);
        of(
            &[(Confirm, Declined), (Cancel, Approved)],
            100,
            PaymentState::Freed,
        );
        of(&[(Confirm, Declined), (Cancel, Unknown)], 100, open(2_000));
        // It was carried out after all, so it could not be cancelled.
        of(
            &[(Confirm, Declined), (Cancel, Declined)],
            100,
            PaymentState::Done,
        );
        let rows = [(first, Approved), (Confirm, Declined)];
        let expected = [("r0", 100, PaymentState::Freed)];
        check(Network::Humo, Status::Declined, &rows, &expected);
        of(
            &[(Confirm, Approved), (Reverse, Approved)],
            101,
            PaymentState::Reversed,
        );
        of(
            &[(Confirm, Approved), (Reverse, Declined)],
            101,
            PaymentState::Done,
        );
        of(&[(Confirm, Approved), (Reverse, Sent)], 101, open(2_000));
    }
}

#[test]
fn a_hold_of_humo_is_one_payment_of_the_charged_amount() {
    let of = |status: Status, rows: &[(Action, State)], amount: i64, state: PaymentState| {
        let rows = [&[(Hold, Approved)], rows].concat();
        check(Network::Humo, status, &rows, &[("r0", amount, state)]);
    };
    of(Status::Held, &[], 100, PaymentState::Held);
    of(
        Status::Held,
        &[(Capture, Declined)],
        100,
        PaymentState::Held,
    );
    of(
        Status::Held,
        &[(Release, Declined)],
        100,
        PaymentState::Held,
    );
    of(
        Status::Succeeded,
        &[(Capture, Approved)],
        101,
        PaymentState::Done,
    );
    of(Status::Processing, &[(Capture, Unknown)], 100, open(1_000));
    of(
        Status::Cancelled,
        &[(Release, Approved)],
        100,
        PaymentState::Freed,
    );
    of(
        Status::Expired,
        &[(Expire, Approved)],
        100,
        PaymentState::Freed,
    );
    // Someone else has charged it.
    of(
        Status::Succeeded,
        &[(Release, Declined)],
        100,
        PaymentState::Done,
    );
    // The network says that the hold no longer exists.
    of(
        Status::Expired,
        &[(Capture, Declined)],
        100,
        PaymentState::Freed,
    );
    of(
        Status::Reversed,
        &[(Capture, Approved), (Reverse, Approved)],
        101,
        PaymentState::Reversed,
    );
}

#[test]
fn refused_payments_and_those_left_to_people() {
    for action in [Pay, P2p, Credit, Hold] {
        let declined = [("r0", 100, PaymentState::Declined)];
        check(
            Network::Humo,
            Status::Declined,
            &[(action, Declined)],
            &declined,
        );
        let manual = PaymentState::Unsettled {
            since: UnixMillis(0),
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
        &[("r0", 100, PaymentState::Credited)],
    );
}

#[test]
fn the_receipt_has_the_networks_number() {
    let receipt = Receipt {
        ref_num: "000000000009".to_owned(),
        ..Receipt::of(&crate::domain::call::Reference("r0".to_owned()))
    };
    let mut one = calls(Status::Reversed, &[(Pay, Approved), (Reverse, Approved)]);
    one.calls[0].receipt = Some(serde_json::to_string(&receipt).unwrap());
    let [payment] = payments(Network::Uzcard, &one).try_into().unwrap();
    assert_eq!(
        (payment.network_id.as_str(), payment.reversal_tried),
        ("000000000009", true)
    );
}
