//! The accounts of operators: added, disabled, and given a new one-time code.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use entity::operator as row;
pub use entity::operator::Role;
use entity::time::UnixMillis;
use sea_orm::{DbErr, Set};
use secrecy::{ExposeSecret as _, SecretString};

use super::password::{self, PasswordError};
use crate::database::{self, Database};
use crate::environment::Environment;
use crate::random::RandomError;
use crate::repository::operator;
use crate::vault::Vault;

/// How long a one-time code works.
const CODE_LIFETIME_MS: i64 = 24 * 3_600 * 1_000;

/// Why an account could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("there is no operator {0:?}; `aloqa-gateway operator list` shows all")]
    Unknown(String),
    #[error(
        "there already is an operator {0:?}; `aloqa-gateway operator reset {0}` gives a new code"
    )]
    Taken(String),
    #[error("{0:?} cannot be the name of an operator: use 1 to 64 of a-z, 0-9, `-`, `_` and `.`")]
    Name(String),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error("the database failed")]
    Database(#[from] DbErr),
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// An operator to add.
#[derive(Debug)]
pub struct NewOperator {
    pub name: String,
    pub role: Role,
    /// `None`: the operator sets it, with a one-time code.
    pub password: Option<SecretString>,
}

/// How an operator comes to a password.
#[derive(Debug)]
pub enum FirstSignIn {
    /// It was given.
    Password,
    /// The operator sets it with this code, which works until then and is shown only once.
    Code(SecretString, UnixMillis),
}

/// Adds an operator.
///
/// # Errors
/// The name is taken or malformed, the password is refused, or the database failed.
pub async fn add(
    database: &Database,
    vault: &Vault,
    environment: &Environment,
    new: NewOperator,
) -> Result<FirstSignIn, AccountError> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    if new.name.is_empty() || new.name.len() > 64 || !new.name.chars().all(plain) {
        return Err(AccountError::Name(new.name));
    }
    let (id, now) = (environment.random.uuid()?, environment.clock.now());
    let mut stored = row::Model {
        id,
        name: new.name.clone(),
        role: new.role,
        password: None,
        code_mac: None,
        code_until: None,
        failures: 0,
        locked_until: None,
        disabled_at: None,
        created_at: now,
        signed_in_at: None,
    };
    let first = match new.password {
        Some(given) => {
            let given = given.expose_secret();
            password::check(&new.name, given)?;
            let hash = password::hashed(vault, environment.random.as_ref(), given)?;
            stored.password = Some(hash);
            FirstSignIn::Password
        }
        None => {
            let code = new_code(environment)?;
            let until = now + CODE_LIFETIME_MS;
            stored.code_mac = Some(vault.operator_code_mac(id, &code).to_vec());
            stored.code_until = Some(until);
            FirstSignIn::Code(code.into(), until)
        }
    };
    let tx = database.write().await?;
    match operator::insert(&*tx, stored).await {
        Err(error) if database::is_unique_violation(&error) => {
            return Err(AccountError::Taken(new.name));
        }
        inserted => inserted?,
    }
    tx.commit().await?;
    Ok(first)
}

/// Gives an operator a new one-time code, and returns it with the moment at which it ends. Until it is used, nobody signs in
/// with this account: the old password is forgotten, and all sign-ins end. One that was disabled may sign in again.
///
/// # Errors
/// There is no such operator, or the database failed.
pub async fn reset(
    database: &Database,
    vault: &Vault,
    environment: &Environment,
    name: &str,
) -> Result<(SecretString, UnixMillis), AccountError> {
    let code = new_code(environment)?;
    let until = environment.clock.now() + CODE_LIFETIME_MS;
    let tx = database.write().await?;
    let found = operator::find(&*tx, name).await?;
    let row = found.ok_or_else(|| AccountError::Unknown(name.to_owned()))?;
    let changed = row::ActiveModel {
        id: Set(row.id),
        password: Set(None),
        code_mac: Set(Some(vault.operator_code_mac(row.id, &code).to_vec())),
        code_until: Set(Some(until)),
        failures: Set(0),
        locked_until: Set(None),
        disabled_at: Set(None),
        ..Default::default()
    };
    operator::update(&*tx, changed).await?;
    operator::end_sessions_of(&*tx, row.id).await?;
    tx.commit().await?;
    Ok((code.into(), until))
}

/// Locks an operator out, and ends all sign-ins.
///
/// # Errors
/// There is no such operator, or the database failed.
pub async fn disable(database: &Database, now: UnixMillis, name: &str) -> Result<(), AccountError> {
    let tx = database.write().await?;
    let found = operator::find(&*tx, name).await?;
    let row = found.ok_or_else(|| AccountError::Unknown(name.to_owned()))?;
    let changed = row::ActiveModel {
        id: Set(row.id),
        disabled_at: Set(Some(now)),
        code_mac: Set(None),
        code_until: Set(None),
        ..Default::default()
    };
    operator::update(&*tx, changed).await?;
    operator::end_sessions_of(&*tx, row.id).await?;
    Ok(tx.commit().await?)
}

/// Ends all sign-ins of an operator, and returns how many these were.
///
/// # Errors
/// There is no such operator, or the database failed.
pub async fn end_sign_ins(database: &Database, name: &str) -> Result<u64, AccountError> {
    let tx = database.write().await?;
    let found = operator::find(&*tx, name).await?;
    let row = found.ok_or_else(|| AccountError::Unknown(name.to_owned()))?;
    let ended = operator::end_sessions_of(&*tx, row.id).await?;
    tx.commit().await?;
    Ok(ended)
}

/// A role as it is stored and shown.
pub fn role_word(role: Role) -> String {
    sea_orm::ActiveEnum::to_value(&role)
}

/// What an account is good for now.
pub fn state(row: &row::Model, now: UnixMillis) -> &'static str {
    if row.disabled_at.is_some() {
        "disabled"
    } else if row.locked_until.is_some_and(|until| until > now) {
        "locked"
    } else if row.password.is_some() {
        "active"
    } else if row.code_until.is_some_and(|until| until > now) {
        "invited"
    } else {
        "expired"
    }
}

/// 128 random bits in 22 characters.
fn new_code(environment: &Environment) -> Result<String, RandomError> {
    Ok(URL_SAFE_NO_PAD.encode(environment.random.bytes::<16>()?))
}
