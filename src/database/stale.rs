//! Which connections of the pool are to be replaced.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// Connections from before a moment: they are dead, or know the database as it was then. Each of them would fail one
/// call after another.
#[derive(Debug, Clone, Default)]
pub(super) struct StaleConnections(Arc<RwLock<Option<Instant>>>);

impl StaleConnections {
    /// Makes all connections opened until now stale.
    pub(super) fn mark(&self) {
        let mut since = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *since = Some(Instant::now());
    }

    /// Whether a connection of this age is stale.
    pub(super) fn include(&self, age: Duration) -> bool {
        let since = self.0.read().unwrap_or_else(PoisonError::into_inner);
        since.is_some_and(|since| since.elapsed() < age)
    }
}
