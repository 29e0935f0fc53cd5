//! What runs statements: the database itself, and a transaction on it.

use sea_orm::{DbBackend, DbErr, Statement};

use super::row::Row;

/// Runs statements. The queries of `repository` are built by sea-orm and run by this, since sea-orm itself runs none on the
/// connections that SQLite has here.
pub trait Connection: Sync {
    /// The dialect of its statements.
    fn backend(&self) -> DbBackend;

    /// The rows that a statement reads.
    fn fetch_rows(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Row>, DbErr>> + Send;

    /// Runs a statement that writes; how many rows it has changed.
    fn run_statement(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<u64, DbErr>> + Send;

    /// Runs a statement that writes; the rows that it returns.
    fn run_for_rows(
        &self,
        statement: Statement,
    ) -> impl Future<Output = Result<Vec<Row>, DbErr>> + Send;

    /// Runs statements without values, for what they do.
    fn run_sql(&self, sql: &str) -> impl Future<Output = Result<(), DbErr>> + Send;
}
