//! How SVGate is asked for a code, and what follows from its answer.

use std::fmt;

use rpc_schema::values::{Expiry, Pan, Phone};
use serde_json::Value;

use super::outcome;
use super::wire::{self, NewCard, NewOtp, OtpReply};
use crate::config::{self, KnownCard, RequestorPhone};
use crate::domain::inquiry::AskError;

/// What `cards.new.otp` tells besides the card, and what follows if SVGate knows the card.
#[derive(Debug)]
pub(super) struct OtpForm {
    service_name: String,
    requestor_phone: RequestorPhone,
    message: config::CodeMessage,
    known_card: KnownCard,
}

impl OtpForm {
    pub(super) fn new(config: &config::Uzcard) -> Self {
        Self {
            service_name: config.service_name.clone(),
            requestor_phone: config.requestor_phone,
            message: config.sms.clone(),
            known_card: config.known_card,
        }
    }

    pub(super) fn params<'a>(
        &'a self,
        pan: &'a Pan,
        expiry: Expiry,
        phone: &'a Phone,
    ) -> NewOtp<'a> {
        let phone_at = |place| (self.requestor_phone == place).then(|| phone.digits());
        let (template_id, hash) = (self.message.template_id, self.message.hash.as_deref());
        NewOtp {
            card: NewCard {
                pan: pan.digits(),
                expiry: expiry.yymm(),
                requestor_phone: phone_at(RequestorPhone::Card),
            },
            service_name: &self.service_name,
            sms: (template_id.is_some() || hash.is_some())
                .then_some(wire::CodeMessage { template_id, hash }),
            requestor_phone: phone_at(RequestorPhone::Params),
        }
    }

    pub(super) fn read(&self, result: Value) -> Result<NewCardReply, AskError> {
        let reply: OtpReply = outcome::only(result).map_err(AskError::unreadable)?;
        // In the usual case there are both members too, `verified` false and the token empty.
        let token = Some(reply.token.text()).filter(|token| !token.is_empty());
        let verified = reply.verified.flag() == Some(true);
        if let Some(known) = token
            .filter(|_| verified)
            .and_then(|token| self.known(Some(token.to_owned())))
        {
            return Ok(known);
        }
        match reply.id.text() {
            "" => Err(AskError::unreadable(
                "SVGate sent a code but gave no id for it",
            )),
            id => Ok(NewCardReply::CodeSent(OtpSent {
                request_id: id.to_owned(),
                phone_mask: reply.phone_mask.text().to_owned(),
            })),
        }
    }

    /// What follows for a card that is known; `None`: SVGate's code is waited for.
    pub(super) fn known(&self, token: Option<String>) -> Option<NewCardReply> {
        let needs_code = match self.known_card {
            KnownCard::Refuse => return None,
            KnownCard::OwnCode => true,
            KnownCard::NoCode => false,
        };
        Some(NewCardReply::Known { token, needs_code })
    }
}

/// What SVGate answers to who wants to attach a card.
#[derive(Clone, PartialEq, Eq)]
pub enum NewCardReply {
    CodeSent(OtpSent),
    /// This login has the card already, and SVGate sends no code.
    Known {
        /// The card's token, where SVGate tells it.
        token: Option<String>,
        /// Whether the holder must confirm a code of the gateway's.
        needs_code: bool,
    },
}

/// Without the token, which pays.
impl fmt::Debug for NewCardReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CodeSent(sent) => f.debug_tuple("CodeSent").field(sent).finish(),
            Self::Known { token, needs_code } => f
                .debug_struct("Known")
                .field("has_token", &token.is_some())
                .field("needs_code", needs_code)
                .finish_non_exhaustive(),
        }
    }
}

/// SVGate has sent a code to the card's phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtpSent {
    /// For [`UzcardCards::verify_otp`].
    pub request_id: String,
    /// Like `99890*****67`; empty if SVGate gives none.
    pub phone_mask: String,
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use hyper::header::{AUTHORIZATION, HeaderValue};
    use hyper::{Method, StatusCode};
    use serde_json::json;

    use super::super::wire;
    use super::*;
    use crate::processing::exchange::{Question, Reply};

    fn form(config: &config::Uzcard) -> Value {
        let pan = Pan::parse("8600010132441332").unwrap();
        let phone = Phone::parse("998901234567").unwrap();
        let form = OtpForm::new(config);
        let params = form.params(&pan, Expiry::from_yymm("3012").unwrap(), &phone);
        serde_json::to_value(params).unwrap()
    }

    #[test]
    fn the_phone_stands_beside_the_card_or_inside_it_or_nowhere() {
        let of = |requestor_phone| {
            form(&config::Uzcard {
                requestor_phone,
                ..config::Uzcard::default()
            })
        };
        let card = json!({"pan": "8600010132441332", "expiry": "3012"});
        assert_eq!(
            of(RequestorPhone::Params),
            json!({"card": card, "serviceName": "AloqaGateway", "requestorPhone": "998901234567"})
        );
        assert_eq!(
            of(RequestorPhone::Off),
            json!({"card": card, "serviceName": "AloqaGateway"})
        );
        let mut inside = card;
        inside["requestorPhone"] = json!("998901234567");
        assert_eq!(
            of(RequestorPhone::Card),
            json!({"card": inside, "serviceName": "AloqaGateway"})
        );
    }

    #[test]
    fn the_message_has_its_template_and_hash_where_they_are_set() {
        let of = |template_id, hash: Option<&str>| {
            let sms = config::CodeMessage {
                template_id,
                hash: hash.map(str::to_owned),
            };
            form(&config::Uzcard {
                sms,
                ..config::Uzcard::default()
            })["sms"]
                .take()
        };
        assert_eq!(of(None, None), Value::Null);
        assert_eq!(of(Some(7), None), json!({"templateId": 7}));
        assert_eq!(
            of(None, Some("FA+9qCX9VSu")),
            json!({"hash": "FA+9qCX9VSu"})
        );
        assert_eq!(
            of(Some(0), Some("x")),
            json!({"templateId": 0, "hash": "x"})
        );
    }

    #[test]
    fn a_card_is_known_only_where_that_is_asked_for_and_said_with_a_token() {
        let read = |known_card, reply: &Value| {
            let config = config::Uzcard {
                known_card,
                ..config::Uzcard::default()
            };
            OtpForm::new(&config).read(reply.clone()).unwrap()
        };
        let reply = |token: Value, verified: Value| json!({"id": 7, "phoneMask": "", "token": token, "verified": verified});
        let sent = NewCardReply::CodeSent(OtpSent {
            request_id: "7".to_owned(),
            phone_mask: String::new(),
        });
        for (known_card, needs_code) in [(KnownCard::OwnCode, true), (KnownCard::NoCode, false)] {
            for verified in [json!(true), json!("true"), json!(1)] {
                let token = Some("t".to_owned());
                assert_eq!(
                    read(known_card, &reply(json!("t"), verified)),
                    NewCardReply::Known { token, needs_code }
                );
            }
            for (token, verified) in [
                (json!(""), json!(true)),
                (json!(null), json!(true)),
                (json!("t"), json!(false)),
                (json!("t"), json!(null)),
                (json!("t"), json!("perhaps")),
            ] {
                assert_eq!(read(known_card, &reply(token, verified)), sent);
            }
        }
        assert_eq!(
            read(KnownCard::Refuse, &reply(json!("t"), json!(true))),
            sent
        );
    }

    /// What is logged of questions and answers by their `Debug` has nothing that pays or is somebody's.
    #[test]
    fn no_token_number_or_name_is_shown() {
        let question = Question {
            method: Method::POST,
            headers: vec![(AUTHORIZATION, HeaderValue::from_static("S3cret"))],
            content_type: "application/json",
            body: Bytes::from_static(b"S3cret"),
        };
        let reply = Reply {
            status: StatusCode::OK,
            body: Bytes::from_static(b"S3cret"),
        };
        let known = NewCardReply::Known {
            token: Some("S3cret".to_owned()),
            needs_code: true,
        };
        let told: wire::Card =
            serde_json::from_value(json!({"id": "S3cret", "fullName": "S3cret"})).unwrap();
        for shown in [
            format!("{question:?}"),
            format!("{reply:?}"),
            format!("{known:?}"),
            format!("{told:?}"),
        ] {
            let bytes = format!("{:?}", b"S3cret");
            assert!(
                !shown.contains("S3cret") && !shown.contains(&bytes),
                "{shown}"
            );
        }
    }
}
