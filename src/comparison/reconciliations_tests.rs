use entity::ids::ProcessingRequestId;
use entity::transaction::Status;

use super::*;

/// From between 1000 and 1010 to between 2000 and 2010.
const PERIOD: Period = Period {
    begins: (UnixMillis(1_000), UnixMillis(1_010)),
    ends: (UnixMillis(2_000), UnixMillis(2_010)),
};

fn calls(calls: &[(Action, CallState, i64, Option<i64>)]) -> TransactionCalls {
    let call =
        |(action, state, sent_at, settled_at): &(Action, CallState, i64, Option<i64>)| CallRow {
            id: ProcessingRequestId(1),
            transaction_id: TransactionId(1),
            action: *action,
            reference: String::new(),
            amount: 500,
            state: *state,
            receipt: None,
            sent_at: UnixMillis(*sent_at),
            settled_at: settled_at.map(UnixMillis),
        };
    TransactionCalls {
        transaction_id: TransactionId(1),
        status: Status::Succeeded,
        fee: 0,
        calls: calls.iter().map(call).collect(),
        account: "default".to_owned(),
    }
}

fn ours(rows: &[(Action, CallState, i64, Option<i64>)]) -> Ours {
    let mut ours = Ours::default();
    ours.count(&calls(rows), PERIOD);
    ours
}

fn side(sure: i64, maybe: i64) -> Side {
    let total = |number: i64| Total {
        number,
        amount: number * 500,
    };
    Side {
        sure: total(sure),
        maybe: total(maybe),
    }
}

#[test]
fn what_takes_money_and_what_gives_it_back_is_counted_once() {
    use Action::{Cancel, Capture, Confirm, Credit, Hold, P2p, Pay, Release, Reverse};
    use CallState::{Approved, Declined};
    let at = |action: Action| (action, Approved, 1_500, Some(1_600));
    for (rows, debits, reversals) in [
        (vec![at(Pay), at(Confirm)], 1, 0),
        (vec![at(P2p), at(Confirm), at(Reverse)], 1, 1),
        (vec![at(Hold), at(Capture)], 1, 0),
        // Finished by its creation.
        (vec![at(Pay)], 1, 0),
        (
            vec![at(Pay), (Confirm, Declined, 1_500, Some(1_600)), at(Cancel)],
            0,
            0,
        ),
        (vec![at(Hold), at(Release), at(Credit)], 0, 0),
        (vec![(Pay, Declined, 1_500, Some(1_600))], 0, 0),
    ] {
        let expected = Ours {
            debits: side(debits, 0),
            reversals: side(reversals, 0),
        };
        assert_eq!(ours(&rows), expected, "{rows:?}");
    }
}

/// A call that was on its way when the period began or ended may be on either side, as may one that is not settled.
#[test]
fn a_call_at_an_edge_may_be_on_either_side() {
    use CallState::{Approved, Sent, Unknown};
    for (state, sent, settled, sure, maybe) in [
        (Approved, 900, Some(999), 0, 0),
        (Approved, 990, Some(1_000), 0, 1),
        (Approved, 1_005, Some(1_100), 0, 1),
        (Approved, 1_010, Some(1_100), 0, 1),
        (Approved, 1_011, Some(1_999), 1, 0),
        (Approved, 1_900, Some(2_000), 0, 1),
        (Approved, 1_900, Some(2_001), 0, 1),
        (Approved, 2_010, Some(2_100), 0, 1),
        (Approved, 2_011, Some(2_100), 0, 0),
        (Unknown, 900, None, 0, 1),
        (Sent, 1_500, None, 0, 1),
        (Sent, 2_011, None, 0, 0),
    ] {
        let found = ours(&[(Action::Capture, state, sent, settled)]);
        assert_eq!(
            found.debits,
            side(sure, maybe),
            "{state:?} {sent} {settled:?}"
        );
    }
}

fn reconciled(state: State, code: Option<&str>, debits: Option<(i64, i64)>) -> Reconciled {
    Reconciled {
        row: Model {
            id: 1,
            terminal_id: "1965000A".to_owned(),
            account: "default".to_owned(),
            day: 20_261_121,
            state,
            due_at: UnixMillis(0),
            tries: 1,
            reference: None,
            payment_id: None,
            is_partial: false,
            confirm_sent_at: None,
            ended_at: None,
            code: code.map(str::to_owned),
            debits: debits.map(|(number, _)| number),
            debited: debits.map(|(_, amount)| amount),
            reversals: Some(0),
            reversed: Some(0),
            why: None,
        },
        ours: Some(Ours {
            debits: side(2, 1),
            reversals: side(0, 0),
        }),
    }
}

#[test]
fn differences_are_told() {
    let none: &[&str] = &[];
    for (code, debits, differences) in [
        (Some("500"), Some((2, 1_000)), none),
        (None, Some((3, 1_500)), none),
        (None, Some((1, 500)), &["debits"]),
        (None, Some((3, 1_501)), &["debits"]),
        (Some("503"), None, none),
        (Some("501"), Some((2, 1_000)), &["code"]),
        (Some("504"), Some((9, 9)), &["code", "debits"]),
    ] {
        let row = reconciled(State::Done, code, debits);
        assert_eq!(row.differences(), differences, "{code:?} {debits:?}");
        assert_eq!(row.is_finding(), !differences.is_empty());
    }
    for (state, is_finding) in [
        (State::Open, false),
        (State::Lost, true),
        (State::Failed, true),
    ] {
        assert_eq!(reconciled(state, None, None).is_finding(), is_finding);
    }
    // Without an earlier one, there is no period to hold it against.
    let first = Reconciled {
        ours: None,
        ..reconciled(State::Done, Some("500"), Some((9, 9)))
    };
    assert!(!first.is_finding());
}

#[test]
fn a_terminal_is_a_line() {
    let day = Day::from_iso("2026-11-21").unwrap();
    let rows = vec![
        reconciled(State::Done, Some("501"), Some((1, 500))),
        Reconciled {
            ours: None,
            ..reconciled(State::Failed, None, None)
        },
    ];
    let mut out = Vec::new();
    let found = Reconciliations { day, rows };
    found.write(&mut out).unwrap();
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "TERMINAL    terminal=1965000A done code=501 debits=1/500,2/1000+1/500 reversals=0/0,0/0 differs=code,debits\n\
         TERMINAL    terminal=1965000A failed debits=?,? reversals=0/0,?\n\
         2026-11-21 HUMO reconciliations: 1 done, 1 of them differing, 0 open, 0 lost, 1 failed\n"
    );
    assert_eq!(found.verdict(), Verdict::NotMatched);
}
