//! `p2p.*`: from a card to a card, and from merchants to a card, of UZCARD both.
//!
//! Transfers to HUMO cards are not simulated: the notes know of them only from a client's made-up tests (section 1.2), so
//! a recipient of another network gets -382. What is wrong with a recipient stands in the table at [`Outcome`].

use serde_json::json;

use super::{
    params::Params,
    payments::{RESP_INSUFFICIENT, execution, refuse_used_ext, stan, tran_object},
    refusal::{Answer, Refusal},
};
use crate::{
    cards::{CARD_EXPIRY_YYMM, Outcome},
    money::{Moved, Transfer, credit as credit_account},
    network::{Network, UNNAMED_CREDIT_MAX},
    records::{Action, Tran, TranKind, TranState, credit_leg},
    state::{Card, Change, Data},
    time::is_date,
    world::World,
};

/// What all HUMO cards begin with (section 3).
const HUMO_PREFIX: &str = "9860";
/// What `p2p.info` says of a card that refuses money as expired.
const PAST_EXPIRY_YYMM: &str = "2312";

/// A card of the network by its number or its token: `recipient` may be either (section 4).
pub(super) fn card_by_any<'a>(data: &'a Data, name: &str) -> Option<Card<'a>> {
    data.card(name)
        .or_else(|| data.card_by_token(name))
        .filter(|card| card.sheet.network == Network::Uzcard)
}

/// `p2p.info`: what is known of a recipient before anything moves.
pub(super) fn info(world: &World, params: Params<'_>) -> Answer {
    let pan = params.text("hpan")?;
    if !is_pan(&pan) {
        return Err(Refusal::BadPan);
    }
    world.read(|data| {
        let sheet = data
            .card(&pan)
            .filter(|card| card.sheet.network == Network::Uzcard)
            .ok_or(Refusal::CardNotFound)?
            .sheet;
        Ok(json!({
            "CREF_NO": pan.get(4..),
            "EMBOS_NAME": sheet.owner,
            "CARDTYPE": "UZCARD",
            "CARDSTATUS": card_status(sheet.outcome),
            "CARDID": pan.get(8..),
            "PINCNT": if sheet.outcome == Outcome::PinTries { 3 } else { 0 },
            "EXP_DT": if sheet.outcome == Outcome::Expired { PAST_EXPIRY_YYMM } else { CARD_EXPIRY_YYMM },
        }))
    })
}

/// A status of the list in section 1.2, in a string as both typed clients have it. Unlike `cards.get`, which lets such
/// cards be attached, it tells what is wrong with them.
fn card_status(outcome: Outcome) -> &'static str {
    match outcome {
        // Temporarily blocked by the user.
        Outcome::Inactive => "12",
        // PIN tries exceeded.
        Outcome::PinTries => "13",
        // Fraud prevention.
        Outcome::Blocked => "19",
        Outcome::Ok
        | Outcome::InsufficientFunds
        | Outcome::DeclinedInResult
        | Outcome::Expired
        | Outcome::NoSms
        | Outcome::Corporate
        | Outcome::CreditRefused
        | Outcome::ReplyLost
        | Outcome::RequestLost
        | Outcome::Slow
        | Outcome::Http500
        | Outcome::Garbage => "0",
    }
}

/// `p2p.universal`: the recipient gets the amount, the sender pays the fee on top of it.
pub(super) fn universal(world: &World, params: Params<'_>, user: &str) -> Answer {
    let p2p = params.object("p2p")?;
    let sender = p2p.short_text("sender", 32)?;
    let recipient = p2p.short_text("recipient", 32)?;
    let amount = p2p.amount("amount")?;
    let fee = p2p.fee("feeAmount")?;
    let ext = p2p.short_text("ext", 75)?;
    let merchant_id = p2p.short_text("merchantId", 16)?;
    let terminal_id = p2p.short_text("terminalId", 16)?;
    world.change(|data, now| {
        refuse_used_ext(data, &ext)?;
        let sender = data.card_by_token(&sender).ok_or(Refusal::TokenNotFound)?;
        let recipient = find_recipient(data, &recipient)?;
        if sender.sheet.pan == recipient.sheet.pan {
            return Err(Refusal::SameCard);
        }
        if let Some(refusal) = Refusal::of_outcome(sender.sheet.outcome)
            .or_else(|| Refusal::of_recipient(recipient.sheet.outcome))
        {
            return Err(refusal);
        }
        let id = data.next_id();
        let tran = Tran {
            id,
            ext,
            user_name: user.to_owned(),
            pan: sender.sheet.pan.to_owned(),
            amount,
            commission: Some(fee),
            kind: TranKind::Transfer {
                recipient: recipient.sheet.pan.to_owned(),
            },
            merchant_id,
            terminal_id,
            stan: stan(id),
            at: now,
            state: TranState::Done,
        };
        let next_id = Some(credit_leg(id) + 1);
        if sender.sheet.outcome == Outcome::DeclinedInResult {
            let tran = Tran {
                state: TranState::Refused {
                    resp: RESP_INSUFFICIENT,
                },
                ..tran
            };
            let result = tran_object(&tran);
            return Ok((
                Change {
                    next_id,
                    trans: vec![tran],
                    ..Change::default()
                },
                result,
            ));
        }
        let transfer = Transfer {
            sender: sender.account,
            recipient: recipient.account,
            amount,
            fee,
        };
        let Moved { accounts, books } = transfer.execute(data.books())?;
        let result = tran_object(&tran);
        let change = Change {
            next_id,
            accounts,
            books,
            ledger: vec![execution(&tran, Action::P2p, now)],
            trans: vec![tran],
            ..Change::default()
        };
        Ok((change, result))
    })
}

/// `p2p.universal.credit`: from the merchants to a card, with word of whose money it is.
pub(super) fn universal_credit(world: &World, params: Params<'_>, user: &str) -> Answer {
    let credit = params.object("credit")?;
    let amount = credit.amount("amount")?;
    let ext = credit.short_text("ext", 75)?;
    let merchant_id = credit.short_text("merchantId", 16)?;
    let terminal_id = credit.short_text("terminalId", 16)?;
    let recipient = credit.short_text("recipient", 32)?;
    check_sender(credit.object("sender")?, amount)?;
    world.change(|data, now| {
        refuse_used_ext(data, &ext)?;
        let recipient = find_recipient(data, &recipient)?;
        if let Some(refusal) = Refusal::of_recipient(recipient.sheet.outcome) {
            return Err(refusal);
        }
        let Moved { accounts, books } = credit_account(recipient.account, amount, data.books())
            .map_err(|_| Refusal::AmountDoesNotFit)?;
        let id = data.next_id();
        let tran = Tran {
            id,
            ext,
            user_name: user.to_owned(),
            pan: recipient.sheet.pan.to_owned(),
            amount,
            commission: None,
            kind: TranKind::Credit,
            merchant_id,
            terminal_id,
            stan: stan(id),
            at: now,
            state: TranState::Done,
        };
        let result = tran_object(&tran);
        let change = Change {
            next_id: Some(id + 1),
            accounts,
            books,
            ledger: vec![execution(&tran, Action::Credit, now)],
            trans: vec![tran],
            ..Change::default()
        };
        Ok((change, result))
    })
}

fn is_pan(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn find_recipient<'a>(data: &'a Data, name: &str) -> Result<Card<'a>, Refusal> {
    card_by_any(data, name).ok_or_else(|| {
        if !is_pan(name) {
            Refusal::TokenNotFound
        } else if name.starts_with(HUMO_PREFIX) {
            Refusal::UnknownBin
        } else {
            Refusal::CardNotFound
        }
    })
}

/// All members of a credit's `sender` but `doc`, with the longest that each may be: a typed client's rules.
const SENDER: &[(&str, usize)] = &[
    ("id", 32),
    ("legalName", 80),
    ("system", 80),
    ("lastName", 50),
    ("firstName", 50),
    ("middleName", 50),
    ("refNum", 12),
];
const DOCUMENT: &[(&str, usize)] = &[
    ("nationality", 3),
    ("type", 10),
    ("seriesNumber", 25),
    ("birthDate", 8),
    ("validTo", 8),
    ("mrz", 14),
];

/// Above [`UNNAMED_CREDIT_MAX`] the sender's document is required, and whole wherever it is given.
fn check_sender(sender: Params<'_>, amount: i64) -> Result<(), Refusal> {
    check_texts(sender, SENDER)?;
    let Some(document) = sender.optional_object("doc")? else {
        return if amount > UNNAMED_CREDIT_MAX {
            Err(Refusal::SenderIncomplete)
        } else {
            Ok(())
        };
    };
    check_texts(document, DOCUMENT)?;
    for (name, refusal) in [
        ("birthDate", Refusal::WrongBirthDate),
        ("validTo", Refusal::WrongDocumentDate),
    ] {
        if !is_date(&document.text(name)?, "%d%m%Y") {
            return Err(refusal);
        }
    }
    Ok(())
}

fn check_texts(params: Params<'_>, members: &[(&str, usize)]) -> Result<(), Refusal> {
    for (name, length_max) in members {
        match params.short_text(name, *length_max) {
            Ok(_) => {}
            Err(Refusal::FieldMissing) => return Err(Refusal::SenderIncomplete),
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(())
}
