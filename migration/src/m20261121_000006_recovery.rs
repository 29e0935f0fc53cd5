//! How calls to the networks were settled, and late answers that contradict the settlement.

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
        // SQLite can only add one column at a time.
        for column in [
            ColumnDef::new("settled_by").string_len(16).take(),
            ColumnDef::new("contradiction").text().take(),
        ] {
            let table = Table::alter()
                .table("processing_request")
                .add_column(column)
                .to_owned();
            manager.alter_table(table).await?;
        }
        // With the network first, a backlog at one network does not slow the search at the other.
        for change in [
            "DROP INDEX request_due",
            "CREATE INDEX request_due ON processing_request (network, next_check_at) WHERE state IN ('sent', 'unknown')",
            // For finding which holds on a card are ours, because SVGate's list does not say.
            "CREATE INDEX request_holds ON processing_request (pan_hash) \
             WHERE state = 'approved' AND action = 'hold' AND network = 'UZCARD'",
            // For the warning about contradictions.
            "CREATE INDEX request_contradicted ON processing_request (id) WHERE contradiction IS NOT NULL",
            // For the operators' lists.
            "CREATE INDEX transaction_open ON \"transaction\" (status, id) WHERE status IN ('processing', 'manual')",
        ] {
            manager.get_connection().execute_unprepared(change).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for change in [
            "DROP INDEX transaction_open",
            "DROP INDEX request_contradicted",
            "DROP INDEX request_holds",
            "DROP INDEX request_due",
            "CREATE INDEX request_due ON processing_request (next_check_at) WHERE state IN ('sent', 'unknown')",
        ] {
            manager.get_connection().execute_unprepared(change).await?;
        }
        for column in ["contradiction", "settled_by"] {
            let table = Table::alter()
                .table("processing_request")
                .drop_column(column)
                .to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
