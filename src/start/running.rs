//! A gateway that serves, and how it stops.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::background::JobStatus;
use crate::config::Profile;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;

/// A gateway that serves.
pub struct Running {
    pub profile: Profile,
    pub database_kind: &'static str,
    pub address: SocketAddr,
    pub ops_address: SocketAddr,
    /// The address of the simulated networks; `None` with real ones.
    pub sandbox_address: Option<SocketAddr>,
    pub gateway: Arc<Gateway>,
    /// What became of its background work.
    pub jobs: Arc<JobStatus>,
    pub(super) stop: CancellationToken,
    pub(super) calls: TaskTracker,
    pub(super) endpoint: JoinHandle<()>,
    pub(super) background: TaskTracker,
    pub(super) shutdown_timeout: Duration,
    /// The tasks of the embedded sandbox, if there is one.
    pub(super) simulated: TaskTracker,
    pub(super) stop_sandbox: CancellationToken,
    /// The operators' listener, which stops last.
    pub(super) operations: JoinHandle<()>,
    pub(super) stop_ops: CancellationToken,
}

impl Running {
    /// Accepts no new connections, waits for running calls, and stops. False: they did not finish in time.
    pub async fn stop(self) -> bool {
        self.stop.cancel();
        let ended = tokio::time::timeout(self.shutdown_timeout, async {
            let _ = self.endpoint.await;
            self.calls.close();
            self.calls.wait().await;
            // What was told needs no webhook.
            self.gateway.webhooks.settle_last_replies().await;
            self.background.close();
            self.background.wait().await;
            if let Err(error) = self.gateway.audit.close().await {
                tracing::error!(%error, "the end of the audit log is not written");
            }
            if let Err(error) = self.gateway.keys.leave(&self.gateway.database).await {
                tracing::debug!(error = %ErrorChain(&error), "cannot show that this gateway has stopped");
            }
        });
        let all_ended = ended.await.is_ok();
        // Last, because running calls need the networks.
        self.stop_sandbox.cancel();
        self.simulated.close();
        self.simulated.wait().await;
        self.stop_ops.cancel();
        // One that panicked has ended, too.
        let _ = self.operations.await;
        all_ended
    }
}
