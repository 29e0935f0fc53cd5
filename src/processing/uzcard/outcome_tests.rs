use entity::time::UnixMillis;
use serde_json::json;

use super::*;
use crate::config;

fn refusals() -> Refusals {
    Refusals {
        certain: Vec::new(),
        resp: config::Uzcard::default().refusing_resp,
    }
}

fn reference() -> Reference {
    Reference("ours-1".to_owned())
}

fn amount() -> Amount {
    Amount::new(5_000).unwrap()
}

fn approved_tran() -> Value {
    json!({"id": 7, "username": "aloqa", "refNum": "000012345678", "ext": "ours-1", "pan": "860001******1332", "pan2": null,
        "tranType": "DEBIT", "amount": 5000, "currency": 860, "stan": 524_662, "field38": "345678", "resp": 0,
        "respText": "Successful transaction", "respSV": "00", "status": "OK"})
}

/// The approved payment with some members replaced; null removes one.
fn tran(changes: Value) -> Value {
    let mut tran = approved_tran();
    for (name, value) in changes.as_object().unwrap() {
        tran[name] = value.clone();
    }
    tran
}

fn pay(result: Value) -> CallResult {
    payment(CallKind::Pay, &refusals(), result, &reference(), amount())
}

/// What a result proves, in short words.
fn word(result: &CallResult) -> &'static str {
    match result {
        CallResult::Approved(_) => "approved",
        CallResult::Refused(_) => "refused",
        CallResult::Unknown(doubt) => match &doubt.open {
            None => "unknown",
            Some(open) if open.absence_suffices => "asked once",
            Some(_) => "asked",
        },
        CallResult::Blocked(_)
        | CallResult::Overtaken(_)
        | CallResult::NotExecuted(_)
        | CallResult::Untraceable(_) => panic!("{result:?}"),
    }
}

/// The refusal that a result is or may turn out to be, and what it proves.
#[track_caller]
fn told(result: &CallResult) -> (&'static str, ErrorCode, String) {
    let refusal = result.refusal().unwrap().clone();
    assert_eq!(
        result.processing_code(),
        Some(refusal.processing_code.as_str())
    );
    (word(result), refusal.code, refusal.processing_code)
}

fn done() -> Receipt {
    Receipt {
        ref_num: "000012345678".to_owned(),
        apr_code: "345678".to_owned(),
        ..Receipt::of(&reference())
    }
}

#[test]
fn a_payment_is_approved_by_everything_together() {
    for result in [
        approved_tran(),
        json!([approved_tran()]),
        tran(json!({"resp": "0", "refNum": 12_345_678, "amount": "5000", "field38": 345_678})),
        tran(json!({"resp": null, "ext": null, "amount": null})),
        tran(json!({"status": "Ok", "amount": "5000.00"})),
        tran(json!({"status": "ok", "resp": "00"})),
    ] {
        assert_eq!(
            pay(result.clone()),
            CallResult::Approved(done()),
            "{result}"
        );
    }
}

#[test]
fn a_payment_without_proof_is_unknown() {
    for result in [
        tran(json!({"ext": "ours-2"})),
        tran(json!({"amount": 4999})),
        tran(json!({"amount": {}})),
        tran(json!({"resp": "approved"})),
        tran(json!({"resp": "approved", "status": "ERR"})),
        // A refusal of another payment is none of this one.
        tran(json!({"ext": "ours-2", "resp": 51, "status": "ERR", "refNum": null})),
        tran(json!({"amount": 4999, "resp": 51, "status": "ERR", "refNum": null})),
        json!([]),
        json!([approved_tran(), approved_tran()]),
        json!(null),
        json!("OK"),
    ] {
        assert_eq!(word(&pay(result.clone())), "unknown", "{result}");
    }
    // It is about our call: SVGate can be asked at once.
    for vague in [
        tran(json!({"refNum": null})),
        tran(json!({"refNum": "000000000000"})),
        tran(json!({"status": null})),
        tran(json!({"status": "WAIT"})),
        tran(json!({"status": "RER"})),
        json!({}),
        json!([1]),
    ] {
        assert_eq!(word(&pay(vague.clone())), "asked", "{vague}");
    }
}

#[test]
fn what_a_payment_proves_that_is_not_plainly_carried_out() {
    use ErrorCode::{DeclinedByNetwork, InsufficientFunds};
    let zeros = "000000000000";
    #[rustfmt::skip] // A row a reply.
    let table = [
        // Failed, with a value that refuses: the only certain refusal in a result.
        (json!({"status": "ERR", "resp": 51, "refNum": zeros}), ("refused", InsufficientFunds, "51")),
        (json!({"status": "err", "resp": "51", "refNum": null}), ("refused", InsufficientFunds, "51")),
        // Failed, with another value or none.
        (json!({"status": "ERR", "resp": 5, "refNum": zeros}), ("asked", DeclinedByNetwork, "5")),
        (json!({"status": "ERR", "resp": 91, "refNum": zeros}), ("asked", DeclinedByNetwork, "91")),
        (json!({"status": "ERR", "resp": -240, "refNum": zeros}), ("asked", InsufficientFunds, "-240")),
        (json!({"status": "ERR", "resp": null, "refNum": zeros}), ("asked", DeclinedByNetwork, "ERR")),
        (json!({"status": "ERR", "resp": 0, "refNum": zeros}), ("asked", DeclinedByNetwork, "ERR")),
        // It contradicts itself.
        (json!({"status": "OK", "resp": 51}), ("asked", InsufficientFunds, "51")),
        (json!({"status": "OK", "resp": 51, "refNum": zeros}), ("asked", InsufficientFunds, "51")),
        (json!({"status": "OK", "resp": 5}), ("asked", DeclinedByNetwork, "5")),
        (json!({"status": "OK", "resp": -1}), ("asked", DeclinedByNetwork, "-1")),
        (json!({"status": "ERR", "resp": 51}), ("asked", InsufficientFunds, "51")),
        (json!({"status": "ERR", "resp": 0}), ("asked", DeclinedByNetwork, "ERR")),
        // Carried out and given back.
        (json!({"status": "ROK"}), ("asked", DeclinedByNetwork, "ROK")),
        (json!({"status": "rok", "resp": 51}), ("asked", InsufficientFunds, "51")),
    ];
    for (changes, (word, code, processing_code)) in table {
        let expected = (word, code, processing_code.to_owned());
        assert_eq!(told(&pay(tran(changes.clone()))), expected, "{changes}");
    }
}

/// In a transfer the failure may be the recipient's, after the debit; a debit is given back only after a question.
#[test]
fn what_a_refusing_resp_proves_depends_on_the_call() {
    let failed = tran(json!({"status": "ERR", "resp": 51, "refNum": null}));
    for (kind, expected) in [
        (CallKind::Pay, "refused"),
        (CallKind::Capture, "refused"),
        (CallKind::P2p, "asked"),
        (CallKind::Credit, "asked once"),
    ] {
        let result = payment(kind, &refusals(), failed.clone(), &reference(), amount());
        assert_eq!(word(&result), expected, "{kind:?}");
    }
}

#[test]
fn errors_of_money_calls() {
    use ErrorCode as E;
    let code = |kind, code| told(&failed(kind, &refusals(), CallError::Code(code)));
    for (kind, sent, (word, error)) in [
        (CallKind::Pay, -240, ("refused", E::InsufficientFunds)),
        (CallKind::Pay, -260, ("asked once", E::InsufficientFunds)),
        (CallKind::Pay, -242, ("asked", E::DataNotFound)),
        (CallKind::Pay, -9_999, ("asked", E::DeclinedByNetwork)),
        (CallKind::Capture, -205, ("refused", E::CardBlocked)),
        (CallKind::Capture, -242, ("asked once", E::DataNotFound)),
        (CallKind::Undoing, -242, ("asked once", E::DataNotFound)),
        (CallKind::Undoing, -389, ("asked once", E::CancelFailed)),
        (CallKind::P2p, -205, ("asked", E::CardBlocked)),
        (
            CallKind::Credit,
            -205,
            ("asked once", E::RecipientCardBlocked),
        ),
    ] {
        let expected = (word, error, sent.to_string());
        assert_eq!(code(kind, sent), expected, "{kind:?}");
    }
    for open in [
        -101, -102, -207, -211, -265, -281, -301, -302, -307, -308, -309, -310, -311, -380, 0,
        -32_603, -32_700,
    ] {
        let (word, _, told) = code(CallKind::Pay, open);
        assert_eq!((word, told), ("asked", open.to_string()));
    }
    let text = || "x".to_owned();
    let silent = |error| failed(CallKind::Pay, &refusals(), error);
    assert_eq!(
        silent(CallError::Failed(Failure::NotSent(text()))),
        CallResult::not_executed(text())
    );
    for error in [
        CallError::Failed(Failure::NoAnswer(text())),
        CallError::Unreadable(text()),
    ] {
        assert_eq!(word(&silent(error.clone())), "unknown", "{error:?}");
    }
}

#[test]
fn errors_of_calls_without_money() {
    // Whatever is not known may simply be asked again, so any refusal is plain.
    for code in [-200, -208, -219, -260, -9_999] {
        let refused = ask_error(CallError::Code(code));
        assert_eq!(
            refused,
            AskError::Refused(codes::refusal(codes::read(code).1, code))
        );
    }
    for error in [
        CallError::Code(-211),
        CallError::Failed(Failure::NotSent(String::new())),
        CallError::Failed(Failure::NoAnswer(String::new())),
        CallError::Unreadable(String::new()),
    ] {
        assert!(matches!(ask_error(error), AskError::Unavailable(_)));
    }
}

#[test]
fn reversals() {
    let reverse = |result| reversal(result, &done(), amount());
    for given_back in [
        tran(json!({"status": "ROK"})),
        tran(json!({"status": "rok", "amount": "5000.00"})),
        json!([{"status": "ROK"}]),
    ] {
        assert_eq!(reverse(given_back), CallResult::Approved(done()));
    }
    // Whether the payment still stands decides.
    for status in ["RER", "rer", "ERR"] {
        assert_eq!(
            told(&reverse(tran(json!({"status": status})))),
            ("asked once", ErrorCode::CancelFailed, status.to_owned())
        );
    }
    assert_eq!(word(&reverse(approved_tran())), "asked");
    for open in [
        tran(json!({"status": "ROK", "ext": "ours-2"})),
        tran(json!({"status": "ROK", "amount": 1})),
        tran(json!({"status": "RER", "ext": "ours-2"})),
        json!([]),
    ] {
        assert_eq!(word(&reverse(open.clone())), "unknown", "{open}");
    }
}

#[test]
fn holds_are_created_and_dismissed() {
    let held = Receipt {
        network_id: "77".to_owned(),
        ..Receipt::of(&reference())
    };
    let create = |result| hold_created(&refusals(), result, &reference());
    assert_eq!(
        create(json!({"id": 77, "status": 0, "description": "OK"})),
        CallResult::Approved(held.clone())
    );
    assert_eq!(
        create(json!([{"id": "77", "status": "0"}])),
        CallResult::Approved(held.clone())
    );
    #[rustfmt::skip] // A row a reply.
    let table = [
        (json!({"id": 0, "status": 51}), ("refused", ErrorCode::InsufficientFunds, "51")),
        (json!({"status": "51"}), ("refused", ErrorCode::InsufficientFunds, "51")),
        (json!({"id": -1, "status": 51}), ("refused", ErrorCode::InsufficientFunds, "51")),
        (json!({"id": 0, "status": 5}), ("asked", ErrorCode::DeclinedByNetwork, "5")),
        (json!({"id": 0, "status": -211}), ("asked", ErrorCode::UzcardUnavailable, "-211")),
        // Refused, with the id of a hold.
        (json!({"id": 77, "status": 51}), ("asked", ErrorCode::InsufficientFunds, "51")),
        (json!({"id": 77, "status": -211}), ("asked", ErrorCode::UzcardUnavailable, "-211")),
    ];
    for (reply, (word, code, processing_code)) in table {
        let expected = (word, code, processing_code.to_owned());
        assert_eq!(told(&create(reply.clone())), expected, "{reply}");
    }
    for open in [
        json!({"id": 77}),
        json!({"status": 0}),
        json!({"id": 0, "status": 0}),
        json!({"id": -1, "status": 0}),
        json!({"id": "-7", "status": 0}),
        json!({"id": "0000", "status": 0}),
        json!({}),
    ] {
        assert_eq!(word(&create(open.clone())), "asked", "{open}");
    }
    let dismiss = |result| hold_dismissed(&refusals(), result, &held);
    assert_eq!(
        dismiss(json!({"id": 77, "status": 0})),
        CallResult::Approved(held.clone())
    );
    assert_eq!(
        dismiss(json!({"status": 0})),
        CallResult::Approved(held.clone())
    );
    for (status, expected) in [(-242, "asked once"), (5, "asked"), (-256, "refused")] {
        let (word, _, code) = told(&dismiss(json!({"id": 77, "status": status})));
        assert_eq!((word, code), (expected, status.to_string()));
    }
    assert_eq!(word(&dismiss(json!({"id": 77}))), "asked");
    for open in [
        json!({"id": 78, "status": 0}),
        json!({"id": 78, "status": 57}),
        json!("x"),
    ] {
        assert_eq!(word(&dismiss(open.clone())), "unknown", "{open}");
    }
}

fn find(result: Result<Value, CallError>) -> LookupReply {
    found_payment(CallKind::Pay, result, &reference(), amount())
}

#[test]
fn a_payment_is_found_by_its_reference() {
    for executed in [
        json!([approved_tran()]),
        tran(json!({"resp": -1})),
        tran(json!({"status": "ok", "resp": null, "amount": "5000.00"})),
    ] {
        assert_eq!(find(Ok(executed)), LookupReply::Executed(done()));
    }
    for nothing in [
        Err(CallError::Code(-208)),
        Err(CallError::Code(-267)),
        Ok(json!([])),
    ] {
        assert_eq!(find(nothing), LookupReply::NotFound);
    }
    for unclear in [
        Ok(json!([approved_tran(), approved_tran()])),
        Ok(tran(json!({"ext": "ours-2"}))),
        Ok(tran(json!({"amount": 1}))),
        Ok(tran(json!({"refNum": null}))),
        Ok(tran(json!({"resp": 51}))),
        Ok(tran(json!({"status": "RER"}))),
        Ok(tran(json!({"status": "WAIT"}))),
        Ok(json!("x")),
        Err(CallError::Code(-211)),
        Err(CallError::Code(-242)),
        Err(CallError::Code(-256)),
        Err(CallError::Failed(Failure::NotSent(String::new()))),
        Err(CallError::Unreadable(String::new())),
    ] {
        assert!(
            matches!(find(unclear.clone()), LookupReply::Unclear(_)),
            "{unclear:?}"
        );
    }
}

/// What SVGate lists as failed or given back was not carried out, unless the code says "not yet", or a number of a
/// payment the opposite.
#[test]
fn a_payment_is_found_that_was_not_carried_out() {
    use ErrorCode::{DeclinedByNetwork, InsufficientFunds};
    #[rustfmt::skip] // A row a payment.
    let table = [
        (json!({"status": "ERR", "resp": 51, "refNum": "000000000000"}), Some((InsufficientFunds, "51"))),
        (json!({"status": "err", "resp": "51", "refNum": null}), Some((InsufficientFunds, "51"))),
        (json!({"status": "ERR", "resp": 5, "refNum": null}), Some((DeclinedByNetwork, "5"))),
        (json!({"status": "ERR", "resp": null, "refNum": null}), Some((DeclinedByNetwork, "ERR"))),
        (json!({"status": "ERR", "resp": 0, "refNum": null}), Some((DeclinedByNetwork, "ERR"))),
        (json!({"status": "ROK"}), Some((DeclinedByNetwork, "ROK"))),
        (json!({"status": "Rok"}), Some((DeclinedByNetwork, "ROK"))),
        (json!({"status": "ERR", "resp": 91, "refNum": null}), None),
        (json!({"status": "ERR", "resp": 68, "refNum": null}), None),
        (json!({"status": "ERR", "resp": -1, "refNum": null}), None),
        (json!({"status": "ERR", "resp": 51}), None),
        (json!({"status": "ERR", "resp": null}), None),
    ];
    for (changes, expected) in table {
        let reply = find(Ok(tran(changes.clone())));
        match expected {
            Some((code, processing_code)) => {
                let refusal = Refusal {
                    code,
                    processing_code: processing_code.to_owned(),
                };
                assert_eq!(reply, LookupReply::NotExecuted(refusal), "{changes}");
            }
            None => assert!(matches!(reply, LookupReply::Unclear(_)), "{changes}"),
        }
    }
    // A payment may be listed together with its reversal.
    let reversed = json!([approved_tran(), tran(json!({"status": "ROK"}))]);
    assert!(matches!(find(Ok(reversed)), LookupReply::NotExecuted(_)));
}

#[test]
fn a_reversal_is_found_at_its_payment() {
    let found =
        |status: &str| found_reversal(Ok(tran(json!({"status": status}))), &done(), amount());
    for status in ["ROK", "rok"] {
        assert_eq!(found(status), LookupReply::Executed(done()));
    }
    for status in ["OK", "Ok"] {
        assert_eq!(found(status), LookupReply::NotFound);
    }
    // Perhaps of an earlier reversal.
    assert_eq!(found("RER"), LookupReply::NotFound);
    assert!(matches!(found("ERR"), LookupReply::Unclear(_)));
    // It was there.
    assert!(matches!(
        found_reversal(Err(CallError::Code(-208)), &done(), amount()),
        LookupReply::Unclear(_)
    ));
}

fn item(id: &str, state: HoldState, tiyin: i64, user: &str) -> HoldItem {
    HoldItem {
        id: id.to_owned(),
        ref_num: String::new(),
        amount: Some(tiyin),
        created_at: Some(UnixMillis(1_000)),
        lifetime: String::new(),
        state,
        user_name: user.to_owned(),
    }
}

/// What the holds of a card say of a lost one.
fn lost_hold(holds: &[HoldItem]) -> LookupReply {
    let traces = Traces {
        window: (UnixMillis(900), UnixMillis(1_100)),
        claimed_holds: vec!["70".to_owned()],
    };
    found_hold(holds, "aloqa", amount(), &reference(), &traces)
}

/// One that is not active any more, or of which nobody knows what it is, is no proof that ours was not made. Where SVGate has told
/// all there is, an operator may say that it was not.
#[test]
fn a_hold_that_may_be_the_lost_one_leaves_its_outcome_open() {
    let ours = |state: HoldState| item("77", state, 5_000, "aloqa");
    let timeless = |state| HoldItem {
        created_at: None,
        ..ours(state)
    };
    let nameless = item("-1", HoldState::Active, 5_000, "aloqa");
    let all_ended = vec![ours(HoldState::Dismissed), timeless(HoldState::Captured)];
    let active = || ours(HoldState::Active);
    let ended = "charged or released";
    for (holds, why, by_people) in [
        (vec![ours(HoldState::Captured)], ended, true),
        (vec![ours(HoldState::Expired)], ended, true),
        (all_ended, ended, true),
        (vec![ours(HoldState::Other)], "hold_statuses", false),
        (vec![active(), ours(HoldState::Captured)], "several", false),
        (vec![active(), ours(HoldState::Other)], "several", false),
        (
            vec![timeless(HoldState::Active)],
            "a time that cannot be read",
            false,
        ),
        (vec![nameless], "no id", false),
    ] {
        let LookupReply::Unclear(doubt) = lost_hold(&holds) else {
            panic!("{holds:?}");
        };
        assert!(doubt.cause.contains(why), "{holds:?}: {}", doubt.cause);
        assert_eq!(doubt.open.is_some(), by_people, "{holds:?}");
    }
}

#[test]
fn a_hold_is_found_only_when_it_is_the_only_one() {
    let found = lost_hold;
    let ours = item("77", HoldState::Active, 5_000, "aloqa");
    let at = |id: &str, created_at| HoldItem {
        created_at,
        ..item(id, HoldState::Active, 5_000, "aloqa")
    };
    let others = [
        item("1", HoldState::Active, 5_000, "somebody"),
        item("2", HoldState::Active, 4_999, "aloqa"),
        HoldItem {
            amount: None,
            ..item("4", HoldState::Active, 0, "aloqa")
        },
        // Of another call of ours, from before the call, and from long after it.
        item("70", HoldState::Active, 5_000, "aloqa"),
        at("71", Some(UnixMillis(899))),
        at("72", Some(UnixMillis(1_101))),
    ];
    let all = [&others[..], &[ours.clone()][..]].concat();
    assert_eq!(
        found(&all),
        LookupReply::Executed(Receipt {
            network_id: "77".to_owned(),
            ..Receipt::of(&reference())
        })
    );
    assert_eq!(found(&others), LookupReply::NotFound);
    assert_eq!(found(&[]), LookupReply::NotFound);
    assert!(matches!(
        found(&[ours.clone(), ours.clone()]),
        LookupReply::Unclear(_)
    ));
    // One whose time is not understood could be ours as well.
    assert!(matches!(found(&[at("73", None)]), LookupReply::Unclear(_)));
    assert!(matches!(
        found(&[ours, at("73", None)]),
        LookupReply::Unclear(_)
    ));
}

#[test]
fn a_release_is_found_at_its_hold() {
    let held = Receipt {
        network_id: "77".to_owned(),
        ..Receipt::of(&reference())
    };
    let found = |state| found_release(Some(&item("77", state, 5_000, "aloqa")), &held, amount());
    assert_eq!(found(HoldState::Active), LookupReply::NotFound);
    assert_eq!(
        found(HoldState::Dismissed),
        LookupReply::Executed(held.clone())
    );
    assert_eq!(
        found(HoldState::Expired),
        LookupReply::Executed(held.clone())
    );
    assert!(matches!(
        found(HoldState::Captured),
        LookupReply::Overtaken(Overtaken { ended: Ended::Taken, refusal, .. })
            if refusal.code == ErrorCode::CancelFailed && refusal.processing_code == "captured"
    ));
    assert!(matches!(found(HoldState::Other), LookupReply::Unclear(_)));
    // It was there.
    assert!(matches!(
        found_release(None, &held, amount()),
        LookupReply::Unclear(_)
    ));
    for another in [
        item("78", HoldState::Dismissed, 5_000, "aloqa"),
        item("77", HoldState::Dismissed, 1, "aloqa"),
    ] {
        assert!(matches!(
            found_release(Some(&another), &held, amount()),
            LookupReply::Unclear(_)
        ));
    }
}

/// SVGate does not know the charge: the hold tells why.
#[test]
fn where_a_charge_is_not_known_the_hold_is_asked() {
    let held = Receipt {
        network_id: "77".to_owned(),
        ..Receipt::of(&reference())
    };
    let found = |state| found_charged(Some(&item("77", state, 5_000, "aloqa")), &held);
    assert_eq!(found(HoldState::Active), LookupReply::NotFound);
    for state in [HoldState::Dismissed, HoldState::Expired] {
        let LookupReply::Overtaken(overtaken) = found(state) else {
            panic!("{state:?}")
        };
        assert_eq!(overtaken.ended, Ended::Freed);
        assert_eq!(overtaken.receipt, held);
        assert_eq!(overtaken.refusal.code, ErrorCode::DataNotFound);
    }
    let LookupReply::Overtaken(overtaken) = found(HoldState::Captured) else {
        panic!()
    };
    assert_eq!(overtaken.ended, Ended::Taken);
    assert_eq!(overtaken.receipt.network_id, "77");
    for unclear in [
        found(HoldState::Other),
        found_charged(None, &held),
        found_charged(
            Some(&item("78", HoldState::Captured, 5_000, "aloqa")),
            &held,
        ),
    ] {
        assert!(matches!(unclear, LookupReply::Unclear(_)), "{unclear:?}");
    }
}
