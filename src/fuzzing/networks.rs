//! What the card networks reply.

use hyper::StatusCode;
use serde_json::Value;

use super::rules::{assert_can_be_kept, assert_tells_no_number};
use crate::domain::call::{CallResult, Doubt, LookupReply, Overtaken, Receipt, Refusal};
use crate::domain::inquiry::AskError;
use crate::processing::fuzzing::{AMOUNT, REFERENCE, REQUEST, Seen, Told};
use crate::processing::{humo, uzcard};

/// The first byte chooses the reading, and whether the HTTP status is a success.
fn split(bytes: &[u8]) -> Option<(u8, StatusCode, &[u8])> {
    let (first, body) = bytes.split_first()?;
    let status = match first & 0x80 {
        0 => StatusCode::OK,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    Some((first & 0x7f, status, body))
}

/// A reply of SVGate. Whatever it says, nothing is taken from it that was said to another request or of another payment,
/// and nothing that cannot be kept or must not be told.
pub fn uzcard(bytes: &[u8]) {
    let Some((reading, status, body)) = split(bytes) else {
        return;
    };
    let seen = uzcard::fuzzing::read(reading, status, body);
    check(&seen, body);
    let Ok(reply) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let id = reply.get("id").and_then(Value::as_str).map(str::trim);
    if id != Some(REQUEST) {
        assert!(is_open(&seen), "{seen:?} is of another request");
    }
    // One payment, by its reference and amount.
    let result = reply.get("result").unwrap_or(&Value::Null);
    let item = match result.as_array() {
        Some(items) => items.first().unwrap_or(&Value::Null),
        None => result,
    };
    let repeats = |name: &str, ours: &str| match item.get(name) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => {
            let text = text.trim();
            text.is_empty() || text == ours || is_amount(text, ours)
        }
        Some(Value::Number(number)) => is_amount(&number.to_string(), ours),
        Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => false,
    };
    // Payments and reversals; holds repeat nothing.
    if matches!(reading % uzcard::fuzzing::READINGS, 0..=4 | 7..=11) && carried_out(&seen) {
        assert!(repeats("ext", REFERENCE), "{seen:?} is of another payment");
        assert!(
            repeats("amount", &AMOUNT.to_string()),
            "{seen:?} is of another amount"
        );
    }
}

/// A message of HUMO's `PaymentServer`, in the same way.
pub fn humo_soap(bytes: &[u8]) {
    let Some((reading, status, body)) = split(bytes) else {
        return;
    };
    let seen = humo::fuzzing::soap(reading, status, body);
    check(&seen, body);
    let text = String::from_utf8_lossy(body);
    let named = humo::fuzzing::named_payment(body).unwrap_or_default();
    if carried_out(&seen) {
        let is_ours = named.is_empty() || named == REFERENCE;
        assert!(is_ours, "{seen:?} is of the payment {named:?}");
    }
    let written: String = text.chars().filter(|sign| !sign.is_control()).collect();
    if let Some(read) = humo::fuzzing::soap_round_trip(&written) {
        assert_eq!(read, written.trim());
    }
}

/// A reply of HUMO's middleware, in the same way.
pub fn humo_json(bytes: &[u8]) {
    let Some((reading, status, body)) = split(bytes) else {
        return;
    };
    let seen = humo::fuzzing::json(reading, status, body);
    check(&seen, body);
    let Ok(reply) = serde_json::from_slice::<Value>(body) else {
        return;
    };
    let id = reply.get("id").and_then(Value::as_str).map(str::trim);
    if id.is_some_and(|id| !id.is_empty() && id != REQUEST) {
        assert!(is_open(&seen), "{seen:?} is of another request");
    }
}

/// Whether a text is the same whole number.
fn is_amount(text: &str, ours: &str) -> bool {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let number = whole.parse::<i64>();
    number.is_ok() && number == ours.parse()
}

/// Whether nothing was learnt.
fn is_open(seen: &Seen) -> bool {
    match seen {
        Seen::Call(CallResult::Unknown(doubt)) | Seen::LookUp(LookupReply::Unclear(doubt)) => {
            doubt.open.is_none()
        }
        Seen::Asked(Err(AskError::Unavailable(_))) => true,
        Seen::Call(_) | Seen::LookUp(_) | Seen::Asked(Ok(_) | Err(AskError::Refused(_))) => false,
    }
}

/// Whether it counts as carried out.
fn carried_out(seen: &Seen) -> bool {
    matches!(
        seen,
        Seen::Call(CallResult::Approved(_) | CallResult::Blocked(_))
            | Seen::LookUp(LookupReply::Executed(_) | LookupReply::Blocked(_))
    )
}

/// What is kept of a reply, and what is told of it.
#[derive(Default)]
struct Texts {
    kept: Vec<String>,
    told: Vec<String>,
}

impl Texts {
    fn receipt(&mut self, receipt: &Receipt) {
        assert_eq!(receipt.reference.0, REFERENCE);
        assert!(receipt.fee.is_none_or(|fee| fee >= 0), "{receipt:?}");
        let Receipt {
            reference: _,
            network_id,
            ref_num,
            apr_code,
            rrn,
            fee: _,
        } = receipt.clone();
        self.kept.extend([network_id, ref_num, apr_code, rrn]);
    }

    fn refusal(&mut self, refusal: &Refusal) {
        self.told.push(refusal.processing_code.clone());
    }

    fn doubt(&mut self, doubt: &Doubt) {
        self.told.push(doubt.cause.clone());
        self.told.extend(doubt.processing_code.clone());
        if let Some(refusal) = doubt.refusal() {
            self.refusal(refusal);
        }
    }

    fn overtaken(&mut self, overtaken: &Overtaken) {
        self.receipt(&overtaken.receipt);
        self.refusal(&overtaken.refusal);
    }
}

fn check(seen: &Seen, body: &[u8]) {
    let mut texts = Texts::default();
    match seen {
        Seen::Call(CallResult::Approved(receipt) | CallResult::Blocked(receipt))
        | Seen::LookUp(LookupReply::Executed(receipt) | LookupReply::Blocked(receipt)) => {
            texts.receipt(receipt);
        }
        Seen::Call(CallResult::Refused(refusal))
        | Seen::LookUp(LookupReply::NotExecuted(refusal)) => {
            texts.refusal(refusal);
        }
        Seen::Call(CallResult::Overtaken(overtaken))
        | Seen::LookUp(LookupReply::Overtaken(overtaken)) => texts.overtaken(overtaken),
        Seen::Call(CallResult::NotExecuted(absence)) => texts.told.push(absence.how.clone()),
        Seen::Call(CallResult::Untraceable(why)) => texts.told.push(why.clone()),
        Seen::Call(CallResult::Unknown(doubt)) | Seen::LookUp(LookupReply::Unclear(doubt)) => {
            texts.doubt(doubt);
        }
        Seen::LookUp(LookupReply::NotFound) => {}
        Seen::Asked(Ok(Told {
            texts: kept,
            amounts,
        })) => {
            texts.kept.clone_from(kept);
            assert!(amounts.iter().all(|amount| *amount >= 0), "{amounts:?}");
        }
        Seen::Asked(Err(error)) => texts.told.push(error.to_string()),
    }
    let input = String::from_utf8_lossy(body);
    for told in &texts.told {
        assert_tells_no_number(told, &input);
    }
    for text in texts.kept.iter().chain(&texts.told) {
        assert_can_be_kept(text);
    }
}
