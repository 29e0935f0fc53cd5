//! Partners with their permissions and terminals, and the vault keys.

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
        let partner = Table::create()
            .table("partner")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(
                ColumnDef::new("name")
                    .string_len(64)
                    .not_null()
                    .unique_key(),
            )
            .col(ColumnDef::new("secret_mac").binary_len(32).not_null())
            .col(ColumnDef::new("permissions").text().not_null())
            .col(ColumnDef::new("code_required_from").big_integer())
            .col(ColumnDef::new("disabled_at").big_integer())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .to_owned();
        manager.create_table(partner).await?;

        let terminal = Table::create()
            .table("partner_terminal")
            .col(ColumnDef::new("partner_id").uuid().not_null())
            .col(ColumnDef::new("network").string_len(8).not_null())
            .col(ColumnDef::new("merchant_id").string_len(64).not_null())
            .col(ColumnDef::new("terminal_id").string_len(64).not_null())
            .primary_key(
                Index::create()
                    .col("partner_id")
                    .col("network")
                    .col("merchant_id")
                    .col("terminal_id"),
            )
            .foreign_key(
                ForeignKey::create()
                    .from("partner_terminal", "partner_id")
                    .to("partner", "id"),
            )
            .to_owned();
        manager.create_table(terminal).await?;

        let vault_key = Table::create()
            .table("vault_key")
            .col(ColumnDef::new("id").string_len(32).not_null().primary_key())
            .col(ColumnDef::new("proof").binary_len(32).not_null())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .to_owned();
        manager.create_table(vault_key).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["vault_key", "partner_terminal", "partner"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}
