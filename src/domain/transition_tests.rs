use entity::processing_request::Action;

use super::*;
use crate::domain::call::Doubt;
use crate::domain::call::tests::{FEE, call_of, receipt, refusal};
use rpc_schema::reason::Reason;

const ROUTES: [Route; 3] = [Route::Debit, Route::Within { fee: FEE }, Route::Across];

/// The network's answer names the quoted fee.
fn answered() -> Receipt {
    Receipt {
        fee: Some(FEE),
        ..receipt("answered")
    }
}

fn results() -> [CallResult; 6] {
    [
        CallResult::Approved(answered()),
        CallResult::Blocked(answered()),
        CallResult::Refused(refusal(false)),
        CallResult::Refused(refusal(true)),
        CallResult::NotExecuted("no connection".to_owned()),
        CallResult::Unknown(Doubt {
            cause: "no answer".to_owned(),
            processing_code: None,
        }),
    ]
}

/// A cell of the table.
#[derive(Debug, Clone, Copy)]
enum Cell {
    /// Carried out: the status, with the network's receipt.
    Done(Status),
    /// Undone: declined with the error that the transaction keeps.
    Undone,
    /// Refused, though the status is reached: with the receipt from before.
    Gone(Status),
    /// The refusal with its mapped code, and the status.
    Refused(Status),
    /// -32330, and the status.
    NotUndone(Status),
    /// -32338 or -32339, and the status.
    NotSent(Status),
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
    /// Nobody knows.
    Wait,
}

fn expected(network: Network, cell: Cell) -> Transition {
    let refused = Failure::refused(network, &refusal(false));
    let not_undone = Failure::refused_as(ErrorCode::CancelFailed, network, &refusal(false))
        .because(Reason::RefusedByNetwork);
    let unavailable = Failure::unavailable(network);
    let (request, next) = match cell {
        Cell::Undone => (State::Approved, Next::Undone),
        Cell::Done(status) => (State::Approved, Next::Done(status, answered())),
        Cell::Gone(status) => (State::Declined, Next::Done(status, receipt("before"))),
        Cell::Refused(status) => (State::Declined, Next::Failed(status, refused)),
        Cell::NotUndone(status) => (State::Declined, Next::Failed(status, not_undone)),
        Cell::NotSent(status) => (State::Declined, Next::Failed(status, unavailable)),
        Cell::Confirm => (State::Approved, Next::Confirm(answered())),
        Cell::CancelRefused => (State::Declined, Next::Cancel(receipt("before"), refused)),
        Cell::CancelNotSent => (
            State::Declined,
            Next::Cancel(receipt("before"), unavailable),
        ),
        Cell::Credit => (State::Approved, Next::Credit(answered())),
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
        Cell::Wait => (State::Unknown, Next::Wait),
    };
    Transition { request, next }
}

#[track_caller]
fn check(route: Route, action: Action, cells: [Cell; 6]) {
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
        CancelNotSent, CancelRefused, Confirm, Done, Gone, NotSent, NotUndone, Refused, Undone,
        Wait,
    };
    use Status::{Cancelled, Declined, Expired, Held, Reversed, Succeeded};
    // Approved, blocked, refused, refused as gone, not sent, unknown.
    #[rustfmt::skip] // A row a call.
    let table = [
        (Action::Pay, [Done(Succeeded), Confirm, Refused(Declined), Refused(Declined), NotSent(Declined), Wait]),
        (Action::Confirm, [Done(Succeeded), Wait, CancelRefused, CancelRefused, CancelNotSent, Wait]),
        (Action::Cancel, [Undone, Wait, Wait, Wait, Wait, Wait]),
        (Action::Hold, [Done(Held), Wait, Refused(Declined), Refused(Declined), NotSent(Declined), Wait]),
        (Action::Capture, [Done(Succeeded), Wait, Refused(Held), Refused(Expired), NotSent(Held), Wait]),
        (Action::Release, [Done(Cancelled), Wait, NotUndone(Held), NotUndone(Held), NotSent(Held), Wait]),
        (Action::Expire, [Done(Expired), Wait, Wait, Gone(Expired), NotSent(Held), Wait]),
        (Action::Reverse, [Done(Reversed), Wait, NotUndone(Succeeded), NotUndone(Succeeded), NotSent(Succeeded), Wait]),
    ];
    for (action, cells) in table {
        check(Route::Debit, action, cells);
    }
}

#[test]
fn every_call_of_a_transfer_with_every_result() {
    use Cell::{
        CancelNotSent, CancelRefused, Confirm, Credit, Done, NotSent, Refused, UndoNotSent,
        UndoRefused, Undone, Wait,
    };
    use Status::{Declined, Succeeded};
    let [_, within, across] = ROUTES;
    // Approved, blocked, refused, refused as gone, not sent, unknown.
    #[rustfmt::skip] // A row a call.
    let table = [
        (within, Action::P2p, [Done(Succeeded), Confirm, Refused(Declined), Refused(Declined), NotSent(Declined), Wait]),
        (within, Action::Confirm, [Done(Succeeded), Wait, CancelRefused, CancelRefused, CancelNotSent, Wait]),
        (within, Action::Cancel, [Undone, Wait, Wait, Wait, Wait, Wait]),
        (across, Action::Pay, [Credit, Confirm, Refused(Declined), Refused(Declined), NotSent(Declined), Wait]),
        (across, Action::Confirm, [Credit, Wait, CancelRefused, CancelRefused, CancelNotSent, Wait]),
        (across, Action::Cancel, [Undone, Wait, Wait, Wait, Wait, Wait]),
        // HUMO's credit is final in whatever words, and an unknown one is never reversed.
        (across, Action::Credit, [Done(Succeeded), Done(Succeeded), UndoRefused, UndoRefused, UndoNotSent, Wait]),
        // Never back to what it was: a debit that cannot be given back is kept until it can.
        (across, Action::Reverse, [Undone, Wait, Wait, Wait, Wait, Wait]),
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
                Route::Within { fee: FEE },
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
