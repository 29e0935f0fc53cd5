//! Who calls: a partner's second secret, its addresses and applications, the version of all partners, and failed logins.

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
        for column in [
            ColumnDef::new("former_secret_mac").binary_len(32),
            ColumnDef::new("former_until").big_integer(),
            ColumnDef::new("addresses").text().not_null().default(""),
            ColumnDef::new("applications").text().not_null().default(""),
        ] {
            // SQLite adds one column a statement.
            let added = Table::alter()
                .table("partner")
                .add_column(column.take())
                .to_owned();
            manager.alter_table(added).await?;
        }
        let version = Table::create()
            .table("caller_version")
            .col(ColumnDef::new("id").integer().not_null().primary_key())
            .col(ColumnDef::new("version").big_integer().not_null())
            .to_owned();
        manager.create_table(version).await?;
        let first = Query::insert()
            .into_table("caller_version")
            .columns(["id", "version"])
            .values_panic([1.into(), 1_i64.into()])
            .to_owned();
        manager.execute(first).await?;
        let failures = Table::create()
            .table("login_failure")
            .col(
                ColumnDef::new("pair")
                    .binary_len(32)
                    .not_null()
                    .primary_key(),
            )
            .col(ColumnDef::new("failures").integer().not_null())
            .col(ColumnDef::new("since").big_integer().not_null())
            .col(ColumnDef::new("locked_until").big_integer())
            .to_owned();
        manager.create_table(failures).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["login_failure", "caller_version"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        for column in [
            "applications",
            "addresses",
            "former_until",
            "former_secret_mac",
        ] {
            let dropped = Table::alter()
                .table("partner")
                .drop_column(column)
                .to_owned();
            manager.alter_table(dropped).await?;
        }
        Ok(())
    }
}
