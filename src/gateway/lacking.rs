//! Which accounts that this gateway's settings lack have been told of?

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Networks, with accounts there.
type Names = BTreeSet<(&'static str, String)>;

/// See the module.
#[derive(Debug, Default)]
pub struct LackingAccounts(Mutex<Names>);

impl LackingAccounts {
    /// Those of `now` that were not lacking before.
    pub fn begun(&self, now: Names) -> Names {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let begun = now.difference(&told).cloned().collect();
        *told = now;
        begun
    }
}
