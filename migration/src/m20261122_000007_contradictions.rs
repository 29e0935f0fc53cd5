//! Whether an operator has acknowledged a late answer that contradicts the settlement.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// A transaction on SQLite too, so that a kill during the migration leaves nothing half done.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::alter()
            .table("processing_request")
            .add_column(ColumnDef::new("acknowledged_at").big_integer())
            .to_owned();
        manager.alter_table(table).await?;
        for change in [
            "DROP INDEX request_contradicted",
            "CREATE INDEX request_contradicted ON processing_request (id) \
             WHERE contradiction IS NOT NULL AND acknowledged_at IS NULL",
        ] {
            manager.get_connection().execute_unprepared(change).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for change in [
            "DROP INDEX request_contradicted",
            "CREATE INDEX request_contradicted ON processing_request (id) WHERE contradiction IS NOT NULL",
        ] {
            manager.get_connection().execute_unprepared(change).await?;
        }
        let table = Table::alter()
            .table("processing_request")
            .drop_column("acknowledged_at")
            .to_owned();
        manager.alter_table(table).await
    }
}
