//! The partner's own ids of reversals. Each belongs to a request, which names its transaction: a step locks one table.

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
        // A build of before the steps were divided made all of it with the columns of `transaction`.
        let table = Table::create()
            .table("reversal")
            .if_not_exists()
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
            .to_owned();
        manager.create_table(table).await?;
        manager
            .create_index(
                Index::create()
                    .name("reversal_of_transaction")
                    .table("reversal")
                    .if_not_exists()
                    .col("transaction_id")
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("reversal_ext_id")
                    .table("reversal")
                    .if_not_exists()
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
            .await
    }
}
