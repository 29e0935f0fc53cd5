//! SVGate's books: `trans.ext` asked about a reference instead of a call, and the list of a day
//! (docs/networks.md#svgate-references-and-unknown-outcomes).

use serde_json::Value;

use super::client::CallError;
use super::clients::UzcardCards;
use super::codes;
use super::outcome;
use super::wire::{Tran, TranStatus};
use crate::domain::call::Reference;
use crate::domain::day::Day;
use crate::domain::inquiry::AskError;
use crate::processing::books::{BookEntry, BookState, ListedPayment};

impl UzcardCards {
    /// What SVGate's books have under our reference.
    ///
    /// # Errors
    /// SVGate refuses the look-up, or gives no usable answer.
    pub async fn book_entry(&self, reference: &Reference) -> Result<BookEntry, AskError> {
        entry(self.client.by_reference(reference).await, reference)
    }

    /// SVGate's list of a day, each row once, in no particular order. `progress` is called with the number of rows after each
    /// page.
    ///
    /// # Errors
    /// SVGate refuses, gives no usable answer, or its list has no end. Then nothing is known about the day.
    pub async fn day_list(
        &self,
        day: Day,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<ListedPayment>, AskError> {
        self.reports.day_list(day, progress).await
    }
}

pub(super) fn entry(
    result: Result<Value, CallError>,
    reference: &Reference,
) -> Result<BookEntry, AskError> {
    let absent = BookEntry {
        state: BookState::Absent,
        amount: None,
        fee: None,
    };
    let unavailable = |cause: &str| AskError::unreadable(cause);
    let result = match result {
        // Transaction not found, not found in SV (docs/networks.md#svgate-references-and-unknown-outcomes).
        Err(CallError::Code(-208 | -267)) => return Ok(absent),
        Err(error) => return Err(outcome::ask_error(error)),
        Ok(result) => result,
    };
    let trans: Vec<Tran> = outcome::items(result).map_err(unavailable)?;
    if trans.iter().any(|tran| !tran.ext.echoes(&reference.0)) {
        return Err(unavailable(
            "the reply has the reference of another payment",
        ));
    }
    let Some(first) = trans.first() else {
        return Ok(absent);
    };
    // A reversed payment may come together with its reversal.
    let undone = trans
        .iter()
        .any(|tran| tran.status() == TranStatus::Reversed);
    let state = match (first.status(), first.ref_num()) {
        _ if undone => BookState::Undone,
        _ if trans.len() > 1 => BookState::Unclear("more than one payment has the reference"),
        // SVGate refused the reversal, so the payment stands.
        (TranStatus::Ok | TranStatus::ReverseRefused, Some(_)) => BookState::Done,
        (TranStatus::Ok | TranStatus::ReverseRefused, None) => {
            BookState::Unclear("a payment without a refNum")
        }
        (TranStatus::Err, Some(_)) => BookState::Unclear("a refused payment with a refNum"),
        (TranStatus::Err, None) if first.resp.code().is_some_and(codes::is_pending) => {
            BookState::Unclear("status ERR, and a resp that may still change")
        }
        (TranStatus::Err, None) => BookState::Refused,
        (TranStatus::Reversed | TranStatus::Other, _) => BookState::Unclear("an unknown status"),
    };
    Ok(BookEntry {
        state,
        amount: first.amount.int(),
        fee: first.commission.int(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(result: Result<Value, CallError>) -> Result<BookEntry, AskError> {
        entry(result, &Reference("a1".to_owned()))
    }

    fn tran(status: &str) -> Value {
        json!({"ext": "a1", "refNum": "000000000007", "amount": 500, "resp": 0, "status": status})
    }

    #[test]
    fn each_status_has_a_book_state() {
        for (status, state) in [
            ("OK", BookState::Done),
            ("ROK", BookState::Undone),
            ("RER", BookState::Done),
            ("Ok", BookState::Done),
            ("rok", BookState::Undone),
            ("XYZ", BookState::Unclear("an unknown status")),
            ("", BookState::Unclear("an unknown status")),
        ] {
            let expected = Ok(BookEntry {
                state,
                amount: Some(500),
                fee: None,
            });
            assert_eq!(read(Ok(tran(status))), expected, "{status}");
            assert_eq!(read(Ok(json!([tran(status)]))), expected, "{status}");
        }
        for (ref_num, resp, state) in [
            (json!(null), json!(51), BookState::Refused),
            (json!("000000000000"), json!(51), BookState::Refused),
            (
                json!("000000000007"),
                json!(51),
                BookState::Unclear("a refused payment with a refNum"),
            ),
            (
                json!(null),
                json!(-1),
                BookState::Unclear("status ERR, and a resp that may still change"),
            ),
        ] {
            let mut refused = tran("err");
            refused["refNum"] = ref_num;
            refused["resp"] = resp;
            assert_eq!(read(Ok(refused.clone())).unwrap().state, state, "{refused}");
        }
        let reversed = read(Ok(json!([tran("OK"), tran("ROK")]))).unwrap();
        assert_eq!(reversed.state, BookState::Undone);
        let twice = read(Ok(json!([tran("OK"), tran("OK")]))).unwrap();
        assert!(matches!(twice.state, BookState::Unclear(_)));
        for (commission, fee) in [
            (json!(25), Some(25)),
            (json!("25.00"), Some(25)),
            (json!(null), None),
        ] {
            let mut transfer = tran("OK");
            transfer["commission"] = commission;
            assert_eq!(read(Ok(transfer)).unwrap().fee, fee);
        }
        let mut unnumbered = tran("OK");
        unnumbered["refNum"] = json!("000000000000");
        assert!(matches!(
            read(Ok(unnumbered)).unwrap().state,
            BookState::Unclear(_)
        ));
    }

    #[test]
    fn not_found_is_absent_and_an_unusable_answer_is_an_error() {
        let absent = Ok(BookEntry {
            state: BookState::Absent,
            amount: None,
            fee: None,
        });
        for unknown in [
            Err(CallError::Code(-208)),
            Err(CallError::Code(-267)),
            Ok(json!([])),
        ] {
            assert_eq!(read(unknown), absent);
        }
        let mut foreign = tran("OK");
        foreign["ext"] = json!("a2");
        for unusable in [
            Ok(foreign),
            Ok(json!("OK")),
            Err(CallError::Code(-101)),
            Err(CallError::Unreadable("HTTP 200: x".to_owned())),
        ] {
            assert!(
                matches!(read(unusable.clone()), Err(AskError::Unavailable(_))),
                "{unusable:?}"
            );
        }
    }
}
