//! How the statements that sea-orm builds are held until the commit.

use sea_orm::{
    ActiveModelTrait, DbErr, DeleteMany, EntityTrait, Insert, QueryTrait as _, UpdateMany,
};

use super::held::{Held, Write};
use super::write::Statements;

/// Holds a statement until the commit, or until the next statement of the transaction whose result is needed. PostgreSQL then
/// gets all that is held at once; SQLite, to which no way leads over a network, runs each at once.
pub trait Hold: Sized {
    /// It may change any number of rows.
    fn hold(self, db: &Statements) -> impl Future<Output = Result<(), DbErr>> + Send;

    /// It must change exactly one row, which it finds by its key. If it finds none, nothing of the transaction is written, and
    /// this call, a later one or the commit fails, see [`was_refused`].
    fn hold_as_guard(self, db: &Statements) -> impl Future<Output = Result<(), DbErr>> + Send;
}

/// Whether an error means that a guard has found no row, so that nothing was written.
pub fn was_refused(error: &DbErr) -> bool {
    matches!(error, DbErr::RecordNotUpdated)
}

impl<A: ActiveModelTrait> Hold for Insert<A> {
    fn hold(self, db: &Statements) -> impl Future<Output = Result<(), DbErr>> + Send {
        held::<A::Entity>(db, Write::Insert(self.into_query()), false)
    }

    fn hold_as_guard(self, db: &Statements) -> impl Future<Output = Result<(), DbErr>> + Send {
        held::<A::Entity>(db, Write::Insert(self.into_query()), true)
    }
}

impl<E: EntityTrait> Hold for UpdateMany<E> {
    fn hold(self, db: &Statements) -> impl Future<Output = Result<(), DbErr>> + Send {
        held::<E>(db, Write::Update(self.into_query()), false)
    }

    fn hold_as_guard(self, db: &Statements) -> impl Future<Output = Result<(), DbErr>> + Send {
        held::<E>(db, Write::Update(self.into_query()), true)
    }
}

impl<E: EntityTrait> Hold for DeleteMany<E> {
    fn hold(self, db: &Statements) -> impl Future<Output = Result<(), DbErr>> + Send {
        held::<E>(db, Write::Delete(self.into_query()), false)
    }

    fn hold_as_guard(self, db: &Statements) -> impl Future<Output = Result<(), DbErr>> + Send {
        held::<E>(db, Write::Delete(self.into_query()), true)
    }
}

fn held<E: EntityTrait>(
    db: &Statements,
    write: Write,
    is_guard: bool,
) -> impl Future<Output = Result<(), DbErr>> + Send {
    let held = Held {
        write: Box::new(write),
        table: E::default().table_name().to_owned(),
        is_guard,
    };
    db.hold(held)
}
