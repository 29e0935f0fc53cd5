//! Which profile the database was made by, so that it is used by no other.

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
        let profile = Table::create()
            .table("database_profile")
            // Always 1: there is one row.
            .col(ColumnDef::new("id").integer().not_null().primary_key())
            .col(ColumnDef::new("name").string_len(16).not_null())
            .col(ColumnDef::new("recorded_at").big_integer().not_null())
            .to_owned();
        manager.create_table(profile).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("database_profile").to_owned())
            .await
    }
}
