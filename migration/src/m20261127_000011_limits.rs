//! What gateways count together: rates, and what a card has spent in an hour and a day.

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
        let throttle = Table::create()
            .table("throttle")
            .col(
                ColumnDef::new("key")
                    .binary_len(32)
                    .not_null()
                    .primary_key(),
            )
            .col(ColumnDef::new("tat").big_integer().not_null())
            .to_owned();
        manager.create_table(throttle).await?;
        let number = |name| ColumnDef::new(name).big_integer().not_null().take();
        let mut spending = Table::create();
        spending.table("card_spending").col(
            ColumnDef::new("pan_hash")
                .binary_len(32)
                .not_null()
                .primary_key(),
        );
        for name in [
            "hour",
            "hour_count",
            "hour_sum",
            "day",
            "day_count",
            "day_sum",
        ] {
            spending.col(number(name));
        }
        manager.create_table(spending.take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["card_spending", "throttle"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}
