//! HTTP Basic authentication against the partners in the database.
//!
//! A secret has 256 random bits, so a keyed hash is enough and takes a third of a microsecond. With a password hash, anyone
//! could exhaust the processors.

#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod last_login;
mod register;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use entity::login_failure;
use entity::time::UnixMillis;
use hyper::header::HeaderValue;
use rpc_schema::values::is_card_like;
use sea_orm::DbErr;
use zeroize::Zeroizing;

pub use self::last_login::LastLogin;
use self::last_login::Login as KnownLogin;
use self::register::{Found, Register};
use crate::audit::Audit;
use crate::caller::Partner;
use crate::domain::lockout::{Judged, Lockout, LockoutRules, PairKey};
use crate::domain::peer::Peer;
use crate::domain::source::Source;
use crate::error_chain::ErrorChain;
use crate::gateway::Gateway;
use crate::notices::{Login, Notice};
use crate::repository::login_failure::{self as login_failures, Window};
use crate::repository::partner;

/// Why a request was not authenticated.
#[derive(Debug)]
pub enum Denied {
    /// The request has no credentials.
    Missing,
    /// The header is not one of HTTP Basic.
    NotBasic,
    /// They are unknown, disabled, wrong, sent from elsewhere, or without the right certificate. The caller is not told which.
    Wrong,
    /// Too many tries have failed: nothing is looked at for so many seconds.
    Locked { seconds: i64 },
    /// The database cannot be read.
    Unavailable(DbErr),
}

/// Judges credentials.
///
/// All partners are in memory, and no query is made for a name: so an unknown one takes the same path, and the same time, as a
/// wrong secret or a disabled partner.
pub struct Partners {
    gateway: Arc<Gateway>,
    register: Register,
    rules: LockoutRules,
    lockout: Mutex<Lockout>,
}

/// The longest part of a user name that is counted. No partner's is longer.
const LONGEST_NAME: usize = 64;

impl Partners {
    /// The partners of this gateway's database, which is asked after `check_after` whether they have changed.
    pub fn new(gateway: Arc<Gateway>, check_after: Duration, rules: LockoutRules) -> Self {
        Self {
            register: Register::new(Arc::clone(&gateway), check_after),
            gateway,
            rules,
            lockout: Mutex::new(Lockout::new(rules)),
        }
    }

    /// The audit log of this gateway.
    pub(super) fn audit(&self) -> Arc<Audit> {
        Arc::clone(&self.gateway.audit)
    }

    /// The gateway whose partners they are.
    pub(super) fn gateway(&self) -> Arc<Gateway> {
        Arc::clone(&self.gateway)
    }

    /// By the clock that failures are counted by.
    pub(super) fn now(&self) -> UnixMillis {
        self.gateway.clock.now()
    }

    /// The partner whose credentials are in the `Authorization` header. `last`: what the connection has shown before.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn authenticate(
        &self,
        header: Option<&HeaderValue>,
        peer: Peer,
        last: &LastLogin,
    ) -> Result<Arc<Partner>, Denied> {
        let header = header.ok_or(Denied::Missing)?;
        let (source, now) = (peer.source, self.gateway.clock.now());
        if let Some(login) = last.by(header, peer) {
            let known = self.register.now().await.map_err(Denied::Unavailable)?;
            if login.is_valid(known.version(), now) {
                return match self.judge(login.pair, source, true, now) {
                    Judged::Locked { until } => Err(self.locked(source, until, now)),
                    Judged::Right => Ok(login.partner),
                    Judged::Wrong { .. } => Err(Denied::Wrong),
                };
            }
        }
        let (name, secret) = credentials(header).ok_or(Denied::NotBasic)?;
        let vault = &self.gateway.vault;
        let sent = vault.secret_mac(&secret);
        let counted: String = name.chars().take(LONGEST_NAME).collect();
        let pair = vault.login_mac(&counted, &source.key().bytes());
        let known = self.register.now().await.map_err(Denied::Unavailable)?;
        let mut version = known.version();
        let mut found = known.find(&name, &sent, peer, now);
        if found.is_none() {
            // A new secret works at once. Whoever fails waits for the same, whatever the reason.
            let known = self.register.anew().await.map_err(Denied::Unavailable)?;
            version = known.version();
            found = known.find(&name, &sent, peer, now);
        }
        match self.judge(pair, source, found.is_some(), now) {
            Judged::Right => {
                let Found { partner, until } = found.ok_or(Denied::Wrong)?;
                last.keep(KnownLogin {
                    header: Zeroizing::new(header.as_bytes().to_vec()),
                    peer,
                    pair,
                    partner: Arc::clone(&partner),
                    version,
                    until,
                });
                Ok(partner)
            }
            Judged::Wrong { first } => {
                self.failed(Login::Wrong, source);
                if first {
                    tracing::info!(source = %source.key(), "a login failed: an unknown user, or a wrong secret");
                }
                self.share(pair, source, now).await;
                Err(Denied::Wrong)
            }
            Judged::Locked { until } => Err(self.locked(source, until, now)),
        }
    }

    /// Judges a try, after hearing of the locks that other gateways have set.
    fn judge(&self, pair: PairKey, source: Source, right: bool, now: UnixMillis) -> Judged {
        let mut lockout = self.lockout();
        self.register
            .each_new_lock(|pair, until| lockout.lock(pair, until, now));
        lockout.judge(pair, source.key(), right, now)
    }

    fn locked(&self, source: Source, until: UnixMillis, now: UnixMillis) -> Denied {
        self.failed(Login::Refused, source);
        Denied::Locked {
            seconds: seconds_until(until, now),
        }
    }

    fn failed(&self, login: Login, source: Source) {
        let notice = Notice::FailedLogin(login);
        self.gateway.notices.tell_of(notice, &source.key());
    }

    /// Counts a failure where other gateways see it. What cannot be counted there still counts here.
    async fn share(&self, pair: PairKey, source: Source, now: UnixMillis) {
        match self.count_in_database(pair, now).await {
            Ok(row) => {
                if let Some(until) = row.locked_until.filter(|until| *until > now) {
                    self.failed(Login::Locked, source);
                    self.lockout().lock(pair, until, now);
                    tracing::info!(
                        source = %source.key(),
                        failures = row.failures,
                        seconds = seconds_until(until, now),
                        "a user name is refused from this source: too many logins failed"
                    );
                }
            }
            Err(error) => {
                tracing::warn!(error = %ErrorChain(&error), "a failed login could not be counted");
            }
        }
    }

    async fn count_in_database(
        &self,
        pair: PairKey,
        now: UnixMillis,
    ) -> Result<login_failure::Model, DbErr> {
        let window = Window {
            since: now - self.rules.window_ms,
            most: self.rules.failures,
            locked_until: now + self.rules.lock_ms,
        };
        let tx = self.gateway.database.write().await?;
        let row = login_failures::count(&*tx, &pair, now, window).await?;
        if row.locked_until.is_some_and(|until| until > now) {
            partner::changed(&*tx).await?;
        }
        tx.commit().await?;
        Ok(row)
    }

    fn lockout(&self) -> MutexGuard<'_, Lockout> {
        self.lockout.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rounded up.
fn seconds_until(until: UnixMillis, now: UnixMillis) -> i64 {
    (until.0 - now.0 + 999) / 1_000
}

/// The name that a caller claims to have, if it could be a partner's: whatever else stands there may be a secret.
pub(super) fn claimed_name(header: Option<&HeaderValue>) -> Option<String> {
    let (name, _) = credentials(header?)?;
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
    // A secret in the wrong place has 43 of the same signs.
    let is_name = (1..=40).contains(&name.len()) && name.chars().all(plain);
    (is_name && !is_card_like(&name)).then_some(name)
}

/// `Basic base64(name:secret)`.
fn credentials(header: &HeaderValue) -> Option<(String, Zeroizing<String>)> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = Zeroizing::new(String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?);
    let (name, secret) = decoded.split_once(':')?;
    // No partner has a NUL in its name, and PostgreSQL rejects one in a query.
    if name.contains('\0') {
        return None;
    }
    Some((name.to_owned(), Zeroizing::new(secret.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_name_and_secret() {
        let read = |header: &str| {
            let header = HeaderValue::from_str(header).unwrap();
            credentials(&header).map(|(name, secret)| (name, secret.to_string()))
        };
        let demo = Some(("demo".to_owned(), "demo-secret".to_owned()));
        assert_eq!(read("Basic ZGVtbzpkZW1vLXNlY3JldA=="), demo);
        assert_eq!(read("basic ZGVtbzpkZW1vLXNlY3JldA=="), demo);
        assert_eq!(
            read("Basic YTpiOmM="),
            Some(("a".to_owned(), "b:c".to_owned()))
        );
        for malformed in [
            "",
            "Basic",
            "Basic ?",
            "Basic ZGVtbw==",
            "Bearer ZGVtbzpkZW1vLXNlY3JldA==",
            "Basic //8=",
            "Basic ZGVtbwA6eA==",
        ] {
            assert_eq!(read(malformed), None, "{malformed:?}");
        }
    }
}
