//! What a row of an answer holds.

use entity::ids::{ProcessingRequestId, TransactionId};
use entity::time::UnixMillis;
use sea_orm::sea_query::ValueType;
use sea_orm::sqlx::postgres::PgRow;
use sea_orm::{DbErr, EntityTrait, FromQueryResult as _, QueryResult, TryGetable, TryIntoModel};
use uuid::Uuid;

use super::sqlite::SqliteRow;

/// A row of an answer.
#[derive(Debug)]
pub struct Row(Cells);

#[derive(Debug)]
enum Cells {
    Postgres(QueryResult),
    Sqlite(SqliteRow),
}

impl From<PgRow> for Row {
    fn from(row: PgRow) -> Self {
        QueryResult::from(row).into()
    }
}

impl From<QueryResult> for Row {
    fn from(row: QueryResult) -> Self {
        Self(Cells::Postgres(row))
    }
}

impl From<SqliteRow> for Row {
    fn from(row: SqliteRow) -> Self {
        Self(Cells::Sqlite(row))
    }
}

/// The value of one column.
pub trait Cell: TryGetable + ValueType {}

impl<T: TryGetable + ValueType> Cell for T {}

impl Row {
    /// The value of the column with this name, which is taken out of the row.
    ///
    /// # Errors
    /// There is no such column, or its value is of another type.
    pub fn take<T: Cell>(&mut self, column: &str) -> Result<T, DbErr> {
        match &mut self.0 {
            Cells::Postgres(row) => row.try_get("", column),
            Cells::Sqlite(row) => row.take(column),
        }
    }

    /// The same of a column that may be NULL.
    ///
    /// # Errors
    /// See [`Row::take`].
    pub fn take_option<T: Cell>(&mut self, column: &str) -> Result<Option<T>, DbErr> {
        match &mut self.0 {
            Cells::Postgres(row) => row.try_get("", column),
            Cells::Sqlite(row) => row.take_option(column),
        }
    }

    /// The value in this place, counted from 0.
    ///
    /// # Errors
    /// See [`Row::take`].
    pub fn take_at<T: Cell>(&mut self, place: usize) -> Result<T, DbErr> {
        match &mut self.0 {
            Cells::Postgres(row) => row.try_get_by_index(place),
            Cells::Sqlite(row) => row.take_at(place),
        }
    }

    /// The same of a column that may be NULL.
    ///
    /// # Errors
    /// See [`Row::take`].
    pub fn take_option_at<T: Cell>(&mut self, place: usize) -> Result<Option<T>, DbErr> {
        match &mut self.0 {
            Cells::Postgres(row) => row.try_get_by_index(place),
            Cells::Sqlite(row) => row.take_option_at(place),
        }
    }

    /// Whether there is a column with this name.
    pub fn has(&self, column: &str) -> bool {
        match &self.0 {
            Cells::Postgres(row) => row.column_names().iter().any(|name| name == column),
            Cells::Sqlite(row) => row.has(column),
        }
    }

    /// The row of a table.
    pub(super) fn model<E: EntityTrait>(self) -> Result<E::Model, DbErr>
    where
        E::ActiveModel: TryIntoModel<E::Model>,
    {
        match self.0 {
            Cells::Postgres(row) => E::Model::from_query_result(&row, ""),
            Cells::Sqlite(row) => row.model::<E>(),
        }
    }
}

/// What can be read from a row whose columns are not those of a table.
pub trait FromRow: Sized + Send {
    /// Reads it.
    ///
    /// # Errors
    /// A column is missing, or its value is of another type.
    fn from_row(row: Row) -> Result<Self, DbErr>;
}

/// Reads a struct by the names of its fields.
macro_rules! from_row {
    ($name:ident { $($field:ident),* $(,)? } $(, optional { $($optional:ident),* $(,)? })?) => {
        impl $crate::database::FromRow for $name {
            fn from_row(mut row: $crate::database::Row) -> Result<Self, ::sea_orm::DbErr> {
                Ok(Self {
                    $($field: row.take(stringify!($field))?,)*
                    $($($optional: row.take_option(stringify!($optional))?,)*)?
                })
            }
        }
    };
}
pub(crate) use from_row;

/// A row of one column.
macro_rules! single {
    ($($cell:ty),*) => {$(
        impl FromRow for $cell {
            fn from_row(mut row: Row) -> Result<Self, DbErr> {
                row.take_at(0)
            }
        }

        impl FromRow for Option<$cell> {
            fn from_row(mut row: Row) -> Result<Self, DbErr> {
                row.take_option_at(0)
            }
        }
    )*};
}

single!(
    i64,
    String,
    Uuid,
    UnixMillis,
    TransactionId,
    ProcessingRequestId
);

impl<A: Cell + Send, B: Cell + Send> FromRow for (A, B) {
    fn from_row(mut row: Row) -> Result<Self, DbErr> {
        Ok((row.take_at(0)?, row.take_at(1)?))
    }
}
