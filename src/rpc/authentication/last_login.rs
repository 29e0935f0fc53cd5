//! The login that a connection showed last: whoever sends the same again need not be looked up again.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use entity::time::UnixMillis;
use hyper::header::HeaderValue;
use zeroize::Zeroizing;

use crate::caller::Partner;
use crate::domain::lockout::PairKey;
use crate::domain::peer::Peer;
use crate::vault::same_mac;

/// The last login of one connection that was right.
#[derive(Debug, Default)]
pub struct LastLogin(Mutex<Option<Login>>);

/// See [`LastLogin`].
#[derive(Clone)]
pub(super) struct Login {
    pub(super) header: Zeroizing<Vec<u8>>,
    pub(super) peer: Peer,
    pub(super) pair: PairKey,
    pub(super) partner: Arc<Partner>,
    /// Of the partners among whom it was found: others may know it no longer.
    pub(super) version: i64,
    /// Until when its secret is right, if it is a former one that runs out.
    pub(super) until: Option<UnixMillis>,
}

impl LastLogin {
    /// The login, if this is its header, sent by this peer.
    pub(super) fn by(&self, header: &HeaderValue, peer: Peer) -> Option<Login> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let last = last.as_ref()?;
        let same = same_mac(&last.header, header.as_bytes()) && last.peer == peer;
        same.then(|| last.clone())
    }

    pub(super) fn keep(&self, login: Login) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(login);
    }
}

impl Login {
    /// Whether it is right now, where the partners are of this version.
    pub(super) fn is_valid(&self, version: i64, now: UnixMillis) -> bool {
        self.version == version && self.until.is_none_or(|until| until > now)
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.partner.name.fmt(f)
    }
}
