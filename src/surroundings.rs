//! What the gateway takes from its surroundings: time and randomness, handed in so that tests control them.

use std::sync::Arc;

use crate::clock::Clock;
use crate::random::Random;

/// See the module.
#[derive(Clone)]
pub struct Surroundings {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}
