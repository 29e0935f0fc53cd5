//! How much a partner may call: calls a second over all gateways, and calls at once at this one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use entity::time::UnixMillis;
use uuid::Uuid;

use crate::domain::rate::Rate;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;

/// How long what was leased may be spent, in milliseconds.
const LEASE_MS: i64 = 1_000;

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exceeded {
    PerSecond,
    AtOnce,
}

/// See the module.
#[derive(Clone)]
pub(super) struct PartnerLimits {
    gateway: Arc<Gateway>,
    per_second: i64,
    at_once: usize,
    loads: Arc<Mutex<HashMap<Uuid, Load>>>,
}

#[derive(Debug, Default)]
struct Load {
    at_once: usize,
    leased: i64,
    until: i64,
    /// Held by the one call that leases: each of many would take a tenth, and leave nothing for the eleventh.
    leases: Arc<tokio::sync::Mutex<()>>,
    /// What was refused last: so many calls, until then.
    refused: Option<(i64, i64)>,
}

/// Held while a request of a partner runs.
pub(super) struct Place {
    limits: PartnerLimits,
    partner: Uuid,
    calls: usize,
}

impl PartnerLimits {
    pub(super) fn new(gateway: Arc<Gateway>) -> Self {
        let limits = gateway.rules.limits;
        Self {
            gateway,
            per_second: limits.calls_per_second,
            at_once: limits.calls_at_once,
            loads: Arc::default(),
        }
    }

    /// A place for the calls of a request.
    pub(super) async fn admit(&self, partner: Uuid, calls: usize) -> Result<Place, Exceeded> {
        let now = self.gateway.clock.now();
        let wanted = i64::try_from(calls).unwrap_or(i64::MAX);
        let place = self.take_place(partner, calls).ok_or(Exceeded::AtOnce)?;
        if self.spend(partner, wanted, now) {
            return Ok(place);
        }
        let leases = Arc::clone(&self.loads().entry(partner).or_default().leases);
        let _alone = leases.lock().await;
        // The one before may have leased enough, or heard that there is nothing.
        if !self.spend(partner, wanted, now) {
            if self.was_refused(partner, wanted, now) {
                return Err(Exceeded::PerSecond);
            }
            self.lease(partner, wanted, now).await?;
        }
        Ok(place)
    }

    fn take_place(&self, partner: Uuid, calls: usize) -> Option<Place> {
        let mut loads = self.loads();
        let load = loads.entry(partner).or_default();
        if load.at_once > 0 && load.at_once + calls > self.at_once {
            return None;
        }
        load.at_once += calls;
        Some(Place {
            limits: self.clone(),
            partner,
            calls,
        })
    }

    fn spend(&self, partner: Uuid, wanted: i64, now: UnixMillis) -> bool {
        let mut loads = self.loads();
        let load = loads.entry(partner).or_default();
        if load.until <= now.0 || load.leased < wanted {
            return false;
        }
        load.leased -= wanted;
        true
    }

    fn was_refused(&self, partner: Uuid, wanted: i64, now: UnixMillis) -> bool {
        let loads = self.loads();
        let refused = loads.get(&partner).and_then(|load| load.refused);
        // A second's rate is never waited for longer: the clock was set back.
        let is_soon = |until: i64| (1..=LEASE_MS).contains(&until.saturating_sub(now.0));
        refused.is_some_and(|(calls, until)| wanted >= calls && is_soon(until))
    }

    /// A tenth of what a second has is taken at once, so that not every call asks the database.
    async fn lease(&self, partner: Uuid, wanted: i64, now: UnixMillis) -> Result<(), Exceeded> {
        let rate = Rate::of(self.per_second, 1);
        let (wanted, tenth) = (wanted.min(rate.burst()), rate.burst() / 10);
        for leased in [tenth.max(wanted), wanted] {
            let of = [&b"calls"[..], partner.as_bytes()];
            match self.gateway.take_rate(&of, rate, leased, now).await {
                Ok(None) => {
                    let mut loads = self.loads();
                    let load = loads.entry(partner).or_default();
                    if load.until <= now.0 {
                        load.leased = 0;
                    }
                    load.leased += leased - wanted;
                    load.until = now.0 + LEASE_MS;
                    load.refused = None;
                    return Ok(());
                }
                Ok(Some(wait_ms)) => {
                    let until = now.0.saturating_add(wait_ms);
                    self.loads().entry(partner).or_default().refused = Some((leased, until));
                }
                Err(error) => {
                    // Whether the database can be reached is told by what the call itself needs of it.
                    tracing::warn!(error = %ErrorChain(&error), "a partner's rate could not be counted");
                    return Ok(());
                }
            }
        }
        Err(Exceeded::PerSecond)
    }

    fn loads(&self) -> MutexGuard<'_, HashMap<Uuid, Load>> {
        self.loads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(load) = self.limits.loads().get_mut(&self.partner) {
            load.at_once = load.at_once.saturating_sub(self.calls);
        }
    }
}
