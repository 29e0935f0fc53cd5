//! The totals of HUMO's terminals, as it tells them once a day.

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
        // A row for each terminal and day.
        let reconciliation = Table::create()
            .table("reconciliation")
            .col(number("id").not_null().auto_increment().primary_key())
            .col(text("terminal_id").not_null())
            .col(text("account").not_null())
            .col(ColumnDef::new("day").integer().not_null())
            .col(ColumnDef::new("state").string_len(16).not_null())
            .col(number("due_at").not_null())
            .col(ColumnDef::new("tries").integer().not_null())
            .col(text("reference"))
            .col(text("payment_id"))
            .col(number("confirm_sent_at"))
            .col(number("ended_at"))
            .col(text("code"))
            .col(number("debits"))
            .col(number("debited"))
            .col(number("reversals"))
            .col(number("reversed"))
            .col(text("why"))
            .to_owned();
        manager.create_table(reconciliation).await?;
        let one_a_day = Index::create()
            .name("reconciliation_terminal_id_day")
            .table("reconciliation")
            .col("terminal_id")
            .col("day")
            .unique()
            .to_owned();
        manager.create_index(one_a_day).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("reconciliation").to_owned())
            .await
    }
}
