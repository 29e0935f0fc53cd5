//! Bans as operators manage them: cards and phones that must not take part in transfers.
//!
//! Only keyed hashes are stored, so the list shows when and why, but never which number.

use entity::banned::{self, Kind};
use rpc_schema::values::{Pan, Phone};
use sea_orm::{ActiveEnum as _, DbErr};

use crate::database::Database;
use crate::domain::told_phone::ToldPhone;
use crate::environment::Environment;
use crate::repository::banned as bans;
use crate::vault::Vault;

/// What is banned.
#[derive(Debug, Clone)]
pub enum Subject {
    Card(Pan),
    Phone(Phone),
}

impl Subject {
    /// Reads a card (sixteen digits) or a phone (`998` and nine digits, in any spelling).
    ///
    /// # Errors
    /// It is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        let phone = || ToldPhone::read(text)?.whole().map(Self::Phone);
        Pan::parse(text)
            .map(Self::Card)
            .or_else(phone)
            .ok_or_else(|| "must be a card (16 digits) or a phone (998 and nine digits)".to_owned())
    }

    /// As lists have it: the kind, and the beginning of the hash.
    pub fn name(&self, vault: &Vault) -> String {
        let (kind, hash) = self.key(vault);
        let hash = hex::encode(hash.get(..8).unwrap_or_default());
        format!("{} {hash}", kind.to_value())
    }

    fn key(&self, vault: &Vault) -> (Kind, Vec<u8>) {
        match self {
            Self::Card(pan) => (Kind::Card, vault.pan_hash(pan).to_vec()),
            Self::Phone(phone) => (Kind::Phone, vault.phone_hash(phone.digits()).to_vec()),
        }
    }
}

/// Bans a card or phone.
///
/// # Errors
/// The database failed.
pub async fn add(
    database: &Database,
    vault: &Vault,
    environment: &Environment,
    subject: &Subject,
    reason: String,
) -> Result<(), DbErr> {
    let (kind, hash) = subject.key(vault);
    let created_at = environment.clock.now();
    let tx = database.write().await?;
    let row = banned::Model {
        kind,
        hash,
        reason,
        created_at,
    };
    bans::insert(&*tx, row).await?;
    tx.commit().await
}

/// Lifts a ban. False: there was none.
///
/// # Errors
/// The database failed.
pub async fn remove(database: &Database, vault: &Vault, subject: &Subject) -> Result<bool, DbErr> {
    let (kind, hash) = subject.key(vault);
    let tx = database.write().await?;
    let removed = bans::remove(&*tx, kind, &hash).await?;
    tx.commit().await?;
    Ok(removed)
}
