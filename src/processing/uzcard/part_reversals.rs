//! A part of a payment is given back (docs/networks.md#svgate-partial-reversals). Little is published of it, so what is in
//! doubt is left open.

use rpc_schema::errors::ErrorCode;
use serde_json::Value;

use super::client::CallError;
use super::clients::UzcardPayments;
use super::codes::{self, CallKind, Refusals};
use super::outcome::{
    self, check_echo, contradictory, declined, doubt, looked_up, only, receipt, status_refusal,
    unknown, vague,
};
use super::wire::{Params, Tran, TranParams, TranStatus};
use crate::domain::call::{CallResult, Doubt, LookupReply, PartReversal};

impl UzcardPayments {
    /// `trans.reverse.partial`
    pub(super) async fn reverse_part(&self, part: &PartReversal) -> CallResult {
        if part.payment.ref_num.is_empty() {
            return CallResult::not_executed("the number of the payment is not known");
        }
        let params = Params::Tran(TranParams::ReversePart {
            tran_id: &part.payment.ref_num,
            reverse_amount: part.amount.tiyin(),
            ext: &part.reference.0,
        });
        match self
            .client
            .call_settling("trans.reverse.partial", params)
            .await
        {
            Ok(result) => part_reversal(&self.refusals, result, part),
            Err(error) => outcome::failed(CallKind::Undoing, &self.refusals, error),
        }
    }

    /// `trans.ext` of the reversal, which has a reference of its own. Where SVGate does not know it, the payment must still
    /// stand: else what was given back of it, only people can find out.
    pub(super) async fn find_part_reversal(&self, part: &PartReversal) -> LookupReply {
        let result = self.client.by_reference(&part.reference).await;
        let found = found_part_reversal(result, part);
        if found != LookupReply::NotFound {
            return found;
        }
        found_standing(self.client.by_reference(&part.payment.reference).await)
    }
}

/// `trans.reverse.partial`. Its reply is about the reversal, which has a reference and a `refNum` of its own; whether its
/// status is OK or ROK is not published (docs/networks.md#svgate-partial-reversals).
pub(super) fn part_reversal(refusals: &Refusals, result: Value, part: &PartReversal) -> CallResult {
    let tran: Tran = match only(result) {
        Ok(tran) => tran,
        Err(cause) => return unknown(cause),
    };
    if let Err(cause) = check_echo(&tran, &part.reference, part.amount) {
        return unknown(cause);
    }
    let resp = match (tran.resp.is_missing(), tran.resp.code()) {
        (true, _) => 0,
        (false, Some(resp)) => resp,
        (false, None) => return unknown("resp is no number"),
    };
    let kind = CallKind::Undoing;
    match (tran.status(), tran.ref_num(), resp) {
        (TranStatus::Ok | TranStatus::Reversed, Some(ref_num), 0) => {
            CallResult::Approved(receipt(&tran, &part.reference, ref_num))
        }
        (TranStatus::Ok | TranStatus::Reversed, None, 0) => vague("a reversal without a refNum"),
        (TranStatus::Err | TranStatus::ReverseRefused, None, _) => {
            let refusal = status_refusal(ErrorCode::CancelFailed, tran.status.text());
            let cause = "the reversal is refused: was it carried out before?";
            CallResult::Unknown(Doubt::of_reply(cause, refusal, true))
        }
        (
            TranStatus::Ok | TranStatus::Reversed | TranStatus::Err | TranStatus::ReverseRefused,
            _,
            _,
        ) => contradictory(declined(kind, refusals, &tran)),
        (TranStatus::Other, ..) => vague("a status other than OK, ERR, ROK and RER"),
    }
}

/// `trans.ext` of a reversal of a part, by its own reference.
pub(super) fn found_part_reversal(
    result: Result<Value, CallError>,
    part: &PartReversal,
) -> LookupReply {
    let trans = match looked_up(result) {
        Ok(trans) => trans,
        Err(found) => return *found,
    };
    let [tran] = trans.as_slice() else {
        return LookupReply::Unclear(doubt("more than one reversal has the reference"));
    };
    if let Err(cause) = check_echo(tran, &part.reference, part.amount) {
        return LookupReply::Unclear(doubt(cause));
    }
    let in_order = tran.resp.is_missing() || matches!(tran.resp.code(), Some(0 | -1));
    let pending = tran.resp.code().is_some_and(codes::is_pending);
    match (tran.status(), tran.ref_num()) {
        (TranStatus::Ok | TranStatus::Reversed, Some(ref_num)) if in_order => {
            LookupReply::Executed(receipt(tran, &part.reference, ref_num))
        }
        (TranStatus::Ok | TranStatus::Reversed, _) => LookupReply::Unclear(doubt(
            "a reversal without a refNum, or with a resp other than 0",
        )),
        (TranStatus::Err | TranStatus::ReverseRefused, Some(_)) => {
            LookupReply::Unclear(doubt("a refused reversal with a number"))
        }
        (TranStatus::Err | TranStatus::ReverseRefused, None) if pending => {
            LookupReply::Unclear(doubt("status ERR, and a resp that may still change"))
        }
        (TranStatus::Err | TranStatus::ReverseRefused, None) => {
            LookupReply::NotExecuted(status_refusal(ErrorCode::CancelFailed, tran.status.text()))
        }
        (TranStatus::Other, _) => {
            LookupReply::Unclear(doubt("a status other than OK, ERR, ROK and RER"))
        }
    }
}

/// `trans.ext` of a payment of which a part was to be given back, where SVGate does not know that reversal.
///
/// `NotFound`: it stands, so the reversal may still be on its way. Where SVGate says that the payment is reversed, somebody
/// may have given all of it back, or it may say so of a part: that must not be guessed.
pub(super) fn found_standing(result: Result<Value, CallError>) -> LookupReply {
    let trans = match looked_up(result) {
        Ok(trans) => trans,
        Err(found) if *found == LookupReply::NotFound => {
            return LookupReply::Unclear(Doubt::of_vague_reply(
                "the payment to be reversed is not known any more",
            ));
        }
        Err(found) => return *found,
    };
    let stands = |tran: &Tran| matches!(tran.status(), TranStatus::Ok | TranStatus::ReverseRefused);
    match trans.iter().all(stands) {
        true => LookupReply::NotFound,
        false => LookupReply::Unclear(Doubt::of_vague_reply(
            "the payment does not stand, and the reversal of its part is not known",
        )),
    }
}

#[cfg(test)]
#[path = "part_reversals_tests.rs"]
mod tests;
