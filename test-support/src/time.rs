//! The passing of time, and the recovery that comes with it.

use aloqa_gateway::clock::Clock as _;
use rpc_schema::values::Network;

use crate::TestApp;

/// How long a hold lives, milliseconds.
pub const HOLD_LIFETIME_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// How long a code lives, milliseconds.
pub const CODE_LIFETIME_MS: i64 = 5 * 60 * 1_000;

impl TestApp {
    /// UNIX milliseconds.
    pub fn now(&self) -> i64 {
        self.clock.now().0
    }

    /// Looks up everything that is due at both networks, and what becomes due as a result.
    pub async fn recover(&self) {
        let gateway = &self.running.gateway;
        loop {
            let uzcard = gateway.payments.recover_due(Network::Uzcard).await.unwrap();
            let humo = gateway.payments.recover_due(Network::Humo).await.unwrap();
            if uzcard + humo == 0 {
                return;
            }
        }
    }

    /// Lets the leases of unsettled calls run out, and recovers.
    pub async fn recover_after_lease(&self) {
        self.clock
            .advance_ms(self.running.gateway.rules.lease_ms + 1);
        self.recover().await;
    }

    /// Lets the time pass after which a call that a network does not know can no longer arrive.
    pub fn let_all_time_pass(&self) {
        let rules = &self.running.gateway.rules;
        let longest = rules.final_after_uzcard_ms.max(rules.final_after_humo_ms);
        self.clock.advance_ms(longest + 1);
    }

    /// The same, and recovers.
    pub async fn recover_after_all(&self) {
        self.let_all_time_pass();
        self.recover().await;
    }
}
