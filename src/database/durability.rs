//! Whether a commit of this database survives a crash.

use sea_orm::{DbBackend, Statement};

use super::errors::OpenError;
use super::{Connection, Database, session};

impl Database {
    /// Refuses a database that may lose a commit, since then a call could be made whose intent is lost; and one that
    /// cannot be written to.
    pub(super) async fn check_durability(&self) -> Result<(), OpenError> {
        let kind = self.kind();
        let not_durable = |setting, value, wanted| OpenError::NotDurable {
            kind,
            setting,
            value,
            wanted,
        };
        if !self.is_shared() {
            // Not every file can do what `open` asked for, and a database in memory cannot.
            let mode = setting(&self.pool, "PRAGMA journal_mode").await?;
            if mode != "wal" {
                return Err(not_durable("journal_mode", mode, "wal"));
            }
            // Of the connection that commits.
            let tx = self.write().await.map_err(OpenError::Connect)?;
            let synchronous = setting(&*tx, "PRAGMA synchronous").await?;
            if !["2", "3"].contains(&synchronous.as_str()) {
                return Err(not_durable("synchronous", synchronous, "FULL"));
            }
            // With a read-only file the gateway would start, and then fail every call. SQLite reports that only on a
            // write; this one is not committed.
            let written = tx.run_sql("PRAGMA user_version = 1").await;
            written.map_err(OpenError::Connect)?;
            return Ok(());
        }
        if setting(&self.pool, "SHOW fsync").await? == "off" {
            return Err(session::fsync_off());
        }
        // The configured value: our own sessions are set right already, but others are not, such as an operator's; and
        // a server configured to lose commits was hardly meant to keep payments.
        let configured = "SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit'";
        let configured = setting(&self.pool, configured).await?;
        let standbys = setting(&self.pool, "SHOW synchronous_standby_names").await?;
        let loses_commits = match configured.as_str() {
            "off" => true,
            // A standby that takes over may lack such a commit.
            "local" | "remote_write" => !standbys.is_empty(),
            _ => false,
        };
        if loses_commits {
            return Err(not_durable("synchronous_commit", configured, "on"));
        }
        // This loses no commit by itself, but a crash of the machine may leave a half-written page with older ones.
        if setting(&self.pool, "SHOW full_page_writes").await? == "off" {
            tracing::warn!(
                "PostgreSQL runs with full_page_writes = off: safe only on a file system that never writes half a page"
            );
        }
        Ok(())
    }
}

/// The value of a setting of a connection, as text.
async fn setting(db: &impl Connection, query: &str) -> Result<String, OpenError> {
    let asked = Statement::from_string(db.backend(), query);
    let rows = db.fetch_rows(asked).await;
    let Some(mut row) = rows.map_err(OpenError::Connect)?.pop() else {
        return Ok(String::new());
    };
    if db.backend() == DbBackend::Sqlite && query == "PRAGMA synchronous" {
        let level = row.take_at::<i64>(0).map(|level| level.to_string());
        return level.map_err(OpenError::Connect);
    }
    row.take_at(0).map_err(OpenError::Connect)
}
