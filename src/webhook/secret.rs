//! The secret that a partner and the gateway share (Standard Webhooks: 24 to 64 random bytes, shown as `whsec_` and base64).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::random::{Random, RandomError};

const PREFIX: &str = "whsec_";
const BYTES: usize = 32;

/// The longest secret; HMAC-SHA256 takes keys of up to 64 bytes as they are.
const MOST: usize = 64;

/// See the module. The key of the signature is the bytes, not the text.
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// A new one.
    ///
    /// # Errors
    /// The system gives no random bytes.
    pub fn random(random: &dyn Random) -> Result<Self, RandomError> {
        Ok(Self(Zeroizing::new(random.bytes::<BYTES>()?.to_vec())))
    }

    /// One of these bytes; `None` where they are too many.
    pub fn of(bytes: Zeroizing<Vec<u8>>) -> Option<Self> {
        (bytes.len() <= MOST).then_some(Self(bytes))
    }

    /// From its text.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        Self::of(Zeroizing::new(bytes))
    }

    /// As partners get it.
    pub fn text(&self) -> SecretString {
        format!("{PREFIX}{}", STANDARD.encode(&*self.0)).into()
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}
