use super::*;

const PROXY: u8 = 10;

fn guests(all: usize, of_a_source: usize) -> Arc<Guests<u8>> {
    Arc::new(Guests::new(Seats { all, of_a_source }))
}

fn came(guests: &Arc<Guests<u8>>, source: u8) -> Result<Guest<u8>, NoSeat> {
    guests.admit(source, source == PROXY)
}

#[test]
fn a_source_has_so_many_and_a_proxy_any_number() {
    let guests = guests(100, 2);
    let first = came(&guests, 1).unwrap();
    let _second = came(&guests, 1).unwrap();
    assert_eq!(came(&guests, 1).err(), Some(NoSeat::Source));
    let _other = came(&guests, 2).unwrap();
    drop(first);
    let _again = came(&guests, 1).unwrap();
    let proxied: Vec<Guest<u8>> = (0..20).map(|_| came(&guests, PROXY).unwrap()).collect();
    assert_eq!(guests.len(), 23);
    drop(proxied);
    assert_eq!(guests.len(), 3);
}

#[test]
fn a_full_house_sends_strangers_away_first_and_the_busy_never() {
    let guests = guests(4, 4);
    let busy = came(&guests, 1).unwrap();
    busy.progress.serve();
    let partner = came(&guests, 2).unwrap();
    partner.progress.authenticated();
    partner.progress.rest();
    let crowd = [came(&guests, 3).unwrap(), came(&guests, 3).unwrap()];
    let left = |guest: &Guest<u8>| guest.leave.is_cancelled();

    // One of the crowd makes room, although the partner's connection is older.
    let new = came(&guests, 4).unwrap();
    new.progress.serve();
    assert_eq!(crowd.iter().filter(|guest| left(guest)).count(), 1);
    assert_eq!(guests.len(), 4);
    let newer = came(&guests, 5).unwrap();
    newer.progress.serve();
    assert!(crowd.iter().all(left) && !left(&partner) && !left(&busy));
    // Then the partner's own, and then nobody does.
    let newest = came(&guests, 6).unwrap();
    newest.progress.serve();
    assert!(left(&partner));
    assert_eq!(came(&guests, 7).err(), Some(NoSeat::Full));
    // Those who were sent away do not count twice when they leave.
    drop((crowd, partner));
    assert_eq!(guests.len(), 4);
    drop(busy);
    assert!(came(&guests, 7).is_ok());
}
