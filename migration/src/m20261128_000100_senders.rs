//! Who sends a transfer, encrypted. What an earlier version wrote, and goes on writing while gateways are exchanged, names nobody.

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
        for mut column in [
            ColumnDef::new("sender_key_id").string_len(64).to_owned(),
            ColumnDef::new("sender_sealed").binary().to_owned(),
        ] {
            let added = Table::alter()
                .table("transfer")
                .add_column(&mut column)
                .to_owned();
            manager.alter_table(added).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["sender_sealed", "sender_key_id"] {
            let dropped = Table::alter()
                .table("transfer")
                .drop_column(column)
                .to_owned();
            manager.alter_table(dropped).await?;
        }
        Ok(())
    }
}
