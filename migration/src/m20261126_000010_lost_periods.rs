//! The periods whose rows were lost because an older copy of the database was restored.

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
        let table = Table::create()
            .table("lost_period")
            .col(
                ColumnDef::new("id")
                    .big_integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new("since").big_integer().not_null())
            .col(ColumnDef::new("until").big_integer().not_null())
            .col(ColumnDef::new("first_id").big_integer().not_null())
            .col(ColumnDef::new("marked_at").big_integer().not_null())
            .col(ColumnDef::new("marked_by").text().not_null())
            .col(ColumnDef::new("closed_at").big_integer())
            .col(ColumnDef::new("closed_by").text())
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table("lost_period").to_owned();
        manager.drop_table(table).await
    }
}
