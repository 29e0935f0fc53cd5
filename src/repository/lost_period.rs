//! The periods that a restored database lacks, and the ids that must not be given again.

use entity::ids::TransactionId;
use entity::lost_period::{self, Column};
use entity::time::UnixMillis;
use sea_orm::{
    ColumnTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, Set, Statement, Value,
};

use crate::database::{
    Connection, Fetch as _, FromRow as _, Run as _, RunReturning as _, Statements,
};

/// A new period; the database assigns its id.
pub type New = lost_period::ActiveModel;

/// Stores a period.
pub async fn insert(db: &impl Connection, new: New) -> Result<i64, DbErr> {
    lost_period::Entity::insert(new).run_for_id(db).await
}

/// All periods, oldest first.
pub async fn all(db: &impl Connection) -> Result<Vec<lost_period::Model>, DbErr> {
    lost_period::Entity::find()
        .order_by_asc(Column::Id)
        .fetch_all(db)
        .await
}

/// The periods that nobody has closed.
pub async fn open(db: &impl Connection) -> Result<Vec<lost_period::Model>, DbErr> {
    lost_period::Entity::find()
        .filter(Column::ClosedAt.is_null())
        .fetch_all(db)
        .await
}

/// Closes a period. False: there is no such period, or it is closed.
pub async fn close(
    db: &impl Connection,
    id: i64,
    by: String,
    at: UnixMillis,
) -> Result<bool, DbErr> {
    let closed = lost_period::ActiveModel {
        closed_at: Set(Some(at)),
        closed_by: Set(Some(by)),
        ..Default::default()
    };
    let rows = lost_period::Entity::update_many()
        .set(closed)
        .filter(Column::Id.eq(id))
        .filter(Column::ClosedAt.is_null())
        .run(db)
        .await?;
    Ok(rows == 1)
}

/// The tables whose ids partners or operators have seen.
const NUMBERED: [&str; 2] = ["transaction", "processing_request"];

/// The greatest id of a transaction that this database has given.
pub async fn last_id(db: &impl Connection) -> Result<TransactionId, DbErr> {
    last_given(db, "transaction").await.map(TransactionId)
}

/// Lets the ids of transactions and requests begin here, unless they are beyond it.
pub async fn begin_ids_at(db: &Statements, first: TransactionId) -> Result<(), DbErr> {
    db.forget_ids();
    for table in NUMBERED {
        let last = last_given(db, table).await?.max(first.0 - 1);
        let backend = db.backend();
        let run = async |sql: &str, values: Vec<Value>| {
            let statement = Statement::from_sql_and_values(backend, sql, values);
            db.run_statement(statement).await
        };
        if backend == DbBackend::Sqlite {
            // A table without any row yet is not in the list.
            let known = "DELETE FROM sqlite_sequence WHERE name = $1";
            run(known, vec![table.into()]).await?;
            let known = "INSERT INTO sqlite_sequence (name, seq) VALUES ($1, $2)";
            run(known, vec![table.into(), last.into()]).await?;
        } else {
            let next = format!("SELECT setval('{table}_id_seq', $1)");
            run(&next, vec![last.into()]).await?;
        }
    }
    Ok(())
}

/// The last id that a table has given, also where its row is gone; 0 where there is none.
async fn last_given(db: &impl Connection, table: &str) -> Result<i64, DbErr> {
    let backend = db.backend();
    let sql = if backend == DbBackend::Sqlite {
        format!("SELECT COALESCE(MAX(seq), 0) AS last FROM sqlite_sequence WHERE name = '{table}'")
    } else {
        format!(
            "SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END AS last FROM {table}_id_seq"
        )
    };
    let statement = Statement::from_string(backend, sql);
    let row = db.fetch_rows(statement).await?.pop();
    row.map_or(Ok(0), i64::from_row)
}
