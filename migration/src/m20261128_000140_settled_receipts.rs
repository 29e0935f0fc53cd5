//! What operators say of fiscal receipts is found among the statements about a transaction.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Makes the index anew, of these actions.
async fn index(manager: &SchemaManager<'_>, actions: &str) -> Result<(), DbErr> {
    let database = manager.get_connection();
    database
        .execute_unprepared("DROP INDEX audit_log_stated")
        .await?;
    let made =
        format!("CREATE INDEX audit_log_stated ON audit_log (object) WHERE action IN ({actions})");
    database.execute_unprepared(&made).await?;
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// A transaction on SQLite too, so that a kill during the migration leaves nothing half done.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let actions = "'transactions.resolve', 'transactions.acknowledge', 'receipts.retry', 'receipts.settle', 'audit.sealed'";
        index(manager, actions).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let actions =
            "'transactions.resolve', 'transactions.acknowledge', 'receipts.retry', 'audit.sealed'";
        index(manager, actions).await
    }
}
