//! A reply that is being made, and what it makes needless: the webhook events of what it tells.
//!
//! An event is written in the commit that makes something final, whether or not a caller waits: the process may die before
//! it answers. While one waits, the event is not due. Once the reply was handed to the connection, the event is forgotten;
//! if the reply is lost, or tells something else, it is due at once.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

/// Who hears in a reply how a call ends.
#[derive(Debug, Clone, Default)]
pub enum Hearer {
    /// Nobody: the gateway does it by itself.
    #[default]
    Nobody,
    /// A partner that has no webhook.
    WithoutWebhook,
    /// A partner that has one.
    Reply(Arc<PendingReply>),
}

/// See the module.
pub struct PendingReply {
    /// How long it can take to be made, milliseconds.
    within_ms: i64,
    /// The events that it makes needless; `None` once it was handed over or lost.
    events: Mutex<Option<Vec<Uuid>>>,
    ended: Arc<EndedReplies>,
}

/// The events whose replies have ended, until the background work takes them.
#[derive(Debug, Default)]
pub struct EndedReplies(Mutex<Ended>);

/// See [`EndedReplies`].
#[derive(Debug, Default)]
pub struct Ended {
    /// Their partners have heard it.
    pub told: Vec<Uuid>,
    /// Their partners have not.
    pub lost: Vec<Uuid>,
}

impl fmt::Debug for PendingReply {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PendingReply")
    }
}

impl PendingReply {
    /// A reply that will be made within this time, milliseconds.
    pub fn new(within_ms: i64, ended: Arc<EndedReplies>) -> Self {
        Self {
            within_ms,
            events: Mutex::new(Some(Vec::new())),
            ended,
        }
    }

    /// Lets the reply make an event needless. How long it takes at most, milliseconds; `None`: it will not tell it any more.
    pub fn tells(&self, event: Uuid) -> Option<i64> {
        locked(&self.events).as_mut().map(|events| {
            events.push(event);
            self.within_ms
        })
    }

    /// It was handed to the connection.
    pub fn handed_over(&self) {
        let events = locked(&self.events).take().unwrap_or_default();
        if !events.is_empty() {
            locked(&self.ended.0).told.extend(events);
        }
    }

    /// It was lost, or it does not tell how the call ended.
    pub fn lost(&self) {
        let events = locked(&self.events).take().unwrap_or_default();
        if !events.is_empty() {
            locked(&self.ended.0).lost.extend(events);
        }
    }
}

impl EndedReplies {
    /// Takes all events whose replies have ended.
    pub fn take(&self) -> Ended {
        std::mem::take(&mut *locked(&self.0))
    }

    /// Puts events back that could not be dealt with.
    pub fn put_back(&self, Ended { told, lost }: Ended) {
        let mut ended = locked(&self.0);
        ended.told.extend(told);
        ended.lost.extend(lost);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_ends_once_and_then_tells_nothing_more() {
        let event = Uuid::from_u128;
        for handed_over in [true, false] {
            let ended = Arc::new(EndedReplies::default());
            let reply = PendingReply::new(7, Arc::clone(&ended));
            assert_eq!(reply.tells(event(1)), Some(7));
            match handed_over {
                true => reply.handed_over(),
                false => reply.lost(),
            }
            // Too late: the other end changes nothing.
            reply.handed_over();
            reply.lost();
            assert_eq!(reply.tells(event(2)), None);
            let Ended { told, lost } = ended.take();
            let expected = match handed_over {
                true => (vec![event(1)], vec![]),
                false => (vec![], vec![event(1)]),
            };
            assert_eq!((told, lost), expected);
        }
    }
}
