use rpc_schema::errors::ErrorCode;

use super::*;
use crate::domain::progress::tests::{FEE, call_of, receipt, refusal};

const WITHIN: Plan = Plan::Within { fee: FEE };

fn findings() -> [Finding; 7] {
    [
        Finding::Executed(receipt("found")),
        Finding::Blocked(receipt("found")),
        Finding::Refused(refusal(false)),
        Finding::Refused(refusal(true)),
        Finding::NotExecuted("not there".to_owned()),
        Finding::Untraceable("no list".to_owned()),
        Finding::Open(Doubt {
            cause: "no answer".to_owned(),
            processing_code: None,
        }),
    ]
}

/// A cell of the table.
#[derive(Debug, Clone, Copy)]
enum Cell {
    /// Carried out: the status, with the receipt that was found.
    Done(Status),
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
    Again,
    /// An operator must find out.
    Manual,
    /// The hold was charged: HUMO's payment is all there is to know; at UZCARD an operator must find out.
    Charged,
    /// Look again later.
    Wait,
}

fn expected(network: Network, cell: Cell, finding: &Finding) -> Progress {
    let refused = Failure::refused(network, &refusal(false));
    let not_undone = Failure::refused_as(ErrorCode::CancelFailed, network, &refusal(false))
        .because("refused_by_network");
    let unavailable = Failure::unavailable(network);
    let interrupted = unavailable.clone().because("interrupted");
    let (found, before) = (receipt("found"), receipt("before"));
    let (request, next) = match cell {
        Cell::Done(status) => (State::Approved, Next::Done(status, found)),
        Cell::DoneBefore(status) => (State::Declined, Next::Done(status, before)),
        Cell::Refused(status) => (State::Declined, Next::Failed(status, refused)),
        Cell::NotUndone(status) => (State::Declined, Next::Failed(status, not_undone)),
        Cell::NotSent(status) => (State::Declined, Next::Failed(status, unavailable)),
        Cell::Cancel => (State::Approved, Next::Cancel(found, interrupted)),
        Cell::CancelRefused => (State::Declined, Next::Cancel(before, refused)),
        Cell::CancelNotSent => (State::Declined, Next::Cancel(before, unavailable)),
        Cell::GiveBack => (State::Approved, Next::GiveBack(found, interrupted)),
        Cell::GiveBackBefore => (State::Declined, Next::GiveBack(before, interrupted)),
        Cell::UndoRefused => (State::Declined, Next::Undo(refused)),
        Cell::UndoNotSent => (State::Declined, Next::Undo(unavailable)),
        Cell::Again => (State::Declined, Next::Again),
        Cell::Manual => {
            let why = match finding {
                Finding::NotExecuted(why) | Finding::Untraceable(why) => why.clone(),
                Finding::Refused(_) => "the network refuses to undo it".to_owned(),
                Finding::Open(doubt) => doubt.cause.clone(),
                Finding::Executed(_) | Finding::Blocked(_) => String::new(),
            };
            (State::Unknown, Next::Manual(why))
        }
        Cell::Charged => match network {
            Network::Uzcard => (
                State::Unknown,
                Next::Manual("the hold was charged".to_owned()),
            ),
            Network::Humo => (
                State::Declined,
                Next::Done(Status::Succeeded, receipt("before")),
            ),
        },
        Cell::Wait => (State::Unknown, Next::Wait),
    };
    Progress { request, next }
}

#[track_caller]
fn check(plan: Plan, action: Action, cells: [Cell; 5]) {
    let call = call_of(action);
    // What no look-up can trace, and what is still open, is the same for all.
    let [a, b, c, d, e] = cells;
    let cells = [a, b, c, d, e, Cell::Manual, Cell::Wait];
    for network in [Network::Uzcard, Network::Humo] {
        for (finding, cell) in findings().into_iter().zip(cells) {
            let shown = format!("{network:?} {plan:?} {action:?} {finding:?}");
            assert_eq!(
                after_finding(network, plan, action, &call, &finding, false),
                expected(network, cell, &finding),
                "{shown}"
            );
            // After the last look-up nothing is left open, and no undoing is made again.
            let open = match finding {
                Finding::Blocked(_) | Finding::Refused(_) => matches!(cell, Cell::Again),
                Finding::Executed(_)
                | Finding::NotExecuted(_)
                | Finding::Untraceable(_)
                | Finding::Open(_) => matches!(cell, Cell::Wait | Cell::Again),
            };
            let last = match open {
                true => Cell::Manual,
                false => cell,
            };
            assert_eq!(
                after_finding(network, plan, action, &call, &finding, true),
                expected(network, last, &finding),
                "the last: {shown}"
            );
        }
    }
}

#[test]
fn every_call_of_a_debit_or_hold_with_every_finding() {
    use Action::{Cancel, Capture, Confirm, Expire, Hold, Pay, Release, Reverse};
    use Cell::{
        Again, Cancel as Undo, CancelNotSent, CancelRefused, Charged, Done, DoneBefore, NotSent,
        NotUndone, Refused, Wait,
    };
    use Status::{Cancelled, Declined, Expired, Held, Reversed, Succeeded};
    // Executed, blocked, refused, refused as gone, not executed.
    #[rustfmt::skip] // A row a call.
    let table = [
        (Pay, [Done(Succeeded), Undo, Refused(Declined), Refused(Declined), NotSent(Declined)]),
        (Confirm, [Done(Succeeded), Wait, CancelRefused, CancelRefused, CancelNotSent]),
        (Cancel, [Done(Declined), Wait, Again, DoneBefore(Succeeded), Again]),
        (Hold, [Done(Held), Wait, Refused(Declined), Refused(Declined), NotSent(Declined)]),
        (Capture, [Done(Succeeded), Wait, Refused(Held), Refused(Expired), NotSent(Held)]),
        // A hold that is gone was charged, though we do not know of it.
        (Release, [Done(Cancelled), Wait, NotUndone(Held), Charged, NotSent(Held)]),
        (Expire, [Done(Expired), Wait, Wait, Charged, NotSent(Held)]),
        (Reverse, [Done(Reversed), Wait, NotUndone(Succeeded), NotUndone(Succeeded), NotSent(Succeeded)]),
    ];
    for (action, cells) in table {
        check(Plan::Debit, action, cells);
    }
}

#[test]
fn every_call_of_a_transfer_with_every_finding() {
    use Action::{Cancel, Confirm, Credit, P2p, Pay, Reverse};
    use Cell::{
        Again, Cancel as Undo, CancelNotSent, CancelRefused, Done, DoneBefore, GiveBack,
        GiveBackBefore, NotSent, Refused, UndoNotSent, UndoRefused, Wait,
    };
    use Status::{Declined, Succeeded};
    // Executed, blocked, refused, refused as gone, not executed.
    #[rustfmt::skip] // A row a call.
    let table = [
        (WITHIN, P2p, [Done(Succeeded), Undo, Refused(Declined), Refused(Declined), NotSent(Declined)]),
        (WITHIN, Confirm, [Done(Succeeded), Wait, CancelRefused, CancelRefused, CancelNotSent]),
        (WITHIN, Cancel, [Done(Declined), Wait, Again, DoneBefore(Succeeded), Again]),
        // The credit is never begun by recovery.
        (Plan::Across, Pay, [GiveBack, Undo, Refused(Declined), Refused(Declined), NotSent(Declined)]),
        (Plan::Across, Confirm, [GiveBack, Wait, CancelRefused, CancelRefused, CancelNotSent]),
        (Plan::Across, Cancel, [Done(Declined), Wait, Again, GiveBackBefore, Again]),
        (Plan::Across, Credit, [Done(Succeeded), Done(Succeeded), UndoRefused, UndoRefused, UndoNotSent]),
        (Plan::Across, Reverse, [Done(Declined), Wait, Again, Again, Again]),
    ];
    for (plan, action, cells) in table {
        check(plan, action, cells);
    }
}

#[test]
fn an_absence_is_a_proof_only_when_the_call_cannot_come_any_more() {
    let found = |network, action, found, may_still_come| {
        Finding::of(network, &call_of(action), found, may_still_come)
    };
    let blocked = || Found::Blocked(receipt("found"));
    for network in [Network::Uzcard, Network::Humo] {
        for action in [
            Action::Pay,
            Action::P2p,
            Action::Confirm,
            Action::Cancel,
            Action::Capture,
            Action::Release,
            Action::Reverse,
            Action::Credit,
        ] {
            let early = found(network, action, Found::Nothing, true);
            assert!(matches!(early, Finding::Open(_)), "{action:?} {early:?}");
            let late = found(network, action, Found::Nothing, false);
            assert!(
                matches!(late, Finding::NotExecuted(_)),
                "{action:?} {late:?}"
            );
        }
    }
    // A hold of UZCARD carries no reference of ours: its absence proves nothing, ever.
    let hold =
        |network, may_still_come| found(network, Action::Hold, Found::Nothing, may_still_come);
    assert!(matches!(hold(Network::Uzcard, true), Finding::Open(_)));
    assert!(matches!(
        hold(Network::Uzcard, false),
        Finding::Untraceable(_)
    ));
    assert!(matches!(
        hold(Network::Humo, false),
        Finding::NotExecuted(_)
    ));
    // That a payment is created says all about its creation, and of its confirmation only that it has not come yet.
    for may_still_come in [true, false] {
        let created = found(Network::Humo, Action::Pay, blocked(), may_still_come);
        assert_eq!(created, Finding::Blocked(receipt("found")));
    }
    let confirm = |may_still_come| found(Network::Humo, Action::Confirm, blocked(), may_still_come);
    assert!(matches!(confirm(true), Finding::Open(_)));
    assert!(matches!(confirm(false), Finding::NotExecuted(_)));
}
