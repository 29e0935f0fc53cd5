//! HTTP Basic authentication against the partners in the database.
//!
//! A secret has 256 random bits, so a keyed hash is enough and takes a third of a microsecond. With a password hash, anyone
//! could exhaust the processors.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderValue;
use rpc_schema::values::is_card_like;
use sea_orm::DbErr;
use zeroize::Zeroizing;

use crate::audit::Audit;
use crate::caller::{Partner, Permissions};
use crate::domain::source::Source;
use crate::gateway::Gateway;
use crate::repository::{partner, webhook};
use crate::vault::{Mac256, same_mac};

/// Why a request was not authenticated.
#[derive(Debug)]
pub enum Denied {
    /// The request has no credentials.
    Missing,
    /// The header is not one of HTTP Basic.
    NotBasic,
    /// They are unknown, disabled or wrong. The caller is not told which.
    Wrong,
    /// The database cannot be read.
    Unavailable(DbErr),
}

/// The partners of the database, cached for a short time.
pub struct Partners {
    gateway: Arc<Gateway>,
    /// How long a partner is cached. A disabled partner is served for that long.
    cache_for: Duration,
    cache: RwLock<HashMap<String, CachedPartner>>,
    /// What the secret is compared with if there is no such partner. So a wrong name takes the same path as a wrong secret.
    nobody: Mac256,
}

#[derive(Clone)]
struct CachedPartner {
    partner: Arc<Partner>,
    secret_mac: Vec<u8>,
    until: Instant,
}

impl Partners {
    /// The partners of this gateway's database.
    pub fn new(gateway: Arc<Gateway>, cache_for: Duration) -> Self {
        let nobody = gateway.vault.fingerprint(&[b"no such partner"]);
        Self {
            gateway,
            cache_for,
            cache: RwLock::default(),
            nobody,
        }
    }

    /// The audit log of this gateway.
    pub(super) fn audit(&self) -> Arc<Audit> {
        Arc::clone(&self.gateway.audit)
    }

    /// The partner whose credentials are in the `Authorization` header.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn authenticate(
        &self,
        header: Option<&HeaderValue>,
        _source: Source,
    ) -> Result<Arc<Partner>, Denied> {
        let (name, secret) = credentials(header.ok_or(Denied::Missing)?).ok_or(Denied::NotBasic)?;
        let cached = match self.cached(&name) {
            Some(cached) => Some(cached),
            None => self.read(&name).await.map_err(Denied::Unavailable)?,
        };
        let sent = self.gateway.vault.secret_mac(&secret);
        let expected = cached
            .as_ref()
            .map_or(self.nobody.as_slice(), |cached| &cached.secret_mac);
        let right = same_mac(expected, &sent);
        cached
            .filter(|_| right)
            .map(|cached| cached.partner)
            .ok_or(Denied::Wrong)
    }

    fn cached(&self, name: &str) -> Option<CachedPartner> {
        let cache = self.cache.read().unwrap_or_else(PoisonError::into_inner);
        cache
            .get(name)
            .filter(|cached| cached.until > Instant::now())
            .cloned()
    }

    /// Only existing partners are cached, so that invented names do not fill the memory.
    async fn read(&self, name: &str) -> Result<Option<CachedPartner>, DbErr> {
        let row = partner::find(&*self.gateway.database, name).await?;
        let Some(row) = row.filter(|row| row.disabled_at.is_none()) else {
            return Ok(None);
        };
        let terminals = partner::terminals(&*self.gateway.database, row.id).await?;
        let webhook = webhook::find(&*self.gateway.database, row.id).await?;
        let partner = Partner {
            id: row.id,
            name: row.name,
            permissions: Permissions::parse(&row.permissions),
            code_required_from: row.code_required_from,
            terminals,
            has_webhook: webhook.is_some_and(|webhook| webhook.off_at.is_none()),
        };
        let until = Instant::now() + self.cache_for;
        let cached = CachedPartner {
            partner: Arc::new(partner),
            secret_mac: row.secret_mac,
            until,
        };
        let mut cache = self.cache.write().unwrap_or_else(PoisonError::into_inner);
        cache.insert(name.to_owned(), cached.clone());
        Ok(Some(cached))
    }
}

/// The name that a caller claims to have, if it could be a partner's: whatever else stands there may be a secret.
pub(super) fn claimed_name(header: Option<&HeaderValue>) -> Option<String> {
    let (name, _) = credentials(header?)?;
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "-_.".contains(sign);
    let is_name = (1..=64).contains(&name.len()) && name.chars().all(plain);
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
