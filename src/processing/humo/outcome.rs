//! What do the replies of `PaymentServer` prove about money? Pure functions from replies to outcomes.
//!
//! A sale, a hold and a transfer are created (action 4: the money is blocked) and confirmed later (action 10: it is
//! taken); a credit is done by its creation alone. Source: docs/networks.md#paymentserver. A reply that repeats another
//! reference, id or amount than ours proves nothing (docs/contract.md#unknown-outcomes).

use rpc_schema::errors::ErrorCode;
use rpc_schema::values::Amount;

use super::authorisation::{Authorisation, Denied, denied};
use super::client::CallError;
use super::codes::{self, Check, Class};
use super::soap::Element;
use crate::domain::call::{
    CallResult, Doubt, Ended, LookupReply, Overtaken, Receipt, Reference, Refusal,
};
use crate::processing::exchange::Failure;
use crate::processing::recipient;

/// What a call is, as far as the reading of its reply depends on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallKind {
    Pay,
    Confirm,
    Cancel,
    Hold,
    Capture,
    Release,
    Reverse,
    P2p,
    Credit,
}

impl CallKind {
    /// What a code of this class means in answer to this call.
    fn weigh(self, class: Class) -> Weight {
        match (self, class) {
            (Self::Pay | Self::Hold | Self::P2p, Class::Certain(_)) => Weight::Refused,
            (Self::Pay | Self::Hold | Self::P2p | Self::Credit, Class::Likely) => Weight::AskedOnce,
            // Money is given back, or freed, only after HUMO was asked.
            (Self::Credit | Self::Confirm | Self::Capture, Class::Certain(_)) => Weight::AskedOnce,
            (Self::Cancel | Self::Release | Self::Reverse, Class::Certain(Check::Terminal)) => {
                Weight::Refused
            }
            // Where the payment stands decides, whatever was checked.
            (Self::Cancel | Self::Release | Self::Reverse, Class::Certain(Check::Card)) => {
                Weight::AskedOnce
            }
            (Self::Capture | Self::Cancel | Self::Release | Self::Reverse, Class::Gone)
            | (Self::Cancel | Self::Release | Self::Reverse, Class::OtherState) => {
                Weight::AskedOnce
            }
            // "Already confirmed" or "already returned" may be an input that is not taken, too.
            (
                Self::Confirm | Self::Capture | Self::Cancel | Self::Release | Self::Reverse,
                Class::Likely,
            )
            | (Self::Pay | Self::Hold | Self::P2p | Self::Credit | Self::Confirm, Class::Gone)
            | (
                Self::Pay | Self::Hold | Self::P2p | Self::Credit | Self::Confirm | Self::Capture,
                Class::OtherState,
            )
            | (_, Class::Open) => Weight::Open,
        }
    }

    /// What the code is told as. Of a credit that the server does not take, the sender's personal data is missing, which
    /// must be there from some amount on.
    fn error(self, code: i64) -> ErrorCode {
        match (self, code) {
            (Self::Credit, -1) => ErrorCode::AmountTooLarge,
            _ => codes::read(code).1,
        }
    }

    /// A refusal of this call, about the card that it is about.
    fn refusal(self, refusal: Refusal) -> Refusal {
        match self {
            Self::P2p => recipient::of_transfer(refusal),
            Self::Credit => recipient::of_credit(refusal),
            Self::Pay
            | Self::Confirm
            | Self::Cancel
            | Self::Hold
            | Self::Capture
            | Self::Release
            | Self::Reverse => refusal,
        }
    }
}

/// What the answer to a call proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// It was not carried out.
    Refused,
    /// It was not, if the network, asked at once, does not know it.
    AskedOnce,
    /// Only a look-up can tell.
    Open,
}

/// The action codes that refuse for certain by the settings, besides those of the table.
#[derive(Debug, Clone, Default)]
pub(super) struct Certain(pub(super) Vec<i64>);

/// The outcome of a money call that gave no response.
pub(super) fn failed(kind: CallKind, certain: &Certain, error: CallError) -> CallResult {
    match error {
        CallError::Failed(Failure::NotSent(cause)) => CallResult::not_executed(cause),
        CallError::Failed(Failure::NoAnswer(cause)) | CallError::Unreadable(cause) => {
            unknown(cause)
        }
        CallError::Failed(failure @ Failure::TooLong(_)) => unknown(failure.to_string()),
        CallError::Fault(code) => answered(kind, certain, code),
    }
}

/// The outcome by an action code in a fault.
fn answered(kind: CallKind, certain: &Certain, code: i64) -> CallResult {
    let class = match certain.0.contains(&code) {
        true => Class::Certain(Check::Terminal),
        false => codes::read(code).0,
    };
    let refusal = kind.refusal(codes::refusal(kind.error(code), code));
    let absence_suffices = match kind.weigh(class) {
        Weight::Refused => return CallResult::Refused(refusal),
        Weight::AskedOnce => true,
        Weight::Open => false,
    };
    let cause = "HUMO's action code leaves the outcome open";
    CallResult::Unknown(Doubt::of_reply(cause, refusal, absence_suffices))
}

/// A response that says that a payment was made, with the code of a refused authorisation, or with one that cannot be read.
fn contradiction(kind: CallKind, response: &Element) -> Option<CallResult> {
    match denied(response) {
        Ok(None) => None,
        Ok(Some(denied)) => {
            let refusal = refusal_of(kind, denied);
            let doubt = Doubt::of_reply(denied.contradiction(), refusal, false);
            Some(CallResult::Unknown(doubt))
        }
        Err(cause) => Some(unknown(cause)),
    }
}

/// What a refused authorisation is told as. That of a credit is about the recipient's card alone.
fn refusal_of(kind: CallKind, Denied { code, of }: Denied) -> Refusal {
    match of {
        Authorisation::Debit => kind.refusal(codes::refusal(kind.error(code), code)),
        Authorisation::Credit => recipient::of_credit(codes::refusal(codes::read(code).1, code)),
    }
}

fn unknown(cause: impl Into<String>) -> CallResult {
    CallResult::Unknown(doubt(cause))
}

/// A response about our call that says neither that it was carried out nor that it was not.
fn vague(cause: &str) -> CallResult {
    CallResult::Unknown(Doubt::of_vague_reply(cause))
}

fn doubt(cause: impl Into<String>) -> Doubt {
    Doubt::new(cause)
}

/// Whether a value repeats ours, or is not there at all.
fn echoes(value: &str, ours: &str) -> bool {
    value.is_empty() || value == ours
}

pub(super) fn check_payment(
    response: &Element,
    reference: &Reference,
    network_id: &str,
) -> Result<(), &'static str> {
    if !echoes(response.text_of("paymentRef"), &reference.0) {
        Err("the reply has the reference of another payment")
    } else if !network_id.is_empty() && !echoes(response.text_of("paymentID"), network_id) {
        Err("the reply has the id of another payment")
    } else {
        Ok(())
    }
}

/// A whole number, however it is written: `500000`, `500000.00`, `000500000`.
pub(super) fn number(text: &str) -> Option<i64> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let whole = rest.bytes().all(|digit| digit == b'0').then_some(whole)?;
    whole.parse().ok()
}

fn check_amount(response: &Element, amount: Amount) -> Result<(), &'static str> {
    let repeated = response
        .details()
        .get("amount")
        .copied()
        .unwrap_or_default();
    if repeated.is_empty() || number(repeated) == Some(amount.tiyin()) {
        Ok(())
    } else {
        Err("the reply has another amount")
    }
}

/// What a call took or blocked, as the response must repeat it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    pub(super) amount: Amount,
    /// What was held, where a part of that was taken.
    pub(super) part_of: Option<Amount>,
}

impl From<Amount> for Moved {
    fn from(amount: Amount) -> Self {
        Self {
            amount,
            part_of: None,
        }
    }
}

impl Moved {
    /// Whether all of what was held was taken, where a part was asked for. Somebody else may have charged it, or a contour may
    /// say so of the part: that must not be guessed.
    fn all_was_taken(self, response: &Element) -> bool {
        let details = response.details();
        let taken = details.get("transaction_amount").copied().and_then(number);
        self.part_of.is_some_and(|held| taken == Some(held.tiyin()))
    }

    /// Of a part, `transaction_amount` tells what was taken; whether `amount` then tells that or goes on telling what was
    /// held is not published.
    fn check(self, response: &Element) -> Result<(), &'static str> {
        let Some(held) = self.part_of else {
            return check_amount(response, self.amount);
        };
        let details = response.details();
        let taken = details.get("transaction_amount").copied().map(number);
        match taken {
            Some(taken) if taken == Some(self.amount.tiyin()) => {
                check_amount(response, self.amount).or_else(|_| check_amount(response, held))
            }
            Some(_) => Err("the reply says that another amount was taken"),
            None => check_amount(response, self.amount),
        }
    }
}

/// The receipt of a response; what the response does not say is taken from `before`.
fn receipt(response: &Element, before: Receipt) -> Receipt {
    let details = response.details();
    let first = |names: [&str; 2]| {
        names
            .into_iter()
            .filter_map(|name| details.get(name))
            .find(|value| !value.is_empty())
    };
    let network_id = Some(response.text_of("paymentID")).filter(|id| !id.is_empty());
    Receipt {
        network_id: network_id.map_or(before.network_id, str::to_owned),
        apr_code: first(["auth_appr_code", "auth_appr_code1a"])
            .map_or(before.apr_code, ToString::to_string),
        rrn: first(["auth_ref_number", "ret_ref_numb1a"]).map_or(before.rrn, ToString::to_string),
        // A fee that cannot be read is none: what it is must not be guessed.
        fee: match names_a_fee(response) {
            true => fee(response),
            false => before.fee,
        },
        ..before
    }
}

/// Whether the response names a fee, be it one that can be read or not.
fn names_a_fee(response: &Element) -> bool {
    let details = response.details();
    details.get("amount_fee").is_some_and(|fee| !fee.is_empty())
}

/// The fee that HUMO names, in tiyin, if it can be one.
pub(super) fn fee(response: &Element) -> Option<i64> {
    number(response.details().get("amount_fee")?).filter(|fee| *fee >= 0)
}

/// The `Payment` that creates a sale, a hold or a credit, and the `Request` that creates a transfer. `before` is our
/// reference, and the fee that holds where HUMO names none.
pub(super) fn created(
    kind: CallKind,
    response: &Element,
    before: Receipt,
    amount: Amount,
) -> CallResult {
    let checked = check_payment(response, &before.reference, "")
        .and_then(|()| check_amount(response, amount));
    if let Err(cause) = checked {
        return unknown(cause);
    }
    if let Some(open) = contradiction(kind, response) {
        return open;
    }
    let receipt = receipt(response, before);
    if receipt.network_id.is_empty() {
        return vague("a payment without an id");
    }
    match (number(response.text_of("action")), kind) {
        (Some(4), CallKind::Pay | CallKind::P2p) => CallResult::Blocked(receipt),
        // Never to be confirmed: that would credit once more (docs/networks.md#humo-transfers-and-credits).
        (Some(4 | 10), CallKind::Credit) => CallResult::Approved(receipt),
        (Some(4), CallKind::Hold) | (Some(10), CallKind::Pay | CallKind::P2p) => {
            CallResult::Approved(receipt)
        }
        // The money should be held and seems to be taken already.
        (Some(10), CallKind::Hold) => vague("action 10: the hold is finished already"),
        _ => vague("an action other than 4 and 10"),
    }
}

/// The `Payment` that confirms a sale or a transfer, or a hold with the amount to be taken.
pub(super) fn confirmed(
    kind: CallKind,
    response: &Element,
    payment: &Receipt,
    moved: Moved,
) -> CallResult {
    let checked = check_payment(response, &payment.reference, &payment.network_id)
        .and_then(|()| moved.check(response));
    if let Err(cause) = checked {
        return unknown(cause);
    }
    if let Some(open) = contradiction(kind, response) {
        return open;
    }
    match number(response.text_of("action")) {
        Some(10) => CallResult::Approved(receipt(response, payment.clone())),
        _ => vague("an action other than 10"),
    }
}

/// `CancelRequest` and `ReturnPayment`, whose response is empty: a success that names nothing, and may be the answer to
/// another call. So the payment is asked for before anything final is told.
pub(super) fn undone(response: &Element, payment: &Receipt) -> CallResult {
    match check_payment(response, &payment.reference, &payment.network_id) {
        Ok(()) => CallResult::Unknown(Doubt::of_vague_reply(
            "the response does not name the payment",
        )),
        Err(cause) => unknown(cause),
    }
}

/// The `status` of `GetPayment` (docs/networks.md#humo-payment-status).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    /// Created and not confirmed.
    Active,
    Finished,
    Returned,
    Cancelled,
    /// No such payment.
    None,
    /// A word that no client was seen to know.
    Other,
}

pub(super) fn status(response: &Element) -> Status {
    status_of(response.text_of("status"))
}

/// The status of this word.
pub(super) fn status_of(word: &str) -> Status {
    match word.to_ascii_lowercase().as_str() {
        "active" => Status::Active,
        "finished" => Status::Finished,
        "returned" => Status::Returned,
        "cancelled" | "canceled" => Status::Cancelled,
        "none" => Status::None,
        _ => Status::Other,
    }
}

/// What a status says about each call; `Nothing` where the call may still be on its way.
enum Verdict {
    Executed,
    Blocked,
    /// Undone after it was carried out, or never to be carried out: the money is where it was.
    Undone,
    /// It is taken, or free again, before the call could do the other.
    Overtaken(Ended),
    Nothing,
    Unclear(&'static str),
}

fn verdict(kind: CallKind, status: Status) -> Verdict {
    match status {
        Status::Active => match kind {
            CallKind::Pay | CallKind::P2p | CallKind::Confirm => Verdict::Blocked,
            CallKind::Hold | CallKind::Credit => Verdict::Executed,
            CallKind::Cancel | CallKind::Capture | CallKind::Release => Verdict::Nothing,
            CallKind::Reverse => Verdict::Unclear("the payment to be reversed was never confirmed"),
        },
        Status::Finished => match kind {
            CallKind::Pay
            | CallKind::P2p
            | CallKind::Credit
            | CallKind::Confirm
            | CallKind::Capture => Verdict::Executed,
            CallKind::Hold => Verdict::Unclear("the hold is finished already"),
            CallKind::Cancel | CallKind::Release => Verdict::Overtaken(Ended::Taken),
            CallKind::Reverse => Verdict::Nothing,
        },
        Status::Returned | Status::Cancelled => match kind {
            CallKind::Pay
            | CallKind::P2p
            | CallKind::Credit
            | CallKind::Confirm
            | CallKind::Hold => Verdict::Undone,
            CallKind::Capture => Verdict::Overtaken(Ended::Freed),
            CallKind::Cancel | CallKind::Release | CallKind::Reverse => Verdict::Executed,
        },
        // What was not created is not there. But a payment that we know of was: whatever was to be done with it may
        // have been.
        Status::None => match kind {
            CallKind::Pay | CallKind::P2p | CallKind::Credit | CallKind::Hold => Verdict::Nothing,
            CallKind::Confirm
            | CallKind::Cancel
            | CallKind::Capture
            | CallKind::Release
            | CallKind::Reverse => {
                Verdict::Unclear("the payment that the call is about is not known any more")
            }
        },
        Status::Other => Verdict::Unclear("a status that is not known"),
    }
}

/// `GetPayment` by our reference. `before` is what is known of the payment; for the creating calls that is the
/// reference alone. `moved` is checked where the call took or blocked it.
pub(super) fn found(
    kind: CallKind,
    result: Result<Element, CallError>,
    before: Receipt,
    moved: Option<Moved>,
) -> LookupReply {
    let response = match result {
        Ok(response) => response,
        // Original not found.
        Err(CallError::Fault(914)) => {
            return match verdict(kind, Status::None) {
                Verdict::Unclear(cause) => unclear(cause),
                Verdict::Executed
                | Verdict::Blocked
                | Verdict::Undone
                | Verdict::Overtaken(_)
                | Verdict::Nothing => LookupReply::NotFound,
            };
        }
        Err(CallError::Fault(code)) => {
            let cause = "the look-up was refused".to_owned();
            return LookupReply::Unclear(Doubt {
                processing_code: Some(codes::spelled(code)),
                ..doubt(cause)
            });
        }
        Err(CallError::Failed(failure)) => return LookupReply::Unclear(doubt(failure.to_string())),
        Err(CallError::Unreadable(cause)) => return LookupReply::Unclear(doubt(cause)),
    };
    if let Err(cause) = check_payment(&response, &before.reference, &before.network_id) {
        return LookupReply::Unclear(doubt(cause));
    }
    match verdict(kind, status(&response)) {
        Verdict::Executed if moved.is_some_and(|moved| moved.all_was_taken(&response)) => {
            LookupReply::Unclear(Doubt::of_vague_reply(
                "all of the hold was taken, and a part was asked for",
            ))
        }
        Verdict::Executed => {
            carried_out(kind, &response, before, moved).map_or_else(unclear, LookupReply::Executed)
        }
        Verdict::Blocked => {
            carried_out(kind, &response, before, moved).map_or_else(unclear, LookupReply::Blocked)
        }
        Verdict::Undone => LookupReply::NotExecuted(reason(kind, &response)),
        Verdict::Overtaken(ended) => overtaken(ended, &response, before),
        Verdict::Nothing => LookupReply::NotFound,
        Verdict::Unclear(cause) => unclear(cause),
    }
}

fn unclear(cause: &'static str) -> LookupReply {
    LookupReply::Unclear(doubt(cause))
}

/// The payment has ended in another way than the call asked for. That its money was taken is believed as in [`carried_out`].
fn overtaken(ended: Ended, response: &Element, before: Receipt) -> LookupReply {
    let code = match ended {
        Ended::Taken => match denied(response) {
            Ok(None) => ErrorCode::CancelFailed,
            Ok(Some(denied)) => return unclear(denied.contradiction()),
            Err(cause) => return unclear(cause),
        },
        Ended::Freed => ErrorCode::DataNotFound,
    };
    LookupReply::Overtaken(Overtaken {
        ended,
        receipt: receipt(response, before),
        refusal: Refusal {
            code,
            processing_code: response.text_of("status").to_owned(),
        },
    })
}

/// The receipt of a call that was carried out, if nothing in the response speaks against that.
fn carried_out(
    kind: CallKind,
    response: &Element,
    before: Receipt,
    moved: Option<Moved>,
) -> Result<Receipt, &'static str> {
    match kind {
        // How the payment was authorised once says nothing about its end, and the receipt stays the payment's.
        CallKind::Cancel | CallKind::Release | CallKind::Reverse => return Ok(before),
        CallKind::Pay
        | CallKind::P2p
        | CallKind::Credit
        | CallKind::Confirm
        | CallKind::Hold
        | CallKind::Capture => {}
    }
    if let Some(moved) = moved {
        moved.check(response)?;
    }
    if let Some(denied) = denied(response)? {
        return Err(denied.contradiction());
    }
    let receipt = receipt(response, before);
    if receipt.network_id.is_empty() {
        Err("a payment without an id")
    } else {
        Ok(receipt)
    }
}

/// Why a payment was not carried out: its authorisation's code, if that is a refusal, else its status.
fn reason(kind: CallKind, response: &Element) -> Refusal {
    if let Ok(Some(denied)) = denied(response)
        && let (Class::Certain(_), _) = codes::read(denied.code)
    {
        return refusal_of(kind, denied);
    }
    Refusal {
        code: ErrorCode::DeclinedByNetwork,
        processing_code: response.text_of("status").to_owned(),
    }
}

#[cfg(test)]
#[path = "outcome_tests.rs"]
mod tests;
