//! How often the operator has refused a fiscal receipt.

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
        let added = Table::alter()
            .table("transfer")
            .add_column(
                ColumnDef::new("fiscal_refusals")
                    .integer()
                    .not_null()
                    .default(0),
            )
            .to_owned();
        manager.alter_table(added).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let dropped = Table::alter()
            .table("transfer")
            .drop_column("fiscal_refusals")
            .to_owned();
        manager.alter_table(dropped).await
    }
}
