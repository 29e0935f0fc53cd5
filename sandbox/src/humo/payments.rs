//! What the operations of `PaymentServer` share: finding payments and cards, ledger entries, replies.

use super::{details::details, refusal::Refusal, request::PaymentKey, soap::tag};
use crate::{
    cards::CARD_EXPIRY_YYMM,
    money::Account,
    network::Network,
    records::{Action, LedgerEntry, Payment, PaymentState},
    state::{Card, State},
};

/// `action` of a payment that waits for its confirmation.
pub(super) const ACTION_CONFIRM: &str = "4";
/// `action` of a confirmed payment.
pub(super) const ACTION_FINISHED: &str = "10";

/// Finds a payment. If the key has both parts, they must belong to the same payment.
pub(super) fn find<'a>(state: &'a State, key: &PaymentKey) -> Result<&'a Payment, Refusal> {
    let payment = match (key.id, &key.payment_ref) {
        (Some(id), _) => state.payment(id),
        (None, Some(payment_ref)) => state.payment_by_ref(payment_ref),
        (None, None) => None,
    };
    let payment = payment.ok_or(Refusal::OriginalNotFound)?;
    if key
        .payment_ref
        .as_ref()
        .is_some_and(|payment_ref| *payment_ref != payment.payment_ref)
    {
        return Err(Refusal::Validation(
            "paymentID and paymentRef are of different payments",
        ));
    }
    Ok(payment)
}

/// Finds a payment that must be in the expected state.
pub(super) fn find_in<'a>(
    state: &'a State,
    key: &PaymentKey,
    expected: PaymentState,
) -> Result<&'a Payment, Refusal> {
    find(state, key).and_then(|payment| {
        if payment.state == expected {
            Ok(payment)
        } else {
            Err(Refusal::InvalidTransaction)
        }
    })
}

pub(super) fn refuse_used_ref(state: &State, payment_ref: &str) -> Result<(), Refusal> {
    if state.payment_by_ref(payment_ref).is_some() {
        Err(Refusal::Duplicate)
    } else {
        Ok(())
    }
}

pub(super) fn find_card<'a>(state: &'a State, pan: &str) -> Result<Card<'a>, Refusal> {
    state
        .card(pan)
        .filter(|card| card.profile.network == Network::Humo)
        .ok_or(Refusal::NoCard)
}

/// Finds the card that pays and checks everything but its money, which is checked when it moves.
pub(super) fn find_payer<'a>(
    state: &'a State,
    pan: &str,
    expiry: &str,
) -> Result<Card<'a>, Refusal> {
    let card = find_card(state, pan)?;
    if expiry != CARD_EXPIRY_YYMM {
        return Err(Refusal::Expired);
    }
    match Refusal::for_payer(card.profile.outcome) {
        Some(refusal) => Err(refusal),
        None => Ok(card),
    }
}

pub(super) fn account_of<'a>(state: &'a State, pan: &str) -> Result<&'a Account, Refusal> {
    find_card(state, pan).map(|card| card.account)
}

pub(super) fn ledger_entry(payment: &Payment, action: Action, amount: i64, at: i64) -> LedgerEntry {
    LedgerEntry {
        network: Network::Humo,
        reference: payment.payment_ref.clone(),
        action,
        pan: payment.pan.clone(),
        amount,
        at,
    }
}

pub(super) fn names(payment: &Payment) -> String {
    [
        tag("paymentID", &payment.id.to_string()),
        tag("paymentRef", &payment.payment_ref),
    ]
    .concat()
}

pub(super) fn response(payment: &Payment, action: &str) -> String {
    let content = [names(payment), details(payment), tag("action", action)].concat();
    format!("<ebppif1:PaymentResponse>{content}</ebppif1:PaymentResponse>")
}
