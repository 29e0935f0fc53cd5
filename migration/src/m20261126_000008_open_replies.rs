//! Answers that leave the outcome of a call open, networks that were silent, and one unsettled hold per card and amount.

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
            ColumnDef::new("open_code").integer().take(),
            ColumnDef::new("silent_at").big_integer().take(),
        ] {
            let table = Table::alter()
                .table("processing_request")
                .add_column(column)
                .to_owned();
            manager.alter_table(table).await?;
        }
        for change in [
            "DROP INDEX request_unsettled_hold",
            // SVGate's hold.create carries no reference of ours. So a lost hold can only be identified while it is the
            // card's only unsettled one of its amount, across partners and gateways (docs/contract.md#holds).
            "CREATE UNIQUE INDEX request_unsettled_hold ON processing_request (pan_hash, amount) \
             WHERE state IN ('sent', 'unknown') AND action = 'hold' AND network = 'UZCARD'",
        ] {
            manager.get_connection().execute_unprepared(change).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for change in [
            "DROP INDEX request_unsettled_hold",
            "CREATE UNIQUE INDEX request_unsettled_hold ON processing_request (pan_hash) \
             WHERE state IN ('sent', 'unknown') AND action = 'hold' AND network = 'UZCARD'",
        ] {
            manager.get_connection().execute_unprepared(change).await?;
        }
        for column in ["silent_at", "open_code"] {
            let table = Table::alter()
                .table("processing_request")
                .drop_column(column)
                .to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
