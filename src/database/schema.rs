//! Which version the schema has, found without changing anything.

use migration::{Migrator, MigratorTrait as _};
use sea_orm::{DbBackend, DbErr, Statement};

use super::{Connection as _, Database, FromRow as _};

/// The schema of a database, next to the one that this program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schema {
    /// There are no tables of ours.
    Absent,
    /// Some migrations were not applied.
    Older,
    Current,
    /// It has a migration that this program does not know.
    Newer {
        migration: String,
    },
}

impl Database {
    /// Which schema it has.
    ///
    /// # Errors
    /// The database failed.
    pub async fn schema(&self) -> Result<Schema, DbErr> {
        if !self.has_table("seaql_migrations").await? {
            return Ok(Schema::Absent);
        }
        let applied = "SELECT version FROM seaql_migrations ORDER BY version";
        let applied = Statement::from_string(self.pool.backend(), applied);
        let rows = self.pool.fetch_rows(applied).await?;
        let applied = rows.into_iter().map(String::from_row);
        let applied = applied.collect::<Result<Vec<_>, _>>()?;
        let migrations = Migrator::migrations();
        let known: Vec<&str> = migrations.iter().map(|known| known.name()).collect();
        if let Some(migration) = applied.iter().find(|name| !known.contains(&name.as_str())) {
            let migration = migration.clone();
            return Ok(Schema::Newer { migration });
        }
        Ok(match applied.len() {
            0 => Schema::Absent,
            some if some < known.len() => Schema::Older,
            _ => Schema::Current,
        })
    }

    /// Whether there is a table of this name, which is one of ours.
    ///
    /// # Errors
    /// The database failed.
    pub async fn has_table(&self, name: &'static str) -> Result<bool, DbErr> {
        let backend = self.pool.backend();
        let question = if backend == DbBackend::Sqlite {
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = $1"
        } else {
            "SELECT 1 WHERE to_regclass($1) IS NOT NULL"
        };
        let asked = Statement::from_sql_and_values(backend, question, [name.into()]);
        Ok(!self.pool.fetch_rows(asked).await?.is_empty())
    }
}
