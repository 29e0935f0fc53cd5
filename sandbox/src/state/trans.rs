//! SVGate's transactions, with the indexes by reference and by time.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::records::Tran;

#[derive(Debug, Default)]
pub(crate) struct Trans {
    by_id: BTreeMap<u64, Tran>,
    by_time: BTreeSet<(i64, u64)>,
    by_ext: HashMap<String, u64>,
}

impl Trans {
    pub(crate) fn get(&self, id: u64) -> Option<&Tran> {
        self.by_id.get(&id)
    }

    pub(crate) fn by_ext(&self, ext: &str) -> Option<&Tran> {
        self.get(*self.by_ext.get(ext)?)
    }

    /// Those created from the moment `from` to before `until` (UNIX milliseconds), oldest first.
    pub(crate) fn between(&self, from: i64, until: i64) -> impl Iterator<Item = &Tran> {
        self.by_time
            .range((from, u64::MIN)..(until, u64::MIN))
            .filter_map(|(_, id)| self.get(*id))
    }

    /// Adds a transaction, or replaces it in its new state.
    pub(super) fn insert(&mut self, tran: Tran) {
        self.by_ext.insert(tran.ext.clone(), tran.id);
        // Its time never changes, so a replacement finds its own entry.
        self.by_time.insert((tran.at, tran.id));
        self.by_id.insert(tran.id, tran);
    }

    /// All transactions, in the order of their ids.
    pub(super) fn all(&self) -> impl Iterator<Item = &Tran> {
        self.by_id.values()
    }
}
