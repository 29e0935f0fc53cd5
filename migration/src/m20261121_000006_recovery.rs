//! How calls to the networks were settled, and answers that came too late to count.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// On SQLite too, so that a kill in the middle of a step leaves nothing of it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column at a time.
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
        // A backlog at one network must not be read through to find what is due at the other.
        for change in [
            "DROP INDEX request_due",
            "CREATE INDEX request_due ON processing_request (network, next_check_at) WHERE state IN ('sent', 'unknown')",
            // Which holds on a card are ours: SVGate's list does not tell.
            "CREATE INDEX request_holds ON processing_request (pan_hash) \
             WHERE state = 'approved' AND action = 'hold' AND network = 'UZCARD'",
            // What operators are warned of.
            "CREATE INDEX request_contradicted ON processing_request (id) WHERE contradiction IS NOT NULL",
            // What operators list.
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
