//! `cards.*`: attaches cards with a code that SVGate sends and checks, and looks cards up.

use serde_json::{Value, json};

use super::{
    params::Params,
    refusal::{MethodResult, Refusal},
};
use crate::{
    cards::{CARD_EXPIRY_YYMM, Outcome, TEST_CARDS, masked},
    money::Account,
    network::Network,
    random::mix,
    records::{Message, Otp},
    simulator::Simulator,
    state::{Card, Change},
};

/// Every code that the sandbox sends.
pub const FIXED_CODE: &str = "111111";
/// How long a code is valid. The real time is not documented (docs/networks.md#svgate-cards); partners' documents give
/// five minutes.
const OTP_MILLIS: i64 = 300_000;
/// Five, according to error -379.
pub(super) const TOKENS_MAX: usize = 5;

/// `cards.new.otp`: sends the code to the card's phone.
pub(super) fn new_otp(simulator: &Simulator, params: Params<'_>) -> MethodResult {
    let card = params.object("card")?;
    let pan = card.text("pan")?;
    let expiry = card.text("expiry")?;
    let service = params
        .optional_text("serviceName")?
        .unwrap_or_else(|| "UZCARD".to_owned());
    // Some clients send it beside the card, some inside it.
    let phone = params
        .optional_text("requestorPhone")?
        .or(card.optional_text("requestorPhone")?);
    simulator.change(|state, now| {
        let card = state
            .card(&pan)
            .filter(|card| card.profile.network == Network::Uzcard)
            .ok_or(Refusal::CardNotFound)?;
        if expiry != CARD_EXPIRY_YYMM {
            return Err(Refusal::WrongExpiry);
        }
        if phone.is_some_and(|phone| phone.trim_start_matches('+') != card.profile.phone) {
            return Err(Refusal::NotTheCardsPhone);
        }
        if let Some(refusal) = no_code_for(card.profile.outcome) {
            return Err(refusal);
        }
        let id = state.next_id();
        let change = Change {
            next_id: Some(id + 1),
            otps: vec![Otp {
                id,
                pan: card.profile.pan.to_owned(),
                sent_at: now,
                spent: false,
            }],
            messages: vec![Message {
                phone: card.profile.phone.to_owned(),
                text: format!(
                    "{service}: {FIXED_CODE} - код подтверждения карты {}",
                    masked(card.profile.pan)
                ),
                at: now,
            }],
            ..Change::default()
        };
        let result = json!({
            "id": id,
            "phoneMask": masked_phone(card.profile.phone),
            // The token is useless until the code is verified.
            "token": token(card.profile.pan),
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

/// `cards.new.verify`: the right code makes the token valid and returns the card.
///
/// The number of tries is not limited: the real limit is not documented.
pub(super) fn new_verify(simulator: &Simulator, params: Params<'_>, user: &str) -> MethodResult {
    let otp = params.object("otp")?;
    let id = otp.id("id")?;
    let code = otp.text("code")?;
    simulator.change(|state, now| {
        let otp = state.otp(id).ok_or(Refusal::UnknownOtp)?;
        if now.saturating_sub(otp.sent_at) > OTP_MILLIS {
            return Err(Refusal::OtpExpired);
        }
        if code != FIXED_CODE {
            return Err(Refusal::WrongOtp);
        }
        let card = state.card(&otp.pan).ok_or(Refusal::CardNotFound)?;
        let account = Account {
            token: Some(token(&otp.pan)),
            ..card.account.clone()
        };
        let result = card_object(
            Card {
                profile: card.profile,
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

/// `cards.get`: an array, in the order of the requested ids.
pub(super) fn get(simulator: &Simulator, params: Params<'_>, user: &str) -> MethodResult {
    let ids = params.list("ids")?;
    if ids.len() > TOKENS_MAX {
        return Err(Refusal::TooManyTokens);
    }
    simulator.read(|state| {
        let card = |id: &Value| {
            let token = id.as_str().ok_or(Refusal::BadFormat)?;
            Ok(card_object(
                state.card_by_token(token).ok_or(Refusal::TokenNotFound)?,
                user,
            ))
        };
        ids.iter().map(card).collect()
    })
}

/// `cards.list`: the cards of a phone that were attached.
pub(super) fn list(simulator: &Simulator, params: Params<'_>, user: &str) -> MethodResult {
    let phone = params.text("phone")?;
    simulator.read(|state| {
        let cards = TEST_CARDS
            .iter()
            .filter(|card| card.network == Network::Uzcard && card.phone == phone);
        let attached = cards
            .filter_map(|card| state.card(card.pan))
            .filter(|card| card.account.token.is_some());
        Ok(attached.map(|card| card_object(card, user)).collect())
    })
}

/// `get.bin.list`: how the numbers of the test cards begin, of both networks.
pub(super) fn bin_list() -> Value {
    let mut bins: Vec<_> = TEST_CARDS
        .iter()
        .filter_map(|card| card.pan.get(..6))
        .collect();
    bins.sort_unstable();
    bins.dedup();
    let row = |bin: &str| json!({"instId": bin.get(4..), "bin": bin});
    bins.into_iter().map(row).collect()
}

fn card_object(card: Card<'_>, user: &str) -> Value {
    let Card { profile, account } = card;
    json!({
        "id": account.token,
        "username": user,
        "pan": masked(profile.pan),
        "expiry": CARD_EXPIRY_YYMM,
        // 12: temporarily blocked by the user.
        "status": if profile.outcome == Outcome::Inactive { 12 } else { 0 },
        "phone": profile.phone,
        "fullName": profile.owner,
        "balance": account.available,
        "sms": profile.outcome != Outcome::NoSms,
        "pincnt": if profile.outcome == Outcome::PinTries { 3 } else { 0 },
        "aacct": account_number(profile.pan),
        "par": "",
        "cardtype": "UZCARD",
        "holdAmount": account.blocked,
        "cashbackAmount": 0,
    })
}

/// The bank account behind the card: twenty digits.
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

/// The token of a card: 32 hexadecimal digits, the same each time the card is attached.
fn token(pan: &str) -> String {
    let number: u64 = pan.parse().unwrap_or_default();
    let high = mix(number);
    format!("{high:016x}{:016x}", mix(high))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

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
