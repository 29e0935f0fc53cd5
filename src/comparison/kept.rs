//! What is kept of comparisons: their totals, for whoever did not see the output. The rows themselves are not.

use entity::comparison::{Model, Outcome};
use entity::time::UnixMillis;
use rpc_schema::values::Network;
use sea_orm::{DbErr, NotSet, Set};

use super::join::Class;
use super::report::{ComparisonReport, Verdict, reason};
use crate::database::Database;
use crate::domain::day::Day;
use crate::domain::network::to_stored;
use crate::repository::comparison::{self as comparisons, New};

/// For so long: the same month of last year can still be looked up.
const KEPT_MS: i64 = 400 * 24 * 3_600 * 1_000;

/// Keeps what comparisons have found.
///
/// # Errors
/// The database failed.
pub async fn keep(database: &Database, found: Vec<New>, now: UnixMillis) -> Result<(), DbErr> {
    let tx = database.write().await?;
    comparisons::prune(&*tx, now - KEPT_MS).await?;
    for one in found {
        comparisons::insert(&*tx, one).await?;
    }
    tx.commit().await
}

/// The row of a comparison that was made.
pub fn compared(report: &ComparisonReport, who: &str, now: UnixMillis) -> New {
    let counts = report.counts();
    let count = |rows: usize| Set(i64::try_from(rows).unwrap_or(i64::MAX));
    let unanswered = report
        .rows
        .iter()
        .find(|row| row.class == Class::Unanswered);
    let why = unanswered.and_then(|row| reason(&row.theirs.inquiry));
    let of_list = || report.list_lacks().map(|why| format!("the list: {why}"));
    New {
        outcome: Set(outcome(counts.verdict())),
        why: Set(why.map(str::to_owned).or_else(of_list)),
        matched: count(counts.matched),
        ours_only: count(counts.ours_only),
        theirs_only: count(counts.theirs_only),
        differing: count(counts.differing),
        unsettled: count(counts.unsettled),
        overdue: count(counts.overdue),
        unanswered: count(counts.unanswered),
        ..not_compared((report.network, report.day), who, String::new(), now)
    }
}

/// The row of one that could not be made.
pub fn not_compared(
    (network, day): (Network, Day),
    who: &str,
    why: String,
    now: UnixMillis,
) -> New {
    New {
        id: NotSet,
        day: Set(day.number()),
        network: Set(to_stored(network)),
        at: Set(now),
        who: Set(who.to_owned()),
        outcome: Set(Outcome::Incomplete),
        why: Set(Some(why)),
        matched: Set(0),
        ours_only: Set(0),
        theirs_only: Set(0),
        differing: Set(0),
        unsettled: Set(0),
        overdue: Set(0),
        unanswered: Set(0),
    }
}

fn outcome(verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::AllMatched => Outcome::Matched,
        Verdict::NotMatched => Outcome::Look,
        Verdict::Incomplete => Outcome::Incomplete,
    }
}

/// The comparison by which a day counts as compared, once it has ended: the latest complete one, as one that could not be made
/// again takes nothing back; else the latest. `newest_first`: of that network.
pub fn decisive(newest_first: &[Model], day: Day) -> Option<&Model> {
    let is_of_day = |row: &&Model| row.day == day.number() && row.at >= day.ends_at();
    let of_day = || newest_first.iter().filter(is_of_day);
    let complete = of_day().find(|row| row.outcome != Outcome::Incomplete);
    complete.or_else(|| of_day().next())
}

/// The day as people write it.
pub fn day_of(row: &Model) -> String {
    Day::from_number(row.day).map_or_else(|| row.day.to_string(), Day::iso)
}

/// How many rows were compared.
pub fn rows(row: &Model) -> i64 {
    row.matched + row.ours_only + row.theirs_only + row.differing + row.unsettled + row.unanswered
}

/// What came of it, in words.
pub fn outcome_words(row: &Model) -> &'static str {
    match row.outcome {
        Outcome::Matched => "all matched",
        Outcome::Look => "somebody has to look",
        Outcome::Incomplete => "not all could be compared",
    }
}
