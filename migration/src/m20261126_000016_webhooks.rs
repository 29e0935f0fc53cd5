//! Where partners hear of what they were not told in a reply: their addresses, the events, and each try to deliver one.

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
        let webhooks = Table::create()
            .table("partner_webhook")
            .col(ColumnDef::new("partner_id").uuid().not_null().primary_key())
            .col(ColumnDef::new("url").text().not_null())
            .col(ColumnDef::new("secret_key_id").string_len(64).not_null())
            .col(ColumnDef::new("secret_sealed").binary().not_null())
            .col(ColumnDef::new("former_key_id").string_len(64))
            .col(ColumnDef::new("former_sealed").binary())
            .col(ColumnDef::new("former_until").big_integer())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .col(ColumnDef::new("off_at").big_integer())
            .col(ColumnDef::new("off_cause").text())
            .col(ColumnDef::new("failing_since").big_integer())
            .to_owned();
        manager.create_table(webhooks).await?;
        let events = Table::create()
            .table("webhook_event")
            .col(ColumnDef::new("id").uuid().not_null().primary_key())
            .col(ColumnDef::new("partner_id").uuid().not_null())
            .col(ColumnDef::new("transaction_id").big_integer())
            .col(ColumnDef::new("version").integer().not_null())
            .col(ColumnDef::new("kind").string_len(32).not_null())
            .col(ColumnDef::new("body").text().not_null())
            .col(ColumnDef::new("state").string_len(16).not_null())
            .col(ColumnDef::new("tries").integer().not_null())
            .col(ColumnDef::new("due_at").big_integer().not_null())
            .col(ColumnDef::new("created_at").big_integer().not_null())
            .col(ColumnDef::new("settled_at").big_integer())
            .to_owned();
        manager.create_table(events).await?;
        let tries = Table::create()
            .table("webhook_try")
            .col(
                ColumnDef::new("id")
                    .big_integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(ColumnDef::new("event_id").uuid().not_null())
            .col(ColumnDef::new("at").big_integer().not_null())
            .col(ColumnDef::new("took_ms").big_integer().not_null())
            .col(ColumnDef::new("status").integer())
            .col(ColumnDef::new("error").text())
            .col(ColumnDef::new("reply").text())
            .to_owned();
        manager.create_table(tries).await?;
        for (name, table, columns) in INDEXES {
            let mut index = Index::create();
            index.name(name).table(table);
            for column in columns {
                index.col(*column);
            }
            manager.create_index(index.to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["webhook_try", "webhook_event", "partner_webhook"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

/// Name, table, columns: what is due, what came before it, what an operator lists, what is old, and the tries of an event.
const INDEXES: [(&str, &str, &[&str]); 5] = [
    (
        "webhook_event_due",
        "webhook_event",
        &["state", "partner_id", "due_at"],
    ),
    (
        "webhook_event_order",
        "webhook_event",
        &["transaction_id", "version"],
    ),
    ("webhook_event_created", "webhook_event", &["created_at"]),
    ("webhook_event_settled", "webhook_event", &["settled_at"]),
    ("webhook_try_event", "webhook_try", &["event_id"]),
];
