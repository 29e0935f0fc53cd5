use entity::processing_request::Action;
use entity::transaction::Status;
use rpc_schema::errors::ErrorCode;

use super::*;
use crate::domain::call::tests::{FEE, absence, call_of, overtaken, receipt, refusal};
use crate::domain::call::{Doubt, Ended};
use rpc_schema::reason::Reason;

const ONE_LEG: Route = Route::OneLeg { fee: FEE };

fn results() -> [CallResult; 9] {
    [
        CallResult::Approved(receipt("found")),
        CallResult::Blocked(receipt("found")),
        CallResult::Refused(refusal()),
        CallResult::Overtaken(overtaken(Ended::Taken, refusal())),
        CallResult::Overtaken(overtaken(Ended::Freed, refusal())),
        absence(None),
        absence(Some(refusal())),
        CallResult::Untraceable("no list".to_owned()),
        CallResult::Unknown(Doubt::new("no answer")),
    ]
}

/// A cell of the table.
#[derive(Debug, Clone, Copy)]
enum Cell {
    /// Carried out: the status, with the receipt that was found.
    Done(Status),
    /// Undone: declined with the error that the transaction keeps.
    Undone,
    /// Not carried out, and done all the same: with the receipt from before.
    DoneBefore(Status),
    /// Not carried out: the status, with the refusal's code.
    Refused(Status),
    /// The same with -32330.
    NotUndone(Status),
    /// The same with -32338 or -32339.
    NotSent(Status),
    /// The found payment is cancelled.
    Cancel,
    /// The payment from before is cancelled, for the refusal or for want of a confirmation.
    CancelRefused,
    CancelNotSent,
    /// The found debit is given back, or the one from before.
    GiveBack,
    GiveBackBefore,
    /// The recipient was not credited: the debit is given back.
    UndoRefused,
    UndoNotSent,
    /// The undoing is made again.
    Retry,
    /// An operator must find out.
    Manual,
    /// The hold was charged before: succeeded, with the receipt that was found and -32312, or -32330.
    Charged,
    TooLate,
    /// Look again later.
    Wait,
}

fn expected(network: Network, cell: Cell, result: &CallResult) -> Transition {
    let refused = Failure::refused(network, &refusal());
    let not_undone = Failure::refused_as(ErrorCode::CancelFailed, network, &refusal())
        .because(Reason::RefusedByNetwork);
    let charged = Failure::refused_as(ErrorCode::AlreadyCarriedOut, network, &refusal());
    let unavailable = Failure::unavailable(network);
    let interrupted = unavailable.clone().because(Reason::Interrupted);
    let (found, before, ended) = (receipt("found"), receipt("before"), receipt("ended"));
    let (request, next) = match cell {
        Cell::Undone => (State::Approved, Next::Undone),
        Cell::Done(status) => (State::Approved, Next::Done(status, found)),
        Cell::DoneBefore(status) => (State::Declined, Next::Done(status, before)),
        Cell::Refused(status) => (State::Declined, Next::Failed(status, refused)),
        Cell::NotUndone(status) => (State::Declined, Next::Failed(status, not_undone)),
        Cell::NotSent(status) => (State::Declined, Next::Failed(status, unavailable)),
        Cell::Cancel => (State::Approved, Next::Cancel(found, interrupted)),
        Cell::CancelRefused => (State::Declined, Next::Cancel(before, refused)),
        Cell::CancelNotSent => (State::Declined, Next::Cancel(before, unavailable)),
        Cell::GiveBack => (
            State::Approved,
            Next::GiveBack {
                debit: Some(found),
                failure: interrupted,
            },
        ),
        Cell::GiveBackBefore => (
            State::Declined,
            Next::GiveBack {
                debit: Some(before),
                failure: interrupted,
            },
        ),
        Cell::UndoRefused => (
            State::Declined,
            Next::GiveBack {
                debit: None,
                failure: refused,
            },
        ),
        Cell::UndoNotSent => (
            State::Declined,
            Next::GiveBack {
                debit: None,
                failure: unavailable,
            },
        ),
        Cell::Retry => (State::Declined, Next::Retry),
        Cell::Manual => {
            let why = match result {
                CallResult::NotExecuted(absence) => absence.how.clone(),
                CallResult::Untraceable(why) => why.clone(),
                CallResult::Refused(_) => "the network refuses to undo it".to_owned(),
                CallResult::Unknown(doubt) => doubt.cause.clone(),
                CallResult::Approved(_) | CallResult::Blocked(_) | CallResult::Overtaken(_) => {
                    String::new()
                }
            };
            (State::Unknown, Next::Manual(why))
        }
        Cell::Charged => (State::Declined, Next::TakenBefore(ended, charged)),
        Cell::TooLate => (State::Declined, Next::TakenBefore(ended, not_undone)),
        Cell::Wait => (State::Unknown, Next::Wait),
    };
    Transition { request, next }
}

#[track_caller]
fn check(route: Route, action: Action, cells: [Cell; 7]) {
    let call = call_of(action);
    // What no look-up can trace, and what is still open, is the same for all.
    let [a, b, c, d, e, f, g] = cells;
    let cells = [a, b, c, d, e, f, g, Cell::Manual, Cell::Wait];
    for network in [Network::Uzcard, Network::Humo] {
        for (result, cell) in results().into_iter().zip(cells) {
            let shown = format!("{network:?} {route:?} {action:?} {result:?}");
            assert_eq!(
                on_late_result(network, route, &call, &result, false),
                expected(network, cell, &result),
                "{shown}"
            );
            // After the last look-up nothing is left open, and no undoing is made again.
            let open = match result {
                CallResult::Blocked(_) | CallResult::Refused(_) | CallResult::Overtaken(_) => {
                    matches!(cell, Cell::Retry)
                }
                CallResult::Approved(_)
                | CallResult::NotExecuted(_)
                | CallResult::Untraceable(_)
                | CallResult::Unknown(_) => matches!(cell, Cell::Wait | Cell::Retry),
            };
            let last = match open {
                true => Cell::Manual,
                false => cell,
            };
            assert_eq!(
                on_late_result(network, route, &call, &result, true),
                expected(network, last, &result),
                "the last: {shown}"
            );
        }
    }
}

#[test]
fn every_call_of_a_debit_or_hold_with_every_result() {
    use Action::{Cancel, Capture, Confirm, Expire, Hold, Pay, Release, Reverse};
    use Cell::{
        Cancel as Undo, CancelNotSent, CancelRefused, Charged, Done, DoneBefore, NotSent,
        NotUndone, Refused, Retry, TooLate, Undone, Wait,
    };
    use Status::{Cancelled, Declined, Expired, Held, Reversed, Succeeded};
    // Approved, blocked, refused, overtaken: taken, overtaken: freed, not executed, the same after an answer.
    #[rustfmt::skip] // A row a call.
    let table = [
        (Pay, [Done(Succeeded), Undo, Refused(Declined), Wait, Wait, NotSent(Declined), Refused(Declined)]),
        (Confirm, [Done(Succeeded), Wait, CancelRefused, Wait, Wait, CancelNotSent, CancelRefused]),
        (Cancel, [Undone, Wait, Retry, DoneBefore(Succeeded), Wait, Retry, Retry]),
        (Hold, [Done(Held), Wait, Refused(Declined), Wait, Wait, NotSent(Declined), Refused(Declined)]),
        (Capture, [Done(Succeeded), Wait, Refused(Held), Charged, Refused(Expired), NotSent(Held), Refused(Held)]),
        (Release, [Done(Cancelled), Wait, NotUndone(Held), TooLate, Wait, NotSent(Held), NotUndone(Held)]),
        (Expire, [Done(Expired), Wait, Wait, TooLate, Wait, NotSent(Held), NotUndone(Held)]),
        (Reverse, [Done(Reversed), Wait, NotUndone(Succeeded), TooLate, Wait, NotSent(Succeeded), NotUndone(Succeeded)]),
    ];
    for (action, cells) in table {
        check(Route::Debit, action, cells);
    }
}

#[test]
fn every_call_of_a_transfer_with_every_result() {
    use Action::{Cancel, Confirm, Credit, P2p, Pay, Reverse};
    use Cell::{
        Cancel as Undo, CancelNotSent, CancelRefused, Done, DoneBefore, GiveBack, GiveBackBefore,
        NotSent, Refused, Retry, UndoNotSent, UndoRefused, Undone, Wait,
    };
    use Status::{Declined, Succeeded};
    // Approved, blocked, refused, overtaken: taken, overtaken: freed, not executed, the same after an answer.
    #[rustfmt::skip] // A row a call.
    let table = [
        (ONE_LEG, P2p, [Done(Succeeded), Undo, Refused(Declined), Wait, Wait, NotSent(Declined), Refused(Declined)]),
        (ONE_LEG, Confirm, [Done(Succeeded), Wait, CancelRefused, Wait, Wait, CancelNotSent, CancelRefused]),
        (ONE_LEG, Cancel, [Undone, Wait, Retry, DoneBefore(Succeeded), Wait, Retry, Retry]),
        // The credit is never begun by recovery.
        (Route::TwoLegs, Pay, [GiveBack, Undo, Refused(Declined), Wait, Wait, NotSent(Declined), Refused(Declined)]),
        (Route::TwoLegs, Confirm, [GiveBack, Wait, CancelRefused, Wait, Wait, CancelNotSent, CancelRefused]),
        (Route::TwoLegs, Cancel, [Undone, Wait, Retry, GiveBackBefore, Wait, Retry, Retry]),
        (Route::TwoLegs, Credit, [Done(Succeeded), Done(Succeeded), UndoRefused, Wait, Wait, UndoNotSent, UndoRefused]),
        (Route::TwoLegs, Reverse, [Undone, Wait, Retry, Wait, Wait, Retry, Retry]),
    ];
    for (route, action, cells) in table {
        check(route, action, cells);
    }
}
