//! What each key of the vault is used for, and which gateways have it: for the rotation of keys while gateways serve.

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
        let key_use = Table::create()
            .table("vault_key_use")
            .col(text("key_id").not_null().primary_key())
            .col(number("current_since"))
            .col(number("retired_at"))
            .to_owned();
        manager.create_table(key_use).await?;
        let process = Table::create()
            .table("gateway_process")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(text("vault_keys").not_null())
            .col(number("seen_at").not_null())
            .to_owned();
        manager.create_table(process).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["gateway_process", "vault_key_use"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}
