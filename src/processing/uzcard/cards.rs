//! Attaching a card with a code that SVGate itself sends and checks, and describing a card.

use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Code, Expiry, Pan, Phone};
use serde_json::{Value, json};

use super::client::CallError;
use super::clients::UzcardCards;
use super::otp_form::NewCardReply;
use super::wire::{self, Card, Otp, Params};
use super::{codes, outcome};
use crate::domain::call::{CardAccess, Refusal};
use crate::domain::currency;
use crate::domain::inquiry::{AskError, CardInfo};
use crate::domain::mask;
use crate::domain::told_phone::ToldPhone;
use crate::processing::lenient::Scalar;

/// Why verifying a code gave no card.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// -269.
    #[error("the code is wrong")]
    WrongCode,
    /// -270.
    #[error("the code has expired")]
    ExpiredCode,
    /// -314, -317: SVGate does not know the request, or no longer knows it.
    #[error("SVGate does not know the request that the code belongs to")]
    StaleRequest,
    #[error(transparent)]
    Ask(#[from] AskError),
}

impl UzcardCards {
    /// `cards.new.otp`: SVGate sends a code to the card's phone, which must be this one.
    ///
    /// # Errors
    /// SVGate refuses, or gives no usable answer.
    pub async fn new_otp(
        &self,
        pan: &Pan,
        expiry: Expiry,
        phone: &Phone,
    ) -> Result<NewCardReply, AskError> {
        let params = self.otp_form.params(pan, expiry, phone);
        let result = match self.client.call("cards.new.otp", params).await {
            // "The token exists".
            Err(error @ CallError::Code(-271)) => {
                return (self.otp_form.known(None)).ok_or_else(|| outcome::ask_error(error));
            }
            result => result.map_err(outcome::ask_error)?,
        };
        self.otp_form.read(result)
    }

    /// `cards.list`: the token of the one card of this phone that has this number. `None`: there is none, or several can be
    /// it, as SVGate shows a part of the numbers.
    ///
    /// # Errors
    /// SVGate refuses, or gives no usable answer.
    pub async fn listed_token(&self, pan: &Pan, phone: &Phone) -> Result<Option<String>, AskError> {
        let params = json!({"phone": phone.digits()});
        let result = self.client.call("cards.list", params).await;
        listed(result.map_err(outcome::ask_error)?, pan)
    }

    /// `get.bin.list`: how the numbers begin that SVGate serves.
    ///
    /// # Errors
    /// SVGate refuses, or gives no usable answer.
    pub async fn bin_list(&self) -> Result<Vec<String>, AskError> {
        let result = self.client.call("get.bin.list", json!({})).await;
        let rows: Vec<wire::Bin> =
            outcome::items(result.map_err(outcome::ask_error)?).map_err(AskError::unreadable)?;
        Ok(rows.iter().map(|row| row.bin.text().to_owned()).collect())
    }

    /// `cards.new.verify`: sends SVGate the code that the cardholder received. Returns the card with its token.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub async fn verify_otp(&self, request_id: &str, code: &Code) -> Result<CardInfo, VerifyError> {
        let params = Params::Otp(Otp {
            id: wire::id(request_id),
            code: code.digits(),
        });
        match self.client.call("cards.new.verify", params).await {
            Ok(result) => Ok(card_info(first_card(result)?)?),
            Err(CallError::Code(-269)) => Err(VerifyError::WrongCode),
            Err(CallError::Code(-270)) => Err(VerifyError::ExpiredCode),
            Err(CallError::Code(-314 | -317)) => Err(VerifyError::StaleRequest),
            Err(error) => Err(outcome::ask_error(error).into()),
        }
    }

    /// `cards.get`
    pub(super) async fn describe(&self, card: &CardAccess) -> Result<CardInfo, AskError> {
        let Some(token) = card.network_token.as_deref() else {
            return Err(AskError::unreadable("the card has no SVGate token"));
        };
        let result = self
            .client
            .call("cards.get", json!({"ids": [token]}))
            .await
            .map_err(outcome::ask_error)?;
        let info = card_info(first_card(result)?)?;
        if info.network_token.as_deref() == Some(token) {
            Ok(info)
        } else {
            Err(AskError::unreadable("SVGate described another card"))
        }
    }
}

fn listed(result: Value, pan: &Pan) -> Result<Option<String>, AskError> {
    let cards: Vec<Card> = outcome::items(result).map_err(AskError::unreadable)?;
    let mut tokens = cards
        .iter()
        .filter(|card| is_telling(card.pan.text()) && mask::fits(card.pan.text(), pan.digits()))
        .map(|card| card.id.text())
        .filter(|token| !token.is_empty());
    let first = tokens.next();
    Ok(match tokens.next() {
        None => first.map(str::to_owned),
        Some(_) => None,
    })
}

/// Whether a masked number shows enough of itself: at least its first four digits and its last four.
fn is_telling(mask: &str) -> bool {
    mask.bytes().filter(u8::is_ascii_digit).count() >= 8
}

/// The first card of the reply. An empty reply means that SVGate does not know the token.
pub(super) fn first_card(result: Value) -> Result<Card, AskError> {
    let cards: Vec<Card> = outcome::items(result).map_err(AskError::unreadable)?;
    cards.into_iter().next().ok_or_else(|| {
        AskError::Refused(Refusal {
            code: ErrorCode::CardNotFound,
            processing_code: String::new(),
        })
    })
}

pub(super) fn card_info(card: Card) -> Result<CardInfo, AskError> {
    // Only a card with status 0 may be used, so the status must be readable.
    let status = card
        .status
        .code()
        .ok_or_else(|| AskError::unreadable("a card without a status"))?;
    if card.id.text().is_empty() {
        return Err(AskError::unreadable("a card without a token"));
    }
    let phone = ToldPhone::read(card.phone.text());
    let sms = card.sms.flag().unwrap_or(phone.is_some());
    let no_sms = || {
        (!sms).then(|| Refusal {
            code: ErrorCode::SmsServiceOff,
            processing_code: "sms".to_owned(),
        })
    };
    Ok(CardInfo {
        network_token: Some(card.id.text().to_owned()),
        full_name: card.full_name.text().to_owned(),
        phone,
        sms,
        pin_tries: card.pincnt.int().unwrap_or_default(),
        status,
        balance: card.balance.int(),
        currency: currency::read(card.currency.text()),
        cashback: [card.cashback_amount, card.cashback_lower_case]
            .iter()
            .find_map(Scalar::int)
            .unwrap_or_default(),
        filial_code: card.filial_code.text().to_owned(),
        card_type: card.cardtype.text().to_owned(),
        unusable: codes::unusable(status).or_else(no_sms),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(json: Value) -> Result<CardInfo, AskError> {
        card_info(first_card(json)?)
    }

    #[test]
    fn a_card_is_read_with_numbers_or_strings() {
        let expected = CardInfo {
            network_token: Some("0123456789abcdef0123456789abcdef".to_owned()),
            full_name: "TEST TESTOV".to_owned(),
            phone: ToldPhone::read("998901234567"),
            sms: true,
            pin_tries: 0,
            status: 0,
            balance: Some(1_000_000_000),
            currency: 860,
            cashback: 7,
            filial_code: String::new(),
            card_type: "private".to_owned(),
            unusable: None,
        };
        let typed = json!([{"id": "0123456789abcdef0123456789abcdef", "username": "aloqa", "pan": "860031******4650",
            "expiry": "3012", "status": 0, "phone": "998901234567", "fullName": "TEST TESTOV", "balance": 1_000_000_000,
            "sms": true, "pincnt": 0, "aacct": "1", "par": "", "cardtype": "private", "holdAmount": 0, "cashbackAmount": 7}]);
        let drifted = json!({"id": "0123456789abcdef0123456789abcdef", "status": "0", "phone": "+998 (90) 123-45-67",
            "fullName": "TEST TESTOV", "balance": "1000000000.00", "sms": "TRUE", "cardtype": "private", "cashbackamount": "7"});
        assert_eq!(card(typed), Ok(expected.clone()));
        assert_eq!(card(drifted), Ok(expected));
    }

    #[test]
    fn a_listed_card_is_taken_only_if_no_other_can_be_it() {
        let pan = Pan::parse("8600010132441332").unwrap();
        let card = |id: &str, pan: &str| json!({"id": id, "pan": pan});
        let token = |cards: Value| listed(cards, &pan).unwrap();
        let ours = card("t", "860001******1332");
        let other = card("u", "860049******3347");
        assert_eq!(token(json!([other, ours])), Some("t".to_owned()));
        assert_eq!(token(json!([other])), None);
        assert_eq!(token(json!([])), None);
        assert_eq!(token(json!([ours, card("u", "8600********1332")])), None);
        assert_eq!(token(json!([card("", "860001******1332")])), None);
        assert_eq!(token(json!([card("u", "")])), None);
    }

    #[test]
    fn a_card_is_unusable_by_status_or_without_sms() {
        let code = |json| card(json).unwrap().unusable.unwrap().code.name();
        assert_eq!(
            code(json!({"id": "t", "status": 12, "phone": "998901234567"})),
            "CARD_STOPPED"
        );
        assert_eq!(
            code(json!({"id": "t", "status": 0, "phone": "998901234567", "sms": false})),
            "SMS_SERVICE_OFF"
        );
        assert_eq!(code(json!({"id": "t", "status": 0})), "SMS_SERVICE_OFF");
    }

    #[test]
    fn an_unknown_card_and_an_incomplete_one() {
        assert!(matches!(card(json!([])), Err(AskError::Refused(_))));
        for broken in [
            json!([{"id": "t"}]),
            json!({"status": 0}),
            json!("text"),
            json!([1]),
        ] {
            assert!(matches!(card(broken), Err(AskError::Unavailable(_))));
        }
    }
}
