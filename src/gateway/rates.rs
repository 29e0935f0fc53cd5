//! The rates of a gateway that is alone on its database.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use entity::time::UnixMillis;

use crate::domain::rate::{Rate, Taken, micros};
use crate::vault::Mac256;

/// How many rates are remembered.
const MOST: usize = 65_536;

/// See the module.
#[derive(Debug, Default)]
pub struct Rates(Mutex<HashMap<Mac256, i64>>);

impl Rates {
    /// Takes from a rate. `Some`: it is exceeded, and so many milliseconds later it would not be.
    pub fn take(&self, key: Mac256, rate: Rate, cost: i64, now: UnixMillis) -> Option<i64> {
        let mut rates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if rates.len() >= MOST && !rates.contains_key(&key) {
            rates.retain(|_, tat| *tat > micros(now));
            if rates.len() > MOST / 2 {
                rates.clear();
            }
        }
        match rate.take(rates.get(&key).copied(), cost, now) {
            Taken::Allowed { tat } => {
                rates.insert(key, tat);
                None
            }
            Taken::Refused { wait_ms } => Some(wait_ms),
        }
    }
}
