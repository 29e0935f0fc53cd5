//! Attaching a card with a code that SVGate itself sends and checks, and describing a card.

use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Code, Expiry, Pan, Phone};
use serde_json::{Value, json};

use super::client::CallError;
use super::clients::UzcardCards;
use super::wire::{self, Card, NewCard, NewOtp, Otp, OtpReply, Params};
use super::{codes, outcome};
use crate::domain::call::{CardAccess, Refusal};
use crate::domain::currency;
use crate::domain::inquiry::{AskError, CardInfo};
use crate::domain::told_phone::ToldPhone;
use crate::processing::lenient::Scalar;

/// SVGate has sent a code to the card's phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtpSent {
    /// For [`UzcardCards::verify_otp`].
    pub request_id: String,
    /// Like `99890*****67`; empty if SVGate gives none.
    pub phone_mask: String,
}

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
    ) -> Result<OtpSent, AskError> {
        let params = NewOtp {
            card: NewCard {
                pan: pan.digits(),
                expiry: expiry.yymm(),
            },
            service_name: &self.service_name,
            requestor_phone: phone.digits(),
        };
        let result = self
            .client
            .call("cards.new.otp", params)
            .await
            .map_err(outcome::ask_error)?;
        let reply: OtpReply = outcome::only(result).map_err(AskError::unreadable)?;
        match reply.id.text() {
            "" => Err(AskError::unreadable(
                "SVGate sent a code but gave no id for it",
            )),
            id => Ok(OtpSent {
                request_id: id.to_owned(),
                phone_mask: reply.phone_mask.text().to_owned(),
            }),
        }
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
