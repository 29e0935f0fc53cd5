use entity::ids::TransactionId;
use entity::processing_request::Action;
use entity::time::UnixMillis;
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

const SETTLED: [PaymentState; 8] = [
    PaymentState::Declined,
    PaymentState::Freed,
    PaymentState::Held,
    PaymentState::Done,
    PaymentState::Credited,
    PaymentState::Reversed,
    PaymentState::ReversedInParts,
    PaymentState::GivenBack,
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

fn payment(reference: &str, state: PaymentState) -> Payment {
    Payment {
        account: "default".to_owned(),
        transaction_id: TransactionId(7),
        action: Action::Pay,
        reference: reference.to_owned(),
        amount: 500,
        fee: None,
        state,
        network_id: "000000000009".to_owned(),
        sent_at: day().begins_at() + 1,
        settled_at: Some(day().begins_at() + 2),
        reversal_tried: false,
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

fn on_list() -> NetworkSide {
    NetworkSide {
        listed: vec![listed("a")],
        inquiry: Inquiry::NotMade,
    }
}

fn answered(state: BookState, amount: Option<i64>) -> NetworkSide {
    NetworkSide {
        listed: Vec::new(),
        inquiry: Inquiry::Answered(BookEntry {
            state,
            amount,
            fee: None,
        }),
    }
}

fn both(state: BookState) -> NetworkSide {
    NetworkSide {
        listed: on_list().listed,
        inquiry: answered(state, Some(500)).inquiry,
    }
}

fn differing(mark: impl FnOnce(&mut Differences)) -> Class {
    let mut differences = Differences::default();
    mark(&mut differences);
    Class::Differing(differences)
}

#[track_caller]
fn check(network: Network, state: PaymentState, theirs: &NetworkSide, expected: Class) {
    let ours = payment("a", state);
    assert_eq!(
        classify(scope(network), &ours, theirs),
        expected,
        "{network:?} {state:?} {theirs:?}"
    );
}

/// Each state of ours with each answer of HUMO.
#[test]
fn every_payment_state_with_every_book_state() {
    use PaymentState::{
        Credited, Declined, Done, Freed, GivenBack, Held, Reversed, ReversedInParts,
    };
    let ok = Class::Matched;
    let ours = Class::OursOnly;
    let state = differing(|differences| differences.state = true);
    // The columns: absent, refused, active, done, undone, unclear.
    #[rustfmt::skip] // One row for each state.
    let table = [
        (Declined, [ok, ok, state, state, ok, state]),
        (Freed, [ok, ok, state, state, ok, state]),
        (Held, [ours, state, ok, state, state, state]),
        (Done, [ours, state, state, ok, state, state]),
        (Credited, [ours, state, ok, ok, state, state]),
        (Reversed, [ours, state, state, state, ok, state]),
        (ReversedInParts, [ours, state, state, ok, ok, state]),
        (GivenBack, [ours, state, state, ok, ok, state]),
    ];
    for (payment_state, classes) in table {
        for (state, expected) in book_states().into_iter().zip(classes) {
            for amount in [None, Some(500)] {
                check(
                    Network::Humo,
                    payment_state,
                    &answered(state.clone(), amount),
                    expected,
                );
            }
        }
    }
}

#[test]
fn an_amount_counts_where_money_was_moved() {
    let amount = differing(|differences| differences.amount = true);
    let state = differing(|differences| differences.state = true);
    let state_and_amount = differing(|differences| {
        differences.state = true;
        differences.amount = true;
    });
    let less = |state: BookState| answered(state, Some(499));
    check(
        Network::Humo,
        PaymentState::Done,
        &less(BookState::Done),
        amount,
    );
    check(
        Network::Humo,
        PaymentState::Held,
        &less(BookState::Active),
        amount,
    );
    check(
        Network::Humo,
        PaymentState::Credited,
        &less(BookState::Active),
        amount,
    );
    check(
        Network::Humo,
        PaymentState::Declined,
        &less(BookState::Done),
        state_and_amount,
    );
    check(
        Network::Humo,
        PaymentState::Done,
        &less(BookState::Undone),
        state,
    );
    check(
        Network::Humo,
        PaymentState::Reversed,
        &less(BookState::Undone),
        Class::Matched,
    );
    check(
        Network::Humo,
        PaymentState::Freed,
        &less(BookState::Undone),
        Class::Matched,
    );
}

#[test]
fn a_list_says_carried_out_once() {
    use PaymentState::{Credited, Declined, Done, Reversed};
    let state = differing(|differences| differences.state = true);
    let of = |payment_state, theirs: &NetworkSide, expected| {
        check(Network::Uzcard, payment_state, theirs, expected);
    };
    let nothing = NetworkSide::default();
    for payment_state in [Done, Credited] {
        of(payment_state, &on_list(), Class::Matched);
        of(payment_state, &nothing, Class::OursOnly);
        // The network knows it, but its list lacks it.
        of(
            payment_state,
            &answered(BookState::Done, Some(500)),
            Class::OursOnly,
        );
        of(
            payment_state,
            &answered(BookState::Undone, Some(500)),
            state,
        );
        of(payment_state, &both(BookState::Undone), state);
    }
    of(Declined, &nothing, Class::Matched);
    // The most important finding: the partner was told that the payment failed.
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
fn a_listed_payment_has_our_amount_and_number_and_comes_once() {
    let with = |change: &dyn Fn(&mut ListedPayment)| {
        let mut row = listed("a");
        change(&mut row);
        NetworkSide {
            listed: vec![row],
            inquiry: Inquiry::NotMade,
        }
    };
    let of = |theirs: &NetworkSide, expected| {
        check(Network::Uzcard, PaymentState::Done, theirs, expected)
    };
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
    let twice = NetworkSide {
        listed: vec![listed("a"), listed("a")],
        inquiry: Inquiry::NotMade,
    };
    of(&twice, differing(|differences| differences.twice = true));
}

#[test]
fn a_fee_is_compared_where_both_sides_have_one() {
    let other = differing(|differences| differences.fee = true);
    for (state, ours, theirs, expected) in [
        (BookState::Done, Some(25), Some(25), Class::Matched),
        (BookState::Done, Some(25), Some(26), other),
        (BookState::Done, Some(0), Some(1), other),
        // The network does not tell it, or it is none of ours.
        (BookState::Done, Some(25), None, Class::Matched),
        (BookState::Done, None, Some(25), Class::Matched),
        // Nothing was taken.
        (
            BookState::Undone,
            Some(25),
            Some(26),
            differing(|differences| differences.state = true),
        ),
    ] {
        let ours = Payment {
            fee: ours,
            ..payment("a", PaymentState::Done)
        };
        let theirs = NetworkSide {
            listed: Vec::new(),
            inquiry: Inquiry::Answered(BookEntry {
                state,
                amount: Some(500),
                fee: theirs,
            }),
        };
        let found = classify(scope(Network::Humo), &ours, &theirs);
        assert_eq!(found, expected, "{ours:?} {theirs:?}");
    }
}

/// The list of a day lacks payments of other days. If a later call touches one on this day, the network is asked about it.
#[test]
fn a_payment_of_another_day_need_not_be_listed() {
    let mut ours = payment("a", PaymentState::Done);
    for sent_at in [day().begins_at() - 1, day().ends_at()] {
        ours.sent_at = sent_at;
        let scope = scope(Network::Uzcard);
        assert!(needs_inquiry(scope, &ours, &[]));
        let known = answered(BookState::Done, Some(500));
        assert_eq!(classify(scope, &ours, &known), Class::Matched);
        let unknown = answered(BookState::Absent, None);
        assert_eq!(classify(scope, &ours, &unknown), Class::OursOnly);
    }
}

#[test]
fn the_network_is_asked_where_its_list_does_not_decide() {
    let list = [listed("a")];
    let asks = |payment_state: PaymentState, listed: &[ListedPayment]| {
        needs_inquiry(scope(Network::Uzcard), &payment("a", payment_state), listed)
    };
    for payment_state in [PaymentState::Done, PaymentState::Credited] {
        // Somebody else may have reversed it.
        assert!(asks(payment_state, &list));
        assert!(asks(payment_state, &[]));
        let reversal_tried = Payment {
            reversal_tried: true,
            ..payment("a", payment_state)
        };
        assert!(needs_inquiry(
            scope(Network::Uzcard),
            &reversal_tried,
            &list
        ));
    }
    assert!(asks(PaymentState::Declined, &list));
    assert!(!asks(PaymentState::Declined, &[]));
    let unsettled = PaymentState::Unsettled {
        since: UnixMillis(0),
        manual: false,
    };
    for payment_state in [PaymentState::Reversed, unsettled] {
        assert!(asks(payment_state, &list) && asks(payment_state, &[]));
    }
    for payment_state in SETTLED {
        let humo = scope(Network::Humo);
        assert!(needs_inquiry(humo, &payment("a", payment_state), &[]));
        // Without a reference there is nothing to ask about.
        assert!(!needs_inquiry(humo, &payment("", payment_state), &[]));
    }
}

#[test]
fn a_payment_unsettled_for_a_day_or_given_up_is_overdue() {
    let now = scope(Network::Humo).now;
    for (since, manual, overdue) in [
        (now, false, false),
        (now - DAY_MS + 1, false, false),
        (now - DAY_MS, false, true),
        (now, true, true),
    ] {
        let payment_state = PaymentState::Unsettled { since, manual };
        for theirs in [NetworkSide::default(), both(BookState::Done)] {
            check(
                Network::Humo,
                payment_state,
                &theirs,
                Class::Unsettled { overdue },
            );
        }
    }
}

#[test]
fn no_answer_is_no_match() {
    let failed = NetworkSide {
        listed: Vec::new(),
        inquiry: Inquiry::Failed("no answer".to_owned()),
    };
    for payment_state in SETTLED {
        check(Network::Humo, payment_state, &failed, Class::Unanswered);
    }
}

/// A listed row without a reference matches nothing, not even a hold without a reference, and is a payment of its own.
#[test]
fn rows_without_a_reference_never_match() {
    let unsettled = PaymentState::Unsettled {
        since: UnixMillis(0),
        manual: false,
    };
    let theirs = HashMap::from([(
        String::new(),
        NetworkSide {
            listed: vec![listed(""), listed("")],
            inquiry: Inquiry::NotMade,
        },
    )]);
    let ours = vec![payment("", unsettled)];
    let rows = join(scope(Network::Uzcard), ours, theirs);
    let classes: Vec<Class> = rows.iter().map(|row| row.class).collect();
    let unsettled = Class::Unsettled { overdue: true };
    assert_eq!(classes, [unsettled, Class::TheirsOnly, Class::TheirsOnly]);
    assert!(rows.iter().skip(1).all(|row| row.theirs.listed.len() == 1));
}

proptest! {
    /// A full outer join: each reference of either side is in exactly one row, with everything that both sides have under
    /// it. The class says which sides have it.
    #[test]
    fn each_reference_is_in_exactly_one_row(
        ours in proptest::collection::btree_map("[a-f]", 0..SETTLED.len(), 0..6),
        theirs in proptest::collection::btree_map("[a-f]", 1_usize..3, 0..6),
    ) {
        let payments: Vec<Payment> = ours
            .iter()
            .map(|(reference, place)| payment(reference, SETTLED[*place]))
            .collect();
        let listed_under: HashMap<String, NetworkSide> = theirs
            .iter()
            .map(|(reference, times)| {
                let listed = vec![listed(reference); *times];
                (reference.clone(), NetworkSide { listed, inquiry: Inquiry::NotMade })
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
                prop_assert_eq!(row.class, classify(scope(Network::Uzcard), own, &their));
            }
        }
        // Only these match: a payment that both sides have once, and one that neither side moved.
        for row in rows.iter().filter(|row| row.class == Class::Matched) {
            let own = row.ours.as_ref().unwrap();
            let moved = match own.state {
                // Of what was given back in parts, the payment and each part are rows of their own.
                PaymentState::Done
                | PaymentState::Credited
                | PaymentState::ReversedInParts
                | PaymentState::GivenBack => true,
                PaymentState::Declined
                | PaymentState::Freed
                | PaymentState::Held
                | PaymentState::Reversed
                | PaymentState::Unsettled { .. } => false,
            };
            prop_assert_eq!(row.theirs.listed.len(), usize::from(moved));
        }
    }
}
