//! A card over SOAP (docs/networks.md#humo-cards-over-soap): `IIACardServices` tells it with its balance, Issuing whose it
//! is, and `AccessGateway` the owner's phone. What comes of it is read like the middleware's.

use bytes::Bytes;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use rpc_schema::values::Pan;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::middleware::{refused, unavailable};
use super::soap::{self, Element, element};
use super::soap_action::SoapActionHeader;
use crate::config::{self, BankIdElement, SoapInfo};
use crate::domain::inquiry::AskError;
use crate::processing::bulkhead::{Bulkhead, CallClass};
use crate::processing::exchange::{Endpoint, Reply, SetupError, Way, basic};

/// The three services.
#[derive(Debug)]
pub(super) struct SoapInfoClient {
    cards: Service,
    issuing: Service,
    access: Service,
    settings: SoapInfo,
}

/// Their addresses.
#[derive(Debug, Clone)]
pub(crate) struct SoapAddresses {
    pub(crate) cards: String,
    pub(crate) issuing: String,
    pub(crate) access: String,
}

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SoapService {
    /// `IIACardServices`: a card with its balance.
    Cards,
    /// Issuing: whose card it is.
    Issuing,
    /// `AccessGateway`: the owner's phone.
    Access,
}

#[derive(Debug)]
pub(super) struct Service {
    pub(super) endpoint: Endpoint,
    authorization: HeaderValue,
    soap_action: SoapActionHeader,
    pub(super) content_type: &'static str,
    service: SoapService,
}

/// What a service has answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The whole body.
    Told(Element),
    /// A fault with a code.
    Fault(i64),
}

impl SoapInfoClient {
    pub(super) fn new(
        config: &config::Humo,
        addresses: &SoapAddresses,
        bulkhead: &Bulkhead,
    ) -> Result<Self, SetupError> {
        let service = |service, url: &str| Service::new(config, service, url, bulkhead);
        Ok(Self {
            cards: service(SoapService::Cards, &addresses.cards)?,
            issuing: service(SoapService::Issuing, &addresses.issuing)?,
            access: service(SoapService::Access, &addresses.access)?,
            settings: config.soap_info.clone(),
        })
    }

    /// The card, then its owner, then the owner's phone: each needs what the one before has told.
    pub(super) async fn ask(&self, pan: &Pan) -> Result<Value, AskError> {
        let told = card(self.cards.ask(&about_card(pan)).await?)?;
        let bank = bank(&told, pan);
        let question = about_customers(&self.settings, pan, &bank);
        let Some(client) = client(self.issuing.ask(&question).await?)? else {
            return Ok(info(told, json!({"state": "no-customer"})));
        };
        let holder = holder(&client, &bank);
        let question = about_agreement(&self.settings, &holder);
        let phone = phone(self.access.ask(&question).await?, &holder, pan)?;
        Ok(info(told, phone))
    }
}

/// What is asked of `IIACardServices`.
pub(super) fn about_card(pan: &Pan) -> String {
    element("primaryAccountNumber", pan.digits())
}

/// What is asked of Issuing.
pub(super) fn about_customers(settings: &SoapInfo, pan: &Pan, bank: &str) -> String {
    let session = Uuid::new_v4().to_string();
    let connection = [
        element("BANK_C", bank),
        element("GROUPC", &settings.group),
        element("EXTERNAL_SESSION_ID", &session),
    ];
    let parameters = [
        element("CARD", pan.digits()),
        element("BANK_C", bank),
        element("GROUPC", &settings.group),
    ];
    format!(
        "<ConnectionInfo>{}</ConnectionInfo><Parameters>{}</Parameters>",
        connection.concat(),
        parameters.concat()
    )
}

/// What is asked of `AccessGateway`.
pub(super) fn about_agreement(settings: &SoapInfo, holder: &str) -> String {
    let bank_id = match settings.bank_id_element {
        BankIdElement::LowerCase => "bankid",
        BankIdElement::CamelCase => "bankId",
    };
    element("cardholderID", holder) + &element(bank_id, &settings.bank_id)
}

/// The `cardholderID` of a client of this bank.
pub(super) fn holder(client: &str, bank: &str) -> String {
    format!("{client}-{bank}")
}

impl SoapService {
    /// What it is asked.
    pub(super) fn operation(self) -> &'static str {
        match self {
            Self::Cards => "getCardAccountsBalance",
            Self::Issuing => "listCustomers",
            Self::Access => "export",
        }
    }

    /// The name in its certificate, where it has one of its own.
    fn server_name(self, settings: &SoapInfo) -> Option<&String> {
        let name = match self {
            Self::Cards => &settings.cards_server_name,
            Self::Issuing => &settings.issuing_server_name,
            Self::Access => &settings.access_server_name,
        };
        name.as_ref()
    }

    /// The prefix and the namespace of that.
    fn namespace(self) -> (&'static str, &'static str) {
        match self {
            Self::Cards => ("iiacs", "urn:IIACardServices"),
            Self::Issuing => ("bin", "urn:IssuingWS/binding"),
            Self::Access => ("urn", "urn:AccessGateway"),
        }
    }
}

impl Service {
    pub(super) fn new(
        config: &config::Humo,
        service: SoapService,
        url: &str,
        bulkhead: &Bulkhead,
    ) -> Result<Self, SetupError> {
        let (connect, total) = (config.connect_timeout_ms, config.timeout_ms);
        let tls = config
            .info_tls
            .towards(service.server_name(&config.soap_info));
        let way = Way::of(&tls, &config.info_route, connect, total);
        Ok(Self {
            endpoint: Endpoint::new(url, way)?.within(bulkhead),
            authorization: basic(&config.user, &config.password)?,
            soap_action: SoapActionHeader::new(config)?,
            content_type: config.content_type.header(),
            service,
        })
    }

    /// What it is asked.
    pub(super) fn operation(&self) -> &'static str {
        self.service.operation()
    }

    /// The headers of a question.
    pub(super) fn headers(&self) -> Vec<(HeaderName, HeaderValue)> {
        let mut headers = vec![(AUTHORIZATION, self.authorization.clone())];
        headers.extend(self.soap_action.of(self.operation()));
        headers
    }

    /// The body of a question.
    pub(super) fn body(&self, content: &str) -> Bytes {
        let service = self.service;
        soap::envelope_of(service.namespace(), service.operation(), content).into()
    }

    async fn ask(&self, content: &str) -> Result<Answer, AskError> {
        let (operation, headers) = (self.operation(), self.headers());
        let body = self.body(content);
        let posted =
            self.endpoint
                .post(CallClass::New, operation, &headers, self.content_type, body);
        read(&posted.await.map_err(AskError::from)?, operation)
    }
}

/// Takes the answer from a reply to this operation.
pub(super) fn read(reply: &Reply, operation: &str) -> Result<Answer, AskError> {
    let unreadable =
        |cause: &str| AskError::unreadable(format!("HTTP {}: {cause}", reply.status.as_u16()));
    let body = soap::parse(&reply.body)
        .ok()
        .and_then(Element::into_whole_body)
        .ok_or_else(|| unreadable("the reply is not a SOAP message"))?;
    let first = body.children().first();
    let first = first.ok_or_else(|| unreadable("an empty SOAP message"))?;
    if first.name == "Fault" {
        // Each service has an exception of its own, one with `error`, another one with `code`.
        let detail = first.child("detail").unwrap_or(first);
        let codes = ["error", "code"].map(|name| detail.anywhere(name));
        let code = codes.into_iter().flatten().find_map(|code| {
            let code = code.text().parse::<i64>().ok();
            code.filter(|code| crate::processing::lenient::is_code(*code))
        });
        return code
            .map(Answer::Fault)
            .ok_or_else(|| unreadable("a fault without a code"));
    }
    if !reply.status.is_success() {
        return Err(unreadable("a response with an HTTP error status"));
    }
    if first.name.strip_suffix("Response") != Some(operation) {
        return Err(unreadable("the response is to another operation"));
    }
    Ok(Answer::Told(body))
}

/// What `IIACardServices` tells of a card, in the middleware's form.
pub(super) fn card(answer: Answer) -> Result<Map<String, Value>, AskError> {
    let body = match answer {
        Answer::Told(body) => body,
        Answer::Fault(code) => return Err(refused(Some(code))),
    };
    if body.anywhere("card").is_none() {
        return match body.anywhere("listSize").map(Element::text) {
            Some("0") => Err(refused(Some(404))),
            Some(_) | None => Err(unavailable("a reply without a card")),
        };
    }
    let part = |name: &str| body.anywhere(name).map(in_json);
    let parts = ["card", "account", "balance"].map(|name| (name, part(name)));
    let told = parts
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Ok(told.collect())
}

/// Whose card it is, by Issuing; `None` if it has no owner there.
pub(super) fn client(answer: Answer) -> Result<Option<String>, AskError> {
    let body = match answer {
        Answer::Told(body) => body,
        Answer::Fault(code) => return Err(refused(Some(code))),
    };
    let code = body.anywhere("response_code").map(Element::text);
    match code.map(str::parse::<i64>) {
        Some(Ok(0)) => {}
        Some(Ok(code)) => return Err(refused(Some(code))),
        Some(Err(_)) | None => return Err(unavailable("a reply without a response code")),
    }
    // Axis may write the items beside the response, where it refers to them.
    let pairs = body.pairs();
    let mut clients = pairs
        .into_iter()
        .filter(|(name, value)| *name == "CLIENT" && !value.is_empty())
        .map(|(_, value)| value);
    let Some(first) = clients.next() else {
        return Ok(None);
    };
    // The code would go to the phone of one of them.
    if clients.any(|other| other != first) {
        return Err(unavailable("a card with several owners"));
    }
    Ok(Some(first.to_owned()))
}

/// SMS banking of a card's owner, by `AccessGateway`, in the middleware's form.
pub(super) fn phone(answer: Answer, holder: &str, pan: &Pan) -> Result<Value, AskError> {
    let body = match answer {
        Answer::Told(body) => body,
        // There is no agreement.
        Answer::Fault(-1) => return Ok(json!({"state": "no-customer"})),
        Answer::Fault(code) => return Err(refused(Some(code))),
    };
    let told = body.children().first().unwrap_or(&body);
    let named = told.text_of("cardholderID");
    if !named.is_empty() && named != holder {
        return Err(unavailable("the reply is about another owner"));
    }
    let is_on = |state: &str| state.is_empty() || state.eq_ignore_ascii_case("on");
    let agreement = told.text_of("state");
    if !is_on(agreement) {
        return Ok(json!({"state": agreement}));
    }
    let is_switched_off =
        |card: &&Element| card.text_of("pan") == pan.digits() && !is_on(card.text_of("state"));
    if told.all("Card").iter().any(is_switched_off) {
        return Ok(json!({"state": "off-card"}));
    }
    let phones = told.all("Phone");
    let on = phones.iter().find(|phone| is_on(phone.text_of("state")));
    Ok(match (on, phones.is_empty()) {
        (Some(phone), _) => json!({"state": "on", "phone": phone.text_of("msisdn")}),
        (None, false) => json!({"state": "off-phone"}),
        (None, true) => json!({"state": "no-phone"}),
    })
}

/// The bank's digits: those that the card names; else those of the number, which a card of two networks does not have.
pub(super) fn bank(told: &Map<String, Value>, pan: &Pan) -> String {
    let named = told.get("card").and_then(|card| card.get("bankC"));
    let named = named
        .and_then(Value::as_str)
        .filter(|bank| !bank.is_empty());
    let digits = pan.digits().get(4..6).unwrap_or_default();
    named.unwrap_or(digits).to_owned()
}

/// The card with its SMS banking, as the middleware's third version would tell it.
pub(super) fn info(mut told: Map<String, Value>, phone: Value) -> Value {
    told.insert("mb".to_owned(), phone);
    Value::Object(told)
}

/// An element as JSON: its children by name, those of the same name as an array; without any, its text.
fn in_json(element: &Element) -> Value {
    if element.children().is_empty() {
        return match element.text() {
            "" => Value::Null,
            text => Value::from(plain(text)),
        };
    }
    let mut members = Map::new();
    for child in element.children() {
        let value = in_json(child);
        match members.get_mut(&child.name) {
            None => {
                members.insert(child.name.clone(), value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(members)
}

/// A text; a number of Java's form, such as `1.0E9`, written out.
fn plain(text: &str) -> String {
    let written = || {
        let (mantissa, exponent) = text.split_once(['E', 'e'])?;
        let (whole, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: usize = exponent.parse().ok().filter(|exponent| *exponent <= 18)?;
        let rest = rest.trim_end_matches('0');
        let digits = whole.strip_prefix('-').unwrap_or(whole);
        let is_number = |text: &str| text.bytes().all(|sign| sign.is_ascii_digit());
        // What is left behind the point is no whole number.
        if digits.is_empty() || !is_number(digits) || !is_number(rest) || rest.len() > exponent {
            return None;
        }
        Some(format!(
            "{whole}{rest}{}",
            "0".repeat(exponent - rest.len())
        ))
    };
    written().unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
#[path = "soap_info_tests.rs"]
mod tests;
