use proptest::prelude::*;

use super::*;

fn bulkhead(max_in_flight: usize, at_once: usize) -> Bulkhead {
    Bulkhead::of(
        max_in_flight,
        CardLimits { at_once, lost: 5 },
        ToldServer::default(),
    )
}

fn partner(number: u128) -> Behalf {
    Behalf::of_partner(Uuid::from_u128(number))
}

fn card(number: u8) -> Behalf {
    partner(u128::from(number)).about(&[number; 32])
}

fn fill(bulkhead: &Bulkhead, behalf: Behalf) -> Vec<Permit> {
    std::iter::from_fn(|| bulkhead.acquire(CallClass::New, behalf).ok()).collect()
}

#[test]
fn a_small_gateway_has_the_smallest_bulkhead() {
    assert_eq!(bulkhead(50, 4).new_calls, MIN_NEW_CALLS);
}

#[test]
fn a_greedy_partner_leaves_places_for_others() {
    let bulkhead = bulkhead(1_000, 1_000);
    let greedy = fill(&bulkhead, partner(1));
    assert_eq!(greedy.len(), 480);
    let denied = bulkhead.acquire(CallClass::New, partner(1)).unwrap_err();
    assert_eq!(denied, NoPlace::PartnersShare);
    // One who comes later gets most of what is left, and again something stays free.
    let later = fill(&bulkhead, partner(2));
    assert_eq!(later.len(), 96);
    assert_eq!(fill(&bulkhead, partner(3)).len(), 20);
    drop(greedy);
    let again = fill(&bulkhead, partner(2));
    assert!(later.len() + again.len() > 400, "{}", again.len());
}

#[test]
fn a_card_has_few_places_and_its_partner_many() {
    let bulkhead = bulkhead(1_000, 4);
    let slow = fill(&bulkhead, card(1));
    assert_eq!(slow.len(), 4);
    let denied = bulkhead.acquire(CallClass::New, card(1)).unwrap_err();
    assert_eq!(denied, NoPlace::CardsShare);
    assert!(bulkhead.acquire(CallClass::New, partner(1)).is_ok());
    assert!(bulkhead.acquire(CallClass::New, card(2)).is_ok());
    assert!(bulkhead.acquire(CallClass::Settling, card(1)).is_ok());
    drop(slow);
    assert!(bulkhead.acquire(CallClass::New, card(1)).is_ok());
    let places = bulkhead.places();
    assert!(places.by_card.is_empty() && places.by_partner.is_empty());
    assert_eq!((places.new, places.all), (0, 0));
}

proptest! {
    /// Whatever was taken and given back: a partner that has nothing gets a place, unless all are taken; and nobody has more
    /// than its threshold allowed when it took its last.
    #[test]
    fn whoever_has_nothing_gets_a_place(
        steps in proptest::collection::vec((0_u128..5, any::<bool>(), 1_usize..60), 1..60),
    ) {
        let bulkhead = bulkhead(0, 1_000);
        let mut held: Vec<(u128, Permit)> = Vec::new();
        for (who, takes, times) in steps {
            for _ in 0..times {
                if takes {
                    let used = held.iter().filter(|(holder, _)| *holder == who).count();
                    let free = bulkhead.new_calls - held.len();
                    match bulkhead.acquire(CallClass::New, partner(who)) {
                        Ok(permit) => {
                            prop_assert!(used < FLOOR.max(SHARE * free));
                            held.push((who, permit));
                        }
                        Err(_) => prop_assert!(free == 0 || used >= FLOOR.max(SHARE * free)),
                    }
                } else if let Some(at) = held.iter().position(|(holder, _)| *holder == who) {
                    held.swap_remove(at);
                }
            }
            let newcomer = bulkhead.acquire(CallClass::New, partner(99));
            prop_assert!(newcomer.is_ok() || held.len() == bulkhead.new_calls);
        }
    }
}
