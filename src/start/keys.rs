//! The keys: the key file, and whether that belongs to the database.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use entity::time::UnixMillis;
use entity::vault_key::Model;
use sea_orm::DbErr;

use super::StartError;
use super::files::key_file;
use crate::config::Config;
use crate::database::Database;
use crate::random::Random;
use crate::repository::vault_key;
use crate::vault::{Mac256, Vault, same_mac};

/// The keys of the key file, if there is one.
pub(super) struct Found {
    path: PathBuf,
    vault: Option<Vault>,
}

impl Found {
    /// Opens the key file. `may_lack`: a database without keys gets new ones.
    pub(super) fn look(path: &Path, may_lack: bool) -> Result<Self, StartError> {
        let is_missing = matches!(
            fs::symlink_metadata(path),
            Err(error) if error.kind() == io::ErrorKind::NotFound
        );
        let vault = match may_lack && is_missing {
            true => None,
            false => Some(Vault::open(path)?),
        };
        let path = path.to_owned();
        Ok(Self { path, vault })
    }

    /// The keys, if the database was written with them or with none. `None`: there are none on either side.
    pub(super) async fn fit(self, database: &Database) -> Result<Option<Vault>, StartError> {
        let written = match database.has_table("vault_key").await? {
            true => needed(database).await?,
            false => Vec::new(),
        };
        let Self { path, vault } = self;
        match vault {
            Some(vault) => {
                fits(&vault, &written, &path)?;
                Ok(Some(vault))
            }
            // New ones would read none of the database's card numbers, and know none of its partners.
            None if !written.is_empty() => Err(StartError::LostKeys { path }),
            None => Ok(None),
        }
    }
}

/// New keys, for a sandbox that has none.
pub(super) fn generate(config: &Config, random: &dyn Random) -> Result<Vault, StartError> {
    let path = key_file(config);
    if Vault::generate(&path, random)? {
        tracing::info!(path = %path.display(), "generated a key file");
    }
    Ok(Vault::open(&path)?)
}

/// Records with which keys the database is written, and encrypts with the one that it calls current; without one, with the
/// key file's.
pub(super) async fn remember(
    database: &Database,
    vault: &Vault,
    path: &Path,
    now: UnixMillis,
) -> Result<(), StartError> {
    let proofs = vault.proofs();
    let written = needed(database).await?;
    // Another gateway may have been faster, with other keys.
    fits(vault, &written, path)?;
    if written.len() < proofs.len() {
        insert(database, &proofs, now).await?;
        fits(vault, &needed(database).await?, path)?;
    }
    Ok(follow(database, vault).await?)
}

/// Encrypts with the key that the database calls current.
pub(super) async fn follow(database: &Database, vault: &Vault) -> Result<(), DbErr> {
    if let Some(current) = vault_key::current(&**database).await? {
        // It is among the keys that are needed, so the key file has it.
        vault.follow(&current);
    }
    Ok(())
}

/// The keys that a row may need. Those that were retired are not among them.
async fn needed(database: &Database) -> Result<Vec<Model>, DbErr> {
    let mut written = vault_key::all(&**database).await?;
    // An older database has retired none.
    if database.has_table("vault_key_use").await? {
        let retired = vault_key::retired(&**database).await?;
        written.retain(|key| !retired.contains(&key.id));
    }
    Ok(written)
}

/// Whether these are the keys with which the database was written.
fn fits(vault: &Vault, written: &[Model], path: &Path) -> Result<(), StartError> {
    let proofs = vault.proofs();
    for row in written {
        let reason = match proofs.iter().find(|(id, _)| *id == row.id) {
            Some((_, proof)) if same_mac(proof, &row.proof) => continue,
            Some(_) => format!("its key {:?} is not the database's", row.id),
            None => format!("it lacks the key {:?}", row.id),
        };
        let path = path.to_owned();
        return Err(StartError::WrongKeys { path, reason });
    }
    Ok(())
}

async fn insert(
    database: &Database,
    proofs: &[(String, Mac256)],
    now: UnixMillis,
) -> Result<(), DbErr> {
    let tx = database.write().await?;
    for (id, proof) in proofs {
        let row = Model {
            id: id.clone(),
            proof: proof.to_vec(),
            created_at: now,
        };
        vault_key::insert(&*tx, row).await?;
    }
    tx.commit().await
}
