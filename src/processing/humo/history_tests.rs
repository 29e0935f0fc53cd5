use entity::time::UnixMillis;
use serde_json::{Value, json};

use super::*;

/// The document's sample (`cards.monitoring`) as a row of HUMO.
fn sample() -> Value {
    json!({"TRAN_TYPE": "205", "TRAN_CCY": "UZS", "TRAN_AMT": 500_000, "TRAN_DATE_TIME": "2023-08-28T15:33:50",
        "REC_DATE": "2023-08-28T00:00:00", "POST_DATE": "2023-08-29T00:00:00", "ACCNT_CCY": "UZS", "AMOUNT_NET": -500_000,
        "ACQREF_NR": "74747", "REF_NUMBER": "324010770532", "APR_CODE": "921439", "STAN": "770532",
        "TERM_ID": "1965000A", "MERCHANT": "0040100000401CS", "POINT_CODE": "100010104110", "MCC_CODE": "6012",
        "ABVR_NAME": "ZOOMRAD P2P", "CITY": "TASHKENT", "COUNTRY": "UZB", "DEAL_DESC": "Оплата товаров и услуг",
        "COUNTERPARTY": "", "INTERNAL_NO": 4_747_770_532_i64, "TR_FEE": 0, "LOCKING_FLAG": "1",
        "CARD": "9860190101578366", "CARD_ACCT": "x", "CLIENT": "y", "EXP_DATE": "3012", "BANK_C": "19", "GROUPC": "01"})
}

fn with(members: &Value) -> Value {
    let mut row = sample();
    row.as_object_mut()
        .unwrap()
        .extend(members.as_object().unwrap().clone());
    row
}

fn read_row(json: Value) -> Result<NetworkOperation, &'static str> {
    operation(&serde_json::from_value::<Row>(json).unwrap())
}

#[test]
fn every_member_is_mapped() {
    let expected = NetworkOperation {
        reference: "324010770532/205".to_owned(),
        at: UnixMillis(1_693_218_830_000),
        kind: "205".to_owned(),
        amount: 500_000,
        currency: 860,
        is_credit: false,
        reversal: false,
        reverses: None,
        ref_num: "770532".to_owned(),
        sys_num: "770532".to_owned(),
        apr_code: "921439".to_owned(),
        ref_number: "324010770532".to_owned(),
        merchant: "0040100000401CS".to_owned(),
        terminal: "1965000A".to_owned(),
        description: "Оплата товаров и услуг".to_owned(),
        merchant_name: "ZOOMRAD P2P".to_owned(),
        city: "TASHKENT".to_owned(),
        internal_number: "4747770532".to_owned(),
    };
    assert_eq!(read_row(sample()), Ok(expected.clone()));
    let drifted = with(
        &json!({"TRAN_TYPE": 205.0, "TRAN_AMT": "500000.00", "STAN": 770_532, "TRAN_CCY": 860, "ACCNT_CCY": "uzs",
        "TRAN_DATE_TIME": "2023-08-28T15:33:50.000+05:00"}),
    );
    assert_eq!(read_row(drifted), Ok(expected));
}

/// One line for each type of docs/networks.md#humo-history.
#[test]
fn every_type_has_its_direction() {
    let credits = [
        "110", "113", "114", "115", "206", "208", "225", "227", "229", "11C", "11V", "310", "31A",
        "111", "11b", "11B", "11E", "11g", "11L", "11c", "511", "51X", "614",
    ];
    let debits = [
        "204", "205", "207", "209", "226", "228", "12V", "320", "32F", "121", "124", "125", "12v",
        "32f",
    ];
    for (kinds, is_credit) in [(&credits[..], true), (&debits[..], false)] {
        for kind in kinds {
            let row = read_row(with(&json!({"TRAN_TYPE": kind}))).unwrap();
            assert_eq!((row.is_credit, row.kind.as_str()), (is_credit, *kind));
            assert_eq!(row.reversal, kind.starts_with("22"), "{kind}");
        }
    }
    for (kind, known) in TYPES {
        assert_eq!(effect(kind, None), *known);
    }
}

#[test]
fn an_unknown_type_goes_by_the_sign() {
    let direction = |net: Value| {
        let row = json!({"TRAN_TYPE": "999", "AMOUNT_NET": net});
        read_row(with(&row)).unwrap().is_credit
    };
    assert!(direction(json!(500_000)));
    assert!(!direction(json!(-500_000)));
    assert!(!direction(Value::Null));
}

#[test]
fn a_reversal_names_what_it_undoes() {
    for (reversal, undone) in [
        ("225", "205"),
        ("226", "206"),
        ("227", "207"),
        ("228", "208"),
        ("229", "209"),
    ] {
        let reversal = read_row(with(&json!({"TRAN_TYPE": reversal}))).unwrap();
        let undone = read_row(with(&json!({"TRAN_TYPE": undone}))).unwrap();
        assert_eq!(reversal.reverses, Some(undone.reference));
        assert_eq!(reversal.is_credit, !undone.is_credit);
        assert!(reversal.reversal && !undone.reversal);
    }
}

#[test]
fn an_operation_in_another_currency_counts_as_the_account_was_charged() {
    let abroad = json!({"TRAN_CCY": "USD", "TRAN_AMT": 1_000, "AMOUNT_NET": -12_600_000});
    let row = read_row(with(&abroad)).unwrap();
    assert_eq!((row.amount, row.currency), (12_600_000, 860));
    let unposted = json!({"TRAN_CCY": "840", "TRAN_AMT": 1_000, "AMOUNT_NET": null});
    let row = read_row(with(&unposted)).unwrap();
    assert_eq!((row.amount, row.currency), (1_000, 840));
}

#[test]
fn what_is_missing_is_empty_and_what_cannot_be_counted_is_no_answer() {
    let bare = json!({"TRAN_TYPE": "320", "TRAN_AMT": 5, "TRAN_DATE_TIME": "2023-08-28T15:33:50", "INTERNAL_NO": "17"});
    let fee = read_row(bare).unwrap();
    assert_eq!(
        (
            fee.reference.as_str(),
            fee.ref_num.as_str(),
            fee.city.as_str()
        ),
        ("17/320", "", "")
    );
    for missing in [
        json!({"TRAN_AMT": null, "AMOUNT_NET": null}),
        json!({"AMOUNT_NET": "x"}),
        json!({"TRAN_DATE_TIME": null}),
    ] {
        assert!(read_row(with(&missing)).is_err(), "{missing}");
    }
}

#[test]
fn rows_that_nothing_tells_apart_are_numbered_in_any_order() {
    let row =
        |amount: i64| read_row(with(&json!({"TRAN_TYPE": "320", "AMOUNT_NET": -amount}))).unwrap();
    let references = |rows: Vec<NetworkOperation>| -> Vec<(i64, String)> {
        numbered(rows)
            .into_iter()
            .map(|row| (row.amount, row.reference))
            .collect()
    };
    let expected = [
        (5, "324010770532/320".to_owned()),
        (7, "324010770532/320#2".to_owned()),
    ];
    assert_eq!(references(vec![row(5), row(7)]), expected);
    assert_eq!(references(vec![row(7), row(5)]), expected);
}

#[test]
fn both_spellings_of_a_reply_are_read() {
    for name in ["rows", "history"] {
        let rows: Rows = serde_json::from_value(json!({name: [sample()]})).unwrap();
        assert_eq!(rows.rows.len(), 1);
    }
}

/// A transfer of 500 000 with a fee of 2 500, before and after it is posted, and its reversal.
#[test]
fn an_amount_is_what_left_the_card_or_reached_it() {
    let amount = |members: Value| read_row(with(&members)).unwrap().amount;
    for (kind, net, expected) in [
        ("205", json!(-502_500), 502_500),
        ("205", json!(502_500), 502_500),
        ("205", json!(null), 502_500),
        ("205", json!(0), 502_500),
        ("225", json!(502_500), 502_500),
        ("225", json!(null), 502_500),
        ("206", json!(500_000), 500_000),
        ("206", json!(null), 500_000),
        ("226", json!(null), 500_000),
    ] {
        let row = json!({"TRAN_TYPE": kind, "TR_FEE": 2_500, "AMOUNT_NET": net});
        assert_eq!(amount(row), expected, "{kind} {net}");
    }
}
