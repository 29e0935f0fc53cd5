//! What comparisons with the networks' books have found: their totals, not their rows.

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
        let text = |name: &'static str| ColumnDef::new(name).text().to_owned();
        let number = |name: &'static str| ColumnDef::new(name).big_integer().to_owned();
        // A few rows a day, and no index but the primary key.
        let comparison = Table::create()
            .table("comparison")
            .col(number("id").not_null().auto_increment().primary_key())
            .col(ColumnDef::new("day").integer().not_null())
            .col(ColumnDef::new("network").string_len(8).not_null())
            .col(number("at").not_null())
            .col(text("who").not_null())
            .col(ColumnDef::new("outcome").string_len(16).not_null())
            .col(text("why"))
            .col(number("matched").not_null())
            .col(number("ours_only").not_null())
            .col(number("theirs_only").not_null())
            .col(number("differing").not_null())
            .col(number("unsettled").not_null())
            .col(number("overdue").not_null())
            .col(number("unanswered").not_null())
            .to_owned();
        manager.create_table(comparison).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("comparison").to_owned())
            .await
    }
}
