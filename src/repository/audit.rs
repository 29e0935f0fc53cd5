//! The audit log. Rows are only added; the database refuses everything else.

use std::cmp::Reverse;

use entity::audit::{self, Column};
use entity::audit_chain;
use entity::time::UnixMillis;
use sea_orm::{
    ColumnTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement,
    Value,
};
use uuid::Uuid;

use crate::database::{Connection, Fetch as _, fetch_models};

/// The actions whose rows are found by their object. The database's index has the same words.
const STATED: &str = "('transactions.resolve', 'transactions.acknowledge', 'receipts.retry', \
                      'receipts.settle', 'audit.sealed')";

/// Rows of one chain as JSON, an array each: number, moment, who, source, action, object, outcome, detail, and the hash in
/// hexadecimal digits. So one statement that is prepared once writes however many there are.
#[derive(Debug, Clone)]
pub struct Rows {
    pub json: String,
    /// Where the chain ends with them.
    pub end: audit_chain::Model,
}

/// Adds rows, and moves the chain's end. On PostgreSQL that is one statement, which commits by itself; on SQLite there are
/// two, for the caller's transaction.
pub async fn add(db: &impl Connection, rows: &Rows) -> Result<(), DbErr> {
    let backend = db.backend();
    let audit_chain::Model {
        id,
        opened_at,
        seq,
        mac,
        proof,
        at,
    } = rows.end.clone();
    let values: [Value; 7] = [
        id.into(),
        rows.json.clone().into(),
        opened_at.0.into(),
        seq.into(),
        mac.into(),
        proof.into(),
        at.0.into(),
    ];
    if backend == DbBackend::Sqlite {
        let rows = values.iter().take(2).cloned();
        let rows = Statement::from_sql_and_values(backend, ROWS_ON_SQLITE, rows);
        db.run_statement(rows).await?;
        let end = values
            .into_iter()
            .enumerate()
            .filter(|(place, _)| *place != 1);
        let end = end.map(|(_, value)| value);
        let end = Statement::from_sql_and_values(backend, END_ON_SQLITE, end);
        return db.run_statement(end).await.map(drop);
    }
    let both = Statement::from_sql_and_values(backend, BOTH_ON_POSTGRES, values);
    db.run_statement(both).await.map(drop)
}

const ROWS_ON_SQLITE: &str = "
    INSERT INTO audit_log (chain, seq, at, who, source, action, object, outcome, detail, mac)
    SELECT $1, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
        json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'),
        json_extract(value, '$[6]'), json_extract(value, '$[7]'), unhex(json_extract(value, '$[8]'))
    FROM json_each($2)";

const END_ON_SQLITE: &str = "
    INSERT INTO audit_chain (id, opened_at, seq, mac, proof, at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, mac = excluded.mac, proof = excluded.proof, at = excluded.at";

const BOTH_ON_POSTGRES: &str = "
    WITH added AS (
        INSERT INTO audit_log (chain, seq, at, who, source, action, object, outcome, detail, mac)
        SELECT $1, (row ->> 0)::bigint, (row ->> 1)::bigint, row ->> 2, row ->> 3, row ->> 4, row ->> 5, row ->> 6,
            row ->> 7, decode(row ->> 8, 'hex')
        FROM json_array_elements($2::json) AS row
    )
    INSERT INTO audit_chain (id, opened_at, seq, mac, proof, at) VALUES ($1, $3, $4, $5, $6, $7)
    ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, mac = excluded.mac, proof = excluded.proof, at = excluded.at";

/// One row.
pub async fn find(
    db: &impl Connection,
    chain: Uuid,
    seq: i64,
) -> Result<Option<audit::Model>, DbErr> {
    audit::Entity::find_by_id((chain, seq)).fetch_one(db).await
}

/// The next rows after this one, chain by chain.
pub async fn page(
    db: &impl Connection,
    (chain, seq): (Uuid, i64),
    limit: u64,
) -> Result<Vec<audit::Model>, DbErr> {
    let backend = db.backend();
    let next = "SELECT * FROM audit_log WHERE (chain, seq) > ($1, $2) ORDER BY chain, seq LIMIT $3";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values: [Value; 3] = [chain.into(), seq.into(), limit.into()];
    let next = Statement::from_sql_and_values(backend, next, values);
    fetch_models::<audit::Entity>(db, next).await
}

/// The next rows of one chain after this one.
pub async fn page_of(
    db: &impl Connection,
    (chain, seq): (Uuid, i64),
    limit: u64,
) -> Result<Vec<audit::Model>, DbErr> {
    audit::Entity::find()
        .filter(Column::Chain.eq(chain))
        .filter(Column::Seq.gt(seq))
        .order_by_asc(Column::Seq)
        .limit(limit)
        .fetch_all(db)
        .await
}

/// Which rows to list. Unset: all.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    pub since: Option<UnixMillis>,
    pub who: Option<String>,
    /// An action, or the beginning of one before a `*`.
    pub action: Option<String>,
    pub object: Option<String>,
    pub limit: u64,
}

/// The rows that are wanted, newest first.
pub async fn list(db: &impl Connection, wanted: &Wanted) -> Result<Vec<audit::Model>, DbErr> {
    let mut rows = Vec::new();
    for table in ["audit_log", "audit_before"] {
        let (mut rules, mut values) = (Vec::new(), Vec::<Value>::new());
        let mut rule = |rule: &str, value: Value| {
            values.push(value);
            rules.push(format!("{rule} ${}", values.len()));
        };
        if let Some(since) = wanted.since {
            rule("at >=", since.0.into());
        }
        if let Some(who) = &wanted.who {
            rule("who =", who.clone().into());
        }
        if let Some(object) = &wanted.object {
            rule("object =", object.clone().into());
        }
        match wanted.action.as_deref() {
            None => {}
            Some(action) => match action.strip_suffix('*') {
                Some(beginning) => rule("action LIKE", format!("{beginning}%").into()),
                None => rule("action =", action.to_owned().into()),
            },
        }
        rule(
            "1 = 1 ORDER BY at DESC, chain DESC, seq DESC LIMIT",
            i64::try_from(wanted.limit).unwrap_or(i64::MAX).into(),
        );
        let found = format!("SELECT * FROM {table} WHERE {}", rules.join(" AND "));
        let found = Statement::from_sql_and_values(db.backend(), found, values);
        rows.extend(fetch_models::<audit::Entity>(db, found).await?);
    }
    rows.sort_by_key(|row| Reverse((row.at, row.chain, row.seq)));
    rows.truncate(usize::try_from(wanted.limit).unwrap_or(usize::MAX));
    Ok(rows)
}

/// What was stated about this object, oldest first. `action`: of one action alone.
pub async fn stated(
    db: &impl Connection,
    object: &str,
    action: Option<&str>,
) -> Result<Vec<audit::Model>, DbErr> {
    let backend = db.backend();
    let mut rows = Vec::new();
    for table in ["audit_before", "audit_log"] {
        let stated = format!(
            "SELECT * FROM {table} WHERE object = $1 AND action IN {STATED} ORDER BY at, chain, seq"
        );
        let stated = Statement::from_sql_and_values(backend, stated, [object.into()]);
        rows.extend(fetch_models::<audit::Entity>(db, stated).await?);
    }
    rows.retain(|row| action.is_none_or(|action| row.action == action));
    Ok(rows)
}

/// Who has looked at this object in the console, newest first.
pub async fn looked(
    db: &impl Connection,
    object: &str,
    limit: u64,
) -> Result<Vec<audit::Model>, DbErr> {
    // The database's index has the same words.
    let looked = "SELECT * FROM audit_log WHERE object = $1 AND action = 'console.transaction' \
                  ORDER BY at DESC LIMIT $2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values: [Value; 2] = [object.into(), limit.into()];
    let looked = Statement::from_sql_and_values(db.backend(), looked, values);
    fetch_models::<audit::Entity>(db, looked).await
}

/// The next rows from before there were chains after this one.
pub async fn before(
    db: &impl Connection,
    seq: i64,
    limit: u64,
) -> Result<Vec<audit::Model>, DbErr> {
    let before = "SELECT * FROM audit_before WHERE seq > $1 ORDER BY seq LIMIT $2";
    let values: [Value; 2] = [seq.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
    let before = Statement::from_sql_and_values(db.backend(), before, values);
    fetch_models::<audit::Entity>(db, before).await
}

/// Where each chain ends, the one that was written last before the others.
pub async fn ends(
    db: &impl Connection,
    limit: Option<u64>,
) -> Result<Vec<audit_chain::Model>, DbErr> {
    audit_chain::Entity::find()
        .order_by_desc(audit_chain::Column::At)
        .order_by_asc(audit_chain::Column::Id)
        .limit(limit)
        .fetch_all(db)
        .await
}
