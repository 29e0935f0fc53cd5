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

/// The same with an amount that is written in another way.
fn with_amount(amount: &str, head: (&str, &str)) -> Element {
    element(
        &[("paymentID", "321"), ("paymentRef", "ours-1"), head],
        &[&[("amount", amount)], &DETAILS[1..]].concat(),
    )
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
    for action in ["", "5", "4x"] {
        assert!(
            is_unknown(&create(CallKind::Pay, &response(action))),
            "{action}"
        );
    }
    // Numbers are compared as numbers.
    for action in ["04", "4.00"] {
        let blocked = create(CallKind::Pay, &response(action));
        assert_eq!(blocked, CallResult::Blocked(full()), "{action}");
    }
    for amount in ["5000.00", "000005000", "5000.0"] {
        let blocked = create(CallKind::Pay, &with_amount(amount, ("action", "4")));
        assert_eq!(blocked, CallResult::Blocked(full()), "{amount}");
    }
    for amount in ["5000.01", "50.00", "500000", "x", "5 000"] {
        let other = create(CallKind::Pay, &with_amount(amount, ("action", "4")));
        assert!(is_unknown(&other), "{amount}");
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

/// Action 4 or 10 says that a payment was made, the final code that it was refused: only HUMO, asked again, can tell.
#[test]
fn a_final_code_of_refusal_contradicts_the_response() {
    use ErrorCode as E;
    for (kind, action, code, error) in [
        (CallKind::Pay, "4", "116", E::InsufficientFunds),
        (CallKind::Pay, "10", "116", E::InsufficientFunds),
        (CallKind::Hold, "4", "104", E::CardBlocked),
        (CallKind::P2p, "04", "104", E::CardBlocked),
        (CallKind::Credit, "4", "104", E::RecipientCardBlocked),
        (CallKind::Credit, "10", "104", E::RecipientCardBlocked),
        (CallKind::Pay, "4", "911", E::HumoUnavailable),
        // Approved for a part of the amount, or with conditions.
        (CallKind::Pay, "4", "001", E::ProcessingSystemError),
        (CallKind::Pay, "4", "002", E::ProcessingSystemError),
        (CallKind::Pay, "4", "999", E::DeclinedByNetwork),
        (CallKind::Confirm, "10", "104", E::CardBlocked),
        (CallKind::Capture, "10", "104", E::CardBlocked),
        (CallKind::Confirm, "10", "911", E::HumoUnavailable),
    ] {
        let response = with_final(code, ("action", action));
        let result = if matches!(kind, CallKind::Confirm | CallKind::Capture) {
            confirmed(kind, &response, &known(), amount())
        } else {
            create(kind, &response)
        };
        assert_eq!(proves(&result), Proves::O, "{kind:?} {code}");
        let refusal = result.refusal().unwrap();
        assert_eq!(
            (refusal.code, refusal.processing_code.as_str()),
            (error, code),
            "{kind:?}"
        );
    }
    // What cannot be read says nothing, not even who was refused.
    let unreadable = create(CallKind::Pay, &with_final("x", ("action", "4")));
    assert!(matches!(&unreadable, CallResult::Unknown(doubt) if doubt.open.is_none()));
    assert!(is_unknown(&confirm(&with_final("x", ("action", "10")))));
    for approved in ["000", "0"] {
        let result = create(CallKind::Pay, &with_final(approved, ("action", "4")));
        assert_eq!(result, CallResult::Blocked(known()), "{approved}");
    }
}

#[test]
fn a_confirmation_needs_action_10() {
    assert_eq!(confirm(&response("10")), CallResult::Approved(full()));
    assert_eq!(
        confirm(&element(&[("action", "10")], &[])),
        CallResult::Approved(known())
    );
    assert_eq!(
        confirm(&with_amount("5000.00", ("action", "010"))),
        CallResult::Approved(full())
    );
    for action in ["4", ""] {
        assert!(is_unknown(&confirm(&response(action))));
    }
}

/// A success that names nothing may be the answer to another call, so the payment is asked for.
#[test]
fn an_empty_response_is_asked_after() {
    let named = element(&[("paymentID", "321"), ("paymentRef", "ours-1")], &[]);
    for response in [element(&[], &[]), named] {
        let result = undone(&response, &known());
        let doubt = result.open_reply().unwrap();
        assert_eq!(doubt.refusal(), None);
        assert!(!doubt.open.as_ref().unwrap().absence_suffices);
        assert_eq!(result.processing_code(), None);
    }
    let other = element(&[("paymentRef", "ours-2")], &[]);
    let result = undone(&other, &known());
    assert!(is_unknown(&result) && result.open_reply().is_none());
}

/// What an answer proves, in a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proves {
    /// Refused.
    R,
    /// Refused, if HUMO, asked at once, does not know the call.
    A,
    /// Only what HUMO says when it is asked.
    O,
}

#[track_caller]
fn proves(result: &CallResult) -> Proves {
    match result {
        CallResult::Refused(_) => Proves::R,
        CallResult::Unknown(doubt) if doubt.open.as_ref().unwrap().absence_suffices => Proves::A,
        CallResult::Unknown(_) => Proves::O,
        CallResult::Approved(_)
        | CallResult::Blocked(_)
        | CallResult::Overtaken(_)
        | CallResult::NotExecuted(_)
        | CallResult::Untraceable(_) => panic!("{result:?}"),
    }
}

fn fault_with(certain: &[i64], kind: CallKind, code: i64) -> CallResult {
    failed(kind, &Certain(certain.to_vec()), CallError::Fault(code))
}

fn fault(kind: CallKind, code: i64) -> CallResult {
    fault_with(&[], kind, code)
}

/// What each action code proves in answer to each call of [`ALL`], by the classes of
/// docs/networks.md#humo-action-codes, typed by hand and not from the table.
#[rustfmt::skip] // A row a class.
fn weights(code: i64) -> [Proves; 9] {
    use Proves::{A, O, R};
    match code {
        // Pay, confirm, cancel, hold, charge, release, reversal, transfer, credit.
        // The terminal.
        109 | 120 => [R, A, R, R, A, R, R, R, A],
        // An issuer's refusal, on a confirmation and a credit not before HUMO was asked.
        100..=129 | 180 | 200..=210 | 280 | 281 => [R, A, A, R, A, A, A, R, A],
        // Not surely a refusal, and on what is made of a payment it may be its state.
        -1 | 904 | 905 | 908 => [A, O, O, A, O, O, O, A, A],
        // In another state: only what undoes it is asked where it stands.
        902 => [O, O, A, O, O, A, A, O, O],
        914 => [O, O, A, O, A, A, A, O, O],
        // Approved, unavailable, time-out, duplicate, system, or in no table.
        _ => [O; 9],
    }
}

#[test]
fn every_action_code_in_answer_to_every_call() {
    for code in (-10..=1_000).chain([i64::MIN, i64::MAX]) {
        for (kind, expected) in ALL.into_iter().zip(weights(code)) {
            let result = fault(kind, code);
            assert_eq!(proves(&result), expected, "{kind:?} {code}");
            assert_eq!(
                result.processing_code(),
                Some(codes::spelled(code).as_str())
            );
        }
    }
}

/// A code that the settings name refuses for certain. Money is given back or freed only after HUMO was asked all the
/// same.
#[test]
fn the_settings_add_certain_refusals() {
    use Proves::{A, R};
    let named = [904, 911, 914, 999, -1];
    for code in -10..=1_000 {
        let expected = match named.contains(&code) {
            true => [R, A, R, R, A, R, R, R, A],
            false => weights(code),
        };
        for (kind, expected) in ALL.into_iter().zip(expected) {
            let result = fault_with(&named, kind, code);
            assert_eq!(proves(&result), expected, "{kind:?} {code}");
            assert_eq!(result.refusal(), fault(kind, code).refusal());
        }
    }
}

#[test]
fn faults_of_money_calls() {
    for kind in ALL {
        let silent = |error| failed(kind, &Certain::default(), error);
        assert_eq!(
            silent(CallError::Failed(Failure::NotSent("x".to_owned()))),
            CallResult::not_executed("x")
        );
        for error in [
            CallError::Failed(Failure::NoAnswer("x".to_owned())),
            CallError::Unreadable("x".to_owned()),
        ] {
            let result = silent(error);
            assert!(is_unknown(&result) && result.open_reply().is_none());
        }
    }
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
        LookupReply::Overtaken(overtaken) => match overtaken.ended {
            Ended::Taken => "taken",
            Ended::Freed => "freed",
        },
        LookupReply::NotFound => "nothing",
        LookupReply::Unclear(_) => "unclear",
    };
    // Active, finished, returned, cancelled, none, any other.
    #[rustfmt::skip] // A row a call.
    let expected = [
        (CallKind::Pay, ["blocked", "executed", "not", "not", "nothing", "unclear"]),
        (CallKind::Confirm, ["blocked", "executed", "not", "not", "unclear", "unclear"]),
        (CallKind::Cancel, ["nothing", "taken", "executed", "executed", "unclear", "unclear"]),
        (CallKind::Hold, ["executed", "unclear", "not", "not", "nothing", "unclear"]),
        (CallKind::Capture, ["nothing", "executed", "freed", "freed", "unclear", "unclear"]),
        (CallKind::Release, ["nothing", "taken", "executed", "executed", "unclear", "unclear"]),
        (CallKind::Reverse, ["unclear", "nothing", "executed", "executed", "unclear", "unclear"]),
        (CallKind::P2p, ["blocked", "executed", "not", "not", "nothing", "unclear"]),
        (CallKind::Credit, ["executed", "executed", "not", "not", "nothing", "unclear"]),
    ];
    assert_eq!(expected.map(|(kind, _)| kind), ALL);
    let spellings = [
        [
            "active",
            "finished",
            "returned",
            "cancelled",
            "none",
            "dreaming",
        ],
        ["ACTIVE", "Finished", "RETURNED", "CANCELED", "None", ""],
    ];
    for (kind, words) in expected {
        for spelling in spellings {
            let found = spelling.map(|status| word(kind, status));
            assert_eq!(found, words, "{kind:?}");
        }
    }
}

/// What was to be charged is free again, or what was to be freed is taken: the receipt is the payment's, the refusal
/// HUMO's word.
#[test]
fn look_ups_tell_how_a_payment_has_ended() {
    for (kind, status, code) in [
        (CallKind::Release, "finished", ErrorCode::CancelFailed),
        (CallKind::Cancel, "Finished", ErrorCode::CancelFailed),
        (CallKind::Capture, "cancelled", ErrorCode::DataNotFound),
        (CallKind::Capture, "returned", ErrorCode::DataNotFound),
    ] {
        let LookupReply::Overtaken(overtaken) = look_up(kind, status) else {
            panic!("{kind:?} {status}")
        };
        assert_eq!(overtaken.receipt, full(), "{kind:?}");
        let refusal = Refusal {
            code,
            processing_code: status.to_owned(),
        };
        assert_eq!(overtaken.refusal, refusal, "{kind:?}");
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
    let found = |amount_told| {
        let response = with_amount(amount_told, ("status", "finished"));
        let before = Receipt::of(&reference());
        found(CallKind::Pay, Ok(response), before, Some(amount()))
    };
    for told in ["5000.00", "000005000"] {
        assert_eq!(found(told), LookupReply::Executed(full()), "{told}");
    }
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
