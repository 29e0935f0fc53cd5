//! `[humo]`: HUMO's PaymentServer and its card information.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};

use super::accounts::HumoAccount;
use super::fault::fault;
use super::humo_information::{
    CardInfoBy, CardStatuses, MbFlag, MiddlewareLogin, SoapInfo, TokenFrom, TokenHeader,
};
use super::peer_tls::PeerTls;
use super::route::Route;
use super::secret;

#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
#[validate(schema(function = "has_paths"))]
#[validate(schema(function = "accounts_are_sound"))]
#[validate(schema(function = "has_centres"))]
pub struct Humo {
    /// The PaymentServer's address. Without it the sandbox is used.
    pub payment_url: Option<String>,
    /// TLS towards it.
    #[validate(nested)]
    pub payment_tls: PeerTls,
    /// The way to it.
    #[validate(nested)]
    pub payment_route: Route,
    /// The middleware's address. Without it the sandbox is used.
    pub info_url: Option<String>,
    /// TLS towards it.
    #[validate(nested)]
    pub info_tls: PeerTls,
    /// The way to it.
    #[validate(nested)]
    pub info_route: Route,
    /// What describes cards.
    pub info: CardInfoBy,
    /// What follows the middleware's address for a card. Default: `/v3/iiacs/card`, or `/v2/iiacs/card` by `info`;
    pub card_path: Option<String>,
    /// and for its history.
    pub history_path: String,
    /// The address of the histories, where it is not `info_url`. The way to it is the same.
    pub history_url: Option<String>,
    /// The name in the certificate there, where it is not that of `info_tls`.
    pub history_server_name: Option<String>,
    /// How SMS banking is asked for beside a card.
    pub mb_flag: MbFlag,
    /// Which of several statuses counts.
    pub card_statuses: CardStatuses,
    /// The services of `info = "soap"`. The way to them is that of `info_url`.
    pub soap_info: SoapInfo,
    /// The PaymentServer's user.
    pub user: String,
    /// The `paymentOriginator` of each request; without it, the user.
    pub originator: Option<String>,
    #[serde(serialize_with = "secret::hidden")]
    pub password: SecretString,
    /// A file that holds the password, in place of `password`.
    pub password_file: Option<PathBuf>,
    /// Where the middleware's token comes from,
    pub auth: TokenFrom,
    /// how its header is written,
    pub token_header: TokenHeader,
    /// and the login of `auth = "login"`.
    pub login: MiddlewareLogin,
    /// The middleware's token.
    #[serde(serialize_with = "secret::hidden")]
    pub token: SecretString,
    /// A file that holds the token, in place of `token`. It is read again when it changes.
    pub token_file: Option<PathBuf>,
    /// Milliseconds to connect.
    pub connect_timeout_ms: u64,
    /// Milliseconds for the whole exchange.
    pub timeout_ms: u64,
    /// The longest, in seconds, that the network may take to execute a call it has received. Until then, a call that
    /// the network does not know may still arrive. Default: 600, or 30 in the sandbox profile.
    pub max_processing_s: Option<u32>,
    /// The header `SOAPAction` of every call to the PaymentServer,
    pub soap_action: SoapAction,
    /// and of single operations.
    pub soap_actions: SoapActions,
    /// What requests to the SOAP servers are.
    pub content_type: SoapContentType,
    pub point_code: String,
    pub centre_id: String,
    /// Whether `centre_id` is that of the card's bank, by the digits in its number, where `centre_ids` has it.
    pub centre_id_by_bank: bool,
    /// The centres of the banks: `DIGITS=CENTRE`.
    pub centre_ids: Vec<String>,
    /// The values of `commissionGroup` that mark a corporate card. They are not published: the default is the
    /// sandbox's.
    pub corporate_groups: Vec<String>,
    /// How a debit is made.
    pub sale: Sale,
    /// How a credit is made.
    pub credit_biller: CreditBiller,
    /// The hour in Tashkent, 0 to 23, from which on each terminal is reconciled once a day. Without it, none is.
    pub reconciliation_hour: Option<u32>,
    /// Whether HUMO is asked for its list of payments. What it answers is published nowhere.
    pub payment_list: bool,
    /// Whether a credit tells the recipient's expiry, as public clients do.
    pub send_credit_expiry: bool,
    /// Whose tariff holds for transfers inside HUMO.
    pub fee_from: FeeFrom,
    /// Further action codes that refuse a call that moves money for certain, for what the acquirer's contract promises.
    /// Any other code that is not known to be an issuer's refusal is asked after (docs/networks.md#humo-action-codes).
    pub certain_refusals: Vec<i64>,
    /// Further accounts by their names. What one does not say, the settings above and `[transfers]` do; they are the account
    /// `default`.
    pub accounts: BTreeMap<String, HumoAccount>,
}

/// The `billerRef` of a debit. Either way it is created, which blocks the money, and confirmed, which takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Sale {
    /// A single message.
    SoapSms,
    /// The dual message, which a hold is, too.
    SoapDms,
}

/// The `billerRef` of a credit. Either way it is one call, which credits at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum CreditBiller {
    #[serde(rename = "soap_tocard_2")]
    SoapToCard2,
    /// Of older contours.
    #[serde(rename = "soap_tocard")]
    SoapToCard,
}

/// The type of a request to a SOAP server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum SoapContentType {
    #[serde(rename = "text/xml")]
    TextXml,
    #[serde(rename = "application/xml")]
    ApplicationXml,
}

impl SoapContentType {
    /// As the header has it, and as clients write it.
    pub fn header(self) -> &'static str {
        match self {
            Self::TextXml => "text/xml; charset=utf-8",
            Self::ApplicationXml => "application/xml",
        }
    }
}

/// Who names the fee of a transfer inside HUMO. A transfer for which HUMO names another fee than the quoted one is cancelled
/// (-32406); if it was finished already, the partner is told the fee that HUMO took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeFrom {
    /// The gateway's tariff holds: where HUMO names no fee, it is the quoted one.
    Tariff,
    /// HUMO must name the fee.
    Network,
}

/// What the header `SOAPAction` says. The real server does not seem to look at it (docs/networks.md#humo-soap).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SoapAction {
    /// There is no such header.
    None,
    /// It has no value.
    Empty,
    /// `""`
    QuotedEmpty,
    /// The operation's name.
    Operation,
    /// The same in quotes.
    QuotedOperation,
}

/// A text of its own for an operation, as it is to be sent.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SoapActions {
    pub payment: Option<String>,
    pub request: Option<String>,
    pub get_payment: Option<String>,
    pub cancel_request: Option<String>,
    pub return_payment: Option<String>,
}

fn has_paths(humo: &Humo) -> Result<(), ValidationError> {
    for (key, path) in [
        ("card_path", humo.card_path()),
        ("history_path", &humo.history_path),
        ("login.path", &humo.login.path),
    ] {
        if !path.starts_with('/') || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(fault(
                key,
                "must be a path of a URL, such as \"/v3/iiacs/card\"",
            ));
        }
    }
    if humo.history_server_name.is_some() && humo.history_url.is_none() {
        return Err(fault(
            "history_server_name",
            "must be set with history_url alone: without it the histories are at info_url, as humo.info_tls has it",
        ));
    }
    Ok(())
}

/// As two public clients have them (docs/networks.md#paymentserver).
const CENTRES: [&str; 28] = [
    "01=Ipoteka",
    "02=UzPSB",
    "03=Agrobank",
    "04=Asaka",
    "06=KishloqKB",
    "08=Xalqbank",
    "09=AsiaAllianc",
    "10=Kapital",
    "12=NBU",
    "13=Mkredit",
    "14=Savdogar",
    "15=Turon",
    "16=Hamkor",
    "17=IpakYuli",
    "18=Trastbank",
    "19=Aloqa",
    "20=KDB",
    "21=Turkiston",
    "23=Universal",
    "24=Ravnaq",
    "25=Davr",
    "26=Infin",
    "27=OFB",
    "28=HiTech",
    "29=UTBank",
    "30=Saderat",
    "31=AgroExpBank",
    "32=MadadInvest",
];

impl Humo {
    /// TLS towards the histories.
    pub(crate) fn history_tls(&self) -> PeerTls {
        let own = self.history_server_name.as_ref();
        self.info_tls
            .towards(own.filter(|_| self.history_url.is_some()))
    }

    /// TLS towards where the middleware's login is made.
    pub(crate) fn login_tls(&self) -> PeerTls {
        match self.info {
            CardInfoBy::V3 | CardInfoBy::V2 => self.info_tls.clone(),
            CardInfoBy::Soap => self.history_tls(),
        }
    }

    /// What follows the middleware's address for a card.
    pub fn card_path(&self) -> &str {
        match (&self.card_path, self.info) {
            (Some(path), _) => path,
            (None, CardInfoBy::V2) => "/v2/iiacs/card",
            (None, CardInfoBy::V3 | CardInfoBy::Soap) => "/v3/iiacs/card",
        }
    }

    /// The setting of the address that cards are asked about at, and the address. `Err`: one of several that is missing.
    pub(super) fn card_address(&self) -> Result<(&'static str, &Option<String>), &'static str> {
        let soap = &self.soap_info;
        match self.info {
            CardInfoBy::V3 | CardInfoBy::V2 => Ok(("humo.info_url", &self.info_url)),
            CardInfoBy::Soap => {
                let all = [
                    ("humo.soap_info.cards_url", &soap.cards_url),
                    ("humo.soap_info.issuing_url", &soap.issuing_url),
                    ("humo.soap_info.access_url", &soap.access_url),
                ];
                let missing = all.into_iter().find(|(_, url)| url.is_none());
                match missing {
                    Some((key, _)) if all.iter().any(|(_, url)| url.is_some()) => Err(key),
                    Some(_) | None => Ok(("humo.soap_info.cards_url", &soap.cards_url)),
                }
            }
        }
    }

    /// Whether a token that is set goes to the middleware.
    pub(super) fn sends_token(&self) -> bool {
        let has_middleware = match self.info {
            CardInfoBy::V3 | CardInfoBy::V2 => true,
            CardInfoBy::Soap => self.info_url.is_some() || self.history_url.is_some(),
        };
        has_middleware && self.auth == TokenFrom::Token && self.token_header != TokenHeader::None
    }

    /// The centre of each bank, by its digits; none where it is the same for all.
    pub(crate) fn centres(&self) -> HashMap<String, String> {
        let entries = self.centre_ids.iter().filter(|_| self.centre_id_by_bank);
        let pairs = entries.filter_map(|entry| entry.split_once('='));
        pairs
            .map(|(digits, centre)| (digits.to_owned(), centre.to_owned()))
            .collect()
    }
}

fn has_centres(humo: &Humo) -> Result<(), ValidationError> {
    let is_one = |entry: &String| {
        entry.split_once('=').is_some_and(|(digits, centre)| {
            let are_digits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            are_digits && (1..=64).contains(&centre.len())
        })
    };
    match humo.centre_ids.iter().all(is_one) {
        true => Ok(()),
        false => Err(fault(
            "centre_ids",
            "each must be two digits and a centre, such as \"19=Aloqa\"",
        )),
    }
}

fn accounts_are_sound(humo: &Humo) -> Result<(), ValidationError> {
    humo.accounts.values().try_for_each(HumoAccount::check)
}

impl Default for Humo {
    fn default() -> Self {
        Self {
            payment_url: None,
            payment_tls: PeerTls::default(),
            payment_route: Route::default(),
            info_url: None,
            info_tls: PeerTls::default(),
            info_route: Route::default(),
            info: CardInfoBy::V3,
            card_path: None,
            history_path: "/v1/ws/transaction-history".to_owned(),
            history_url: None,
            history_server_name: None,
            mb_flag: MbFlag::Number,
            card_statuses: CardStatuses::First,
            soap_info: SoapInfo::default(),
            user: "aloqa".to_owned(),
            originator: None,
            password: "sandbox".into(),
            password_file: None,
            auth: TokenFrom::Token,
            token_header: TokenHeader::Bearer,
            login: MiddlewareLogin::default(),
            token: "sandbox".into(),
            token_file: None,
            connect_timeout_ms: 2_000,
            timeout_ms: 15_000,
            max_processing_s: None,
            soap_action: SoapAction::Operation,
            soap_actions: SoapActions::default(),
            content_type: SoapContentType::TextXml,
            point_code: "100010104110".to_owned(),
            centre_id: "HUMO".to_owned(),
            centre_id_by_bank: false,
            centre_ids: CENTRES.map(str::to_owned).into(),
            corporate_groups: vec!["CORP".to_owned()],
            sale: Sale::SoapSms,
            credit_biller: CreditBiller::SoapToCard2,
            reconciliation_hour: None,
            payment_list: false,
            send_credit_expiry: true,
            fee_from: FeeFrom::Tariff,
            certain_refusals: Vec::new(),
            accounts: BTreeMap::new(),
        }
    }
}
