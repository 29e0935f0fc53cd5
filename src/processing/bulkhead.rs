//! How many calls may wait for one network at a time, and how these places are shared.
//!
//! The limit keeps a network that hangs from using up the gateway's calls and so slowing the other network down. Within it,
//! a partner may take a place while it has fewer than four times as many as are free: alone it gets four fifths, several
//! greedy ones get equal parts, and something always stays free for one who comes later. A call that is rejected here was
//! never sent, so it is refused at once and its outcome is known.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use prometheus_client::metrics::gauge::Gauge;
use uuid::Uuid;

use super::told_server::ToldServer;
use crate::domain::behalf::{Behalf, CardKey};

/// The smallest number of calls that may wait for one network, whatever the settings say.
const MIN_NEW_CALLS: usize = 64;
/// A partner may have this many times the places that are free.
const SHARE: usize = 4;
/// So many places a partner may have however few are free.
const FLOOR: usize = 4;

/// Whether a call starts something new or settles something already started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallClass {
    /// A new payment, or a query.
    New,
    /// The second call of a payment, or the call that undoes it. Rejecting one would leave money where it does not belong.
    Settling,
    /// The look-up of a call. It moves nothing.
    LookUp,
}

/// Why a call may not wait for its network; for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoPlace {
    #[error("too many calls to this network are waiting")]
    Full,
    #[error("too many calls of this partner are waiting for this network")]
    PartnersShare,
    #[error("too many calls about this card are waiting for its network")]
    CardsShare,
}

impl NoPlace {
    /// The word for it in logs and figures.
    pub(super) fn cause(self) -> &'static str {
        match self {
            Self::Full => "lane_full",
            Self::PartnersShare => "partners_share",
            Self::CardsShare => "cards_share",
        }
    }
}

/// Limits the calls that wait for one network, counted over all its addresses.
#[derive(Debug, Clone)]
pub struct Bulkhead {
    /// Limits [`CallClass::New`].
    new_calls: usize,
    /// Limits both classes together.
    all_calls: usize,
    /// Limits those about one card.
    about_a_card: usize,
    /// So many lost calls of a card in a row leave it alone.
    pub(super) lost_of_a_card: u32,
    places: Arc<Mutex<Places>>,
    /// What `places` has, for operators.
    waiting: Gauge,
    pub(super) told: ToldServer,
}

/// What a card may cost its network.
#[derive(Debug, Clone, Copy)]
pub struct CardLimits {
    /// Calls about it that may wait at the same time.
    pub at_once: usize,
    /// Lost calls about it in a row after which it is left alone.
    pub lost: u32,
}

#[derive(Debug, Default)]
struct Places {
    new: usize,
    all: usize,
    by_partner: HashMap<Uuid, usize>,
    by_card: HashMap<CardKey, usize>,
}

impl Bulkhead {
    /// Gives new calls three fifths of `max_in_flight`, so that two fifths remain for the other network. Calls that
    /// settle something get a quarter on top.
    #[must_use]
    pub fn of(max_in_flight: usize, cards: CardLimits, told: ToldServer) -> Self {
        let new_calls = (max_in_flight / 5 * 3).max(MIN_NEW_CALLS);
        let all_calls = new_calls + new_calls / 4;
        Self {
            new_calls,
            all_calls,
            about_a_card: cards.at_once,
            lost_of_a_card: cards.lost,
            places: Arc::default(),
            waiting: told.waiting(all_calls),
            told,
        }
    }

    /// A place for a call of this class.
    ///
    /// # Errors
    /// There is none; no byte may be sent.
    pub(super) fn acquire(&self, class: CallClass, behalf: Behalf) -> Result<Permit, NoPlace> {
        let mut places = self.places();
        if places.all >= self.all_calls {
            return Err(NoPlace::Full);
        }
        match class {
            CallClass::New => {
                let free = self.new_calls.saturating_sub(places.new);
                if free == 0 {
                    return Err(NoPlace::Full);
                }
                let used = |partner| places.by_partner.get(partner).copied().unwrap_or_default();
                if let Some(partner) = &behalf.partner
                    && used(partner) >= FLOOR.max(SHARE * free)
                {
                    return Err(NoPlace::PartnersShare);
                }
                let about = |card| places.by_card.get(card).copied().unwrap_or_default();
                if let Some(card) = &behalf.card
                    && about(card) >= self.about_a_card
                {
                    return Err(NoPlace::CardsShare);
                }
                places.new += 1;
                // What settles something is nobody's share: it may not be refused.
                add(&mut places.by_partner, behalf.partner);
                add(&mut places.by_card, behalf.card);
            }
            CallClass::Settling | CallClass::LookUp => {}
        }
        places.all += 1;
        drop(places);
        self.waiting.inc();
        Ok(Permit {
            bulkhead: self.clone(),
            class,
            behalf,
        })
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Held for as long as a call lasts.
#[derive(Debug)]
pub(super) struct Permit {
    bulkhead: Bulkhead,
    class: CallClass,
    behalf: Behalf,
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.bulkhead.waiting.dec();
        let mut places = self.bulkhead.places();
        places.all = places.all.saturating_sub(1);
        match self.class {
            CallClass::New => {
                places.new = places.new.saturating_sub(1);
                take(&mut places.by_partner, self.behalf.partner);
                take(&mut places.by_card, self.behalf.card);
            }
            CallClass::Settling | CallClass::LookUp => {}
        }
    }
}

fn add<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: Option<K>) {
    if let Some(key) = key {
        *counts.entry(key).or_default() += 1;
    }
}

/// What has none any more is forgotten.
fn take<K: Hash + Eq>(counts: &mut HashMap<K, usize>, key: Option<K>) {
    if let Some(key) = key
        && let Some(count) = counts.get_mut(&key)
    {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(&key);
        }
    }
}

#[cfg(test)]
#[path = "bulkhead_tests.rs"]
mod tests;
