//! What is bound to a statement, and what its rows hold.

use std::mem;
use std::sync::Arc;

use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Value as Cell, ValueRef};
use sea_orm::sea_query::{ArrayType, ColumnType, ValueType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait as _, DbErr, EntityTrait, IdenStatic as _, Iterable as _,
    TryIntoModel, Value,
};
use uuid::Uuid;

/// A value that is bound to a statement.
pub(super) struct Bound<'a>(pub(super) &'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let integer = |number: Option<i64>| match number {
            Some(number) => ToSqlOutput::Owned(Cell::Integer(number)),
            None => ToSqlOutput::Owned(Cell::Null),
        };
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the gateway binds no other values; which there are depends on the features of sea-query"
        )]
        Ok(match self.0 {
            Value::Bool(value) => integer(value.map(i64::from)),
            Value::TinyInt(value) => integer(value.map(i64::from)),
            Value::SmallInt(value) => integer(value.map(i64::from)),
            Value::Int(value) => integer(value.map(i64::from)),
            Value::BigInt(value) => integer(*value),
            Value::TinyUnsigned(value) => integer(value.map(i64::from)),
            Value::SmallUnsigned(value) => integer(value.map(i64::from)),
            Value::Unsigned(value) => integer(value.map(i64::from)),
            Value::BigUnsigned(value) => {
                let number = value.map(TryInto::<i64>::try_into).transpose();
                integer(
                    number.map_err(|error| {
                        rusqlite::Error::ToSqlConversionFailure(Box::new(error))
                    })?,
                )
            }
            Value::String(value) => {
                let text = value.as_ref().map(|text| ValueRef::Text(text.as_bytes()));
                ToSqlOutput::Borrowed(text.unwrap_or(ValueRef::Null))
            }
            Value::Bytes(value) => {
                let blob = value.as_ref().map(|blob| ValueRef::Blob(blob));
                ToSqlOutput::Borrowed(blob.unwrap_or(ValueRef::Null))
            }
            Value::Uuid(value) => {
                let blob = value.as_ref().map(|id| ValueRef::Blob(id.as_bytes()));
                ToSqlOutput::Borrowed(blob.unwrap_or(ValueRef::Null))
            }
            other => {
                let other = format!("a value of this kind is never bound: {other:?}");
                return Err(rusqlite::Error::ToSqlConversionFailure(other.into()));
            }
        })
    }
}

/// What a column holds, of the kinds that the gateway stores.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Bool,
    Int,
    BigInt,
    Text,
    Bytes,
    Uuid,
}

impl Kind {
    fn of_type(kind: &ArrayType) -> Option<Self> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the gateway stores no others; which there are depends on the features of sea-query"
        )]
        Some(match kind {
            ArrayType::Bool => Self::Bool,
            ArrayType::Int => Self::Int,
            ArrayType::BigInt => Self::BigInt,
            ArrayType::String => Self::Text,
            ArrayType::Bytes => Self::Bytes,
            ArrayType::Uuid => Self::Uuid,
            _ => return None,
        })
    }

    fn of_column(kind: &ColumnType) -> Option<Self> {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "no table of the gateway has a column of another type"
        )]
        Some(match kind {
            ColumnType::Boolean => Self::Bool,
            ColumnType::Integer => Self::Int,
            ColumnType::BigInteger => Self::BigInt,
            ColumnType::Char(_) | ColumnType::String(_) | ColumnType::Text => Self::Text,
            ColumnType::Blob | ColumnType::Binary(_) | ColumnType::VarBinary(_) => Self::Bytes,
            ColumnType::Uuid => Self::Uuid,
            _ => return None,
        })
    }

    /// The value of a cell; `None`: it holds something else.
    fn read(self, cell: Cell) -> Option<Value> {
        Some(match (self, cell) {
            (Self::Bool, Cell::Null) => Value::Bool(None),
            (Self::Int, Cell::Null) => Value::Int(None),
            (Self::BigInt, Cell::Null) => Value::BigInt(None),
            (Self::Text, Cell::Null) => Value::String(None),
            (Self::Bytes, Cell::Null) => Value::Bytes(None),
            (Self::Uuid, Cell::Null) => Value::Uuid(None),
            (Self::Bool, Cell::Integer(number @ (0 | 1))) => Value::Bool(Some(number == 1)),
            (Self::Int, Cell::Integer(number)) => Value::Int(Some(number.try_into().ok()?)),
            (Self::BigInt, Cell::Integer(number)) => Value::BigInt(Some(number)),
            (Self::Text, Cell::Text(text)) => Value::String(Some(text)),
            (Self::Bytes, Cell::Blob(bytes)) => Value::Bytes(Some(bytes)),
            (Self::Uuid, Cell::Blob(bytes)) => Value::Uuid(Some(Uuid::from_slice(&bytes).ok()?)),
            (Self::Bool, Cell::Integer(_))
            | (
                Self::Bool | Self::Int | Self::BigInt,
                Cell::Real(_) | Cell::Text(_) | Cell::Blob(_),
            )
            | (Self::Text, Cell::Integer(_) | Cell::Real(_) | Cell::Blob(_))
            | (Self::Bytes | Self::Uuid, Cell::Integer(_) | Cell::Real(_) | Cell::Text(_)) => {
                return None;
            }
        })
    }
}

/// A row of SQLite.
#[derive(Debug)]
pub(in crate::database) struct SqliteRow {
    pub(super) names: Arc<[String]>,
    pub(super) cells: Vec<Cell>,
}

impl SqliteRow {
    /// Whether there is a column with this name.
    pub(in crate::database) fn has(&self, column: &str) -> bool {
        self.names.iter().any(|name| name == column)
    }

    /// Takes out the value of the column with this name.
    pub(in crate::database) fn take<T: ValueType>(&mut self, column: &str) -> Result<T, DbErr> {
        let place = self.place(column)?;
        self.take_at(place)
    }

    /// The same of a column that may be NULL.
    pub(in crate::database) fn take_option<T: ValueType>(
        &mut self,
        column: &str,
    ) -> Result<Option<T>, DbErr> {
        let place = self.place(column)?;
        self.take_option_at(place)
    }

    /// Takes out the value in this place.
    pub(in crate::database) fn take_at<T: ValueType>(&mut self, place: usize) -> Result<T, DbErr> {
        let value = self.value(place, Kind::of_type(&T::array_type()))?;
        T::try_from(value).map_err(|_| self.misfit(place))
    }

    /// The same of a column that may be NULL.
    pub(in crate::database) fn take_option_at<T: ValueType>(
        &mut self,
        place: usize,
    ) -> Result<Option<T>, DbErr> {
        match self.cells.get(place) {
            Some(Cell::Null) => Ok(None),
            Some(Cell::Integer(_) | Cell::Real(_) | Cell::Text(_) | Cell::Blob(_)) | None => {
                self.take_at(place).map(Some)
            }
        }
    }

    /// The row of a table.
    pub(in crate::database) fn model<E: EntityTrait>(mut self) -> Result<E::Model, DbErr>
    where
        E::ActiveModel: TryIntoModel<E::Model>,
    {
        let mut model = <E::ActiveModel as ActiveModelTrait>::default();
        for (place, column) in E::Column::iter().enumerate() {
            let name = column.as_str();
            let place = match self.names.get(place) {
                Some(known) if known == name => place,
                Some(_) | None => self.place(name)?,
            };
            let value = self.value(place, Kind::of_column(column.def().get_column_type()))?;
            let set = model.try_set(column, value);
            set.map_err(|_| self.misfit(place))?;
        }
        model.try_into_model()
    }

    fn place(&self, column: &str) -> Result<usize, DbErr> {
        let place = self.names.iter().position(|name| name == column);
        place.ok_or_else(|| DbErr::Type(format!("there is no column {column}")))
    }

    fn value(&mut self, place: usize, kind: Option<Kind>) -> Result<Value, DbErr> {
        let cell = self.cells.get_mut(place);
        let cell = cell.map(|cell| mem::replace(cell, Cell::Null));
        let value = cell.zip(kind).and_then(|(cell, kind)| kind.read(cell));
        value.ok_or_else(|| self.misfit(place))
    }

    /// That a column holds what does not fit.
    fn misfit(&self, place: usize) -> DbErr {
        let column = self.names.get(place).map_or("?", String::as_str);
        DbErr::Type(format!("column {column} holds a value of another type"))
    }
}
