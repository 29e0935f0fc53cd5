//! `trans.*`: payments, their look-up by the caller's reference, and their reversal, all at once or in parts.

use serde_json::{Value, json};

use super::{
    params::Params,
    refusal::{MethodResult, Refusal},
};
use crate::{
    cards::{CARD_EXPIRY_YYMM, masked},
    money::{Account, Posting, Transfer, undo_credit},
    network::Network,
    records::{Action, LedgerEntry, Tran, TranKind, TranState, credit_leg_id},
    simulator::Simulator,
    state::{Change, State},
    time::format_tashkent,
};

/// The `refNum` of a refused payment (docs/networks.md#svgate-payments).
const NO_REF_NUM: &str = "000000000000";

/// `trans.pay.purpose`: takes the money immediately. A refusal with an error does not use up the `ext`.
pub(super) fn pay(simulator: &Simulator, params: Params<'_>, user: &str) -> MethodResult {
    let tran = params.object("tran")?;
    let token = tran.short_text("cardId", 32)?;
    let amount = tran.amount("amount")?;
    let ext = tran.short_text("ext", 75)?;
    let merchant_id = tran.short_text("merchantId", 16)?;
    let terminal_id = tran.short_text("terminalId", 16)?;
    let commission = tran.optional_integer("commission")?;
    check_receiver(tran)?;
    simulator.change(|state, now| {
        refuse_used_ext(state, &ext)?;
        let card = state.card_by_token(&token).ok_or(Refusal::TokenNotFound)?;
        if let Some(refusal) = Refusal::for_payer(card.profile.outcome) {
            return Err(refusal);
        }
        let id = state.next_id();
        let tran = Tran {
            id,
            ext,
            user_name: user.to_owned(),
            pan: card.profile.pan.to_owned(),
            amount,
            commission,
            kind: TranKind::Debit,
            merchant_id,
            terminal_id,
            stan: stan(id),
            at: now,
            state: TranState::Done,
            reversed: 0,
        };
        if let Some(resp) = Refusal::resp_for_payer(card.profile.outcome) {
            let tran = Tran {
                state: TranState::Refused { resp },
                ..tran
            };
            let result = tran_object(&tran);
            return Ok((
                Change {
                    next_id: Some(id + 1),
                    trans: vec![tran],
                    ..Change::default()
                },
                result,
            ));
        }
        let account = card.account.pay(amount)?;
        let result = tran_object(&tran);
        let change = Change {
            next_id: Some(id + 1),
            accounts: vec![account],
            ledger: vec![ledger_entry(&tran, Action::Pay, now)],
            trans: vec![tran],
            ..Change::default()
        };
        Ok((change, result))
    })
}

/// Whom a payment names and is collected for, where it says so (docs/networks.md#svgate-payments). Which signs are allowed is
/// not documented: those of public clients are.
fn check_receiver(tran: Params<'_>) -> Result<(), Refusal> {
    let is_sound = |is_sound: bool| match is_sound {
        true => Ok(()),
        false => Err(Refusal::BadFormat),
    };
    let digits = |text: &str, most: usize| {
        text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let receiver = tran.optional_text("receiverId")?;
    is_sound(receiver.is_none_or(|receiver| receiver.chars().count() <= 250))?;
    let Some(merchant) = tran.optional_object("merchantInfo")? else {
        return Ok(());
    };
    is_sound(digits(&merchant.text("mcc")?, 4))?;
    merchant.short_text("legalName", 80)?;
    merchant.integer("legalType")?;
    is_sound(digits(&merchant.text("legalId")?, 14))?;
    let oked = merchant.optional_text("legalOKED")?;
    is_sound(oked.is_none_or(|oked| digits(&oked, 5)))
}

/// `trans.pay`, of older contours: the same with the fields of ISO 8583.
pub(super) fn old_pay(simulator: &Simulator, params: Params<'_>, user: &str) -> MethodResult {
    let tran = params.object("tran")?;
    tran.integer("port")?;
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(&tran.text("date12")?, 12) {
        return Err(Refusal::WrongDate12);
    }
    if !digits(&tran.text("stan")?, 6) {
        return Err(Refusal::WrongStan);
    }
    pay(simulator, params, user)
}

/// An `ext` that was used is refused; it never returns the first result
/// (docs/networks.md#svgate-references-and-unknown-outcomes).
pub(super) fn refuse_used_ext(state: &State, ext: &str) -> Result<(), Refusal> {
    if state.trans().by_ext(ext).is_some() {
        Err(Refusal::ExtExists)
    } else {
        Ok(())
    }
}

/// `trans.ext`: an array, as newer clients expect it.
pub(super) fn by_ext(simulator: &Simulator, params: Params<'_>, user: &str) -> MethodResult {
    let ext = params.text("extId")?;
    simulator.read(|state| {
        let tran = state.trans().by_ext(&ext);
        // A login sees its own.
        let tran = tran.filter(|tran| tran.user_name == user);
        let tran = tran.ok_or(Refusal::TranNotFound)?;
        Ok(json!([tran_object(tran)]))
    })
}

/// `trans.reverse`: undoes a payment, a capture, a transfer or a credit in full, and returns an array of one.
///
/// A transfer gives its fee back too. Whether the real SVGate does so, and whether it reverses transfers and credits at
/// all, is not documented. If the recipient has spent the money, the refusal is -240, because -282 would mean "already
/// cancelled".
pub(super) fn reverse(simulator: &Simulator, params: Params<'_>) -> MethodResult {
    let ref_num = params.text("tranId")?;
    let id: u64 = ref_num.parse().map_err(|_| Refusal::TranNotFound)?;
    simulator.change(|state, now| {
        let tran = state.trans().get(id).ok_or(Refusal::TranNotFound)?;
        match tran.state {
            TranState::Done => {}
            TranState::Refused { .. } => return Err(Refusal::TranNotFound),
            TranState::Reversed => return Err(Refusal::AlreadyReversed),
        }
        if tran.reversed > 0 {
            return Err(Refusal::AlreadyReversed);
        }
        let Posting { accounts, books } = undone(state, tran)?;
        let tran = Tran {
            state: TranState::Reversed,
            ..tran.clone()
        };
        let result = json!([tran_object(&tran)]);
        let change = Change {
            accounts,
            books,
            ledger: vec![ledger_entry(&tran, Action::Reverse, now)],
            trans: vec![tran],
            ..Change::default()
        };
        Ok((change, result))
    })
}

/// `trans.reverse.partial`: gives a part of a payment or a capture back, under an `ext` and a `refNum` of its own.
///
/// Only its members are known (docs/networks.md#svgate-partial-reversals). Here its status is `ROK`; the payment stays
/// `OK` while anything of it is left, and is then `ROK`, too; a payment of which a part was given back is not reversed by
/// `trans.reverse` any more (-389); more than is left is -381; a transfer or a credit is not given back in parts (-291).
pub(super) fn reverse_partial(
    simulator: &Simulator,
    params: Params<'_>,
    user: &str,
) -> MethodResult {
    let asked = params.object("tran")?;
    let ref_num = asked.text("tranId")?;
    let amount = asked.amount("reverseAmount")?;
    let ext = asked.short_text("ext", 75)?;
    let id: u64 = ref_num.parse().map_err(|_| Refusal::TranNotFound)?;
    simulator.change(|state, now| {
        refuse_used_ext(state, &ext)?;
        let payment = state.trans().get(id).ok_or(Refusal::TranNotFound)?;
        match payment.state {
            TranState::Done => {}
            TranState::Refused { .. } => return Err(Refusal::TranNotFound),
            TranState::Reversed => return Err(Refusal::AlreadyReversed),
        }
        match payment.kind {
            TranKind::Debit => {}
            TranKind::Transfer { .. } | TranKind::Credit | TranKind::PartReversal => {
                return Err(Refusal::AccessDenied);
            }
        }
        let rest = payment.amount - payment.reversed;
        if amount > rest {
            return Err(Refusal::AboveBaseAmount);
        }
        let card = state.card(&payment.pan).ok_or(Refusal::CardNotFound)?;
        let account = card
            .account
            .give_back(amount)
            .map_err(|_| Refusal::ExecutionError)?;
        let id = state.next_id();
        let reversal = Tran {
            id,
            ext,
            user_name: user.to_owned(),
            amount,
            commission: None,
            kind: TranKind::PartReversal,
            stan: stan(id),
            at: now,
            state: TranState::Reversed,
            reversed: 0,
            ..payment.clone()
        };
        let payment = Tran {
            reversed: payment.reversed + amount,
            state: match amount == rest {
                true => TranState::Reversed,
                false => TranState::Done,
            },
            ..payment.clone()
        };
        let result = tran_object(&reversal);
        let change = Change {
            next_id: Some(id + 1),
            accounts: vec![account],
            ledger: vec![ledger_entry(&reversal, Action::Reverse, now)],
            trans: vec![payment, reversal],
            ..Change::default()
        };
        Ok((change, result))
    })
}

fn undone(state: &State, tran: &Tran) -> Result<Posting, Refusal> {
    let account = |pan: &str| {
        let card = state.card(pan).ok_or(Refusal::CardNotFound)?;
        Ok::<&Account, Refusal>(card.account)
    };
    let own = account(&tran.pan)?;
    match &tran.kind {
        TranKind::Debit => own
            .give_back(tran.amount)
            .map(Posting::from)
            .map_err(|_| Refusal::ExecutionError),
        TranKind::Transfer { recipient } => {
            let transfer = Transfer {
                sender: own,
                recipient: account(recipient)?,
                amount: tran.amount,
                fee: tran.commission.unwrap_or_default(),
            };
            Ok(transfer.undo(state.books())?)
        }
        TranKind::Credit => Ok(undo_credit(own, tran.amount, state.books())?),
        TranKind::PartReversal => Err(Refusal::AccessDenied),
    }
}

pub(super) fn ledger_entry(tran: &Tran, action: Action, at: i64) -> LedgerEntry {
    LedgerEntry {
        network: Network::Uzcard,
        reference: tran.ext.clone(),
        action,
        pan: tran.pan.clone(),
        amount: tran.amount,
        at,
    }
}

/// A six-digit number, for callers that send none.
pub(super) fn stan(id: u64) -> i64 {
    i64::try_from(id % 1_000_000).unwrap_or_default()
}

/// Twelve digits. The last six are `field38` (docs/networks.md#svgate-payments).
pub(super) fn ref_num(id: u64) -> String {
    format!("{id:012}")
}

/// The tran object, with the types of the recorded sample: `currency`, `stan` and `resp` are numbers.
///
/// The fields of transfers follow a client's tests: `tranType` is `P2P`, `transType` is 1, `refNum` is the debit's.
/// Nothing is known about credits, so here a credit is a `CREDIT` of the recipient's card.
pub(super) fn tran_object(tran: &Tran) -> Value {
    let transfer = matches!(tran.kind, TranKind::Transfer { .. });
    let (ref_num, resp, text, status) = match tran.state {
        TranState::Done => (ref_num(tran.id), 0, "Successful transaction", "OK"),
        TranState::Reversed => (ref_num(tran.id), 0, "Successful transaction", "ROK"),
        TranState::Refused { resp } => (NO_REF_NUM.to_owned(), resp, "Refused", "ERR"),
    };
    let credit_ref_num = if ref_num == NO_REF_NUM {
        NO_REF_NUM.to_owned()
    } else {
        self::ref_num(credit_leg_id(tran.id))
    };
    let (kind, pan2) = match &tran.kind {
        TranKind::Debit => ("DEBIT", String::new()),
        TranKind::Transfer { recipient } => ("P2P", masked(recipient)),
        TranKind::Credit => ("CREDIT", String::new()),
        TranKind::PartReversal => ("REVERSAL", String::new()),
    };
    let mut object = json!({
        "id": tran.id,
        "username": tran.user_name,
        "refNum": ref_num,
        "ext": tran.ext,
        "pan": masked(&tran.pan),
        "pan2": pan2,
        "expiry": CARD_EXPIRY_YYMM,
        "tranType": kind,
        "date7": format_tashkent(tran.at, "%m%d%H%M%S"),
        "date12": format_tashkent(tran.at, "%y%m%d%H%M%S"),
        "amount": tran.amount,
        "currency": 860,
        "stan": tran.stan,
        "field38": ref_num.get(6..).unwrap_or(""),
        "field48": "",
        "field91": "",
        "merchantId": tran.merchant_id,
        "terminalId": tran.terminal_id,
        "resp": resp,
        "respText": text,
        "respSV": format!("{resp:02}"),
        "status": status,
    });
    let added = [
        ("commission", tran.commission.map(Value::from)),
        ("transType", transfer.then(|| 1.into())),
        ("refNumDebit", transfer.then(|| ref_num.clone().into())),
        ("refNumCredit", transfer.then(|| credit_ref_num.into())),
    ];
    if let Some(members) = object.as_object_mut() {
        let added = added
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        members.extend(added);
    }
    object
}
