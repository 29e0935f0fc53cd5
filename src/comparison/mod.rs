//! The daily comparison: our payments of a day against the networks' own books. It reads and asks, and changes nothing.
//!
//! - SVGate has a list of each day, `report.short`. It is joined with our rows by reference, both ways ([`join::join`]).
//! - HUMO has none. It is asked about each payment of ours, so what only HUMO has cannot be seen.
//!
//! The day is by our clock, the moment of the first intent, and a network's clock may differ. So a row of the network's
//! list is looked for in all our rows of whatever day; and a payment near midnight that the list of its day lacks is looked
//! for in the list of the neighbouring day. What a later call of the day touched (the charge or the reversal of an older
//! payment) is compared too, by asking the network about it.
//!
//! Meanwhile the gateway goes on: ours are read before theirs, and whatever does not agree is read and asked again until
//! ours has not changed while the network was answering.

pub mod join;
pub mod payment;
pub mod report;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rpc_schema::values::Network;
use sea_orm::DbErr;

use crate::clock::Clock;
use crate::database::Database;
use crate::domain::call::Reference;
use crate::domain::day::Day;
use crate::domain::inquiry::AskError;
use crate::domain::network::to_stored;
use crate::processing::CardNetworks;
use crate::processing::standing::{Listed, Standing};
use crate::repository::of_day;

use self::join::{Asked, Class, Scope, Theirs, class, join, must_ask};
use self::payment::{Payment, Position, payments};
use self::report::Compared;

/// How far from midnight a payment may be by the network's clock and stand in the list of another day, milliseconds.
const MIDNIGHT_MS: i64 = 3_600 * 1_000;

/// Before a network is asked again that gave no answer.
const PAUSE: Duration = Duration::from_millis(500);

/// So many questions on end without an answer, and the network is taken to be down.
const FAILURES_MAX: u32 = 16;

/// A payment that changes while the network is asked about it is asked about so often.
const ROUNDS_MAX: usize = 3;

/// Progress is told after so many questions.
const TOLD_EVERY: usize = 100;

/// Why two sides could not be compared.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    #[error("{} could not be asked", .network.name())]
    Network {
        network: Network,
        #[source]
        error: AskError,
    },
    #[error(
        "the database could not be read; is it the gateway's, and its schema up to date (`aloqa-gateway migrate`)?"
    )]
    Database(#[from] DbErr),
    #[error("{} has not begun yet in Tashkent", .0.iso())]
    NotBegun(Day),
}

/// Both sides, and what is needed to read them.
pub struct Comparison<'a> {
    pub database: &'a Database,
    pub networks: &'a CardNetworks,
    pub clock: &'a dyn Clock,
    /// Hears how far it has come.
    pub tell: &'a (dyn Fn(&str) + Sync),
}

impl Comparison<'_> {
    /// Compares a day's payments of a network.
    ///
    /// # Errors
    /// The database or the network's list cannot be read, or the network answers no more.
    pub async fn compare(&self, network: Network, day: Day) -> Result<Compared, CompareError> {
        let now = self.clock.now();
        if day > Day::of(now) {
            return Err(CompareError::NotBegun(day));
        }
        let scope = Scope { network, day, now };
        let database = &**self.database;
        let (from, until) = (day.begins_at(), day.ends_at());
        let touched = of_day::transactions(database, to_stored(network), from, until).await?;
        let mut ours = self.payments(network, &touched).await?;
        let mut theirs = match network {
            Network::Uzcard => self.listed(scope, &mut ours).await?,
            Network::Humo => HashMap::new(),
        };
        self.ask_where_needed(scope, &mut ours, &mut theirs).await?;
        let rows = join(scope, ours, theirs);
        Ok(Compared { network, day, rows })
    }

    async fn payments(
        &self,
        network: Network,
        transactions: &[i64],
    ) -> Result<Vec<Payment>, CompareError> {
        let network = to_stored(network);
        let calls = of_day::calls(&**self.database, network, transactions).await?;
        Ok(calls
            .iter()
            .flat_map(|calls| payments(network, calls))
            .collect())
    }

    /// SVGate's list of the day by reference, and what it has of our payments in those beside it; `ours` gets what is
    /// listed and was made on another day by our clock.
    async fn listed(
        &self,
        scope: Scope,
        ours: &mut Vec<Payment>,
    ) -> Result<HashMap<String, Theirs>, CompareError> {
        let mut theirs: HashMap<String, Theirs> = HashMap::new();
        for row in self.list_of(scope.day).await? {
            let under = theirs.entry(row.reference.clone()).or_default();
            under.listed.push(row);
        }
        let known: HashSet<&str> = ours
            .iter()
            .map(|payment| payment.reference.as_str())
            .collect();
        let unknown: Vec<String> = theirs
            .keys()
            .filter(|reference| !known.contains(reference.as_str()) && can_be_ours(reference))
            .cloned()
            .collect();
        let network = to_stored(scope.network);
        let others = of_day::transactions_with(&**self.database, network, &unknown).await?;
        let unknown: HashSet<String> = unknown.into_iter().collect();
        let others = self.payments(scope.network, &others).await?;
        ours.extend(
            others
                .into_iter()
                .filter(|payment| unknown.contains(&payment.reference)),
        );

        for day in [scope.day.before(), scope.day.after()] {
            let missing: HashSet<&str> = ours
                .iter()
                .filter(|payment| !theirs.contains_key(&payment.reference))
                .filter(|payment| may_be_listed_on(scope, payment, day))
                .map(|payment| payment.reference.as_str())
                .collect();
            if missing.is_empty() || day > Day::of(scope.now) {
                continue;
            }
            for row in self.list_of(day).await? {
                if missing.contains(row.reference.as_str()) {
                    let under = theirs.entry(row.reference.clone()).or_default();
                    under.listed.push(row);
                }
            }
        }
        Ok(theirs)
    }

    async fn list_of(&self, day: Day) -> Result<Vec<Listed>, CompareError> {
        let told = |rows: usize| {
            let day = day.iso();
            (self.tell)(&format!("UZCARD: {rows} rows of its list of {day} so far"));
        };
        let list = self.networks.uzcard.list_of(day, &told).await;
        list.map_err(|error| CompareError::Network {
            network: Network::Uzcard,
            error,
        })
    }

    /// Asks the network about each payment that needs it, a few at a time. What it answers goes into `theirs`; a payment
    /// that has changed meanwhile is replaced in `ours`.
    async fn ask_where_needed(
        &self,
        scope: Scope,
        ours: &mut [Payment],
        theirs: &mut HashMap<String, Theirs>,
    ) -> Result<(), CompareError> {
        let listed_under = |payment: &Payment| {
            let theirs = theirs.get(&payment.reference);
            theirs.map_or_else(Vec::new, |theirs| theirs.listed.clone())
        };
        let questions: Vec<(usize, Payment, Vec<Listed>)> = ours
            .iter()
            .enumerate()
            .map(|(place, payment)| (place, payment, listed_under(payment)))
            .filter(|(_, payment, listed)| must_ask(scope, payment, listed))
            .map(|(place, payment, listed)| (place, payment.clone(), listed))
            .collect();
        let (next, failures) = (AtomicUsize::new(0), AtomicU32::new(0));
        let answers = Mutex::new(Vec::with_capacity(questions.len()));
        let worker = || async {
            loop {
                let turn = next.fetch_add(1, Ordering::Relaxed);
                let Some((place, payment, listed)) = questions.get(turn) else {
                    return Ok::<(), CompareError>(());
                };
                if turn > 0 && turn.is_multiple_of(TOLD_EVERY) {
                    let (name, all) = (scope.network.name(), questions.len());
                    (self.tell)(&format!("{name}: asked about {turn} of {all} payments"));
                }
                let answer = self.ask(scope, payment, listed, &failures).await?;
                let mut answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                answers.push((*place, answer));
            }
        };
        // Eight at a time: a fraction of what a network carries, and of what the gateway itself asks of it.
        tokio::try_join!(
            worker(),
            worker(),
            worker(),
            worker(),
            worker(),
            worker(),
            worker(),
            worker()
        )?;
        let answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (place, (payment, their)) in answers {
            theirs.insert(payment.reference.clone(), their);
            if let Some(old) = ours.get_mut(place) {
                *old = payment;
            }
        }
        Ok(())
    }

    /// What the network has of a payment, and the payment as it was while the network answered.
    async fn ask(
        &self,
        scope: Scope,
        payment: &Payment,
        listed: &[Listed],
        failures: &AtomicU32,
    ) -> Result<(Payment, Theirs), CompareError> {
        let mut payment = payment.clone();
        let mut rounds = 0;
        loop {
            rounds += 1;
            let theirs = Theirs {
                listed: listed.to_vec(),
                asked: self.answer(scope.network, &payment, failures).await?,
            };
            if rounds == ROUNDS_MAX || class(scope, &payment, &theirs) == Class::Matched {
                return Ok((payment, theirs));
            }
            let now = self
                .payments(scope.network, &[payment.transaction_id])
                .await?;
            let now = now
                .into_iter()
                .find(|other| other.reference == payment.reference);
            match now {
                Some(changed) if changed != payment => payment = changed,
                Some(_) | None => return Ok((payment, theirs)),
            }
        }
    }

    async fn answer(
        &self,
        network: Network,
        payment: &Payment,
        failures: &AtomicU32,
    ) -> Result<Asked, CompareError> {
        let reference = Reference(payment.reference.clone());
        let mut answer = self.standing_of(network, &reference).await;
        if answer.is_err() {
            tokio::time::sleep(PAUSE).await;
            answer = self.standing_of(network, &reference).await;
        }
        match answer {
            Ok(standing) => {
                failures.store(0, Ordering::Relaxed);
                Ok(Asked::Answered(standing))
            }
            Err(error) if failures.fetch_add(1, Ordering::Relaxed) + 1 >= FAILURES_MAX => {
                Err(CompareError::Network { network, error })
            }
            Err(error) => Ok(Asked::InVain(error.to_string())),
        }
    }

    async fn standing_of(
        &self,
        network: Network,
        reference: &Reference,
    ) -> Result<Standing, AskError> {
        match network {
            Network::Uzcard => self.networks.uzcard.standing_of(reference).await,
            Network::Humo => self.networks.humo.standing_of(reference).await,
        }
    }
}

/// Whether a reference may be one of ours at all: whatever else uses the same access writes what it likes.
fn can_be_ours(reference: &str) -> bool {
    !reference.is_empty()
        && reference.len() <= 64
        && reference.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether a payment of the compared day should be listed, and may be so on this other day by the network's clock.
fn may_be_listed_on(scope: Scope, payment: &Payment, day: Day) -> bool {
    let moved = match payment.position {
        Position::Done | Position::Credited => true,
        Position::Declined
        | Position::Freed
        | Position::Held
        | Position::Reversed
        | Position::Unsettled { .. } => false,
    };
    let earliest = Day::of(payment.sent_at - MIDNIGHT_MS);
    let latest = Day::of(payment.settled_at.unwrap_or(payment.sent_at) + MIDNIGHT_MS);
    moved && Day::of(payment.sent_at) == scope.day && earliest <= day && day <= latest
}

#[cfg(test)]
mod tests {
    use entity::processing_request::Action;

    use super::*;

    #[test]
    fn a_payment_near_midnight_may_be_listed_on_either_day() {
        let day = Day::from_iso("2026-11-20").unwrap();
        let scope = Scope {
            network: Network::Uzcard,
            day,
            now: day.ends_at() + 1,
        };
        let minute = 60_000;
        let listed_on = |sent_at: i64, settled_at: Option<i64>, position: Position| {
            let payment = Payment {
                transaction_id: 7,
                action: Action::Pay,
                reference: "a".to_owned(),
                amount: 500,
                position,
                network_id: String::new(),
                sent_at,
                settled_at,
                undoing: false,
            };
            [day.before(), day.after()].map(|other| may_be_listed_on(scope, &payment, other))
        };
        let (begin, end) = (day.begins_at(), day.ends_at());
        let noon = begin + 12 * 60 * minute;
        for (sent_at, settled_at, expected) in [
            (begin, Some(begin + 1), [true, false]),
            (begin + 59 * minute, None, [true, false]),
            (begin + 60 * minute, None, [false, false]),
            (noon, Some(noon + 1), [false, false]),
            (end - 61 * minute, None, [false, false]),
            (end - 60 * minute, None, [false, true]),
            // Found out late: it may have been carried out just before.
            (noon, Some(end + minute), [false, true]),
            // Payments of other days are compared by asking.
            (begin - 1, None, [false, false]),
            (end, None, [false, false]),
        ] {
            let found = listed_on(sent_at, settled_at, Position::Done);
            assert_eq!(found, expected, "{sent_at} {settled_at:?}");
        }
        for position in [Position::Declined, Position::Reversed] {
            assert_eq!(listed_on(begin, None, position), [false, false]);
        }
    }

    #[test]
    fn a_reference_that_cannot_be_ours_is_not_looked_for() {
        for ours in ["a", "019aa7c1d2f47c0c8f5e0b1a2c3d4e5f", &"x".repeat(64)] {
            assert!(can_be_ours(ours), "{ours}");
        }
        for other in ["", "a\0", "a b", "\u{437}", &"x".repeat(65)] {
            assert!(!can_be_ours(other), "{other}");
        }
    }
}
