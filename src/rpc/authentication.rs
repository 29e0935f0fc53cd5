//! HTTP Basic authentication against the partners in the database.
//!
//! A secret is 256 random bits, so a keyed hash of it is enough and costs a third of a microsecond; a password hash
//! would let anybody exhaust the processors.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderValue;
use sea_orm::DbErr;
use zeroize::Zeroizing;

use crate::caller::{Partner, Permissions};
use crate::gateway::Gateway;
use crate::repository::partner;
use crate::vault::{Mac256, same_mac};

/// Why a request is not a partner's.
#[derive(Debug)]
pub enum Denied {
    /// No credentials at all.
    Missing,
    /// Malformed, unknown, disabled or wrong; the caller is not told which.
    Wrong,
    /// The database cannot be asked.
    Unavailable(DbErr),
}

/// The partners, read from the database and remembered for a moment.
pub struct Partners {
    gateway: Arc<Gateway>,
    /// How long a partner is taken as read: so long does a disabled one stay served.
    remember: Duration,
    known: RwLock<HashMap<String, Remembered>>,
    /// What a secret is compared with where there is no such partner, so that a wrong name and a wrong secret are
    /// refused on the same path.
    nobody: Mac256,
}

#[derive(Clone)]
struct Remembered {
    partner: Arc<Partner>,
    secret_mac: Vec<u8>,
    until: Instant,
}

impl Partners {
    /// Partners of this gateway's database.
    pub fn new(gateway: Arc<Gateway>, remember: Duration) -> Self {
        let nobody = gateway.vault.fingerprint(&[b"no such partner"]);
        Self {
            gateway,
            remember,
            known: RwLock::default(),
            nobody,
        }
    }

    /// The partner whose credentials stand in the `Authorization` header.
    ///
    /// # Errors
    /// See [`Denied`].
    pub async fn authenticate(&self, header: Option<&HeaderValue>) -> Result<Arc<Partner>, Denied> {
        let (name, secret) = credentials(header.ok_or(Denied::Missing)?).ok_or(Denied::Wrong)?;
        let remembered = match self.recall(&name) {
            Some(remembered) => Some(remembered),
            None => self.read(&name).await.map_err(Denied::Unavailable)?,
        };
        let sent = self.gateway.vault.secret_mac(&secret);
        let expected = remembered
            .as_ref()
            .map_or(self.nobody.as_slice(), |remembered| &remembered.secret_mac);
        let right = same_mac(expected, &sent);
        remembered
            .filter(|_| right)
            .map(|remembered| remembered.partner)
            .ok_or(Denied::Wrong)
    }

    fn recall(&self, name: &str) -> Option<Remembered> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known
            .get(name)
            .filter(|remembered| remembered.until > Instant::now())
            .cloned()
    }

    /// Only partners that exist are remembered, so that made-up names do not fill the memory.
    async fn read(&self, name: &str) -> Result<Option<Remembered>, DbErr> {
        let row = partner::find(&*self.gateway.database, name).await?;
        let Some(row) = row.filter(|row| row.disabled_at.is_none()) else {
            return Ok(None);
        };
        let terminals = partner::terminals(&*self.gateway.database, row.id).await?;
        let partner = Partner {
            id: row.id,
            name: row.name,
            permissions: Permissions::parse(&row.permissions),
            code_required_from: row.code_required_from,
            terminals,
        };
        let until = Instant::now() + self.remember;
        let remembered = Remembered {
            partner: Arc::new(partner),
            secret_mac: row.secret_mac,
            until,
        };
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(name.to_owned(), remembered.clone());
        Ok(Some(remembered))
    }
}

/// `Basic base64(name:secret)`.
fn credentials(header: &HeaderValue) -> Option<(String, Zeroizing<String>)> {
    let (scheme, encoded) = header.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = Zeroizing::new(String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?);
    let (name, secret) = decoded.split_once(':')?;
    // No partner has a NUL in its name, and PostgreSQL cannot even be asked for one.
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
