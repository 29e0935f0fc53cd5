//! What operators do after an older copy of the database was restored: mark the period that is lost, and close it once
//! everything about it is settled.

use entity::ids::TransactionId;
use entity::lost_period;
use entity::time::UnixMillis;
use entity::transaction::Status;
use sea_orm::{DbErr, Set};

use crate::database::Database;
use crate::domain::day::stamp;
use crate::repository::lost_period::{self as lost_periods, New};
use crate::repository::{receipt_number as receipt_numbers, transaction as transactions};

/// How far beyond the last known id the next one is, and to what it is rounded up: more than any gateway gives between
/// two copies.
const JUMP: i64 = 1_000_000;

/// So many numbers of fiscal receipts are left out: more than any terminal gives between two copies.
const RECEIPTS_SKIPPED: i64 = 100_000;

/// A period to be marked.
#[derive(Debug, Clone, Copy)]
pub struct Mark<'a> {
    /// When the copy was taken.
    pub since: UnixMillis,
    /// When the last gateway on the database that is lost stopped.
    pub until: UnixMillis,
    /// The greatest id that anybody has seen, where it is known.
    pub highest_id: Option<i64>,
    /// Who marks it, and why.
    pub by: &'a str,
}

/// Why a period was not marked or closed.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error(
        "the period would end at {until}, before it begins at {since}: --since is when the copy was taken, --until when the \
         last gateway stopped",
        since = stamp(*.since),
        until = stamp(*.until)
    )]
    EndsBeforeItBegins {
        since: UnixMillis,
        until: UnixMillis,
    },
    #[error("{until} lies in the future: give a moment of the past, with its offset", until = stamp(*.until))]
    NotYet { until: UnixMillis },
    #[error("there is no open period {0}; `aloqa-gateway restored list` shows them")]
    NotOpen(i64),
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Makes a restored copy safe: no id is given again, and new orders are looked up before they are made.
///
/// # Errors
/// The period cannot be one, or the database failed. Nothing has changed then.
pub async fn mark(
    database: &Database,
    now: UnixMillis,
    Mark {
        since,
        until,
        highest_id,
        by,
    }: Mark<'_>,
) -> Result<lost_period::Model, RestoreError> {
    if until < since {
        return Err(RestoreError::EndsBeforeItBegins { since, until });
    }
    if until > now {
        return Err(RestoreError::NotYet { until });
    }
    let tx = database.write().await?;
    let last = lost_periods::last_id(&*tx).await?.0;
    let first_id = first_free(last.max(highest_id.unwrap_or_default()));
    lost_periods::begin_ids_at(&tx, first_id).await?;
    receipt_numbers::skip(&*tx, RECEIPTS_SKIPPED).await?;
    let new = New {
        since: Set(since),
        until: Set(until),
        first_id: Set(first_id),
        marked_at: Set(now),
        marked_by: Set(by.to_owned()),
        ..Default::default()
    };
    let id = lost_periods::insert(&*tx, new).await?;
    tx.commit().await?;
    Ok(lost_period::Model {
        id,
        since,
        until,
        first_id,
        marked_at: now,
        marked_by: by.to_owned(),
        closed_at: None,
        closed_by: None,
    })
}

/// The next round number that is far enough away.
fn first_free(last: i64) -> TransactionId {
    let beyond = last.saturating_add(JUMP);
    TransactionId((beyond / JUMP).saturating_add(1).saturating_mul(JUMP) + 1)
}

/// All periods, oldest first.
///
/// # Errors
/// The database failed.
pub async fn periods(database: &Database) -> Result<Vec<lost_period::Model>, DbErr> {
    lost_periods::all(&**database).await
}

/// The orders that waited for their code when the copy was taken: they may have been confirmed and carried out since.
///
/// # Errors
/// The database failed.
pub async fn awaiting_code(database: &Database) -> Result<Vec<TransactionId>, DbErr> {
    let waiting = transactions::with_status(&**database, Status::AwaitingCode).await?;
    Ok(waiting.into_iter().map(|row| row.id).collect())
}

/// Ends the look-ups of a period: from now on, an order that is new to this database is new.
///
/// # Errors
/// There is no such open period, or the database failed.
pub async fn close(
    database: &Database,
    now: UnixMillis,
    id: i64,
    by: &str,
) -> Result<(), RestoreError> {
    let tx = database.write().await?;
    if !lost_periods::close(&*tx, id, by.to_owned(), now).await? {
        return Err(RestoreError::NotOpen(id));
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_begin_again_at_a_round_number_far_beyond_the_last_one() {
        for (last, first) in [
            (0, 2_000_001),
            (7, 2_000_001),
            (999_999, 2_000_001),
            (1_000_000, 3_000_001),
            (12_345_678, 14_000_001),
        ] {
            assert_eq!(first_free(last), TransactionId(first), "{last}");
        }
    }
}
