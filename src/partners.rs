//! Partners as operators manage them: add, disable, give a new secret; and the sandbox's demo partner.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::network::Network;
use entity::time::UnixMillis;
use entity::{partner as row, partner_terminal};
use rpc_schema::methods::METHODS;
use sea_orm::{DbErr, NotSet, Set};
use secrecy::SecretString;
use uuid::Uuid;

use crate::database::{self, Database, Statements};
use crate::domain::account;
use crate::domain::address::Block;
use crate::domain::app_name::{self, AppName};
use crate::domain::fingerprint::Fingerprint;
use crate::environment::Environment;
use crate::random::RandomError;
use crate::repository::{partner, webhook};
use crate::vault::Vault;

/// The demo partner of the sandbox profile: name and secret, both published.
pub const DEMO: (&str, &str) = ("demo", "demo-secret");

/// The demo partner's terminals: network, merchant, terminal.
pub const DEMO_TERMINALS: [(Network, &str, &str); 2] = [
    (Network::Uzcard, "90001", "92400001"),
    (Network::Humo, "0040100000401CS", "1965000A"),
];

/// The one permission that names no method: the right to see whole card numbers.
const PAN_READ: &str = "pan.read";

/// Why a partner could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum PartnerError {
    #[error("there is no partner {0:?}; `aloqa-gateway partner list` shows all")]
    Unknown(String),
    #[error("there already is a partner {0:?}")]
    Taken(String),
    #[error(
        "{0:?} cannot be the name of a partner: use 1 to 64 of A-Z, a-z, 0-9, `-`, `_` and `.`"
    )]
    Name(String),
    #[error(
        "{0:?} is not a permission: name a method, `cards.*`, `transactions.*`, `*`, or `pan.read`"
    )]
    Permission(String),
    #[error("{0:?} is not a block of addresses such as 192.0.2.7 or 10.20.0.0/16")]
    Address(String),
    #[error(
        "{0:?} is not the SHA-256 fingerprint of a certificate: `openssl x509 -noout -fingerprint -sha256 -in FILE` prints it"
    )]
    Certificate(String),
    #[error(
        "{0:?} cannot be the name of an application: use 1 to 40 of A-Z, a-z, 0-9, `.`, `_`, `-` and blanks"
    )]
    Application(String),
    #[error(
        "there is no account {name:?} in {key} of these settings: name one of them, or `default`"
    )]
    Account { key: &'static str, name: String },
    #[error(
        "partner {0:?} has two secrets already: end the old one first, `aloqa-gateway partner rotate-secret {0} --end-old`"
    )]
    TwoSecrets(String),
    #[error("the database failed")]
    Database(#[from] DbErr),
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// A partner to add.
#[derive(Debug)]
pub struct NewPartner {
    pub name: String,
    pub permissions: Vec<String>,
    /// Network, merchant, terminal. None: all terminals are allowed.
    pub terminals: Vec<(Network, String, String)>,
    /// From this amount (tiyin) on, the partner's debits need a code.
    pub code_required_from: Option<i64>,
    /// Blocks of addresses (CIDR) that it calls from. None: any.
    pub addresses: Vec<String>,
    /// Fingerprints of the certificates that it shows. None: it needs none.
    pub certificates: Vec<String>,
    /// The applications that it may name in SMS texts; `*`: any.
    pub applications: Vec<String>,
    /// Its accounts at the networks.
    pub accounts: PartnerAccounts,
}

/// The accounts of a partner; `None`: the default one, or where something is changed, as it is.
#[derive(Debug, Clone, Default)]
pub struct PartnerAccounts {
    pub uzcard: Option<String>,
    pub humo: Option<String>,
}

/// Adds a partner and returns its secret, which cannot be shown again.
///
/// # Errors
/// The name is taken or malformed, a permission is unknown, or the database failed.
pub async fn add(
    database: &Database,
    vault: &Vault,
    environment: &Environment,
    new: NewPartner,
) -> Result<SecretString, PartnerError> {
    let secret = new_secret(environment)?;
    insert(database, vault, environment, new, &secret).await?;
    Ok(secret.into())
}

/// Gives a partner a new secret, which cannot be shown again. The one before it stays right until `old_until`, or without
/// that until [`end_old_secret`].
///
/// # Errors
/// There is no such partner, two secrets are right already, or the database failed.
pub async fn rotate_secret(
    database: &Database,
    vault: &Vault,
    environment: &Environment,
    name: &str,
    old_until: Option<UnixMillis>,
) -> Result<SecretString, PartnerError> {
    let secret = new_secret(environment)?;
    let now = environment.clock.now();
    let tx = database.write().await?;
    let found = partner::find(&*tx, name).await?;
    let row = found.ok_or_else(|| PartnerError::Unknown(name.to_owned()))?;
    if row.former_secret_mac.is_some() && row.former_until.is_none_or(|until| until > now) {
        return Err(PartnerError::TwoSecrets(name.to_owned()));
    }
    let changed = row::ActiveModel {
        id: Set(row.id),
        secret_mac: Set(vault.secret_mac(&secret).to_vec()),
        former_secret_mac: Set(Some(row.secret_mac)),
        former_until: Set(old_until),
        ..Default::default()
    };
    partner::update(&*tx, changed).await?;
    tx.commit().await?;
    Ok(secret.into())
}

/// Ends the secret that a partner had before its present one.
///
/// # Errors
/// There is no such partner, or the database failed.
pub async fn end_old_secret(database: &Database, name: &str) -> Result<(), PartnerError> {
    let ended = row::ActiveModel {
        former_secret_mac: Set(None),
        former_until: Set(None),
        ..Default::default()
    };
    change(database, name, ended).await
}

/// Sets the blocks of addresses that a partner calls from; none: any.
///
/// # Errors
/// There is no such partner, a block is malformed, or the database failed.
pub async fn set_addresses(
    database: &Database,
    name: &str,
    addresses: &[String],
) -> Result<(), PartnerError> {
    let changed = row::ActiveModel {
        addresses: Set(joined_addresses(addresses)?),
        ..Default::default()
    };
    change(database, name, changed).await
}

/// Sets the certificates that a partner shows, by their SHA-256 fingerprints; none: it needs none.
///
/// # Errors
/// There is no such partner, a fingerprint is malformed, or the database failed.
pub async fn set_certificates(
    database: &Database,
    name: &str,
    certificates: &[String],
) -> Result<(), PartnerError> {
    let changed = row::ActiveModel {
        certificates: Set(joined_certificates(certificates)?),
        ..Default::default()
    };
    change(database, name, changed).await
}

/// Registers the applications that a partner may name in SMS texts; `*`: any.
///
/// # Errors
/// There is no such partner, a name is malformed, or the database failed.
pub async fn set_applications(
    database: &Database,
    name: &str,
    applications: &[String],
) -> Result<(), PartnerError> {
    let changed = row::ActiveModel {
        applications: Set(joined_applications(applications)?),
        ..Default::default()
    };
    change(database, name, changed).await
}

async fn change(
    database: &Database,
    name: &str,
    changed: row::ActiveModel,
) -> Result<(), PartnerError> {
    let tx = database.write().await?;
    let found = partner::find(&*tx, name).await?;
    let row = found.ok_or_else(|| PartnerError::Unknown(name.to_owned()))?;
    let changed = row::ActiveModel {
        id: Set(row.id),
        ..changed
    };
    partner::update(&*tx, changed).await?;
    Ok(tx.commit().await?)
}

/// What is changed of a partner; `None` stays as it is.
#[derive(Debug, Default)]
pub struct PartnerChange {
    pub permissions: Option<Vec<String>>,
    /// Network, merchant, terminal. Empty: all terminals are allowed.
    pub terminals: Option<Vec<(Network, String, String)>>,
    /// See [`NewPartner::code_required_from`].
    pub code_required_from: Option<Option<i64>>,
    pub accounts: PartnerAccounts,
}

/// Changes a partner.
///
/// # Errors
/// There is no such partner, a permission is unknown, or the database failed.
pub async fn set(
    database: &Database,
    name: &str,
    change: PartnerChange,
) -> Result<(), PartnerError> {
    let tx = database.write().await?;
    let found = partner::find(&*tx, name).await?;
    let row = found.ok_or_else(|| PartnerError::Unknown(name.to_owned()))?;
    let permissions = match change.permissions {
        Some(permissions) => Set(joined_permissions(&permissions)?),
        None => NotSet,
    };
    let changed = row::ActiveModel {
        id: Set(row.id),
        permissions,
        code_required_from: change.code_required_from.map_or(NotSet, Set),
        uzcard_account: change.accounts.uzcard.map_or(NotSet, Set),
        humo_account: change.accounts.humo.map_or(NotSet, Set),
        ..Default::default()
    };
    if let Some(terminals) = change.terminals {
        partner::forget_terminals(&*tx, row.id).await?;
        register(&tx, row.id, terminals).await?;
    }
    match (
        &changed.permissions,
        &changed.code_required_from,
        &changed.uzcard_account,
        &changed.humo_account,
    ) {
        (NotSet, NotSet, NotSet, NotSet) => partner::changed(&*tx).await?,
        (_, _, _, _) => partner::update(&*tx, changed).await?,
    }
    Ok(tx.commit().await?)
}

/// Lets a disabled partner call again.
///
/// # Errors
/// There is no such partner, or the database failed.
pub async fn enable(database: &Database, name: &str) -> Result<(), PartnerError> {
    let enabled = row::ActiveModel {
        disabled_at: Set(None),
        ..Default::default()
    };
    change(database, name, enabled).await
}

async fn register(
    db: &Statements,
    partner_id: Uuid,
    terminals: Vec<(Network, String, String)>,
) -> Result<(), DbErr> {
    for (network, merchant_id, terminal_id) in terminals {
        let terminal = partner_terminal::Model {
            partner_id,
            network,
            merchant_id,
            terminal_id,
        };
        partner::register_terminal(db, terminal).await?;
    }
    Ok(())
}

fn joined_permissions(permissions: &[String]) -> Result<String, PartnerError> {
    match permissions.iter().find(|text| !is_permission(text)) {
        Some(unknown) => Err(PartnerError::Permission(unknown.clone())),
        None => Ok(permissions.join(" ")),
    }
}

fn joined_addresses(addresses: &[String]) -> Result<String, PartnerError> {
    match addresses.iter().find(|text| Block::parse(text).is_none()) {
        Some(text) => Err(PartnerError::Address(text.clone())),
        None => Ok(addresses.join(" ")),
    }
}

fn joined_certificates(certificates: &[String]) -> Result<String, PartnerError> {
    let read = |text: &String| {
        let fingerprint = Fingerprint::parse(text);
        fingerprint.ok_or_else(|| PartnerError::Certificate(text.clone()))
    };
    let read: Result<Vec<_>, _> = certificates.iter().map(read).collect();
    let texts: Vec<String> = read?.iter().map(ToString::to_string).collect();
    Ok(texts.join(" "))
}

fn joined_applications(applications: &[String]) -> Result<String, PartnerError> {
    match applications
        .iter()
        .find(|name| *name != app_name::ANY && !AppName::is_application(name))
    {
        Some(name) => Err(PartnerError::Application(name.clone())),
        None => Ok(applications.join(",")),
    }
}

/// Locks a partner out, and switches its webhook off.
///
/// # Errors
/// There is no such partner, or the database failed.
pub async fn disable(
    database: &Database,
    environment: &Environment,
    name: &str,
) -> Result<(), PartnerError> {
    let now = environment.clock.now();
    let tx = database.write().await?;
    if !partner::disable(&*tx, name, now).await? {
        return Err(PartnerError::Unknown(name.to_owned()));
    }
    if let Some(row) = partner::find(&*tx, name).await? {
        webhook::switch_off(&*tx, row.id, now, "the partner was disabled").await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Makes sure that the sandbox profile has its demo partner.
///
/// # Errors
/// The database failed.
pub async fn ensure_demo(
    database: &Database,
    vault: &Vault,
    environment: &Environment,
) -> Result<(), PartnerError> {
    let (name, secret) = DEMO;
    if partner::find(&**database, name).await?.is_some() {
        return Ok(());
    }
    let terminals = DEMO_TERMINALS
        .map(|(network, merchant, terminal)| (network, merchant.to_owned(), terminal.to_owned()));
    let demo = NewPartner {
        name: name.to_owned(),
        permissions: vec!["*".to_owned()],
        terminals: terminals.into(),
        code_required_from: None,
        addresses: Vec::new(),
        certificates: Vec::new(),
        applications: vec![app_name::ANY.to_owned()],
        accounts: PartnerAccounts::default(),
    };
    match insert(database, vault, environment, demo, secret).await {
        // Another gateway on this database was faster.
        Err(PartnerError::Taken(_)) => Ok(()),
        done => done,
    }
}

async fn insert(
    database: &Database,
    vault: &Vault,
    environment: &Environment,
    new: NewPartner,
    secret: &str,
) -> Result<(), PartnerError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if new.name.is_empty() || new.name.len() > 64 || !new.name.chars().all(plain) {
        return Err(PartnerError::Name(new.name));
    }
    let permissions = joined_permissions(&new.permissions)?;
    let partner_id = environment.random.uuid()?;
    let stored = row::Model {
        id: partner_id,
        name: new.name.clone(),
        secret_mac: vault.secret_mac(secret).to_vec(),
        former_secret_mac: None,
        former_until: None,
        addresses: joined_addresses(&new.addresses)?,
        certificates: joined_certificates(&new.certificates)?,
        applications: joined_applications(&new.applications)?,
        permissions,
        code_required_from: new.code_required_from,
        uzcard_account: account(new.accounts.uzcard),
        humo_account: account(new.accounts.humo),
        disabled_at: None,
        created_at: environment.clock.now(),
    };
    let tx = database.write().await?;
    match partner::insert(&*tx, stored).await {
        Err(error) if database::is_unique_violation(&error) => {
            return Err(PartnerError::Taken(new.name));
        }
        inserted => inserted?,
    }
    register(&tx, partner_id, new.terminals).await?;
    tx.commit().await?;
    Ok(())
}

fn account(named: Option<String>) -> String {
    named.unwrap_or_else(|| account::DEFAULT.to_owned())
}

fn is_permission(text: &str) -> bool {
    match text.strip_suffix('*') {
        Some(prefix) => {
            prefix.is_empty()
                || prefix.ends_with('.')
                    && METHODS.iter().any(|method| method.name.starts_with(prefix))
        }
        None => text == PAN_READ || METHODS.iter().any(|method| method.name == text),
    }
}

/// 256 random bits in 43 characters that never need quoting.
fn new_secret(environment: &Environment) -> Result<String, RandomError> {
    Ok(URL_SAFE_NO_PAD.encode(environment.random.bytes::<32>()?))
}
