//! The audit log as chains of hashes, to which rows are only added.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// A transaction on SQLite too, so that a kill during the migration leaves nothing half done.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        db.execute_unprepared("ALTER TABLE audit RENAME TO audit_before")
            .await?;
        manager.create_table(audit()).await?;
        manager.create_table(audit_chain()).await?;
        let is_sqlite = manager.get_database_backend() == DbBackend::Sqlite;
        let (rows, guard): (&str, &[&str]) = if is_sqlite {
            (ROWS_OF_SQLITE, &GUARD_OF_SQLITE)
        } else {
            (ROWS_OF_POSTGRES, &GUARD_OF_POSTGRES)
        };
        db.execute_unprepared(rows).await?;
        db.execute_unprepared("DROP TABLE audit_before").await?;
        for rule in [
            "CREATE INDEX audit_at ON audit (at)",
            // The statements of operators about a transaction, and what seals the rows from before: a few rows of many.
            "CREATE INDEX audit_stated ON audit (object) WHERE action IN ('transactions.resolve', \
             'transactions.acknowledge', 'receipts.retry', 'audit.sealed')",
        ] {
            db.execute_unprepared(rule).await?;
        }
        for rule in guard {
            db.execute_unprepared(rule).await?;
        }
        Ok(())
    }

    /// Back to the empty table of before: what the chains hold does not fit into it.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["audit", "audit_chain"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        if manager.get_database_backend() != DbBackend::Sqlite {
            let guard = "DROP FUNCTION audit_is_only_added_to()";
            manager.get_connection().execute_unprepared(guard).await?;
        }
        manager
            .create_table(crate::m20261121_000005_history::audit())
            .await
    }
}

fn audit() -> TableCreateStatement {
    let mut table = Table::create()
        .table("audit")
        .col(ColumnDef::new("chain").uuid().not_null())
        .col(ColumnDef::new("seq").big_integer().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .primary_key(Index::create().col("chain").col("seq"))
        .to_owned();
    for text in ["who", "source", "action", "object", "outcome", "detail"] {
        table.col(ColumnDef::new(text).text().not_null());
    }
    table.col(ColumnDef::new("mac").binary().not_null());
    table
}

fn audit_chain() -> TableCreateStatement {
    Table::create()
        .table("audit_chain")
        .col(ColumnDef::new("id").uuid().not_null().primary_key())
        .col(ColumnDef::new("opened_at").big_integer().not_null())
        .col(ColumnDef::new("seq").big_integer().not_null())
        .col(ColumnDef::new("mac").binary().not_null())
        .col(ColumnDef::new("proof").binary().not_null())
        .col(ColumnDef::new("at").big_integer().not_null())
        .to_owned()
}

/// The rows from before, numbered as they were written. Who gave a command stood at the beginning of its words.
const ROWS_OF_SQLITE: &str = "
    INSERT INTO audit (chain, seq, at, who, source, action, object, outcome, detail, mac)
    SELECT zeroblob(16), row_number() OVER (ORDER BY b.id), b.at,
        CASE WHEN b.action = 'pan.read' THEN p.name ELSE substr(b.request, 1, instr(b.request, ': ') - 1) END, '',
        b.action, CASE WHEN b.action = 'pan.read' THEN 'operation ' ELSE 'transaction ' END || b.object, '',
        CASE WHEN b.action = 'pan.read' THEN b.request ELSE substr(b.request, instr(b.request, ': ') + 2) END, zeroblob(0)
    FROM audit_before b JOIN partner p ON p.id = b.partner_id";

const ROWS_OF_POSTGRES: &str = "
    INSERT INTO audit (chain, seq, at, who, source, action, object, outcome, detail, mac)
    SELECT '00000000-0000-0000-0000-000000000000', row_number() OVER (ORDER BY b.id), b.at,
        CASE WHEN b.action = 'pan.read' THEN p.name ELSE split_part(b.request, ': ', 1) END, '',
        b.action, CASE WHEN b.action = 'pan.read' THEN 'operation ' ELSE 'transaction ' END || b.object, '',
        CASE WHEN b.action = 'pan.read' THEN b.request ELSE substr(b.request, strpos(b.request, ': ') + 2) END, ''::bytea
    FROM audit_before b JOIN partner p ON p.id = b.partner_id";

const GUARD_OF_SQLITE: [&str; 2] = [
    "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
     BEGIN SELECT RAISE(ABORT, 'rows of the audit log are only added'); END",
    "CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
     BEGIN SELECT RAISE(ABORT, 'rows of the audit log are only added'); END",
];

const GUARD_OF_POSTGRES: [&str; 3] = [
    "CREATE FUNCTION audit_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN RAISE EXCEPTION 'rows of the audit log are only added'; END $$",
    "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE ON audit
     FOR EACH ROW EXECUTE FUNCTION audit_is_only_added_to()",
    "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
     FOR EACH STATEMENT EXECUTE FUNCTION audit_is_only_added_to()",
];
