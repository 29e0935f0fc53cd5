//! `p2p.*`: money from card to card and from merchants to a card.
//!
//! A transfer may go to a card of HUMO, too, by its number: that is known only from the invented tests of one client
//! (docs/networks.md#open-questions). A credit goes to cards of UZCARD alone; others get -382. The table at [`Outcome`] lists
//! the refusals of recipients.

use serde_json::json;

use super::{
    params::Params,
    payments::{ledger_entry, refuse_used_ext, stan, tran_object},
    refusal::{MethodResult, RESP_INSUFFICIENT, RESP_NOT_PERMITTED, Refusal},
};
use crate::{
    cards::{CARD_EXPIRY_YYMM, Outcome},
    money::{Posting, Transfer, credit as credit_account},
    network::{Network, UNNAMED_CREDIT_MAX},
    records::{Action, Tran, TranKind, TranState, credit_leg_id},
    simulator::Simulator,
    state::{Card, Change, State},
    time::is_date,
};

/// The prefix of all HUMO cards (docs/networks.md#card-prefixes).
const HUMO_PREFIX: &str = "9860";
/// The expiry that `p2p.info` shows for a card that refuses money as expired.
const PAST_EXPIRY_YYMM: &str = "2312";

/// Finds a UZCARD card by its number or its token: `recipient` may be either
/// (docs/networks.md#svgate-transfers-and-credits).
pub(super) fn card_by_any<'a>(state: &'a State, name: &str) -> Option<Card<'a>> {
    recipient_by_any(state, name).filter(|card| card.profile.network == Network::Uzcard)
}

/// The same of a card to which a transfer may go: of either network.
pub(super) fn recipient_by_any<'a>(state: &'a State, name: &str) -> Option<Card<'a>> {
    state.card(name).or_else(|| state.card_by_token(name))
}

/// `p2p.info`: what is known of a recipient before money moves.
pub(super) fn info(simulator: &Simulator, params: Params<'_>) -> MethodResult {
    let pan = params.text("hpan")?;
    if !is_pan(&pan) {
        return Err(Refusal::BadPan);
    }
    simulator.read(|state| {
        let profile = state
            .card(&pan)
            .filter(|card| card.profile.network == Network::Uzcard)
            .ok_or(Refusal::CardNotFound)?
            .profile;
        Ok(json!({
            "CREF_NO": pan.get(4..),
            "EMBOS_NAME": profile.owner,
            "CARDTYPE": "UZCARD",
            "CARDSTATUS": card_status(profile.outcome),
            "CARDID": pan.get(8..),
            "PINCNT": if profile.outcome == Outcome::PinTries { 3 } else { 0 },
            "EXP_DT": if profile.outcome == Outcome::Expired { PAST_EXPIRY_YYMM } else { CARD_EXPIRY_YYMM },
        }))
    })
}

/// A status from the list in docs/networks.md#svgate-cards, as a string, which is how both typed clients have it.
/// `cards.get` hides these statuses so that the cards can be attached; here they show.
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

/// `p2p.universal`: the recipient gets the amount, and the sender pays the fee on top of it.
///
/// Its two legs are authorised one after the other, so a refusal about a card or its money leaves a transaction that has
/// failed: only `trans.ext` tells it from one whose first leg stands.
pub(super) fn universal(simulator: &Simulator, params: Params<'_>, user: &str) -> MethodResult {
    let p2p = params.object("p2p")?;
    let sender = p2p.short_text("sender", 32)?;
    let recipient = p2p.short_text("recipient", 32)?;
    let amount = p2p.amount("amount")?;
    let fee = p2p.fee("feeAmount")?;
    let ext = p2p.short_text("ext", 75)?;
    let merchant_id = p2p.short_text("merchantId", 16)?;
    let terminal_id = p2p.short_text("terminalId", 16)?;
    let replied: MethodResult = simulator.change(|state, now| {
        refuse_used_ext(state, &ext)?;
        let sender = state.card_by_token(&sender).ok_or(Refusal::TokenNotFound)?;
        let recipient =
            recipient_by_any(state, &recipient).ok_or_else(|| no_recipient(&recipient))?;
        if sender.profile.pan == recipient.profile.pan {
            return Err(Refusal::SameCard);
        }
        let id = state.next_id();
        let tran = Tran {
            id,
            ext,
            user_name: user.to_owned(),
            pan: sender.profile.pan.to_owned(),
            amount,
            commission: Some(fee),
            kind: TranKind::Transfer {
                recipient: recipient.profile.pan.to_owned(),
            },
            merchant_id,
            terminal_id,
            stan: stan(id),
            at: now,
            state: TranState::Done,
            reversed: 0,
        };
        let next_id = Some(credit_leg_id(id) + 1);
        let failed = |resp| Tran {
            state: TranState::Refused { resp },
            ..tran.clone()
        };
        let kept = |tran| Change {
            next_id,
            trans: vec![tran],
            ..Change::default()
        };
        if let Some(refusal) = Refusal::for_payer(sender.profile.outcome)
            .or_else(|| Refusal::for_recipient(recipient.profile.outcome))
        {
            return Ok((kept(failed(RESP_NOT_PERMITTED)), Err(refusal)));
        }
        if let Some(resp) = Refusal::resp_for_payer(sender.profile.outcome) {
            let tran = failed(resp);
            let result = tran_object(&tran);
            return Ok((kept(tran), Ok(result)));
        }
        let transfer = Transfer {
            sender: sender.account,
            recipient: recipient.account,
            amount,
            fee,
        };
        let Ok(Posting { accounts, books }) = transfer.execute(state.books()) else {
            let refusal = Refusal::InsufficientFunds;
            return Ok((kept(failed(RESP_INSUFFICIENT)), Err(refusal)));
        };
        let result = Ok(tran_object(&tran));
        let change = Change {
            next_id,
            accounts,
            books,
            ledger: vec![ledger_entry(&tran, Action::P2p, now)],
            trans: vec![tran],
            ..Change::default()
        };
        Ok((change, result))
    })?;
    replied
}

/// Keeps a transfer that was refused by an error of a script as failed, like one that was refused by a card.
pub(super) fn keep_refused(simulator: &Simulator, params: Params<'_>, user: &str) {
    let kept = || -> Result<(), Refusal> {
        let p2p = params.object("p2p")?;
        let (sender, recipient) = (
            p2p.short_text("sender", 32)?,
            p2p.short_text("recipient", 32)?,
        );
        let (ext, amount) = (p2p.short_text("ext", 75)?, p2p.amount("amount")?);
        let merchant_id = p2p.short_text("merchantId", 16)?;
        let terminal_id = p2p.short_text("terminalId", 16)?;
        simulator.change(|state, now| {
            refuse_used_ext(state, &ext)?;
            let sender = state.card_by_token(&sender).ok_or(Refusal::TokenNotFound)?;
            let id = state.next_id();
            let tran = Tran {
                id,
                ext,
                user_name: user.to_owned(),
                pan: sender.profile.pan.to_owned(),
                amount,
                commission: None,
                kind: TranKind::Transfer { recipient },
                merchant_id,
                terminal_id,
                stan: stan(id),
                at: now,
                state: TranState::Refused {
                    resp: RESP_NOT_PERMITTED,
                },
                reversed: 0,
            };
            let change = Change {
                next_id: Some(credit_leg_id(id) + 1),
                trans: vec![tran],
                ..Change::default()
            };
            Ok((change, ()))
        })
    };
    // One that is not even a transfer leaves nothing.
    let _ = kept();
}

/// `p2p.universal.credit`: money from the merchants to a card, with the sender's details.
pub(super) fn universal_credit(
    simulator: &Simulator,
    params: Params<'_>,
    user: &str,
) -> MethodResult {
    let credit = params.object("credit")?;
    let amount = credit.amount("amount")?;
    let ext = credit.short_text("ext", 75)?;
    let merchant_id = credit.short_text("merchantId", 16)?;
    let terminal_id = credit.short_text("terminalId", 16)?;
    let recipient = credit.short_text("recipient", 32)?;
    check_sender(credit.object("sender")?, amount)?;
    simulator.change(|state, now| {
        refuse_used_ext(state, &ext)?;
        let recipient = card_by_any(state, &recipient).ok_or_else(|| no_recipient(&recipient))?;
        if let Some(refusal) = Refusal::for_recipient(recipient.profile.outcome) {
            return Err(refusal);
        }
        let Posting { accounts, books } = credit_account(recipient.account, amount, state.books())
            .map_err(|_| Refusal::AmountDoesNotFit)?;
        let id = state.next_id();
        let tran = Tran {
            id,
            ext,
            user_name: user.to_owned(),
            pan: recipient.profile.pan.to_owned(),
            amount,
            commission: None,
            kind: TranKind::Credit,
            merchant_id,
            terminal_id,
            stan: stan(id),
            at: now,
            state: TranState::Done,
            reversed: 0,
        };
        let result = tran_object(&tran);
        let change = Change {
            next_id: Some(id + 1),
            accounts,
            books,
            ledger: vec![ledger_entry(&tran, Action::Credit, now)],
            trans: vec![tran],
            ..Change::default()
        };
        Ok((change, result))
    })
}

fn is_pan(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn no_recipient(name: &str) -> Refusal {
    if !is_pan(name) {
        Refusal::TokenNotFound
    } else if name.starts_with(HUMO_PREFIX) {
        Refusal::UnknownBin
    } else {
        Refusal::CardNotFound
    }
}

/// All members of a credit's `sender` except `doc`, with their greatest lengths, according to a typed client.
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
];

/// Above [`UNNAMED_CREDIT_MAX`] the sender's document is required. A document that is given must be complete; a foreigner may have
/// no `mrz`.
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
    if document.optional_text("mrz")?.is_some() {
        document.short_text("mrz", 14)?;
    }
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
