//! The audit log as chains of hashes, to which rows are only added. The table of before stays: a gateway of an earlier version
//! may still write to it.

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
        manager.create_table(audit_log()).await?;
        manager.create_table(audit_chain()).await?;
        for rule in [
            "CREATE INDEX audit_log_at ON audit_log (at)",
            // The statements of operators about a transaction, and what seals the rows from before: a few rows of many.
            "CREATE INDEX audit_log_stated ON audit_log (object) WHERE action IN ('transactions.resolve', \
             'transactions.acknowledge', 'receipts.retry', 'audit.sealed')",
        ] {
            manager.get_connection().execute_unprepared(rule).await?;
        }
        let rules: &[&str] = if manager.get_database_backend() == DbBackend::Sqlite {
            &ON_SQLITE
        } else {
            &ON_POSTGRES
        };
        for rule in rules {
            manager.get_connection().execute_unprepared(rule).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let rules: &[&str] = if manager.get_database_backend() == DbBackend::Sqlite {
            &OFF_SQLITE
        } else {
            &OFF_POSTGRES
        };
        for rule in rules {
            manager.get_connection().execute_unprepared(rule).await?;
        }
        for table in ["audit_log", "audit_chain"] {
            manager
                .drop_table(Table::drop().table(table).to_owned())
                .await?;
        }
        Ok(())
    }
}

fn audit_log() -> TableCreateStatement {
    let mut table = Table::create()
        .table("audit_log")
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

/// The rows from before in the columns of today, and triggers for both tables. Who gave a command stood at the beginning of
/// its words.
const ON_SQLITE: [&str; 5] = [
    "CREATE VIEW audit_before AS
     SELECT zeroblob(16) AS chain, b.id AS seq, b.at AS at,
        CASE WHEN b.action = 'pan.read' THEN p.name ELSE substr(b.request, 1, instr(b.request, ': ') - 1) END AS who,
        '' AS source, b.action AS action,
        CASE WHEN b.action = 'pan.read' THEN 'operation ' ELSE 'transaction ' END || b.object AS object, '' AS outcome,
        CASE WHEN b.action = 'pan.read' THEN b.request ELSE substr(b.request, instr(b.request, ': ') + 2) END AS detail,
        zeroblob(0) AS mac
     FROM audit b JOIN partner p ON p.id = b.partner_id",
    "CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log
     BEGIN SELECT RAISE(ABORT, 'rows of the audit log are only added'); END",
    "CREATE TRIGGER audit_log_is_not_removed BEFORE DELETE ON audit_log
     BEGIN SELECT RAISE(ABORT, 'rows of the audit log are only added'); END",
    "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
     BEGIN SELECT RAISE(ABORT, 'rows of the audit log are only added'); END",
    "CREATE TRIGGER audit_is_not_removed BEFORE DELETE ON audit
     BEGIN SELECT RAISE(ABORT, 'rows of the audit log are only added'); END",
];

const OFF_SQLITE: [&str; 3] = [
    "DROP TRIGGER audit_is_not_changed",
    "DROP TRIGGER audit_is_not_removed",
    "DROP VIEW audit_before",
];

const ON_POSTGRES: [&str; 6] = [
    "CREATE VIEW audit_before AS
     SELECT '00000000-0000-0000-0000-000000000000'::uuid AS chain, b.id AS seq, b.at AS at,
        CASE WHEN b.action = 'pan.read' THEN p.name::text ELSE split_part(b.request, ': ', 1) END AS who,
        ''::text AS source, b.action::text AS action,
        CASE WHEN b.action = 'pan.read' THEN 'operation ' ELSE 'transaction ' END || b.object AS object,
        ''::text AS outcome,
        CASE WHEN b.action = 'pan.read' THEN b.request ELSE substr(b.request, strpos(b.request, ': ') + 2) END AS detail,
        ''::bytea AS mac
     FROM audit b JOIN partner p ON p.id = b.partner_id",
    "CREATE FUNCTION audit_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN RAISE EXCEPTION 'rows of the audit log are only added'; END $$",
    "CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE OR DELETE ON audit_log
     FOR EACH ROW EXECUTE FUNCTION audit_is_only_added_to()",
    "CREATE TRIGGER audit_log_is_not_emptied BEFORE TRUNCATE ON audit_log
     FOR EACH STATEMENT EXECUTE FUNCTION audit_is_only_added_to()",
    "CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE ON audit
     FOR EACH ROW EXECUTE FUNCTION audit_is_only_added_to()",
    "CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON audit
     FOR EACH STATEMENT EXECUTE FUNCTION audit_is_only_added_to()",
];

const OFF_POSTGRES: [&str; 6] = [
    "DROP TRIGGER audit_is_not_changed ON audit",
    "DROP TRIGGER audit_is_not_emptied ON audit",
    "DROP TRIGGER audit_log_is_not_changed ON audit_log",
    "DROP TRIGGER audit_log_is_not_emptied ON audit_log",
    "DROP FUNCTION audit_is_only_added_to()",
    "DROP VIEW audit_before",
];
