//! What operators say of fiscal receipts is found among the statements about a transaction.

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Replaces the index `from` by `to`, which is of these actions.
async fn replace(
    manager: &SchemaManager<'_>,
    (from, to): (&str, &str),
    actions: &str,
) -> Result<(), DbErr> {
    let how = if manager.get_database_backend() == DbBackend::Postgres {
        "CONCURRENTLY "
    } else {
        ""
    };
    for statement in [
        // An index that a killed run has left is not valid.
        format!("DROP INDEX {how}IF EXISTS {to}"),
        format!("CREATE INDEX {how}{to} ON audit_log (object) WHERE action IN ({actions})"),
        format!("DROP INDEX {how}IF EXISTS {from}"),
    ] {
        manager
            .get_connection()
            .execute_unprepared(&statement)
            .await?;
    }
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// PostgreSQL builds and drops an index beside calls that are audited only outside a transaction. Each statement may be run again
    /// after a kill.
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let actions = "'transactions.resolve', 'transactions.acknowledge', 'receipts.retry', 'receipts.settle', 'audit.sealed'";
        let names = ("audit_log_stated", "audit_log_told");
        replace(manager, names, actions).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let actions =
            "'transactions.resolve', 'transactions.acknowledge', 'receipts.retry', 'audit.sealed'";
        let names = ("audit_log_told", "audit_log_stated");
        replace(manager, names, actions).await
    }
}
