use entity::time::UnixMillis;
use serde_json::json;

use super::*;

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
    payment(result, &reference(), amount())
}

fn done() -> Receipt {
    Receipt {
        ref_num: "000012345678".to_owned(),
        apr_code: "345678".to_owned(),
        ..Receipt::of(&reference())
    }
}

fn refused_with(outcome: CallResult) -> (ErrorCode, String) {
    let CallResult::Refused(refusal) = outcome else {
        panic!("{outcome:?}")
    };
    (refusal.code, refusal.processing_code)
}

#[test]
fn a_payment_is_approved_by_everything_together() {
    for result in [
        approved_tran(),
        json!([approved_tran()]),
        tran(json!({"resp": "0", "refNum": 12_345_678, "amount": "5000", "field38": 345_678})),
        tran(json!({"resp": null, "ext": null, "amount": null})),
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
        tran(json!({"refNum": null})),
        tran(json!({"refNum": "000000000000"})),
        tran(json!({"status": null})),
        tran(json!({"status": "WAIT"})),
        tran(json!({"status": "RER"})),
        tran(json!({"ext": "ours-2"})),
        tran(json!({"amount": 4999})),
        tran(json!({"amount": {}})),
        tran(json!({"resp": "approved"})),
        tran(json!({"resp": -211})),
        // A refusal of another payment is none of this one.
        tran(json!({"ext": "ours-2", "resp": 51, "status": "ERR"})),
        json!([]),
        json!([approved_tran(), approved_tran()]),
        json!({}),
        json!(null),
        json!("OK"),
        json!([1]),
    ] {
        assert!(
            matches!(pay(result.clone()), CallResult::Unknown(_)),
            "{result}"
        );
    }
}

#[test]
fn a_payment_is_refused_by_resp_or_status() {
    let zeros = "000000000000";
    assert_eq!(
        refused_with(pay(tran(
            json!({"resp": 51, "status": "ERR", "refNum": zeros})
        ))),
        (ErrorCode::InsufficientFunds, "51".to_owned())
    );
    assert_eq!(
        refused_with(pay(tran(json!({"resp": "51"})))).0,
        ErrorCode::InsufficientFunds
    );
    assert_eq!(
        refused_with(pay(tran(json!({"resp": 5})))).0,
        ErrorCode::DeclinedByNetwork
    );
    for status in ["ERR", "ROK"] {
        let refused = refused_with(pay(tran(json!({"status": status}))));
        assert_eq!(refused, (ErrorCode::DeclinedByNetwork, status.to_owned()));
    }
}

#[test]
fn errors_of_money_calls() {
    let code = |code| failed(CallError::Code(code));
    assert_eq!(
        refused_with(code(-240)),
        (ErrorCode::InsufficientFunds, "-240".to_owned())
    );
    assert_eq!(refused_with(code(-9_999)).0, ErrorCode::DeclinedByNetwork);
    for open in [
        -101, -102, -207, -211, -265, -281, -301, -302, -307, -308, -309, -310, -311, -380, -389, 0,
    ] {
        let CallResult::Unknown(doubt) = code(open) else {
            panic!("{open}")
        };
        assert_eq!(doubt.processing_code, Some(open.to_string()));
    }
    assert!(matches!(code(-242), CallResult::Refused(refusal) if refusal.gone));
    assert!(matches!(code(-205), CallResult::Refused(refusal) if !refusal.gone));
    let text = || "x".to_owned();
    assert_eq!(
        failed(CallError::Failed(Failure::NotSent(text()))),
        CallResult::NotExecuted(text())
    );
    assert!(matches!(
        failed(CallError::Failed(Failure::NoAnswer(text()))),
        CallResult::Unknown(_)
    ));
    assert!(matches!(
        failed(CallError::Unreadable(text())),
        CallResult::Unknown(_)
    ));
}

#[test]
fn errors_of_calls_without_money() {
    assert!(matches!(
        ask_error(CallError::Code(-200)),
        AskError::Refused(_)
    ));
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
    assert_eq!(
        reverse(tran(json!({"status": "ROK"}))),
        CallResult::Approved(done())
    );
    assert_eq!(
        reverse(json!([{"status": "ROK"}])),
        CallResult::Approved(done())
    );
    assert_eq!(
        refused_with(reverse(tran(json!({"status": "RER"})))),
        (ErrorCode::CancelFailed, "RER".to_owned())
    );
    for open in [
        approved_tran(),
        tran(json!({"status": "ROK", "ext": "ours-2"})),
        tran(json!({"status": "ROK", "amount": 1})),
        json!([]),
    ] {
        assert!(
            matches!(reverse(open.clone()), CallResult::Unknown(_)),
            "{open}"
        );
    }
}

#[test]
fn holds_are_created_and_dismissed() {
    let held = Receipt {
        network_id: "77".to_owned(),
        ..Receipt::of(&reference())
    };
    let create = |result| hold_created(result, &reference());
    assert_eq!(
        create(json!({"id": 77, "status": 0, "description": "OK"})),
        CallResult::Approved(held.clone())
    );
    assert_eq!(
        create(json!([{"id": "77", "status": "0"}])),
        CallResult::Approved(held.clone())
    );
    assert_eq!(
        refused_with(create(json!({"id": 0, "status": 51}))).0,
        ErrorCode::InsufficientFunds
    );
    for open in [
        json!({"id": 77}),
        json!({"status": 0}),
        json!({"id": 0, "status": 0}),
        json!({"id": 77, "status": -211}),
        json!({}),
    ] {
        assert!(
            matches!(create(open.clone()), CallResult::Unknown(_)),
            "{open}"
        );
    }
    let dismiss = |result| hold_dismissed(result, &held);
    assert_eq!(
        dismiss(json!({"id": 77, "status": 0})),
        CallResult::Approved(held.clone())
    );
    assert_eq!(
        dismiss(json!({"status": 0})),
        CallResult::Approved(held.clone())
    );
    assert_eq!(
        refused_with(dismiss(json!({"id": 77, "status": -242}))).0,
        ErrorCode::DataNotFound
    );
    for open in [
        json!({"id": 78, "status": 0}),
        json!({"id": 77}),
        json!("x"),
    ] {
        assert!(
            matches!(dismiss(open.clone()), CallResult::Unknown(_)),
            "{open}"
        );
    }
}

#[test]
fn a_payment_is_found_by_its_reference() {
    let found = |result| found_payment(result, &reference(), amount());
    assert_eq!(
        found(Ok(json!([approved_tran()]))),
        LookupReply::Executed(done())
    );
    assert_eq!(
        found(Ok(tran(json!({"resp": -1})))),
        LookupReply::Executed(done())
    );
    for nothing in [
        Err(CallError::Code(-208)),
        Err(CallError::Code(-267)),
        Ok(json!([])),
    ] {
        assert_eq!(found(nothing), LookupReply::NotFound);
    }
    let LookupReply::NotExecuted(refusal) = found(Ok(tran(
        json!({"status": "ERR", "resp": 51, "refNum": "000000000000"}),
    ))) else {
        panic!()
    };
    assert_eq!(
        (refusal.code, refusal.processing_code.as_str()),
        (ErrorCode::InsufficientFunds, "51")
    );
    let reversed = json!([approved_tran(), tran(json!({"status": "ROK"}))]);
    assert!(matches!(found(Ok(reversed)), LookupReply::NotExecuted(refusal) if refusal.gone));
    for unclear in [
        Ok(json!([approved_tran(), approved_tran()])),
        Ok(tran(json!({"ext": "ours-2"}))),
        Ok(tran(json!({"amount": 1}))),
        Ok(tran(json!({"refNum": null}))),
        Ok(tran(json!({"resp": 51}))),
        Ok(tran(json!({"status": "RER"}))),
        Ok(tran(json!({"status": "ERR", "resp": -301}))),
        Ok(json!("x")),
        Err(CallError::Code(-211)),
        Err(CallError::Code(-256)),
        Err(CallError::Failed(Failure::NotSent(String::new()))),
        Err(CallError::Unreadable(String::new())),
    ] {
        assert!(
            matches!(found(unclear.clone()), LookupReply::Unclear(_)),
            "{unclear:?}"
        );
    }
}

#[test]
fn a_reversal_is_found_at_its_payment() {
    let found =
        |status: &str| found_reversal(Ok(tran(json!({"status": status}))), &done(), amount());
    assert_eq!(found("ROK"), LookupReply::Executed(done()));
    assert_eq!(found("OK"), LookupReply::NotFound);
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

#[test]
fn a_hold_is_found_only_when_it_is_the_only_one() {
    let traces = Traces {
        window: (UnixMillis(900), UnixMillis(1_100)),
        claimed_holds: vec!["70".to_owned()],
    };
    let found = |holds: &[HoldItem]| found_hold(holds, "aloqa", amount(), &reference(), &traces);
    let ours = item("77", HoldState::Active, 5_000, "aloqa");
    let at = |id: &str, created_at| HoldItem {
        created_at,
        ..item(id, HoldState::Active, 5_000, "aloqa")
    };
    let others = [
        item("1", HoldState::Active, 5_000, "somebody"),
        item("2", HoldState::Active, 4_999, "aloqa"),
        item("3", HoldState::Dismissed, 5_000, "aloqa"),
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
        LookupReply::NotExecuted(_)
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
