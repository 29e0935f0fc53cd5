//! What owns all that webhooks need?

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use uuid::Uuid;

use super::counts::TryCounts;
use super::rules::Rules;
use super::teller::Teller;
use crate::caller::EndedReplies;
use crate::clock::Clock;
use crate::database::Database;
use crate::processing::exchange::Direct;
use crate::random::Random;
use crate::vault::Vault;

/// Owns all that has to do with webhooks.
pub struct Webhooks {
    pub(super) database: Database,
    pub(super) vault: Arc<Vault>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) rules: Rules,
    pub(super) teller: Arc<dyn Teller>,
    pub(super) client: Direct,
    /// The replies that are being made, and what they make needless.
    pub replies: Arc<EndedReplies>,
    /// What this process has tried.
    pub counts: TryCounts,
    /// How many workers each partner has in this process.
    pub(super) workers: Mutex<HashMap<Uuid, usize>>,
}

/// What [`Webhooks`] is made of.
pub struct Parts {
    pub database: Database,
    pub vault: Arc<Vault>,
    pub clock: Arc<dyn Clock>,
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
