//! Passwords are checked one at a time: each takes a core for 30 ms and 19 MiB, and calls of partners come first.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// So many sign-ins may be under way; more are refused.
const QUEUE: usize = 5;

/// See the module.
#[derive(Debug)]
pub(super) struct PasswordChecks {
    queue: Arc<Semaphore>,
    one: Arc<Semaphore>,
}

impl Default for PasswordChecks {
    fn default() -> Self {
        Self {
            queue: Arc::new(Semaphore::new(QUEUE)),
            one: Arc::new(Semaphore::new(1)),
        }
    }
}

impl PasswordChecks {
    /// Does such work on a thread of its own. `None`: too many wait.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        gateway: &Arc<crate::gateway::Gateway>,
        work: impl FnOnce(&crate::gateway::Gateway) -> T + Send + 'static,
    ) -> Option<T> {
        let place = Arc::clone(&self.queue).try_acquire_owned().ok()?;
        let turn = Arc::clone(&self.one).acquire_owned().await.ok()?;
        let gateway = Arc::clone(gateway);
        // The work goes on when whoever asked for it has hung up, and so does its turn.
        let worked = tokio::task::spawn_blocking(move || {
            let done = work(&gateway);
            drop((turn, place));
            done
        });
        worked.await.ok()
    }
}
