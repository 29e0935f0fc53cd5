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
use super::codes::{self, CallKind, Refusals};
use super::hold_item::{HoldItem, HoldState};
use super::wire::{self, HoldReply, Tran, TranStatus};
use crate::domain::call::{
    CallResult, Doubt, Ended, LookupReply, OpenReply, Overtaken, Receipt, Reference, Refusal,
    Traces,
};
use crate::domain::inquiry::AskError;
use crate::processing::exchange::Failure;
use crate::processing::lenient::{OneOrMany, word};

/// What is said of a hold whose state is not known.
pub(super) const NO_STATE: &str = "the hold has a status that uzcard.hold_statuses does not name";

/// The card was attached without SVGate, so nothing can be asked of it there.
pub(super) fn no_token() -> CallResult {
    CallResult::not_executed("the card has no token of SVGate")
}

/// The outcome of a money call that gave no result.
pub(super) fn failed(kind: CallKind, refusals: &Refusals, error: CallError) -> CallResult {
    match error {
        CallError::Failed(Failure::NotSent(cause)) => CallResult::not_executed(cause),
        CallError::Failed(Failure::NoAnswer(cause)) | CallError::Unreadable(cause) => {
            unknown(cause)
        }
        CallError::Failed(failure @ Failure::TooLong(_)) => unknown(failure.to_string()),
        CallError::Code(code) => refusals.of_code(kind, code),
    }
}

/// The same for a call that moves no money: whatever is not known may simply be asked again, so each code is plain.
pub(super) fn ask_error(error: CallError) -> AskError {
    match error {
        CallError::Failed(failure) => AskError::from(failure),
        CallError::Unreadable(cause) => AskError::unreadable(cause),
        CallError::Code(code) => match codes::read(code) {
            (_, ErrorCode::UzcardUnavailable) => {
                AskError::by_code(format!("SVGate answered with code {code}"))
            }
            (_, error) => AskError::Refused(codes::refusal(error, code)),
        },
    }
}

pub(super) fn unknown(cause: impl Into<String>) -> CallResult {
    CallResult::Unknown(doubt(cause))
}

/// A reply about our call that says neither that it was carried out nor that it was not.
pub(super) fn vague(cause: &str) -> CallResult {
    CallResult::Unknown(Doubt::of_vague_reply(cause))
}

pub(super) fn doubt(cause: impl Into<String>) -> Doubt {
    Doubt::new(cause)
}

/// A refusal that stands in a status instead of a code.
pub(super) fn status_refusal(code: ErrorCode, status: &str) -> Refusal {
    Refusal {
        code,
        processing_code: word(status),
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
pub(super) fn check_echo(
    tran: &Tran,
    reference: &Reference,
    amount: Amount,
) -> Result<(), &'static str> {
    if !tran.ext.echoes(&reference.0) {
        Err("the reply has the reference of another payment")
    } else if !tran.amount.echoes_int(amount.tiyin()) {
        Err("the reply has another amount")
    } else {
        Ok(())
    }
}

pub(super) fn receipt(tran: &Tran, reference: &Reference, ref_num: String) -> Receipt {
    Receipt {
        ref_num,
        apr_code: tran.field38.text().to_owned(),
        ..Receipt::of(reference)
    }
}

/// The answer in a payment object that is not plainly carried out: by its `resp`, where that is one, else by its status.
pub(super) fn declined(kind: CallKind, refusals: &Refusals, tran: &Tran) -> CallResult {
    match tran.resp.code() {
        None | Some(0) => {
            let refusal = status_refusal(ErrorCode::DeclinedByNetwork, tran.status.text());
            let cause = "a refusal without a code";
            CallResult::Unknown(Doubt::of_reply(cause, refusal, false))
        }
        Some(resp) => refusals.of_resp(kind, resp),
    }
}

/// `trans.pay.purpose`, `hold.dismiss.charge`, `p2p.universal`, `p2p.universal.credit`.
pub(super) fn payment(
    kind: CallKind,
    refusals: &Refusals,
    result: Value,
    reference: &Reference,
    amount: Amount,
) -> CallResult {
    let tran: Tran = match only(result) {
        Ok(tran) => tran,
        Err(cause) => return unknown(cause),
    };
    if let Err(cause) = check_echo(&tran, reference, amount) {
        return unknown(cause);
    }
    let resp = match (tran.resp.is_missing(), tran.resp.code()) {
        (true, _) => 0,
        (false, Some(resp)) => resp,
        (false, None) => return unknown("resp is no number"),
    };
    match (tran.status(), tran.ref_num(), resp) {
        (TranStatus::Ok, Some(ref_num), 0) => {
            CallResult::Approved(receipt(&tran, reference, ref_num))
        }
        (TranStatus::Ok, None, 0) => vague("status OK without a refNum"),
        (TranStatus::Err, None, _) => declined(kind, refusals, &tran),
        // Carried out and refused; refused with the number of a payment; given back at once.
        (TranStatus::Ok, _, _) | (TranStatus::Err, Some(_), _) | (TranStatus::Reversed, _, _) => {
            contradictory(declined(kind, refusals, &tran))
        }
        (TranStatus::ReverseRefused | TranStatus::Other, ..) => {
            vague("a status other than OK, ERR and ROK")
        }
    }
}

/// A refusal in a reply that also says the opposite: only SVGate, asked again, can tell.
pub(super) fn contradictory(result: CallResult) -> CallResult {
    let cause = "the reply contradicts itself";
    match result {
        CallResult::Refused(refusal) => CallResult::Unknown(Doubt::of_reply(cause, refusal, false)),
        CallResult::Unknown(Doubt {
            processing_code,
            open: Some(open),
            ..
        }) => CallResult::Unknown(Doubt {
            cause: cause.to_owned(),
            processing_code,
            open: Some(OpenReply {
                absence_suffices: false,
                ..open
            }),
        }),
        CallResult::Approved(_)
        | CallResult::Blocked(_)
        | CallResult::Overtaken(_)
        | CallResult::NotExecuted(_)
        | CallResult::Untraceable(_)
        | CallResult::Unknown(_) => unknown(cause),
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
    match tran.status() {
        TranStatus::Reversed => CallResult::Approved(payment.clone()),
        TranStatus::ReverseRefused | TranStatus::Err => {
            let refusal = status_refusal(ErrorCode::CancelFailed, tran.status.text());
            let cause = "the reversal is refused: is the payment reversed already?";
            CallResult::Unknown(Doubt::of_reply(cause, refusal, true))
        }
        TranStatus::Ok | TranStatus::Other => vague("a status other than ROK and RER"),
    }
}

/// `hold.create`. Its reply repeats nothing of ours but the request's id.
pub(super) fn hold_created(
    refusals: &Refusals,
    result: Value,
    reference: &Reference,
) -> CallResult {
    let reply: HoldReply = match only(result) {
        Ok(reply) => reply,
        Err(cause) => return unknown(cause),
    };
    let id = Some(reply.id.text()).filter(|id| wire::is_hold_id(id));
    match (reply.status.code(), id) {
        (Some(0), None) => vague("a hold without an id"),
        (Some(0), Some(id)) => CallResult::Approved(Receipt {
            network_id: id.to_owned(),
            ..Receipt::of(reference)
        }),
        (Some(status), None) => refusals.of_resp(CallKind::Hold, status),
        (Some(status), Some(_)) => contradictory(refusals.of_resp(CallKind::Hold, status)),
        (None, _) => vague("a hold without a status"),
    }
}

/// `hold.dismiss`.
pub(super) fn hold_dismissed(refusals: &Refusals, result: Value, hold: &Receipt) -> CallResult {
    let reply: HoldReply = match only(result) {
        Ok(reply) => reply,
        Err(cause) => return unknown(cause),
    };
    if !reply.id.echoes(&hold.network_id) {
        return unknown("the reply has the id of another hold");
    }
    match reply.status.code() {
        Some(0) => CallResult::Approved(hold.clone()),
        // SVGate's own codes, as in an error.
        Some(status) => refusals.of_code(CallKind::Undoing, status),
        None => vague("a reply about a hold without a status"),
    }
}

/// The payments that `trans.ext` found; `Err` is already the answer of the look-up.
pub(super) fn looked_up(result: Result<Value, CallError>) -> Result<Vec<Tran>, Box<LookupReply>> {
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
            processing_code: Some(code.to_string()),
            ..doubt("the look-up was refused")
        },
    }
}

/// `trans.ext` of a payment or capture.
///
/// It may list more than one object under a reference: a payment together with its reversal, or both legs of a transfer.
pub(super) fn found_payment(
    kind: CallKind,
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
    let [first, others @ ..] = trans.as_slice() else {
        return LookupReply::NotFound;
    };
    let all = |status: TranStatus| trans.iter().all(|tran| tran.status() == status);
    if kind != CallKind::P2p && !others.is_empty() {
        let undone = |tran: &Tran| tran.status() == TranStatus::Reversed;
        return match trans.iter().any(undone) {
            true => given_back(),
            false => LookupReply::Unclear(doubt("more than one payment has the reference")),
        };
    }
    if !all(first.status()) {
        return LookupReply::Unclear(doubt("the legs of a transfer have ended differently"));
    }
    // In look-ups, one client saw resp -1 in rows that were in order (docs/networks.md#svgate-payments).
    let in_order = |tran: &Tran| tran.resp.is_missing() || matches!(tran.resp.code(), Some(0 | -1));
    let pending = |tran: &Tran| tran.resp.code().is_some_and(codes::is_pending);
    let numbered = |tran: &Tran| tran.ref_num().is_some();
    // The first leg is the sender's.
    match (first.status(), first.ref_num()) {
        (TranStatus::Ok, Some(ref_num))
            if trans.iter().all(numbered) && trans.iter().all(in_order) =>
        {
            LookupReply::Executed(receipt(first, reference, ref_num))
        }
        (TranStatus::Ok, _) => LookupReply::Unclear(doubt(
            "status OK without a refNum, or with a resp other than 0",
        )),
        (TranStatus::Reversed, _) => given_back(),
        // Listed as failed and without a payment's number: that is SVGate's answer, unless the code says "not yet".
        (TranStatus::Err, _) if trans.iter().any(numbered) => {
            LookupReply::Unclear(doubt("status ERR with the number of a payment"))
        }
        (TranStatus::Err, _) if trans.iter().any(pending) => {
            LookupReply::Unclear(doubt("status ERR, and a resp that may still change"))
        }
        (TranStatus::Err, _) => LookupReply::NotExecuted(match first.resp.code() {
            Some(resp) if resp != 0 => codes::of_listed(kind, resp),
            Some(_) | None => status_refusal(ErrorCode::DeclinedByNetwork, first.status.text()),
        }),
        (TranStatus::ReverseRefused | TranStatus::Other, _) => {
            LookupReply::Unclear(doubt("a status other than OK, ERR and ROK"))
        }
    }
}

fn given_back() -> LookupReply {
    LookupReply::NotExecuted(status_refusal(ErrorCode::DeclinedByNetwork, "ROK"))
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
    let has = |status: TranStatus| trans.iter().any(|tran| tran.status() == status);
    if has(TranStatus::Reversed) {
        LookupReply::Executed(payment.clone())
    } else if has(TranStatus::Ok) || has(TranStatus::ReverseRefused) {
        // The payment stands, so far: the reversal may still be on its way. A refused one may have been an earlier one.
        LookupReply::NotFound
    } else {
        LookupReply::Unclear(doubt("the payment is neither done nor reversed"))
    }
}

/// `hold.get.cardId`, for a hold of which only card, user name, amount and time are known.
///
/// Several holds of the card may look alike, and SVGate has no reference of ours in them. So only a single one that no
/// other call of ours has claimed and that is active is an answer (docs/contract.md#holds); `NotFound` says that there is none
/// so far. One in another state may be ours, too: others who have our access can charge and release it.
pub(super) fn found_hold(
    holds: &[HoldItem],
    user: &str,
    amount: Amount,
    reference: &Reference,
    traces: &Traces,
) -> LookupReply {
    let (from, to) = traces.window;
    let fitting: Vec<&HoldItem> = holds
        .iter()
        .filter(|hold| {
            hold.user_name == user
                && hold.amount == Some(amount.tiyin())
                && hold.created_at.is_none_or(|at| (from..=to).contains(&at))
                && !traces.claimed_holds.contains(&hold.id)
        })
        .collect();
    match fitting.as_slice() {
        [] => LookupReply::NotFound,
        // Nothing is held any more, and people can find out whose it was.
        _ if fitting.iter().all(|hold| hold.state.has_ended()) => LookupReply::Unclear(
            Doubt::of_vague_reply("holds that may be this one were charged or released meanwhile"),
        ),
        // It may be another one's, of another time.
        _ if fitting.iter().any(|hold| hold.created_at.is_none()) => LookupReply::Unclear(doubt(
            "a hold that may be this one has a time that cannot be read",
        )),
        [_, _, ..] => LookupReply::Unclear(doubt("several holds of the card may be this one")),
        [hold] if !wire::is_hold_id(&hold.id) => {
            LookupReply::Unclear(doubt("a hold that may be this one has no id"))
        }
        [hold] => match hold.state {
            HoldState::Active => LookupReply::Executed(Receipt {
                network_id: hold.id.clone(),
                ..Receipt::of(reference)
            }),
            HoldState::Captured | HoldState::Dismissed | HoldState::Expired | HoldState::Other => {
                LookupReply::Unclear(doubt(
                    "a hold that may be this one has a status that uzcard.hold_statuses does not name",
                ))
            }
        },
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
        HoldState::Captured => LookupReply::Overtaken(taken(hold)),
        HoldState::Other => LookupReply::Unclear(doubt(NO_STATE)),
    }
}

/// `hold.get.id` of a hold whose charge SVGate does not know; `item` is `None` when it does not find the hold either.
pub(super) fn found_charged(item: Option<&HoldItem>, hold: &Receipt) -> LookupReply {
    let Some(item) = item else {
        return LookupReply::Unclear(doubt("neither the charge nor the hold is known"));
    };
    if item.id != hold.network_id {
        return LookupReply::Unclear(doubt("the reply has the id of another hold"));
    }
    match item.state {
        HoldState::Active => LookupReply::NotFound,
        HoldState::Dismissed | HoldState::Expired => LookupReply::Overtaken(Overtaken {
            ended: Ended::Freed,
            receipt: hold.clone(),
            refusal: status_refusal(ErrorCode::DataNotFound, "dismissed"),
        }),
        HoldState::Captured => LookupReply::Overtaken(taken(hold)),
        HoldState::Other => LookupReply::Unclear(doubt(NO_STATE)),
    }
}

/// The hold was charged, by a payment whose number SVGate does not tell here: what lists a hold has only the card's.
fn taken(hold: &Receipt) -> Overtaken {
    Overtaken {
        ended: Ended::Taken,
        receipt: hold.clone(),
        refusal: status_refusal(ErrorCode::CancelFailed, "captured"),
    }
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
