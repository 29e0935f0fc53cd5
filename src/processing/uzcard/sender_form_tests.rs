use rpc_schema::values::Pan;
use serde_json::{Value, json};

use super::super::wire::{Credit, Params};
use super::*;
use crate::config::{CreditSenderForm, SenderDetails, Transfers, Uzcard};

const PAYER: &str = "9860190101578366";
const RECIPIENT: &str = "8600490744313347";

fn sender() -> CreditSender {
    CreditSender {
        card: Pan::parse(PAYER).unwrap(),
        debit_reference: "012345678901".to_owned(),
        person: None,
    }
}

fn details() -> SenderDetails {
    SenderDetails {
        legal_id: "300000001".to_owned(),
        legal_name: "ALOQA MCHJ".to_owned(),
        first_name: "ABDUSAMAD".to_owned(),
        last_name: "TURDIEV".to_owned(),
        middle_name: String::new(),
        nationality: "860".to_owned(),
        document_type: "003".to_owned(),
        document_number: "AA1234567".to_owned(),
        document_valid_to: "31122030".to_owned(),
        birth_date: "01021990".to_owned(),
        pinfl: "30102901234567".to_owned(),
    }
}

/// With these details of the settings, and nothing said of `uzcard.credit_sender`.
fn form(details: Option<SenderDetails>) -> SenderForm {
    form_with(CreditSenderForm::default(), details)
}

fn form_with(credit_sender: CreditSenderForm, details: Option<SenderDetails>) -> SenderForm {
    let uzcard = Uzcard {
        credit_sender,
        ..Uzcard::default()
    };
    let transfers = Transfers {
        sender: details,
        ..Transfers::default()
    };
    SenderForm::new(&uzcard, &transfers)
}

fn credit(form: &SenderForm, sender: &CreditSender) -> Value {
    let recipient = Pan::parse(RECIPIENT).unwrap();
    let params = Params::Credit(Credit {
        amount: 500_000,
        ext: "e",
        merchant_id: "90001",
        terminal_id: "92400001",
        recipient: &recipient,
        sender: form.of(sender),
    });
    let shown = format!("{params:?} {sender:?}");
    assert!(!shown.contains(RECIPIENT) && !shown.contains(PAYER));
    serde_json::to_value(params).unwrap()
}

fn sent(form: &SenderForm, sender: &CreditSender) -> Value {
    credit(form, sender)["credit"]["sender"].take()
}

#[test]
fn a_credit_names_its_sender() {
    assert_eq!(
        credit(&form(Some(details())), &sender()),
        json!({"credit": {"amount": 500_000, "ext": "e", "merchantId": "90001", "terminalId": "92400001", "recipient": RECIPIENT,
            "sender": {"id": "300000001", "legalName": "ALOQA MCHJ", "system": "humo", "lastName": "TURDIEV",
                "firstName": "ABDUSAMAD", "middleName": "-", "refNum": "012345678901",
                "doc": {"nationality": "860", "type": "003", "seriesNumber": "AA1234567", "birthDate": "01021990",
                    "validTo": "31122030", "mrz": "30102901234567"}}}})
    );
}

#[test]
fn a_credit_without_details_still_has_every_member_but_the_document() {
    let sender = CreditSender {
        debit_reference: String::new(),
        ..sender()
    };
    assert_eq!(
        sent(&form(None), &sender),
        json!({"id": "986019*****8366", "legalName": "AloqaGateway", "system": "humo", "lastName": "-", "firstName": "-",
            "middleName": "-", "refNum": "000000000000"})
    );
}

#[test]
fn a_contour_may_want_another_name_of_the_payer_and_of_the_organisation() {
    let own = |id, account: Option<&str>| CreditSenderForm {
        system: "wallet".to_owned(),
        id: Some(id),
        account: account.map(str::to_owned),
        legal_name: Some("HAMYON MCHJ".to_owned()),
    };
    let account = Some("998901234567");
    for (own, id) in [
        (own(CreditSenderId::Mask, None), "986019*****8366"),
        (own(CreditSenderId::Pan, None), PAYER),
        (own(CreditSenderId::Rrn, None), "012345678901"),
        (own(CreditSenderId::Account, account), "998901234567"),
    ] {
        // Whoever the fixed person is, and without one.
        for (details, first_name) in [(Some(details()), "ABDUSAMAD"), (None, "-")] {
            let told = sent(&form_with(own.clone(), details), &sender());
            let organisation = (&told["id"], &told["legalName"], &told["system"]);
            let expected = (&json!(id), &json!("HAMYON MCHJ"), &json!("wallet"));
            assert_eq!(organisation, expected);
            assert_eq!(told["firstName"], first_name);
            assert_eq!(told["refNum"], "012345678901");
        }
    }
    let without_rrn = CreditSender {
        debit_reference: String::new(),
        ..sender()
    };
    let by_rrn = form_with(own(CreditSenderId::Rrn, None), None);
    assert_eq!(sent(&by_rrn, &without_rrn)["id"], "986019*****8366");
}

fn person() -> Person {
    Person {
        first_name: "DILNOZA".to_owned(),
        last_name: "RAHIMOVA".to_owned(),
        middle_name: "ALISHEROVNA".to_owned(),
        nationality: "398".to_owned(),
        document_type: "006".to_owned(),
        document_number: "N12345678".to_owned(),
        document_valid_to: "31122035".to_owned(),
        birth_date: "29022000".to_owned(),
        pinfl: "62902000000000".to_owned(),
    }
}

#[test]
fn who_is_named_by_the_partner_comes_before_the_fixed_person() {
    let sender = CreditSender {
        person: Some(person()),
        ..sender()
    };
    let doc = json!({"nationality": "398", "type": "006", "seriesNumber": "N12345678", "birthDate": "29022000",
        "validTo": "31122035", "mrz": "62902000000000"});
    for (details, id, legal_name) in [
        (Some(details()), "300000001", "ALOQA MCHJ"),
        (None, "986019*****8366", "AloqaGateway"),
    ] {
        assert_eq!(
            sent(&form(details), &sender),
            json!({"id": id, "legalName": legal_name, "system": "humo", "lastName": "RAHIMOVA", "firstName": "DILNOZA",
                "middleName": "ALISHEROVNA", "refNum": "012345678901", "doc": doc})
        );
    }
    assert!(!format!("{sender:?}").contains("DILNOZA"));
}

#[test]
fn a_foreigner_without_a_pinfl_is_named_without_mrz() {
    let foreigner = Person {
        pinfl: String::new(),
        ..person()
    };
    let sender = CreditSender {
        person: Some(foreigner),
        ..sender()
    };
    assert_eq!(
        sent(&form(None), &sender)["doc"],
        json!({"nationality": "398", "type": "006", "seriesNumber": "N12345678", "birthDate": "29022000", "validTo": "31122035"})
    );
}
