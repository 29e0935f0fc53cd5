//! The numbers of fiscal receipts, where the gateway counts them, and what the operator calls a receipt.

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
        let numbers = Table::create()
            .table("receipt_number")
            .col(
                ColumnDef::new("terminal")
                    .string_len(64)
                    .not_null()
                    .primary_key(),
            )
            .col(ColumnDef::new("last").big_integer().not_null())
            .col(ColumnDef::new("last_at").big_integer().not_null())
            .col(ColumnDef::new("open_transfer").big_integer())
            .to_owned();
        manager.create_table(numbers).await?;
        let mark = Table::alter()
            .table("transfer")
            .add_column(ColumnDef::new("fiscal_mark").text())
            .to_owned();
        manager.alter_table(mark).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mark = Table::alter()
            .table("transfer")
            .drop_column("fiscal_mark")
            .to_owned();
        manager.alter_table(mark).await?;
        manager
            .drop_table(Table::drop().table("receipt_number").to_owned())
            .await
    }
}
