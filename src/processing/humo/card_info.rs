//! What HUMO tells about a card: its status, holder, phone and balance. The middleware's second and third version, and what
//! the SOAP services tell, are read alike (docs/networks.md#humo-card-information).

use std::sync::Arc;

use rpc_schema::errors::ErrorCode;
use rpc_schema::values::{Expiry, Pan};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::codes::{self, Class};
use super::middleware::{Middleware, read, unavailable};
use super::soap_info::{SoapAddresses, SoapInfoClient};
use super::token::Token;
use crate::config::{self, CardStatuses, MbFlag};
use crate::domain::call::{CardAccess, Refusal};
use crate::domain::currency;
use crate::domain::inquiry::{AskError, CardInfo, RecipientCard};
use crate::domain::mask;
use crate::domain::told_phone::ToldPhone;
use crate::processing::bulkhead::Bulkhead;
use crate::processing::exchange::{Endpoint, SetupError, Way};
use crate::processing::lenient::{OneOrMany, Scalar, word};
use crate::processing::recipient;

#[derive(Debug)]
pub(super) struct CardInfoClient {
    source: Source,
    rules: Rules,
}

#[derive(Debug)]
enum Source {
    Middleware(Box<Middleware>, MbFlag),
    Soap(Box<SoapInfoClient>),
}

/// Where cards are asked about.
#[derive(Debug, Clone)]
pub(crate) enum CardAddress {
    /// The middleware's address, before its paths.
    Middleware(String),
    Soap(SoapAddresses),
}

/// What the settings say of cards.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) corporate_groups: Vec<String>,
    pub(super) statuses: CardStatuses,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Info {
    card: Card,
    account: Option<OneOrMany<Account>>,
    balance: Option<Balance>,
    mb: Option<MobileBanking>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Card {
    institution_id: Scalar,
    primary_account_number: Scalar,
    expiry: Scalar,
    name_on_card: Scalar,
    commission_group: Scalar,
    pin_try_count: Scalar,
    statuses: Option<Statuses>,
    /// Where the second version has it.
    mb: Option<MobileBanking>,
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
    kind: Scalar,
    action_code: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Balance {
    currency: Scalar,
    available_amount: Scalar,
    bonus_amount: Scalar,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Account {
    currency: Scalar,
}

/// SMS banking.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct MobileBanking {
    state: Scalar,
    phone: Scalar,
}

impl Info {
    /// What is in the form of the middleware's third version.
    pub(super) fn of(told: Value) -> Result<Self, AskError> {
        serde_json::from_value(told).map_err(|_| unavailable("a card that cannot be read"))
    }
}

impl CardInfoClient {
    pub(super) fn new(
        config: &config::Humo,
        address: &CardAddress,
        token: &Arc<Token>,
        bulkhead: &Bulkhead,
    ) -> Result<Self, SetupError> {
        let source = match address {
            CardAddress::Middleware(url) => {
                let (connect, total) = (config.connect_timeout_ms, config.timeout_ms);
                let way = Way::of(&config.info_tls, &config.info_route, connect, total);
                let url = format!("{}{}", url.trim_end_matches('/'), config.card_path());
                let middleware = Middleware {
                    endpoint: Endpoint::new(&url, way)?.within(bulkhead),
                    token: Arc::clone(token),
                    operation: "card_info",
                };
                Source::Middleware(Box::new(middleware), config.mb_flag)
            }
            CardAddress::Soap(addresses) => {
                Source::Soap(Box::new(SoapInfoClient::new(config, addresses, bulkhead)?))
            }
        };
        Ok(Self {
            source,
            rules: Rules {
                corporate_groups: config.corporate_groups.clone(),
                statuses: config.card_statuses,
            },
        })
    }

    /// The middleware, and what it is told of this card; `None`: others describe cards.
    pub(super) fn middleware(&self, pan: &Pan) -> Option<(&Middleware, Value)> {
        match &self.source {
            Source::Middleware(middleware, flag) => Some((middleware, params(pan, *flag))),
            Source::Soap(_) => None,
        }
    }

    pub(super) async fn ask(&self, card: &CardAccess) -> Result<CardInfo, AskError> {
        let info = self.fetch(&card.pan).await?;
        card_info(info, card, &self.rules)
    }

    /// Describes a card that is to be credited. Only its number is known.
    pub(super) async fn ask_recipient(&self, pan: &Pan) -> Result<RecipientCard, AskError> {
        let info = self.fetch(pan).await.map_err(|error| match error {
            AskError::Refused(refusal) => AskError::Refused(recipient::of_credit(refusal)),
            unavailable @ AskError::Unavailable(_) => unavailable,
        })?;
        recipient_card(info, pan, &self.rules)
    }

    async fn fetch(&self, pan: &Pan) -> Result<Info, AskError> {
        let (middleware, flag) = match &self.source {
            Source::Middleware(middleware, flag) => (middleware, flag),
            Source::Soap(soap) => return Info::of(soap.ask(pan).await?),
        };
        let id = Uuid::new_v4().to_string();
        let asked = middleware.ask(&id, params(pan, *flag)).await;
        let reply = asked.map_err(AskError::from)?;
        read(&reply, &id)
    }
}

/// What the middleware is told of a card.
fn params(pan: &Pan, flag: MbFlag) -> Value {
    let flag = match flag {
        MbFlag::Number => json!(1),
        MbFlag::Boolean => json!(true),
    };
    json!({"primaryAccountNumber": pan.digits(), "mb_flag": flag})
}

pub(super) fn card_info(
    info: Info,
    expected: &CardAccess,
    rules: &Rules,
) -> Result<CardInfo, AskError> {
    let Info {
        card,
        account,
        balance,
        mb,
    } = info;
    let balance = balance.unwrap_or_default();
    let mb = mb.or(card.mb).unwrap_or_default();
    check_number(&card.primary_account_number, &expected.pan)?;
    // The middleware is asked by number alone. A payment needs the right expiry too.
    let expiry = card.expiry.text();
    if expiry.len() == 4 && expiry != expected.expiry.yymm() {
        return Err(AskError::Refused(Refusal {
            code: ErrorCode::InvalidPanOrExpiry,
            processing_code: "expiry".to_owned(),
        }));
    }
    let corporate = is_corporate(&card.commission_group, rules);
    let status = card_status(card.statuses, rules.statuses)?;
    let sms = mb.state.is(SMS_ON);
    Ok(CardInfo {
        network_token: None,
        full_name: card.name_on_card.text().to_owned(),
        phone: ToldPhone::read(mb.phone.text()),
        sms,
        pin_tries: card.pin_try_count.int().unwrap_or_default(),
        status,
        balance: balance.available_amount.int(),
        currency: currency_of(&balance, account),
        cashback: balance.bonus_amount.int().unwrap_or_default(),
        filial_code: card.institution_id.text().to_owned(),
        card_type: if corporate { "corporate" } else { "private" }.to_owned(),
        unusable: inactive(status)
            .or_else(|| company(corporate))
            .or_else(|| sms_off(&mb.state)),
    })
}

/// A credit does not need SMS banking, so its state is ignored.
pub(super) fn recipient_card(
    info: Info,
    expected: &Pan,
    rules: &Rules,
) -> Result<RecipientCard, AskError> {
    let Info {
        card,
        account: _,
        balance: _,
        mb,
    } = info;
    check_number(&card.primary_account_number, expected)?;
    let corporate = is_corporate(&card.commission_group, rules);
    let pin_tries = card.pin_try_count.int().unwrap_or_default();
    let statuses = card_statuses(card.statuses)?;
    let mb = mb.or(card.mb).unwrap_or_default();
    Ok(RecipientCard {
        name: card.name_on_card.text().to_owned(),
        expiry: Expiry::from_yymm(card.expiry.text()),
        phone: ToldPhone::read(mb.phone.text()),
        unusable: statuses
            .into_iter()
            .find_map(inactive)
            .or_else(|| company(corporate))
            .or_else(|| locked(pin_tries))
            .map(recipient::unusable),
    })
}

/// `state` of SMS banking that is on.
const SMS_ON: &str = "on";
/// The usual number of wrong PIN tries that locks a card. A payment would then be refused with 106.
const PIN_TRIES: i64 = 3;

fn locked(pin_tries: i64) -> Option<Refusal> {
    (pin_tries >= PIN_TRIES).then(|| Refusal {
        code: ErrorCode::PinTriesExceeded,
        processing_code: "106".to_owned(),
    })
}

/// Some of the middleware's methods mask the number: it is checked where it shows digits.
fn check_number(told: &Scalar, expected: &Pan) -> Result<(), AskError> {
    if !mask::fits(told.text(), expected.digits()) {
        Err(unavailable("the reply describes another card"))
    } else {
        Ok(())
    }
}

/// The balance's currency, or that of the card's first account.
fn currency_of(balance: &Balance, account: Option<OneOrMany<Account>>) -> i32 {
    let accounts = account.map(OneOrMany::into_vec).unwrap_or_default();
    let of_accounts = accounts.iter().map(|account| &account.currency);
    let told = std::iter::once(&balance.currency).chain(of_accounts);
    let first = told.map(Scalar::text).find(|text| !text.is_empty());
    currency::read(first.unwrap_or_default())
}

fn is_corporate(told: &Scalar, rules: &Rules) -> bool {
    rules.corporate_groups.iter().any(|group| told.is(group))
}

/// The action code by which a card pays: of several, the first, as clients read it, or the first that is not 000. What else
/// there is shows when the card pays.
fn card_status(statuses: Option<Statuses>, which: CardStatuses) -> Result<i64, AskError> {
    let codes = card_statuses(statuses)?;
    let refusing = match which {
        CardStatuses::First => None,
        CardStatuses::All => codes.iter().find(|code| **code != 0),
    };
    Ok(refusing.or(codes.first()).copied().unwrap_or(NO_STATUS))
}

/// A card without any status is refused, as clients do.
const NO_STATUS: i64 = 100;

/// The action codes of all items of type `card`. The types are uncertain (docs/networks.md#humo-card-information), so
/// without one the first item is used.
///
/// A recipient's must all be 000: when a transfer inside HUMO is refused, its code does not say whose card it means.
///
/// # Errors
/// One cannot be read.
fn card_statuses(statuses: Option<Statuses>) -> Result<Vec<i64>, AskError> {
    let items = statuses.and_then(|statuses| statuses.item);
    let items = items.map(OneOrMany::into_vec).unwrap_or_default();
    let mut own: Vec<&StatusItem> = items.iter().filter(|item| item.kind.is("card")).collect();
    if own.is_empty() {
        own.extend(items.first());
    }
    if own.is_empty() {
        return Ok(vec![NO_STATUS]);
    }
    let codes: Option<Vec<i64>> = own.iter().map(|item| item.action_code.code()).collect();
    codes.ok_or_else(|| unavailable("a status that cannot be read"))
}

/// A usable card has action code 000 and SMS banking on (docs/networks.md#humo-card-information), and is not a
/// company's.
fn inactive(status: i64) -> Option<Refusal> {
    let code = match codes::read(status) {
        (Class::Certain(_), code) => code,
        // Of the success codes, only 000 belongs to a usable card.
        _ if status == 0 => return None,
        (Class::Likely | Class::Open | Class::Gone | Class::OtherState, _) => {
            ErrorCode::DeclinedByNetwork
        }
    };
    Some(codes::refusal(code, status))
}

fn company(corporate: bool) -> Option<Refusal> {
    corporate.then(|| Refusal {
        code: ErrorCode::CardTypeNotSupported,
        processing_code: "corporate".to_owned(),
    })
}

fn sms_off(state: &Scalar) -> Option<Refusal> {
    (!state.is(SMS_ON)).then(|| Refusal {
        code: ErrorCode::SmsServiceOff,
        processing_code: word(state.text()),
    })
}

#[cfg(test)]
#[path = "card_info_tests.rs"]
mod tests;
