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
