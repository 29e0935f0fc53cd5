//! Settings: built-in defaults, then the file, then the environment. An unknown key or a contradiction stops the start.
//!
//! Each section has a file of its own, with its keys, their units, its defaults and the rules that concern it alone.
//! [`profile`] and [`check`] hold the rules that concern several.

mod check;
mod codes;
mod database;
mod debits;
mod fiscal;
mod history;
mod holds;
mod humo;
mod log;
mod prefixes;
mod profile;
mod recovery;
mod sandbox;
mod server;
mod sms;
mod transfers;
mod uzcard;
mod vault;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use serde::Deserialize;
use validator::Validate;

pub use self::codes::Codes;
pub use self::database::Database;
pub use self::debits::Debits;
pub use self::fiscal::Fiscal;
pub use self::history::History;
pub use self::holds::Holds;
pub use self::humo::Humo;
pub use self::log::Log;
pub use self::profile::Profile;
pub use self::recovery::Recovery;
pub use self::sandbox::Sandbox;
pub use self::server::Server;
pub use self::sms::Sms;
pub use self::transfers::{SenderDetails, TransferTerminal, Transfers};
pub use self::uzcard::{HoldStatuses, Uzcard};
pub use self::vault::Vault;
use crate::domain::network::{Prefix, default_prefixes};

/// Everything that can be set. `aloqa-gateway.example.toml` in the repository explains each key to operators.
#[derive(Debug, Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
#[validate(schema(
    function = "prefixes::prefixes_are_digits",
    skip_on_field_errors = false
))]
pub struct Config {
    #[validate(nested)]
    pub database: Database,
    #[validate(nested)]
    pub server: Server,
    pub sandbox: Sandbox,
    pub vault: Vault,
    #[validate(nested)]
    pub uzcard: Uzcard,
    #[validate(nested)]
    pub humo: Humo,
    pub sms: Sms,
    #[validate(nested)]
    pub codes: Codes,
    #[validate(nested)]
    pub debits: Debits,
    #[validate(nested)]
    pub holds: Holds,
    #[validate(nested)]
    pub transfers: Transfers,
    pub fiscal: Fiscal,
    #[validate(nested)]
    pub history: History,
    #[validate(nested)]
    pub recovery: Recovery,
    /// Which network a card belongs to, by the longest prefix of its number.
    pub prefixes: Vec<Prefix>,
    pub log: Log,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database: Database::default(),
            server: Server::default(),
            sandbox: Sandbox::default(),
            vault: Vault::default(),
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
            prefixes: default_prefixes(),
            log: Log::default(),
        }
    }
}

/// Read when no other file is named, if it exists.
const DEFAULT_FILE: &str = "aloqa-gateway.toml";

/// Joins section and key in the names of environment variables: `ALOQA__DATABASE__URL`.
const SEPARATOR: &str = "__";

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the settings cannot be read")]
    Unreadable(#[from] config::ConfigError),
    /// A value is out of range, or contradicts another one.
    #[error("{key}: {reason}")]
    Invalid { key: String, reason: String },
}

impl ConfigError {
    fn invalid(key: &str, reason: impl Into<String>) -> Self {
        Self::Invalid {
            key: key.to_owned(),
            reason: reason.into(),
        }
    }
}

impl Config {
    /// Defaults, then the file, then the environment.
    ///
    /// # Errors
    /// A key is unknown or malformed, or the settings cannot be used (see [`Config::check`]); the message names the
    /// key.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let file = match file {
            Some(file) => config::File::from(file).required(true),
            None => config::File::from(Path::new(DEFAULT_FILE)).required(false),
        };
        let environment = config::Environment::with_prefix("ALOQA")
            .prefix_separator(SEPARATOR)
            .separator(SEPARATOR)
            .try_parsing(true);
        let sources = config::Config::builder()
            .add_source(file)
            .add_source(environment)
            .build()?;
        let settings: Self = sources.try_deserialize()?;
        settings.check()?;
        Ok(settings)
    }
}

const fn loopback(port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}
