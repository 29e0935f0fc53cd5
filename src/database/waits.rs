//! How long callers wait for the database, as operators see it.

use std::time::Duration;

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Seconds, with edges where a disk is quick, slow, or ill.
const SECONDS: [f64; 12] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
];

/// See the module. Clones share their figures.
#[derive(Debug, Clone)]
pub struct Waits {
    turns: Histogram,
    commits: Histogram,
    waiting: Gauge,
    places: Gauge,
    connections: Gauge,
    most_connections: Gauge,
}

impl Default for Waits {
    fn default() -> Self {
        Self {
            turns: Histogram::new(SECONDS),
            commits: Histogram::new(SECONDS),
            waiting: Gauge::default(),
            places: Gauge::default(),
            connections: Gauge::default(),
            most_connections: Gauge::default(),
        }
    }
}

impl Waits {
    /// Names the figures for operators.
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "database_turn_seconds",
            "How long new orders waited for their turn to write",
            self.turns.clone(),
        );
        registry.register(
            "database_commit_seconds",
            "How long commits took, from when they were asked for until they were on the disk",
            self.commits.clone(),
        );
        registry.register(
            "database_waiting_orders",
            "New orders that wait for their turn to write",
            self.waiting.clone(),
        );
        registry.register(
            "database_waiting_orders_limit",
            "How many may wait at present; one more is refused",
            self.places.clone(),
        );
        registry.register(
            "database_connections",
            "Connections to the database that are in use; of SQLite, the one that writes",
            self.connections.clone(),
        );
        registry.register(
            "database_connections_limit",
            "How many connections there may be",
            self.most_connections.clone(),
        );
    }

    pub(super) fn turned(&self, waited: Duration) {
        self.turns.observe(waited.as_secs_f64());
    }

    pub(super) fn committed(&self, took: Duration) {
        self.commits.observe(took.as_secs_f64());
    }

    /// Sets what stands at this moment.
    pub(super) fn show(&self, orders: Level, connections: Level) {
        let set = |gauge: &Gauge, number| {
            gauge.set(i64::try_from(number).unwrap_or(i64::MAX));
        };
        set(&self.waiting, orders.now);
        set(&self.places, orders.most);
        set(&self.connections, connections.now);
        set(&self.most_connections, connections.most);
    }
}

/// How many there are, and how many there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Level {
    pub(super) now: usize,
    pub(super) most: usize,
}
