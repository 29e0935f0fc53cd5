//! Whether a commit of this database survives a crash.

use sea_orm::Statement;

use super::errors::OpenError;
use super::{Connection as _, Database, session};

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
        if self.writer.is_some() {
            // Not every file can do what `open` asked for, and a database in memory cannot.
            let mode = self.setting("PRAGMA journal_mode").await?;
            if mode != "wal" {
                return Err(not_durable("journal_mode", mode, "wal"));
            }
            let synchronous = self.setting("PRAGMA synchronous").await?;
            if !["2", "3"].contains(&synchronous.as_str()) {
                return Err(not_durable("synchronous", synchronous, "FULL"));
            }
            // With a read-only file the gateway would start, and then fail every call. SQLite reports that only on a
            // write; this one is not committed.
            let tx = self.write().await.map_err(OpenError::Connect)?;
            let written = tx.run_sql("PRAGMA user_version = 1").await;
            written.map_err(OpenError::Connect)?;
            return Ok(());
        }
        if self.setting("SHOW fsync").await? == "off" {
            return Err(session::fsync_off());
        }
        // The configured value: our own sessions are set right already, but others are not, such as an operator's; and
        // a server configured to lose commits was hardly meant to keep payments.
        let configured = "SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit'";
        let configured = self.setting(configured).await?;
        let standbys = self.setting("SHOW synchronous_standby_names").await?;
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
        if self.setting("SHOW full_page_writes").await? == "off" {
            tracing::warn!(
                "PostgreSQL runs with full_page_writes = off: safe only on a file system that never writes half a page"
            );
        }
        Ok(())
    }

    /// The value of a setting, as text.
    async fn setting(&self, query: &str) -> Result<String, OpenError> {
        let statement = Statement::from_string(self.pool.backend(), query);
        let rows = self.pool.fetch_rows(statement).await;
        let Some(mut row) = rows.map_err(OpenError::Connect)?.pop() else {
            return Ok(String::new());
        };
        let text = row.take_at::<String>(0);
        let number = |_| row.take_at::<i64>(0).map(|number| number.to_string());
        text.or_else(number).map_err(OpenError::Connect)
    }
}
