//! How HUMO is asked about cards: `humo.info`, `humo.auth`, `[humo.login]` and `[humo.soap_info]`.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::secret;

/// Which service describes cards (docs/networks.md#humo-card-information).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CardInfoBy {
    /// The middleware's third version.
    V3,
    /// Its second one, which tells neither account nor balance.
    V2,
    /// `IIACardServices`, and for the phone Issuing and `AccessGateway`.
    Soap,
}

/// How the middleware is told that the caller wants SMS banking, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MbFlag {
    /// `1`
    Number,
    /// `true`
    Boolean,
}

/// Which of several statuses of type `card` counts for a card that pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CardStatuses {
    /// The first, as clients read them.
    First,
    /// All: a card pays only if each of them is 000.
    All,
}

/// Where the middleware's token comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenFrom {
    /// It is a setting; in a file, it is read again when it changes.
    Token,
    /// A login gives it.
    Login,
}

/// How the header `Authorization` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenHeader {
    /// `Bearer TOKEN`
    Bearer,
    /// `Bearer: TOKEN`
    BearerColon,
    /// `TOKEN`
    Bare,
    /// There is no such header.
    None,
}

/// A login at the middleware. No client shows one, so everything about it can be set.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct MiddlewareLogin {
    /// What follows the middleware's address.
    pub path: String,
    pub user: String,
    #[serde(serialize_with = "secret::hidden")]
    pub password: SecretString,
    /// A file that holds the password, in place of `password`.
    pub password_file: Option<PathBuf>,
    /// The request's member for the user,
    pub user_member: String,
    /// and for the password.
    pub password_member: String,
    /// The reply's member with the token; with dots for one inside others: `result.token`.
    pub token_member: String,
}

impl Default for MiddlewareLogin {
    fn default() -> Self {
        Self {
            path: "/auth/login".to_owned(),
            user: "aloqa".to_owned(),
            password: "sandbox".into(),
            password_file: None,
            user_member: "login".to_owned(),
            password_member: "password".to_owned(),
            token_member: "token".to_owned(),
        }
    }
}

/// The services that describe cards over SOAP. The `PaymentServer`'s user and password are theirs, too.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct SoapInfo {
    /// `IIACardServices`: a card and its balance.
    pub cards_url: Option<String>,
    /// The name in its certificate, where it is not that of `info_tls`.
    pub cards_server_name: Option<String>,
    /// Issuing: whose card it is.
    pub issuing_url: Option<String>,
    /// The name in its certificate, likewise.
    pub issuing_server_name: Option<String>,
    /// `AccessGateway`: the phone.
    pub access_url: Option<String>,
    /// The name in its certificate, likewise.
    pub access_server_name: Option<String>,
    /// The bank of `AccessGateway`'s agreements.
    pub bank_id: String,
    /// How its element is spelled.
    pub bank_id_element: BankIdElement,
    /// `GROUPC` at Issuing.
    pub group: String,
}

/// The two spellings that clients have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub enum BankIdElement {
    #[serde(rename = "bankid")]
    LowerCase,
    #[serde(rename = "bankId")]
    CamelCase,
}

impl Default for SoapInfo {
    fn default() -> Self {
        Self {
            cards_url: None,
            cards_server_name: None,
            issuing_url: None,
            issuing_server_name: None,
            access_url: None,
            access_server_name: None,
            bank_id: "MB_STD".to_owned(),
            bank_id_element: BankIdElement::LowerCase,
            group: "01".to_owned(),
        }
    }
}
