//! Who may be connected to a listener? Each source so many times, all together so many; when the house is full, the one that has been idle
//! longest makes room for a new one.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::guarded::Progress;

#[cfg(test)]
mod tests;

/// The connections that are open. `S` is what counts as one source.
pub struct Guests<S> {
    seats: Seats,
    house: Mutex<House<S>>,
}

/// How many connections there may be.
#[derive(Debug, Clone, Copy)]
pub struct Seats {
    pub all: usize,
    pub of_a_source: usize,
}

struct House<S> {
    next: u64,
    guests: HashMap<u64, Seat<S>>,
    of_source: HashMap<S, usize>,
}

struct Seat<S> {
    source: S,
    progress: Arc<Progress>,
    leave: CancellationToken,
}

/// A connection that was let in. It leaves when this is dropped.
pub struct Guest<S: Copy + Eq + Hash> {
    guests: Arc<Guests<S>>,
    number: u64,
    pub source: S,
    pub progress: Arc<Progress>,
    /// It must make room for another one.
    pub leave: CancellationToken,
}

/// Why a connection is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSeat {
    /// Its source has as many as it may.
    Source,
    /// All are busy.
    Full,
}

impl NoSeat {
    /// The word for it in logs and figures.
    #[must_use]
    pub fn cause(self) -> &'static str {
        match self {
            Self::Source => "too_many_of_a_source",
            Self::Full => "too_many",
        }
    }
}

impl<S: Copy + Eq + Hash> Guests<S> {
    /// A house with nobody in it yet.
    #[must_use]
    pub fn new(seats: Seats) -> Self {
        let house = House {
            next: 0,
            guests: HashMap::new(),
            of_source: HashMap::new(),
        };
        Self {
            seats,
            house: Mutex::new(house),
        }
    }

    /// Lets a connection from this source in, and another one out where there is no room. A proxy comes for many others, so
    /// the number of its own connections is not limited.
    ///
    /// # Errors
    /// See [`NoSeat`].
    pub fn admit(self: &Arc<Self>, source: S, is_proxy: bool) -> Result<Guest<S>, NoSeat> {
        let mut house = self.house();
        let of_source = house.of_source.get(&source).copied().unwrap_or_default();
        if of_source >= self.seats.of_a_source && !is_proxy {
            return Err(NoSeat::Source);
        }
        if house.guests.len() >= self.seats.all {
            let number = house.idle_longest().ok_or(NoSeat::Full)?;
            if let Some(seat) = house.remove(number) {
                seat.leave.cancel();
            }
        }
        let number = house.next;
        house.next += 1;
        *house.of_source.entry(source).or_default() += 1;
        let (progress, leave) = (Arc::new(Progress::default()), CancellationToken::new());
        let seat = Seat {
            source,
            progress: Arc::clone(&progress),
            leave: leave.clone(),
        };
        house.guests.insert(number, seat);
        drop(house);
        Ok(Guest {
            guests: Arc::clone(self),
            number,
            source,
            progress,
            leave,
        })
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.house().guests.len()
    }

    fn house(&self) -> MutexGuard<'_, House<S>> {
        self.house.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Copy + Eq + Hash> House<S> {
    /// Who makes room: one that never authenticated before one that did, then the one of the source that has most, then the
    /// one that has been idle longest.
    fn idle_longest(&self) -> Option<u64> {
        let idle = self.guests.iter().filter_map(|(number, seat)| {
            let since = seat.progress.idle_since()?;
            let of_source = self.of_source.get(&seat.source).copied();
            let rank = (
                seat.progress.has_authenticated(),
                std::cmp::Reverse(of_source),
                since,
            );
            Some((rank, *number))
        });
        idle.min().map(|(_, number)| number)
    }

    fn remove(&mut self, number: u64) -> Option<Seat<S>> {
        let seat = self.guests.remove(&number)?;
        if let Some(count) = self.of_source.get_mut(&seat.source) {
            *count -= 1;
            if *count == 0 {
                self.of_source.remove(&seat.source);
            }
        }
        Some(seat)
    }
}

impl<S: Copy + Eq + Hash> Drop for Guest<S> {
    fn drop(&mut self) {
        self.guests.house().remove(self.number);
    }
}
