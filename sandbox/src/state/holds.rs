//! SVGate's holds, with the indexes by card and by end.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::records::{Hold, HoldState};

/// How many ended holds of a card the network still lists.
const ENDED_HOLDS_KEPT: usize = 20;

#[derive(Debug, Default)]
pub(crate) struct Holds {
    by_id: BTreeMap<u64, Hold>,
    /// The active ones: when they end, and their ids.
    by_end: BTreeSet<(i64, u64)>,
    /// Ids of the active holds of each card.
    active: HashMap<String, BTreeSet<u64>>,
    /// Ids of the latest ended holds of each card, in the order in which they ended.
    ended: HashMap<String, VecDeque<u64>>,
}

impl Holds {
    pub(crate) fn get(&self, id: u64) -> Option<&Hold> {
        self.by_id.get(&id)
    }

    /// All active holds of the card and the last few that have ended, in the order of their creation.
    pub(crate) fn of_card(&self, pan: &str) -> Vec<&Hold> {
        let active = self.active.get(pan).into_iter().flatten();
        let ended = self.ended.get(pan).into_iter().flatten();
        let mut holds: Vec<&Hold> = active.chain(ended).filter_map(|id| self.get(*id)).collect();
        holds.sort_by_key(|hold| hold.id);
        holds
    }

    /// The active hold that ends first.
    pub(super) fn first_to_end(&self) -> Option<&Hold> {
        self.by_end.first().and_then(|(_, id)| self.get(*id))
    }

    /// Adds a hold, or replaces it in its new state.
    pub(super) fn insert(&mut self, hold: Hold) {
        let active = self.active.entry(hold.pan.clone()).or_default();
        match hold.state {
            HoldState::Active => {
                active.insert(hold.id);
                self.by_end.insert((hold.ends_at(), hold.id));
            }
            HoldState::Captured | HoldState::Dismissed | HoldState::Expired => {
                active.remove(&hold.id);
                self.by_end.remove(&(hold.ends_at(), hold.id));
                let ended = self.ended.entry(hold.pan.clone()).or_default();
                ended.push_back(hold.id);
                if ended.len() > ENDED_HOLDS_KEPT {
                    ended.pop_front();
                }
            }
        }
        self.by_id.insert(hold.id, hold);
    }

    /// All holds, in the order of their ids.
    pub(super) fn all(&self) -> impl Iterator<Item = &Hold> {
        self.by_id.values()
    }
}
