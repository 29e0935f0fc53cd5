//! What the gateway does by itself: it follows changes of its keys, looks up lost calls, releases ended holds, registers fiscal receipts, delivers webhooks, names
//! where the audit log ends, asks for the prefixes of cards, reconciles HUMO's terminals, clears what dead calls left, and says which accounts its settings lack, run after run until it stops. A run that fails or panics is followed by the next.

use std::sync::Arc;
use std::time::Duration;

use entity::time::UnixMillis;
use rpc_schema::values::Network;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::config::Config;
use crate::error::Error;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::key_rotation::FOLLOW_SECONDS;
use crate::payment::recover::PARALLEL;
use crate::service::{expiry, fiscal};

/// One kind of background work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    RecoverUzcard,
    RecoverHumo,
    ReleaseHolds,
    RegisterReceipts,
    ClearClaims,
    DeliverWebhooks,
    PruneWebhooks,
    FollowKeys,
    AnchorAudit,
    LearnPrefixes,
    ReconcileHumo,
}

/// What became of the runs of each job.
#[derive(Debug, Default)]
pub struct JobStatus {
    recover_uzcard: watch::Sender<JobRuns>,
    recover_humo: watch::Sender<JobRuns>,
    release_holds: watch::Sender<JobRuns>,
    register_receipts: watch::Sender<JobRuns>,
    clear_claims: watch::Sender<JobRuns>,
    deliver_webhooks: watch::Sender<JobRuns>,
    prune_webhooks: watch::Sender<JobRuns>,
    follow_keys: watch::Sender<JobRuns>,
    anchor_audit: watch::Sender<JobRuns>,
    learn_prefixes: watch::Sender<JobRuns>,
    reconcile_humo: watch::Sender<JobRuns>,
}

/// What became of the runs of one job.
#[derive(Debug, Default, Clone, Copy)]
pub struct JobRuns {
    /// How many have ended, well or not.
    pub ended: u64,
    /// How many of them failed.
    pub failed: u64,
    /// When the last one ended well, UNIX milliseconds.
    pub succeeded_at: Option<UnixMillis>,
}

impl Job {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::RecoverUzcard,
        Self::RecoverHumo,
        Self::ReleaseHolds,
        Self::RegisterReceipts,
        Self::ClearClaims,
        Self::DeliverWebhooks,
        Self::PruneWebhooks,
        Self::FollowKeys,
        Self::AnchorAudit,
        Self::LearnPrefixes,
        Self::ReconcileHumo,
    ];

    /// As figures and logs have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::RecoverUzcard => "recover_uzcard",
            Self::RecoverHumo => "recover_humo",
            Self::ReleaseHolds => "release_holds",
            Self::RegisterReceipts => "register_receipts",
            Self::ClearClaims => "clear_claims",
            Self::DeliverWebhooks => "deliver_webhooks",
            Self::PruneWebhooks => "prune_webhooks",
            Self::FollowKeys => "follow_keys",
            Self::AnchorAudit => "anchor_audit",
            Self::LearnPrefixes => "learn_prefixes",
            Self::ReconcileHumo => "reconcile_humo",
        }
    }

    /// From the end of a run to the next.
    fn pause(self, config: &Config) -> Duration {
        match self {
            Self::RecoverUzcard | Self::RecoverHumo => {
                Duration::from_millis(config.recovery.period_ms)
            }
            Self::ReleaseHolds => Duration::from_millis(config.holds.release_period_ms),
            Self::RegisterReceipts => Duration::from_secs(15),
            Self::ClearClaims | Self::ReconcileHumo => Duration::from_secs(60),
            Self::DeliverWebhooks => Duration::from_millis(config.webhooks.period_ms),
            Self::PruneWebhooks => Duration::from_secs(3_600),
            Self::FollowKeys => Duration::from_secs(FOLLOW_SECONDS),
            Self::AnchorAudit => Duration::from_millis(config.audit.anchor_period_ms),
            Self::LearnPrefixes => Duration::from_secs(60),
        }
    }

    /// Does what is due. True: more is due, so the next run follows at once.
    async fn run(self, gateway: &Arc<Gateway>) -> Result<bool, Error> {
        Ok(match self {
            Self::RecoverUzcard => gateway.payments.recover_due(Network::Uzcard).await? == PARALLEL,
            Self::RecoverHumo => gateway.payments.recover_due(Network::Humo).await? == PARALLEL,
            // What failed is left alone for a while, so that only what was done makes room for more.
            Self::ReleaseHolds => gateway.expire_holds().await? == expiry::BATCH,
            Self::RegisterReceipts => gateway.register_receipts().await? >= fiscal::BATCH,
            Self::ClearClaims => {
                gateway.clear_claims().await?;
                gateway.clear_counts().await?;
                gateway.tell_lacking_accounts().await?;
                false
            }
            Self::DeliverWebhooks => {
                let mut workers = gateway.webhooks.start_workers(&gateway.stopping).await?;
                // They go on by themselves, so that a receiver that is slow holds up nobody else.
                workers.detach_all();
                false
            }
            Self::PruneWebhooks => gateway.webhooks.prune().await?,
            Self::FollowKeys => {
                let now = gateway.clock.now();
                let follow = gateway.keys.follow(&gateway.database, &gateway.vault, now);
                follow.await?;
                false
            }
            Self::AnchorAudit => {
                gateway.audit.turn().await?;
                false
            }
            Self::LearnPrefixes => {
                gateway.learn_prefixes().await;
                false
            }
            Self::ReconcileHumo => {
                gateway.reconcile_terminals().await?;
                false
            }
        })
    }
}

impl JobStatus {
    /// Of one job.
    pub fn of(&self, job: Job) -> &watch::Sender<JobRuns> {
        match job {
            Job::RecoverUzcard => &self.recover_uzcard,
            Job::RecoverHumo => &self.recover_humo,
            Job::ReleaseHolds => &self.release_holds,
            Job::RegisterReceipts => &self.register_receipts,
            Job::ClearClaims => &self.clear_claims,
            Job::DeliverWebhooks => &self.deliver_webhooks,
            Job::PruneWebhooks => &self.prune_webhooks,
            Job::FollowKeys => &self.follow_keys,
            Job::AnchorAudit => &self.anchor_audit,
            Job::LearnPrefixes => &self.learn_prefixes,
            Job::ReconcileHumo => &self.reconcile_humo,
        }
    }

    /// Until each job has had its first run.
    pub async fn first(&self) {
        for job in Job::ALL {
            // The sender is borrowed here, so it does not close.
            let _ = self
                .of(job)
                .subscribe()
                .wait_for(|runs| runs.ended > 0)
                .await;
        }
    }
}

/// Begins all jobs. Each of them ends when the gateway stops, after the run that it is in.
pub fn start(
    gateway: &Arc<Gateway>,
    status: &Arc<JobStatus>,
    config: &Config,
    tasks: &TaskTracker,
) {
    // The first reading: from now on, it is noticed when the clock is set.
    gateway.payments.sample_clock();
    for job in Job::ALL {
        let (gateway, status) = (Arc::clone(gateway), Arc::clone(status));
        tasks.spawn(run_job(job, job.pause(config), gateway, status));
    }
}

/// Does all that is due now, whatever job's turn it is: for a clock that was moved on.
///
/// # Errors
/// The first job that failed. The others were done all the same.
pub async fn catch_up(gateway: &Arc<Gateway>) -> Result<(), Error> {
    let mut ended = Ok(());
    // What the first round found out may have made something else due.
    for _ in 0..2 {
        for job in Job::ALL {
            loop {
                match job.run(gateway).await {
                    Ok(true) if !gateway.stopping.is_cancelled() => {}
                    Ok(true | false) => break,
                    Err(error) => {
                        tracing::error!(job = job.name(), error = %ErrorChain(&error), "background work failed; trying again");
                        ended = ended.and(Err(error));
                        break;
                    }
                }
            }
        }
    }
    ended
}

/// What comes due next, one of each kind, with the kind's name.
///
/// # Errors
/// The database failed.
pub async fn next_due(gateway: &Gateway) -> Result<Vec<(&'static str, UnixMillis)>, Error> {
    gateway.next_due().await
}

async fn run_job(job: Job, pause: Duration, gateway: Arc<Gateway>, status: Arc<JobStatus>) {
    loop {
        // In a task of its own, so that a panic ends only this run.
        let run = tokio::spawn({
            let gateway = Arc::clone(&gateway);
            async move {
                job.run(&gateway)
                    .await
                    .map(|more| (more, gateway.clock.now()))
            }
        });
        let (mut more_due, mut succeeded_at) = (false, None);
        match run.await {
            Ok(Ok((more, now))) => (more_due, succeeded_at) = (more, Some(now)),
            Ok(Err(error)) => {
                tracing::error!(job = job.name(), error = %ErrorChain(&error), "background work failed; trying again");
            }
            Err(panic) => {
                tracing::error!(job = job.name(), %panic, "background work panicked; trying again");
            }
        }
        status.of(job).send_modify(|runs| {
            runs.ended += 1;
            runs.failed += u64::from(succeeded_at.is_none());
            runs.succeeded_at = succeeded_at.or(runs.succeeded_at);
        });
        if more_due && !gateway.stopping.is_cancelled() {
            continue;
        }
        let pause = tokio::time::sleep(pause);
        if gateway.stopping.run_until_cancelled(pause).await.is_none() {
            return;
        }
    }
}
