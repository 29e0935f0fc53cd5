//! `trans.*`: payments, their look-up by our reference, their reversal.

use serde_json::{Value, json};

use super::{
    params::Params,
    refusal::{Answer, Refusal},
};
use crate::{
    cards::{CARD_EXPIRY_YYMM, Outcome, masked},
    money::{Account, Moved, Transfer, undo_credit},
    network::Network,
    records::{Action, Execution, Tran, TranKind, TranState, credit_leg},
    state::{Change, Data},
    time::tashkent,
    world::World,
};

/// The `refNum` of a payment that was none (section 1.2).
const NO_REF_NUM: &str = "000000000000";
/// `resp` of a refusal that comes as a result: too little money.
pub(super) const RESP_INSUFFICIENT: i64 = 51;

/// `trans.pay.purpose`: takes the money at once. A refusal in an error leaves the `ext` free.
pub(super) fn pay(world: &World, params: Params<'_>, user: &str) -> Answer {
    let tran = params.object("tran")?;
    let token = tran.short_text("cardId", 32)?;
    let amount = tran.amount("amount")?;
    let ext = tran.short_text("ext", 75)?;
    let merchant_id = tran.short_text("merchantId", 16)?;
    let terminal_id = tran.short_text("terminalId", 16)?;
    let commission = tran.optional_integer("commission")?;
    world.change(|data, now| {
        refuse_used_ext(data, &ext)?;
        let card = data.card_by_token(&token).ok_or(Refusal::TokenNotFound)?;
        if let Some(refusal) = Refusal::of_outcome(card.sheet.outcome) {
            return Err(refusal);
        }
        let id = data.next_id();
        let tran = Tran {
            id,
            ext,
            user_name: user.to_owned(),
            pan: card.sheet.pan.to_owned(),
            amount,
            commission,
            kind: TranKind::Debit,
            merchant_id,
            terminal_id,
            stan: stan(id),
            at: now,
            state: TranState::Done,
        };
        if card.sheet.outcome == Outcome::DeclinedInResult {
            let tran = Tran {
                state: TranState::Refused {
                    resp: RESP_INSUFFICIENT,
                },
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
            ledger: vec![execution(&tran, Action::Pay, now)],
            trans: vec![tran],
            ..Change::default()
        };
        Ok((change, result))
    })
}

/// The same `ext` twice is refused and never answered with the first result (section 1.3).
pub(super) fn refuse_used_ext(data: &Data, ext: &str) -> Result<(), Refusal> {
    if data.tran_by_ext(ext).is_some() {
        Err(Refusal::ExtExists)
    } else {
        Ok(())
    }
}

/// `trans.ext`: an array, as newer clients have it.
pub(super) fn by_ext(world: &World, params: Params<'_>) -> Answer {
    let ext = params.text("extId")?;
    world.read(|data| {
        let tran = data.tran_by_ext(&ext).ok_or(Refusal::TranNotFound)?;
        Ok(json!([tran_object(tran)]))
    })
}

/// `trans.reverse`: undoes a payment or a capture, a transfer or a credit in full; an array of one.
///
/// A transfer gives its fee back too. Whether the real SVGate does, and whether it reverses transfers and credits at all,
/// is not documented. If the recipient has spent the money, the refusal is -240: -282 would read as "already cancelled".
pub(super) fn reverse(world: &World, params: Params<'_>) -> Answer {
    let ref_num = params.text("tranId")?;
    let id: u64 = ref_num.parse().map_err(|_| Refusal::TranNotFound)?;
    world.change(|data, now| {
        let tran = data.tran(id).ok_or(Refusal::TranNotFound)?;
        match tran.state {
            TranState::Done => {}
            TranState::Refused { .. } => return Err(Refusal::TranNotFound),
            TranState::Reversed => return Err(Refusal::AlreadyReversed),
        }
        let Moved { accounts, books } = undone(data, tran)?;
        let tran = Tran {
            state: TranState::Reversed,
            ..tran.clone()
        };
        let result = json!([tran_object(&tran)]);
        let change = Change {
            accounts,
            books,
            ledger: vec![execution(&tran, Action::Reverse, now)],
            trans: vec![tran],
            ..Change::default()
        };
        Ok((change, result))
    })
}

fn undone(data: &Data, tran: &Tran) -> Result<Moved, Refusal> {
    let account = |pan: &str| {
        let card = data.card(pan).ok_or(Refusal::CardNotFound)?;
        Ok::<&Account, Refusal>(card.account)
    };
    let own = account(&tran.pan)?;
    match &tran.kind {
        TranKind::Debit => own
            .give_back(tran.amount)
            .map(Moved::from)
            .map_err(|_| Refusal::ExecutionError),
        TranKind::Transfer { recipient } => {
            let transfer = Transfer {
                sender: own,
                recipient: account(recipient)?,
                amount: tran.amount,
                fee: tran.commission.unwrap_or_default(),
            };
            Ok(transfer.undo(data.books())?)
        }
        TranKind::Credit => Ok(undo_credit(own, tran.amount, data.books())?),
    }
}

pub(super) fn execution(tran: &Tran, action: Action, at: i64) -> Execution {
    Execution {
        network: Network::Uzcard,
        reference: tran.ext.clone(),
        action,
        pan: tran.pan.clone(),
        amount: tran.amount,
        at,
    }
}

/// A six-digit number for callers who give none.
pub(super) fn stan(id: u64) -> i64 {
    i64::try_from(id % 1_000_000).unwrap_or_default()
}

/// Twelve digits of which the last six are `field38` (section 1.2).
pub(super) fn ref_num(id: u64) -> String {
    format!("{id:012}")
}

/// The tran object, with the types of the recorded sample: `currency`, `stan` and `resp` are numbers.
///
/// What only a transfer has is as in a client's tests: `tranType` `P2P`, `transType` 1. Its `refNum` is the debit's. For a
/// credit nothing is known, so it is a `CREDIT` of the recipient's card.
pub(super) fn tran_object(tran: &Tran) -> Value {
    let transfer = matches!(tran.kind, TranKind::Transfer { .. });
    let (ref_num, resp, text, status) = match tran.state {
        TranState::Done => (ref_num(tran.id), 0, "Successful transaction", "OK"),
        TranState::Reversed => (ref_num(tran.id), 0, "Successful transaction", "ROK"),
        TranState::Refused { resp } => (NO_REF_NUM.to_owned(), resp, "Insufficient funds", "ERR"),
    };
    let credit_ref_num = if ref_num == NO_REF_NUM {
        NO_REF_NUM.to_owned()
    } else {
        self::ref_num(credit_leg(tran.id))
    };
    let (kind, pan2) = match &tran.kind {
        TranKind::Debit => ("DEBIT", String::new()),
        TranKind::Transfer { recipient } => ("P2P", masked(recipient)),
        TranKind::Credit => ("CREDIT", String::new()),
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
        "date7": tashkent(tran.at, "%m%d%H%M%S"),
        "date12": tashkent(tran.at, "%y%m%d%H%M%S"),
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
