//! All partners, in memory: read once, and again when their version has changed.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use entity::time::UnixMillis;
use sea_orm::DbErr;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::caller::{Partner, Permissions};
use crate::domain::address::Block;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::lockout::PairKey;
use crate::domain::peer::Peer;
use crate::gateway::Gateway;
use crate::repository::{login_failure, partner, webhook};
use crate::vault::{Mac256, same_mac};

/// The partners as they were when somebody last asked.
pub(super) struct Register {
    gateway: Arc<Gateway>,
    check_after: Duration,
    held: RwLock<Held>,
    /// One asks for all who wait.
    asking: Mutex<()>,
}

#[derive(Clone)]
struct Held {
    known: Arc<Known>,
    version: Option<i64>,
    checked: Option<Instant>,
}

/// The version before any was read. The database counts from 0.
const NONE_READ: i64 = -1;

/// What is known of partners.
pub(super) struct Known {
    by_name: HashMap<String, Entry>,
    /// Whom any gateway has locked out, and until when.
    locks: std::sync::Mutex<Vec<(PairKey, UnixMillis)>>,
    /// What a secret is compared with if there is no such partner.
    nobody: Mac256,
    /// Others have another one.
    version: i64,
}

/// A partner whose credentials are right.
pub(super) struct Found {
    pub(super) partner: Arc<Partner>,
    /// Until when, if they are former ones that run out.
    pub(super) until: Option<UnixMillis>,
}

struct Entry {
    partner: Arc<Partner>,
    secret_mac: Vec<u8>,
    former: Option<(Vec<u8>, Option<UnixMillis>)>,
    /// Empty: any.
    addresses: Vec<Block>,
    /// Empty: it needs none.
    certificates: Vec<Fingerprint>,
}

impl Register {
    pub(super) fn new(gateway: Arc<Gateway>, check_after: Duration) -> Self {
        let nobody = gateway.vault.fingerprint(&[b"no such partner"]);
        let known = Known {
            by_name: HashMap::new(),
            locks: std::sync::Mutex::default(),
            nobody,
            version: NONE_READ,
        };
        Self {
            gateway,
            check_after,
            held: RwLock::new(Held {
                known: Arc::new(known),
                version: None,
                checked: None,
            }),
            asking: Mutex::default(),
        }
    }

    /// The partners, at most a little older than the time after which they are checked.
    pub(super) async fn now(&self) -> Result<Arc<Known>, DbErr> {
        let held = self.held();
        let age = held.checked.map(|checked| checked.elapsed());
        match age {
            Some(age) if age < self.check_after => Ok(held.known),
            // While one asks, the others go on with what they have.
            Some(age) if age < self.check_after * 2 => match self.asking.try_lock() {
                Ok(asking) => {
                    let asked = self.ask().await;
                    drop(asking);
                    asked
                }
                Err(_) => Ok(held.known),
            },
            Some(_) | None => self.checked_within(self.check_after).await,
        }
    }

    /// The partners as they are now, or were a moment ago: however many fail, the database is not asked more often.
    pub(super) async fn anew(&self) -> Result<Arc<Known>, DbErr> {
        self.checked_within(self.check_after / 10).await
    }

    /// Hands over the locks that were read and not handed over yet.
    pub(super) fn each_new_lock(&self, mut lock: impl FnMut(PairKey, UnixMillis)) {
        let known = self.held().known;
        let mut locks = known.locks.lock().unwrap_or_else(PoisonError::into_inner);
        for (pair, until) in locks.drain(..) {
            lock(pair, until);
        }
    }

    async fn checked_within(&self, age: Duration) -> Result<Arc<Known>, DbErr> {
        let _asking = self.asking.lock().await;
        let held = self.held();
        if held.checked.is_some_and(|checked| checked.elapsed() < age) {
            return Ok(held.known);
        }
        self.ask().await
    }

    async fn ask(&self) -> Result<Arc<Known>, DbErr> {
        let begun = Instant::now();
        let held = self.held();
        // Read first: what changes meanwhile is read again the next time.
        let version = partner::version(&*self.gateway.database).await?;
        let known = match held.version == Some(version) {
            true => held.known,
            false => Arc::new(self.read(held.known.nobody, version).await?),
        };
        let now = Held {
            known: Arc::clone(&known),
            version: Some(version),
            checked: Some(begun),
        };
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = now;
        Ok(known)
    }

    fn held(&self) -> Held {
        self.held
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn read(&self, nobody: Mac256, version: i64) -> Result<Known, DbErr> {
        let db = &*self.gateway.database;
        let mut terminals: HashMap<Uuid, Vec<_>> = HashMap::new();
        for row in partner::all_terminals(db).await? {
            terminals.entry(row.partner_id).or_default().push(row);
        }
        let mut webhooks: HashMap<Uuid, bool> = HashMap::new();
        for row in webhook::all(db).await? {
            webhooks.insert(row.partner_id, row.off_at.is_none());
        }
        let mut by_name = HashMap::new();
        for row in partner::all(db).await? {
            if row.disabled_at.is_some() {
                continue;
            }
            let words = |text: &str, by: char| {
                let words = text.split(by).filter(|word| !word.is_empty());
                words.map(str::to_owned).collect::<Vec<_>>()
            };
            let partner = Partner {
                id: row.id,
                name: row.name.clone(),
                permissions: Permissions::parse(&row.permissions),
                code_required_from: row.code_required_from,
                uzcard_account: row.uzcard_account,
                humo_account: row.humo_account,
                terminals: terminals.remove(&row.id).unwrap_or_default(),
                applications: words(&row.applications, ','),
                has_webhook: webhooks.get(&row.id).copied().unwrap_or_default(),
            };
            let entry = Entry {
                partner: Arc::new(partner),
                secret_mac: row.secret_mac,
                former: row.former_secret_mac.map(|mac| (mac, row.former_until)),
                addresses: words(&row.addresses, ' ')
                    .iter()
                    .filter_map(|text| Block::parse(text))
                    .collect(),
                certificates: words(&row.certificates, ' ')
                    .iter()
                    .filter_map(|text| Fingerprint::parse(text))
                    .collect(),
            };
            by_name.insert(row.name, entry);
        }
        let locked = login_failure::locked(db, self.gateway.clock.now()).await?;
        let locks = locked
            .into_iter()
            .filter_map(|row| Some((row.pair.try_into().ok()?, row.locked_until?)));
        Ok(Known {
            by_name,
            locks: std::sync::Mutex::new(locks.collect()),
            nobody,
            version,
        })
    }
}

impl Known {
    /// Which partners these are.
    pub(super) fn version(&self) -> i64 {
        self.version
    }

    /// The partner with this name and secret, if it may call from there, with this certificate. Two secrets are compared
    /// whatever the name, then the address and the certificate.
    pub(super) fn find(
        &self,
        name: &str,
        sent: &Mac256,
        peer: Peer,
        now: UnixMillis,
    ) -> Option<Found> {
        let entry = self.by_name.get(name);
        let expected = entry.map_or(self.nobody.as_slice(), |entry| &entry.secret_mac);
        let former = entry.and_then(|entry| entry.former.as_ref());
        let former = former.filter(|(_, until)| until.is_none_or(|until| until > now));
        let runs_out = former.and_then(|(_, until)| *until);
        let former = former.map_or(self.nobody.as_slice(), |(mac, _)| mac);
        let (is_current, is_former) = (same_mac(expected, sent), same_mac(former, sent));
        entry
            .filter(|entry| (is_current | is_former) & entry.may_call_from(peer))
            .map(|entry| Found {
                partner: Arc::clone(&entry.partner),
                until: runs_out.filter(|_| !is_current),
            })
    }
}

impl Entry {
    fn may_call_from(&self, peer: Peer) -> bool {
        let address = peer.source.address();
        let is_there =
            self.addresses.is_empty() || self.addresses.iter().any(|block| block.holds(address));
        let shows = |known: &Fingerprint| peer.certificate.as_ref() == Some(known);
        is_there && (self.certificates.is_empty() || self.certificates.iter().any(shows))
    }
}
