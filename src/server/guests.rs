//! Who may be connected? Each source so many times, all together so many; when the house is full, the one that has been idle
//! longest makes room for a new one.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use listener::guarded::Progress;
use tokio_util::sync::CancellationToken;

use crate::domain::source::{Source, SourceKey, TrustedProxies};

/// The connections that are open.
pub(super) struct Guests {
    most: usize,
    most_of_a_source: usize,
    /// They come for many others, so their own number is not limited.
    proxies: TrustedProxies,
    house: Mutex<House>,
}

#[derive(Default)]
struct House {
    next: u64,
    guests: HashMap<u64, Seat>,
    of_source: HashMap<SourceKey, usize>,
}

struct Seat {
    source: SourceKey,
    progress: Arc<Progress>,
    leave: CancellationToken,
}

/// A connection that was let in. It leaves when this is dropped.
pub(super) struct Guest {
    guests: Arc<Guests>,
    number: u64,
    pub(super) source: SourceKey,
    pub(super) progress: Arc<Progress>,
    /// It must make room for another one.
    pub(super) leave: CancellationToken,
}

/// Why a connection is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoSeat {
    /// Its source has as many as it may.
    Source,
    /// All are busy.
    Full,
}

impl Guests {
    pub(super) fn new(most: usize, most_of_a_source: usize, proxies: TrustedProxies) -> Self {
        Self {
            most,
            most_of_a_source,
            proxies,
            house: Mutex::default(),
        }
    }

    /// Lets a connection from this address in, and another one out where there is no room.
    pub(super) fn admit(self: &Arc<Self>, peer: IpAddr) -> Result<Guest, NoSeat> {
        let source = Source::of(peer).key();
        let mut house = self.house();
        let of_source = house.of_source.get(&source).copied().unwrap_or_default();
        if of_source >= self.most_of_a_source && !self.proxies.has(peer) {
            return Err(NoSeat::Source);
        }
        if house.guests.len() >= self.most {
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

    fn house(&self) -> MutexGuard<'_, House> {
        self.house.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl House {
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

    fn remove(&mut self, number: u64) -> Option<Seat> {
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

impl Drop for Guest {
    fn drop(&mut self) {
        self.guests.house().remove(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::Block;

    fn guests(most: usize, most_of_a_source: usize) -> Arc<Guests> {
        let proxies = TrustedProxies::new(vec![Block::parse("10.0.0.1").unwrap()]);
        Arc::new(Guests::new(most, most_of_a_source, proxies))
    }

    fn from(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn a_source_has_so_many_and_a_proxy_any_number() {
        let guests = guests(100, 2);
        let first = guests.admit(from(1)).unwrap();
        let _second = guests.admit(from(1)).unwrap();
        assert_eq!(guests.admit(from(1)).err(), Some(NoSeat::Source));
        let _other = guests.admit(from(2)).unwrap();
        drop(first);
        let _again = guests.admit(from(1)).unwrap();
        let proxied: Vec<Guest> = (0..20)
            .map(|_| guests.admit([10, 0, 0, 1].into()).unwrap())
            .collect();
        assert_eq!(guests.len(), 23);
        drop(proxied);
        assert_eq!(guests.len(), 3);
    }

    #[test]
    fn a_full_house_sends_strangers_away_first_and_the_busy_never() {
        let guests = guests(4, 4);
        let busy = guests.admit(from(1)).unwrap();
        busy.progress.serve();
        let partner = guests.admit(from(2)).unwrap();
        partner.progress.authenticated();
        partner.progress.rest();
        let crowd = [
            guests.admit(from(3)).unwrap(),
            guests.admit(from(3)).unwrap(),
        ];
        let left = |guest: &Guest| guest.leave.is_cancelled();

        // One of the crowd makes room, although the partner's connection is older.
        let new = guests.admit(from(4)).unwrap();
        new.progress.serve();
        assert_eq!(crowd.iter().filter(|guest| left(guest)).count(), 1);
        assert_eq!(guests.len(), 4);
        let newer = guests.admit(from(5)).unwrap();
        newer.progress.serve();
        assert!(crowd.iter().all(left) && !left(&partner) && !left(&busy));
        // Then the partner's own, and then nobody does.
        let newest = guests.admit(from(6)).unwrap();
        newest.progress.serve();
        assert!(left(&partner));
        assert_eq!(guests.admit(from(7)).err(), Some(NoSeat::Full));
        // Those who were sent away do not count twice when they leave.
        drop((crowd, partner));
        assert_eq!(guests.len(), 4);
        drop(busy);
        assert!(guests.admit(from(7)).is_ok());
    }
}
