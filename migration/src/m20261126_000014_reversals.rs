//! What of a payment was taken and given back.

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
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
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
