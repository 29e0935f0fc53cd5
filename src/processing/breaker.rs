//! Stops calling an address that does not answer, for a few seconds at a time.
//!
//! A call that is rejected here was never sent, so it is refused at once and its outcome is known. Admission also takes a
//! permit of the network's [`Bulkhead`].

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::bulkhead::{Bulkhead, CallClass, Permit};

/// After so many failures in a row the circuit opens.
const FAILURES: u32 = 20;
/// How long the circuit stays open before one exchange may probe the address.
const PAUSE: Duration = Duration::from_secs(5);

/// Decides whether an exchange with an address may begin.
#[derive(Debug)]
pub struct CircuitBreaker {
    /// `None`: any number of exchanges may wait.
    bulkhead: Option<Bulkhead>,
    state: Mutex<CircuitState>,
}

#[derive(Debug, Clone, Copy)]
enum CircuitState {
    /// The address answers. `failures` counts those since its last answer.
    Closed { failures: u32 },
    /// The address does not answer and is not called until then.
    Open { until: Instant },
    /// One exchange is probing the address.
    HalfOpen,
}

/// Why an exchange must not begin; for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AdmissionError {
    #[error("too many calls to this network are waiting")]
    BulkheadFull,
    #[error("the address has stopped answering; calls to it are paused for a few seconds")]
    CircuitOpen,
}

impl Default for CircuitBreaker {
    fn default() -> Self {
        Self {
            bulkhead: None,
            state: Mutex::new(CircuitState::Closed { failures: 0 }),
        }
    }
}

impl CircuitBreaker {
    /// The breaker of an address whose network has this bulkhead.
    #[must_use]
    pub fn within(bulkhead: &Bulkhead) -> Self {
        Self {
            bulkhead: Some(bulkhead.clone()),
            ..Self::default()
        }
    }

    /// Lets an exchange begin.
    ///
    /// # Errors
    /// It must not begin; no byte may be sent.
    pub fn admit(&self, class: CallClass) -> Result<Admitted<'_>, AdmissionError> {
        let permit = match &self.bulkhead {
            Some(bulkhead) => Some(
                bulkhead
                    .acquire(class)
                    .ok_or(AdmissionError::BulkheadFull)?,
            ),
            None => None,
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match *state {
            CircuitState::Closed { .. } => {}
            CircuitState::Open { until } if until <= Instant::now() => {
                *state = CircuitState::HalfOpen;
            }
            CircuitState::Open { .. } | CircuitState::HalfOpen => {
                return Err(AdmissionError::CircuitOpen);
            }
        }
        drop(state);
        Ok(Admitted {
            breaker: self,
            ended: false,
            _permit: permit,
        })
    }

    fn set(&self, change: impl FnOnce(CircuitState) -> CircuitState) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = change(*state);
    }
}

/// An exchange that has begun. Dropping it without [`Admitted::answered`] or [`Admitted::failed`] says nothing about the
/// address.
#[derive(Debug)]
pub struct Admitted<'a> {
    breaker: &'a CircuitBreaker,
    ended: bool,
    _permit: Option<Permit>,
}

impl Admitted<'_> {
    /// The address answered, whatever the answer was.
    pub fn answered(mut self) {
        self.ended = true;
        self.breaker.set(|_| CircuitState::Closed { failures: 0 });
    }

    /// The address did not answer.
    pub fn failed(mut self) {
        self.ended = true;
        self.breaker.set(|state| match state {
            CircuitState::Closed { failures } if failures + 1 < FAILURES => CircuitState::Closed {
                failures: failures + 1,
            },
            CircuitState::Closed { .. } | CircuitState::HalfOpen => CircuitState::Open {
                until: Instant::now() + PAUSE,
            },
            // This exchange began before the circuit opened.
            CircuitState::Open { .. } => state,
        });
    }
}

impl Drop for Admitted<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.breaker.set(|state| match state {
                CircuitState::HalfOpen => CircuitState::Open {
                    until: Instant::now(),
                },
                CircuitState::Closed { .. } | CircuitState::Open { .. } => state,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(breaker: &CircuitBreaker, times: u32) {
        for _ in 0..times {
            breaker.admit(CallClass::New).unwrap().failed();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_open_circuit_is_probed_by_one_exchange_after_the_pause() {
        let breaker = CircuitBreaker::default();
        fail(&breaker, FAILURES - 1);
        breaker.admit(CallClass::New).unwrap().answered();
        fail(&breaker, FAILURES);
        assert_eq!(
            breaker.admit(CallClass::New).unwrap_err(),
            AdmissionError::CircuitOpen
        );
        tokio::time::advance(PAUSE).await;

        let probe = breaker.admit(CallClass::New).unwrap();
        assert_eq!(
            breaker.admit(CallClass::New).unwrap_err(),
            AdmissionError::CircuitOpen
        );
        probe.failed();
        assert_eq!(
            breaker.admit(CallClass::New).unwrap_err(),
            AdmissionError::CircuitOpen
        );
        tokio::time::advance(PAUSE).await;

        // A dropped probe says nothing: the next exchange probes.
        drop(breaker.admit(CallClass::New).unwrap());
        breaker.admit(CallClass::New).unwrap().answered();
        fail(&breaker, FAILURES - 1);
        assert!(breaker.admit(CallClass::New).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_failure_does_not_prolong_the_pause() {
        let breaker = CircuitBreaker::default();
        let early = breaker.admit(CallClass::New).unwrap();
        fail(&breaker, FAILURES);
        tokio::time::advance(PAUSE / 2).await;
        early.failed();
        tokio::time::advance(PAUSE / 2).await;
        assert!(breaker.admit(CallClass::New).is_ok());
    }

    #[test]
    fn all_addresses_of_a_network_share_its_bulkhead() {
        let bulkhead = Bulkhead::of(1_000);
        let (payments, history) = (
            CircuitBreaker::within(&bulkhead),
            CircuitBreaker::within(&bulkhead),
        );
        let mut waiting: Vec<_> = (0..600)
            .map(|n| {
                if n % 2 == 0 {
                    payments.admit(CallClass::New)
                } else {
                    history.admit(CallClass::New)
                }
                .unwrap()
            })
            .collect();
        assert_eq!(
            payments.admit(CallClass::New).unwrap_err(),
            AdmissionError::BulkheadFull
        );
        assert_eq!(
            history.admit(CallClass::New).unwrap_err(),
            AdmissionError::BulkheadFull
        );
        // Calls that settle something get a quarter on top.
        let mut settling: Vec<_> = (0..150)
            .map(|_| payments.admit(CallClass::Settling).unwrap())
            .collect();
        assert_eq!(
            history.admit(CallClass::Settling).unwrap_err(),
            AdmissionError::BulkheadFull
        );
        settling.pop();
        assert_eq!(
            payments.admit(CallClass::New).unwrap_err(),
            AdmissionError::BulkheadFull
        );
        waiting.pop();
        assert!(payments.admit(CallClass::New).is_ok());
    }
}
