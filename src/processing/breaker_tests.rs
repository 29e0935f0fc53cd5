use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use super::super::bulkhead::CardLimits;
use super::*;
use crate::exchange_counts::ExchangeCounts;
use crate::notices::Notices;

fn partner(number: u128) -> Behalf {
    Behalf::of_partner(Uuid::from_u128(number))
}

/// A partner's card.
fn card(of: u128, number: u8) -> Behalf {
    partner(of).about(&[number; 32])
}

fn limited() -> CircuitBreaker {
    let cards = CardLimits {
        at_once: 1_000,
        lost: 5,
    };
    CircuitBreaker::within(&Bulkhead::of(1_000, cards, ToldServer::default()))
}

fn is_admitted(breaker: &CircuitBreaker, behalf: Behalf) -> bool {
    breaker.admit(CallClass::New, behalf).is_ok()
}

fn lose(breaker: &CircuitBreaker, behalf: Behalf) {
    let admitted = breaker.admit(CallClass::New, behalf).unwrap();
    admitted.failed(Fault::Silence);
}

fn open() -> CircuitBreaker {
    let breaker = limited();
    for _ in 0..CONNECTIONS {
        let admitted = breaker.admit(CallClass::New, card(1, 1)).unwrap();
        admitted.failed(Fault::Connection);
    }
    breaker
}

const NO_CIRCUIT: AdmissionError = AdmissionError::CircuitOpen;

#[tokio::test(start_paused = true)]
async fn one_cards_lost_calls_leave_that_card_alone_and_nobody_else() {
    let breaker = limited();
    for _ in 0..5 {
        lose(&breaker, card(1, 1));
    }
    let refused = breaker.admit(CallClass::New, card(1, 1)).unwrap_err();
    assert_eq!(refused, AdmissionError::CardLeftAlone);
    assert!(breaker.admit(CallClass::Settling, card(1, 1)).is_ok());
    assert!(is_admitted(&breaker, card(1, 2)) && is_admitted(&breaker, partner(2)));
    tokio::time::advance(CARDS_PAUSE).await;
    // It had its chance; the next lost call leaves it alone again.
    lose(&breaker, card(1, 1));
    assert!(!is_admitted(&breaker, card(1, 1)));
    tokio::time::advance(CARDS_PAUSE).await;
    let admitted = breaker.admit(CallClass::New, card(1, 1)).unwrap();
    admitted.answered();
    for _ in 0..4 {
        lose(&breaker, card(1, 1));
    }
    assert!(is_admitted(&breaker, card(1, 1)));
}

#[tokio::test(start_paused = true)]
async fn few_cards_do_not_open_the_circuit_and_many_do() {
    let (few, many) = (limited(), limited());
    for round in 0..4_u8 {
        for number in 0..7 {
            lose(&few, card(1, number));
        }
        for number in 0..8 {
            if round * 8 + number < 20 {
                lose(&many, card(1, number));
            }
        }
    }
    assert!(is_admitted(&few, card(1, 99)));
    assert_eq!(
        many.admit(CallClass::New, card(1, 99)).unwrap_err(),
        NO_CIRCUIT
    );
}

#[tokio::test(start_paused = true)]
async fn where_several_partners_call_the_failures_of_one_do_not_open_the_circuit() {
    let breaker = limited();
    drop(breaker.admit(CallClass::New, card(2, 200)).unwrap());
    for n in 0..40 {
        lose(&breaker, card(1, n));
    }
    assert!(is_admitted(&breaker, card(2, 201)));
    lose(&breaker, card(2, 200));
    assert!(!is_admitted(&breaker, card(2, 201)));
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_between_begins_anew() {
    let breaker = limited();
    for n in 0..19 {
        lose(&breaker, card(1, n));
    }
    breaker
        .admit(CallClass::New, card(1, 50))
        .unwrap()
        .answered();
    for n in 0..19 {
        lose(&breaker, card(1, n));
    }
    assert!(is_admitted(&breaker, card(1, 50)));
    lose(&breaker, card(1, 60));
    assert!(!is_admitted(&breaker, card(1, 50)));
}

#[tokio::test(start_paused = true)]
async fn connections_that_cannot_be_made_open_the_circuit_whoever_calls() {
    let breaker = open();
    let denied = breaker.admit(CallClass::New, card(2, 2)).unwrap_err();
    assert_eq!(denied, NO_CIRCUIT);
}

#[tokio::test(start_paused = true)]
async fn an_open_circuit_is_probed_by_one_then_by_more() {
    let breaker = open();
    tokio::time::advance(PAUSE).await;
    let probe = breaker.admit(CallClass::New, partner(1)).unwrap();
    assert!(!is_admitted(&breaker, partner(1)));
    probe.failed(Fault::Silence);
    assert!(!is_admitted(&breaker, partner(1)));
    tokio::time::advance(PAUSE).await;
    // A dropped probe says nothing: the next exchange probes.
    drop(breaker.admit(CallClass::New, partner(1)).unwrap());
    for places in [1, 2, 4, 8] {
        let probes: Vec<_> = (0..places)
            .map(|_| breaker.admit(CallClass::New, partner(1)).unwrap())
            .collect();
        assert!(!is_admitted(&breaker, partner(1)), "{places}");
        let mut probes = probes.into_iter();
        probes.next().unwrap().answered();
        drop(probes);
    }
    let many: Vec<_> = (0..20)
        .map(|_| breaker.admit(CallClass::New, partner(1)).unwrap())
        .collect();
    assert_eq!(many.len(), 20);
}

#[tokio::test(start_paused = true)]
async fn what_settles_something_passes_an_open_circuit_once_a_second() {
    let breaker = open();
    let settles = || breaker.admit(CallClass::Settling, partner(1)).map(drop);
    assert_eq!(settles(), Err(NO_CIRCUIT));
    for _ in 0..3 {
        tokio::time::advance(SETTLING).await;
        assert_eq!((settles(), settles()), (Ok(()), Err(NO_CIRCUIT)));
    }
}

#[tokio::test(start_paused = true)]
async fn a_late_failure_does_not_prolong_the_pause() {
    let breaker = limited();
    let early = breaker.admit(CallClass::New, partner(1)).unwrap();
    for _ in 0..CONNECTIONS {
        let admitted = breaker.admit(CallClass::New, partner(1)).unwrap();
        admitted.failed(Fault::Connection);
    }
    tokio::time::advance(PAUSE / 2).await;
    early.failed(Fault::Silence);
    tokio::time::advance(PAUSE / 2).await;
    assert!(is_admitted(&breaker, partner(1)));
}

fn denied(breaker: &CircuitBreaker) {
    let admitted = breaker.admit(CallClass::New, card(1, 1)).unwrap();
    admitted.failed(Fault::Denied);
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_not_taken_opens_the_circuit_until_somebody_is_let_in() {
    let breaker = limited();
    for _ in 0..2 {
        denied(&breaker);
        denied(&breaker);
        // A denial may be about the call alone.
        breaker
            .admit(CallClass::New, card(1, 2))
            .unwrap()
            .answered();
    }
    (0..DENIALS).for_each(|_| denied(&breaker));
    tokio::time::advance(PAUSE).await;
    assert!(!is_admitted(&breaker, card(2, 2)));
    // Look-ups go on, and say when it is over. A credit would be left in doubt, so it is not sent.
    let may = |class| breaker.admit(class, card(1, 1));
    assert!(may(CallClass::LookUp).is_err());
    tokio::time::advance(DENIED_LOOK_UPS - PAUSE).await;
    assert!(may(CallClass::Settling).is_err());
    may(CallClass::LookUp).unwrap().failed(Fault::Denied);
    assert!(!is_admitted(&breaker, card(2, 2)));
    tokio::time::advance(DENIED_LOOK_UPS).await;
    may(CallClass::LookUp).unwrap().answered();
    // Now it may be about this call alone again.
    may(CallClass::New).unwrap().answered();
    denied(&breaker);
    tokio::time::advance(PAUSE).await;
    assert!(is_admitted(&breaker, card(2, 2)));
}

/// The network is back, and its login, or our address, is not let in any more.
#[tokio::test(start_paused = true)]
async fn a_login_that_is_not_taken_after_another_fault_is_noticed() {
    let breaker = open();
    for _ in 0..2 {
        tokio::time::advance(PAUSE).await;
        denied(&breaker);
    }
    tokio::time::advance(PAUSE).await;
    let may = |class| breaker.admit(class, card(2, 2)).is_ok();
    assert!(!may(CallClass::New) && !may(CallClass::Settling));
    tokio::time::advance(DENIED_PAUSE - PAUSE).await;
    assert!(may(CallClass::New));
}

#[tokio::test(start_paused = true)]
async fn a_login_that_is_still_not_taken_pauses_as_long_again() {
    let breaker = limited();
    (0..DENIALS).for_each(|_| denied(&breaker));
    tokio::time::advance(DENIED_PAUSE).await;
    denied(&breaker);
    tokio::time::advance(PAUSE).await;
    assert!(!is_admitted(&breaker, card(2, 2)));
    tokio::time::advance(DENIED_PAUSE - PAUSE).await;
    assert!(is_admitted(&breaker, card(2, 2)));
}

/// The SMS provider and the fiscal service know no cards.
#[tokio::test(start_paused = true)]
async fn without_a_bulkhead_failures_count_whoever_calls() {
    let breaker = CircuitBreaker::new(ToldServer::default());
    for _ in 0..FAILURES {
        lose(&breaker, Behalf::default());
    }
    assert!(!is_admitted(&breaker, Behalf::default()));
}

#[test]
fn all_addresses_of_a_network_share_its_bulkhead() {
    let cards = CardLimits {
        at_once: 1_000,
        lost: 5,
    };
    let bulkhead = Bulkhead::of(1_000, cards, ToldServer::default());
    let (payments, history) = (
        CircuitBreaker::within(&bulkhead),
        CircuitBreaker::within(&bulkhead),
    );
    let nobody = Behalf::default();
    let mut waiting: Vec<_> = (0..600)
        .map(|n| {
            let at = if n % 2 == 0 { &payments } else { &history };
            at.admit(CallClass::New, nobody).unwrap()
        })
        .collect();
    let full = AdmissionError::NoPlace(NoPlace::Full);
    let refused = |at: &CircuitBreaker, class| at.admit(class, nobody).unwrap_err();
    assert_eq!(refused(&payments, CallClass::New), full);
    assert_eq!(refused(&history, CallClass::New), full);
    // Calls that settle something get a quarter on top.
    let mut settling: Vec<_> = (0..150)
        .map(|_| payments.admit(CallClass::Settling, nobody).unwrap())
        .collect();
    assert_eq!(refused(&history, CallClass::Settling), full);
    settling.pop();
    assert_eq!(refused(&payments, CallClass::New), full);
    waiting.pop();
    assert!(payments.admit(CallClass::New, nobody).is_ok());
}

/// Whatever keeps an exchange from beginning has a word of its own.
#[test]
fn operators_are_told_of_what_is_not_called() {
    let notices = Notices::default();
    let mut registry = Registry::default();
    notices.register(&mut registry);
    let cards = CardLimits {
        at_once: 2,
        lost: 3,
    };
    let told = ToldServer::new("uzcard", &notices, &ExchangeCounts::default());
    let bulkhead = Bulkhead::of(1, cards, told);
    let breaker = CircuitBreaker::within(&bulkhead);
    let refused = |behalf| breaker.admit(CallClass::New, behalf).unwrap_err();
    // A card of which too many calls wait, and one whose calls are lost.
    let waiting = [(); 2].map(|()| breaker.admit(CallClass::New, card(1, 1)).unwrap());
    refused(card(1, 1));
    for _ in 0..3 {
        lose(&breaker, card(1, 2));
    }
    refused(card(1, 2));
    // A partner with its share of 64 places, and then all of them taken.
    let share: Vec<_> = (3..)
        .map_while(|number| breaker.admit(CallClass::New, card(1, number)).ok())
        .collect();
    let others: Vec<_> = (100_u8..)
        .map_while(|number| {
            let behalf = card(number.into(), number);
            breaker.admit(CallClass::New, behalf).ok()
        })
        .collect();
    drop((waiting, share, others));
    for _ in 0..CONNECTIONS {
        let admitted = breaker.admit(CallClass::New, card(9, 9)).unwrap();
        admitted.failed(Fault::Connection);
    }
    refused(card(9, 9));
    let mut page = String::new();
    encode(&mut page, &registry).unwrap();
    for line in [
        r#"uncalled_servers_total{server="uzcard",cause="cards_share"} 1"#,
        r#"uncalled_servers_total{server="uzcard",cause="card_left_alone"} 1"#,
        r#"uncalled_servers_total{server="uzcard",cause="partners_share"} 1"#,
        r#"uncalled_servers_total{server="uzcard",cause="lane_full"} 1"#,
        r#"uncalled_servers_total{server="uzcard",cause="circuit_open"} 1"#,
        r#"opened_circuits_total{server="uzcard"} 1"#,
    ] {
        assert!(page.lines().any(|found| found == line), "{line}: {page}");
    }
}
