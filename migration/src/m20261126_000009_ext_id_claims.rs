//! Which call is working on an `extId` before its transaction is stored.

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
        // No index on `until`: rows live for minutes, so there are never many.
        let table = Table::create()
            .table("ext_id_claim")
            .col(ColumnDef::new("partner_id").uuid().not_null())
            .col(ColumnDef::new("ext_id").string_len(64).not_null())
            .col(ColumnDef::new("owner").uuid().not_null())
            .col(ColumnDef::new("until").big_integer().not_null())
            .primary_key(Index::create().col("partner_id").col("ext_id"))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("ext_id_claim").to_owned())
            .await
    }
}
