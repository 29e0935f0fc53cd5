//! What the gateway takes from outside: time, randomness, and the moments at which a test may stop it. It is handed in, so
//! that tests control it.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Clock;
use crate::random::Random;

/// See the module.
#[derive(Clone)]
pub struct Environment {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    /// Tests stop the gateway at one of them; a gateway that serves has none.
    pub crash_points: Option<Arc<dyn CrashPoints>>,
}

/// A moment at which it matters whether the process still runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CrashPoint {
    BeforeCommit,
    AfterCommit,
    /// On SQLite, before and after the COMMIT of all that share it, and when half of them have heard of it.
    BeforeSharedCommit,
    AfterSharedCommit,
    HalfAnswered,
    /// Before and after a call to a network that can move money.
    BeforeCall,
    AfterCall,
}

/// Hears of every such moment. Every commit and every call goes through one function, so none is missed.
#[async_trait]
pub trait CrashPoints: fmt::Debug + Send + Sync {
    /// The gateway goes on when this returns, and never if it does not.
    async fn reach(&self, point: CrashPoint);
}

/// Reports a moment to the test, if there is one.
pub(crate) async fn reach(points: Option<&Arc<dyn CrashPoints>>, point: CrashPoint) {
    if let Some(points) = points {
        points.reach(point).await;
    }
}
