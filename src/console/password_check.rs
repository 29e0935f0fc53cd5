//! Passwords are checked one at a time: each takes a core for 30 ms and 19 MiB, and calls of partners come first.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// So many sign-ins may be under way; more are refused.
const QUEUE: usize = 5;

/// See the module.
#[derive(Debug)]
pub(super) struct PasswordChecks {
    queue: Semaphore,
    one: Semaphore,
}

impl Default for PasswordChecks {
    fn default() -> Self {
        Self {
            queue: Semaphore::new(QUEUE),
            one: Semaphore::new(1),
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
        let _place = self.queue.try_acquire().ok()?;
        let _turn = self.one.acquire().await.ok()?;
        let gateway = Arc::clone(gateway);
        tokio::task::spawn_blocking(move || work(&gateway))
            .await
            .ok()
    }
}
