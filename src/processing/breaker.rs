//! Stops calling an address that does not answer, for a few seconds at a time.
//!
//! That one card's calls are lost says little about its network: the failures of several cards open the circuit, and where
//! several partners call, those of more than one. That no connection can be made says all, whoever calls, and so does a login
//! that is not taken. A card whose calls are lost again and again is left alone by itself.
//!
//! A call that is rejected here was never sent, so it is refused at once and its outcome is known. Admission also takes a
//! permit of the network's [`Bulkhead`].

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::bulkhead::{Bulkhead, CallClass, NoPlace, Permit};
use super::told_server::ToldServer;
use crate::domain::behalf::{Behalf, CardKey};
use crate::traffic::{self, ShownCircuit};

/// After so many failures without an answer in between the circuit opens,
const FAILURES: u32 = 20;
/// if they are of so many cards.
const CARDS: usize = 8;
/// After so many connections in a row that could not be made it opens.
const CONNECTIONS: u32 = 5;
/// After so many denials in a row it opens. One may be about the call: what stands in front of a network denies a text too.
const DENIALS: u32 = 3;
/// How long the circuit stays open before one exchange may probe the address.
const PAUSE: Duration = Duration::from_secs(5);
/// The same where our login was not taken. A probe that moves money is then left in doubt, and a look-up that is answered ends
/// the pause.
const DENIED_PAUSE: Duration = Duration::from_secs(30);
/// While it is open, what settles something may try this often.
const SETTLING: Duration = Duration::from_secs(1);
/// The same where our login was not taken, and for look-ups alone: whatever moves money would be left in doubt, and servers lock
/// a login that is tried too often.
const DENIED_LOOK_UPS: Duration = Duration::from_secs(10);
/// How many probes may be under way at last, before the circuit closes.
const PROBES: u32 = 8;
/// How long a card is left alone.
const CARDS_PAUSE: Duration = Duration::from_secs(30);
/// How many cards are remembered that have lost calls.
const MOST_CARDS: usize = 4_096;

/// Decides whether an exchange with an address may begin.
#[derive(Debug)]
pub struct CircuitBreaker {
    /// `None`: any number of exchanges may wait, and failures count whoever calls.
    bulkhead: Option<Bulkhead>,
    /// So many lost calls of a card in a row leave it alone.
    card_failures: u32,
    told: ToldServer,
    shown: ShownCircuit,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    circuit: Circuit,
    /// Cards that have lost calls since their last answer.
    cards: HashMap<CardKey, LostCard>,
}

#[derive(Debug, Clone, Copy)]
struct LostCard {
    failures: u32,
    until: Option<Instant>,
}

#[derive(Debug)]
enum Circuit {
    /// The address answers.
    Closed(Window),
    /// The address does not answer, or does not let us in, and is not called until then.
    Open {
        by: Fault,
        until: Instant,
        settling_from: Instant,
    },
    /// So many exchanges may probe the address, and so many do.
    HalfOpen {
        /// What opened it.
        by: Fault,
        places: u32,
        probing: u32,
    },
}

/// What has happened since the last answer.
#[derive(Debug, Default)]
struct Window {
    failures: u32,
    connections: u32,
    denials: u32,
    /// Of whom failures are: cards; where none is known, partners.
    failed: HashSet<CardKey>,
    failed_partners: HashSet<Uuid>,
    partners: HashSet<Uuid>,
}

/// Why an exchange must not begin; for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    #[error(transparent)]
    NoPlace(#[from] NoPlace),
    #[error(
        "the address does not answer, or does not let us in; calls to it are paused for some seconds"
    )]
    CircuitOpen,
    #[error("calls about this card were lost again and again; it is left alone for a while")]
    CardLeftAlone,
}

/// How an exchange failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No connection could be made, or not in time: no card is at fault.
    Connection,
    /// The request was sent, and no answer came.
    Silence,
    /// Our login was not taken: no card is at fault, and each call would end so.
    Denied,
}

impl Fault {
    /// How long the address is not called then.
    fn pause(self) -> Duration {
        match self {
            Self::Connection | Self::Silence => PAUSE,
            Self::Denied => DENIED_PAUSE,
        }
    }

    /// How often what settles something may try meanwhile.
    fn settles_every(self) -> Duration {
        match self {
            Self::Connection | Self::Silence => SETTLING,
            Self::Denied => DENIED_LOOK_UPS,
        }
    }

    /// Whether such a call may try meanwhile.
    fn admits(self, class: CallClass) -> bool {
        match (class, self) {
            (CallClass::New, _) | (CallClass::Settling, Self::Denied) => false,
            // Undoing must not wait for a stranger's fault.
            (CallClass::Settling, Self::Connection | Self::Silence) | (CallClass::LookUp, _) => {
                true
            }
        }
    }
}

impl AdmissionError {
    /// The word for it in logs and figures.
    fn cause(self) -> &'static str {
        match self {
            Self::NoPlace(why) => why.cause(),
            Self::CircuitOpen => "circuit_open",
            Self::CardLeftAlone => "card_left_alone",
        }
    }
}

impl CircuitBreaker {
    /// The breaker of an address.
    #[must_use]
    pub fn new(told: ToldServer) -> Self {
        Self {
            bulkhead: None,
            card_failures: u32::MAX,
            shown: told.circuit(),
            told,
            state: Mutex::new(State {
                circuit: Circuit::Closed(Window::default()),
                cards: HashMap::new(),
            }),
        }
    }

    /// The breaker of an address whose network has this bulkhead.
    #[must_use]
    pub fn within(bulkhead: &Bulkhead) -> Self {
        Self {
            bulkhead: Some(bulkhead.clone()),
            card_failures: bulkhead.lost_of_a_card,
            ..Self::new(bulkhead.told.clone())
        }
    }

    /// Lets an exchange begin.
    ///
    /// # Errors
    /// It must not begin; no byte may be sent.
    pub fn admit(&self, class: CallClass, behalf: Behalf) -> Result<Admitted<'_>, AdmissionError> {
        let admitted = self.judge(class, behalf);
        if let Err(error) = &admitted {
            self.told.uncalled(error.cause());
        }
        admitted
    }

    fn judge(&self, class: CallClass, behalf: Behalf) -> Result<Admitted<'_>, AdmissionError> {
        let permit = match &self.bulkhead {
            Some(bulkhead) => Some(bulkhead.acquire(class, behalf)?),
            None => None,
        };
        let now = Instant::now();
        let mut state = self.state();
        if let (CallClass::New, Some(card)) = (class, &behalf.card) {
            let lost = state.cards.get(card);
            if lost
                .and_then(|lost| lost.until)
                .is_some_and(|until| until > now)
            {
                return Err(AdmissionError::CardLeftAlone);
            }
        }
        let probes = state.circuit.admit(class, behalf, now)?;
        self.shown.set(state.circuit.shown());
        drop(state);
        Ok(Admitted {
            breaker: self,
            behalf,
            probes,
            _permit: permit,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count_lost_card(&self, cards: &mut HashMap<CardKey, LostCard>, card: CardKey, now: Instant) {
        if cards.len() >= MOST_CARDS && !cards.contains_key(&card) {
            cards.retain(|_, lost| lost.until.is_some_and(|until| until > now));
            if cards.len() >= MOST_CARDS {
                return;
            }
        }
        let lost = cards.entry(card).or_insert(LostCard {
            failures: 0,
            until: None,
        });
        lost.failures = lost.failures.saturating_add(1);
        if lost.failures >= self.card_failures {
            lost.until = Some(now + CARDS_PAUSE);
        }
    }
}

impl Circuit {
    fn open(by: Fault, pause: Duration, now: Instant) -> Self {
        Self::Open {
            by,
            until: now + pause,
            settling_from: now + by.settles_every(),
        }
    }

    fn shown(&self) -> traffic::Circuit {
        match self {
            Self::Closed(_) => traffic::Circuit::Closed,
            Self::Open { .. } => traffic::Circuit::Open,
            Self::HalfOpen { .. } => traffic::Circuit::HalfOpen,
        }
    }

    /// Whether an exchange that begins is a probe.
    fn admit(
        &mut self,
        class: CallClass,
        behalf: Behalf,
        now: Instant,
    ) -> Result<bool, AdmissionError> {
        match self {
            Self::Closed(window) => {
                window.partners.extend(behalf.partner);
                Ok(false)
            }
            Self::Open { by, until, .. } if *until <= now => {
                *self = Self::HalfOpen {
                    by: *by,
                    places: 1,
                    probing: 1,
                };
                Ok(true)
            }
            Self::Open {
                by, settling_from, ..
            } if by.admits(class) && *settling_from <= now => {
                *settling_from = now + by.settles_every();
                Ok(false)
            }
            Self::HalfOpen {
                places, probing, ..
            } if *probing < *places => {
                *probing += 1;
                Ok(true)
            }
            Self::Open { .. } | Self::HalfOpen { .. } => Err(AdmissionError::CircuitOpen),
        }
    }

    fn answered(&mut self) {
        match self {
            // After a pause the callers do not all come at once.
            Self::HalfOpen { places, .. } if *places < PROBES => *places *= 2,
            Self::HalfOpen { .. } => *self = Self::Closed(Window::default()),
            Self::Open { until, .. } => *until = Instant::now(),
            Self::Closed(window) => {
                let partners = std::mem::take(&mut window.partners);
                *window = Window {
                    partners: match window.failures {
                        0 => partners,
                        _ => HashSet::new(),
                    },
                    ..Window::default()
                };
            }
        }
    }

    /// Whether that opens it.
    fn failed(&mut self, fault: Fault, behalf: Behalf, counts_cards: bool, now: Instant) -> bool {
        let opens = match self {
            Self::Closed(window) => {
                window.count(fault, behalf);
                window.opens(counts_cards).then(|| fault.pause())
            }
            // One denial may be about the call alone.
            Self::HalfOpen { by, places, .. } => match (fault, *by, *places) {
                (Fault::Denied, Fault::Denied, 1) => Some(DENIED_PAUSE),
                (Fault::Denied | Fault::Silence | Fault::Connection, _, _) => Some(PAUSE),
            },
            // This exchange began before the circuit opened, or settles something.
            Self::Open { .. } => None,
        };
        if let Some(pause) = opens {
            *self = Self::open(fault, pause, now);
        }
        opens.is_some()
    }
}

impl Window {
    fn count(&mut self, fault: Fault, behalf: Behalf) {
        match fault {
            Fault::Connection => (self.connections, self.denials) = (self.connections + 1, 0),
            Fault::Silence => (self.connections, self.denials) = (0, 0),
            Fault::Denied => (self.connections, self.denials) = (0, self.denials + 1),
        }
        self.failures += 1;
        let partner = || behalf.partner?.into_bytes().repeat(2).try_into().ok();
        let whose = behalf.card.or_else(partner);
        if self.failed.len() < CARDS {
            self.failed.extend(whose);
        }
        if self.failed_partners.len() < 2 {
            self.failed_partners.extend(behalf.partner);
        }
    }

    fn opens(&self, counts_cards: bool) -> bool {
        let by_many = self.failed.len() >= CARDS
            && (self.partners.len() < 2 || self.failed_partners.len() >= 2);
        self.connections >= CONNECTIONS && counts_cards
            || self.denials >= DENIALS
            || self.failures >= FAILURES && (by_many || !counts_cards)
    }
}

/// An exchange that has begun. Dropping it without [`Admitted::answered`] or [`Admitted::failed`] says nothing about the
/// address.
#[derive(Debug)]
pub struct Admitted<'a> {
    breaker: &'a CircuitBreaker,
    behalf: Behalf,
    probes: bool,
    _permit: Option<Permit>,
}

impl Admitted<'_> {
    /// The address answered, whatever the answer was, unless it does not let us in.
    pub fn answered(self) {
        let mut state = self.breaker.state();
        if let Some(card) = &self.behalf.card {
            state.cards.remove(card);
        }
        state.circuit.answered();
        self.breaker.shown.set(state.circuit.shown());
    }

    /// The address did not answer, or does not let us in.
    pub fn failed(self, fault: Fault) {
        let now = Instant::now();
        let mut state = self.breaker.state();
        if let (Fault::Silence, Some(card)) = (fault, self.behalf.card) {
            self.breaker.count_lost_card(&mut state.cards, card, now);
        }
        let counts_cards = self.breaker.bulkhead.is_some();
        if state.circuit.failed(fault, self.behalf, counts_cards, now) {
            self.breaker.told.opened_circuit();
        }
        self.breaker.shown.set(state.circuit.shown());
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        if self.probes
            && let Circuit::HalfOpen { probing, .. } = &mut self.breaker.state().circuit
        {
            *probing = probing.saturating_sub(1);
        }
    }
}

#[cfg(test)]
#[path = "breaker_tests.rs"]
mod tests;
