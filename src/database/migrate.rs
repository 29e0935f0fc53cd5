//! The schema, brought up to date.

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{ConnectionTrait as _, TransactionTrait as _};

use super::Database;
use super::errors::OpenError;

/// Any number that nothing else in the database locks.
const MIGRATION_LOCK: i64 = 112_108_080;

impl Database {
    /// Brings the schema up to date. Several gateways may start at once: on PostgreSQL one migrates while the others
    /// wait.
    ///
    /// # Errors
    /// [`OpenError::Migrate`].
    pub async fn migrate(&self) -> Result<(), OpenError> {
        if self.writer.is_some() {
            return Migrator::up(&self.pool.connection, None)
                .await
                .map_err(OpenError::Migrate);
        }
        // The lock ends with its transaction, also when the process dies. The migrations run on another connection.
        let begun = self.pool.connection.begin().await;
        let session = begun.map_err(OpenError::Migrate)?;
        let lock = format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})");
        session
            .execute_unprepared(&lock)
            .await
            .map_err(OpenError::Migrate)?;
        Migrator::up(&self.pool.connection, None)
            .await
            .map_err(OpenError::Migrate)?;
        session.commit().await.map_err(OpenError::Migrate)
    }
}
