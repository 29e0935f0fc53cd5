//! What the gateway does by itself: it looks up lost calls, releases ended holds and registers fiscal receipts, turn after
//! turn until it stops. A turn that fails or panics is followed by the next.

use std::sync::Arc;
use std::time::Duration;

use rpc_schema::values::Network;
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::causes::Causes;
use crate::config::Config;
use crate::gateway::{Error, Gateway};
use crate::recovery::PARALLEL;
use crate::service::{expiry, fiscal};

/// One kind of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    RecoverUzcard,
    RecoverHumo,
    ReleaseHolds,
    RegisterReceipts,
}

/// What became of the turns of each duty.
#[derive(Debug, Default)]
pub struct Turns {
    recover_uzcard: watch::Sender<Turned>,
    recover_humo: watch::Sender<Turned>,
    release_holds: watch::Sender<Turned>,
    register_receipts: watch::Sender<Turned>,
}

/// What became of the turns of one duty.
#[derive(Debug, Default, Clone, Copy)]
pub struct Turned {
    /// How many have ended, well or not.
    pub ended: u64,
    /// When the last one ended well, UNIX milliseconds.
    pub succeeded_at: Option<i64>,
}

impl Duty {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::RecoverUzcard,
        Self::RecoverHumo,
        Self::ReleaseHolds,
        Self::RegisterReceipts,
    ];

    /// As figures and logs have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::RecoverUzcard => "recover_uzcard",
            Self::RecoverHumo => "recover_humo",
            Self::ReleaseHolds => "release_holds",
            Self::RegisterReceipts => "register_receipts",
        }
    }

    /// From the end of a turn to the next.
    fn pause(self, config: &Config) -> Duration {
        match self {
            Self::RecoverUzcard | Self::RecoverHumo => {
                Duration::from_millis(config.recovery.period_ms)
            }
            Self::ReleaseHolds => Duration::from_millis(config.holds.release_period_ms),
            Self::RegisterReceipts => Duration::from_secs(15),
        }
    }

    /// Does what is due; whether more is, so that the next turn is to follow at once.
    async fn turn(self, gateway: &Arc<Gateway>) -> Result<bool, Error> {
        Ok(match self {
            Self::RecoverUzcard => gateway.recover_due(Network::Uzcard).await? == PARALLEL,
            Self::RecoverHumo => gateway.recover_due(Network::Humo).await? == PARALLEL,
            // What failed is left alone for a while, so that only what was done makes room for more.
            Self::ReleaseHolds => gateway.expire_holds().await? == expiry::BATCH,
            Self::RegisterReceipts => gateway.register_receipts().await? == fiscal::BATCH,
        })
    }
}

impl Turns {
    /// Of one duty.
    pub fn of(&self, duty: Duty) -> &watch::Sender<Turned> {
        match duty {
            Duty::RecoverUzcard => &self.recover_uzcard,
            Duty::RecoverHumo => &self.recover_humo,
            Duty::ReleaseHolds => &self.release_holds,
            Duty::RegisterReceipts => &self.register_receipts,
        }
    }

    /// Until each duty has had its first turn.
    pub async fn first(&self) {
        for duty in Duty::ALL {
            // It does not end before its sender, which is borrowed here.
            let _ = self
                .of(duty)
                .subscribe()
                .wait_for(|turned| turned.ended > 0)
                .await;
        }
    }
}

/// Begins all duties; each of them ends when the gateway stops, after the turn that it is in.
pub fn start(gateway: &Arc<Gateway>, config: &Config, tasks: &TaskTracker) {
    // The first reading: from now on it is noticed when the clock is set.
    gateway.clock_holds();
    for duty in Duty::ALL {
        tasks.spawn(fulfil(duty, duty.pause(config), Arc::clone(gateway)));
    }
}

async fn fulfil(duty: Duty, pause: Duration, gateway: Arc<Gateway>) {
    loop {
        // In a task of its own, so that a panic ends no more than the turn.
        let turn = tokio::spawn({
            let gateway = Arc::clone(&gateway);
            async move {
                duty.turn(&gateway)
                    .await
                    .map(|more| (more, gateway.clock.now()))
            }
        });
        let (mut more_due, mut succeeded_at) = (false, None);
        match turn.await {
            Ok(Ok((more, now))) => (more_due, succeeded_at) = (more, Some(now)),
            Ok(Err(error)) => {
                tracing::error!(duty = duty.name(), error = %Causes(&error), "background work failed; trying again");
            }
            Err(panic) => {
                tracing::error!(duty = duty.name(), %panic, "background work panicked; trying again");
            }
        }
        gateway.turns.of(duty).send_modify(|turned| {
            turned.ended += 1;
            turned.succeeded_at = succeeded_at.or(turned.succeeded_at);
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
