//! The currency of a card, and the look-up of cards by number alone: a recipient's card may be attached by any partner.

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
        let table = Table::alter()
            .table("card")
            .add_column(ColumnDef::new("currency").integer().not_null().default(860))
            .to_owned();
        manager.alter_table(table).await?;
        manager
            .create_index(
                Index::create()
                    .name("card_by_number")
                    .table("card")
                    .col("pan_hash")
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_index(
                Index::drop()
                    .name("card_by_number")
                    .table("card")
                    .to_owned(),
            )
            .await?;
        let table = Table::alter()
            .table("card")
            .drop_column("currency")
            .to_owned();
        manager.alter_table(table).await
    }
}
