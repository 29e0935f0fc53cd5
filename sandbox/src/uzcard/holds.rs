//! `hold.*`: holds money for some minutes. A hold ends when it is captured, dismissed or expired.

use serde_json::{Value, json};

use super::{
    cards::account_number,
    params::Params,
    payments::{ledger_entry, ref_num, refuse_used_ext, stan, tran_object},
    refusal::{MethodResult, Refusal},
};
use crate::{
    network::Network,
    records::{Action, Hold, HoldState, LedgerEntry, Tran, TranKind, TranState},
    simulator::Simulator,
    state::{Change, State},
};

/// Thirty days, the longest that services built on SVGate offer. The real limit is not published
/// (docs/networks.md#svgate-holds).
const MINUTES_MAX: i64 = 43_200;

/// `hold.create`. It has no reference of the caller's, so sending it twice holds the money twice.
pub(super) fn create(simulator: &Simulator, params: Params<'_>, user: &str) -> MethodResult {
    let hold = params.object("hold")?;
    let token = hold.short_text("cardId", 32)?;
    hold.short_text("merchantId", 16)?;
    hold.short_text("terminalId", 16)?;
    let amount = hold.amount("amount")?;
    let minutes = hold.integer("time")?;
    if !(1..=MINUTES_MAX).contains(&minutes) {
        return Err(Refusal::WrongHoldPeriod);
    }
    simulator.change(|state, now| {
        let card = state.card_by_token(&token).ok_or(Refusal::TokenNotFound)?;
        if let Some(refusal) = Refusal::for_payer(card.profile.outcome) {
            return Err(refusal);
        }
        if let Some(resp) = Refusal::resp_for_payer(card.profile.outcome) {
            let result = json!({"id": 0, "status": resp, "description": "Refused"});
            return Ok((Change::default(), result));
        }
        let account = card.account.block(amount)?;
        let id = state.next_id();
        let hold = Hold {
            id,
            user_name: user.to_owned(),
            pan: card.profile.pan.to_owned(),
            amount,
            minutes,
            at: now,
            state: HoldState::Active,
        };
        let change = Change {
            next_id: Some(id + 1),
            accounts: vec![account],
            ledger: vec![hold_entry(&hold, Action::Hold, now)],
            holds: vec![hold],
            ..Change::default()
        };
        Ok((change, done(id)))
    })
}

/// `hold.dismiss.charge`, the capture: takes up to the held amount, frees the rest and ends the hold.
pub(super) fn charge(simulator: &Simulator, params: Params<'_>, user: &str) -> MethodResult {
    let hold = params.object("hold")?;
    let hold_id = hold.id("holdId")?;
    let ext = hold.short_text("ext", 75)?;
    let merchant_id = hold.short_text("merchantId", 16)?;
    let terminal_id = hold.short_text("terminalId", 16)?;
    let amount = hold.amount("amount")?;
    let given_stan = hold.optional_integer("stan")?;
    simulator.change(|state, now| {
        refuse_used_ext(state, &ext)?;
        let hold = active(state, hold_id)?;
        if amount > hold.amount {
            return Err(Refusal::AmountDoesNotFit);
        }
        let card = state.card(&hold.pan).ok_or(Refusal::CardNotFound)?;
        let account = card
            .account
            .settle(hold.amount, amount)
            .map_err(|_| Refusal::ExecutionError)?;
        let id = state.next_id();
        let tran = Tran {
            id,
            ext,
            user_name: user.to_owned(),
            pan: hold.pan.clone(),
            amount,
            commission: None,
            kind: TranKind::Debit,
            merchant_id,
            terminal_id,
            stan: given_stan.unwrap_or_else(|| stan(id)),
            at: now,
            state: TranState::Done,
            reversed: 0,
        };
        let result = tran_object(&tran);
        let change = Change {
            next_id: Some(id + 1),
            accounts: vec![account],
            holds: vec![Hold {
                state: HoldState::Captured,
                ..hold.clone()
            }],
            ledger: vec![ledger_entry(&tran, Action::Capture, now)],
            trans: vec![tran],
            ..Change::default()
        };
        Ok((change, result))
    })
}

/// `hold.dismiss`: frees the money. An amount, if given, must be the held one.
pub(super) fn dismiss(simulator: &Simulator, params: Params<'_>) -> MethodResult {
    let hold = params.object("hold")?;
    let id = hold.id("holdId")?;
    let amount = hold.optional_integer("amount")?;
    simulator.change(|state, now| {
        let hold = active(state, id)?;
        if amount.is_some_and(|amount| amount != hold.amount) {
            return Err(Refusal::AmountDoesNotFit);
        }
        let card = state.card(&hold.pan).ok_or(Refusal::CardNotFound)?;
        let account = card
            .account
            .settle(hold.amount, 0)
            .map_err(|_| Refusal::ExecutionError)?;
        let change = Change {
            accounts: vec![account],
            ledger: vec![hold_entry(hold, Action::Release, now)],
            holds: vec![Hold {
                state: HoldState::Dismissed,
                ..hold.clone()
            }],
            ..Change::default()
        };
        Ok((change, done(id)))
    })
}

/// `hold.get.id`
pub(super) fn by_id(simulator: &Simulator, params: Params<'_>) -> MethodResult {
    let id = params.id("id")?;
    simulator.read(|state| Ok(item(state.holds().get(id).ok_or(Refusal::HoldNotFound)?)))
}

/// `hold.get.cardId`: all active holds of the card and the latest ended ones, oldest first.
pub(super) fn by_card(simulator: &Simulator, params: Params<'_>) -> MethodResult {
    let token = params.text("cardId")?;
    simulator.read(|state| {
        let card = state.card_by_token(&token).ok_or(Refusal::TokenNotFound)?;
        Ok(state
            .holds()
            .of_card(card.profile.pan)
            .into_iter()
            .map(item)
            .collect())
    })
}

/// An ended hold is reported as not found.
fn active(state: &State, id: u64) -> Result<&Hold, Refusal> {
    state
        .holds()
        .get(id)
        .filter(|hold| hold.state == HoldState::Active)
        .ok_or(Refusal::HoldNotFound)
}

fn hold_entry(hold: &Hold, action: Action, at: i64) -> LedgerEntry {
    LedgerEntry {
        network: Network::Uzcard,
        reference: hold.id.to_string(),
        action,
        pan: hold.pan.clone(),
        amount: hold.amount,
        at,
    }
}

fn done(id: u64) -> Value {
    json!({"id": id, "status": 0, "description": "OK"})
}

/// An item of the look-ups. The notes name its fields but not their formats. Here `createTime` is in UNIX milliseconds,
/// `waitingTime` in minutes, and `status` is 0 active, 1 captured, 2 dismissed, 3 expired.
fn item(hold: &Hold) -> Value {
    let status = match hold.state {
        HoldState::Active => 0,
        HoldState::Captured => 1,
        HoldState::Dismissed => 2,
        HoldState::Expired => 3,
    };
    json!({
        "hid": hold.id,
        "crefNo": ref_num(hold.id),
        "reqamt": hold.amount,
        "createTime": hold.at,
        "waitingTime": hold.minutes,
        "status": status,
        "remark": "",
        "accNo": account_number(&hold.pan),
        "userName": hold.user_name,
    })
}
