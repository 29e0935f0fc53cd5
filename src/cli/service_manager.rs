//! What systemd hears of the gateway: that it is ready, that it stops, and, where the unit has `WatchdogSec=`, that it lives.
//! Without a service manager nothing is said.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::task::AbortOnDropHandle;

/// It serves: its schema is up to date, and all its listeners are open.
pub(super) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// It takes no new connections, and ends the calls that it has.
pub(super) fn stopping() {
    tell(&[
        NotifyState::Stopping,
        NotifyState::Status("draining: running calls are ended"),
    ]);
}

/// Says twice in each period of the watchdog that the runtime has turns to give, also while the gateway stops. Whether database
/// and networks answer is no matter of a restart. Ends when dropped.
pub(super) fn beat() -> Option<AbortOnDropHandle<()>> {
    let period = sd_notify::watchdog_enabled()?;
    let beating = tokio::spawn(async move {
        let mut turns = tokio::time::interval(half(period));
        loop {
            turns.tick().await;
            tell(&[NotifyState::Watchdog]);
        }
    });
    Some(AbortOnDropHandle::new(beating))
}

fn half(period: Duration) -> Duration {
    (period / 2).max(Duration::from_millis(1))
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::warn!(%error, "the service manager does not hear of the gateway (NOTIFY_SOCKET)");
    }
}
