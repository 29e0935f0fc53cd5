//! Settings: built-in defaults, then the file, then the environment. An unknown key or a contradiction stops the start.
//!
//! Each section has a file of its own, with its keys, their units, its defaults and the rules that concern it alone. Kind and
//! bounds of each setting are in [`settings`]; [`profile_rules`] and [`check`] hold the rules that
//! concern several.

mod accounts;
mod audit;
mod check;
mod codes;
mod compat;
mod database;
mod debits;
#[cfg(test)]
mod documented_tests;
mod effective;
mod error;
mod fault;
mod file;
mod fiscal;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod history;
mod holds;
mod humo;
mod humo_information;
mod limits;
mod list;
mod load;
mod log;
mod loopback;
mod of_account;
mod origins;
mod peer_tls;
mod production;
mod profile;
mod profile_rules;
mod recovery;
mod route;
mod sandbox;
mod secret;
mod secret_files;
mod server;
mod setting;
mod settings;
mod sms;
mod tls;
mod traces;
mod transfers;
mod uzcard;
mod variables;
mod vault;
mod webhooks;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use validator::Validate;

pub use self::accounts::{HumoAccount, UzcardAccount};
pub use self::audit::Audit;
pub use self::codes::Codes;
pub use self::compat::Compat;
pub use self::database::Database;
pub use self::debits::Debits;
pub use self::effective::Effective;
pub use self::error::ConfigError;
pub use self::file::OpenFile;
pub use self::fiscal::{Fiscal, NumberMember, Ofd, OperatorKind, ReceiptContentType};
pub use self::history::History;
pub use self::holds::Holds;
pub use self::humo::{CreditBiller, FeeFrom, Humo, Sale, SoapAction, SoapActions, SoapContentType};
pub use self::humo_information::{
    BankIdElement, CardInfoBy, CardStatuses, MbFlag, MiddlewareLogin, SoapInfo, TokenFrom,
    TokenHeader,
};
pub use self::limits::Limits;
pub use self::log::Log;
pub use self::origins::Origin;
pub use self::peer_tls::PeerTls;
pub use self::production::Production;
pub use self::profile::{Choice, Profile};
pub use self::recovery::Recovery;
pub use self::route::{ProxyAddress, ProxyKind, Route};
pub use self::sandbox::Sandbox;
pub use self::server::Server;
pub use self::sms::{Sms, SmsProvider};
pub use self::tls::Tls;
pub use self::traces::Traces;
pub use self::transfers::{BankLimit, P2pToHumo, SenderDetails, TransferTerminal, Transfers};
pub use self::uzcard::{
    CodeMessage, CreditSenderForm, CreditSenderId, HoldStatuses, KnownCard, MerchantInfo,
    PaymentMethod, RequestorPhone, Uzcard,
};
pub use self::vault::Vault;
pub use self::webhooks::Webhooks;
use crate::domain::network::{Prefix, default_prefixes};

/// Everything that can be set. `aloqa-gateway.example.toml` in the repository explains each key to operators.
#[derive(Debug, Clone, Deserialize, Serialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Without it, [`Config::profile`] goes by the networks' addresses.
    pub profile: Option<Profile>,
    pub database: Database,
    #[validate(nested)]
    pub server: Server,
    pub production: Production,
    pub compat: Compat,
    pub sandbox: Sandbox,
    pub vault: Vault,
    pub audit: Audit,
    pub limits: Limits,
    #[validate(nested)]
    pub uzcard: Uzcard,
    #[validate(nested)]
    pub humo: Humo,
    #[validate(nested)]
    pub sms: Sms,
    #[validate(nested)]
    pub codes: Codes,
    #[validate(nested)]
    pub debits: Debits,
    pub holds: Holds,
    #[validate(nested)]
    pub transfers: Transfers,
    #[validate(nested)]
    pub fiscal: Fiscal,
    pub history: History,
    pub recovery: Recovery,
    #[validate(nested)]
    pub webhooks: Webhooks,
    /// Which network a card belongs to, by the longest prefix of its number.
    pub prefixes: Vec<Prefix>,
    /// A file with such a table, in place of `prefixes`.
    pub prefixes_file: Option<PathBuf>,
    pub log: Log,
    #[validate(nested)]
    pub traces: Traces,
    /// The file that these are from, if others can read the secrets in it.
    #[serde(skip)]
    pub open_file: Option<OpenFile>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            profile: None,
            database: Database::default(),
            server: Server::default(),
            production: Production::default(),
            compat: Compat::default(),
            sandbox: Sandbox::default(),
            vault: Vault::default(),
            audit: Audit::default(),
            limits: Limits::default(),
            uzcard: Uzcard::default(),
            humo: Humo::default(),
            sms: Sms::default(),
            codes: Codes::default(),
            debits: Debits::default(),
            holds: Holds::default(),
            transfers: Transfers::default(),
            fiscal: Fiscal::default(),
            history: History::default(),
            recovery: Recovery::default(),
            webhooks: Webhooks::default(),
            prefixes: default_prefixes(),
            prefixes_file: None,
            log: Log::default(),
            traces: Traces::default(),
            open_file: None,
        }
    }
}
