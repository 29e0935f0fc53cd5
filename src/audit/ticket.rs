//! The rows of one call: places for them are taken before it runs, so that it is recorded whatever happens.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use entity::ids::TransactionId;
use entity::time::UnixMillis;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use uuid::Uuid;

use super::head::Head;
use super::log::{Audit, Unrecorded};
use super::record::Record;
use super::writer::What;
use crate::caller::{Arrival, Witness};

/// How long an answer waits for its row: as long as a result is tried to be recorded before the partner hears that its
/// outcome is unknown (`payment/record.rs`).
const LONGEST_WAIT: Duration = Duration::from_secs(6);

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It can move money.
    Money,
    /// It reads or changes a card.
    Card,
}

impl Kind {
    /// How many rows it can leave.
    pub(super) fn rows(self) -> u32 {
        match self {
            // That it is ordered, and what was answered.
            Self::Money => 2,
            Self::Card => 1,
        }
    }
}

/// Who calls what, and from where.
#[derive(Debug)]
pub struct AuditedCall {
    pub kind: Kind,
    pub who: String,
    pub arrival: Arrival,
    pub method: &'static str,
    /// What it is about, as far as the params say.
    pub object: String,
    pub request_id: Uuid,
}

/// The places for the rows of a call. Dropped without an answer, it records that there was none.
pub struct Ticket(Arc<Shared>);

struct Shared {
    audit: Arc<Audit>,
    call: AuditedCall,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    places: Option<OwnedSemaphorePermit>,
    /// The transaction that was ordered, and whether the row that says so lasts.
    ordered: Option<(TransactionId, Option<oneshot::Receiver<Head>>)>,
    is_answered: bool,
}

impl Ticket {
    /// Takes the places, so that the call is recorded whatever happens. `None`: too many rows wait.
    pub fn take(audit: &Arc<Audit>, call: AuditedCall) -> Option<Self> {
        let state = State {
            places: Some(audit.places(call.kind.rows())?),
            ..State::default()
        };
        Some(Self(Arc::new(Shared {
            audit: Arc::clone(audit),
            call,
            state: Mutex::new(state),
        })))
    }

    /// Hears that the call orders a movement of money.
    pub fn witness(&self) -> Arc<dyn Witness> {
        Arc::<Shared>::clone(&self.0)
    }

    /// Records what is answered, and returns when it may be: when the first row of the call lasts. What is refused without
    /// an order is not waited for.
    ///
    /// # Errors
    /// The writer is gone, or the row does not last in time.
    pub async fn answered(self, outcome: &str) -> Result<(), Unrecorded> {
        let lasts = self.0.answered(outcome, self.0.audit.now())?;
        match lasts {
            Some(lasts) => match tokio::time::timeout(LONGEST_WAIT, lasts).await {
                Ok(lasts) => lasts.map(drop).map_err(|_| Unrecorded::Gone),
                Err(_) => Err(Unrecorded::Late),
            },
            None => Ok(()),
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // The call panicked, or the process ends.
        let _ = self.0.answered("no answer", self.0.call.arrival.at);
    }
}

impl Shared {
    /// Records an answer once. Returns what to wait for.
    fn answered(
        &self,
        outcome: &str,
        at: UnixMillis,
    ) -> Result<Option<oneshot::Receiver<Head>>, Unrecorded> {
        let mut state = self.state();
        if std::mem::replace(&mut state.is_answered, true) {
            return Ok(None);
        }
        let ordered = state.ordered.take();
        let place = state.places.take();
        drop(state);
        let mut record = self.record(outcome, at);
        match ordered {
            Some((id, lasts)) => {
                record.object = format!("transaction {id}");
                self.audit.hand_over(What::Record(record), place)?;
                Ok(lasts)
            }
            None if outcome == "ok" => {
                let lasts = self.audit.hand_over(What::Record(record), place)?;
                Ok(Some(lasts))
            }
            None => {
                drop(place);
                let source = self.call.arrival.source.key().to_string();
                self.audit.refused(source, record);
                Ok(None)
            }
        }
    }

    fn record(&self, outcome: &str, at: UnixMillis) -> Record {
        let call = &self.call;
        Record {
            who: call.who.clone(),
            source: call.arrival.source.address().to_string(),
            object: call.object.clone(),
            outcome: outcome.to_owned(),
            detail: call.request_id.to_string(),
            ..Record::of(at, call.method)
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Witness for Shared {
    fn ordered(&self, transaction_id: TransactionId) {
        let mut state = self.state();
        if state.ordered.is_some() || state.is_answered {
            return;
        }
        let record = Record {
            object: format!("transaction {transaction_id}"),
            ..self.record("ordered", self.audit.now())
        };
        let place = state.places.as_mut().and_then(|places| places.split(1));
        // Where the writer is gone, the answer says so.
        let lasts = self.audit.hand_over(What::Record(record), place).ok();
        state.ordered = Some((transaction_id, lasts));
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ticket").field(&self.call).finish()
    }
}
