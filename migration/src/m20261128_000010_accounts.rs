//! Accounts at the networks: which one a partner has, and under which one a card was attached and a payment made. What an
//! earlier version wrote, and goes on writing while gateways are exchanged, is of the account that the flat settings are.
//!
//! A table a step: beside gateways that serve, a step that has locked one table and waits for another may wait for a call
//! that waits for the first.

use sea_orm_migration::prelude::*;

/// One table.
pub(crate) struct Migration {
    name: &'static str,
    table: &'static str,
    columns: &'static [&'static str],
}

pub(crate) const OF_PARTNERS: Migration = Migration {
    name: "m20261128_000010_accounts",
    table: "partner",
    columns: &["uzcard_account", "humo_account"],
};

pub(crate) const OF_CARDS: Migration = Migration {
    name: "m20261128_000011_accounts_of_cards",
    table: "card",
    columns: &["account"],
};

pub(crate) const OF_TRANSACTIONS: Migration = Migration {
    name: "m20261128_000012_accounts_of_transactions",
    table: "transaction",
    columns: &["account"],
};

pub(crate) const OF_TRANSFERS: Migration = Migration {
    name: "m20261128_000013_accounts_of_transfers",
    table: "transfer",
    columns: &["account"],
};

impl MigrationName for Migration {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// A transaction on SQLite too, so that a kill during the migration leaves nothing half done.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in self.columns {
            // A build of before the steps were divided added all of them in the first.
            if manager.has_column(self.table, column).await? {
                continue;
            }
            let added = Table::alter()
                .table(self.table)
                .add_column(
                    ColumnDef::new(*column)
                        .string_len(32)
                        .not_null()
                        .default("default"),
                )
                .to_owned();
            manager.alter_table(added).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in self.columns {
            let dropped = Table::alter()
                .table(self.table)
                .drop_column(*column)
                .to_owned();
            manager.alter_table(dropped).await?;
        }
        Ok(())
    }
}
