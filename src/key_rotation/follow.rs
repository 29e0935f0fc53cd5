//! What a gateway does: it takes over a changed key file, encrypts with the key that the database calls current, and shows
//! which keys it has.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use entity::gateway_process::Model;
use entity::time::UnixMillis;
use sea_orm::DbErr;
use uuid::Uuid;

use super::GONE_AFTER_MS;
use crate::database::Database;
use crate::error_chain::ErrorChain;
use crate::repository::{gateway_process, vault_key};
use crate::vault::Vault;

/// Of one gateway.
#[derive(Debug)]
pub struct KeyFollower {
    path: PathBuf,
    process_id: Uuid,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The key file as it was read last.
    read: Option<Stamp>,
    /// What was shown last, and when.
    shown: Option<(String, UnixMillis)>,
}

/// Tells one state of a file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    modified: (i64, i64),
    bytes: u64,
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        let file = fs::symlink_metadata(path).ok()?;
        Some(Self {
            inode: file.ino(),
            modified: (file.mtime(), file.mtime_nsec()),
            bytes: file.size(),
        })
    }
}

impl KeyFollower {
    /// Of a gateway that has read this key file.
    pub fn new(path: PathBuf, process_id: Uuid) -> Self {
        let state = State {
            read: Stamp::of(&path),
            shown: None,
        };
        Self {
            path,
            process_id,
            state: Mutex::new(state),
        }
    }

    /// Does all three.
    ///
    /// # Errors
    /// The database failed.
    pub async fn follow(
        &self,
        database: &Database,
        vault: &Vault,
        now: UnixMillis,
    ) -> Result<(), DbErr> {
        self.read_again(vault);
        if let Some(current) = vault_key::current(&**database).await?
            && !vault.follow(&current)
        {
            tracing::error!(
                key = current,
                path = %self.path.display(),
                "the database calls a key current that the key file lacks; add it"
            );
        }
        self.show(database, vault, now).await
    }

    /// The gateway stops.
    ///
    /// # Errors
    /// The database failed.
    pub async fn leave(&self, database: &Database) -> Result<(), DbErr> {
        gateway_process::remove(&**database, self.process_id).await
    }

    fn read_again(&self, vault: &Vault) {
        let stamp = Stamp::of(&self.path);
        {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.read == stamp {
                return;
            }
            // Also where it cannot be used: it is tried, and complained of, once.
            state.read = stamp;
        }
        let path = self.path.display();
        match Vault::open(&self.path) {
            Ok(changed) => match vault.take_over(&changed) {
                Ok(()) => {
                    let keys = vault.key_ids().join(" ");
                    tracing::info!(%path, keys, "took over the changed key file");
                }
                Err(error) => {
                    tracing::error!(%path, %error, "the changed key file is not this gateway's; going on with the keys from before");
                }
            },
            Err(error) => {
                tracing::error!(%path, error = %ErrorChain(&error), "the changed key file cannot be used; going on with the keys from before");
            }
        }
    }

    async fn show(&self, database: &Database, vault: &Vault, now: UnixMillis) -> Result<(), DbErr> {
        let keys = vault.key_ids().join(" ");
        {
            let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let is_fresh = |at: UnixMillis| now.0 - at.0 < GONE_AFTER_MS / 3;
            if matches!(&state.shown, Some((shown, at)) if *shown == keys && is_fresh(*at)) {
                return Ok(());
            }
        }
        // A statement of its own: nothing of money hangs on it.
        let row = Model {
            id: self.process_id,
            vault_keys: keys.clone(),
            seen_at: now,
        };
        gateway_process::show(&**database, row).await?;
        gateway_process::forget(&**database, now - 100 * GONE_AFTER_MS).await?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.shown = Some((keys, now));
        Ok(())
    }
}
