//! What do SVGate's replies prove about money? Pure functions from replies to outcomes.
//!
//! The success test is the one used in production (docs/networks.md#svgate-payments): no error, status `OK`, a real
//! `refNum`, `resp` 0. Beyond it, a reply that repeats another reference or amount than ours proves nothing
//! (docs/contract.md#unknown-outcomes).

use rpc_schema::errors::ErrorCode;
use rpc_schema::values::Amount;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::client::CallError;
use super::codes::{self, Reading};
use super::hold_item::{HoldItem, HoldState};
use super::wire::{HoldReply, Tran};
use crate::domain::call::{CallResult, Doubt, LookupReply, Receipt, Reference, Refusal, Traces};
use crate::domain::inquiry::AskError;
use crate::processing::exchange::Failure;
use crate::processing::lenient::OneOrMany;

/// The card was attached without SVGate, so nothing can be asked of it there.
pub(super) fn no_token() -> CallResult {
    CallResult::NotExecuted("the card has no token of SVGate".to_owned())
}

/// The outcome of a money call that gave no result.
pub(super) fn failed(error: CallError) -> CallResult {
    match error {
        CallError::Failed(Failure::NotSent(cause)) => CallResult::NotExecuted(cause),
        CallError::Failed(Failure::NoAnswer(cause)) | CallError::Unreadable(cause) => {
            unknown(cause)
        }
        CallError::Failed(failure @ Failure::TooLong(_)) => unknown(failure.to_string()),
        CallError::Code(code) => answered(code, codes::read(code)),
    }
}

/// The same for a call that moves no money: whatever is not known may simply be asked again.
pub(super) fn ask_error(error: CallError) -> AskError {
    match error {
        CallError::Failed(failure) => AskError::from(failure),
        CallError::Unreadable(cause) => AskError::unreadable(cause),
        CallError::Code(code) => match codes::read(code) {
            Reading::Refused(error) => AskError::Refused(codes::refusal(error, code)),
            Reading::Unknown | Reading::Success => {
                AskError::by_code(format!("SVGate answered with code {code}"))
            }
        },
    }
}

fn answered(code: i64, reading: Reading) -> CallResult {
    match reading {
        Reading::Refused(error) => CallResult::Refused(codes::refusal(error, code)),
        Reading::Unknown | Reading::Success => CallResult::Unknown(Doubt {
            cause: "SVGate's code leaves the outcome open".to_owned(),
            processing_code: Some(code.to_string()),
        }),
    }
}

fn unknown(cause: impl Into<String>) -> CallResult {
    CallResult::Unknown(doubt(cause))
}

fn doubt(cause: impl Into<String>) -> Doubt {
    Doubt {
        cause: cause.into(),
        processing_code: None,
    }
}

/// A refusal that stands in a status instead of a code.
fn status_refusal(code: ErrorCode, status: &str, gone: bool) -> Refusal {
    Refusal {
        code,
        processing_code: status.to_owned(),
        gone,
    }
}

/// Decodes one object or the only element of an array. The cause of a failure quotes nothing of the reply.
pub(super) fn only<T: DeserializeOwned>(result: Value) -> Result<T, &'static str> {
    let mut items = items(result)?;
    match (items.pop(), items.is_empty()) {
        (Some(item), true) => Ok(item),
        (Some(_), false) => Err("the result has more than one item"),
        (None, _) => Err("the result is empty"),
    }
}

/// Decodes an array, or one object as an array of one.
pub(super) fn items<T: DeserializeOwned>(result: Value) -> Result<Vec<T>, &'static str> {
    serde_json::from_value::<OneOrMany<T>>(result)
        .map(OneOrMany::into_vec)
        .map_err(|_| "the result cannot be read")
}

/// `Err`: the reply is about another payment.
fn check_echo(tran: &Tran, reference: &Reference, amount: Amount) -> Result<(), &'static str> {
    if !tran.ext.echoes(&reference.0) {
        Err("the reply has the reference of another payment")
    } else if !tran.amount.echoes_int(amount.tiyin()) {
        Err("the reply has another amount")
    } else {
        Ok(())
    }
}

fn receipt(tran: &Tran, reference: &Reference, ref_num: String) -> Receipt {
    Receipt {
        ref_num,
        apr_code: tran.field38.text().to_owned(),
        ..Receipt::of(reference)
    }
}

/// Why a payment in status `ERR` failed, or one with a `resp` other than 0.
fn declined(tran: &Tran) -> CallResult {
    match tran.resp.int() {
        None | Some(0) => CallResult::Refused(status_refusal(
            ErrorCode::DeclinedByNetwork,
            tran.status.text(),
            false,
        )),
        Some(resp) => answered(resp, codes::read_resp(resp)),
    }
}

/// `trans.pay.purpose` and `hold.dismiss.charge`.
pub(super) fn payment(result: Value, reference: &Reference, amount: Amount) -> CallResult {
    let tran: Tran = match only(result) {
        Ok(tran) => tran,
        Err(cause) => return unknown(cause),
    };
    if let Err(cause) = check_echo(&tran, reference, amount) {
        return unknown(cause);
    }
    if !tran.resp.is_missing() {
        match tran.resp.int() {
            Some(0) => {}
            Some(_) => return declined(&tran),
            None => return unknown("resp is no number"),
        }
    }
    match (tran.status.text(), tran.ref_num()) {
        ("OK", Some(ref_num)) => CallResult::Approved(receipt(&tran, reference, ref_num)),
        ("OK", None) => unknown("status OK without a refNum"),
        // ROK: carried out and given back at once.
        ("ERR" | "ROK", _) => declined(&tran),
        _ => unknown("a status other than OK and ERR"),
    }
}

/// `trans.reverse`.
pub(super) fn reversal(result: Value, payment: &Receipt, amount: Amount) -> CallResult {
    let tran: Tran = match only(result) {
        Ok(tran) => tran,
        Err(cause) => return unknown(cause),
    };
    if let Err(cause) = check_echo(&tran, &payment.reference, amount) {
        return unknown(cause);
    }
    match tran.status.text() {
        "ROK" => CallResult::Approved(payment.clone()),
        status @ ("RER" | "ERR") => {
            CallResult::Refused(status_refusal(ErrorCode::CancelFailed, status, false))
        }
        _ => unknown("a status other than ROK and RER"),
    }
}

/// `hold.create`. Its reply repeats nothing of ours but the request's id.
pub(super) fn hold_created(result: Value, reference: &Reference) -> CallResult {
    let reply: HoldReply = match only(result) {
        Ok(reply) => reply,
        Err(cause) => return unknown(cause),
    };
    match (reply.status.int(), reply.id.text()) {
        (Some(0), "" | "0") => unknown("a hold without an id"),
        (Some(0), id) => CallResult::Approved(Receipt {
            network_id: id.to_owned(),
            ..Receipt::of(reference)
        }),
        (Some(status), _) => answered(status, codes::read_resp(status)),
        (None, _) => unknown("a hold without a status"),
    }
}

/// `hold.dismiss`.
pub(super) fn hold_dismissed(result: Value, hold: &Receipt) -> CallResult {
    let reply: HoldReply = match only(result) {
        Ok(reply) => reply,
        Err(cause) => return unknown(cause),
    };
    if !reply.id.echoes(&hold.network_id) {
        return unknown("the reply has the id of another hold");
    }
    match reply.status.int() {
        Some(0) => CallResult::Approved(hold.clone()),
        Some(status) => answered(status, codes::read_resp(status)),
        None => unknown("a reply about a hold without a status"),
    }
}

/// The payments that `trans.ext` found; `Err` is already the answer of the look-up.
fn looked_up(result: Result<Value, CallError>) -> Result<Vec<Tran>, Box<LookupReply>> {
    let answer = match result {
        // Transaction not found, not found in SV (docs/networks.md#svgate-references-and-unknown-outcomes).
        Err(CallError::Code(-208 | -267)) => LookupReply::NotFound,
        Err(error) => LookupReply::Unclear(look_up_doubt(error)),
        Ok(result) => match items(result) {
            Ok(trans) if trans.is_empty() => LookupReply::NotFound,
            Ok(trans) => return Ok(trans),
            Err(cause) => LookupReply::Unclear(doubt(cause)),
        },
    };
    Err(Box::new(answer))
}

pub(super) fn look_up_doubt(error: CallError) -> Doubt {
    match error {
        CallError::Failed(failure) => doubt(failure.to_string()),
        CallError::Unreadable(cause) => doubt(cause),
        CallError::Code(code) => Doubt {
            cause: "the look-up was refused".to_owned(),
            processing_code: Some(code.to_string()),
        },
    }
}

/// `trans.ext` of a payment or capture.
pub(super) fn found_payment(
    result: Result<Value, CallError>,
    reference: &Reference,
    amount: Amount,
) -> LookupReply {
    let trans = match looked_up(result) {
        Ok(trans) => trans,
        Err(found) => return *found,
    };
    if let Some(cause) = trans
        .iter()
        .find_map(|tran| check_echo(tran, reference, amount).err())
    {
        return LookupReply::Unclear(doubt(cause));
    }
    // A payment given back may be listed together with its reversal.
    if trans.iter().any(|tran| tran.status.text() == "ROK") {
        return LookupReply::NotExecuted(status_refusal(ErrorCode::DeclinedByNetwork, "ROK", true));
    }
    let [tran] = trans.as_slice() else {
        return LookupReply::Unclear(doubt("more than one payment has the reference"));
    };
    match (tran.status.text(), tran.ref_num()) {
        // In look-ups, one client saw resp -1 in rows that were in order (docs/networks.md#svgate-payments).
        ("OK", Some(ref_num))
            if tran.resp.is_missing() || matches!(tran.resp.int(), Some(0 | -1)) =>
        {
            LookupReply::Executed(receipt(tran, reference, ref_num))
        }
        ("OK", _) => LookupReply::Unclear(doubt(
            "status OK without a refNum, or with a resp other than 0",
        )),
        ("ERR", _) => match declined(tran) {
            CallResult::Refused(refusal) => LookupReply::NotExecuted(refusal),
            CallResult::Unknown(doubt) => LookupReply::Unclear(doubt),
            CallResult::Approved(_)
            | CallResult::Blocked(_)
            | CallResult::NotExecuted(_)
            | CallResult::Untraceable(_) => LookupReply::Unclear(doubt("status ERR")),
        },
        _ => LookupReply::Unclear(doubt("a status other than OK, ERR and ROK")),
    }
}

/// `trans.ext` of the payment that was to be reversed.
pub(super) fn found_reversal(
    result: Result<Value, CallError>,
    payment: &Receipt,
    amount: Amount,
) -> LookupReply {
    let trans = match looked_up(result) {
        Ok(trans) => trans,
        Err(found) if *found == LookupReply::NotFound => {
            // It was there: it may have been reversed before it was forgotten.
            return LookupReply::Unclear(doubt("the payment to be reversed is not known any more"));
        }
        Err(found) => return *found,
    };
    if let Some(cause) = trans
        .iter()
        .find_map(|tran| check_echo(tran, &payment.reference, amount).err())
    {
        return LookupReply::Unclear(doubt(cause));
    }
    let has = |status: &str| trans.iter().any(|tran| tran.status.text() == status);
    if has("ROK") {
        LookupReply::Executed(payment.clone())
    } else if has("OK") || has("RER") {
        // The payment stands, so far: the reversal may still be on its way. A refused one may have been an earlier one.
        LookupReply::NotFound
    } else {
        LookupReply::Unclear(doubt("the payment is neither done nor reversed"))
    }
}

/// `hold.get.cardId`, for a hold of which only card, user name, amount and time are known.
///
/// Several holds of the card may look alike, and SVGate has no reference of ours in them. So only a single one that no
/// other call of ours has claimed is an answer (docs/contract.md#holds); `NotFound` says that there is none so far.
pub(super) fn found_hold(
    holds: &[HoldItem],
    user: &str,
    amount: Amount,
    reference: &Reference,
    traces: &Traces,
) -> LookupReply {
    let alike: Vec<&HoldItem> = holds
        .iter()
        .filter(|hold| {
            hold.state == HoldState::Active
                && hold.user_name == user
                && hold.amount == Some(amount.tiyin())
                && !traces.claimed_holds.contains(&hold.id)
        })
        .collect();
    let (from, to) = traces.window;
    let in_time = |hold: &&&HoldItem| hold.created_at.is_some_and(|at| (from..=to).contains(&at));
    let ours: Vec<&&HoldItem> = alike.iter().filter(in_time).collect();
    match ours.as_slice() {
        _ if alike.iter().any(|hold| hold.created_at.is_none()) => LookupReply::Unclear(doubt(
            "a hold of the card has our user name and the amount, and a time that cannot be read",
        )),
        [] => LookupReply::NotFound,
        [hold] => LookupReply::Executed(Receipt {
            network_id: hold.id.clone(),
            ..Receipt::of(reference)
        }),
        [_, _, ..] => LookupReply::Unclear(doubt(
            "several active holds of the card have our user name, the amount and a time that fits",
        )),
    }
}

/// `hold.get.id` of the hold that was to be released; `item` is `None` when SVGate does not find it.
pub(super) fn found_release(
    item: Option<&HoldItem>,
    hold: &Receipt,
    amount: Amount,
) -> LookupReply {
    let Some(item) = item else {
        // It was there: it may have been released before it was forgotten.
        return LookupReply::Unclear(doubt("the hold to be released is not known any more"));
    };
    if item.id != hold.network_id {
        return LookupReply::Unclear(doubt("the reply has the id of another hold"));
    }
    if item.amount.is_some_and(|held| held != amount.tiyin()) {
        return LookupReply::Unclear(doubt("the reply has another amount"));
    }
    match item.state {
        // It is still held, so far: the release may still be on its way.
        HoldState::Active => LookupReply::NotFound,
        HoldState::Dismissed | HoldState::Expired => LookupReply::Executed(hold.clone()),
        HoldState::Captured => {
            LookupReply::NotExecuted(status_refusal(ErrorCode::CancelFailed, "captured", true))
        }
        HoldState::Other => {
            LookupReply::Unclear(doubt("the hold has a status that the settings do not name"))
        }
    }
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
