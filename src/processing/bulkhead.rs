//! How many calls may wait for one network at a time.
//!
//! The limit keeps a network that hangs from using up the gateway's calls and so slowing the other network down. A call
//! that is rejected here was never sent, so it is refused at once and its outcome is known.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The smallest number of calls that may wait for one network, whatever the settings say.
const MIN_NEW_CALLS: usize = 64;

/// Whether a call starts something new or settles something already started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallClass {
    /// A new payment, or a query.
    New,
    /// The second call of a payment, the call that undoes it, or its look-up. Rejecting one would leave money where it
    /// does not belong.
    Settling,
}

/// Limits the calls that wait for one network, counted over all its addresses.
#[derive(Debug, Clone)]
pub struct Bulkhead {
    /// Limits [`CallClass::New`].
    new_calls: Arc<Semaphore>,
    /// Limits both classes together.
    all_calls: Arc<Semaphore>,
}

impl Bulkhead {
    /// Gives new calls three fifths of `max_in_flight`, so that two fifths remain for the other network. Calls that
    /// settle something get a quarter on top.
    #[must_use]
    pub fn of(max_in_flight: usize) -> Self {
        let new_calls = (max_in_flight / 5 * 3).max(MIN_NEW_CALLS);
        Self {
            new_calls: Arc::new(Semaphore::new(new_calls)),
            all_calls: Arc::new(Semaphore::new(new_calls + new_calls / 4)),
        }
    }

    /// `None` if the bulkhead is full for calls of this class.
    pub(super) fn acquire(&self, class: CallClass) -> Option<Permit> {
        let acquire = |semaphore: &Arc<Semaphore>| Arc::clone(semaphore).try_acquire_owned().ok();
        Some(Permit {
            _new_calls: match class {
                CallClass::New => Some(acquire(&self.new_calls)?),
                CallClass::Settling => None,
            },
            _all_calls: acquire(&self.all_calls)?,
        })
    }
}

/// Held for as long as a call lasts.
#[derive(Debug)]
pub(super) struct Permit {
    _new_calls: Option<OwnedSemaphorePermit>,
    _all_calls: OwnedSemaphorePermit,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_gateway_has_the_smallest_bulkhead() {
        let bulkhead = Bulkhead::of(50);
        assert_eq!(bulkhead.new_calls.available_permits(), MIN_NEW_CALLS);
    }
}
