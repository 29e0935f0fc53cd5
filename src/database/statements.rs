//! How the statements that sea-orm builds are run. The names differ from sea-orm's own, so that none of these is taken for one
//! that runs on a connection of sea-orm.

use sea_orm::sea_query::{Alias, Expr, Query, SelectStatement};
use sea_orm::{
    ActiveModelTrait, DbErr, DeleteMany, EntityTrait, Insert, InsertMany, Iterable as _,
    PrimaryKeyTrait, QuerySelect as _, QueryTrait, Select, Statement, StatementBuilder,
    TryIntoModel, UpdateMany, UpdateOne, ValidatedDeleteOne,
};

use super::connection::Connection;
use super::row::{FromRow, Row};

/// Reads what a query finds.
pub trait Fetch<E: EntityTrait>: Sized {
    /// The first row, as the row of its table.
    fn fetch_one(
        self,
        db: &impl Connection,
    ) -> impl Future<Output = Result<Option<E::Model>, DbErr>> + Send;

    /// All rows.
    fn fetch_all(
        self,
        db: &impl Connection,
    ) -> impl Future<Output = Result<Vec<E::Model>, DbErr>> + Send;

    /// The first row, where the query names its columns.
    fn fetch_one_as<T: FromRow>(
        self,
        db: &impl Connection,
    ) -> impl Future<Output = Result<Option<T>, DbErr>> + Send;

    /// All rows, where the query names its columns.
    fn fetch_all_as<T: FromRow>(
        self,
        db: &impl Connection,
    ) -> impl Future<Output = Result<Vec<T>, DbErr>> + Send;

    /// How many rows there are.
    fn fetch_count(self, db: &impl Connection) -> impl Future<Output = Result<u64, DbErr>> + Send;
}

impl<E: EntityTrait> Fetch<E> for Select<E>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    fn fetch_one(
        self,
        db: &impl Connection,
    ) -> impl Future<Output = Result<Option<E::Model>, DbErr>> + Send {
        let found = self.limit(1).build(db.backend());
        async move {
            let row = db.fetch_rows(found).await?.pop();
            row.map(Row::model::<E>).transpose()
        }
    }

    fn fetch_all(
        self,
        db: &impl Connection,
    ) -> impl Future<Output = Result<Vec<E::Model>, DbErr>> + Send {
        let found = self.build(db.backend());
        fetch_models::<E>(db, found)
    }

    fn fetch_one_as<T: FromRow>(
        self,
        db: &impl Connection,
    ) -> impl Future<Output = Result<Option<T>, DbErr>> + Send {
        let found = self.limit(1).build(db.backend());
        async move {
            let row = db.fetch_rows(found).await?.pop();
            row.map(T::from_row).transpose()
        }
    }

    fn fetch_all_as<T: FromRow>(
        self,
        db: &impl Connection,
    ) -> impl Future<Output = Result<Vec<T>, DbErr>> + Send {
        let found = self.build(db.backend());
        async move {
            let rows = db.fetch_rows(found).await?;
            rows.into_iter().map(T::from_row).collect()
        }
    }

    fn fetch_count(self, db: &impl Connection) -> impl Future<Output = Result<u64, DbErr>> + Send {
        let count = SelectStatement::new()
            .expr_as(Expr::cust("COUNT(*)"), Alias::new("rows"))
            .from_subquery(self.into_query(), Alias::new("found"))
            .to_owned();
        let count = StatementBuilder::build(&count, &db.backend());
        async move {
            let row = db.fetch_rows(count).await?.pop();
            let rows = row.map_or(Ok(0), i64::from_row)?;
            Ok(u64::try_from(rows).unwrap_or_default())
        }
    }
}

/// The rows of a table that a written statement finds.
///
/// # Errors
/// The database failed, or what it has found is no row of the table.
pub async fn fetch_models<E: EntityTrait>(
    db: &impl Connection,
    statement: Statement,
) -> Result<Vec<E::Model>, DbErr>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    let rows = db.fetch_rows(statement).await?;
    rows.into_iter().map(Row::model::<E>).collect()
}

/// Runs what writes.
pub trait Run: Sized {
    /// How many rows it has changed.
    fn run(self, db: &impl Connection) -> impl Future<Output = Result<u64, DbErr>> + Send;
}

impl<A: ActiveModelTrait> Run for Insert<A> {
    fn run(self, db: &impl Connection) -> impl Future<Output = Result<u64, DbErr>> + Send {
        db.run_statement(self.build(db.backend()))
    }
}

impl<A: ActiveModelTrait> Run for InsertMany<A> {
    /// There must be rows.
    fn run(self, db: &impl Connection) -> impl Future<Output = Result<u64, DbErr>> + Send {
        db.run_statement(self.build(db.backend()))
    }
}

impl<E: EntityTrait> Run for UpdateMany<E> {
    fn run(self, db: &impl Connection) -> impl Future<Output = Result<u64, DbErr>> + Send {
        let changes = !self.as_query().get_values().is_empty();
        let update = changes.then(|| self.build(db.backend()));
        async move {
            match update {
                Some(update) => db.run_statement(update).await,
                None => Ok(0),
            }
        }
    }
}

impl<A: ActiveModelTrait> Run for UpdateOne<A> {
    /// # Errors
    /// Also where there is no such row.
    fn run(self, db: &impl Connection) -> impl Future<Output = Result<u64, DbErr>> + Send {
        let update = self.validate().map(|update| update.build(db.backend()));
        async move {
            match db.run_statement(update?).await? {
                0 => Err(DbErr::RecordNotUpdated),
                rows => Ok(rows),
            }
        }
    }
}

impl<E: EntityTrait> Run for DeleteMany<E> {
    fn run(self, db: &impl Connection) -> impl Future<Output = Result<u64, DbErr>> + Send {
        db.run_statement(self.build(db.backend()))
    }
}

impl<E: EntityTrait> Run for ValidatedDeleteOne<E> {
    fn run(self, db: &impl Connection) -> impl Future<Output = Result<u64, DbErr>> + Send {
        db.run_statement(self.build(db.backend()))
    }
}

/// Runs what inserts one row, and reads what the database has made of it.
pub trait RunReturning<A: ActiveModelTrait>: Sized {
    /// The row as it is stored.
    fn run_returning(
        self,
        db: &impl Connection,
    ) -> impl Future<Output = Result<<A::Entity as EntityTrait>::Model, DbErr>> + Send;

    /// The id of the row.
    fn run_for_id(
        self,
        db: &impl Connection,
    ) -> impl Future<Output = Result<KeyOf<A>, DbErr>> + Send
    where
        KeyOf<A>: FromRow;
}

/// The type of the primary key of a table.
pub type KeyOf<A> =
    <<<A as ActiveModelTrait>::Entity as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;

impl<A: ActiveModelTrait> RunReturning<A> for Insert<A>
where
    <A::Entity as EntityTrait>::ActiveModel: TryIntoModel<<A::Entity as EntityTrait>::Model>,
{
    fn run_returning(
        self,
        db: &impl Connection,
    ) -> impl Future<Output = Result<<A::Entity as EntityTrait>::Model, DbErr>> + Send {
        let mut insert = self.into_query();
        let columns = <A::Entity as EntityTrait>::Column::iter();
        insert.returning(Query::returning().columns(columns));
        let insert = StatementBuilder::build(&insert, &db.backend());
        async move {
            let row = db.run_for_rows(insert).await?.pop();
            row.ok_or(DbErr::RecordNotInserted)?.model::<A::Entity>()
        }
    }

    fn run_for_id(
        self,
        db: &impl Connection,
    ) -> impl Future<Output = Result<KeyOf<A>, DbErr>> + Send
    where
        KeyOf<A>: FromRow,
    {
        let mut insert = self.into_query();
        let key = <A::Entity as EntityTrait>::PrimaryKey::iter();
        insert.returning(Query::returning().columns(key));
        let insert = StatementBuilder::build(&insert, &db.backend());
        async move {
            let row = db.run_for_rows(insert).await?.pop();
            KeyOf::<A>::from_row(row.ok_or(DbErr::RecordNotInserted)?)
        }
    }
}
