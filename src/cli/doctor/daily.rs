//! What is done once a day, by timers: was it?

use entity::audit::Model;
use entity::comparison::{Model as Compared, Outcome};
use entity::reconciliation::{Model as Reconciliation, State as ReconciliationState};
use entity::time::UnixMillis;
use rpc_schema::values::Network;
use sea_orm::DbErr;

use super::row::Row;
use crate::cli::compare::words;
use crate::comparison::kept;
use crate::config::{Config, Profile};
use crate::database::Database;
use crate::domain::day::{Day, stamp};
use crate::domain::network::to_stored;
use crate::repository::audit::{self, Wanted};
use crate::repository::{comparison, reconciliation};

/// What is due once a day, and may be an hour or two late.
pub(super) const DAILY: &str = "within a day";
const DAY_AND_MORE_MS: i64 = 26 * 3_600 * 1_000;

/// A day is to be compared within so long of its end.
pub(super) const COMPARED: &str = "yesterday by noon, and the day before";
const COMPARED_WITHIN_MS: i64 = 12 * 3_600 * 1_000;

pub(super) async fn backup(config: &Config, database: &Database, now: UnixMillis) -> Row {
    if database.is_shared() {
        let found = "not known here: pg_basebackup makes it";
        return Row::right("last backup", found, DAILY);
    }
    let last = last(database, "backup").await;
    let advice = "aloqa-gateway backup FILE, from a timer";
    daily(config, ("last backup", advice), now, last)
}

/// Whether each network's books of yesterday and of the day before were compared with ours.
pub(super) async fn comparisons(config: &Config, database: &Database, now: UnixMillis) -> Vec<Row> {
    let before = Day::of(now).before().before();
    match comparison::of_days_from(&**database, before.number()).await {
        Ok(rows) => [Network::Uzcard, Network::Humo]
            .into_iter()
            .filter(|network| config.has(*network))
            .map(|network| compared(config.profile(), network, &rows, now))
            .collect(),
        Err(error) => vec![Row::wrong(
            "comparisons",
            "cannot be read",
            COMPARED,
            words(&error),
        )],
    }
}

/// Terminals are to be reconciled within so long of the hour.
pub(super) const RECONCILED: &str = "each terminal, two hours after humo.reconciliation_hour";
const RECONCILED_WITHIN_MS: i64 = 2 * 3_600 * 1_000;

/// Whether HUMO's terminals are reconciled, where they are to be.
pub(super) async fn reconciliations(
    config: &Config,
    database: &Database,
    now: UnixMillis,
) -> Option<Row> {
    let hour = i64::from(config.humo.reconciliation_hour?) * 3_600_000;
    let is_due = |day: Day| now >= day.begins_at() + hour + RECONCILED_WITHIN_MS;
    let today = Day::of(now);
    let day = if is_due(today) { today } else { today.before() };
    let check = "reconciliation HUMO";
    Some(
        match reconciliation::of_day(&**database, day.number()).await {
            Ok(rows) => reconciled(check, day, &rows),
            Err(error) => Row::wrong(check, "cannot be read", RECONCILED, words(&error)),
        },
    )
}

fn reconciled(check: &str, day: Day, rows: &[Reconciliation]) -> Row {
    let (done, not): (Vec<_>, Vec<_>) = rows
        .iter()
        .partition(|row| row.state == ReconciliationState::Done);
    let found = format!("{}: {} done, {} not", day.iso(), done.len(), not.len());
    let advice = match not.first() {
        Some(row) => {
            let why = row.why.as_deref().unwrap_or_default();
            format!("look at terminal {}: {why}", row.terminal_id)
        }
        None => "see the gateway's log: background work, reconcile_humo".to_owned(),
    };
    let is_right = !done.is_empty() && not.is_empty();
    Row::right(check, found, RECONCILED).judged(is_right, &advice)
}

fn compared(profile: Profile, network: Network, rows: &[Compared], now: UnixMillis) -> Row {
    let yesterday = Day::of(now).before();
    let is_due = now - yesterday.ends_at() >= COMPARED_WITHIN_MS;
    let rows = rows
        .iter()
        .filter(|row| row.network == to_stored(network))
        .cloned();
    let rows: Vec<Compared> = rows.collect();
    let (mut told, mut advice) = (Vec::new(), None);
    // The older one first: it has waited for longer.
    for (day, is_due) in [(yesterday.before(), true), (yesterday, is_due)] {
        let decisive = kept::decisive(&rows, day);
        let words = decisive.map_or("not compared", kept::outcome_words);
        told.push(format!("{}: {words}", day.iso()));
        let (day, name) = (day.iso(), network.name());
        let command = format!("aloqa-gateway compare --day {day} --network {name}");
        let wrong = match decisive.map(|row| (row.outcome, &row.why)) {
            Some((Outcome::Matched, _)) => None,
            Some((Outcome::Look, _)) => Some(format!("{command} | grep -v ^MATCHED")),
            Some((Outcome::Incomplete, why)) => {
                let why = why.as_deref().unwrap_or_default();
                Some(format!("{command}, once it is mended: {why}"))
            }
            None => is_due.then(|| format!("{command}, from a timer")),
        };
        advice = advice.or(wrong);
    }
    let (advice, wanted) = match profile {
        Profile::Production => (advice, COMPARED),
        Profile::Sandbox => (None, "none needed in the sandbox"),
    };
    Row {
        advice,
        ..Row::right(
            format!("comparison {}", network.name()),
            told.join(", "),
            wanted,
        )
    }
}

/// The last row of the audit log about what an operator did so.
async fn last(database: &Database, action: &str) -> Result<Option<Model>, DbErr> {
    let asked = Wanted {
        since: None,
        who: None,
        action: Some(action.to_owned()),
        object: None,
        limit: 20,
    };
    let rows = audit::list(&**database, &asked).await?;
    Ok(rows.into_iter().find(|row| row.outcome == "done"))
}

/// What production needs once a day.
fn daily(
    config: &Config,
    (check, advice): (&str, &str),
    now: UnixMillis,
    last: Result<Option<Model>, DbErr>,
) -> Row {
    let (is_needed, wanted) = match config.profile() {
        Profile::Production => (true, DAILY),
        Profile::Sandbox => (false, "none needed in the sandbox"),
    };
    match last {
        Ok(Some(row)) => {
            let is_right = !is_needed || now - row.at <= DAY_AND_MORE_MS;
            let words = [row.object, row.detail].join(" ");
            Row::right(check, format!("{} {}", stamp(row.at), words.trim()), wanted)
                .judged(is_right, advice)
        }
        Ok(None) => {
            Row::right(check, "none that the audit log knows", wanted).judged(!is_needed, advice)
        }
        Err(error) => Row::wrong(check, "cannot be read", wanted, words(&error)),
    }
}

#[cfg(test)]
mod tests {
    use entity::network::Network as Stored;

    use super::*;

    fn row(day: &str, network: Stored, outcome: Outcome) -> Compared {
        Compared {
            id: 1,
            day: Day::from_iso(day).unwrap().number(),
            network,
            at: Day::from_iso(day).unwrap().ends_at(),
            who: "anna".to_owned(),
            outcome,
            why: (outcome == Outcome::Incomplete).then(|| "no route to host".to_owned()),
            matched: 7,
            ours_only: 0,
            theirs_only: 0,
            differing: 0,
            unsettled: 0,
            overdue: 0,
            unanswered: 0,
        }
    }

    #[test]
    fn every_terminal_is_to_be_reconciled() {
        let day = Day::from_iso("2026-11-27").unwrap();
        let row = |state, why: Option<&str>| Reconciliation {
            id: 1,
            terminal_id: "1965000A".to_owned(),
            account: "default".to_owned(),
            day: day.number(),
            state,
            due_at: UnixMillis(0),
            tries: 1,
            reference: None,
            payment_id: None,
            confirm_sent_at: None,
            is_partial: false,
            ended_at: None,
            code: None,
            debits: None,
            debited: None,
            reversals: None,
            reversed: None,
            why: why.map(str::to_owned),
        };
        let done = row(ReconciliationState::Done, None);
        let open = row(ReconciliationState::Open, Some("the create: no route"));
        for (rows, found, advice) in [
            (vec![done.clone(), done.clone()], "2 done, 0 not", None),
            (
                vec![done, open],
                "1 done, 1 not",
                Some("terminal 1965000A: the create: no route"),
            ),
            (Vec::new(), "0 done, 0 not", Some("reconcile_humo")),
        ] {
            let told = reconciled("reconciliation HUMO", day, &rows);
            assert_eq!(told.found, format!("2026-11-27: {found}"));
            match advice {
                Some(words) => assert!(told.advice.unwrap().contains(words)),
                None => assert_eq!(told.advice, None),
            }
        }
    }

    /// One that is incomplete is none, whatever was done; and each network has its own.
    #[test]
    fn both_days_of_each_network_are_to_be_compared() {
        use Outcome::{Incomplete, Look, Matched};
        let (uzcard, humo) = (Stored::Uzcard, Stored::Humo);
        let (before, yesterday) = ("2026-11-25", "2026-11-26");
        // What there is, newest first; an hour of 2026-11-27; what there is to do for UZCARD.
        let early = Compared {
            at: UnixMillis(0),
            ..row(before, uzcard, Matched)
        };
        let table: [(&[Compared], i64, Option<&str>); 9] = [
            // The day had not ended.
            (&[early], 3, Some("--day 2026-11-25")),
            (
                &[],
                3,
                Some("--day 2026-11-25 --network UZCARD, from a timer"),
            ),
            (&[row(before, humo, Matched)], 3, Some("--day 2026-11-25")),
            (&[row(before, uzcard, Matched)], 3, None),
            (
                &[row(before, uzcard, Matched)],
                13,
                Some("--day 2026-11-26 --network UZCARD, from"),
            ),
            (
                &[
                    row(yesterday, uzcard, Matched),
                    row(before, uzcard, Matched),
                ],
                13,
                None,
            ),
            (
                &[
                    row(yesterday, uzcard, Incomplete),
                    row(before, uzcard, Matched),
                ],
                3,
                Some("mended: no route to host"),
            ),
            (
                &[row(yesterday, uzcard, Look), row(before, uzcard, Matched)],
                3,
                Some("grep -v ^MATCHED"),
            ),
            // What was compared once is, although it could not be made again.
            (
                &[
                    row(before, uzcard, Incomplete),
                    row(before, uzcard, Matched),
                ],
                3,
                None,
            ),
        ];
        for (rows, hour, expected) in table {
            let now = Day::from_iso("2026-11-27").unwrap().begins_at() + hour * 3_600_000;
            let told = compared(Profile::Production, Network::Uzcard, rows, now);
            let advice = told.advice.unwrap_or_default();
            match expected {
                Some(words) => assert!(advice.contains(words), "{}: {advice}", told.found),
                None => assert_eq!(advice, "", "{}", told.found),
            }
            let sandbox = compared(Profile::Sandbox, Network::Uzcard, rows, now);
            assert_eq!(sandbox.advice, None);
        }
    }
}
