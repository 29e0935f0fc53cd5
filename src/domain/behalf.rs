//! On whose behalf is a network asked? A task says it once, and whoever shares out the network's places reads it.

use std::cell::Cell;

use uuid::Uuid;

/// A keyed hash of a card's number.
pub type CardKey = [u8; 32];

/// For whom, and about which card. What the gateway does by itself is for nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Behalf {
    pub partner: Option<Uuid>,
    pub card: Option<CardKey>,
}

tokio::task_local! {
    static CURRENT: Cell<Behalf>;
}

impl Behalf {
    /// Of the present task.
    pub fn current() -> Self {
        CURRENT.try_with(Cell::get).unwrap_or_default()
    }

    /// A call of this partner.
    pub fn of_partner(partner: Uuid) -> Self {
        Self {
            partner: Some(partner),
            card: None,
        }
    }

    /// The same, about this card.
    #[must_use]
    pub fn about(self, card: &[u8]) -> Self {
        Self {
            card: card.try_into().ok(),
            ..self
        }
    }

    /// Does the work on this behalf. It is boxed, as it is large and nested.
    pub fn during<T>(self, work: impl Future<Output = T>) -> impl Future<Output = T> {
        CURRENT.scope(Cell::new(self), Box::pin(work))
    }
}
