//! Operators who sign in at the console, and their sign-ins.

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
        let operator = Table::create()
            .table("operator")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(text("name").not_null().unique_key())
            .col(ColumnDef::new("role").string_len(16).not_null())
            .col(text("password"))
            .col(ColumnDef::new("code_mac").binary_len(32))
            .col(number("code_until"))
            .col(ColumnDef::new("failures").integer().not_null())
            .col(number("locked_until"))
            .col(number("disabled_at"))
            .col(number("created_at").not_null())
            .col(number("signed_in_at"))
            .to_owned();
        manager.create_table(operator).await?;
        let session = Table::create()
            .table("operator_session")
            .col(
                ColumnDef::new("token_mac")
                    .binary_len(32)
                    .not_null()
                    .primary_key(),
            )
            .col(ColumnDef::new("operator_id").uuid().not_null())
            .col(text("source").not_null())
            .col(number("opened_at").not_null())
            .col(number("seen_at").not_null())
            .foreign_key(
                ForeignKey::create()
                    .from("operator_session", "operator_id")
                    .to("operator", "id"),
            )
            .to_owned();
        manager.create_table(session).await?;
        // Who has looked at a transaction: a few rows of many.
        let looked = "CREATE INDEX audit_log_looked ON audit_log (object) WHERE action = 'console.transaction'";
        manager.get_connection().execute_unprepared(looked).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .get_connection()
            .execute_unprepared("DROP INDEX audit_log_looked")
            .await?;
        for table in ["operator_session", "operator"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}
