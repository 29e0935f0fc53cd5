//! The index by which refused fiscal receipts are counted and listed.

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// PostgreSQL builds an index beside payments that go on only outside a transaction. It is one statement, so a kill
    /// leaves nothing half done but an index that is not valid, which the next run drops.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let how = if manager.get_database_backend() == DbBackend::Postgres {
            "CONCURRENTLY "
        } else {
            ""
        };
        self.down(manager).await?;
        let index = format!(
            "CREATE INDEX {how}transfer_fiscal_refused ON transfer (transaction_id) WHERE fiscal = 'refused'"
        );
        manager.get_connection().execute_unprepared(&index).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = "DROP INDEX IF EXISTS transfer_fiscal_refused";
        manager.get_connection().execute_unprepared(drop).await?;
        Ok(())
    }
}
