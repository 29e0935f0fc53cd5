use rpc_schema::values::Amount;

use super::super::client::CallError;
use super::super::codes::Refusals;
use super::*;
use crate::config;
use crate::domain::call::{LookupReply, Receipt, Reference};
use crate::processing::exchange::Failure;

const PAN: &str = "8600490744313347";

fn pan() -> Pan {
    Pan::parse(PAN).unwrap()
}

fn reference() -> Reference {
    Reference("ours-1".to_owned())
}

fn amount() -> Amount {
    Amount::new(500_000).unwrap()
}

#[test]
fn a_transfer_is_from_a_token_to_a_number() {
    let recipient = pan();
    let params = Params::P2p(Transfer {
        sender: "t",
        recipient: &recipient,
        amount: 500_000,
        fee_amount: 2_500,
        ext: "e",
        merchant_id: "90001",
        terminal_id: "92400001",
    });
    assert!(!format!("{params:?}").contains(PAN));
    assert_eq!(
        serde_json::to_value(params).unwrap(),
        json!({"p2p": {"sender": "t", "recipient": PAN, "amount": 500_000, "feeAmount": 2500, "ext": "e",
            "merchantId": "90001", "terminalId": "92400001"}})
    );
}

/// A transfer's tran object, with some members replaced.
fn tran(changes: Value) -> Value {
    let mut tran = json!({"refNum": "000012345678", "ext": "ours-1", "pan": "860001******1332", "pan2": "860049******3347",
        "tranType": "P2P", "transType": 1, "amount": 500_000, "commission": 2500, "currency": 860, "field38": "345678",
        "refNumDebit": "000012345678", "refNumCredit": "000012345679", "resp": 0, "respSV": "00", "status": "OK"});
    for (name, value) in changes.as_object().unwrap() {
        tran[name] = value.clone();
    }
    tran
}

fn done() -> Receipt {
    Receipt {
        ref_num: "000012345678".to_owned(),
        apr_code: "345678".to_owned(),
        ..Receipt::of(&reference())
    }
}

fn answered(kind: CallKind, result: Result<Value, CallError>) -> CallResult {
    let refusals = Refusals {
        certain: Vec::new(),
        resp: config::Uzcard::default().refusing_resp,
    };
    match result {
        Ok(result) => outcome::payment(kind, &refusals, result, &reference(), amount()),
        Err(error) => outcome::failed(kind, &refusals, error),
    }
}

fn found(kind: CallKind, result: Result<Value, CallError>) -> LookupReply {
    outcome::found_payment(kind, result, &reference(), amount())
}

const KINDS: [CallKind; 2] = [CallKind::P2p, CallKind::Credit];

#[test]
fn transfers_and_credits_need_the_proof_of_a_payment() {
    for kind in KINDS {
        for executed in [
            json!({}),
            json!({"status": "Ok", "amount": "500000.00", "resp": "0"}),
        ] {
            let result = answered(kind, Ok(tran(executed)));
            assert_eq!(result, CallResult::Approved(done()));
        }
        for open in [
            Ok(tran(json!({"refNum": "000000000000"}))),
            Ok(tran(json!({"ext": "ours-2"}))),
            Ok(tran(json!({"amount": 502_500}))),
            Ok(tran(json!({"status": "WAIT"}))),
            Ok(tran(json!({"resp": 51}))),
            Ok(tran(json!({"resp": 51, "status": "ERR"}))),
            Ok(json!([])),
            Err(CallError::Code(-207)),
            Err(CallError::Code(-311)),
            Err(CallError::Unreadable(String::new())),
            Err(CallError::Failed(Failure::NoAnswer(String::new()))),
        ] {
            assert!(
                matches!(answered(kind, open.clone()), CallResult::Unknown(_)),
                "{open:?}"
            );
        }
        let not_sent = CallError::Failed(Failure::NotSent("x".to_owned()));
        assert_eq!(answered(kind, Err(not_sent)), CallResult::not_executed("x"));
    }
}

#[test]
fn refusals_say_whose_card_it_is() {
    let code = |result: CallResult| result.refusal().unwrap().code.name();
    let by_error = |kind, code| answered(kind, Err(CallError::Code(code)));
    assert_eq!(
        code(by_error(CallKind::Credit, -205)),
        "RECIPIENT_CARD_BLOCKED"
    );
    assert_eq!(code(by_error(CallKind::P2p, -205)), "CARD_BLOCKED");
    assert_eq!(code(by_error(CallKind::P2p, -291)), "RECIPIENT_REFUSES");
    let by_resp = |kind| {
        let failed = tran(json!({"resp": 54, "status": "ERR", "refNum": null}));
        answered(kind, Ok(failed))
    };
    assert_eq!(code(by_resp(CallKind::Credit)), "RECIPIENT_CARD_EXPIRED");
    assert_eq!(code(by_resp(CallKind::P2p)), "CARD_EXPIRED");
}

#[test]
fn transfers_and_credits_are_found_like_payments() {
    for kind in KINDS {
        assert_eq!(
            found(kind, Ok(json!([tran(json!({}))]))),
            LookupReply::Executed(done())
        );
        assert_eq!(
            found(kind, Err(CallError::Code(-208))),
            LookupReply::NotFound
        );
        assert!(matches!(
            found(kind, Ok(tran(json!({"amount": 1})))),
            LookupReply::Unclear(_)
        ));
    }
    for (kind, code) in [
        (CallKind::Credit, ErrorCode::RecipientCardExpired),
        (CallKind::P2p, ErrorCode::CardExpired),
    ] {
        let failed = tran(json!({"resp": 54, "status": "ERR", "refNum": null}));
        let refusal = Refusal {
            code,
            processing_code: "54".to_owned(),
        };
        assert_eq!(found(kind, Ok(failed)), LookupReply::NotExecuted(refusal));
    }
}

/// `trans.ext` may list the debit and the credit of a transfer under its one reference.
#[test]
fn a_transfer_is_found_by_both_its_legs() {
    let credit_leg = |changes: Value| {
        let mut leg = tran(json!({"refNum": "000012345679", "field38": "345679"}));
        for (name, value) in changes.as_object().unwrap() {
            leg[name] = value.clone();
        }
        leg
    };
    let legs = |debit: Value, credit: Value| json!([tran(debit), credit_leg(credit)]);
    let ok = || legs(json!({}), json!({}));
    assert_eq!(
        found(CallKind::P2p, Ok(ok())),
        LookupReply::Executed(done())
    );
    // Only a transfer has legs.
    for kind in [CallKind::Pay, CallKind::Capture, CallKind::Credit] {
        let reply = found(kind, Ok(ok()));
        assert!(matches!(reply, LookupReply::Unclear(_)), "{kind:?}");
    }
    let failed = json!({"status": "ERR", "resp": 51, "refNum": null});
    for unclear in [
        legs(json!({}), failed.clone()),
        legs(failed.clone(), json!({})),
        legs(json!({}), json!({"status": "WAIT"})),
        legs(json!({}), json!({"ext": "ours-2"})),
        legs(json!({}), json!({"amount": 1})),
    ] {
        let reply = found(CallKind::P2p, Ok(unclear.clone()));
        assert!(matches!(reply, LookupReply::Unclear(_)), "{unclear}");
    }
    let reversed = json!({"status": "ROK"});
    for undone in [
        legs(failed.clone(), failed),
        legs(reversed.clone(), reversed),
    ] {
        let reply = found(CallKind::P2p, Ok(undone.clone()));
        assert!(matches!(reply, LookupReply::NotExecuted(_)), "{undone}");
    }
}

#[test]
fn a_recipient_is_read_from_both_versions() {
    let older = json!({"CREF_NO": "0490744313347", "EMBOS_NAME": "ALISHER KARIMOV", "CARDTYPE": "UZCARD", "CARDSTATUS": "0",
        "CARDID": "44313347", "PINCNT": 0, "EXP_DT": "3012"});
    assert_eq!(
        recipient_card(older),
        Ok(RecipientCard {
            name: "ALISHER KARIMOV".to_owned(),
            expiry: Expiry::from_yymm("3012"),
            phone: None,
            unusable: None,
        })
    );
    let newer = json!([{"EMBOS_NAME": "ALISHER KARIMOV", "CARDSTATUS": 0, "PINCNT": "1"}]);
    let card = recipient_card(newer).unwrap();
    assert_eq!((card.expiry, card.unusable), (None, None));
    // What can't be read is no reason against a card.
    let odd = json!({"EMBOS_NAME": "A", "CARDSTATUS": "VALID", "PINCNT": {}, "EXP_DT": "12/30"});
    let card = recipient_card(odd).unwrap();
    assert_eq!((card.expiry, card.unusable), (None, None));
}

#[test]
fn what_makes_a_recipient_unusable() {
    let reason = |status: i64, tries: i64| {
        let card = json!({"EMBOS_NAME": "A", "CARDSTATUS": status, "PINCNT": tries});
        let refusal = recipient_card(card).unwrap().unusable?;
        Some((refusal.code, refusal.processing_code))
    };
    assert_eq!(reason(0, 2), None);
    for (status, code) in [
        (12, ErrorCode::RecipientCardBlocked),
        (13, ErrorCode::RecipientPinTriesExceeded),
        (19, ErrorCode::RecipientCardBlocked),
        (99, ErrorCode::RecipientCardBlocked),
    ] {
        assert_eq!(reason(status, 0), Some((code, status.to_string())));
    }
    assert_eq!(
        reason(0, 3),
        Some((ErrorCode::RecipientPinTriesExceeded, "3".to_owned()))
    );
}

#[test]
fn what_describes_no_card_is_no_answer() {
    for broken in [
        json!({}),
        json!([]),
        json!({"PINCNT": 0}),
        json!("text"),
        json!(null),
    ] {
        assert!(
            matches!(
                recipient_card(broken.clone()),
                Err(AskError::Unavailable(_))
            ),
            "{broken}"
        );
    }
}
