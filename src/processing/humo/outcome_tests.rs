use super::super::soap;
use super::*;

#[path = "transfer_tests.rs"]
mod transfers;

const ALL: [CallKind; 9] = [
    CallKind::Pay,
    CallKind::Confirm,
    CallKind::Cancel,
    CallKind::Hold,
    CallKind::Capture,
    CallKind::Release,
    CallKind::Reverse,
    CallKind::P2p,
    CallKind::Credit,
];

fn reference() -> Reference {
    Reference("ours-1".to_owned())
}

fn amount() -> Amount {
    Amount::new(5_000).unwrap()
}

/// The payment once it is known by its id only.
fn known() -> Receipt {
    Receipt {
        network_id: "321".to_owned(),
        ..Receipt::of(&reference())
    }
}

/// The payment with what a response adds.
fn full() -> Receipt {
    Receipt {
        apr_code: "004321".to_owned(),
        rrn: "012345678901".to_owned(),
        ..known()
    }
}

const DETAILS: &[(&str, &str)] = &[
    ("amount", "5000"),
    ("auth_action_code_final", "000"),
    ("auth_appr_code", "004321"),
    ("auth_ref_number", "012345678901"),
];

fn element(head: &[(&str, &str)], details: &[(&str, &str)]) -> Element {
    let head: String = head
        .iter()
        .map(|(name, value)| soap::element(name, value))
        .collect();
    let details: String = details
        .iter()
        .map(|(name, value)| soap::item(name, value))
        .collect();
    soap::parse(format!("<R>{head}<details>{details}</details></R>").as_bytes()).unwrap()
}

/// A `PaymentResponse` about our payment.
fn response(action: &str) -> Element {
    element(
        &[
            ("paymentID", "321"),
            ("paymentRef", "ours-1"),
            ("action", action),
        ],
        DETAILS,
    )
}

fn with_final(code: &str, head: (&str, &str)) -> Element {
    element(
        &[("paymentID", "321"), ("paymentRef", "ours-1"), head],
        &[("auth_action_code_final", code)],
    )
}

fn create(kind: CallKind, response: &Element) -> CallResult {
    created(kind, response, &reference(), amount())
}

fn confirm(response: &Element) -> CallResult {
    confirmed(CallKind::Confirm, response, &known(), amount())
}

fn is_unknown(outcome: &CallResult) -> bool {
    matches!(outcome, CallResult::Unknown(_))
}

#[test]
fn a_create_blocks_or_holds() {
    assert_eq!(
        create(CallKind::Pay, &response("4")),
        CallResult::Blocked(full())
    );
    assert_eq!(
        create(CallKind::Hold, &response("4")),
        CallResult::Approved(full())
    );
    assert_eq!(
        create(CallKind::Pay, &response("10")),
        CallResult::Approved(full())
    );
    assert!(is_unknown(&create(CallKind::Hold, &response("10"))));
    for action in ["", "5", "04"] {
        assert!(
            is_unknown(&create(CallKind::Pay, &response(action))),
            "{action}"
        );
    }
    let bare = element(&[("paymentID", "321"), ("action", "4")], &[]);
    assert_eq!(create(CallKind::Pay, &bare), CallResult::Blocked(known()));
}

#[test]
fn another_payments_reply_proves_nothing() {
    let other_ref = element(
        &[
            ("paymentID", "321"),
            ("paymentRef", "ours-2"),
            ("action", "4"),
        ],
        DETAILS,
    );
    let other_amount = element(
        &[
            ("paymentID", "321"),
            ("paymentRef", "ours-1"),
            ("action", "4"),
        ],
        &[("amount", "4999")],
    );
    let no_id = element(&[("paymentRef", "ours-1"), ("action", "4")], DETAILS);
    for wrong in [other_ref, other_amount, no_id] {
        assert!(is_unknown(&create(CallKind::Pay, &wrong)), "{wrong:?}");
    }
    let other_id = element(
        &[
            ("paymentID", "322"),
            ("paymentRef", "ours-1"),
            ("action", "10"),
        ],
        DETAILS,
    );
    assert!(is_unknown(&confirm(&other_id)));
    assert!(is_unknown(&undone(&other_id, &known())));
}

#[test]
fn the_final_action_code_decides_where_it_is_given() {
    let CallResult::Refused(refusal) = create(CallKind::Pay, &with_final("116", ("action", "4")))
    else {
        panic!()
    };
    assert_eq!(
        (refusal.code, refusal.processing_code.as_str()),
        (ErrorCode::InsufficientFunds, "116")
    );
    assert!(matches!(
        confirm(&with_final("104", ("action", "10"))),
        CallResult::Refused(_)
    ));
    for open in ["911", "001", "x"] {
        assert!(
            is_unknown(&create(CallKind::Pay, &with_final(open, ("action", "4")))),
            "{open}"
        );
        assert!(
            is_unknown(&confirm(&with_final(open, ("action", "10")))),
            "{open}"
        );
    }
}

#[test]
fn a_confirmation_needs_action_10() {
    assert_eq!(confirm(&response("10")), CallResult::Approved(full()));
    assert_eq!(
        confirm(&element(&[("action", "10")], &[])),
        CallResult::Approved(known())
    );
    for action in ["4", ""] {
        assert!(is_unknown(&confirm(&response(action))));
    }
}

#[test]
fn an_empty_response_undoes() {
    assert_eq!(
        undone(&element(&[], &[]), &known()),
        CallResult::Approved(known())
    );
}

#[test]
fn faults_of_money_calls() {
    for kind in ALL {
        let fault = |code| failed(kind, CallError::Fault(code));
        for open in [907, 909, 911, 912, 913, 0, 1, 400] {
            assert!(is_unknown(&fault(open)), "{kind:?} {open}");
        }
        for refusal in [100, 116, 902, 914, 999] {
            assert!(
                matches!(fault(refusal), CallResult::Refused(_)),
                "{kind:?} {refusal}"
            );
        }
        let creates = matches!(
            kind,
            CallKind::Pay | CallKind::Hold | CallKind::P2p | CallKind::Credit
        );
        assert_eq!(is_unknown(&fault(-1)), !creates, "{kind:?}");
        assert_eq!(
            failed(kind, CallError::Failed(Failure::NotSent("x".to_owned()))),
            CallResult::NotExecuted("x".to_owned())
        );
        assert!(is_unknown(&failed(
            kind,
            CallError::Failed(Failure::NoAnswer("x".to_owned()))
        )));
        assert!(is_unknown(&failed(
            kind,
            CallError::Unreadable("x".to_owned())
        )));
    }
    let CallResult::Unknown(doubt) = failed(CallKind::Reverse, CallError::Fault(-1)) else {
        panic!()
    };
    assert_eq!(doubt.processing_code.as_deref(), Some("-1"));
}

fn look_up(kind: CallKind, status: &str) -> LookupReply {
    let response = element(
        &[
            ("paymentID", "321"),
            ("paymentRef", "ours-1"),
            ("status", status),
        ],
        DETAILS,
    );
    let (before, amount) = match kind {
        CallKind::Pay | CallKind::Hold | CallKind::P2p | CallKind::Credit => {
            (Receipt::of(&reference()), Some(amount()))
        }
        CallKind::Confirm | CallKind::Capture => (known(), Some(amount())),
        CallKind::Cancel | CallKind::Release | CallKind::Reverse => (known(), None),
    };
    found(kind, Ok(response), before, amount)
}

/// Every call with every status, in short words.
#[test]
fn look_ups_by_status() {
    let word = |kind, status| match look_up(kind, status) {
        LookupReply::Executed(_) => "executed",
        LookupReply::Blocked(_) => "blocked",
        LookupReply::NotExecuted(_) => "not",
        LookupReply::NotFound => "nothing",
        LookupReply::Unclear(_) => "unclear",
    };
    let expected = [
        (
            CallKind::Pay,
            ["blocked", "executed", "not", "not", "nothing", "unclear"],
        ),
        (
            CallKind::Confirm,
            ["blocked", "executed", "not", "not", "unclear", "unclear"],
        ),
        (
            CallKind::Cancel,
            [
                "nothing", "not", "executed", "executed", "unclear", "unclear",
            ],
        ),
        (
            CallKind::Hold,
            ["executed", "unclear", "not", "not", "nothing", "unclear"],
        ),
        (
            CallKind::Capture,
            ["nothing", "executed", "not", "not", "unclear", "unclear"],
        ),
        (
            CallKind::Release,
            [
                "nothing", "not", "executed", "executed", "unclear", "unclear",
            ],
        ),
        (
            CallKind::Reverse,
            [
                "unclear", "nothing", "executed", "executed", "unclear", "unclear",
            ],
        ),
        (
            CallKind::P2p,
            ["blocked", "executed", "not", "not", "nothing", "unclear"],
        ),
        (
            CallKind::Credit,
            ["executed", "executed", "not", "not", "nothing", "unclear"],
        ),
    ];
    assert_eq!(expected.map(|(kind, _)| kind), ALL);
    for (kind, words) in expected {
        let found = [
            "active",
            "finished",
            "returned",
            "cancelled",
            "none",
            "dreaming",
        ]
        .map(|status| word(kind, status));
        assert_eq!(found, words, "{kind:?}");
    }
}

#[test]
fn look_ups_bring_the_receipt() {
    assert_eq!(
        look_up(CallKind::Pay, "finished"),
        LookupReply::Executed(full())
    );
    assert_eq!(
        look_up(CallKind::Pay, "active"),
        LookupReply::Blocked(full())
    );
    assert_eq!(
        look_up(CallKind::Reverse, "returned"),
        LookupReply::Executed(known())
    );
}

#[test]
fn look_ups_of_other_payments_and_amounts_are_unclear() {
    let other = element(
        &[
            ("paymentID", "321"),
            ("paymentRef", "ours-2"),
            ("status", "finished"),
        ],
        DETAILS,
    );
    assert!(matches!(
        found(
            CallKind::Pay,
            Ok(other),
            Receipt::of(&reference()),
            Some(amount())
        ),
        LookupReply::Unclear(_)
    ));
    let less = element(
        &[("paymentID", "321"), ("status", "finished")],
        &[("amount", "1")],
    );
    assert!(matches!(
        found(
            CallKind::Pay,
            Ok(less),
            Receipt::of(&reference()),
            Some(amount())
        ),
        LookupReply::Unclear(_)
    ));
    let contradictory = with_final("116", ("status", "finished"));
    assert!(matches!(
        found(
            CallKind::Confirm,
            Ok(contradictory),
            known(),
            Some(amount())
        ),
        LookupReply::Unclear(_)
    ));
}

#[test]
fn a_payment_that_was_undone_says_why_if_it_can() {
    let declined = with_final("116", ("status", "cancelled"));
    let LookupReply::NotExecuted(refusal) = found(
        CallKind::Pay,
        Ok(declined),
        Receipt::of(&reference()),
        Some(amount()),
    ) else {
        panic!()
    };
    assert_eq!(
        (refusal.code, refusal.processing_code.as_str()),
        (ErrorCode::InsufficientFunds, "116")
    );
    let LookupReply::NotExecuted(refusal) = look_up(CallKind::Pay, "cancelled") else {
        panic!()
    };
    assert_eq!(
        (refusal.code, refusal.processing_code.as_str()),
        (ErrorCode::DeclinedByNetwork, "cancelled")
    );
}

#[test]
fn look_ups_without_an_answer() {
    let look_up = |error| {
        found(
            CallKind::Pay,
            Err(error),
            Receipt::of(&reference()),
            Some(amount()),
        )
    };
    assert_eq!(look_up(CallError::Fault(914)), LookupReply::NotFound);
    // A payment that we know of was there.
    let lost = found(CallKind::Release, Err(CallError::Fault(914)), known(), None);
    assert!(matches!(lost, LookupReply::Unclear(_)), "{lost:?}");
    for error in [
        CallError::Fault(-1),
        CallError::Fault(116),
        CallError::Failed(Failure::NotSent(String::new())),
        CallError::Failed(Failure::NoAnswer(String::new())),
        CallError::Unreadable(String::new()),
    ] {
        assert!(
            matches!(look_up(error.clone()), LookupReply::Unclear(_)),
            "{error:?}"
        );
    }
}
