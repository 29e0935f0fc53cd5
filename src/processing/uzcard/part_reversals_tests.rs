use rpc_schema::values::Amount;
use serde_json::json;

use super::*;
use crate::config;
use crate::domain::call::{Receipt, Reference};

fn refusals() -> Refusals {
    Refusals {
        certain: Vec::new(),
        resp: config::Uzcard::default().refusing_resp,
    }
}

/// A payment with some members replaced; null removes one.
fn tran(changes: Value) -> Value {
    let mut tran = json!({"refNum": "000012345678", "ext": "ours-1", "amount": 5000, "field38": "345678", "resp": 0});
    for (name, value) in changes.as_object().unwrap() {
        tran[name] = value.clone();
    }
    tran
}

/// What a result proves, in short words.
fn word(result: &CallResult) -> &'static str {
    match result {
        CallResult::Approved(_) => "approved",
        CallResult::Unknown(doubt) => match &doubt.open {
            None => "unknown",
            Some(open) if open.absence_suffices => "asked once",
            Some(_) => "asked",
        },
        CallResult::Refused(_)
        | CallResult::Blocked(_)
        | CallResult::Overtaken(_)
        | CallResult::NotExecuted(_)
        | CallResult::Untraceable(_) => panic!("{result:?}"),
    }
}

/// The receipt of the reversal.
fn done() -> Receipt {
    Receipt {
        ref_num: "000012345678".to_owned(),
        apr_code: "345678".to_owned(),
        ..Receipt::of(&part().reference)
    }
}

fn part() -> PartReversal {
    PartReversal {
        payment: Receipt {
            ref_num: "000000000001".to_owned(),
            ..Receipt::of(&Reference("paid".to_owned()))
        },
        amount: Amount::new(5_000).unwrap(),
        is_last: false,
        reference: Reference("ours-1".to_owned()),
    }
}

/// It has a reference and a number of its own, which the reply must be about.
#[test]
fn reversals_of_parts() {
    let reverse = |result| part_reversal(&refusals(), result, &part());
    for given_back in [
        tran(json!({"status": "ROK"})),
        tran(json!({"status": "OK"})),
        json!([tran(
            json!({"status": "rok", "amount": "5000.00", "resp": null})
        )]),
    ] {
        assert_eq!(
            reverse(given_back.clone()),
            CallResult::Approved(done()),
            "{given_back}"
        );
    }
    for status in ["RER", "ERR"] {
        let refused = tran(json!({"status": status, "refNum": null}));
        let result = reverse(refused);
        let refusal = status_refusal(ErrorCode::CancelFailed, status);
        assert_eq!(
            (word(&result), result.refusal()),
            ("asked once", Some(&refusal))
        );
    }
    #[rustfmt::skip] // A row a reply.
    let table = [
        // Refused, with a number; carried out, with a refusal; without a number; in words that nobody knows.
        (tran(json!({"status": "RER"})), "asked"),
        (tran(json!({"status": "ROK", "resp": 51})), "asked"),
        (tran(json!({"status": "ROK", "refNum": "000000000000"})), "asked"),
        (tran(json!({"status": "DONE"})), "asked"),
        // About something else.
        (tran(json!({"status": "ROK", "ext": "paid"})), "unknown"),
        (tran(json!({"status": "ROK", "amount": 1})), "unknown"),
        (json!([]), "unknown"),
    ];
    for (reply, expected) in table {
        assert_eq!(word(&reverse(reply.clone())), expected, "{reply}");
    }
}

#[test]
fn a_reversal_of_a_part_is_found_by_its_own_reference() {
    let find = |result| found_part_reversal(result, &part());
    for status in ["OK", "ROK"] {
        for resp in [json!(0), json!(-1), Value::Null] {
            let listed = json!([tran(json!({"status": status, "resp": resp}))]);
            assert_eq!(find(Ok(listed)), LookupReply::Executed(done()), "{status}");
        }
    }
    for status in ["ERR", "RER"] {
        let refused = tran(json!({"status": status, "refNum": null}));
        let expected = LookupReply::NotExecuted(status_refusal(ErrorCode::CancelFailed, status));
        assert_eq!(find(Ok(refused)), expected);
        for unclear in [
            tran(json!({"status": status})),
            tran(json!({"status": status, "refNum": null, "resp": 68})),
        ] {
            let found = find(Ok(unclear.clone()));
            assert!(matches!(found, LookupReply::Unclear(_)), "{unclear}");
        }
    }
    for unclear in [
        tran(json!({"status": "ROK", "refNum": null})),
        tran(json!({"status": "ROK", "resp": 51})),
        tran(json!({"status": "ROK", "amount": 1})),
        tran(json!({"status": "ROK", "ext": "paid"})),
        tran(json!({"status": "DONE"})),
        json!([
            tran(json!({"status": "ROK"})),
            tran(json!({"status": "ROK"}))
        ]),
    ] {
        let found = find(Ok(unclear.clone()));
        assert!(matches!(found, LookupReply::Unclear(_)), "{unclear}");
    }
    assert_eq!(find(Err(CallError::Code(-208))), LookupReply::NotFound);
}

/// Where the payment does not stand, what was given back of it is not guessed.
#[test]
fn where_a_reversal_of_a_part_is_not_known_the_payment_must_stand() {
    for status in ["OK", "RER"] {
        let stands = found_standing(Ok(tran(json!({"status": status}))));
        assert_eq!(stands, LookupReply::NotFound);
    }
    let both = json!([
        tran(json!({"status": "OK"})),
        tran(json!({"status": "ROK"}))
    ]);
    for unclear in [
        Ok(tran(json!({"status": "ROK"}))),
        Ok(tran(json!({"status": "ERR"}))),
        Ok(both),
        Err(CallError::Code(-208)),
        Err(CallError::Code(-101)),
    ] {
        let found = found_standing(unclear.clone());
        assert!(matches!(found, LookupReply::Unclear(_)), "{unclear:?}");
    }
}
