//! `[uzcard]`: SVGate, the API of UZCARD.

use std::collections::BTreeMap;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::accounts::UzcardAccount;
use super::fault::fault;
use super::peer_tls::PeerTls;
use super::route::Route;
use super::secret;
use super::transfers::P2pToHumo;

#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
#[validate(schema(function = "is_writable"))]
#[validate(schema(function = "accounts_are_sound"))]
pub struct Uzcard {
    /// SVGate's JSON-RPC address. Without it the sandbox is used.
    pub url: Option<String>,
    /// TLS towards it.
    #[validate(nested)]
    pub tls: PeerTls,
    /// The way to it.
    #[validate(nested)]
    pub route: Route,
    pub user: String,
    #[serde(serialize_with = "secret::hidden")]
    pub password: SecretString,
    /// A file that holds the password, in place of `password`.
    pub password_file: Option<PathBuf>,
    /// Milliseconds to connect.
    pub connect_timeout_ms: u64,
    /// Milliseconds for the whole exchange.
    pub timeout_ms: u64,
    /// The longest, in seconds, that the network may take to execute a call it has received. Until then, a call that
    /// the network does not know may still arrive. Default: 600, or 30 in the sandbox profile.
    pub max_processing_s: Option<u32>,
    /// The legacy ISO field `port` of `hold.dismiss.charge` and `trans.pay`.
    pub port: String,
    /// The method of a payment.
    pub payment_method: PaymentMethod,
    /// `tran.purpose` of a payment, 1 to 20 characters.
    pub purpose: String,
    /// `tran.receiverId` of a payment: a text in which `{partner}` is the partner's name and `{merchant_id}` the merchant of
    /// the payment. Without it there is no such member.
    pub receiver_id: Option<String>,
    /// `tran.merchantInfo` of a payment: whom a payment facilitator collects for. A partner without an entry has none.
    pub merchants: Vec<MerchantInfo>,
    /// `serviceName` of `cards.new.otp`, 1 to 20 characters.
    pub service_name: String,
    /// Where `cards.new.otp` names the phone.
    pub requestor_phone: RequestorPhone,
    /// `sms` of `cards.new.otp`.
    pub sms: CodeMessage,
    /// Whether SVGate is asked for the prefixes of its cards, at the start and daily. They add to `prefixes`, and take no card
    /// from HUMO.
    pub bin_list: bool,
    /// What happens with a card that this login has at SVGate already, so that SVGate sends no code.
    pub known_card: KnownCard,
    /// How a transfer to a card of HUMO is carried out.
    pub p2p_to_humo: P2pToHumo,
    /// Whom a credit names as its sender, besides the person.
    pub credit_sender: CreditSenderForm,
    pub hold_statuses: HoldStatuses,
    /// Further error codes that refuse a call that moves money for certain, for what the acquirer's contract promises.
    /// Any other code that is not known to be such a refusal is asked after (docs/networks.md#svgate-codes).
    pub certain_refusals: Vec<i64>,
    /// The values of `resp` that refuse a payment in status `ERR` for certain. 51, too little money, is the only one
    /// that was seen; the others are as in ISO 8583.
    pub refusing_resp: Vec<i64>,
    /// Further accounts by their names. What one does not say, the settings above and `[transfers]` do; they are the account
    /// `default`.
    pub accounts: BTreeMap<String, UzcardAccount>,
}

/// A method that takes money from a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum PaymentMethod {
    #[serde(rename = "trans.pay.purpose")]
    Purpose,
    /// Older contours know this one alone. It has neither purpose nor receiver, and wants `port`, `stan` and `date12`.
    #[serde(rename = "trans.pay")]
    Pay,
}

/// A place for the phone of the one who attaches a card. SVGate compares it with the card's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestorPhone {
    /// It is not told.
    Off,
    /// Beside the card.
    Params,
    /// Inside the card.
    Card,
}

/// What SVGate's messages with a code are like.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct CodeMessage {
    /// The text that was agreed with UZCARD, 0 to 9999.
    pub template_id: Option<u32>,
    /// The signs by which an application on Android finds its code, at most 12.
    pub hash: Option<String>,
}

/// A card may be attached by several partners of one login. SVGate keeps one token for it, and may send no second code: it
/// answers `verified` with the token, or -271.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownCard {
    /// A code of SVGate's is waited for, whatever it says; -271 refuses.
    Refuse,
    /// The gateway sends a code of its own, as at HUMO.
    OwnCode,
    /// The holder hears nothing: any six digits confirm the card.
    NoCode,
}

/// A partner, as a payment facilitator tells of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MerchantInfo {
    /// The partner's name at the gateway.
    pub partner: String,
    /// The category of the merchant, at most four digits.
    pub mcc: String,
    pub legal_name: String,
    /// SVGate's number for the kind of company.
    pub legal_type: u32,
    /// Its TIN or PINFL.
    pub legal_id: String,
    /// Its kind of business (OKED), at most five digits.
    pub legal_oked: Option<String>,
}

/// `sender` of `p2p.universal.credit`, without the person.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct CreditSenderForm {
    /// The network or the wallet that the money comes from, under the name that SVGate has for it.
    pub system: String,
    /// What the payer is called. Without it: `legal_id` of `[transfers.sender]`, and the masked card number where there is none.
    pub id: Option<CreditSenderId>,
    /// The text that is the `id` of all payers, with `id = "account"`.
    pub account: Option<String>,
    /// The organisation. Without it: that of `[transfers.sender]`, and `service_name` where there is none.
    pub legal_name: Option<String>,
}

/// What SVGate calls the payer of a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CreditSenderId {
    /// The masked number of the card that paid.
    Mask,
    /// The whole number of that card.
    Pan,
    /// The reference that HUMO gave to its debit; the mask where there is none.
    Rrn,
    /// The text of `account`.
    Account,
}

impl Default for CreditSenderForm {
    fn default() -> Self {
        Self {
            system: "humo".to_owned(),
            id: None,
            account: None,
            legal_name: None,
        }
    }
}

/// The places of `receiver_id`.
const RECEIVER_PLACES: [&str; 2] = ["{partner}", "{merchant_id}"];

fn is_writable(uzcard: &Uzcard) -> Result<(), ValidationError> {
    if let Some(number) = uzcard.hold_statuses.ambiguous() {
        return Err(fault(
            "hold_statuses",
            format!(
                "must name one state by {number}: what is held, charged and released has a number each"
            ),
        ));
    }
    if let Some(receiver) = &uzcard.receiver_id {
        let rest = RECEIVER_PLACES
            .iter()
            .fold(receiver.clone(), |rest, place| rest.replace(place, ""));
        if rest.contains(['{', '}']) {
            return Err(fault(
                "receiver_id",
                "must have no other places than {partner} and {merchant_id}",
            ));
        }
    }
    let sender = &uzcard.credit_sender;
    if sender.account.is_some() != (sender.id == Some(CreditSenderId::Account)) {
        return Err(fault(
            "credit_sender.account",
            "must be set with credit_sender.id = \"account\", and with no other",
        ));
    }
    let digits = |text: &str, most| {
        (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    for (index, merchant) in uzcard.merchants.iter().enumerate() {
        let oked = merchant.legal_oked.as_ref();
        let is_sound = digits(&merchant.mcc, 4)
            && (1..=80).contains(&merchant.legal_name.chars().count())
            && merchant.legal_type > 0
            && digits(&merchant.legal_id, 14)
            && oked.is_none_or(|oked| digits(oked, 5));
        if !is_sound {
            return Err(fault(
                "merchants",
                format!(
                    "entry {}: mcc has at most 4 digits, legal_name 80 characters, legal_id 14 digits, legal_oked 5 digits, and \
                     legal_type is above 0",
                    index + 1
                ),
            ));
        }
        let earlier = uzcard.merchants.iter().take(index);
        if earlier
            .clone()
            .any(|other| other.partner == merchant.partner)
        {
            return Err(fault(
                "merchants",
                format!("entry {}: the partner has one already", index + 1),
            ));
        }
    }
    Ok(())
}

/// The values of `status` in SVGate's list of holds. They are not published: a state without a number is never seen there. In
/// the sandbox profile, what is not set is the sandbox's.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct HoldStatuses {
    pub active: Option<i64>,
    pub captured: Option<i64>,
    pub dismissed: Option<i64>,
    pub expired: Option<i64>,
}

impl HoldStatuses {
    /// What the simulated network answers with.
    #[must_use]
    pub fn of_sandbox() -> Self {
        Self {
            active: Some(0),
            captured: Some(1),
            dismissed: Some(2),
            expired: Some(3),
        }
    }

    /// The states whose number nobody has set.
    #[must_use]
    pub fn unset(&self) -> Vec<&'static str> {
        let states = [
            ("active", self.active),
            ("captured", self.captured),
            ("dismissed", self.dismissed),
            ("expired", self.expired),
        ];
        let unset = states.into_iter().filter(|(_, number)| number.is_none());
        unset.map(|(state, _)| state).collect()
    }

    /// A number of several states. One for what was released and for what ended by itself is none: nothing is held in both.
    fn ambiguous(&self) -> Option<i64> {
        let [active, captured] = [self.active, self.captured];
        let ended = [self.dismissed, self.expired];
        let twice = |number: &i64| {
            let number = Some(*number);
            number == captured && number == active
                || ended.contains(&number) && [active, captured].contains(&number)
        };
        [active, captured].into_iter().flatten().find(twice)
    }

    /// These numbers, and where one is not set, the other's.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            active: self.active.or(other.active),
            captured: self.captured.or(other.captured),
            dismissed: self.dismissed.or(other.dismissed),
            expired: self.expired.or(other.expired),
        }
    }
}

fn accounts_are_sound(uzcard: &Uzcard) -> Result<(), ValidationError> {
    uzcard.accounts.values().try_for_each(UzcardAccount::check)
}

impl Default for Uzcard {
    fn default() -> Self {
        Self {
            url: None,
            tls: PeerTls::default(),
            route: Route::default(),
            user: "aloqa".to_owned(),
            password: "sandbox".into(),
            password_file: None,
            connect_timeout_ms: 2_000,
            timeout_ms: 15_000,
            max_processing_s: None,
            port: "123456".to_owned(),
            payment_method: PaymentMethod::Purpose,
            purpose: "payment".to_owned(),
            receiver_id: None,
            merchants: Vec::new(),
            service_name: "AloqaGateway".to_owned(),
            requestor_phone: RequestorPhone::Params,
            sms: CodeMessage::default(),
            bin_list: false,
            known_card: KnownCard::Refuse,
            p2p_to_humo: P2pToHumo::TwoLegs,
            credit_sender: CreditSenderForm::default(),
            hold_statuses: HoldStatuses::default(),
            certain_refusals: Vec::new(),
            refusing_resp: vec![14, 41, 43, 51, 54, 57, 58, 61, 62, 65, 75],
            accounts: BTreeMap::new(),
        }
    }
}
