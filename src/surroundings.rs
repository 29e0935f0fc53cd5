//! What the gateway takes from its surroundings: time, randomness, and whether the world goes on; handed in so that tests
//! control them.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Clock;
use crate::random::Random;

/// See the module.
#[derive(Clone)]
pub struct Surroundings {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    /// Tests end the world at one of them; a gateway that serves has none.
    pub crash_points: Option<Arc<dyn CrashPoints>>,
}

/// A moment at which it matters whether the process still lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CrashPoint {
    BeforeCommit,
    AfterCommit,
    /// Before and after a call to a network that can move money.
    BeforeCall,
    AfterCall,
}

/// Is told of every such moment, as every commit and every call goes through one function; so none can be missed.
#[async_trait]
pub trait CrashPoints: fmt::Debug + Send + Sync {
    /// Goes on when it returns, and never if it does not.
    async fn reach(&self, point: CrashPoint);
}

/// Tells whoever wants to know.
pub(crate) async fn reach(points: Option<&Arc<dyn CrashPoints>>, point: CrashPoint) {
    if let Some(points) = points {
        points.reach(point).await;
    }
}
