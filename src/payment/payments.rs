//! The owner of the calls that move money, and the one door through which they reach a network.

use std::sync::Arc;

use rpc_schema::values::Network;
use uuid::Uuid;

use crate::audit::Audit;
use crate::clock::{Clock, ClockTrust};
use crate::database::Database;
use crate::domain::account::Accounts;
use crate::domain::behalf::Behalf;
use crate::domain::call::{Call, CallResult, LookupReply, Reference, Traces};
use crate::domain::network::to_stored;
use crate::environment::{CrashPoint, CrashPoints, reach};
use crate::processing::PaymentNetwork;
use crate::processing::absent::Absent;
use crate::processing::humo::HumoPayments;
use crate::processing::uzcard::UzcardPayments;
use crate::random::{Random, RandomError};
use crate::repository::served::Served;
use crate::rules::Rules;
use crate::traffic::Traffic;
use crate::vault::Vault;
use crate::webhook::Webhooks;

use super::call_counts::CallCounts;

/// The clients that can move money, one for each account. Whoever has them hands them over to [`Payments`]. `None`: the
/// network is not configured.
#[derive(Debug)]
pub(crate) struct Networks {
    pub(crate) uzcard: Option<Accounts<UzcardPayments>>,
    pub(crate) humo: Option<Accounts<HumoPayments>>,
}

impl Networks {
    fn of(&self, network: Network, account: &str) -> &dyn PaymentNetwork {
        let humo = || self.humo.as_ref()?.of(account);
        match network {
            Network::Uzcard => match self.uzcard_under(account) {
                Some(uzcard) => uzcard,
                None => &Absent,
            },
            Network::Humo => match humo() {
                Some(humo) => humo,
                None => &Absent,
            },
        }
    }

    fn uzcard_under(&self, account: &str) -> Option<&UzcardPayments> {
        self.uzcard.as_ref()?.of(account)
    }

    fn served(&self) -> Served {
        let all = [Network::Uzcard, Network::Humo];
        Served::new(all.map(|network| (to_stored(network), self.names(network))))
    }

    fn names(&self, network: Network) -> Vec<String> {
        let names = match network {
            Network::Uzcard => self.uzcard.as_ref().map(named),
            Network::Humo => self.humo.as_ref().map(named),
        };
        names.unwrap_or_default()
    }
}

fn named<T>(accounts: &Accounts<T>) -> Vec<String> {
    accounts.names().map(str::to_owned).collect()
}

/// Owns all that moves money.
pub struct Payments {
    pub(super) database: Database,
    pub(super) vault: Arc<Vault>,
    pub(super) audit: Arc<Audit>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) rules: Arc<Rules>,
    /// Hears of every status that a partner may have to be told.
    pub(super) webhooks: Arc<Webhooks>,
    /// Names this process in the leases of the calls that it looks up.
    pub(super) process_id: Uuid,
    /// Whether the clock was set lately, and agrees with the database's.
    pub(super) clock_trust: ClockTrust,
    crash_points: Option<Arc<dyn CrashPoints>>,
    networks: Networks,
    served: Served,
    /// How calls end, for operators.
    pub counts: CallCounts,
}

/// What [`Payments`] is made of.
pub(crate) struct Parts {
    pub(crate) database: Database,
    pub(crate) vault: Arc<Vault>,
    pub(crate) audit: Arc<Audit>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) webhooks: Arc<Webhooks>,
    pub(crate) process_id: Uuid,
    pub(crate) crash_points: Option<Arc<dyn CrashPoints>>,
    pub(crate) networks: Networks,
    pub(crate) traffic: Traffic,
}

impl Payments {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            database: parts.database,
            vault: parts.vault,
            audit: parts.audit,
            clock: parts.clock,
            random: parts.random,
            rules: parts.rules,
            webhooks: parts.webhooks,
            process_id: parts.process_id,
            clock_trust: ClockTrust::default(),
            crash_points: parts.crash_points,
            served: parts.networks.served(),
            networks: parts.networks,
            counts: CallCounts::told_to(parts.traffic),
        }
    }

    /// A new reference of ours. SVGate takes up to 75 characters; what HUMO takes is not published.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn new_reference(&self) -> Result<Reference, RandomError> {
        Ok(Reference(
            self.random.uuid_at(self.clock.now())?.simple().to_string(),
        ))
    }

    /// Our reference of the first call of an order.
    ///
    /// With an `extId` it follows from that, by a key: a partner has one order of an `extId`, an order has one first call,
    /// and no such call is made again. So it is as unique as any other, nobody can guess it, and an order that an older copy
    /// of the database does not know can be looked up before it is made ([`super::restored`]).
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn first_reference(
        &self,
        partner_id: Uuid,
        ext_id: Option<&str>,
    ) -> Result<Reference, RandomError> {
        match ext_id {
            Some(ext_id) => Ok(self.derived(&[b"extId", partner_id.as_bytes(), ext_id.as_bytes()])),
            None => self.new_reference(),
        }
    }

    /// The same of a transfer between the networks that is one call.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub(super) fn one_leg_reference(
        &self,
        partner_id: Uuid,
        ext_id: Option<&str>,
    ) -> Result<Reference, RandomError> {
        match ext_id {
            Some(ext_id) => {
                Ok(self.derived(&[b"one leg", partner_id.as_bytes(), ext_id.as_bytes()]))
            }
            None => self.new_reference(),
        }
    }

    /// Our reference of a reversal of a part. With an `extId` it follows from that, for the same reasons.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn part_reference(
        &self,
        partner_id: Uuid,
        ext_id: Option<&str>,
    ) -> Result<Reference, RandomError> {
        match ext_id {
            Some(ext_id) => {
                Ok(self.derived(&[b"reversal", partner_id.as_bytes(), ext_id.as_bytes()]))
            }
            None => self.new_reference(),
        }
    }

    /// Our reference of the credit that follows this debit: there is one at most.
    pub(super) fn credit_reference(&self, debit: &Reference) -> Reference {
        self.derived(&[b"credit", debit.0.as_bytes()])
    }

    fn derived(&self, parts: &[&[u8]]) -> Reference {
        let mac = self.vault.reference_mac(parts);
        Reference(hex::encode(mac.get(..16).unwrap_or(&mac)))
    }

    /// The accounts under which calls can be made and looked up.
    pub(crate) fn served(&self) -> &Served {
        &self.served
    }

    /// Makes a call that can move money. Its intent is committed.
    pub(super) async fn execute(
        &self,
        behalf: Behalf,
        (network, account): (Network, &str),
        call: &Call,
    ) -> CallResult {
        reach(self.crash_points.as_ref(), CrashPoint::BeforeCall).await;
        let executing = self.networks.of(network, account).execute(call);
        let result = behalf.during(executing).await;
        reach(self.crash_points.as_ref(), CrashPoint::AfterCall).await;
        self.counts.ended(network, &call.action(), &result);
        result
    }

    /// Asks a network what became of a call that was made under this account.
    pub(super) async fn look_up(
        &self,
        (network, account): (Network, &str),
        call: &Call,
        traces: &Traces,
    ) -> LookupReply {
        let network = self.networks.of(network, account);
        network.look_up(call, traces).await
    }

    /// Asks a network whether what has this name there is the call.
    pub(super) async fn find_named(
        &self,
        (network, account): (Network, &str),
        call: &Call,
        name: &str,
        traces: &Traces,
    ) -> LookupReply {
        let network = self.networks.of(network, account);
        network.find_named(call, name, traces).await
    }

    /// The accounts at a network under which a payment of an order may be that this database has lost, the likeliest first.
    pub(crate) fn accounts_to_ask(&self, network: Network, likeliest: &str) -> Vec<String> {
        let mut accounts = vec![likeliest.to_owned()];
        let others = self.served.at(to_stored(network)).iter();
        accounts.extend(others.filter(|name| *name != likeliest).cloned());
        accounts
    }
}
