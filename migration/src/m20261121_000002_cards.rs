//! Attached cards. The number is encrypted, and a keyed hash finds it.

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
        let card = Table::create()
            .table("card")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("partner_id").uuid().not_null())
            .col(ColumnDef::new("network").string_len(8).not_null())
            .col(ColumnDef::new("pan_hash").binary_len(32).not_null())
            .col(ColumnDef::new("pan_key_id").string_len(32).not_null())
            .col(ColumnDef::new("pan_sealed").binary().not_null())
            .col(ColumnDef::new("expiry").string_len(4).not_null())
            .col(ColumnDef::new("network_token").string_len(64))
            .col(ColumnDef::new("phone").string_len(12).not_null())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .foreign_key(
                ForeignKey::create()
                    .from("card", "partner_id")
                    .to("partner", "id"),
            )
            .to_owned();
        manager.create_table(card).await?;
        manager
            .create_index(
                Index::create()
                    .name("card_of_partner")
                    .table("card")
                    .col("partner_id")
                    .col("pan_hash")
                    .unique()
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("card").to_owned())
            .await
    }
}
