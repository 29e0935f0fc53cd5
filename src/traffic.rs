//! What went on in the last day, minute by minute, and which servers are left alone now: for the console's plots.
//!
//! It is kept in this process alone: about 300 KB at most, gone after a restart, and another gateway has its own.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A day.
const MINUTES: usize = 1_440;

/// Milliseconds below which an exchange counts into a bucket; what takes longer is in one more.
pub const EDGES_MS: [u64; 11] = [
    10, 25, 50, 100, 250, 500, 1_000, 2_000, 5_000, 15_000, 50_000,
];
/// The buckets.
pub const BUCKETS: usize = EDGES_MS.len() + 1;

/// The networks, by their names here.
pub const NETWORKS: [&str; 2] = ["UZCARD", "HUMO"];

/// How a call that moves money ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Approved,
    Declined,
    Unknown,
    NotSent,
}

/// What was counted in some minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Calls of partners that went well.
    pub good: u64,
    /// Calls of partners that ended with an error.
    pub failed: u64,
    /// Of each of [`NETWORKS`].
    pub networks: [NetworkSum; 2],
}

/// What was counted of one network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NetworkSum {
    /// Calls that move money: approved, declined, unknown, not sent.
    pub outcomes: [u64; 4],
    /// Exchanges, by how long they took.
    pub buckets: [u64; BUCKETS],
}

/// Whether a server is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Circuit {
    Closed,
    /// It is left alone for some seconds.
    Open,
    /// It is tried again, by few.
    HalfOpen,
}

/// One server's circuit, as it is shown.
#[derive(Debug, Clone, Default)]
pub struct ShownCircuit(Arc<AtomicU8>);

/// See the module. Clones share all of it.
#[derive(Debug, Clone)]
pub struct Traffic {
    began: Instant,
    minutes: Arc<Mutex<VecDeque<(u64, Sum)>>>,
    circuits: Arc<Mutex<Vec<(&'static str, ShownCircuit)>>>,
}

impl Default for Traffic {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            minutes: Arc::default(),
            circuits: Arc::default(),
        }
    }
}

impl Traffic {
    /// A partner's call has ended.
    pub fn called(&self, is_good: bool) {
        self.count(self.minute(), |sum| match is_good {
            true => sum.good += 1,
            false => sum.failed += 1,
        });
    }

    /// A call that moves money has ended.
    pub fn moved(&self, network: &str, outcome: Outcome) {
        self.count(self.minute(), |sum| {
            let place = match outcome {
                Outcome::Approved => 0,
                Outcome::Declined => 1,
                Outcome::Unknown => 2,
                Outcome::NotSent => 3,
            };
            let counted = of(sum, network).and_then(|one| one.outcomes.get_mut(place));
            counted.into_iter().for_each(|count| *count += 1);
        });
    }

    /// An exchange with a server has ended. Those that are no networks are not kept.
    pub fn exchanged(&self, server: &str, took: Duration) {
        self.count(self.minute(), |sum| {
            let counted = of(sum, server).and_then(|one| one.buckets.get_mut(bucket(took)));
            counted.into_iter().for_each(|count| *count += 1);
        });
    }

    /// Sums of the last minutes, oldest first, so many to a column; the last ends with the present minute. `None`: this
    /// process did not run then.
    pub fn columns(&self, columns: u64, minutes_each: u64) -> Vec<Option<Sum>> {
        self.columns_until(self.minute(), columns, minutes_each)
    }

    /// How many seconds of the present minute are over, at least one.
    pub fn seconds_of_this_minute(&self) -> u64 {
        (self.began.elapsed().as_secs() % 60).max(1)
    }

    /// A circuit of a server, which is shown from now on.
    pub fn circuit(&self, server: &'static str) -> ShownCircuit {
        let circuit = ShownCircuit::default();
        let mut circuits = self.circuits.lock().unwrap_or_else(PoisonError::into_inner);
        circuits.push((server, circuit.clone()));
        circuit
    }

    /// All circuits, each with its server.
    pub fn circuits(&self) -> Vec<(&'static str, Circuit)> {
        let circuits = self.circuits.lock().unwrap_or_else(PoisonError::into_inner);
        circuits
            .iter()
            .map(|(server, shown)| (*server, shown.now()))
            .collect()
    }

    /// Minutes since the beginning of the process.
    fn minute(&self) -> u64 {
        self.began.elapsed().as_secs() / 60
    }

    fn count(&self, minute: u64, add: impl FnOnce(&mut Sum)) {
        let mut minutes = self.minutes();
        if minutes.back().is_none_or(|(last, _)| *last < minute) {
            if minutes.len() >= MINUTES {
                minutes.pop_front();
            }
            minutes.push_back((minute, Sum::default()));
        }
        if let Some((_, sum)) = minutes.back_mut() {
            add(sum);
        }
    }

    fn columns_until(&self, now: u64, columns: u64, each: u64) -> Vec<Option<Sum>> {
        let minutes = self.minutes();
        let column = |back: u64| {
            // The column ends this many minutes ago.
            let last = now.checked_sub(back * each)?;
            let first = (last + 1).saturating_sub(each);
            let counted = minutes
                .iter()
                .filter(|(minute, _)| (first..=last).contains(minute));
            Some(counted.fold(Sum::default(), |sum, (_, more)| sum.plus(more)))
        };
        (0..columns).rev().map(column).collect()
    }

    fn minutes(&self) -> MutexGuard<'_, VecDeque<(u64, Sum)>> {
        self.minutes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sum {
    fn plus(mut self, more: &Self) -> Self {
        self.good += more.good;
        self.failed += more.failed;
        for (one, more) in self.networks.iter_mut().zip(&more.networks) {
            add(&mut one.outcomes, &more.outcomes);
            add(&mut one.buckets, &more.buckets);
        }
        self
    }

    /// All calls of partners.
    pub fn calls(&self) -> u64 {
        self.good + self.failed
    }
}

impl ShownCircuit {
    /// Shows how it is now.
    pub fn set(&self, circuit: Circuit) {
        let stored = match circuit {
            Circuit::Closed => 0,
            Circuit::Open => 1,
            Circuit::HalfOpen => 2,
        };
        self.0.store(stored, Ordering::Relaxed);
    }

    fn now(&self) -> Circuit {
        match self.0.load(Ordering::Relaxed) {
            0 => Circuit::Closed,
            1 => Circuit::Open,
            _ => Circuit::HalfOpen,
        }
    }
}

fn add(counts: &mut [u64], more: &[u64]) {
    counts
        .iter_mut()
        .zip(more)
        .for_each(|(one, more)| *one += more);
}

/// The counts of the network of this name, however it is spelt.
fn of<'a>(sum: &'a mut Sum, network: &str) -> Option<&'a mut NetworkSum> {
    let place = NETWORKS
        .iter()
        .position(|name| name.eq_ignore_ascii_case(network))?;
    sum.networks.get_mut(place)
}

fn bucket(took: Duration) -> usize {
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let place = EDGES_MS.iter().position(|edge| ms < *edge);
    place.unwrap_or(EDGES_MS.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_are_summed_and_those_before_the_start_are_gaps() {
        let traffic = Traffic::default();
        for (minute, calls) in [(0, 1), (1, 2), (3, 4), (29, 8)] {
            for _ in 0..calls {
                traffic.count(minute, |sum| sum.good += 1);
            }
        }
        let calls = |now, columns, each| -> Vec<Option<u64>> {
            let columns = traffic.columns_until(now, columns, each);
            columns
                .iter()
                .map(|sum| sum.map(|sum| sum.calls()))
                .collect()
        };
        assert_eq!(
            calls(3, 6, 1),
            [None, None, Some(1), Some(2), Some(0), Some(4)]
        );
        assert_eq!(calls(29, 3, 15), [None, Some(7), Some(8)]);
        assert_eq!(calls(1_000, 1, 1), [Some(0)]);
    }

    #[test]
    fn a_day_is_kept() {
        let traffic = Traffic::default();
        for minute in 0..2_000 {
            traffic.count(minute, |sum| sum.failed += 1);
        }
        let columns = traffic.columns_until(1_999, 96, 15);
        assert!(
            columns
                .iter()
                .all(|sum| sum.is_some_and(|sum| sum.failed == 15))
        );
        assert_eq!(traffic.minutes().len(), MINUTES);
    }

    #[test]
    fn outcomes_and_durations_are_counted_by_network() {
        let traffic = Traffic::default();
        traffic.moved("UZCARD", Outcome::Approved);
        traffic.moved("HUMO", Outcome::Unknown);
        traffic.exchanged("humo", Duration::from_millis(9));
        traffic.exchanged("humo", Duration::from_millis(10));
        traffic.exchanged("humo", Duration::from_secs(60));
        traffic.exchanged("sms", Duration::from_secs(1));
        let [uzcard, humo] = traffic.columns(1, 1)[0].unwrap().networks;
        assert_eq!(uzcard.outcomes, [1, 0, 0, 0]);
        assert_eq!(humo.outcomes, [0, 0, 1, 0]);
        assert_eq!(humo.buckets, [1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(uzcard.buckets, [0; BUCKETS]);
    }

    #[test]
    fn circuits_are_shown_as_they_are() {
        let traffic = Traffic::default();
        let (one, _other) = (traffic.circuit("uzcard"), traffic.circuit("humo"));
        one.set(Circuit::Open);
        let shown = traffic.clone().circuits();
        assert_eq!(
            shown,
            [("uzcard", Circuit::Open), ("humo", Circuit::Closed)]
        );
    }
}
