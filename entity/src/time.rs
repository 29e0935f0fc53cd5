//! Moments. They have a type of their own, so that a moment cannot be passed for a duration; durations are plain
//! milliseconds.

use std::fmt;
use std::ops::{Add, Sub};

use sea_orm::DeriveValueType;

/// A moment in UNIX milliseconds: stored as an integer, printed as the bare number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, DeriveValueType)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// The moment this many milliseconds later, or the last that can be stored.
    pub fn saturating_add(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// The moment this many milliseconds earlier, or the first that can be stored.
    pub fn saturating_sub(self, ms: i64) -> Self {
        Self(self.0.saturating_sub(ms))
    }
}

/// The moment this many milliseconds later.
impl Add<i64> for UnixMillis {
    type Output = Self;

    fn add(self, ms: i64) -> Self {
        Self(self.0 + ms)
    }
}

/// The moment this many milliseconds earlier.
impl Sub<i64> for UnixMillis {
    type Output = Self;

    fn sub(self, ms: i64) -> Self {
        Self(self.0 - ms)
    }
}

/// The milliseconds between two moments.
impl Sub for UnixMillis {
    type Output = i64;

    fn sub(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

impl fmt::Display for UnixMillis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
