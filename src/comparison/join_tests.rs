use entity::processing_request::Action;
use proptest::prelude::*;

use super::*;

const DAY_MS: i64 = 24 * 3_600 * 1_000;

fn day() -> Day {
    Day::from_iso("2026-11-20").unwrap()
}

fn scope(network: Network) -> Scope {
    Scope {
        network,
        day: day(),
        now: day().ends_at() + 9 * 3_600 * 1_000,
    }
}

const SETTLED: [Position; 6] = [
    Position::Declined,
    Position::Freed,
    Position::Held,
    Position::Done,
    Position::Credited,
    Position::Reversed,
];

fn book_states() -> [BookState; 6] {
    [
        BookState::Absent,
        BookState::Refused,
        BookState::Active,
        BookState::Done,
        BookState::Undone,
        BookState::Unclear("why"),
    ]
}

fn payment(reference: &str, position: Position) -> Payment {
    Payment {
        transaction_id: 7,
        action: Action::Pay,
        reference: reference.to_owned(),
        amount: 500,
        position,
        network_id: "000000000009".to_owned(),
        sent_at: day().begins_at() + 1,
        settled_at: Some(day().begins_at() + 2),
        undoing: false,
    }
}

fn listed(reference: &str) -> ListedPayment {
    ListedPayment {
        at: "261120000000".to_owned(),
        reference: reference.to_owned(),
        network_id: "000000000009".to_owned(),
        amount: Some(500),
    }
}

fn on_list() -> Theirs {
    Theirs {
        listed: vec![listed("a")],
        asked: Asked::No,
    }
}

fn answered(state: BookState, amount: Option<i64>) -> Theirs {
    Theirs {
        listed: Vec::new(),
        asked: Asked::Answered(BookEntry { state, amount }),
    }
}

fn both(state: BookState) -> Theirs {
    Theirs {
        listed: on_list().listed,
        asked: answered(state, Some(500)).asked,
    }
}

fn differing(mark: impl FnOnce(&mut Differences)) -> Class {
    let mut differences = Differences::default();
    mark(&mut differences);
    Class::Differing(differences)
}

#[track_caller]
fn check(network: Network, position: Position, theirs: &Theirs, expected: Class) {
    let ours = payment("a", position);
    assert_eq!(
        class(scope(network), &ours, theirs),
        expected,
        "{network:?} {position:?} {theirs:?}"
    );
}

/// Each position with each answer of HUMO.
#[test]
fn every_payment_state_with_every_book_state() {
    use Position::{Credited, Declined, Done, Freed, Held, Reversed};
    let ok = Class::Matched;
    let ours = Class::OursOnly;
    let state = differing(|differences| differences.state = true);
    // Absent, refused, active, done, undone, unclear.
    #[rustfmt::skip] // A row a position.
    let table = [
        (Declined, [ok, ok, state, state, ok, state]),
        (Freed, [ok, ok, state, state, ok, state]),
        (Held, [ours, state, ok, state, state, state]),
        (Done, [ours, state, state, ok, state, state]),
        (Credited, [ours, state, ok, ok, state, state]),
        (Reversed, [ours, state, state, state, ok, state]),
    ];
    for (position, classes) in table {
        for (state, expected) in book_states().into_iter().zip(classes) {
            for amount in [None, Some(500)] {
                check(
                    Network::Humo,
                    position,
                    &answered(state.clone(), amount),
                    expected,
                );
            }
        }
    }
}

#[test]
fn an_amount_counts_where_money_stands() {
    let amount = differing(|differences| differences.amount = true);
    let state = differing(|differences| differences.state = true);
    let state_and_amount = differing(|differences| {
        differences.state = true;
        differences.amount = true;
    });
    let less = |state: BookState| answered(state, Some(499));
    check(
        Network::Humo,
        Position::Done,
        &less(BookState::Done),
        amount,
    );
    check(
        Network::Humo,
        Position::Held,
        &less(BookState::Active),
        amount,
    );
    check(
        Network::Humo,
        Position::Credited,
        &less(BookState::Active),
        amount,
    );
    check(
        Network::Humo,
        Position::Declined,
        &less(BookState::Done),
        state_and_amount,
    );
    check(
        Network::Humo,
        Position::Done,
        &less(BookState::Undone),
        state,
    );
    check(
        Network::Humo,
        Position::Reversed,
        &less(BookState::Undone),
        Class::Matched,
    );
    check(
        Network::Humo,
        Position::Freed,
        &less(BookState::Undone),
        Class::Matched,
    );
}

#[test]
fn a_list_says_carried_out_once() {
    use Position::{Credited, Declined, Done, Reversed};
    let state = differing(|differences| differences.state = true);
    let of = |position, theirs: &Theirs, expected| {
        check(Network::Uzcard, position, theirs, expected);
    };
    let nothing = Theirs::default();
    for position in [Done, Credited] {
        of(position, &on_list(), Class::Matched);
        of(position, &nothing, Class::OursOnly);
        // The network has it, and yet its list has not.
        of(
            position,
            &answered(BookState::Done, Some(500)),
            Class::OursOnly,
        );
        of(position, &answered(BookState::Undone, Some(500)), state);
        of(position, &both(BookState::Undone), state);
    }
    of(Declined, &nothing, Class::Matched);
    // The most important find: the partner was told that it failed.
    of(Declined, &on_list(), state);
    of(Declined, &both(BookState::Done), state);
    of(Declined, &both(BookState::Refused), Class::Matched);
    of(Declined, &both(BookState::Undone), Class::Matched);
    of(Reversed, &both(BookState::Undone), Class::Matched);
    of(
        Reversed,
        &answered(BookState::Undone, Some(500)),
        Class::Matched,
    );
    of(Reversed, &both(BookState::Done), state);
    of(
        Reversed,
        &answered(BookState::Absent, None),
        Class::OursOnly,
    );
}

#[test]
fn a_row_of_the_list_has_its_amount_and_number_and_comes_once() {
    let with = |change: &dyn Fn(&mut ListedPayment)| {
        let mut row = listed("a");
        change(&mut row);
        Theirs {
            listed: vec![row],
            asked: Asked::No,
        }
    };
    let of = |theirs: &Theirs, expected| check(Network::Uzcard, Position::Done, theirs, expected);
    let amount = differing(|differences| differences.amount = true);
    of(&with(&|row| row.amount = Some(501)), amount);
    of(&with(&|row| row.amount = None), amount);
    let number = differing(|differences| differences.number = true);
    of(&with(&|row| row.network_id = "10".to_owned()), number);
    for same in ["9", "000000000009", ""] {
        of(
            &with(&|row| row.network_id = same.to_owned()),
            Class::Matched,
        );
    }
    let twice = Theirs {
        listed: vec![listed("a"), listed("a")],
        asked: Asked::No,
    };
    of(&twice, differing(|differences| differences.twice = true));
}

/// The list of a day has nothing of other days: what is touched on this one by a later call is asked about.
#[test]
fn a_payment_of_another_day_need_not_be_listed() {
    let mut ours = payment("a", Position::Done);
    for sent_at in [day().begins_at() - 1, day().ends_at()] {
        ours.sent_at = sent_at;
        let scope = scope(Network::Uzcard);
        assert!(must_ask(scope, &ours, &[]));
        let known = answered(BookState::Done, Some(500));
        assert_eq!(class(scope, &ours, &known), Class::Matched);
        let unknown = answered(BookState::Absent, None);
        assert_eq!(class(scope, &ours, &unknown), Class::OursOnly);
    }
}

#[test]
fn what_the_list_cannot_decide_is_asked() {
    let list = [listed("a")];
    let asks = |position: Position, listed: &[ListedPayment]| {
        must_ask(scope(Network::Uzcard), &payment("a", position), listed)
    };
    for position in [Position::Done, Position::Credited] {
        assert!(!asks(position, &list));
        assert!(asks(position, &[]));
        let undoing = Payment {
            undoing: true,
            ..payment("a", position)
        };
        assert!(must_ask(scope(Network::Uzcard), &undoing, &list));
    }
    assert!(asks(Position::Declined, &list));
    assert!(!asks(Position::Declined, &[]));
    let unsettled = Position::Unsettled {
        since: 0,
        manual: false,
    };
    for position in [Position::Reversed, unsettled] {
        assert!(asks(position, &list) && asks(position, &[]));
    }
    for position in SETTLED {
        let humo = scope(Network::Humo);
        assert!(must_ask(humo, &payment("a", position), &[]));
        // Nothing to ask by.
        assert!(!must_ask(humo, &payment("", position), &[]));
    }
}

#[test]
fn what_is_unsettled_for_a_day_or_given_up_is_overdue() {
    let now = scope(Network::Humo).now;
    for (since, manual, overdue) in [
        (now, false, false),
        (now - DAY_MS + 1, false, false),
        (now - DAY_MS, false, true),
        (now, true, true),
    ] {
        let position = Position::Unsettled { since, manual };
        for theirs in [Theirs::default(), both(BookState::Done)] {
            check(
                Network::Humo,
                position,
                &theirs,
                Class::Unsettled { overdue },
            );
        }
    }
}

#[test]
fn no_answer_is_no_match() {
    let in_vain = Theirs {
        listed: Vec::new(),
        asked: Asked::InVain("no answer".to_owned()),
    };
    for position in SETTLED {
        check(Network::Humo, position, &in_vain, Class::Unanswered);
    }
}

/// A row of the list without a reference belongs to nobody, least of all to a hold that has none.
#[test]
fn rows_without_a_reference_never_meet() {
    let unsettled = Position::Unsettled {
        since: 0,
        manual: false,
    };
    let theirs = HashMap::from([(
        String::new(),
        Theirs {
            listed: vec![listed("")],
            asked: Asked::No,
        },
    )]);
    let ours = vec![payment("", unsettled)];
    let rows = join(scope(Network::Uzcard), ours, theirs);
    let classes: Vec<Class> = rows.iter().map(|row| row.class).collect();
    assert_eq!(
        classes,
        [Class::Unsettled { overdue: true }, Class::TheirsOnly]
    );
}

proptest! {
    /// A full outer join: every reference of either side is in just one row, with all that both sides have of it, and its
    /// class says on which sides it is.
    #[test]
    fn nothing_is_lost_and_nothing_comes_twice(
        ours in proptest::collection::btree_map("[a-f]", 0..SETTLED.len(), 0..6),
        theirs in proptest::collection::btree_map("[a-f]", 1_usize..3, 0..6),
    ) {
        let payments: Vec<Payment> = ours
            .iter()
            .map(|(reference, place)| payment(reference, SETTLED[*place]))
            .collect();
        let listed_under: HashMap<String, Theirs> = theirs
            .iter()
            .map(|(reference, times)| {
                let listed = vec![listed(reference); *times];
                (reference.clone(), Theirs { listed, asked: Asked::No })
            })
            .collect();
        let rows = join(scope(Network::Uzcard), payments.clone(), listed_under.clone());

        let mut references: Vec<&str> = rows.iter().map(|row| row.reference.as_str()).collect();
        references.sort_unstable();
        let mut expected: Vec<&str> = ours.keys().chain(theirs.keys()).map(String::as_str).collect();
        expected.sort_unstable();
        expected.dedup();
        prop_assert_eq!(references, expected);
        for row in &rows {
            let own = payments.iter().find(|payment| payment.reference == row.reference);
            prop_assert_eq!(row.ours.as_ref(), own);
            let their = listed_under.get(&row.reference).cloned().unwrap_or_default();
            prop_assert_eq!(&row.theirs, &their);
            prop_assert_eq!(row.class == Class::TheirsOnly, own.is_none());
            if let Some(own) = own {
                prop_assert_eq!(row.class, class(scope(Network::Uzcard), own, &their));
            }
        }
        // What both sides have alike, once, is all that matches; and what neither moved.
        for row in rows.iter().filter(|row| row.class == Class::Matched) {
            let own = row.ours.as_ref().unwrap();
            let moved = matches!(own.position, Position::Done | Position::Credited);
            prop_assert_eq!(row.theirs.listed.len(), usize::from(moved));
        }
    }
}
