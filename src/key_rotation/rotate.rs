//! What an operator's command does: it makes a key current, encrypts anew what others have encrypted, and retires a key.

use sea_orm::DbErr;
use uuid::Uuid;

use entity::time::UnixMillis;

use super::GONE_AFTER_MS;
use crate::clock::Clock;
use crate::database::Database;
use crate::random::Random;
use crate::repository::sealed::{Column, Place, Value, count, page, replace};
use crate::repository::{gateway_process, vault_key};
use crate::vault::{Owner, Sealed, Vault, VaultError};

/// Why keys cannot be rotated. The message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    #[error(
        "the key file has no key {0:?}: `aloqa-gateway keys add {0}` adds a new one; then copy the file to all gateways"
    )]
    NoSuchKey(String),
    #[error(
        "the gateway {process} has only the keys {keys}: copy the key file to it, and try again a few seconds later"
    )]
    NotEverywhere { process: Uuid, keys: String },
    #[error(
        "{rows} {column} are still encrypted with the key {key:?}: run `aloqa-gateway keys rotate` first"
    )]
    StillUsed {
        key: String,
        column: &'static str,
        rows: u64,
    },
    #[error("the key {0:?} encrypts at present: rotate to another one first")]
    IsCurrent(String),
    #[error("the database failed")]
    Database(#[from] DbErr),
    #[error("a value cannot be encrypted")]
    Vault(#[from] VaultError),
}

/// A value that could not be decrypted, and was left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forged {
    pub column: &'static str,
    pub row: String,
}

/// A rotation to the current key.
pub struct Rotation<'a> {
    pub database: &'a Database,
    pub vault: &'a Vault,
    pub random: &'a dyn Random,
    pub clock: &'a dyn Clock,
}

/// How many rows are encrypted anew in one database transaction: few, since payments wait for it on SQLite.
const BATCH: u64 = 50;

impl Rotation<'_> {
    /// Makes `key` the one that encrypts, at all gateways.
    ///
    /// # Errors
    /// The key file or a gateway lacks it.
    pub async fn make_current(&self, key: &str) -> Result<(), RotationError> {
        if !self.vault.key_ids().iter().any(|id| id == key) {
            return Err(RotationError::NoSuchKey(key.to_owned()));
        }
        let now = self.clock.now();
        for gateway in self.gateways(now).await? {
            if !gateway.vault_keys.split(' ').any(|id| id == key) {
                return Err(RotationError::NotEverywhere {
                    process: gateway.id,
                    keys: gateway.vault_keys,
                });
            }
        }
        let current = vault_key::current(&**self.database).await?;
        if current.as_deref() != Some(key) {
            let tx = self.database.write().await?;
            vault_key::make_current(&*tx, key, now).await?;
            tx.commit().await?;
        }
        self.vault.follow(key);
        Ok(())
    }

    /// Whether a gateway serves on this database, which has to follow before the rest is encrypted anew.
    ///
    /// # Errors
    /// The database failed.
    pub async fn is_served(&self) -> Result<bool, RotationError> {
        Ok(!self.gateways(self.clock.now()).await?.is_empty())
    }

    /// Encrypts anew the next few rows of a column after `after`. Returns the last of them, `None` at the end, and what
    /// could not be decrypted; `done` counts the others.
    ///
    /// # Errors
    /// The database failed, or nothing can be encrypted.
    pub async fn step(
        &self,
        column: Column,
        after: Option<&Value>,
        done: &mut u64,
        forged: &mut Vec<Forged>,
    ) -> Result<Option<Value>, RotationError> {
        let key = self.vault.current_key();
        let values = page(&**self.database, column, &key, after, BATCH).await?;
        let Some(last) = values.last().cloned() else {
            return Ok(None);
        };
        let mut anew = Vec::with_capacity(values.len());
        for value in values {
            match self.encrypt_anew(&value) {
                Ok(sealed) => anew.push((value, sealed)),
                Err(VaultError::Forged(_) | VaultError::UnknownKey(_)) => forged.push(Forged {
                    column: column.name(),
                    row: row_of(&value),
                }),
                Err(error @ (VaultError::Encryption | VaultError::Random(_))) => {
                    return Err(error.into());
                }
            }
        }
        let tx = self.database.write().await?;
        for (old, Sealed { key_id, bytes }) in &anew {
            // What was changed meanwhile is met again by the next pass.
            if replace(&*tx, old, key_id, bytes).await? {
                *done += 1;
            }
        }
        tx.commit().await?;
        Ok(Some(last))
    }

    /// Lets key files lose `key`.
    ///
    /// # Errors
    /// A row still needs it.
    pub async fn retire(&self, key: &str) -> Result<(), RotationError> {
        if self.vault.current_key() == key {
            return Err(RotationError::IsCurrent(key.to_owned()));
        }
        if !self.vault.key_ids().iter().any(|id| id == key) {
            return Err(RotationError::NoSuchKey(key.to_owned()));
        }
        for column in Column::ALL {
            let rows = count(&**self.database, column, key).await?;
            if rows > 0 {
                let (key, column) = (key.to_owned(), column.name());
                return Err(RotationError::StillUsed { key, column, rows });
            }
        }
        let tx = self.database.write().await?;
        vault_key::retire(&*tx, key, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    async fn gateways(
        &self,
        now: UnixMillis,
    ) -> Result<Vec<entity::gateway_process::Model>, RotationError> {
        let since = now - GONE_AFTER_MS;
        Ok(gateway_process::seen_since(&**self.database, since).await?)
    }

    fn encrypt_anew(&self, value: &Value) -> Result<Sealed, VaultError> {
        let (vault, random) = (self.vault, self.random);
        let Value {
            partner_id,
            key_id,
            bytes,
            ..
        } = value;
        let owner = match value.place {
            Place::Card(card_id) | Place::Attachment(_, card_id) => {
                Owner::card(*partner_id, card_id)
            }
            Place::Recipient(transaction_id) => Owner::transfer(*partner_id, transaction_id),
            Place::Sender(transaction_id) => {
                let owner = Owner::transfer(*partner_id, transaction_id);
                let person = vault.open_person(owner, key_id, bytes)?;
                return vault.seal_person(random, owner, &person);
            }
            Place::WebhookSecret | Place::FormerWebhookSecret => {
                let secret = vault.open_webhook_secret(*partner_id, key_id, bytes)?;
                return vault.seal_webhook_secret(random, *partner_id, &secret);
            }
        };
        let pan = vault.open_pan(owner, key_id, bytes)?;
        vault.seal(random, owner, &pan)
    }
}

fn row_of(value: &Value) -> String {
    match value.place {
        Place::Card(id) => format!("card {id}"),
        Place::Attachment(id, _) | Place::Recipient(id) | Place::Sender(id) => {
            format!("transaction {}", id.0)
        }
        Place::WebhookSecret | Place::FormerWebhookSecret => {
            format!("partner {}", value.partner_id)
        }
    }
}
