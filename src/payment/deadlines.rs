//! How long a call may still leave, from when on its absence is proof, and whether the clock can be trusted for either.

use entity::time::UnixMillis;
use rpc_schema::values::Network;
use sea_orm::DbErr;

use super::Payments;
use super::intent::{PendingCall, Silence};

impl Payments {
    /// Whether the call may still leave. If it is too late for that, this process stood still, and recovery may already
    /// have concluded that the call never arrives.
    pub(super) fn may_leave(&self, pending: &PendingCall) -> bool {
        self.clock.now() <= pending.sent_at + self.rules.leave_within_ms
    }

    /// Whether the call is still in the hands of the process that makes it.
    pub(super) fn is_leased(&self, pending: &PendingCall) -> bool {
        self.clock.now() <= pending.sent_at + self.rules.lease_ms
    }

    /// The time from which a call that the network does not know can no longer arrive, UNIX milliseconds: it left
    /// within its lease, the network has had the longest time that it may take, and the clocks may differ a little.
    pub(crate) fn final_at(&self, network: Network, sent_at: UnixMillis) -> UnixMillis {
        sent_at + self.rules.final_after_ms(network)
    }

    /// The time from which an absence is proof, UNIX milliseconds: not before the call can no longer arrive, by a clock
    /// that was not set, while the network was answering. One that was silent may have the call waiting at its door, so
    /// its time begins anew with its first answer. `now` is when it is asked.
    pub(super) fn absence_counts_at(
        &self,
        network: Network,
        pending: &PendingCall,
        now: UnixMillis,
    ) -> UnixMillis {
        let doubt_ends = now + self.clock_doubted_for_ms();
        let final_at = self.final_at(network, pending.sent_at).max(doubt_ends);
        match pending.silence {
            Silence::None => final_at,
            Silence::Lasts => final_at.max(self.final_at(network, now)),
            Silence::EndedBy(answered_at) => final_at.max(self.final_at(network, answered_at)),
        }
    }

    /// Compares our clock with the database's, which all gateways share. A gateway whose clock differs by more than
    /// `recovery.clock_skew_ms` begins nothing, and accepts no absence as proof.
    ///
    /// # Errors
    /// The database failed.
    pub async fn compare_clock(&self) -> Result<(), DbErr> {
        let earliest = self.clock.shared_now();
        if let Some(theirs) = self.database.clock().await? {
            let latest = self.clock.shared_now();
            let ahead_ms = self.clock.ahead_of(theirs, (earliest, latest));
            self.clock_trust
                .compared(ahead_ms, self.rules.clock_skew_ms);
        }
        Ok(())
    }

    /// How far the clock is ahead of the database's, if that is too far to begin anything; milliseconds.
    pub fn clock_off_by(&self) -> Option<i64> {
        self.clock_trust.off_by()
    }

    /// Reads the clock. True if it was not set within the time after which an absence counts.
    pub(crate) fn sample_clock(&self) -> bool {
        self.clock_doubted_for_ms() == 0
    }

    fn clock_doubted_for_ms(&self) -> i64 {
        let longest = self
            .rules
            .final_after_ms(Network::Uzcard)
            .max(self.rules.final_after_ms(Network::Humo));
        self.clock_trust.doubted_for(self.clock.readings(), longest)
    }
}
