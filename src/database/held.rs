//! What is to be written with a commit.

use sea_orm::sea_query::{DeleteStatement, InsertStatement, UpdateStatement};
use sea_orm::{DbBackend, Statement, StatementBuilder};

/// A statement whose result nobody needs before.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// Boxed, as it is large and handed on.
    pub(super) write: Box<Write>,
    pub(super) table: String,
    /// Whether it must change exactly one row, found by its key.
    pub(super) is_guard: bool,
}

/// See [`Held`].
#[derive(Debug, Clone)]
pub(super) enum Write {
    Insert(InsertStatement),
    Update(UpdateStatement),
    Delete(DeleteStatement),
}

impl Held {
    /// Whether it can be part of the same statement as one that is held before it: parts do not see each other's rows, and of
    /// two changes of one row only one would be made.
    pub(super) fn fits_with(&self, before: &Self) -> bool {
        self.is_new_row() || self.table != before.table
    }

    /// An insert that is a guard may change a row that is there.
    fn is_new_row(&self) -> bool {
        match *self.write {
            Write::Insert(_) => !self.is_guard,
            Write::Update(_) | Write::Delete(_) => false,
        }
    }
}

impl Write {
    pub(super) fn build(&self, backend: DbBackend) -> Statement {
        match self {
            Self::Insert(insert) => StatementBuilder::build(insert, &backend),
            Self::Update(update) => StatementBuilder::build(update, &backend),
            Self::Delete(delete) => StatementBuilder::build(delete, &backend),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_rows_fit_with_what_changes_their_table() {
        let insert = || Write::Insert(InsertStatement::new());
        let update = || Write::Update(UpdateStatement::new());
        let delete = || Write::Delete(DeleteStatement::new());
        let held = |write, table: &str, is_guard| Held {
            write: Box::new(write),
            table: table.to_owned(),
            is_guard,
        };
        let before = [
            held(insert(), "request", false),
            held(update(), "request", true),
            held(update(), "request", false),
            held(delete(), "request", true),
        ];
        for before in before {
            assert!(held(insert(), "request", false).fits_with(&before));
            assert!(!held(insert(), "request", true).fits_with(&before));
            for change in [update, delete] {
                assert!(!held(change(), "request", false).fits_with(&before));
                assert!(held(change(), "transaction", true).fits_with(&before));
            }
        }
    }
}
