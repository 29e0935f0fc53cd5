//! What of a payment was taken and given back, and the partner's own ids of reversals.

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
        // SQLite can only add one column at a time. Rows that are there keep the defaults: what they took and gave back
        // follows from their amount and status, and millions of them need not be written again.
        for column in [
            ColumnDef::new("captured").big_integer().take(),
            ColumnDef::new("reversed").big_integer().take(),
            ColumnDef::new("reversing")
                .big_integer()
                .not_null()
                .default(0)
                .take(),
        ] {
            let table = Table::alter()
                .table("transaction")
                .add_column(column)
                .to_owned();
            manager.alter_table(table).await?;
        }
        let table = Table::create()
            .table("reversal")
            .col(
                ColumnDef::new("request_id")
                    .big_integer()
                    .not_null()
                    .primary_key(),
            )
            .col(ColumnDef::new("transaction_id").big_integer().not_null())
            .col(ColumnDef::new("partner_id").uuid().not_null())
            .col(ColumnDef::new("ext_id").string_len(64).not_null())
            .col(ColumnDef::new("fingerprint").binary_len(32).not_null())
            .col(ColumnDef::new("error_code").integer())
            .col(ColumnDef::new("error_data").text())
            .foreign_key(
                ForeignKey::create()
                    .from("reversal", "request_id")
                    .to("processing_request", "id"),
            )
            .foreign_key(
                ForeignKey::create()
                    .from("reversal", "transaction_id")
                    .to("transaction", "id"),
            )
            .to_owned();
        manager.create_table(table).await?;
        manager
            .create_index(
                Index::create()
                    .name("reversal_of_transaction")
                    .table("reversal")
                    .col("transaction_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("reversal_ext_id")
                    .table("reversal")
                    .col("partner_id")
                    .col("ext_id")
                    .unique()
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("reversal").to_owned())
            .await?;
        for column in ["reversing", "reversed", "captured"] {
            let table = Table::alter()
                .table("transaction")
                .drop_column(column)
                .to_owned();
            manager.alter_table(table).await?;
        }
        Ok(())
    }
}
