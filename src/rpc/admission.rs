//! Which calls are let in when more come than the gateway can serve.
//!
//! What finishes a payment, gives it back or asks about it must get through whatever is ordered meanwhile, so a fifth of
//! the places is kept for it. Orders are refused here already, before their params are read, while too many of them wait
//! for the database (`database/turn.rs`): a refusal must cost next to nothing.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::database::Database;
use crate::notices::Full;

/// What a method is for, as far as a full house is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// It begins something that is written to the database.
    Order,
    /// It asks, and nothing depends on it.
    Question,
    /// It finishes what has begun, gives it back, or says what became of it.
    GoesOn,
}

fn purpose(method: &str) -> Purpose {
    match method {
        "cards.attach" | "cards.add" | "transactions.debit" | "p2p.humo2humo"
        | "p2p.humo2uzcard" | "p2p.uzcard2humo" | "p2p.uzcard2uzcard" => Purpose::Order,
        "cards.attach.confirm"
        | "cards.add-confirm"
        | "cards.remove"
        | "transactions.debit.confirm"
        | "transactions.debit.reverse"
        | "transactions.debit.hold.charge"
        | "transactions.debit.hold.cancel"
        | "transactions.get"
        | "transactions.list"
        | "p2p.confirm" => Purpose::GoesOn,
        _ => Purpose::Question,
    }
}

/// Lets calls in.
pub struct Admission {
    /// For all but what goes on.
    places: Arc<Semaphore>,
    database: Database,
}

/// A place; it is given back when dropped.
#[derive(Debug)]
pub struct Place {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Admission {
    /// Of a gateway that serves this many calls at a time.
    pub fn new(in_flight: usize, database: Database) -> Self {
        let places = (in_flight - in_flight / 5).max(1);
        Self {
            places: Arc::new(Semaphore::new(places)),
            database,
        }
    }

    /// A place for a call of this method.
    ///
    /// # Errors
    /// It is to be refused.
    pub fn admit(&self, method: &str) -> Result<Place, Full> {
        let permit = match purpose(method) {
            Purpose::GoesOn => None,
            Purpose::Order if self.database.is_crowded() => return Err(Full::Database),
            Purpose::Order | Purpose::Question => {
                let free = Arc::clone(&self.places).try_acquire_owned();
                Some(free.map_err(|_| Full::Places)?)
            }
        };
        Ok(Place { _permit: permit })
    }
}

#[cfg(test)]
mod tests {
    use rpc_schema::methods::METHODS;

    use super::*;

    #[test]
    fn every_method_has_its_purpose() {
        let of = |wanted| {
            let names = METHODS.iter().map(|method| method.name);
            let mut found: Vec<&str> = names.filter(|name| purpose(name) == wanted).collect();
            found.sort_unstable();
            found
        };
        assert_eq!(
            of(Purpose::Order),
            [
                "cards.add",
                "cards.attach",
                "p2p.humo2humo",
                "p2p.humo2uzcard",
                "p2p.uzcard2humo",
                "p2p.uzcard2uzcard",
                "transactions.debit",
            ]
        );
        assert_eq!(
            of(Purpose::GoesOn),
            [
                "cards.add-confirm",
                "cards.attach.confirm",
                "cards.remove",
                "p2p.confirm",
                "transactions.debit.confirm",
                "transactions.debit.hold.cancel",
                "transactions.debit.hold.charge",
                "transactions.debit.reverse",
                "transactions.get",
                "transactions.list",
            ]
        );
        assert_eq!(
            of(Purpose::Question),
            [
                "cards.info",
                "cards.list",
                "cards.monitoring",
                "monitoring.get.entry",
                "p2p.fee-info",
                "p2p.recipient-info",
                "rpc.discover",
            ]
        );
    }
}
