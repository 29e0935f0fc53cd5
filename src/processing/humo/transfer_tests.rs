//! Transfers and credits.

use ErrorCode as E;

use super::*;

/// A response about our transfer or credit, with these details besides the amount.
fn told(head: (&str, &str), details: &[(&str, &str)]) -> Element {
    let details: Vec<(&str, &str)> = [("amount", "5000")]
        .into_iter()
        .chain(details.iter().copied())
        .collect();
    element(
        &[("paymentID", "321"), ("paymentRef", "ours-1"), head],
        &details,
    )
}

fn blocked(fee: Option<i64>) -> Receipt {
    Receipt { fee, ..known() }
}

#[test]
fn a_transfer_is_blocked_with_its_fee() {
    let request = |details: &[(&str, &str)]| create(CallKind::P2p, &told(("action", "4"), details));
    assert_eq!(
        request(&[("amount_fee", "25")]),
        CallResult::Blocked(blocked(Some(25)))
    );
    assert_eq!(
        request(&[("amount_fee", "0")]),
        CallResult::Blocked(blocked(Some(0)))
    );
    for unreadable in ["", "x", "0.25", "25 UZS", "99999999999999999999"] {
        assert_eq!(
            request(&[("amount_fee", unreadable)]),
            CallResult::Blocked(blocked(None)),
            "{unreadable}"
        );
    }
    assert_eq!(request(&[]), CallResult::Blocked(blocked(None)));
    assert_eq!(
        create(
            CallKind::P2p,
            &told(("action", "10"), &[("amount_fee", "25")])
        ),
        CallResult::Approved(blocked(Some(25)))
    );
    assert_eq!(
        request(&[("amount_fee", "25.00")]),
        CallResult::Blocked(blocked(Some(25)))
    );
    for action in ["", "5"] {
        assert!(is_unknown(&create(
            CallKind::P2p,
            &told(("action", action), &[])
        )));
    }
}

#[test]
fn a_credit_is_done_by_its_creation() {
    for action in ["4", "10"] {
        assert_eq!(
            create(CallKind::Credit, &response(action)),
            CallResult::Approved(full())
        );
    }
    for action in ["", "5"] {
        assert!(is_unknown(&create(CallKind::Credit, &response(action))));
    }
}

#[test]
fn a_reply_about_another_transfer_proves_nothing() {
    for kind in [CallKind::P2p, CallKind::Credit] {
        for (id, reference, amount) in [
            ("321", "ours-2", "5000"),
            ("321", "ours-1", "5025"),
            ("", "ours-1", "5000"),
        ] {
            let wrong = element(
                &[
                    ("paymentID", id),
                    ("paymentRef", reference),
                    ("action", "4"),
                ],
                &[("amount", amount)],
            );
            assert!(is_unknown(&create(kind, &wrong)), "{kind:?} {wrong:?}");
        }
        assert!(is_unknown(&create(
            kind,
            &with_final("911", ("action", "4"))
        )));
    }
}

/// A transfer that is said to be made, and whose credit was refused, or may have been: each way to hear of it.
#[test]
fn a_transfer_whose_credit_was_refused_is_never_taken_for_done() {
    let answers = |details: &[(&str, &str)]| {
        let before = || Receipt::of(&reference());
        let moved = || Some(Moved::from(amount()));
        let call = |result: CallResult| {
            assert!(
                is_unknown(&result) || result.receipt().is_some(),
                "{result:?}"
            );
            !is_unknown(&result)
        };
        let reply = |reply| match reply {
            LookupReply::Executed(_) | LookupReply::Blocked(_) | LookupReply::Overtaken(_) => true,
            LookupReply::Unclear(_) => false,
            LookupReply::NotExecuted(_) | LookupReply::NotFound => panic!("{reply:?}"),
        };
        let confirmed =
            |response| confirmed(CallKind::Confirm, response, &known(), amount().into());
        let finished = || Ok(told(("status", "finished"), details));
        let active = Ok(told(("status", "active"), details));
        [
            call(create(CallKind::P2p, &told(("action", "4"), details))),
            call(create(CallKind::P2p, &told(("action", "10"), details))),
            call(confirmed(&told(("action", "10"), details))),
            reply(found(CallKind::P2p, active, before(), moved())),
            reply(found(CallKind::P2p, finished(), before(), moved())),
            reply(found(CallKind::Confirm, finished(), known(), moved())),
            // A cancel that finds the transfer confirmed.
            reply(found(CallKind::Cancel, finished(), known(), None)),
        ]
    };
    let first = ("auth_action_code_final", "000");
    #[rustfmt::skip] // A row a response.
    let table: [(&[(&str, &str)], bool); 10] = [
        (&[first], true),
        (&[first, ("auth_action_code2", "000")], true),
        (&[first, ("auth_action_code2", "")], true),
        (&[first, ("auth_action_code2", "116")], false),
        (&[("auth_action_code2", "104")], false),
        (&[first, ("auth_action_code2", "911")], false),
        (&[first, ("auth_action_code2", "x")], false),
        (&[first, ("auth_action_code2", "000"), ("auth_action_code_final2", "116")], false),
        (&[first, ("auth_action_code_final2", "?")], false),
        (&[first, ("auth_action_code2", "116"), ("auth_action_code_final2", "000")], true),
    ];
    for (details, done) in table {
        assert_eq!(answers(details), [done; 7], "{details:?}");
    }
    // A credit that was undone says why.
    for (code, error, word) in [
        ("104", E::RecipientCardBlocked, "104"),
        ("911", E::DeclinedByNetwork, "returned"),
    ] {
        let undone = told(
            ("status", "returned"),
            &[first, ("auth_action_code2", code)],
        );
        let before = Receipt::of(&reference());
        let LookupReply::NotExecuted(refusal) =
            found(CallKind::P2p, Ok(undone), before, Some(amount().into()))
        else {
            panic!()
        };
        let told = (refusal.code, refusal.processing_code.as_str());
        assert_eq!(told, (error, word));
    }
}

/// What it is told as, once it is known that no money has moved: it is in the lists of the methods that make transfers.
#[test]
fn a_refused_credit_of_a_transfer_is_about_the_recipients_card() {
    use rpc_schema::methods::METHODS;

    for (code, error) in [
        ("101", E::RecipientCardExpired),
        ("104", E::RecipientCardBlocked),
        ("119", E::RecipientRefuses),
        ("116", E::InsufficientFunds),
        ("911", E::HumoUnavailable),
        ("-1", E::ProcessingSystemError),
    ] {
        let response = told(("action", "10"), &[("auth_action_code2", code)]);
        for result in [
            create(CallKind::P2p, &response),
            confirmed(CallKind::Confirm, &response, &known(), amount().into()),
        ] {
            assert_eq!(proves(&result), Proves::O, "{code}");
            let refusal = result.refusal().unwrap();
            let told = (refusal.code, refusal.processing_code.as_str());
            assert_eq!(told, (error, code));
        }
        let makes = |name| matches!(name, "p2p.humo2humo" | "p2p.confirm");
        for method in METHODS.iter().filter(|method| makes(method.name)) {
            assert!(method.errors.contains(&error), "{} {code}", method.name);
        }
    }
}

#[test]
fn a_confirmation_keeps_the_fee() {
    let confirm = |details: &[(&str, &str)]| {
        let response = told(("action", "10"), details);
        confirmed(
            CallKind::Confirm,
            &response,
            &blocked(Some(25)),
            amount().into(),
        )
    };
    assert_eq!(confirm(&[]), CallResult::Approved(blocked(Some(25))));
    assert_eq!(
        confirm(&[("amount_fee", "25")]),
        CallResult::Approved(blocked(Some(25)))
    );
}

#[test]
fn a_look_up_brings_the_fee() {
    let found = |status, details: &[(&str, &str)]| {
        let response = told(("status", status), details);
        let before = Receipt::of(&reference());
        found(CallKind::P2p, Ok(response), before, Some(amount().into()))
    };
    assert_eq!(
        found("active", &[("amount_fee", "25")]),
        LookupReply::Blocked(blocked(Some(25)))
    );
    assert_eq!(found("active", &[]), LookupReply::Blocked(blocked(None)));
    assert_eq!(
        found("finished", &[("amount_fee", "25")]),
        LookupReply::Executed(blocked(Some(25)))
    );
}

#[test]
fn refusals_say_whose_card_it_is() {
    let code = |kind, action_code| fault(kind, action_code).refusal().unwrap().code;
    for (action_code, transfer, credit) in [
        (101, E::CardExpired, E::RecipientCardExpired),
        (104, E::CardBlocked, E::RecipientCardBlocked),
        (106, E::PinTriesExceeded, E::RecipientPinTriesExceeded),
        (281, E::CardStopped, E::RecipientCardBlocked),
        (119, E::RecipientRefuses, E::RecipientRefuses),
        (115, E::RecipientRefuses, E::RecipientRefuses),
        (116, E::InsufficientFunds, E::InsufficientFunds),
        (121, E::BankLimit, E::BankLimit),
        (-1, E::ProcessingSystemError, E::AmountTooLarge),
    ] {
        assert_eq!(code(CallKind::P2p, action_code), transfer, "{action_code}");
        assert_eq!(code(CallKind::Credit, action_code), credit, "{action_code}");
    }
    assert_eq!(code(CallKind::Pay, 119), E::CardTypeNotSupported);
    assert_eq!(code(CallKind::Confirm, 104), E::CardBlocked);

    let cancelled = with_final("104", ("status", "cancelled"));
    let before = Receipt::of(&reference());
    let LookupReply::NotExecuted(refusal) = found(
        CallKind::Credit,
        Ok(cancelled),
        before,
        Some(amount().into()),
    ) else {
        panic!()
    };
    assert_eq!(refusal.code, E::RecipientCardBlocked);
}

/// Whatever a call that moves money can be told is in the list of each method that makes it.
#[test]
fn methods_list_what_their_calls_can_be_told() {
    use rpc_schema::methods::METHODS;

    let debit = &["transactions.debit", "transactions.debit.confirm"][..];
    let transfers = &["p2p.humo2humo", "p2p.humo2uzcard", "p2p.confirm"][..];
    for (kind, methods) in [
        (CallKind::Pay, debit),
        (CallKind::Pay, transfers),
        (CallKind::Confirm, debit),
        (CallKind::Confirm, transfers),
        (CallKind::Hold, debit),
        (CallKind::Capture, &["transactions.debit.hold.charge"]),
        (CallKind::P2p, &["p2p.humo2humo", "p2p.confirm"]),
        (CallKind::Credit, &["p2p.uzcard2humo", "p2p.confirm"]),
    ] {
        for code in -1..=999 {
            let error = kind.refusal(codes::refusal(kind.error(code), code)).code;
            for method in METHODS
                .iter()
                .filter(|method| methods.contains(&method.name))
            {
                assert!(
                    method.errors.contains(&error),
                    "{} {code}: {error}",
                    method.name
                );
            }
        }
    }
}
