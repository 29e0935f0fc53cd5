//! `cards.*`: attaching a card by the code that SVGate itself sends and checks, and what is known of a card.

use serde_json::{Value, json};

use super::{
    params::Params,
    refusal::{Answer, Refusal},
};
use crate::{
    cards::{CARD_EXPIRY_YYMM, Outcome, masked},
    chance::scattered,
    money::Account,
    network::Network,
    records::{Message, Otp},
    state::{Card, Change},
    world::World,
};

/// Every code that the sandbox sends.
pub const FIXED_CODE: &str = "111111";
/// How long a code can be used. The real time is not documented (section 4); partners' documents give five minutes.
const OTP_MILLIS: i64 = 300_000;
/// Error -379 speaks of five.
pub(super) const TOKENS_MAX: usize = 5;

/// `cards.new.otp`: sends the code to the card's phone.
pub(super) fn new_otp(world: &World, params: Params<'_>) -> Answer {
    let card = params.object("card")?;
    let pan = card.text("pan")?;
    let expiry = card.text("expiry")?;
    let service = params
        .optional_text("serviceName")?
        .unwrap_or_else(|| "UZCARD".to_owned());
    // Some clients put it beside the card, some into it.
    let phone = params
        .optional_text("requestorPhone")?
        .or(card.optional_text("requestorPhone")?);
    world.change(|data, now| {
        let card = data
            .card(&pan)
            .filter(|card| card.sheet.network == Network::Uzcard)
            .ok_or(Refusal::CardNotFound)?;
        if expiry != CARD_EXPIRY_YYMM {
            return Err(Refusal::WrongExpiry);
        }
        if phone.is_some_and(|phone| phone.trim_start_matches('+') != card.sheet.phone) {
            return Err(Refusal::NotTheCardsPhone);
        }
        if let Some(refusal) = no_code_for(card.sheet.outcome) {
            return Err(refusal);
        }
        let id = data.next_id();
        let change = Change {
            next_id: Some(id + 1),
            otps: vec![Otp {
                id,
                pan: card.sheet.pan.to_owned(),
                sent_at: now,
                spent: false,
            }],
            messages: vec![Message {
                phone: card.sheet.phone.to_owned(),
                text: format!(
                    "{service}: {FIXED_CODE} - код подтверждения карты {}",
                    masked(card.sheet.pan)
                ),
                at: now,
            }],
            ..Change::default()
        };
        let result = json!({
            "id": id,
            "phoneMask": masked_phone(card.sheet.phone),
            // Useless before the code was verified.
            "token": token(card.sheet.pan),
            "verified": card.account.token.is_some(),
        });
        Ok((change, result))
    })
}

fn no_code_for(outcome: Outcome) -> Option<Refusal> {
    match outcome {
        Outcome::NoSms => Some(Refusal::NoSmsService),
        Outcome::Corporate => Some(Refusal::CorporateCard),
        Outcome::Ok
        | Outcome::InsufficientFunds
        | Outcome::DeclinedInResult
        | Outcome::Blocked
        | Outcome::Expired
        | Outcome::PinTries
        | Outcome::Inactive
        | Outcome::CreditRefused
        | Outcome::ReplyLost
        | Outcome::RequestLost
        | Outcome::Slow
        | Outcome::Http500
        | Outcome::Garbage => None,
    }
}

/// `cards.new.verify`: a right code makes the token valid and answers the card.
///
/// A code may be tried as often as one likes: how often the real SVGate lets one is not documented.
pub(super) fn new_verify(world: &World, params: Params<'_>, user: &str) -> Answer {
    let otp = params.object("otp")?;
    let id = otp.id("id")?;
    let code = otp.text("code")?;
    world.change(|data, now| {
        let otp = data.otp(id).ok_or(Refusal::UnknownOtp)?;
        if now.saturating_sub(otp.sent_at) > OTP_MILLIS {
            return Err(Refusal::OtpExpired);
        }
        if code != FIXED_CODE {
            return Err(Refusal::WrongOtp);
        }
        let card = data.card(&otp.pan).ok_or(Refusal::CardNotFound)?;
        let account = Account {
            token: Some(token(&otp.pan)),
            ..card.account.clone()
        };
        let result = card_object(
            Card {
                sheet: card.sheet,
                account: &account,
            },
            user,
        );
        let change = Change {
            otps: vec![Otp {
                spent: true,
                ..otp.clone()
            }],
            accounts: vec![account],
            ..Change::default()
        };
        Ok((change, result))
    })
}

/// `cards.get`: an array, in the order of the ids.
pub(super) fn get(world: &World, params: Params<'_>, user: &str) -> Answer {
    let ids = params.list("ids")?;
    if ids.len() > TOKENS_MAX {
        return Err(Refusal::TooManyTokens);
    }
    world.read(|data| {
        let card = |id: &Value| {
            let token = id.as_str().ok_or(Refusal::BadFormat)?;
            Ok(card_object(
                data.card_by_token(token).ok_or(Refusal::TokenNotFound)?,
                user,
            ))
        };
        ids.iter().map(card).collect()
    })
}

fn card_object(card: Card<'_>, user: &str) -> Value {
    let Card { sheet, account } = card;
    json!({
        "id": account.token,
        "username": user,
        "pan": masked(sheet.pan),
        "expiry": CARD_EXPIRY_YYMM,
        // 12: temporarily blocked by the user.
        "status": if sheet.outcome == Outcome::Inactive { 12 } else { 0 },
        "phone": sheet.phone,
        "fullName": sheet.owner,
        "balance": account.available,
        "sms": sheet.outcome != Outcome::NoSms,
        "pincnt": if sheet.outcome == Outcome::PinTries { 3 } else { 0 },
        "aacct": account_number(sheet.pan),
        "par": "",
        "cardtype": "UZCARD",
        "holdAmount": account.blocked,
        "cashbackAmount": 0,
    })
}

/// Twenty digits, the way of bank accounts behind cards.
pub(super) fn account_number(pan: &str) -> String {
    format!("22618000{}", pan.get(4..).unwrap_or(""))
}

/// `99890*****67`
fn masked_phone(phone: &str) -> String {
    format!(
        "{}*****{}",
        phone.get(..5).unwrap_or(""),
        phone.get(10..).unwrap_or("")
    )
}

/// The token of a card: 32 hex digits, the same each time that the card is attached.
fn token(pan: &str) -> String {
    let number: u64 = pan.parse().unwrap_or_default();
    let high = scattered(number);
    format!("{high:016x}{:016x}", scattered(high))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::cards::TEST_CARDS;

    #[test]
    fn tokens_are_32_hex_digits_and_differ() {
        let tokens: HashSet<String> = TEST_CARDS.iter().map(|card| token(card.pan)).collect();
        assert_eq!(tokens.len(), TEST_CARDS.len());
        assert!(
            tokens.iter().all(
                |token| token.len() == 32 && token.bytes().all(|byte| byte.is_ascii_hexdigit())
            )
        );
    }

    #[test]
    fn masks_and_account_numbers_keep_their_lengths() {
        assert_eq!(masked_phone("998901234567"), "99890*****67");
        assert_eq!(account_number("8600010132441332").len(), 20);
    }
}
