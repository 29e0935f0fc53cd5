//! How one statement runs on one connection.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use rusqlite::types::Value as Cell;
use rusqlite::{CachedStatement, Connection};
use sea_orm::{DbErr, Statement};

use super::value::{Bound, SqliteRow};
use crate::database::sqlite_failure::told;

/// More statements than the gateway has, so that none is prepared twice.
const STATEMENTS: usize = 512;

/// A connection, and the names of the columns of its statements.
pub(super) struct Handle {
    pub(super) connection: Connection,
    names: HashMap<String, Arc<[String]>>,
}

impl Handle {
    pub(super) fn new(connection: Connection) -> Self {
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Self {
            connection,
            names: HashMap::new(),
        }
    }

    /// The rows of a statement.
    pub(super) fn rows(&mut self, statement: &Statement) -> Result<Vec<SqliteRow>, DbErr> {
        self.read(statement).map_err(told)
    }

    /// Runs a statement that returns no rows; how many it has changed.
    pub(super) fn run(&mut self, statement: &Statement) -> Result<u64, DbErr> {
        let run = || {
            let mut prepared = self.connection.prepare_cached(&statement.sql)?;
            bind(&mut prepared, statement)?;
            prepared.raw_execute()
        };
        let changed = run().map_err(told)?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    /// Runs statements without values.
    pub(super) fn run_sql(&mut self, sql: &str) -> Result<(), DbErr> {
        self.connection.execute_batch(sql).map_err(told)
    }

    /// Runs one of the few statements that begin and end transactions.
    pub(super) fn control(&mut self, sql: &'static str) -> Result<(), DbErr> {
        let run = || self.connection.prepare_cached(sql)?.raw_execute();
        run().map(drop).map_err(told)
    }

    fn read(&mut self, statement: &Statement) -> rusqlite::Result<Vec<SqliteRow>> {
        let mut prepared = self.connection.prepare_cached(&statement.sql)?;
        bind(&mut prepared, statement)?;
        let width = prepared.column_count();
        let names = match self.names.get(&statement.sql) {
            Some(names) if names.len() == width => Arc::clone(names),
            Some(_) | None => {
                let names = prepared.column_names().into_iter().map(str::to_owned);
                let names: Arc<[String]> = names.collect();
                if self.names.len() >= STATEMENTS {
                    self.names.clear();
                }
                self.names.insert(statement.sql.clone(), Arc::clone(&names));
                names
            }
        };
        let mut rows = prepared.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = (0..width).map(|place| row.get::<_, Cell>(place));
            found.push(SqliteRow {
                names: Arc::clone(&names),
                cells: cells.collect::<rusqlite::Result<_>>()?,
            });
        }
        Ok(found)
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Handle")
    }
}

/// Binds the values: `?` in their order, and `$3` to the third.
fn bind(prepared: &mut CachedStatement<'_>, statement: &Statement) -> rusqlite::Result<()> {
    let values = statement
        .values
        .as_ref()
        .map_or(&[][..], |values| &values.0);
    let wanted = prepared.parameter_count();
    for place in 1..=wanted {
        let number = prepared
            .parameter_name(place)
            .and_then(|name| name.trim_start_matches(['$', '?']).parse().ok())
            .unwrap_or(place);
        let Some(value) = values.get(number - 1) else {
            return Err(rusqlite::Error::InvalidParameterCount(values.len(), wanted));
        };
        prepared.raw_bind_parameter(place, Bound(value))?;
    }
    Ok(())
}
