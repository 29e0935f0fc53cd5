//! `trans.history`: the operations on a card (docs/networks.md#svgate-history).

use entity::time::UnixMillis;
use serde::{Deserialize, Serialize};

use super::client::Client;
use super::clients::UzcardCards;
use super::outcome;
use crate::domain::call::CardAccess;
use crate::domain::currency;
use crate::domain::day::{Day, moment, parse_moment};
use crate::domain::inquiry::AskError;
use crate::processing::history::{NO_ROW, NetworkHistory, NetworkOperation, without_repeats};
use crate::processing::lenient::{RowOr, Scalar};

/// More pages than any card can have. It stops the reading if SVGate never says `last`.
const MAX_PAGES: u32 = 10_000;

#[derive(Serialize)]
struct Params<'a> {
    criteria: Criteria<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Criteria<'a> {
    card_ids: [&'a str; 1],
    range: Range,
    /// From 0.
    page_number: u32,
    page_size: u32,
}

/// Days as `YYYYMMDD`, both included.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Range {
    start_date: String,
    end_date: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    pub(super) content: Vec<RowOr<Item>>,
    #[serde(default)]
    last: Scalar,
    #[serde(default)]
    total_pages: Scalar,
}

/// The members of an item that are used. Of the others, `bankDate`, `orgdev`, `street`, `mcc` and `acctbal` are not
/// part of the documented operation. `resp` is -1 even on normal rows, so it says nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Item {
    utrnno: Scalar,
    trans_type: Scalar,
    udate: Scalar,
    utime: Scalar,
    reqamt: Scalar,
    actamt: Scalar,
    reversal: Scalar,
    is_credit: Scalar,
    /// Repeats `isCredit`, and is there without it in some versions.
    credit: Scalar,
    currency: Scalar,
    merchant: Scalar,
    terminal: Scalar,
    merchant_name: Scalar,
    city: Scalar,
}

impl UzcardCards {
    pub(super) async fn fetch_history(
        &self,
        card: &CardAccess,
        from: Day,
        to: Day,
    ) -> Result<NetworkHistory, AskError> {
        let Some(token) = card.network_token.as_deref() else {
            return Err(unavailable("the card has no SVGate token"));
        };
        let mut history = NetworkHistory::default();
        for page_number in 0..MAX_PAGES {
            let criteria = Criteria {
                card_ids: [token],
                range: Range {
                    start_date: from.number().to_string(),
                    end_date: to.number().to_string(),
                },
                page_number,
                page_size: self.history_page_size,
            };
            let page = ask(&self.history, criteria).await?;
            let last = is_last(&page, page_number);
            for row in page.content {
                history.take(match row {
                    RowOr::Row(item) => operation(&item),
                    RowOr::Odd(_) => Err(NO_ROW),
                });
            }
            if last {
                history.operations = without_repeats(history.operations);
                return history.usable();
            }
        }
        Err(unavailable("the history has no end"))
    }
}

async fn ask(client: &Client, criteria: Criteria<'_>) -> Result<Page, AskError> {
    let result = client
        .call("trans.history", Params { criteria })
        .await
        .map_err(outcome::ask_error)?;
    outcome::only(result).map_err(unavailable)
}

fn unavailable(cause: &str) -> AskError {
    AskError::unreadable(cause)
}

/// An empty page is also the last one. Without `last`, the number of pages decides.
fn is_last(page: &Page, page_number: u32) -> bool {
    let told = page.last.flag().or_else(|| {
        let pages = page.total_pages.int()?;
        Some(i64::from(page_number) + 1 >= pages)
    });
    page.content.is_empty() || told.unwrap_or(true)
}

/// Turns a row of SVGate into the documented operation. `Err`: why it cannot be read.
pub(super) fn operation(item: &Item) -> Result<NetworkOperation, &'static str> {
    let utrnno = item.utrnno.text();
    if utrnno.is_empty() {
        return Err("an operation without utrnno");
    }
    // `utime` is a number, so 00:00:05 is sent as 5. A missing one cannot be told from midnight.
    let at = at(item).ok_or("an operation without a time")?;
    let amount = amount(item).ok_or("an operation with an unreadable amount")?;
    let is_credit = item.is_credit.flag().or_else(|| item.credit.flag());
    let is_credit = is_credit.ok_or("an operation without isCredit")?;
    // In recorded traffic, the `refNum` of a payment is the `utrnno` padded with zeros to twelve digits.
    let ref_num = format!("{utrnno:0>12}");
    Ok(NetworkOperation {
        // A transfer between two cards of one holder is two operations with the same number.
        reference: format!("{utrnno}/{}", if is_credit { "C" } else { "D" }),
        at,
        kind: item.trans_type.text().to_owned(),
        amount,
        currency: currency::read(item.currency.text()),
        is_credit,
        // The flag is on the payment itself; a reversal has no row of its own.
        reversal: is_set(&item.reversal),
        reverses: None,
        ref_num: ref_num.clone(),
        sys_num: utrnno.to_owned(),
        // SVGate's history has no approval code.
        apr_code: String::new(),
        ref_number: ref_num,
        merchant: item.merchant.text().to_owned(),
        terminal: item.terminal.text().to_owned(),
        description: String::new(),
        merchant_name: item.merchant_name.text().to_owned(),
        city: item.city.text().to_owned(),
        internal_number: String::new(),
    })
}

/// Day and time of day: `YYYYMMDD` and `HHMMSS` as SVGate sends them, or a day that has its time with it.
fn at(item: &Item) -> Option<UnixMillis> {
    match (item.udate.int(), item.utime.is_missing()) {
        (Some(day), true) => moment(day, 0),
        (Some(day), false) => moment(day, item.utime.int()?),
        (None, _) => parse_moment(item.udate.text()),
    }
}

/// Tiyin: what left the card or reached it, with the fee of a transfer (docs/networks.md#svgate-history). That is `actamt`;
/// where it is missing or 0, only `reqamt` is known. Some rows have a sign.
fn amount(item: &Item) -> Option<i64> {
    let told = [&item.actamt, &item.reqamt]
        .into_iter()
        .find(|amount| !amount.is_missing() && amount.int() != Some(0));
    match told {
        Some(amount) => amount.int().map(i64::saturating_abs),
        None => Some(0),
    }
}

/// Reads a flag or a count. 0, `false` and a missing value mean no.
fn is_set(flag: &Scalar) -> bool {
    flag.flag()
        .unwrap_or_else(|| flag.int().is_some_and(|count| count != 0))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(json: Value) -> Result<NetworkOperation, &'static str> {
        operation(&serde_json::from_value::<Item>(json).unwrap())
    }

    fn sample() -> Value {
        json!({"utrnno": 770_532_118, "transType": "683", "hpan": "860001******1332", "utime": 93_350, "udate": 20_230_828,
            "bankDate": 20_230_829, "reqamt": 500_000, "resp": -1, "reversal": false, "orgdev": 1, "merchant": "90001",
            "terminal": "92400001", "merchantName": "ZOOMRAD P2P", "street": "x", "city": "TASHKENT", "isCredit": false,
            "credit": false, "mcc": 6012, "currency": 860, "actamt": 500_000, "acctbal": 7, "conamt": 0})
    }

    #[test]
    fn every_member_is_mapped() {
        let expected = NetworkOperation {
            reference: "770532118/D".to_owned(),
            at: UnixMillis(1_693_197_230_000),
            kind: "683".to_owned(),
            amount: 500_000,
            currency: 860,
            is_credit: false,
            reversal: false,
            reverses: None,
            ref_num: "000770532118".to_owned(),
            sys_num: "770532118".to_owned(),
            apr_code: String::new(),
            ref_number: "000770532118".to_owned(),
            merchant: "90001".to_owned(),
            terminal: "92400001".to_owned(),
            description: String::new(),
            merchant_name: "ZOOMRAD P2P".to_owned(),
            city: "TASHKENT".to_owned(),
            internal_number: String::new(),
        };
        assert_eq!(read(sample()), Ok(expected.clone()));
        // Types drift (docs/networks.md#svgate-envelope).
        let mut drifted = sample();
        for (name, value) in [
            ("utrnno", json!("770532118")),
            ("utime", json!("093350")),
            ("udate", json!("20230828")),
            ("reqamt", json!("-500000")),
            ("isCredit", json!(0)),
            ("reversal", json!("0")),
            ("currency", json!("860")),
        ] {
            drifted[name] = value;
        }
        assert_eq!(read(drifted), Ok(expected));
    }

    #[test]
    fn directions_and_reversals() {
        let with = |name: &str, value: Value| {
            let mut item = sample();
            item[name] = value;
            read(item).unwrap()
        };
        let credit = with("isCredit", json!(true));
        assert_eq!(
            (credit.is_credit, credit.reference.as_str()),
            (true, "770532118/C")
        );
        for set in [json!(true), json!(1), json!("1"), json!(400)] {
            assert!(with("reversal", set.clone()).reversal, "{set}");
        }
        for unset in [json!(false), json!(0), json!(""), json!(null)] {
            assert!(!with("reversal", unset.clone()).reversal, "{unset}");
        }
        assert_eq!(with("utime", json!(5)).at, UnixMillis(1_693_162_805_000));
        // What left the card, with its fee.
        assert_eq!(with("actamt", json!(502_500)).amount, 502_500);
        for (told, amount) in [
            (json!(null), 7),
            (json!(0), 7),
            (json!("-502500.00"), 502_500),
        ] {
            let mut item = sample();
            (item["actamt"], item["reqamt"]) = (told.clone(), json!(7));
            assert_eq!(read(item).unwrap().amount, amount, "{told}");
        }
        let mut old = sample();
        (old["isCredit"], old["credit"]) = (Value::Null, json!("TRUE"));
        assert!(read(old).unwrap().is_credit);
        // Where both are there, the newer one counts.
        let mut both = sample();
        both["credit"] = json!(true);
        assert!(!read(both).unwrap().is_credit);
        let mut whole = sample();
        (whole["udate"], whole["utime"]) = (json!("28.08.2023 09:33:50"), Value::Null);
        assert_eq!(read(whole).unwrap().at, UnixMillis(1_693_197_230_000));
    }

    #[test]
    fn a_row_that_cannot_be_added_up_is_an_error() {
        for name in ["utrnno", "udate", "isCredit"] {
            let mut item = sample();
            item[name] = Value::Null;
            item["credit"] = Value::Null;
            assert!(read(item).is_err(), "{name}");
        }
        for (name, value) in [
            ("actamt", json!("x")),
            ("udate", json!(20_230_230)),
            ("utime", json!("x")),
            ("udate", json!("x")),
            ("utime", json!(250_000)),
        ] {
            let mut item = sample();
            item[name] = value;
            assert!(read(item).is_err(), "{name}");
        }
    }

    #[test]
    fn an_odd_row_is_counted_and_hides_no_other() {
        let history = |rows: Value| {
            let page: Page = serde_json::from_value(json!({"content": rows})).unwrap();
            let mut history = NetworkHistory::default();
            for row in page.content {
                history.take(match row {
                    RowOr::Row(item) => operation(&item),
                    RowOr::Odd(_) => Err(NO_ROW),
                });
            }
            history.usable()
        };
        let told = history(json!([sample(), {"utrnno": 7}, "x", null, []])).unwrap();
        assert_eq!(told.operations.len(), 1);
        // Nothing of `null` and `[]` is there either.
        assert_eq!(
            (told.skipped, told.cause),
            (4, Some("an operation without a time"))
        );
        assert_eq!(history(json!([])), Ok(NetworkHistory::default()));
        assert!(history(json!([{"utrnno": 7}, 5])).is_err());
    }

    #[test]
    fn the_last_page_is_flagged_or_counted() {
        let page = |json: Value, number| {
            let mut page = json!({"content": [sample()]});
            page.as_object_mut()
                .unwrap()
                .extend(json.as_object().unwrap().clone());
            is_last(&serde_json::from_value(page).unwrap(), number)
        };
        assert!(page(json!({"last": true}), 0));
        assert!(!page(json!({"last": false, "totalPages": 1}), 0));
        assert!(!page(json!({"totalPages": 2}), 0));
        assert!(page(json!({"totalPages": 2}), 1));
        assert!(page(json!({}), 0));
        assert!(page(json!({"content": [], "last": false}), 0));
    }
}
