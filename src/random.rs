//! Randomness as an argument, so that tests can repeat a run.

use entity::time::UnixMillis;
use uuid::{Builder, Uuid};

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// The operating system has no random bytes.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// See [`Random::fill`].
#[derive(Debug, thiserror::Error)]
#[error("the operating system provides no random bytes")]
pub struct RandomError(#[source] pub getrandom::Error);

/// The operating system's source.
#[derive(Debug, Clone, Copy)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's randomness"
    )]
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(RandomError)
    }
}

impl dyn Random + '_ {
    /// `N` random bytes.
    ///
    /// # Errors
    /// See [`Random::fill`].
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], RandomError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A random UUID (version 4): ids that nobody should guess, such as card tokens.
    ///
    /// # Errors
    /// See [`Random::fill`].
    pub fn uuid(&self) -> Result<Uuid, RandomError> {
        Ok(Builder::from_random_bytes(self.bytes()?).into_uuid())
    }

    /// A UUID that begins with the time (version 7): references, since indexes work best in order.
    ///
    /// # Errors
    /// See [`Random::fill`].
    pub fn uuid_at(&self, moment: UnixMillis) -> Result<Uuid, RandomError> {
        let millis = u64::try_from(moment.0).unwrap_or_default();
        Ok(Builder::from_unix_timestamp_millis(millis, &self.bytes()?).into_uuid())
    }

    /// A six-digit code, all equally likely.
    ///
    /// # Errors
    /// See [`Random::fill`].
    pub fn six_digits(&self) -> Result<String, RandomError> {
        // The greatest multiple of a million that fits; numbers above it would make small codes likelier.
        const LIMIT: u32 = 4_294_000_000;
        loop {
            let number = u32::from_le_bytes(self.bytes()?);
            if number < LIMIT {
                return Ok(format!("{:06}", number % 1_000_000));
            }
        }
    }
}
