//! The tokens that cards had at a network under other accounts before.

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
        let former = Table::create()
            .table("former_card_token")
            // A build of before the steps were divided made it with the accounts.
            .if_not_exists()
            .col(ColumnDef::new("card_id").uuid().not_null())
            .col(ColumnDef::new("account").string_len(32).not_null())
            .col(ColumnDef::new("network_token").text().not_null())
            .primary_key(Index::create().col("card_id").col("account"))
            .foreign_key(
                ForeignKey::create()
                    .from("former_card_token", "card_id")
                    .to("card", "id"),
            )
            .to_owned();
        manager.create_table(former).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let former = Table::drop().table("former_card_token").to_owned();
        manager.drop_table(former).await
    }
}
