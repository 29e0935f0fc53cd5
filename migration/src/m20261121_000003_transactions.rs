//! What partners see (`transaction`), each call that may move money (`processing_request`), and the events of a
//! transaction.

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
        manager.create_table(transaction()).await?;
        manager
            .create_index(
                Index::create()
                    .name("transaction_ext_id")
                    .table("transaction")
                    .col("partner_id")
                    .col("ext_id")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager.create_table(attachment()).await?;
        manager.create_table(processing_request()).await?;
        manager
            .create_index(
                Index::create()
                    .name("request_reference")
                    .table("processing_request")
                    .col("network")
                    .col("action")
                    .col("reference")
                    .unique()
                    .to_owned(),
            )
            .await?;
        manager
            .create_index(
                Index::create()
                    .name("request_of_transaction")
                    .table("processing_request")
                    .col("transaction_id")
                    .to_owned(),
            )
            .await?;
        // Partial indexes, which both databases have with the same syntax.
        for rule in [
            "CREATE UNIQUE INDEX request_unsettled ON processing_request (transaction_id, action) \
             WHERE state IN ('sent', 'unknown')",
            // SVGate's hold.create carries no reference of ours. So a lost hold can only be identified while it is the
            // card's only unsettled one, across partners and gateways (docs/contract.md#holds).
            "CREATE UNIQUE INDEX request_unsettled_hold ON processing_request (pan_hash) \
             WHERE state IN ('sent', 'unknown') AND action = 'hold' AND network = 'UZCARD'",
            // For finding expired holds.
            "CREATE INDEX transaction_held ON \"transaction\" (hold_expires_at) WHERE status = 'held'",
            // For finding what recovery has to look at.
            "CREATE INDEX request_due ON processing_request (next_check_at) WHERE state IN ('sent', 'unknown')",
        ] {
            manager.get_connection().execute_unprepared(rule).await?;
        }
        manager.create_table(transaction_event()).await?;
        manager.create_table(sms_count()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "sms_count",
            "transaction_event",
            "processing_request",
            "attachment",
            "transaction",
        ] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn transaction() -> TableCreateStatement {
    Table::create()
        .table("transaction")
        .col(
            ColumnDef::new("id")
                .big_integer()
                .not_null()
                .auto_increment()
                .primary_key(),
        )
        .col(ColumnDef::new("partner_id").uuid().not_null())
        .col(ColumnDef::new("kind").string_len(16).not_null())
        .col(ColumnDef::new("status").string_len(16).not_null())
        .col(ColumnDef::new("version").integer().not_null())
        .col(ColumnDef::new("network").string_len(8).not_null())
        .col(ColumnDef::new("card_id").uuid())
        .col(ColumnDef::new("amount").big_integer().not_null())
        .col(ColumnDef::new("fee").big_integer().not_null())
        .col(ColumnDef::new("merchant_id").string_len(64))
        .col(ColumnDef::new("terminal_id").string_len(64))
        .col(ColumnDef::new("ext_id").string_len(64))
        .col(ColumnDef::new("fingerprint").binary_len(32))
        .col(ColumnDef::new("app_name").string_len(64))
        .col(ColumnDef::new("phone").string_len(12))
        .col(ColumnDef::new("code_mac").binary_len(32))
        .col(ColumnDef::new("code_tries").integer().not_null())
        .col(ColumnDef::new("code_expires_at").big_integer())
        .col(ColumnDef::new("hold_expires_at").big_integer())
        .col(ColumnDef::new("receipt").text())
        .col(ColumnDef::new("error_code").integer())
        .col(ColumnDef::new("error_data").text())
        .col(ColumnDef::new("created_at").big_integer().not_null())
        .col(ColumnDef::new("updated_at").big_integer().not_null())
        .foreign_key(
            ForeignKey::create()
                .from("transaction", "partner_id")
                .to("partner", "id"),
        )
        .foreign_key(
            ForeignKey::create()
                .from("transaction", "card_id")
                .to("card", "id"),
        )
        .to_owned()
}

fn attachment() -> TableCreateStatement {
    Table::create()
        .table("attachment")
        .col(
            ColumnDef::new("transaction_id")
                .big_integer()
                .not_null()
                .primary_key(),
        )
        .col(ColumnDef::new("card_id").uuid().not_null().unique_key())
        .col(ColumnDef::new("pan_hash").binary_len(32).not_null())
        .col(ColumnDef::new("pan_key_id").string_len(32).not_null())
        .col(ColumnDef::new("pan_sealed").binary().not_null())
        .col(ColumnDef::new("expiry").string_len(4).not_null())
        .col(ColumnDef::new("otp_request_id").string_len(64))
        .foreign_key(
            ForeignKey::create()
                .from("attachment", "transaction_id")
                .to("transaction", "id"),
        )
        .to_owned()
}

fn processing_request() -> TableCreateStatement {
    Table::create()
        .table("processing_request")
        .col(
            ColumnDef::new("id")
                .big_integer()
                .not_null()
                .auto_increment()
                .primary_key(),
        )
        .col(ColumnDef::new("transaction_id").big_integer().not_null())
        .col(ColumnDef::new("network").string_len(8).not_null())
        .col(ColumnDef::new("action").string_len(16).not_null())
        .col(ColumnDef::new("reference").string_len(64).not_null())
        .col(ColumnDef::new("amount").big_integer().not_null())
        .col(ColumnDef::new("pan_hash").binary_len(32).not_null())
        .col(ColumnDef::new("state").string_len(16).not_null())
        .col(ColumnDef::new("receipt").text())
        .col(ColumnDef::new("processing_code").string_len(32))
        .col(ColumnDef::new("cause").text())
        .col(ColumnDef::new("attempts").integer().not_null())
        .col(ColumnDef::new("lease_owner").uuid())
        .col(ColumnDef::new("lease_until").big_integer())
        .col(ColumnDef::new("next_check_at").big_integer().not_null())
        .col(ColumnDef::new("sent_at").big_integer().not_null())
        .col(ColumnDef::new("settled_at").big_integer())
        .foreign_key(
            ForeignKey::create()
                .from("processing_request", "transaction_id")
                .to("transaction", "id"),
        )
        .to_owned()
}

fn transaction_event() -> TableCreateStatement {
    Table::create()
        .table("transaction_event")
        .col(ColumnDef::new("transaction_id").big_integer().not_null())
        .col(ColumnDef::new("seq").integer().not_null())
        .col(ColumnDef::new("from_status").string_len(16))
        .col(ColumnDef::new("to_status").string_len(16).not_null())
        .col(ColumnDef::new("cause").text().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .primary_key(Index::create().col("transaction_id").col("seq"))
        .foreign_key(
            ForeignKey::create()
                .from("transaction_event", "transaction_id")
                .to("transaction", "id"),
        )
        .to_owned()
}

fn sms_count() -> TableCreateStatement {
    Table::create()
        .table("sms_count")
        .col(ColumnDef::new("partner_id").uuid().not_null())
        .col(ColumnDef::new("phone").string_len(12).not_null())
        .col(ColumnDef::new("day").integer().not_null())
        .col(ColumnDef::new("sent").integer().not_null())
        .primary_key(Index::create().col("partner_id").col("phone").col("day"))
        .to_owned()
}
