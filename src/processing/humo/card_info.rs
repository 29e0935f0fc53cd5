//! What HUMO's middleware knows of a card: state, holder, phone, money (the protocol notes, section 2.3).

use std::time::Duration;

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Expiry, Pan};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use uuid::Uuid;

use super::codes::{self, Reading};
use crate::config;
use crate::domain::call::{CardAccess, Refusal};
use crate::domain::inquiry::{AskError, CardInfo, RecipientCard};
use crate::processing::breaker::{Lane, Stage};
use crate::processing::exchange::{Endpoint, Reply, SetupError, bearer};
use crate::processing::lenient::{Loose, OneOrMany};
use crate::processing::recipient;

#[derive(Debug)]
pub(super) struct CardInfoClient {
    endpoint: Endpoint,
    headers: [(HeaderName, HeaderValue); 1],
    corporate_groups: Vec<String>,
}

#[derive(Deserialize)]
struct Response<T> {
    #[serde(default)]
    id: Loose,
    result: Option<T>,
    error: Option<ErrorObject>,
}

#[derive(Deserialize)]
struct ErrorObject {
    #[serde(default)]
    code: Loose,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Info {
    card: Card,
    balance: Option<Balance>,
    mb: Option<MobileBanking>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Card {
    institution_id: Loose,
    primary_account_number: Loose,
    expiry: Loose,
    name_on_card: Loose,
    commission_group: Loose,
    pin_try_count: Loose,
    statuses: Statuses,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Statuses {
    item: Option<OneOrMany<StatusItem>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct StatusItem {
    #[serde(rename = "type")]
    kind: Loose,
    action_code: Loose,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Balance {
    available_amount: Loose,
    bonus_amount: Loose,
}

/// SMS banking.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MobileBanking {
    state: Loose,
    phone: Loose,
}

impl CardInfoClient {
    pub(super) fn new(config: &config::Humo, url: &str, lane: &Lane) -> Result<Self, SetupError> {
        let connect = Duration::from_millis(config.connect_timeout_ms);
        let total = Duration::from_millis(config.timeout_ms);
        let url = format!("{}/v3/iiacs/card", url.trim_end_matches('/'));
        Ok(Self {
            endpoint: Endpoint::new(&url, connect, total)?.in_lane(lane),
            headers: [(AUTHORIZATION, bearer(&config.token)?)],
            corporate_groups: config.corporate_groups.clone(),
        })
    }

    pub(super) async fn ask(&self, card: &CardAccess) -> Result<CardInfo, AskError> {
        let info = self.fetch(&card.pan).await?;
        card_info(info, card, &self.corporate_groups)
    }

    /// Describes a card that is to be credited, of which only the number is known.
    pub(super) async fn ask_recipient(&self, pan: &Pan) -> Result<RecipientCard, AskError> {
        let info = self.fetch(pan).await.map_err(|error| match error {
            AskError::Refused(refusal) => AskError::Refused(recipient::of_credit(refusal)),
            unavailable @ AskError::Unavailable(_) => unavailable,
        })?;
        recipient_card(info, pan, &self.corporate_groups)
    }

    async fn fetch(&self, pan: &Pan) -> Result<Info, AskError> {
        let id = Uuid::new_v4().to_string();
        let request =
            json!({"id": id, "params": {"primaryAccountNumber": pan.digits(), "mb_flag": 1}});
        let body = Bytes::from(request.to_string());
        let reply = self
            .endpoint
            .post(
                Stage::Begins,
                &self.headers,
                "application/json; charset=utf-8",
                body,
            )
            .await
            .map_err(|failure| AskError::Unavailable(failure.to_string()))?;
        read(&reply, &id)
    }
}

pub(super) fn unavailable(cause: &str) -> AskError {
    AskError::Unavailable(cause.to_owned())
}

/// Takes the result out of a reply to the request with this id. Errors count with any HTTP status.
pub(super) fn read<T: DeserializeOwned>(reply: &Reply, id: &str) -> Result<T, AskError> {
    let response: Response<T> = serde_json::from_slice(&reply.body).map_err(|_| {
        AskError::Unavailable(format!(
            "HTTP {}: the reply cannot be read",
            reply.status.as_u16()
        ))
    })?;
    if !response.id.echoes(id) {
        return Err(unavailable("the reply has the id of another request"));
    }
    match (response.result, response.error) {
        (_, Some(error)) => Err(refused(&error)),
        (Some(info), None) if reply.status.is_success() => Ok(info),
        (Some(_) | None, None) => Err(AskError::Unavailable(format!(
            "HTTP {} without a result",
            reply.status.as_u16()
        ))),
    }
}

/// The middleware's own numbers are not published but for 404, the card not found. The others are read as HTTP's, of
/// which that one comes, or as action codes.
fn refused(error: &ErrorObject) -> AskError {
    let refusal = |code, text: &str| {
        AskError::Refused(Refusal {
            code,
            processing_code: text.to_owned(),
            gone: false,
        })
    };
    let text = error.code.text();
    match error.code.int() {
        None => unavailable("an error without a code"),
        Some(404) => refusal(ErrorCode::CardNotFound, text),
        Some(401 | 403) => refusal(ErrorCode::HumoAccessDenied, text),
        // The number was sixteen digits, so it is the form of our request that is not liked.
        Some(400 | 422) => refusal(ErrorCode::ProcessingSystemError, text),
        Some(408 | 429 | 500..=599) => {
            AskError::Unavailable(format!("the middleware answered with code {text}"))
        }
        Some(code) => match codes::read(code) {
            Reading::Refused(error) => AskError::Refused(codes::refusal(error, code)),
            Reading::Unknown | Reading::Success | Reading::Validation => {
                AskError::Unavailable(format!("the middleware answered with code {text}"))
            }
        },
    }
}

fn card_info(
    info: Info,
    asked: &CardAccess,
    corporate_groups: &[String],
) -> Result<CardInfo, AskError> {
    let Info { card, balance, mb } = info;
    let (balance, mb) = (balance.unwrap_or_default(), mb.unwrap_or_default());
    check_number(&card, &asked.pan)?;
    // The middleware is asked by the number alone; the payments need the right expiry, too.
    let expiry = card.expiry.text();
    if expiry.len() == 4 && expiry != asked.expiry.yymm() {
        return Err(AskError::Refused(Refusal {
            code: ErrorCode::InvalidPanOrExpiry,
            processing_code: "expiry".to_owned(),
            gone: false,
        }));
    }
    let corporate = is_corporate(&card, corporate_groups);
    let status =
        card_status(card.statuses).ok_or_else(|| unavailable("a card without a status"))?;
    let sms = mb.state.text() == "on";
    Ok(CardInfo {
        network_token: None,
        full_name: card.name_on_card.text().to_owned(),
        phone: phone(&mb),
        sms,
        pin_tries: card.pin_try_count.int().unwrap_or_default(),
        status,
        balance: balance.available_amount.int().unwrap_or_default(),
        cashback: balance.bonus_amount.int().unwrap_or_default(),
        filial_code: card.institution_id.text().to_owned(),
        card_type: if corporate { "corporate" } else { "private" }.to_owned(),
        unusable: inactive(status)
            .or_else(|| company(corporate))
            .or_else(|| sms_off(mb.state.text())),
    })
}

/// Whether the holder gets messages is no matter of a credit's.
fn recipient_card(
    info: Info,
    asked: &Pan,
    corporate_groups: &[String],
) -> Result<RecipientCard, AskError> {
    let Info {
        card,
        balance: _,
        mb,
    } = info;
    check_number(&card, asked)?;
    let corporate = is_corporate(&card, corporate_groups);
    let pin_tries = card.pin_try_count.int().unwrap_or_default();
    let status =
        card_status(card.statuses).ok_or_else(|| unavailable("a card without a status"))?;
    Ok(RecipientCard {
        name: card.name_on_card.text().to_owned(),
        expiry: Expiry::from_yymm(card.expiry.text()),
        phone: phone(&mb.unwrap_or_default()),
        unusable: inactive(status)
            .or_else(|| company(corporate))
            .or_else(|| locked(pin_tries))
            .map(recipient::unusable),
    })
}

/// The usual number of wrong PINs after which a card is locked; the payments would say 106.
const PIN_TRIES: i64 = 3;

fn locked(pin_tries: i64) -> Option<Refusal> {
    (pin_tries >= PIN_TRIES).then(|| Refusal {
        code: ErrorCode::PinTriesExceeded,
        processing_code: "106".to_owned(),
        gone: false,
    })
}

/// Only a number in full can be compared; some of the middleware's methods mask it.
fn check_number(card: &Card, asked: &Pan) -> Result<(), AskError> {
    let number = card.primary_account_number.text();
    if Pan::parse(number).is_some_and(|pan| pan != *asked) {
        Err(unavailable("the reply describes another card"))
    } else {
        Ok(())
    }
}

fn is_corporate(card: &Card, corporate_groups: &[String]) -> bool {
    corporate_groups
        .iter()
        .any(|group| group == card.commission_group.text())
}

fn phone(mb: &MobileBanking) -> Option<String> {
    let phone: String = mb
        .phone
        .text()
        .chars()
        .filter(|character| !"+ ".contains(*character))
        .collect();
    (!phone.is_empty()).then_some(phone)
}

/// The action code of the item of type `card`. The types are uncertain (section 4), so any other item will do where there
/// is none.
fn card_status(statuses: Statuses) -> Option<i64> {
    let items = statuses.item.map(OneOrMany::into_vec).unwrap_or_default();
    let item = items
        .iter()
        .find(|item| item.kind.text() == "card")
        .or(items.first())?;
    item.action_code.int()
}

/// Usable is a card with action code 000 and SMS banking on (section 2.3), and no company's.
fn inactive(status: i64) -> Option<Refusal> {
    let code = match codes::read(status) {
        Reading::Refused(code) => code,
        // Of the codes of success only 000 is a usable card's.
        Reading::Success if status == 0 => return None,
        Reading::Success | Reading::Unknown | Reading::Validation => ErrorCode::DeclinedByNetwork,
    };
    Some(codes::refusal(code, status))
}

fn company(corporate: bool) -> Option<Refusal> {
    corporate.then(|| Refusal {
        code: ErrorCode::CardTypeNotSupported,
        processing_code: "corporate".to_owned(),
        gone: false,
    })
}

fn sms_off(state: &str) -> Option<Refusal> {
    (state != "on").then(|| Refusal {
        code: ErrorCode::SmsServiceOff,
        processing_code: state.to_owned(),
        gone: false,
    })
}

#[cfg(test)]
#[path = "card_info_tests.rs"]
mod tests;
