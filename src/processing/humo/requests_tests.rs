use rpc_schema::values::Expiry;

use super::super::soap::{self, Element};
use super::*;
use crate::domain::call::CreditSender;

fn requests() -> Requests {
    Requests::new(&config::Humo::default(), &config::Transfers::default())
}

fn card() -> CardAccess {
    CardAccess {
        pan: pan("9860190101578366"),
        expiry: Expiry::from_yymm("3012").unwrap(),
        network_token: None,
    }
}

fn pan(digits: &str) -> Pan {
    Pan::parse(digits).unwrap()
}

fn reference() -> Reference {
    Reference("ours-1".to_owned())
}

fn read(operation: &str, content: &str) -> Element {
    soap::parse(soap::envelope(operation, content).as_bytes())
        .unwrap()
        .into_body()
        .unwrap()
}

fn terminal() -> Terminal {
    Terminal {
        merchant_id: "0040100000401CS".to_owned(),
        terminal_id: "1965<&>A".to_owned(),
    }
}

fn payment() -> Receipt {
    Receipt {
        network_id: "321".to_owned(),
        ..Receipt::of(&reference())
    }
}

fn amount() -> Amount {
    Amount::new(5_000).unwrap()
}

fn reversal() -> Reversal {
    Reversal {
        payment: payment(),
        pan: credit().recipient,
        amount: credit().amount,
        terminal: terminal(),
    }
}

/// The bank's name stands for a card of one brand whose bank is known, if that is asked for.
#[test]
fn a_centre_is_that_of_the_cards_bank() {
    let config = config::Humo {
        centre_id_by_bank: true,
        ..config::Humo::default()
    };
    let requests = Requests::new(&config, &config::Transfers::default());
    for (pan, centre) in [
        ("9860190000000000", "Aloqa"),
        ("9860270000000000", "OFB"),
        ("9860990000000000", "HUMO"),
        ("4008470000000000", "HUMO"),
    ] {
        let pan = Pan::parse(pan).unwrap();
        let item = item("centre_id", centre);
        let credit = Credit {
            recipient: pan.clone(),
            ..credit()
        };
        assert!(requests.credit(&credit).contains(&item), "{centre}");
        let reversal = Reversal { pan, ..reversal() };
        assert!(requests.reverse(&reversal).contains(&item), "{centre}");
    }
}

fn credit() -> Credit {
    Credit {
        recipient: pan("9860100123456789"),
        expiry: Expiry::from_yymm("3012").unwrap(),
        amount: amount(),
        terminal: terminal(),
        reference: reference(),
        account: "default".to_owned(),
        sender: CreditSender {
            card: pan("8600010132441332"),
            debit_reference: "000000000001".to_owned(),
            person: None,
        },
    }
}

#[test]
fn a_create_has_all_documented_items() {
    let content = requests().create(
        Biller::Hold,
        &Debit {
            card: card(),
            amount: amount(),
            terminal: terminal(),
            reference: reference(),
            partner: "shop".to_owned(),
            at: UnixMillis(0),
        },
    );
    let read = read("Payment", &content);
    for (name, value) in [
        ("billerRef", "SOAP_DMS"),
        ("payinstrRef", "SOAP_DMS"),
        ("paymentRef", "ours-1"),
        ("paymentOriginator", "aloqa"),
    ] {
        assert_eq!(read.text_of(name), value, "{name}");
    }
    let details = [
        ("pan", "9860190101578366"),
        ("expiry", "3012"),
        ("ccy_code", "860"),
        ("amount", "5000"),
        ("merchant_id", "0040100000401CS"),
        ("terminal_id", "1965<&>A"),
        ("point_code", "100010104110"),
        ("centre_id", "HUMO"),
    ];
    assert_eq!(read.details(), details.into());
}

#[test]
fn a_transfer_has_all_documented_members() {
    let transfer = |recipient| {
        let content = requests().transfer(&P2p {
            sender: card(),
            recipient: pan(recipient),
            amount: amount(),
            fee: 0,
            terminal: terminal(),
            reference: reference(),
        });
        read("Request", &content)
    };
    let other_bank = transfer("9860100123456789");
    for (name, value) in [
        ("language", "en"),
        ("paymentRef", "ours-1"),
        ("autoSwitch", "1"),
        ("paymentOriginator", "aloqa"),
    ] {
        assert_eq!(other_bank.text_of(name), value, "{name}");
    }
    let details = [
        ("pan", "9860190101578366"),
        ("expiry", "3012"),
        ("pan2", "9860100123456789"),
        ("expiry", "3012"),
        ("ccy_code", "860"),
        ("amount", "5000"),
        ("merchant_id", "0040100000401CS"),
        ("terminal_id", "1965<&>A"),
    ];
    assert_eq!(other_bank.details(), details.into());
}

/// A card of two brands names no bank, whatever its fifth and sixth digit are.
#[test]
fn the_switch_of_a_transfer_goes_by_the_banks_of_its_cards() {
    let switches = |cobadge: Option<&str>| {
        let transfers = config::Transfers {
            switching_cobadge: cobadge.map(str::to_owned),
            ..config::Transfers::default()
        };
        let requests = Requests::new(&config::Humo::default(), &transfers);
        [
            ("9860190101578366", "9860190000000404"),
            ("9860190101578366", "9860100123456789"),
            // Two of one kind, and those whose digits are another card's.
            ("4073420000000001", "4073420000000002"),
            ("9860420000000001", "4073420000000002"),
            ("4073420000000001", "9860420000000002"),
            ("4073420000000001", "9860190000000404"),
        ]
        .map(|(sender, recipient)| {
            let sender = CardAccess {
                pan: pan(sender),
                ..card()
            };
            let content = requests.transfer(&P2p {
                sender,
                recipient: pan(recipient),
                amount: amount(),
                fee: 0,
                terminal: terminal(),
                reference: reference(),
            });
            let switch = read("Request", &content);
            let switch = switch.child("switchingID").unwrap();
            switch.text_of("value").to_owned()
        })
    };
    assert_eq!(switches(None), ["48", "50", "50", "50", "50", "50"]);
    assert_eq!(switches(Some("77")), ["48", "50", "77", "77", "77", "77"]);
}

#[test]
fn a_credit_has_the_recipients_number_and_expiry() {
    let content = requests().credit(&credit());
    let read = read("Payment", &content);
    for (name, value) in [
        ("billerRef", "SOAP_TOCARD_2"),
        ("payinstrRef", "SOAP_TOCARD_2"),
        ("sessionID", "ours-1"),
        ("paymentRef", "ours-1"),
        ("paymentOriginator", "aloqa"),
    ] {
        assert_eq!(read.text_of(name), value, "{name}");
    }
    let details = [
        ("pan2", "9860100123456789"),
        ("expiry", "3012"),
        ("ccy_code", "860"),
        ("amount", "5000"),
        ("merchant_id", "0040100000401CS"),
        ("terminal_id", "1965<&>A"),
        ("point_code", "100010104110"),
        ("centre_id", "HUMO"),
    ];
    assert_eq!(read.details(), details.into());
}

#[test]
fn a_credit_names_its_sender_if_there_are_details() {
    let sender = config::SenderDetails {
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
    };
    let transfers = config::Transfers {
        sender: Some(sender),
        ..config::Transfers::default()
    };
    let content = Requests::new(&config::Humo::default(), &transfers).credit(&credit());
    let read = read("Payment", &content);
    let details = read.details();
    for (name, value) in [
        ("sender_serial_no", "AA"),
        ("sender_id_card", "1234567"),
        ("sender_first_name", "ABDUSAMAD"),
        ("sender_surname", "TURDIEV"),
        ("sender_nationality", "860"),
        ("sender_doc_type", "003"),
        ("sender_doc_validthrough", "31122030"),
        ("sender_person_code", "30102901234567"),
        ("sender_birth_date", "01021990"),
    ] {
        assert_eq!(details.get(name), Some(&value), "{name}");
    }
    assert!(!details.contains_key("sender_middle_name"));
}

#[test]
fn a_foreigner_without_a_pinfl_is_named_without_a_person_code() {
    let foreigner = Person {
        pinfl: String::new(),
        ..person()
    };
    let code = item("sender_person_code", &person().pinfl);
    assert_eq!(
        sender_items(&foreigner),
        sender_items(&person()).replace(&code, "")
    );
}

fn person() -> Person {
    Person {
        first_name: "Дилноза".to_owned(),
        last_name: "O‘KTAM'".to_owned(),
        middle_name: String::new(),
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
    let named = Credit {
        sender: CreditSender {
            person: Some(person()),
            ..credit().sender
        },
        ..credit()
    };
    let content = requests().credit(&named);
    let read = read("Payment", &content);
    let details = read.details();
    for (name, value) in [
        ("sender_serial_no", "N"),
        ("sender_id_card", "12345678"),
        ("sender_first_name", "Дилноза"),
        ("sender_surname", "O‘KTAM'"),
        ("sender_nationality", "398"),
        ("sender_doc_type", "006"),
        ("sender_doc_validthrough", "31122035"),
        ("sender_person_code", "62902000000000"),
        ("sender_birth_date", "29022000"),
    ] {
        assert_eq!(details.get(name), Some(&value), "{name}");
    }
    assert!(!details.contains_key("sender_middle_name"));
}

#[test]
fn a_document_is_series_and_number() {
    for (document, parts) in [
        ("AA1234567", ("AA", "1234567")),
        ("AA 1234567", ("AA", "1234567")),
        ("1234567", ("", "1234567")),
        ("AA", ("AA", "")),
        ("", ("", "")),
    ] {
        assert_eq!(series_and_number(document), parts, "{document}");
    }
}

#[test]
fn only_a_capture_names_an_amount() {
    assert_eq!(
        requests().confirm(&payment(), None),
        "<paymentID>321</paymentID><paymentRef>ours-1</paymentRef><confirmed>true</confirmed>\
         <finished>true</finished><paymentOriginator>aloqa</paymentOriginator>"
    );
    let capture = requests().confirm(&payment(), Some(amount()));
    assert!(
        capture.contains("<details><item><name>amount</name><value>5000</value></item></details>"),
        "{capture}"
    );
}

#[test]
fn a_reversal_has_bare_items() {
    assert_eq!(
        requests().reverse(&reversal()),
        "<paymentID>321</paymentID><paymentRef>ours-1</paymentRef>\
         <item><name>merchant_id</name><value>0040100000401CS</value></item>\
         <item><name>centre_id</name><value>HUMO</value></item>\
         <item><name>terminal_id</name><value>1965&lt;&amp;&gt;A</value></item>\
         <paymentOriginator>aloqa</paymentOriginator>"
    );
}

#[test]
fn a_payment_is_named_by_its_reference_until_it_has_an_id() {
    assert_eq!(
        names(&Receipt::of(&reference())),
        "<paymentRef>ours-1</paymentRef>"
    );
}

/// As the one client has it whose template is known.
#[test]
fn a_list_is_asked_for_by_status_period_and_places() {
    // 2026-11-20T00:00:00+05:00
    let from = UnixMillis(1_795_114_800_000);
    let until = from + 24 * 3_600_000 - 1;
    let named = Requests::new(
        &config::Humo {
            originator: Some("gate&way".to_owned()),
            ..config::Humo::default()
        },
        &config::Transfers::default(),
    );
    for (requests, originator, (first, last), places) in [
        (requests(), "aloqa", (1, 100), ("1", "100")),
        (named, "gate&amp;way", (151, 250), ("151", "250")),
    ] {
        let (start, end) = places;
        assert_eq!(
            requests.list("finished", (from, until), (first, last)),
            format!(
                "<status>finished</status><paymentOriginator>{originator}</paymentOriginator>\
                 <dateFrom>20261120000000</dateFrom><dateTo>20261120235959</dateTo>\
                 <startBookmark>{start}</startBookmark><endBookmark>{end}</endBookmark>"
            )
        );
    }
}
