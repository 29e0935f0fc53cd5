use entity::processing_request::Action;

use super::*;
use crate::domain::call::tests::{FEE, absence, call_of, overtaken, receipt, refusal};
use crate::domain::call::{Doubt, PartReversal};
use rpc_schema::reason::Reason;

const ROUTES: [Route; 3] = [Route::Debit, Route::OneLeg { fee: FEE }, Route::TwoLegs];

/// The network's answer names the quoted fee.
fn answered() -> Receipt {
    Receipt {
        fee: Some(FEE),
        ..receipt("answered")
    }
}

fn results() -> [CallResult; 8] {
    [
        CallResult::Approved(answered()),
        CallResult::Blocked(answered()),
        CallResult::Refused(refusal()),
        CallResult::Overtaken(overtaken(Ended::Taken, refusal())),
        CallResult::Overtaken(overtaken(Ended::Freed, refusal())),
        absence(None),
        absence(Some(refusal())),
        CallResult::Unknown(Doubt::new("no answer")),
    ]
}

/// A cell of the table.
#[derive(Debug, Clone, Copy)]
enum Cell {
    /// Carried out: the status, with the network's receipt.
    Done(Status),
    /// Not carried out, and done all the same: with the receipt from before.
    DoneBefore(Status),
    /// Undone: declined with the error that the transaction keeps.
    Undone,
    /// The refusal with its mapped code, and the status.
    Refused(Status),
    /// -32330, and the status.
    NotUndone(Status),
    /// -32338 or -32339, and the status.
    NotSent(Status),
    /// The money was taken before the call: succeeded, with the receipt that was found and -32312, or -32330.
    Charged,
    TooLate,
    /// The second call of a sale follows.
    Confirm,
    /// The sale is cancelled for the network's refusal, or for want of a connection.
    CancelRefused,
    CancelNotSent,
    /// The recipient is credited.
    Credit,
    /// The sender's debit is given back for the refusal of the credit, or for want of a connection.
    UndoRefused,
    UndoNotSent,
    /// The debit from before is given back, as the credit would be a new movement.
    GiveBackBefore,
    /// Nobody knows.
    Wait,
}

fn expected(network: Network, cell: Cell) -> Transition {
    let refused = Failure::refused(network, &refusal());
    let not_undone = Failure::refused_as(ErrorCode::CancelFailed, network, &refusal())
        .because(Reason::RefusedByNetwork);
    let charged = Failure::refused_as(ErrorCode::AlreadyCarriedOut, network, &refusal());
    let unavailable = Failure::unavailable(network);
    let interrupted = unavailable.clone().because(Reason::Interrupted);
    let (before, ended) = (receipt("before"), receipt("ended"));
    let give_back = |debit, failure| Next::GiveBack { debit, failure };
    let (request, next) = match cell {
        Cell::Undone => (State::Approved, Next::Undone),
        Cell::Done(status) => (State::Approved, Next::Done(status, answered())),
        Cell::DoneBefore(status) => (State::Declined, Next::Done(status, before)),
        Cell::Refused(status) => (State::Declined, Next::Failed(status, refused)),
        Cell::NotUndone(status) => (State::Declined, Next::Failed(status, not_undone)),
        Cell::NotSent(status) => (State::Declined, Next::Failed(status, unavailable)),
        Cell::Charged => (State::Declined, Next::TakenBefore(ended, charged)),
        Cell::TooLate => (State::Declined, Next::TakenBefore(ended, not_undone)),
        Cell::Confirm => (State::Approved, Next::Confirm(answered())),
        Cell::CancelRefused => (State::Declined, Next::Cancel(before, refused)),
        Cell::CancelNotSent => (State::Declined, Next::Cancel(before, unavailable)),
        Cell::Credit => (State::Approved, Next::Credit(answered())),
        Cell::UndoRefused => (State::Declined, give_back(None, refused)),
        Cell::UndoNotSent => (State::Declined, give_back(None, unavailable)),
        Cell::GiveBackBefore => (State::Declined, give_back(Some(before), interrupted)),
        Cell::Wait => (State::Unknown, Next::Wait),
    };
    Transition { request, next }
}

#[track_caller]
fn check(route: Route, action: Action, cells: [Cell; 8]) {
    let call = call_of(action);
    for network in [Network::Uzcard, Network::Humo] {
        for (result, cell) in results().into_iter().zip(cells) {
            assert_eq!(
                on_result(network, route, &call, &result),
                expected(network, cell),
                "{network:?} {route:?} {action:?} {result:?}"
            );
        }
    }
}

#[test]
fn every_call_of_a_debit_or_hold_with_every_result() {
    use Cell::{
        CancelNotSent, CancelRefused, Charged, Confirm, Done, DoneBefore, NotSent, NotUndone,
        Refused, TooLate, Undone, Wait,
    };
    use Status::{Cancelled, Declined, Expired, Held, Reversed, Succeeded};
    // Approved, blocked, refused, overtaken: taken, overtaken: freed, not sent, absent after an answer, unknown.
    #[rustfmt::skip] // A row a call.
    let table = [
        (Action::Pay, [Done(Succeeded), Confirm, Refused(Declined), Wait, Wait, NotSent(Declined), Refused(Declined), Wait]),
        (Action::Confirm, [Done(Succeeded), Wait, CancelRefused, Wait, Wait, CancelNotSent, CancelRefused, Wait]),
        (Action::Cancel, [Undone, Wait, Wait, DoneBefore(Succeeded), Wait, Wait, Wait, Wait]),
        (Action::Hold, [Done(Held), Wait, Refused(Declined), Wait, Wait, NotSent(Declined), Refused(Declined), Wait]),
        (Action::Capture, [Done(Succeeded), Wait, Refused(Held), Charged, Refused(Expired), NotSent(Held), Refused(Held), Wait]),
        (Action::Release, [Done(Cancelled), Wait, NotUndone(Held), TooLate, Wait, NotSent(Held), NotUndone(Held), Wait]),
        // A refusal says nothing: the hold may have ended by itself.
        (Action::Expire, [Done(Expired), Wait, Wait, TooLate, Wait, NotSent(Held), NotUndone(Held), Wait]),
        (Action::Reverse, [Done(Reversed), Wait, NotUndone(Succeeded), TooLate, Wait, NotSent(Succeeded), NotUndone(Succeeded), Wait]),
        // Something of the payment is left.
        (Action::ReversePart, [Done(Succeeded), Wait, NotUndone(Succeeded), TooLate, Wait, NotSent(Succeeded), NotUndone(Succeeded), Wait]),
    ];
    for (action, cells) in table {
        check(Route::Debit, action, cells);
    }
}

#[test]
fn the_last_part_reverses_the_payment() {
    let Call::ReversePart(part) = call_of(Action::ReversePart) else {
        panic!("not a part");
    };
    let last = Call::ReversePart(PartReversal {
        is_last: true,
        ..part
    });
    let carried_out = CallResult::Approved(answered());
    let found = on_result(Network::Uzcard, Route::Debit, &last, &carried_out);
    let expected = expected(Network::Uzcard, Cell::Done(Status::Reversed));
    assert_eq!(found, expected);
}

#[test]
fn every_call_of_a_transfer_with_every_result() {
    use Cell::{
        CancelNotSent, CancelRefused, Confirm, Credit, Done, DoneBefore, GiveBackBefore, NotSent,
        Refused, UndoNotSent, UndoRefused, Undone, Wait,
    };
    use Status::{Declined, Succeeded};
    let [_, within, across] = ROUTES;
    // Approved, blocked, refused, overtaken: taken, overtaken: freed, not sent, absent after an answer, unknown.
    #[rustfmt::skip] // A row a call.
    let table = [
        (within, Action::P2p, [Done(Succeeded), Confirm, Refused(Declined), Wait, Wait, NotSent(Declined), Refused(Declined), Wait]),
        (within, Action::Confirm, [Done(Succeeded), Wait, CancelRefused, Wait, Wait, CancelNotSent, CancelRefused, Wait]),
        (within, Action::Cancel, [Undone, Wait, Wait, DoneBefore(Succeeded), Wait, Wait, Wait, Wait]),
        (across, Action::Pay, [Credit, Confirm, Refused(Declined), Wait, Wait, NotSent(Declined), Refused(Declined), Wait]),
        (across, Action::Confirm, [Credit, Wait, CancelRefused, Wait, Wait, CancelNotSent, CancelRefused, Wait]),
        (across, Action::Cancel, [Undone, Wait, Wait, GiveBackBefore, Wait, Wait, Wait, Wait]),
        // HUMO's credit is final in whatever words, and an unknown one is never reversed.
        (across, Action::Credit, [Done(Succeeded), Done(Succeeded), UndoRefused, Wait, Wait, UndoNotSent, UndoRefused, Wait]),
        // Never back to what it was: a debit that cannot be given back is kept until it can.
        (across, Action::Reverse, [Undone, Wait, Wait, Wait, Wait, Wait, Wait, Wait]),
    ];
    for (route, action, cells) in table {
        check(route, action, cells);
    }
}

#[test]
fn a_fee_other_than_the_quoted_one_is_not_taken() {
    let call = call_of(Action::P2p);
    for fee in [None, Some(0), Some(FEE - 1), Some(FEE + 1)] {
        let blocked = Receipt { fee, ..answered() };
        let differs = Failure::new(ErrorCode::ProcessingSystemError).because(Reason::FeeDiffers);
        assert_eq!(
            on_result(
                Network::Humo,
                Route::OneLeg { fee: FEE },
                &call,
                &CallResult::Blocked(blocked.clone())
            ),
            Transition {
                request: State::Approved,
                next: Next::Cancel(blocked, differs),
            },
            "{fee:?}"
        );
    }
}
