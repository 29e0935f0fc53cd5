//! The services that tell of cards over SOAP (docs/networks.md#humo-cards-over-soap), in the shapes of public clients:
//! `IIACardServices` with its balance in Java's form, Issuing with the items beside the response that refers to them,
//! `AccessGateway` with a fault where there is no agreement.

use hyper::{HeaderMap, StatusCode};

use super::{
    card_info::statuses,
    refusal::plain_fault,
    soap::{self, Element, tag},
};
use crate::{
    cards::{CARD_EXPIRY_YYMM, Outcome, TestCard},
    faults::{Fault, Operation},
    http::{NetworkRequest, Reply, XML, basic_user},
    money::Account,
    network::Network,
    simulator::Simulator,
};

/// A question, whichever of the three services it goes to.
pub(crate) enum SoapInfoRequest {
    /// `getCardAccountsBalance` of this number.
    Balance(String),
    /// `listCustomers` of this one.
    Customers(String),
    /// `export` of this `cardholderID`.
    Agreement(String),
}

impl SoapInfoRequest {
    pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, Reply> {
        if basic_user(headers).is_none() {
            return Err(Reply::text(StatusCode::UNAUTHORIZED, "Unauthorized"));
        }
        let root = soap::parse(body).map_err(|error| plain_fault(&error))?;
        let operation = root.operation();
        let operation = operation.ok_or_else(|| plain_fault("No operation in a SOAP body"))?;
        let text = |at: &Element, name: &str| {
            let text = at.text_of(name).map(str::to_owned);
            text.ok_or_else(|| plain_fault(&format!("{name} is missing")))
        };
        match operation.name.as_str() {
            "getCardAccountsBalance" => {
                Ok(Self::Balance(text(&operation, "primaryAccountNumber")?))
            }
            "listCustomers" => {
                let parameters = operation.child("Parameters").unwrap_or(&operation);
                Ok(Self::Customers(text(parameters, "CARD")?))
            }
            "export" => {
                if operation
                    .child("bankid")
                    .or(operation.child("bankId"))
                    .is_none()
                {
                    return Err(plain_fault("bankId is missing"));
                }
                Ok(Self::Agreement(text(&operation, "cardholderID")?))
            }
            unknown => Err(plain_fault(&format!("Method '{unknown}' not implemented"))),
        }
    }
}

impl NetworkRequest for SoapInfoRequest {
    const NETWORK: Network = Network::Humo;

    fn operation(&self, _: &Simulator) -> Operation {
        Operation::Info
    }

    fn card_fault(&self, _: &Simulator) -> Option<Fault> {
        None
    }

    fn execute(self, simulator: &Simulator) -> Reply {
        simulator.read(|state| {
            let mut cards = state.cards();
            let found = cards.find(|card| {
                let profile = card.profile;
                profile.network == Network::Humo
                    && match &self {
                        Self::Balance(pan) | Self::Customers(pan) => profile.pan == pan,
                        Self::Agreement(holder) => holder_of(profile) == *holder,
                    }
            });
            match (self, found) {
                (Self::Balance(_), Some(card)) => balance(card.profile, card.account),
                (Self::Balance(_), None) => body(
                    ("iiacs", "urn:IIACardServices"),
                    "<iiacs:getCardAccountsBalanceResponse><listSize>0</listSize></iiacs:getCardAccountsBalanceResponse>",
                ),
                (Self::Customers(_), card) => customers(card.map(|card| card.profile)),
                (Self::Agreement(_), card) => agreement(card.map(|card| card.profile)),
            }
        })
    }

    fn answer_with(&self, code: i64) -> Reply {
        fault(code, "Refused by the sandbox")
    }

    fn keep_refused(&self, _: &Simulator, _: i64) {}
}

/// The client at Issuing.
fn client(profile: &TestCard) -> &str {
    profile.pan.get(8..).unwrap_or_default()
}

fn holder_of(profile: &TestCard) -> String {
    format!("{}-{}", client(profile), profile.bank())
}

fn balance(profile: &TestCard, account: &Account) -> Reply {
    let items: String = statuses(profile.outcome)
        .iter()
        .map(|item| {
            let text = |name: &str| tag(name, item[name].as_str().unwrap_or_default());
            let content = ["type", "actionCode", "actionDescription"].map(text);
            format!("<item>{}</item>", content.concat())
        })
        .collect();
    let group = match profile.outcome == Outcome::Corporate {
        true => "CORP",
        false => "PRIV",
    };
    let pin_tries = match profile.outcome == Outcome::PinTries {
        true => "3",
        false => "0",
    };
    let card = [
        tag("institutionId", "00401"),
        tag("primaryAccountNumber", profile.pan),
        tag("prefixNumber", profile.pan.get(..8).unwrap_or_default()),
        tag("expiry", CARD_EXPIRY_YYMM),
        tag("nameOnCard", profile.owner),
        tag("commissionGroup", group),
        tag("bankC", profile.bank()),
        tag("pinTryCount", pin_tries),
        format!("<statuses>{items}</statuses>"),
    ];
    let available = tag("availableAmount", &java_double(account.available));
    let content = format!(
        "<iiacs:getCardAccountsBalanceResponse><listSize>1</listSize><card>{}</card><account>{}{available}</account>\
         <balance>{}{available}</balance></iiacs:getCardAccountsBalanceResponse>",
        card.concat(),
        tag("currency", "860"),
        tag("currency", "860"),
    );
    body(("iiacs", "urn:IIACardServices"), &content)
}

/// As Java prints a double: `1.0E9`, below ten million `500000.0`.
fn java_double(amount: i64) -> String {
    let digits = amount.to_string();
    let Some((first, rest)) = digits.split_at_checked(1) else {
        return digits;
    };
    if amount < 10_000_000 {
        return format!("{amount}.0");
    }
    let shown = match rest.trim_end_matches('0') {
        "" => "0",
        shown => shown,
    };
    format!("{first}.{shown}E{}", rest.len())
}

/// Axis writes what it refers to beside the response.
fn customers(profile: Option<&TestCard>) -> Reply {
    let items = profile.map(|profile| {
        let pairs = [
            ("CLIENT", client(profile)),
            ("BANK_C", profile.bank()),
            ("R_MOB_PHONE", profile.phone),
        ];
        pairs
            .into_iter()
            .enumerate()
            .map(|(id, (name, value))| {
                let content = tag("name", name) + &tag("value", value);
                format!("<multiRef id=\"id{id}\">{content}</multiRef>")
            })
            .collect::<String>()
    });
    let content = format!(
        "<bin:listCustomersResponse><ResponseInfo href=\"#id8\"/><Details href=\"#id9\"/></bin:listCustomersResponse>\
         <multiRef id=\"id8\">{}{}</multiRef>\
         <multiRef id=\"id9\"><row><item href=\"#id0\"/><item href=\"#id1\"/><item href=\"#id2\"/></row></multiRef>{}",
        tag("response_code", "0"),
        tag("error_description", ""),
        items.unwrap_or_default(),
    );
    body(("bin", "urn:IssuingWS/binding"), &content)
}

fn agreement(profile: Option<&TestCard>) -> Reply {
    let Some(profile) = profile.filter(|profile| profile.outcome != Outcome::NoSms) else {
        return fault(-1, "No agreement");
    };
    let card = [tag("state", "on"), tag("pan", profile.pan)].concat();
    let phone = [
        tag("state", "on"),
        tag("msisdn", &format!("+{}", profile.phone)),
        tag("deliveryChannel", "-"),
    ];
    let content = format!(
        "<ag:exportResponse>{}{}{}<Card>{card}</Card><Phone>{}</Phone></ag:exportResponse>",
        tag("cardholderID", &holder_of(profile)),
        tag("cardholderName", profile.owner),
        tag("state", "on"),
        phone.concat(),
    );
    body(("ag", "urn:AccessGateway"), &content)
}

fn fault(code: i64, description: &str) -> Reply {
    let exception = tag("code", &code.to_string()) + &tag("description", description);
    let content = format!(
        "<S:Fault><faultcode>S:Server</faultcode><faultstring></faultstring><detail><ag:AccessGatewayException>{exception}\
         </ag:AccessGatewayException></detail></S:Fault>"
    );
    Reply {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        ..body(("ag", "urn:AccessGateway"), &content)
    }
}

fn body((prefix, namespace): (&str, &str), content: &str) -> Reply {
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<S:Envelope xmlns:S=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:{prefix}=\"{namespace}\"><S:Body>{content}</S:Body></S:Envelope>"
    );
    Reply::new(StatusCode::OK, XML, text)
}
