//! The vault: its key file, and whether that belongs to the database.

use entity::time::UnixMillis;
use entity::vault_key::Model;
use sea_orm::DbErr;

use super::StartError;
use super::files::beside_database;
use crate::config::{Config, Profile};
use crate::database::Database;
use crate::environment::Environment;
use crate::repository::vault_key;
use crate::vault::{Mac256, Vault, same_mac};

/// Opens the vault with the key file, and makes sure that the database was written with the same keys.
///
/// # Errors
/// The key file is missing, unreadable or another one than the database's, or the database failed.
pub async fn open_vault(
    config: &Config,
    profile: Profile,
    database: &Database,
    environment: &Environment,
) -> Result<Vault, StartError> {
    let path = match (&config.vault.key_file, profile) {
        (Some(path), _) => path.clone(),
        // `Config::check` requires a key file in production.
        (None, Profile::Sandbox | Profile::Production) => {
            beside_database(&config.database.url, "keys")
        }
    };
    if profile == Profile::Sandbox && Vault::generate(&path, environment.random.as_ref())? {
        tracing::info!(path = %path.display(), "generated a key file");
    }
    let vault = Vault::open(&path)?;
    let proofs = vault.proofs();
    if vault_key::all(&**database).await?.is_empty() {
        remember_keys(database, &proofs, environment.clock.now()).await?;
    }
    // Read again: another gateway may have been faster, with other keys.
    for row in vault_key::all(&**database).await? {
        let reason = match proofs.iter().find(|(id, _)| *id == row.id) {
            Some((_, proof)) if same_mac(proof, &row.proof) => continue,
            Some(_) => format!("its key {:?} is not the database's", row.id),
            None => format!("it lacks the key {:?}", row.id),
        };
        return Err(StartError::WrongKeys { path, reason });
    }
    remember_keys(database, &proofs, environment.clock.now()).await?;
    Ok(vault)
}

async fn remember_keys(
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
