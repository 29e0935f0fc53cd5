//! Webhooks: what partners hear without asking (docs/webhooks.md).
//!
//! An event is written in the commit that makes something final ([`event`]), and delivered by background work that all
//! gateways on a database share ([`deliver`]): one takes it by a guarded update, signs it ([`signature`]) and posts it to an
//! address that was checked ([`address`]), until the partner answers 2xx or three days are over ([`schedule`]).

mod address;
mod deliver;
mod event;
mod schedule;
mod secret;
mod signature;
mod subscription;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use uuid::Uuid;

pub use address::AddressError;
pub use deliver::TryCounts;
pub use event::{Teller, event_id, parse_event_id};
pub use secret::Secret;
pub use signature::sign;
pub use subscription::{Shown, Subscribed, SubscriptionError};

use crate::caller::EndedReplies;
use crate::clock::Clock;
use crate::database::Database;
use crate::domain::address::Reachable;
use crate::processing::exchange::Direct;
use crate::random::Random;
use crate::vault::Vault;

/// Owns all that has to do with webhooks.
pub struct Webhooks {
    database: Database,
    vault: Arc<Vault>,
    clock: Arc<dyn Clock>,
    /// The clock that receivers have, too: they refuse a signature that is five minutes old.
    wall_clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    rules: Rules,
    teller: Arc<dyn Teller>,
    client: Direct,
    /// The replies that are being made, and what they make needless.
    pub replies: Arc<EndedReplies>,
    /// What this process has tried.
    pub counts: TryCounts,
    /// How many workers each partner has in this process.
    workers: Mutex<HashMap<Uuid, usize>>,
}

/// The settings, in the units in which they are used.
#[derive(Debug, Clone)]
pub struct Rules {
    pub allow_http: bool,
    pub reachable: Reachable,
    /// Milliseconds for one try.
    pub timeout_ms: u32,
    /// Milliseconds for which settled events are kept.
    pub keep_ms: i64,
}

/// What [`Webhooks`] is made of.
pub struct Parts {
    pub database: Database,
    pub vault: Arc<Vault>,
    pub clock: Arc<dyn Clock>,
    /// See [`Webhooks`].
    pub wall_clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub rules: Rules,
    pub teller: Arc<dyn Teller>,
}

impl Webhooks {
    pub fn new(parts: Parts) -> Self {
        Self {
            database: parts.database,
            vault: parts.vault,
            clock: parts.clock,
            wall_clock: parts.wall_clock,
            random: parts.random,
            rules: parts.rules,
            teller: parts.teller,
            client: Direct::default(),
            replies: Arc::default(),
            counts: TryCounts::default(),
            workers: Mutex::default(),
        }
    }
}
