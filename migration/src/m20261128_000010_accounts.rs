//! Accounts at the networks: which one a partner has, and under which one a card was attached and a payment made. What an
//! earlier version wrote, and goes on writing while gateways are exchanged, is of the account that the flat settings are.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const COLUMNS: [(&str, &str); 5] = [
    ("partner", "uzcard_account"),
    ("partner", "humo_account"),
    ("card", "account"),
    ("transaction", "account"),
    ("transfer", "account"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// A transaction on SQLite too, so that a kill during the migration leaves nothing half done.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, column) in COLUMNS {
            let added = Table::alter()
                .table(table)
                .add_column(
                    ColumnDef::new(column)
                        .string_len(32)
                        .not_null()
                        .default("default"),
                )
                .to_owned();
            manager.alter_table(added).await?;
        }
        let former = Table::create()
            .table("former_card_token")
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
        manager.drop_table(former).await?;
        for (table, column) in COLUMNS {
            let dropped = Table::alter().table(table).drop_column(column).to_owned();
            manager.alter_table(dropped).await?;
        }
        Ok(())
    }
}
