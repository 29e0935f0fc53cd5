//! Which card's history is being fetched right now, so that those who ask at the same time share one fetch.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use uuid::Uuid;

use crate::domain::failure::Failure;

/// The histories that are being fetched, by card. There are only as many as there are calls that wait for one.
#[derive(Debug, Default)]
pub struct Fetches(Mutex<HashMap<Uuid, Arc<Turn>>>);

/// Whose turn it is to fetch a card's history. Inside: when the last fetch failed, and how.
pub(crate) type Turn = tokio::sync::Mutex<Option<(Instant, Failure)>>;

impl Fetches {
    pub(crate) fn wait(&self, card_id: Uuid) -> Waiting<'_> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = Arc::clone(turns.entry(card_id).or_default());
        Waiting {
            fetches: self,
            card_id,
            turn,
        }
    }
}

/// One who waits for a turn, or has it. The last one takes the turn away.
pub(crate) struct Waiting<'f> {
    fetches: &'f Fetches,
    card_id: Uuid,
    pub(crate) turn: Arc<Turn>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut turns = self
            .fetches
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Held by the map and by this one alone; others come only through the lock.
        if Arc::strong_count(&self.turn) <= 2 {
            turns.remove(&self.card_id);
        }
    }
}
