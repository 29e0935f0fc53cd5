//! Several statements that write, as one: all of them are carried out, or none.

use sea_orm::sea_query::{
    Alias, CommonTableExpression, Expr, ExprTrait as _, Func, Query, SubQueryStatement, WithClause,
    WithQuery,
};
use sea_orm::{DbBackend, DbErr, RuntimeErr, Statement, StatementBuilder};

use super::super::held::{Held, Write};
use super::super::session::KEEP_DURABLE;

/// What a division by zero is called.
const DIVISION_BY_ZERO: &str = "22012";

/// The statements as one: `WITH w0 AS (UPDATE … RETURNING 1), w1 AS (INSERT …) SELECT 1 / (SELECT count(*) FROM w0), …`
///
/// A guard that has found no row makes a division by zero, at which the server undoes all of it. The server runs the guards
/// first, in their order, as it computes the columns; then the others, in theirs. None of them sees another one's rows, and
/// foreign keys are checked at the end.
pub(super) fn together(held: Vec<Held>) -> Statement {
    let mut with = WithClause::new();
    let mut all = Query::select();
    all.expr(Expr::cust(KEEP_DURABLE));
    for (
        number,
        Held {
            write, is_guard, ..
        },
    ) in held.into_iter().enumerate()
    {
        let name = Alias::new(format!("w{number}"));
        if is_guard {
            let mut changed = Query::select();
            let count = Func::count(Expr::cust("*"));
            changed.expr(count).from(name.clone());
            let changed = Expr::SubQuery(None, Box::new(changed.into()));
            all.expr(Expr::cust("1").div(changed));
        }
        let mut part = CommonTableExpression::new();
        part.query(returning(*write, is_guard)).table_name(name);
        with.cte(part);
    }
    // `all.with(with)` would copy all of it.
    let mut whole = WithQuery::new();
    whole.with_clause(with).query(all);
    StatementBuilder::build(&whole, &DbBackend::Postgres)
}

/// A guard's rows are counted.
fn returning(write: Write, is_guard: bool) -> SubQueryStatement {
    let one = || Query::returning().expr(Expr::cust("1"));
    match write {
        Write::Insert(mut insert) => {
            if is_guard {
                insert.returning(one());
            }
            insert.into()
        }
        Write::Update(mut update) => {
            if is_guard {
                update.returning(one());
            }
            update.into()
        }
        Write::Delete(mut delete) => {
            if is_guard {
                delete.returning(one());
            }
            delete.into()
        }
    }
}

/// What the error of such a statement means: a guard that found no row, or something else.
pub(super) fn refused(error: DbErr) -> DbErr {
    match is_division_by_zero(&error) {
        true => DbErr::RecordNotUpdated,
        false => error,
    }
}

fn is_division_by_zero(error: &DbErr) -> bool {
    let (DbErr::Query(RuntimeErr::SqlxError(error)) | DbErr::Exec(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    let code = error.as_database_error().and_then(|error| error.code());
    code.as_deref() == Some(DIVISION_BY_ZERO)
}
