//! The operations of cards, the days that were fetched, and the audit log.

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
        manager.create_table(operation()).await?;
        for rule in [
            // Each operation of a card is stored once.
            "CREATE UNIQUE INDEX operation_reference ON operation (card_id, reference)",
            // For pages, newest first, and the sums of days.
            "CREATE INDEX operation_newest ON operation (card_id, at DESC, id DESC)",
            // For the few that reverse another one. Both databases have partial indexes with the same syntax.
            "CREATE INDEX operation_reverses ON operation (card_id) WHERE reverses IS NOT NULL",
        ] {
            manager.get_connection().execute_unprepared(rule).await?;
        }
        manager.create_table(card_day()).await?;
        manager.create_table(audit()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["audit", "card_day", "operation"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn operation() -> TableCreateStatement {
    let mut table = Table::create()
        .table("operation")
        .col(
            ColumnDef::new("id")
                .big_integer()
                .not_null()
                .auto_increment()
                .primary_key(),
        )
        .col(
            ColumnDef::new("public_id")
                .string_len(24)
                .not_null()
                .unique_key(),
        )
        .col(ColumnDef::new("card_id").uuid().not_null())
        .col(ColumnDef::new("network").string_len(8).not_null())
        .col(ColumnDef::new("reference").text().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .col(ColumnDef::new("day").integer().not_null())
        .col(ColumnDef::new("utime").integer().not_null())
        .col(ColumnDef::new("amount").big_integer().not_null())
        .col(ColumnDef::new("currency").integer().not_null())
        .col(ColumnDef::new("is_credit").boolean().not_null())
        .col(ColumnDef::new("reversal").boolean().not_null())
        .col(ColumnDef::new("reverses").text())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .foreign_key(
            ForeignKey::create()
                .from("operation", "card_id")
                .to("card", "id"),
        )
        .to_owned();
    for text in [
        "op_type",
        "ref_num",
        "sys_num",
        "apr_code",
        "ref_number",
        "merchant",
        "terminal",
        "description",
        "merchant_name",
        "city",
        "internal_number",
    ] {
        table.col(ColumnDef::new(text).text().not_null());
    }
    table
}

fn card_day() -> TableCreateStatement {
    Table::create()
        .table("card_day")
        .col(ColumnDef::new("card_id").uuid().not_null())
        .col(ColumnDef::new("day").integer().not_null())
        .col(ColumnDef::new("total_debit").big_integer().not_null())
        .col(ColumnDef::new("total_credit").big_integer().not_null())
        .col(ColumnDef::new("operations").big_integer().not_null())
        .col(ColumnDef::new("fetched_at").big_integer().not_null())
        .primary_key(Index::create().col("card_id").col("day"))
        .foreign_key(
            ForeignKey::create()
                .from("card_day", "card_id")
                .to("card", "id"),
        )
        .to_owned()
}

fn audit() -> TableCreateStatement {
    Table::create()
        .table("audit")
        .col(
            ColumnDef::new("id")
                .big_integer()
                .not_null()
                .auto_increment()
                .primary_key(),
        )
        .col(ColumnDef::new("at").big_integer().not_null())
        .col(ColumnDef::new("partner_id").uuid().not_null())
        .col(ColumnDef::new("action").string_len(32).not_null())
        .col(ColumnDef::new("object").text().not_null())
        .col(ColumnDef::new("request").text().not_null())
        .foreign_key(
            ForeignKey::create()
                .from("audit", "partner_id")
                .to("partner", "id"),
        )
        .to_owned()
}
