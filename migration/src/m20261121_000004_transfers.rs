//! The recipient's side of transfers, fiscal receipts, and bans.

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
        let transfer = Table::create()
            .table("transfer")
            .col(
                ColumnDef::new("transaction_id")
                    .big_integer()
                    .not_null()
                    .primary_key(),
            )
            .col(ColumnDef::new("to_network").string_len(8).not_null())
            .col(ColumnDef::new("pan_hash").binary_len(32).not_null())
            .col(ColumnDef::new("pan_key_id").string_len(32).not_null())
            .col(ColumnDef::new("pan_sealed").binary().not_null())
            .col(ColumnDef::new("expiry").string_len(4).not_null())
            .col(ColumnDef::new("credit_receipt").text())
            .col(ColumnDef::new("fiscal").string_len(16).not_null())
            .col(ColumnDef::new("fiscal_url").text())
            .col(ColumnDef::new("fiscal_attempts").integer().not_null())
            .col(ColumnDef::new("fiscal_next_at").big_integer())
            .foreign_key(
                ForeignKey::create()
                    .from("transfer", "transaction_id")
                    .to("transaction", "id"),
            )
            .to_owned();
        manager.create_table(transfer).await?;
        // Both databases have partial indexes with the same syntax.
        let due =
            "CREATE INDEX transfer_fiscal_due ON transfer (fiscal_next_at) WHERE fiscal = 'due'";
        manager.get_connection().execute_unprepared(due).await?;

        let banned = Table::create()
            .table("banned")
            .col(ColumnDef::new("kind").string_len(8).not_null())
            .col(ColumnDef::new("hash").binary_len(32).not_null())
            .col(ColumnDef::new("reason").text().not_null())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .primary_key(Index::create().col("kind").col("hash"))
            .to_owned();
        manager.create_table(banned).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["banned", "transfer"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}
